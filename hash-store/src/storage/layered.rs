//! One directory over another, for reading: what a store would be with some files replaced.
//!
//! Invariant: nothing is written through it; every changing call is refused.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Access, DirEntry, Storage, StorageFile};

/// A directory whose files hide those of the same name in another one.
#[derive(Debug)]
pub struct Layered {
    upper: Arc<dyn Storage>,
    lower: Arc<dyn Storage>,
    hidden: Mutex<BTreeSet<String>>,
}

impl Layered {
    /// Shows `lower` with the files of `upper` in place of its own.
    #[must_use]
    pub const fn new(upper: Arc<dyn Storage>, lower: Arc<dyn Storage>) -> Self {
        Self {
            upper,
            lower,
            hidden: Mutex::new(BTreeSet::new()),
        }
    }

    /// Shows the file no more.
    pub fn hide(&self, name: &str) {
        let mut hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.insert(name.to_owned());
    }

    fn is_hidden(&self, name: &str) -> bool {
        let hidden = self.hidden.lock().unwrap_or_else(PoisonError::into_inner);
        hidden.contains(name)
    }
}

fn refused<T>() -> io::Result<T> {
    Err(io::ErrorKind::ReadOnlyFilesystem.into())
}

impl Storage for Layered {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        if access == Access::Write {
            return refused();
        }
        if self.is_hidden(name) {
            return Err(io::ErrorKind::NotFound.into());
        }
        match self.upper.open(name, access) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => self.lower.open(name, access),
            answer => answer,
        }
    }

    fn create(&self, _name: &str) -> io::Result<Arc<dyn StorageFile>> {
        refused()
    }

    fn create_dir(&self, _name: &str) -> io::Result<()> {
        refused()
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        let found = |answer: io::Result<Vec<DirEntry>>| match answer {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            answer => answer.map(Some),
        };
        let (upper, lower) = (found(self.upper.list(dir))?, found(self.lower.list(dir))?);
        if upper.is_none() && lower.is_none() {
            return Err(io::ErrorKind::NotFound.into());
        }
        let mut entries = upper.unwrap_or_default();
        for entry in lower.unwrap_or_default() {
            if entries.iter().all(|known| known.name != entry.name) {
                entries.push(entry);
            }
        }
        let name_of = |entry: &DirEntry| match dir {
            "" => entry.name.clone(),
            dir => format!("{dir}/{}", entry.name),
        };
        entries.retain(|entry| !self.is_hidden(&name_of(entry)));
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn rename(&self, _from: &str, _to: &str) -> io::Result<()> {
        refused()
    }

    fn link(&self, _from: &str, _to: &str) -> io::Result<()> {
        refused()
    }

    fn remove(&self, _name: &str) -> io::Result<()> {
        refused()
    }

    fn sync_dir(&self, _dir: &str) -> io::Result<()> {
        refused()
    }

    fn boot_id(&self) -> Option<[u8; 16]> {
        self.lower.boot_id()
    }

    fn location(&self) -> String {
        self.lower.location()
    }
}
