//! Storage that counts what is read and written, and fails once an end is asked for: so a library
//! that only knows files can be watched and stopped, at any of its steps.
//!
//! Invariants:
//!
//! - once an end is asked for, no byte and no name changes any more: what is left is what a crash
//!   at that moment leaves, which every store survives;
//! - what a library answers after that is not told: it may be about files that it could not read.

use std::fs::File;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use hash_store::{Access, DirEntry, Map, Storage, StorageFile};

use crate::progress::Progress;
use crate::stop::Stop;

/// What is watched, in all the storages of one command.
#[derive(Clone, Debug)]
pub(crate) struct Watch {
    stop: Stop,
    told: Arc<Mutex<Told>>,
}

#[derive(Debug)]
struct Told {
    done: u64,
    total: Option<u64>,
    progress: Progress,
}

impl Watch {
    /// Tells at once that work began.
    pub(crate) fn new(stop: Stop, mut progress: Progress, total: Option<u64>) -> Self {
        progress.update(0, total);
        let told = Told {
            done: 0,
            total,
            progress,
        };
        Self {
            stop,
            told: Arc::new(Mutex::new(told)),
        }
    }

    pub(crate) fn asked_to_stop(&self) -> bool {
        self.stop.asked()
    }

    /// Watches a storage.
    pub(crate) fn over(&self, storage: Arc<dyn Storage>) -> Arc<dyn Storage> {
        Arc::new(Watched {
            inner: storage,
            watch: self.clone(),
        })
    }

    fn go_on(&self) -> io::Result<()> {
        if self.stop.asked() {
            return Err(io::Error::other("interrupted"));
        }
        Ok(())
    }

    fn add(&self, bytes: usize) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        told.done = told.done.saturating_add(bytes as u64);
        // What is read twice does not make more than all.
        let total = told.total.map(|total| total.max(told.done));
        let done = told.done;
        told.progress.update(done, total);
    }
}

#[derive(Debug)]
struct Watched {
    inner: Arc<dyn Storage>,
    watch: Watch,
}

impl Watched {
    fn file(&self, file: Arc<dyn StorageFile>) -> Arc<dyn StorageFile> {
        Arc::new(WatchedFile {
            inner: file,
            watch: self.watch.clone(),
        })
    }
}

impl Storage for Watched {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        self.watch.go_on()?;
        self.inner.open(name, access).map(|file| self.file(file))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        self.watch.go_on()?;
        self.inner.create(name).map(|file| self.file(file))
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.create_dir(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        self.watch.go_on()?;
        self.inner.list(dir)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.rename(from, to)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.link(from, to)
    }

    fn link_file(&self, file: &dyn StorageFile, name: &str) -> io::Result<bool> {
        self.watch.go_on()?;
        self.inner.link_file(file, name)
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.remove(name)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        self.watch.go_on()?;
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
struct WatchedFile {
    inner: Arc<dyn StorageFile>,
    watch: Watch,
}

impl StorageFile for WatchedFile {
    fn len(&self) -> io::Result<u64> {
        self.inner.len()
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.watch.go_on()?;
        let len = self.inner.read_at(buf, offset)?;
        self.watch.add(len);
        Ok(len)
    }

    fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.watch.go_on()?;
        let len = self.inner.read_direct(buf, offset)?;
        self.watch.add(len);
        Ok(len)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.write_at(buf, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<bool> {
        self.watch.go_on()?;
        self.inner.allocate(len)
    }

    fn first_written(&self, offset: u64) -> io::Result<u64> {
        self.inner.first_written(offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.sync_data()
    }

    fn try_lock(&self) -> io::Result<bool> {
        self.inner.try_lock()
    }

    fn set_read_only(&self) -> io::Result<()> {
        self.watch.go_on()?;
        self.inner.set_read_only()
    }

    /// None: what is read through a map passes nobody by.
    fn map(&self, _offset: u64, _len: u64) -> io::Result<Option<Map>> {
        Ok(None)
    }

    fn os_file(&self) -> Option<&File> {
        self.inner.os_file()
    }
}
