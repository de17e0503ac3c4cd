//! Segments as whole files, for making a damaged log whole again.
//!
//! Invariants:
//!
//! - a segment of a store is replaced by another file under its name, never written into: what it
//!   held stays under the name it was given in `lost+found`;
//! - the new file is complete and synced before it gets the name.

use super::segments::{
    LOG_DIR, SEGMENT_LEN_LIMIT, UNFINISHED, create_unfinished, header_error, number_of, reserve,
    segment_name, segment_seed,
};
use super::tail::{LOST_AND_FOUND, new_folder, save};
use crate::error::{Error, Result};
use crate::layout::batch::BeginHeader;
use crate::layout::footer::Footer;
use crate::layout::header::{FileHeader, HEADER_LEN, HeaderFlaw, PAGE_LEN};
use crate::layout::{SECTOR, Seed};
use crate::storage::{Access, EntryKind, Storage, copy_bytes, read_exact_at};

/// What a segment's file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentFile {
    /// Its number, by its name.
    pub number: u64,
    /// Its length on the disk.
    pub len: u64,
    /// Uuid and length that its header states, where the header verifies, of whatever store.
    pub stated: Option<([u8; 16], u64)>,
}

/// The segments that there are, by number, with or without gaps between.
///
/// # Errors
/// [`Error::Io`]; [`Error::FormatVersion`], [`Error::UnknownFeatures`] of a segment's header.
pub fn segment_files(storage: &dyn Storage) -> Result<Vec<SegmentFile>> {
    let listed = match storage.list(LOG_DIR) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        answer => answer.map_err(|e| Error::io("list", LOG_DIR, e))?,
    };
    let files = listed.iter().filter(|entry| entry.kind == EntryKind::File);
    let numbers = files.filter_map(|entry| Some((number_of(&entry.name)?, entry.len)));
    let mut found = Vec::new();
    for (number, len) in numbers {
        let name = segment_name(number);
        let file = storage.open(&name, Access::Read);
        let file = file.map_err(|e| Error::io("open", &name, e))?;
        let mut page = vec![0; PAGE_LEN];
        let read = file.read_at(&mut page, 0);
        let read = read.map_err(|e| Error::io("read", &name, e))?;
        page.truncate(read);
        let mut uuid = [0; 16];
        uuid.copy_from_slice(page.get(40..56).unwrap_or(&[0; 16]));
        let stated = match FileHeader::decode(&page, &segment_seed(uuid, number)) {
            Ok(header) => Some((uuid, header.len)),
            Err(HeaderFlaw::Flaw(_)) => None,
            Err(other) => return Err(header_error(&name, other)),
        };
        found.push(SegmentFile {
            number,
            len,
            stated,
        });
    }
    found.sort_by_key(|file| file.number);
    Ok(found)
}

/// Whether a segment of this length can be.
#[must_use]
pub fn is_segment_len(len: u64) -> bool {
    let least = HEADER_LEN + 2 * SECTOR as u64;
    (least..=SEGMENT_LEN_LIMIT).contains(&len) && len.is_multiple_of(HEADER_LEN)
}

/// Whether a begin header of this store verifies anywhere in the segment.
///
/// # Errors
/// [`Error::Io`].
pub fn holds_batches(storage: &dyn Storage, uuid: [u8; 16], number: u64) -> Result<bool> {
    let name = segment_name(number);
    let io = |op: &'static str| {
        let name = &name;
        move |e| Error::io(op, name, e)
    };
    let file = storage.open(&name, Access::Read).map_err(io("open"))?;
    let seed = segment_seed(uuid, number);
    let mut piece = vec![0; 1 << 20];
    let mut from = 0;
    loop {
        let read = file.read_at(&mut piece, from).map_err(io("read"))?;
        let sectors = piece.get(..read).unwrap_or_default().chunks(SECTOR);
        let mut sectors = sectors.zip((from..).step_by(SECTOR));
        if sectors.any(|(sector, at)| BeginHeader::decode(sector, &seed, at).is_ok()) {
            return Ok(true);
        }
        if read < piece.len() {
            return Ok(false);
        }
        from += read as u64;
    }
}

/// The seed of a segment's checks.
#[must_use]
pub const fn seed_of_segment(uuid: [u8; 16], number: u64) -> Seed {
    segment_seed(uuid, number)
}

