//! The pair of superblock files, the writer's lock on them, and the tip file.
//!
//! Invariants:
//!
//! - a superblock file is overwritten only while the other one holds the valid, newer state;
//! - generations rise by one with each write, so a write that was lost shows as a gap;
//! - creating a store ends with its superblocks: a directory where neither was written holds none;
//! - the tip file is never synced: it speaks only for the boot it was written in.

use std::io;
use std::sync::Arc;

use crate::error::{Damage, Error, Result};
use crate::layout::header::HeaderFlaw;
use crate::layout::superblock::{SUPERBLOCK_LEN_MAX, Superblock};
use crate::layout::tip::{TIP_LEN, Tip};
use crate::layout::{Flaw, FlawKind, is_zero};
use crate::log::segments::{any_commit, header_error, remove_segments};
use crate::storage::{Access, Storage, StorageFile};

const NAMES: [&str; 2] = ["SUPER.0", "SUPER.1"];
const TIP: &str = "tip";
/// Name of a superblock that is being made.
const UNFINISHED: &str = "SUPER.next";

/// The superblocks of a store that is open for writing.
#[derive(Debug)]
pub struct Superblocks {
    files: [Arc<dyn StorageFile>; 2],
    current: Superblock,
}

/// What the two files say.
#[derive(Clone, Debug)]
pub struct SuperblockState {
    /// The valid one of the higher generation.
    pub current: Superblock,
    /// Whether both verify, with consecutive generations, and the newer one is clean.
    pub clean: bool,
    /// What is wrong with the other one, if it does not verify.
    pub other: Option<Damage>,
}

impl Superblocks {
    /// Takes the lock of a new store's directory, which must be empty, missing, or what is left of
    /// a creation that was cut short.
    ///
    /// # Errors
    /// [`Error::NotEmpty`], [`Error::Locked`], [`Error::Io`], [`Error::StoreFull`].
    pub fn lock_new(storage: &dyn Storage) -> Result<Arc<dyn StorageFile>> {
        let location = storage.location();
        storage
            .create_dir("")
            .map_err(|e| Error::io("create", &location, e))?;
        let used = storage
            .list("")
            .map_err(|e| Error::io("list", &location, e))?;
        let file = if used.is_empty() {
            storage.create(NAMES[0])
        } else {
            storage.open(NAMES[0], Access::Write)
        };
        let file = match file {
            Err(e)
                if matches!(
                    e.kind(),
                    io::ErrorKind::AlreadyExists | io::ErrorKind::NotFound
                ) =>
            {
                return Err(Error::NotEmpty { location });
            }
            answer => answer.map_err(|e| Error::io("create", NAMES[0], e))?,
        };
        lock(&*file, location.clone())?;
        if !is_unfinished(storage)? {
            return Err(Error::NotEmpty { location });
        }
        // Whatever is made from here on is known by this file for what it is.
        storage
            .sync_dir("")
            .map_err(|e| Error::io("sync", &location, e))?;
        remove_segments(storage)?;
        Ok(file)
    }

