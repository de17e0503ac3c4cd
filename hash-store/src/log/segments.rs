//! The segment files of a log (FORMAT.md section 3).
//!
//! Invariants:
//!
//! - segments are numbered from 0 without gaps, and are opened when first needed;
//! - a segment gets its name only when its room is reserved, reads as zeros and is synced, and its
//!   length never changes;
//! - the footer's sector is never part of a batch.

use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use super::frames::StoredFrame;
use crate::error::{Damage, Error, Result};
use crate::layout::batch::{BEGIN_LEN, Batch, BeginHeader};
use crate::layout::footer::Footer;
use crate::layout::header::{FileHeader, HEADER_LEN, HeaderFlaw, PAGE_LEN};
use crate::layout::{FileKind, Flaw, FlawKind, SECTOR, Seed, is_zero};
use crate::mapped::MappedFile;
use crate::position::Position;
use crate::storage::{Access, EntryKind, Storage, StorageFile};

/// Segments grow up to this length, unless one batch needs more.
pub const SEGMENT_LEN_MAX: u64 = 64 << 20;

/// No batch is longer than this, whatever the options say, so that readers can hold a segment.
pub(crate) const BATCH_LEN_LIMIT: u64 = 256 << 20;

/// No segment is longer than one batch of that length needs.
pub(crate) const SEGMENT_LEN_LIMIT: u64 = BATCH_LEN_LIMIT + 2 * HEADER_LEN;

/// The folder of the segments.
pub(crate) const LOG_DIR: &str = "log";
/// Name of a segment that is being made.
pub(crate) const UNFINISHED: &str = "log/next";
/// Zeros are written in pieces of this length.
pub(crate) const ZERO_PIECE: usize = 1 << 20;

/// Name of a segment's file.
#[must_use]
pub fn segment_name(number: u64) -> String {
    format!("{LOG_DIR}/{number:016x}.seg")
}

/// One segment.
#[derive(Debug)]
pub struct Segment {
    seed: Seed,
    len: u64,
    name: String,
    mapped: MappedFile,
    header_damage: Option<Damage>,
}

impl Segment {
    /// Creates the segment, durable with all its room, replacing an unused one of that number.
    pub(crate) fn create(
        storage: &dyn Storage,
        uuid: [u8; 16],
        number: u64,
        len: u64,
    ) -> Result<Self> {
        let name = segment_name(number);
        let io = |op: &'static str| move |e| Error::io(op, UNFINISHED, e);
        let seed = segment_seed(uuid, number);
        let file = create_unfinished(storage)?;
        let filled = fill(&*file, &seed, len);
        if let Err(e) = filled {
            // The room it took goes back; that it could not be made is the error to tell.
            let _ = storage.remove(UNFINISHED);
            return Err(Error::io("create", &name, e));
        }
        file.sync_data().map_err(io("sync"))?;
        storage.rename(UNFINISHED, &name).map_err(io("rename"))?;
        storage
            .sync_dir(LOG_DIR)
            .map_err(|e| Error::io("sync", LOG_DIR, e))?;
        Ok(Self {
            seed,
            len,
            name,
            mapped: MappedFile::new(file),
            header_damage: None,
        })
    }

