//! A storage that counts what is read, opened and synced, can make syncs wait, and have something
//! done between two reads.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};

use hash_store::{Access, DirEntry, Map, Storage, StorageFile};

/// What went through the seam.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Io {
    /// Reads, past the page cache or not.
    pub(crate) reads: u64,
    /// Bytes read.
    pub(crate) bytes: u64,
    /// Files opened, listings, lengths asked for.
    pub(crate) lookups: u64,
    /// Writes.
    pub(crate) writes: u64,
    /// Syncs of files and folders.
    pub(crate) syncs: u64,
}

#[derive(Debug, Default)]
struct Tally {
    reads: AtomicU64,
    bytes: AtomicU64,
    lookups: AtomicU64,
    writes: AtomicU64,
    syncs: AtomicU64,
}

impl Tally {
    fn read(&self, bytes: usize) {
        self.reads.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

fn one_more(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

/// Where syncs wait while it is closed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Gate(Arc<(Mutex<GateState>, Condvar)>);

#[derive(Debug, Default)]
struct GateState {
    closed: bool,
    waiting: usize,
}

impl Gate {
    pub(crate) fn close(&self) {
        self.0.0.lock().unwrap().closed = true;
    }

    pub(crate) fn open(&self) {
        self.0.0.lock().unwrap().closed = false;
        self.0.1.notify_all();
    }

    /// Until somebody stands at the gate.
    pub(crate) fn wait_for_one(&self) {
        let state = self.0.0.lock().unwrap();
        drop(
            self.0
                .1
                .wait_while(state, |state| state.waiting == 0)
                .unwrap(),
        );
    }

    fn pass(&self) {
        let mut state = self.0.0.lock().unwrap();
        if state.closed {
            state.waiting += 1;
            self.0.1.notify_all();
            state = self.0.1.wait_while(state, |state| state.closed).unwrap();
            state.waiting -= 1;
        }
    }
}

/// Takes a file's name and how many bytes were to be read.
type OfRead = dyn Fn(&str, usize) + Send + Sync;

/// What is done after each read.
#[derive(Clone)]
struct AfterRead(Arc<OfRead>);

impl fmt::Debug for AfterRead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AfterRead")
    }
}

/// Another storage, counted.
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    inner: Arc<dyn Storage>,
    tally: Arc<Tally>,
    gate: Gate,
    after_read: AfterRead,
}

impl Counting {
    pub(crate) fn new(inner: Arc<dyn Storage>) -> Self {
        Self {
            inner,
            tally: Arc::default(),
            gate: Gate::default(),
            after_read: AfterRead(Arc::new(|_, _| ())),
        }
    }

    pub(crate) fn after_reads(mut self, of: impl Fn(&str, usize) + Send + Sync + 'static) -> Self {
        self.after_read = AfterRead(Arc::new(of));
        self
    }

    pub(crate) fn with_gate(mut self, gate: Gate) -> Self {
        self.gate = gate;
        self
    }

    /// What went through since the last call.
    pub(crate) fn take(&self) -> Io {
        let take = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        Io {
            reads: take(&self.tally.reads),
            bytes: take(&self.tally.bytes),
            lookups: take(&self.tally.lookups),
            writes: take(&self.tally.writes),
            syncs: take(&self.tally.syncs),
        }
    }

    fn file(&self, name: &str, inner: Arc<dyn StorageFile>) -> Arc<dyn StorageFile> {
        Arc::new(CountingFile {
            inner,
            name: name.to_owned(),
            after_read: self.after_read.clone(),
            tally: Arc::clone(&self.tally),
            gate: self.gate.clone(),
        })
    }
}

impl Storage for Counting {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        one_more(&self.tally.lookups);
        Ok(self.file(name, self.inner.open(name, access)?))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        Ok(self.file(name, self.inner.create(name)?))
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        self.inner.create_dir(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        one_more(&self.tally.lookups);
        self.inner.list(dir)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.rename(from, to)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.inner.link(from, to)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.inner.remove(name)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        one_more(&self.tally.syncs);
        self.inner.sync_dir(dir)
    }

    fn boot_id(&self) -> Option<[u8; 16]> {
        self.inner.boot_id()
    }

    fn location(&self) -> String {
        self.inner.location()
    }
}

#[derive(Debug)]
struct CountingFile {
    inner: Arc<dyn StorageFile>,
    tally: Arc<Tally>,
    gate: Gate,
    name: String,
    after_read: AfterRead,
}

impl StorageFile for CountingFile {
    fn len(&self) -> io::Result<u64> {
        one_more(&self.tally.lookups);
        self.inner.len()
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.tally.read(buf.len());
        let read = self.inner.read_at(buf, offset);
        (self.after_read.0)(&self.name, buf.len());
        read
    }

    fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.tally.read(buf.len());
        self.inner.read_direct(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        one_more(&self.tally.writes);
        self.inner.write_at(buf, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.inner.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<bool> {
        self.inner.allocate(len)
    }

    fn first_written(&self, offset: u64) -> io::Result<u64> {
        self.inner.first_written(offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        one_more(&self.tally.syncs);
        self.gate.pass();
        self.inner.sync_data()
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.inner.try_lock()
    }

    fn set_read_only(&self) -> io::Result<()> {
        self.inner.set_read_only()
    }

    /// None, but of node logs: everything else is read, so that everything is counted.
    fn map(&self, offset: u64, len: u64) -> io::Result<Option<Map>> {
        if self.name.ends_with(".nodes") {
            return self.inner.map(offset, len);
        }
        Ok(None)
    }
}