    /// The superblocks of a new store, whose lock `lock_new` took. Nothing is written before the
    /// first [`write`](Self::write): until then the directory holds no store.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn create(
        storage: &dyn Storage,
        locked: Arc<dyn StorageFile>,
        first: Superblock,
    ) -> Result<Self> {
        let second = match storage.create(NAMES[1]) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {
                storage.open(NAMES[1], Access::Write)
            }
            answer => answer,
        };
        let second = second.map_err(|e| Error::io("create", NAMES[1], e))?;
        Ok(Self {
            files: [locked, second],
            current: first,
        })
    }

    /// Writes the first two superblocks of a directory whose log is there already. Each gets its
    /// name when it is complete: until then the directory is no store.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`], [`Error::TooLarge`].
    pub fn found(storage: &dyn Storage, first: &Superblock) -> Result<()> {
        for generation in [1, 2] {
            let slot = generation % 2;
            let bytes = Superblock {
                generation,
                ..first.clone()
            };
            let bytes = bytes.encode(slot).map_err(too_large)?;
            let io = |op: &'static str| move |e| Error::io(op, UNFINISHED, e);
            match storage.remove(UNFINISHED) {
                Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io("remove")(e)),
                _ => {}
            }
            let file = storage.create(UNFINISHED).map_err(io("create"))?;
            file.write_at(&bytes, 0).map_err(io("write"))?;
            file.sync_data().map_err(io("sync"))?;
            let renamed = storage.rename(UNFINISHED, name_of(slot));
            renamed.map_err(io("rename"))?;
        }
        let synced = storage.sync_dir("");
        synced.map_err(|e| Error::io("sync", &storage.location(), e))
    }

    /// Takes the writer's lock and reads both superblocks.
    ///
    /// # Errors
    /// [`Error::NotAStore`], [`Error::Unfinished`], [`Error::Locked`], [`Error::NoSuperblock`],
    /// [`Error::FormatVersion`], [`Error::UnknownFeatures`], [`Error::Io`].
    pub fn open(storage: &dyn Storage) -> Result<(Self, SuperblockState)> {
        let open = |name: &str| match storage.open(name, Access::Write) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            answer => answer.map(Some).map_err(|e| Error::io("open", name, e)),
        };
        let (first, second) = (open(NAMES[0])?, open(NAMES[1])?);
        if first.is_none() && second.is_none() {
            return Err(Error::NotAStore {
                location: storage.location(),
            });
        }
        let create = |name: &str| {
            storage
                .create(name)
                .map_err(|e| Error::io("create", name, e))
        };
        // A superblock that went missing is written anew; the other one decides until then.
        let files = [
            first.map_or_else(|| create(NAMES[0]), Ok)?,
            second.map_or_else(|| create(NAMES[1]), Ok)?,
        ];
        lock(&*files[0], storage.location())?;
        // A writer that was killed may have left a superblock in the page cache alone: it counts
        // only once it is on the disk, since the other one is overwritten next.
        for (file, name) in files.iter().zip(NAMES) {
            file.sync_data().map_err(|e| Error::io("sync", name, e))?;
        }
        let state = choose(&files).map_err(|error| name_unfinished(storage, error))?;
        let current = state.current.clone();
        Ok((Self { files, current }, state))
    }

    /// Takes the writer's lock without reading or writing anything: for as long as the answer
    /// lives, there is no writer. `None` where there is nothing to lock.
    ///
    /// # Errors
    /// [`Error::Locked`], [`Error::Io`].
    pub fn lock_beside(storage: &dyn Storage) -> Result<Option<Arc<dyn StorageFile>>> {
        let file = match storage.open(NAMES[0], Access::Read) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(|e| Error::io("open", NAMES[0], e))?,
        };
        lock(&*file, storage.location())?;
        Ok(Some(file))
    }

    /// Reads both superblocks without a lock.
    ///
    /// # Errors
    /// As [`Superblocks::open`], but for [`Error::Locked`].
    pub fn read(storage: &dyn Storage) -> Result<SuperblockState> {
        let mut files = Vec::new();
        let mut missing = 0;
        for name in NAMES {
            match storage.open(name, Access::Read) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    missing += 1;
                    files.push(None);
                }
                answer => files.push(Some(answer.map_err(|e| Error::io("open", name, e))?)),
            }
        }
        if missing == NAMES.len() {
            return Err(Error::NotAStore {
                location: storage.location(),
            });
        }
        let decoded = files.iter().zip(0u64..).map(|(file, slot)| match file {
            Some(file) => decode(Access::Read, slot, |bytes| file.read_at(bytes, 0)),
            None => Err(Error::DamagedHeader(missing_file(slot))),
        });
        judge(decoded.collect()).map_err(|error| name_unfinished(storage, error))
    }

    /// The newest superblock.
    #[must_use]
    pub const fn current(&self) -> &Superblock {
        &self.current
    }

    /// Writes the next superblock, with the next generation, and syncs it.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`]: the previous one still counts. [`Error::TooLarge`].
    pub fn write(&mut self, mut next: Superblock) -> Result<()> {
        next.generation = self.current.generation + 1;
        let slot = next.generation % 2;
        let bytes = next.encode(slot).map_err(too_large)?;
        let [first, second] = &self.files;
        let (file, name) = if slot == 0 {
            (first, NAMES[0])
        } else {
            (second, NAMES[1])
        };
        file.write_at(&bytes, 0)
            .map_err(|e| Error::io("write", name, e))?;
        file.sync_data().map_err(|e| Error::io("sync", name, e))?;
        self.current = next;
        Ok(())
    }
}

const fn too_large(flaw: Flaw) -> Error {
    Error::TooLarge {
        what: "superblock",
        len: flaw.found,
        limit: flaw.expected,
    }
}

fn lock(file: &dyn StorageFile, location: String) -> Result<()> {
    match file.try_lock() {
        Ok(true) => Ok(()),
        Ok(false) => Err(Error::Locked { location }),
        Err(e) => Err(Error::io("lock", NAMES[0], e)),
    }
}

/// Whether the directory holds what a creation left that was cut short: `SUPER.0`, written last,
/// is empty, the other superblock does not verify on the disk, and no segment holds anything like a commit.
fn is_unfinished(storage: &dyn Storage) -> Result<bool> {
    let open = |name: &str| match storage.open(name, Access::Read) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        answer => answer.map(Some).map_err(|e| Error::io("open", name, e)),
    };
    let first_is_empty = match open(NAMES[0])? {
        Some(file) => file.len().map_err(|e| Error::io("stat", NAMES[0], e))? == 0,
        None => false,
    };
    let second_counts = match open(NAMES[1])? {
        Some(file) => match decode(Access::Write, 1, |bytes| file.read_direct(bytes, 0)) {
            Err(Error::DamagedHeader(_)) => false,
            answer => answer.map(|_| true)?,
        },
        None => false,
    };
    Ok(first_is_empty && !second_counts && !any_commit(storage)?)
}

/// The error of superblocks that do not verify, where that is so because there never were any.
fn name_unfinished(storage: &dyn Storage, error: Error) -> Error {
    match error {
        Error::NoSuperblock(_) if is_unfinished(storage).unwrap_or(false) => Error::Unfinished {
            location: storage.location(),
        },
        other => other,
    }
}