    /// Opens the segment and checks its header. A reader goes on where the header is damaged:
    /// every batch verifies by itself.
    pub(crate) fn open(
        storage: &dyn Storage,
        uuid: [u8; 16],
        number: u64,
        access: Access,
    ) -> Result<Self> {
        let name = segment_name(number);
        let file = match storage.open(&name, access) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::MissingSegment { number });
            }
            // A sealed segment is read-only, and that is all that is needed of it.
            Err(e) if e.kind() == std::io::ErrorKind::PermissionDenied => {
                storage.open(&name, Access::Read)
            }
            answer => answer,
        }
        .map_err(|e| Error::io("open", &name, e))?;
        let seed = segment_seed(uuid, number);
        let actual = file.len().map_err(|e| Error::io("stat", &name, e))?;
        let least = HEADER_LEN + 2 * SECTOR as u64;
        let lens = least..=SEGMENT_LEN_LIMIT;
        let is_len = lens.contains(&actual) && actual.is_multiple_of(HEADER_LEN);
        let wrong_len = |stated: u64| Damage {
            file: name.clone(),
            offset: 64,
            batch: 0,
            flaw: Flaw::new(FlawKind::Length, 64, stated, actual),
        };
        let header_damage = match read_header(access, &*file, &name, &seed) {
            Ok(header) => (header.len != actual || !is_len).then(|| wrong_len(header.len)),
            Err(Error::DamagedHeader(damage)) => Some(damage),
            Err(other) => return Err(other),
        };
        if let Some(damage) = header_damage.as_ref().filter(|damage| {
            access == Access::Write || !is_len || damage.flaw.kind == FlawKind::Foreign
        }) {
            return Err(Error::DamagedHeader(damage.clone()));
        }
        Ok(Self {
            seed,
            len: actual,
            name,
            mapped: MappedFile::new(file),
            header_damage,
        })
    }

    /// What is wrong with its header page, if that does not verify and the segment is open for
    /// reading all the same.
    #[must_use]
    pub const fn header_damage(&self) -> Option<&Damage> {
        self.header_damage.as_ref()
    }

    /// Its number.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.seed.number
    }

    /// Its length in bytes.
    #[must_use]
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Segments are never empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        false
    }

    /// Name of its file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Seed of its checks.
    #[must_use]
    pub const fn seed(&self) -> &Seed {
        &self.seed
    }

    /// Where the footer starts, and batches end at the latest.
    #[must_use]
    pub const fn batches_end(&self) -> u64 {
        self.len - SECTOR as u64
    }

    pub(crate) fn file(&self) -> &dyn StorageFile {
        &**self.mapped.file()
    }

    /// Copies published bytes.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn read(&self, offset: u64, to: &mut [u8]) -> Result<()> {
        self.mapped
            .read(offset, to)
            .map_err(|e| Error::io("read", &self.name, e))
    }

    /// Whether the file system says that nothing was written between two offsets yet.
    pub(crate) fn is_unwritten(&self, from: u64, to: u64) -> Result<bool> {
        let first = self.file().first_written(from);
        let first = first.map_err(|e| Error::io("seek", &self.name, e))?;
        Ok(from < to && to <= first)
    }

    /// The error for a structure at `offset` that has this flaw.
    pub(super) fn damaged(&self, offset: u64, flaw: Flaw) -> Error {
        Error::CorruptCommitted(Damage {
            file: self.name.clone(),
            offset: offset + flaw.at,
            batch: 0,
            flaw,
        })
    }

    /// Makes everything written to the segment durable.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn sync(&self) -> Result<()> {
        self.file()
            .sync_data()
            .map_err(|e| Error::io("sync", &self.name, e))
    }

    /// The footer, if the segment has one.
    ///
    /// # Errors
    /// [`Error::CorruptCommitted`] where the footer's sector is neither zero nor a footer.
    pub fn footer(&self) -> Result<Option<Footer>> {
        let mut sector = [0; SECTOR];
        let at = self.batches_end();
        self.read(at, &mut sector)?;
        if is_zero(&sector) {
            return Ok(None);
        }
        Footer::decode(&sector, &self.seed, at)
            .map(Some)
            .map_err(|flaw| {
                Error::CorruptCommitted(Damage {
                    file: self.name.clone(),
                    offset: at + flaw.at,
                    batch: 0,
                    flaw,
                })
            })
    }

    /// Writes the footer and takes the permission to write away. Not synced: a missing footer is
    /// written again.
    pub(crate) fn seal(&self, footer: &Footer) -> std::io::Result<()> {
        let at = self.batches_end();
        write_or_take_back(self.file(), &footer.encode(&self.seed, at), at).map_err(|e| e.error)?;
        self.file().set_read_only()
    }
}

/// Creates the file of a segment under its temporary name.
pub(crate) fn create_unfinished(storage: &dyn Storage) -> Result<Arc<dyn StorageFile>> {
    match storage.remove(UNFINISHED) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
            return Err(Error::io("remove", UNFINISHED, e));
        }
        _ => {}
    }
    let created = storage.create(UNFINISHED);
    created.map_err(|e| Error::io("create", UNFINISHED, e))
}

pub(crate) const fn segment_seed(uuid: [u8; 16], number: u64) -> Seed {
    Seed {
        uuid,
        kind: FileKind::Segment,
        number,
    }
}

/// A write that failed.
#[derive(Debug)]
pub(crate) struct Unwritten {
    pub(crate) error: std::io::Error,
    /// Whether there are zeros again, on the disk too.
    pub(crate) is_taken_back: bool,
}

/// Writes where there are zeros; where that fails, zeros again, so that a part of a sector is not
/// left behind: synced, since the disk may have taken that part meanwhile.
pub(crate) fn write_or_take_back(
    file: &dyn StorageFile,
    bytes: &[u8],
    offset: u64,
) -> std::result::Result<(), Unwritten> {
    let Err(error) = file.write_at(bytes, offset) else {
        return Ok(());
    };
    // Zeros need no room where nothing was written: that decides, not the answer of this write.
    let mut there = vec![0; bytes.len()];
    let _ = file.write_at(&there, offset);
    let synced = file.sync_data();
    let read = file.read_at(&mut there, offset);
    Err(Unwritten {
        error,
        is_taken_back: synced.is_ok() && read.is_ok_and(|n| n == there.len()) && is_zero(&there),
    })
}

