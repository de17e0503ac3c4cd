//! A disk with a volatile cache, served as the one file of a FUSE file system.
//!
//! - A write goes to the cache; a flush makes all of the cache durable.
//! - A crash keeps the durable sectors and any of those in the cache.
//! - One request may fail: then nothing of it is done.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, UNIX_EPOCH};

use fuser::{
    Errno, FileAttr, FileHandle, FileType, Filesystem, FopenFlags, Generation, INodeNo, LockOwner,
    OpenFlags, ReplyAttr, ReplyData, ReplyEmpty, ReplyEntry, ReplyOpen, ReplyWrite, Request,
    WriteFlags,
};
use hash_store::sim::Random;

const SECTOR: usize = 512;
const FILE: INodeNo = INodeNo(2);
const FOREVER: Duration = Duration::from_secs(1 << 20);

/// The name of the file.
pub(crate) const NAME: &str = "disk";

/// What is on the disk and in its cache. Clones are moments that do not change.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    durable: Arc<Vec<u8>>,
    cached: BTreeMap<usize, [u8; SECTOR]>,
}

impl Moment {
    /// What a power cut leaves: by the seed none, all or any of the cached sectors.
    pub(crate) fn image(&self, seed: u64) -> Vec<u8> {
        let mut image = Vec::clone(&self.durable);
        let mut random = Random::new(seed);
        let odds = 2 + random.below(6);
        let mostly_kept = random.one_in(2);
        for (index, sector) in &self.cached {
            let keep = match seed {
                0 => false,
                1 => true,
                _ => random.one_in(odds) != mostly_kept,
            };
            if keep {
                image[index * SECTOR..][..SECTOR].copy_from_slice(sector);
            }
        }
        image
    }

    /// How many sectors are not durable.
    pub(crate) fn cached(&self) -> usize {
        self.cached.len()
    }
}

#[derive(Debug)]
struct State {
    moment: Moment,
    /// Writes and flushes so far.
    requests: u64,
    fails_at: Option<u64>,
    /// A moment is kept at every so many requests, with what `acknowledged` says then.
    every: u64,
    acknowledged: u64,
    kept: Vec<(u64, Moment)>,
}

/// The disk. Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct Disk {
    state: Arc<Mutex<State>>,
}

impl Disk {
    /// A disk that holds these bytes.
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        let moment = Moment {
            durable: Arc::new(bytes),
            cached: BTreeMap::new(),
        };
        Self {
            state: Arc::new(Mutex::new(State {
                moment,
                requests: 0,
                fails_at: None,
                every: u64::MAX,
                acknowledged: 0,
                kept: Vec::new(),
            })),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Keeps a moment at every so many requests from now on.
    pub(crate) fn keep_every(&self, every: u64) {
        self.state().every = every;
    }

    /// The request so many from now on fails.
    pub(crate) fn fail_in(&self, requests: u64) {
        let mut state = self.state();
        state.fails_at = Some(state.requests + requests);
    }

    /// Notes how many batches were acknowledged, and keeps this moment.
    pub(crate) fn acknowledge(&self, batches: u64) {
        let mut state = self.state();
        state.acknowledged = batches;
        let moment = state.moment.clone();
        state.kept.push((batches, moment));
    }

    /// Writes and flushes so far.
    pub(crate) fn requests(&self) -> u64 {
        self.state().requests
    }

    /// The moments kept so far, each with the batches acknowledged before it.
    pub(crate) fn take_kept(&self) -> Vec<(u64, Moment)> {
        std::mem::take(&mut self.state().kept)
    }
}

impl State {
    /// Counts a request; answers whether it fails.
    fn step(&mut self) -> bool {
        self.requests += 1;
        if self.requests.is_multiple_of(self.every) {
            self.kept.push((self.acknowledged, self.moment.clone()));
        }
        self.fails_at == Some(self.requests)
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) {
        assert!(offset.is_multiple_of(SECTOR) && bytes.len().is_multiple_of(SECTOR));
        for (index, sector) in (offset / SECTOR..).zip(bytes.chunks_exact(SECTOR)) {
            let sector = sector.try_into().expect("a whole sector");
            self.moment.cached.insert(index, sector);
        }
    }