/// Makes a segment of `len` bytes in `to`, with what `from` has of it behind a header that verifies,
/// and zeros for the rest. Not synced.
///
/// # Errors
/// [`Error::Io`], [`Error::StoreFull`].
pub fn remake_segment(
    from: &dyn Storage,
    to: &dyn Storage,
    uuid: [u8; 16],
    number: u64,
    len: u64,
) -> Result<()> {
    let name = segment_name(number);
    let io = |op: &'static str| {
        let name = &name;
        move |e| Error::io(op, name, e)
    };
    to.create_dir(LOG_DIR).map_err(io("create"))?;
    let file = to.create(&name).map_err(io("create"))?;
    let had = match from.open(&name, Access::Read) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => 0,
        answer => {
            let old = answer.map_err(io("open"))?;
            let had = old.len().map_err(io("stat"))?.min(len);
            copy_bytes(&*old, &*file, 0, had).map_err(io("copy"))?;
            had
        }
    };
    reserve(&*file, had, len).map_err(io("reserve"))?;
    let seed = segment_seed(uuid, number);
    let header = FileHeader { seed, len }.encode();
    file.write_at(&header, 0).map_err(io("write"))
}

/// Overwrites bytes of a segment that [`remake_segment`] made.
///
/// # Errors
/// [`Error::Io`].
pub fn put_in_segment(to: &dyn Storage, number: u64, offset: u64, bytes: &[u8]) -> Result<()> {
    let name = segment_name(number);
    let file = to.open(&name, Access::Write);
    let file = file.map_err(|e| Error::io("open", &name, e))?;
    file.write_at(bytes, offset)
        .map_err(|e| Error::io("write", &name, e))
}

/// The bytes of a footer in its place.
#[must_use]
pub fn footer_bytes(footer: &Footer, uuid: [u8; 16], number: u64, offset: u64) -> Vec<u8> {
    footer.encode(&segment_seed(uuid, number), offset)
}

/// Puts the segment that `from` has into the place of that of a store, durably.
///
/// # Errors
/// [`Error::Io`], [`Error::StoreFull`]: the old one is there still, or the new one.
pub fn replace_segment(from: &dyn Storage, to: &dyn Storage, number: u64) -> Result<()> {
    let name = segment_name(number);
    let io = |op: &'static str| {
        let name = &name;
        move |e| Error::io(op, name, e)
    };
    let made = from.open(&name, Access::Read).map_err(io("open"))?;
    let len = made.len().map_err(io("stat"))?;
    to.create_dir(LOG_DIR).map_err(io("create"))?;
    let file = create_unfinished(to)?;
    copy_bytes(&*made, &*file, 0, len).map_err(io("copy"))?;
    let mut footer = [0; SECTOR];
    read_exact_at(&*made, &mut footer, len - SECTOR as u64).map_err(io("read"))?;
    file.sync_data().map_err(io("sync"))?;
    if footer != [0; SECTOR] {
        file.set_read_only().map_err(io("seal"))?;
    }
    to.rename(UNFINISHED, &name).map_err(io("rename"))?;
    let synced = to.sync_dir(LOG_DIR);
    synced.map_err(|e| Error::io("sync", LOG_DIR, e))
}

/// Keeps what files hold in a new folder of `lost+found`, durably: files that are going to be
/// replaced or removed, and all files of such a folder, by a second name; files that are going to be
/// written into by a copy.
///
/// # Errors
/// [`Error::Io`], [`Error::StoreFull`].
pub fn keep_files(storage: &dyn Storage, linked: &[String], copied: &[String]) -> Result<String> {
    let folder = new_folder(storage)?;
    let kept_as = |name: &str| format!("{folder}/{}", name.replace('/', "."));
    let mut names = Vec::new();
    for name in linked {
        let (dir, file) = name.rsplit_once('/').unwrap_or(("", name));
        let listed = storage.list(dir).unwrap_or_default();
        if !listed
            .iter()
            .any(|entry| entry.name == file && entry.kind == EntryKind::Dir)
        {
            names.push(name.clone());
            continue;
        }
        let inside = storage.list(name);
        let inside = inside.map_err(|e| Error::io("list", name, e))?.into_iter();
        let files = inside.filter(|entry| entry.kind == EntryKind::File);
        names.extend(files.map(|entry| format!("{name}/{}", entry.name)));
    }
    names.sort_unstable();
    names.dedup();
    for name in &names {
        let kept = kept_as(name);
        match storage.link(name, &kept) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            answer => answer.map_err(|e| Error::io("link", &kept, e))?,
        }
    }
    for name in copied {
        let file = match storage.open(name, Access::Read) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
            answer => answer.map_err(|e| Error::io("open", name, e))?,
        };
        let io = |e| Error::io("read", name, e);
        let len = usize::try_from(file.len().map_err(io)?).unwrap_or(0);
        let mut bytes = vec![0; len];
        let read = file.read_at(&mut bytes, 0).map_err(io)?;
        bytes.truncate(read);
        save(storage, &kept_as(name), &bytes)?;
    }
    for dir in [&folder, LOST_AND_FOUND, ""] {
        let synced = storage.sync_dir(dir);
        synced.map_err(|e| Error::io("sync", dir, e))?;
    }
    Ok(folder)
}