fn fill(file: &dyn StorageFile, seed: &Seed, len: u64) -> std::io::Result<()> {
    reserve(file, HEADER_LEN, len)?;
    file.write_at(&FileHeader { seed: *seed, len }.encode(), 0)
}

/// Reserves the room of a file of `end` bytes that ends at `begin` so far; where the file system
/// cannot reserve, the room is filled.
pub(crate) fn reserve(file: &dyn StorageFile, begin: u64, end: u64) -> std::io::Result<()> {
    if !file.allocate(end)? {
        write_zeros(file, begin, end)?;
    }
    Ok(())
}

/// Writes zeros from `begin` to `end`.
pub(crate) fn write_zeros(file: &dyn StorageFile, begin: u64, end: u64) -> std::io::Result<()> {
    let zeros = vec![0; ZERO_PIECE];
    let mut at = begin;
    while at < end {
        let piece = usize::try_from(end - at).map_or(ZERO_PIECE, |rest| rest.min(ZERO_PIECE));
        file.write_at(zeros.get(..piece).unwrap_or_default(), at)?;
        at += piece as u64;
    }
    Ok(())
}

/// Reads and checks the header page of a file.
pub(crate) fn read_header(
    access: Access,
    file: &dyn StorageFile,
    name: &str,
    seed: &Seed,
) -> Result<FileHeader> {
    let mut page = vec![0; PAGE_LEN];
    let read = file
        .read_at(&mut page, 0)
        .map_err(|e| Error::io("read", name, e))?;
    page.truncate(read);
    FileHeader::decode_for(access, &page, seed).map_err(|flaw| header_error(name, flaw))
}

pub(crate) fn header_error(name: &str, flaw: HeaderFlaw) -> Error {
    let file = name.to_owned();
    match flaw {
        HeaderFlaw::Version(found) => Error::FormatVersion {
            file,
            expected: crate::layout::header::FORMAT_VERSION,
            found,
        },
        HeaderFlaw::Features { bits, writing } => Error::UnknownFeatures {
            file,
            bits,
            writing,
        },
        HeaderFlaw::Flaw(flaw) => Error::DamagedHeader(Damage {
            file,
            offset: flaw.at,
            batch: 0,
            flaw,
        }),
    }
}

/// The segments of one log, shared by its writer and its readers.
#[derive(Debug)]
pub struct Segments {
    storage: Arc<dyn Storage>,
    uuid: [u8; 16],
    access: Access,
    slots: RwLock<Vec<Arc<OnceLock<Arc<Segment>>>>>,
}

impl Segments {
    /// Lists the log's folder: segments must be numbered from 0 without gaps.
    ///
    /// # Errors
    /// [`Error::MissingSegment`], [`Error::Io`].
    pub fn open(storage: Arc<dyn Storage>, uuid: [u8; 16], access: Access) -> Result<Self> {
        let segments = Self {
            storage,
            uuid,
            access,
            slots: RwLock::default(),
        };
        segments.refresh()?;
        Ok(segments)
    }

    /// Looks for segments that were created since.
    ///
    /// # Errors
    /// As [`Segments::open`].
    pub fn refresh(&self) -> Result<()> {
        // One that got its name while the folder was listed may be missing in the list, and the
        // one after it there: what is missing is missing in the next list too.
        let count = match self.list()? {
            Ok(count) => count,
            Err(_) => self
                .list()?
                .map_err(|number| Error::MissingSegment { number })?,
        };
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        if slots.len() < count {
            slots.resize_with(count, Arc::default);
        }
        Ok(())
    }

    /// How many segments there are, or the number of the first that is missing.
    fn list(&self) -> Result<std::result::Result<usize, u64>> {
        let listed = self.storage.list(LOG_DIR);
        let listed = listed.map_err(|e| Error::io("list", LOG_DIR, e))?;
        let mut numbers: Vec<u64> = listed
            .iter()
            .filter(|entry| entry.kind == EntryKind::File)
            .filter_map(|entry| number_of(&entry.name))
            .collect();
        numbers.sort_unstable();
        let missing = (0u64..).zip(&numbers).find(|(expected, n)| expected != *n);
        Ok(missing.map_or(Ok(numbers.len()), |(expected, _)| Err(expected)))
    }

    /// Forgets what is known of segments after `number`: an empty one may have been replaced.
    pub fn forget_after(&self, number: u64) {
        self.forget_from(number.saturating_add(1));
    }