    fn flush(&mut self) {
        let cached = std::mem::take(&mut self.moment.cached);
        let durable = Arc::make_mut(&mut self.moment.durable);
        for (index, sector) in cached {
            durable[index * SECTOR..][..SECTOR].copy_from_slice(&sector);
        }
    }

    fn read(&self, offset: usize, len: usize) -> Vec<u8> {
        let end = self.moment.durable.len().min(offset + len);
        let mut bytes = self.moment.durable[offset.min(end)..end].to_vec();
        let sectors = offset / SECTOR..end.div_ceil(SECTOR);
        for (index, sector) in self.moment.cached.range(sectors) {
            for (at, byte) in (index * SECTOR..).zip(sector) {
                if (offset..end).contains(&at) {
                    bytes[at - offset] = *byte;
                }
            }
        }
        bytes
    }

    fn attr(&self, inode: INodeNo) -> FileAttr {
        let is_file = inode == FILE;
        let len = self.moment.durable.len() as u64;
        FileAttr {
            ino: inode,
            size: if is_file { len } else { 0 },
            blocks: if is_file { len / SECTOR as u64 } else { 0 },
            atime: UNIX_EPOCH,
            mtime: UNIX_EPOCH,
            ctime: UNIX_EPOCH,
            crtime: UNIX_EPOCH,
            kind: if is_file {
                FileType::RegularFile
            } else {
                FileType::Directory
            },
            perm: if is_file { 0o600 } else { 0o700 },
            nlink: 1,
            uid: 0,
            gid: 0,
            rdev: 0,
            flags: 0,
            blksize: 4096,
        }
    }
}

fn at(offset: u64) -> usize {
    usize::try_from(offset).expect("disks are small")
}

impl Filesystem for Disk {
    fn lookup(&self, _: &Request, _parent: INodeNo, name: &OsStr, reply: ReplyEntry) {
        if name == NAME {
            reply.entry(&FOREVER, &self.state().attr(FILE), Generation(0));
        } else {
            reply.error(Errno::ENOENT);
        }
    }

    fn getattr(&self, _: &Request, inode: INodeNo, _: Option<FileHandle>, reply: ReplyAttr) {
        reply.attr(&FOREVER, &self.state().attr(inode));
    }

    fn open(&self, _: &Request, _inode: INodeNo, _: OpenFlags, reply: ReplyOpen) {
        // Without a cache of its own: every request of the loop device arrives here.
        reply.opened(FileHandle(0), FopenFlags::FOPEN_DIRECT_IO);
    }

    fn read(
        &self,
        _: &Request,
        _inode: INodeNo,
        _: FileHandle,
        offset: u64,
        len: u32,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyData,
    ) {
        reply.data(&self.state().read(at(offset), len as usize));
    }

    fn write(
        &self,
        _: &Request,
        _inode: INodeNo,
        _: FileHandle,
        offset: u64,
        bytes: &[u8],
        _: WriteFlags,
        _: OpenFlags,
        _: Option<LockOwner>,
        reply: ReplyWrite,
    ) {
        let mut state = self.state();
        if state.step() {
            return reply.error(Errno::EIO);
        }
        state.write(at(offset), bytes);
        reply.written(u32::try_from(bytes.len()).expect("FUSE writes are short"));
    }

    fn fsync(
        &self,
        _: &Request,
        _inode: INodeNo,
        _: FileHandle,
        _datasync: bool,
        reply: ReplyEmpty,
    ) {
        let mut state = self.state();
        if state.step() {
            return reply.error(Errno::EIO);
        }
        state.flush();
        reply.ok();
    }

    fn flush(&self, _: &Request, _inode: INodeNo, _: FileHandle, _: LockOwner, reply: ReplyEmpty) {
        // A close, not a flush of the disk.
        reply.ok();
    }
}
