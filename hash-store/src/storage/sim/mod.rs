//! A disk that crashes, tears and lies: [`Storage`] in memory, for tests.
//!
//! Model, per file: what the disk holds (`disk`), what the page cache shows (`live`), and the
//! pages that the cache still owes to the disk. Per folder: the names on the disk and the changes
//! of names that were not synced.
//!
//! - A crash may keep any subset of the sectors, lengths and names that were not synced
//!   ([`Choice`]); [`CrashPoint::choices`] lists all subsets while they are few and seeded ones
//!   beyond.
//! - A sync makes everything written to its file durable, or fails or lies as a [`Fault`] says.
//! - Room that was reserved and never written is known as such, a page at a time, and reads as zeros;
//!   a write into it that the disk loses shows what the medium held before.
//! - Everything is counted: each call is one operation, and the same calls give the same
//!   operations, so that a number names a crash point for ever.
//!
//! Seen on real disks and file systems: lost un-synced sectors, lengths before data, lost names,
//! I/O errors, full disks, failed syncs that drop dirty pages, short writes. Assumed from the
//! literature: garbage behind a length that was persisted before its data, lying syncs, lost and
//! misdirected writes, stale reads.

mod choice;
mod disk;
mod fault;
mod file;
mod fingerprint;
mod random;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub use choice::{Choice, Rest};
pub use fault::{Fault, FaultKind};
pub use random::Random;

use disk::Disk;
use file::SimFile;

use super::{Access, DirEntry, Storage, StorageFile, check_name};

/// What an operation does, as far as crashes and faults care.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpKind {
    /// Reads: open, list, length, read, lock.
    Read,
    /// Asking where something was written.
    Seek,
    /// Bytes of a file.
    Write,
    /// Length or reservation of a file.
    Length,
    /// A file's sync.
    Sync,
    /// A folder's sync.
    SyncDir,
    /// Names: create, rename, link, remove, create a folder, permissions.
    Name,
}

impl OpKind {
    /// Whether it changes something.
    #[must_use]
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read | Self::Seek)
    }
}

/// One operation that was counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Op {
    /// Its number, from 0.
    pub number: u64,
    /// What it does.
    pub kind: OpKind,
    /// To which file or folder.
    pub name: String,
}

/// A disk at one moment, from which the machine may restart.
#[derive(Clone, Debug)]
pub struct CrashPoint {
    /// Number of the operation that did not happen any more.
    pub op: u64,
    /// What the workload had noted last, with [`SimStorage::mark`].
    pub mark: u64,
    disk: Disk,
}

/// A directory on a simulated disk. Clones share it.
#[derive(Clone, Debug)]
pub struct SimStorage {
    world: Arc<Mutex<World>>,
    /// Handles from before a crash or kill do nothing any more.
    epoch: u64,
}

#[derive(Debug)]
struct World {
    disk: Disk,
    epoch: u64,
    ops: u64,
    mark: u64,
    points: Option<Vec<CrashPoint>>,
    log: Option<Vec<Op>>,
    faults: Vec<Fault>,
    fired: Vec<(u64, FaultKind)>,
    /// Whether the file system can reserve room.
    reserves: bool,
}

impl Default for SimStorage {
    fn default() -> Self {
        Self::on(Disk::default())
    }
}