    /// Forgets what is known of segments from `number` on.
    pub(crate) fn forget_from(&self, number: u64) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        slots.truncate(usize::try_from(number).unwrap_or(usize::MAX));
    }

    /// How many segments there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.slots
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .len() as u64
    }

    /// The segment of that number.
    ///
    /// # Errors
    /// [`Error::MissingSegment`]; [`Error::DamagedHeader`] and its kin on first use.
    pub fn get(&self, number: u64) -> Result<Arc<Segment>> {
        let slot = {
            let slots = self.slots.read().unwrap_or_else(PoisonError::into_inner);
            let index = usize::try_from(number).ok();
            let slot = index.and_then(|index| slots.get(index));
            let slot = slot.ok_or(Error::MissingSegment { number })?;
            if let Some(segment) = slot.get() {
                return Ok(Arc::clone(segment));
            }
            Arc::clone(slot)
        };
        let opened = Segment::open(&*self.storage, self.uuid, number, self.access)?;
        Ok(Arc::clone(slot.get_or_init(|| Arc::new(opened))))
    }

    /// Reads and verifies the frame at a position.
    ///
    /// # Errors
    /// [`Error::CorruptCommitted`] where no frame verifies there; what [`Segments::get`] gives.
    pub fn frame(&self, at: Position) -> Result<StoredFrame> {
        self.get(at.segment())?.frame(at.offset())
    }

    /// Reads and verifies the whole batch at a position; `visit` sees it.
    ///
    /// # Errors
    /// [`Error::CorruptCommitted`] where no batch verifies there; what [`Segments::get`] gives.
    pub fn batch<T>(&self, at: Position, visit: impl FnOnce(&Batch<'_>) -> T) -> Result<T> {
        let segment = self.get(at.segment())?;
        let damaged = |flaw: Flaw| segment.damaged(at.offset(), flaw);
        let room = segment.batches_end().saturating_sub(at.offset());
        let mut head = [0; BEGIN_LEN];
        if room < head.len() as u64 {
            return Err(damaged(Flaw::new(FlawKind::Short, 0, 96, room)));
        }
        segment.read(at.offset(), &mut head)?;
        let header = BeginHeader::decode(&head, &segment.seed, at.offset()).map_err(damaged)?;
        let len = usize::try_from(header.len)
            .ok()
            .filter(|_| header.len <= room)
            .ok_or_else(|| damaged(Flaw::new(FlawKind::Length, 16, room, header.len)))?;
        let mut bytes = vec![0; len];
        segment.read(at.offset(), &mut bytes)?;
        let batch = Batch::decode(&bytes, &segment.seed, at.offset()).map_err(damaged)?;
        Ok(visit(&batch))
    }

    /// Puts a new last segment in place of an unused one of that number, or after the others.
    pub(crate) fn put(&self, segment: Arc<Segment>) {
        let mut slots = self.slots.write().unwrap_or_else(PoisonError::into_inner);
        let index = usize::try_from(segment.number()).unwrap_or(usize::MAX);
        slots.truncate(index);
        slots.push(Arc::new(OnceLock::from(segment)));
    }

    /// The storage they lie on.
    #[must_use]
    pub fn storage(&self) -> &Arc<dyn Storage> {
        &self.storage
    }

    /// The store's uuid.
    #[must_use]
    pub const fn uuid(&self) -> [u8; 16] {
        self.uuid
    }
}

/// Names of all files in the log's folder; none where there is no folder.
fn log_files(storage: &dyn Storage) -> Result<Vec<String>> {
    let listed = match storage.list(LOG_DIR) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        answer => answer.map_err(|e| Error::io("list", LOG_DIR, e))?,
    };
    let files = listed
        .into_iter()
        .filter(|entry| entry.kind == EntryKind::File);
    Ok(files
        .map(|entry| format!("{LOG_DIR}/{}", entry.name))
        .collect())
}

/// Whether a sector of any segment begins as a commit does, verified or not.
pub(crate) fn any_commit(storage: &dyn Storage) -> Result<bool> {
    for name in log_files(storage)? {
        let io = |op: &'static str| {
            let name = &name;
            move |e| Error::io(op, name, e)
        };
        let file = storage.open(&name, Access::Read).map_err(io("open"))?;
        let mut piece = vec![0; ZERO_PIECE];
        let mut at = 0;
        loop {
            let read = file.read_at(&mut piece, at).map_err(io("read"))?;
            let mut sectors = piece.get(..read).unwrap_or_default().chunks(SECTOR);
            if sectors.any(BeginHeader::is_like_a_commit) {
                return Ok(true);
            }
            if read < piece.len() {
                break;
            }
            at += read as u64;
        }
    }
    Ok(false)
}

/// Removes the segments that a creation left which was cut short.
pub(crate) fn remove_segments(storage: &dyn Storage) -> Result<()> {
    for name in log_files(storage)?.iter().rev() {
        let removed = storage.remove(name);
        removed.map_err(|e| Error::io("remove", name, e))?;
    }
    Ok(())
}

pub(crate) fn number_of(file_name: &str) -> Option<u64> {
    let digits = file_name.strip_suffix(".seg")?;
    let lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (digits.len() == 16 && digits.bytes().all(lower_hex))
        .then(|| u64::from_str_radix(digits, 16).ok())?
}