fn missing_file(slot: u64) -> Damage {
    Damage {
        file: name_of(slot).to_owned(),
        offset: 0,
        batch: 0,
        flaw: Flaw::new(FlawKind::Short, 0, 1, 0),
    }
}

const fn name_of(slot: u64) -> &'static str {
    if slot == 0 { NAMES[0] } else { NAMES[1] }
}

fn choose(files: &[Arc<dyn StorageFile>; 2]) -> Result<SuperblockState> {
    let decoded = files
        .iter()
        .zip(0u64..)
        .map(|(file, slot)| decode(Access::Write, slot, |bytes| file.read_direct(bytes, 0)));
    judge(decoded.collect())
}

fn decode(
    access: Access,
    slot: u64,
    read: impl FnOnce(&mut [u8]) -> io::Result<usize>,
) -> Result<Superblock> {
    let name = name_of(slot);
    let mut bytes = vec![0; SUPERBLOCK_LEN_MAX];
    let len = read(&mut bytes).map_err(|e| Error::io("read", name, e))?;
    bytes.truncate(len);
    Superblock::decode_for(access, &bytes, slot)
        .map_err(|flaw: HeaderFlaw| header_error(name, flaw))
}

/// Picks the superblock that counts. A newer format in either file refuses the store; damage in
/// one leaves the other.
fn judge(decoded: Vec<Result<Superblock>>) -> Result<SuperblockState> {
    let mut valid: Vec<Superblock> = Vec::new();
    let mut damaged: Vec<Damage> = Vec::new();
    for answer in decoded {
        match answer {
            Ok(superblock) => valid.push(superblock),
            Err(Error::DamagedHeader(damage)) => damaged.push(damage),
            Err(other) => return Err(other),
        }
    }
    // Of equal generations the one that claims less: the log itself shows the rest.
    valid.sort_by_key(|s| (s.generation, u64::MAX - s.batch));
    let Some(current) = valid.pop() else {
        let missing = [missing_file(0), missing_file(1)];
        let damaged = <[Damage; 2]>::try_from(damaged).unwrap_or(missing);
        return Err(Error::NoSuperblock(Box::new(damaged)));
    };
    let previous = valid.pop();
    if let Some(foreign) = previous.as_ref().filter(|s| s.uuid != current.uuid) {
        let slot = foreign.generation % 2;
        return Err(Error::DamagedHeader(Damage {
            file: name_of(slot).to_owned(),
            offset: 40,
            batch: 0,
            flaw: Flaw::new(FlawKind::Foreign, 40, 0, 0),
        }));
    }
    let consecutive = previous.is_some_and(|s| s.generation + 1 == current.generation);
    Ok(SuperblockState {
        clean: consecutive && current.clean,
        current,
        other: damaged.pop(),
    })
}

/// The tip file of a store that is open for writing.
#[derive(Debug)]
pub struct TipFile {
    file: Arc<dyn StorageFile>,
    boot_id: Option<[u8; 16]>,
}

impl TipFile {
    /// Opens or creates it.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(storage: &dyn Storage) -> Result<Self> {
        let file = match storage.open(TIP, Access::Write) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => storage.create(TIP),
            answer => answer,
        }
        .map_err(|e| Error::io("open", TIP, e))?;
        Ok(Self {
            file,
            boot_id: storage.boot_id(),
        })
    }

    /// Takes back what the file says.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn clear(&self) -> Result<()> {
        self.file
            .write_at(&[0; TIP_LEN], 0)
            .map_err(|e| Error::io("write", TIP, e))
    }

    /// Tells readers in other processes of a new tip.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn write(&self, tip: Tip) -> Result<()> {
        // Without a boot id no reader could trust it.
        let Some(boot_id) = self.boot_id else {
            return Ok(());
        };
        let tip = Tip { boot_id, ..tip };
        self.file
            .write_at(&tip.encode(), 0)
            .map_err(|e| Error::io("write", TIP, e))
    }
}

/// Reads the tip, if there is one that speaks for this boot and store.
///
/// # Errors
/// [`Error::Io`].
pub fn read_tip(storage: &dyn Storage, uuid: &[u8; 16]) -> Result<Option<Tip>> {
    let file = match storage.open(TIP, Access::Read) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
        answer => answer.map_err(|e| Error::io("open", TIP, e))?,
    };
    // The writer may be in the middle of its 64 bytes: read again a few times.
    for _ in 0..100 {
        let mut bytes = [0; TIP_LEN];
        let read = file
            .read_at(&mut bytes, 0)
            .map_err(|e| Error::io("read", TIP, e))?;
        if is_zero(&bytes) {
            return Ok(None);
        }
        match Tip::decode(bytes.get(..read).unwrap_or_default(), uuid) {
            Ok(tip) if Some(tip.boot_id) == storage.boot_id() => return Ok(Some(tip)),
            Ok(_) => return Ok(None),
            Err(_) => std::thread::yield_now(),
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests;