impl SimStorage {
    /// An empty disk.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn on(disk: Disk) -> Self {
        Self {
            world: Arc::new(Mutex::new(World {
                disk,
                epoch: 0,
                ops: 0,
                mark: 0,
                points: None,
                log: None,
                faults: Vec::new(),
                fired: Vec::new(),
                reserves: true,
            })),
            epoch: 0,
        }
    }

    /// A file system that cannot reserve room for files.
    #[must_use]
    pub fn without_reserving(self) -> Self {
        self.world().reserves = false;
        self
    }

    /// Notes something that crash points from here on carry, such as how much was acknowledged.
    pub fn mark(&self, mark: u64) {
        self.world().mark = mark;
    }

    /// Operations so far.
    #[must_use]
    pub fn ops(&self) -> u64 {
        self.world().ops
    }

    /// Keeps a crash point before every operation that changes something, from now on.
    pub fn record_points(&self) {
        self.world().points = Some(Vec::new());
    }

    /// The crash points kept so far; recording ends.
    #[must_use]
    pub fn take_points(&self) -> Vec<CrashPoint> {
        self.world().points.take().unwrap_or_default()
    }

    /// Lists every operation from now on.
    pub fn record_ops(&self) {
        self.world().log = Some(Vec::new());
    }

    /// The operations listed so far; recording ends.
    #[must_use]
    pub fn take_ops(&self) -> Vec<Op> {
        self.world().log.take().unwrap_or_default()
    }

    /// Lets something go wrong at an operation to come.
    pub fn inject(&self, fault: Fault) {
        self.world().faults.push(fault);
    }

    /// Takes all faults back; answers with those that came to pass, each with its operation.
    #[must_use]
    pub fn heal(&self) -> Vec<(u64, FaultKind)> {
        let mut world = self.world();
        world.faults.clear();
        std::mem::take(&mut world.fired)
    }

    /// This moment as a crash point.
    #[must_use]
    pub fn here(&self) -> CrashPoint {
        let world = self.world();
        CrashPoint {
            op: world.ops,
            mark: world.mark,
            disk: world.disk.clone(),
        }
    }

    /// Kills the process: every handle is dead and every lock free; the page cache stays.
    #[must_use]
    pub fn kill(&self) -> Self {
        let mut world = self.world();
        world.epoch += 1;
        world.disk.unlock_all();
        Self {
            world: Arc::clone(&self.world),
            epoch: world.epoch,
        }
    }

    /// Cuts the power and starts the machine again: every handle is dead, and what was not synced
    /// is there as `choice` says.
    #[must_use]
    pub fn crash(&self, choice: Choice) -> Self {
        let mut world = self.world();
        world.epoch += 1;
        world.disk = world.disk.after_crash(choice);
        Self {
            world: Arc::clone(&self.world),
            epoch: world.epoch,
        }
    }

    /// Names of all files, in order.
    #[must_use]
    pub fn file_names(&self) -> Vec<String> {
        self.world().disk.file_names()
    }

    /// The bytes of a file as a program sees them.
    #[must_use]
    pub fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.world().disk.bytes(name)
    }

    /// Stands for all names, bytes and permissions on a disk on which everything is synced, as after
    /// a crash; `None` for any other disk. Equal disks have equal fingerprints.
    #[must_use]
    pub fn fingerprint(&self) -> Option<[u64; 4]> {
        self.world().disk.fingerprint()
    }

    /// Puts other bytes on the disk in a file's place, as damage does: no operation, no dirty
    /// page. `None` removes the file.
    pub fn put_bytes(&self, name: &str, bytes: Option<Vec<u8>>) {
        self.world().disk.put_bytes(name, bytes);
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts an operation; answers with the fault that meets it.
    fn step(
        &self,
        kind: OpKind,
        name: &str,
    ) -> io::Result<(MutexGuard<'_, World>, Option<FaultKind>)> {
        let mut guard = self.world();
        let world = &mut *guard;
        if world.epoch != self.epoch {
            return Err(io::Error::other("the process of this handle is dead"));
        }
        if let Some(points) = world.points.as_mut().filter(|_| kind.changes()) {
            points.push(CrashPoint {
                op: world.ops,
                mark: world.mark,
                disk: world.disk.clone(),
            });
        }
        if let Some(log) = &mut world.log {
            log.push(Op {
                number: world.ops,
                kind,
                name: name.to_owned(),
            });
        }
        let now = world.ops;
        world.ops += 1;
        let meets = |fault: &&Fault| fault.is_due(now) && fault.kind.concerns(kind);
        let fault = world.faults.iter().find(meets).map(|fault| fault.kind);
        if let Some(fault) = fault {
            world.fired.push((now, fault));
            if fault == FaultKind::Panic {
                drop(guard);
                std::panic::resume_unwind(Box::new("a panic was asked for"));
            }
            if let Some(error) = fault.error_of(kind) {
                return Err(error);
            }
        }
        Ok((guard, fault))
    }

    fn file(&self, inode: usize, name: &str, access: Access) -> Arc<dyn StorageFile> {
        Arc::new(SimFile::new(self.clone(), inode, name.to_owned(), access))
    }
}

impl CrashPoint {
    /// The ways in which this crash may end: all subsets of what was not synced while that is at
    /// most `all_up_to` things (of one file twice as many), else all subsets of the newest of
    /// them; and `seeds` drawn ones.
    #[must_use]
    pub fn choices(&self, all_up_to: u32, seeds: u64) -> Vec<Choice> {
        self.disk.choices(all_up_to, seeds)
    }

    /// The disk as the machine finds it after the crash.
    #[must_use]
    pub fn image(&self, choice: Choice) -> SimStorage {
        SimStorage::on(self.disk.after_crash(choice))
    }

    /// The disk and page cache as the next process finds them after a kill at this point.
    #[must_use]
    pub fn killed(&self) -> SimStorage {
        let mut disk = self.disk.clone();
        disk.unlock_all();
        SimStorage::on(disk)
    }

    /// How many sectors, lengths and names are not synced.
    #[must_use]
    pub fn pending(&self) -> usize {
        self.disk.units().len()
    }
}

impl Storage for SimStorage {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        check_name(name)?;
        let (world, _) = self.step(OpKind::Read, name)?;
        let inode = world.disk.open(name, access)?;
        drop(world);
        Ok(self.file(inode, name, access))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        check_name(name)?;
        let (mut world, _) = self.step(OpKind::Name, name)?;
        let inode = world.disk.create(name)?;
        drop(world);
        Ok(self.file(inode, name, Access::Write))
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        check_name(name)?;
        self.step(OpKind::Name, name)?.0.disk.create_dir(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        check_name(dir)?;
        self.step(OpKind::Read, dir)?.0.disk.list(dir)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_name(to)?;
        self.step(OpKind::Name, to)?.0.disk.rename(from, to)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        check_name(to)?;
        self.step(OpKind::Name, to)?.0.disk.link(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.step(OpKind::Name, name)?.0.disk.remove(name)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        let (mut world, fault) = self.step(OpKind::SyncDir, dir)?;
        match fault {
            Some(FaultKind::LyingSync) => Ok(()),
            Some(FaultKind::FailedSync { .. }) => Err(fault::eio()),
            _ => world.disk.sync_dir(dir),
        }
    }

    fn boot_id(&self) -> Option<[u8; 16]> {
        let mut id = *b"simulated boot  ";
        let boot = self.world().disk.boot().to_le_bytes();
        for (to, from) in id.iter_mut().rev().zip(boot) {
            *to ^= from;
        }
        Some(id)
    }

    fn location(&self) -> String {
        "a simulated disk".to_owned()
    }
}

#[cfg(test)]
mod tests;
