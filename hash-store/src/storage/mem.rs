//! [`Storage`] in memory: for tests, and for ledgers that need not outlive their process.
//!
//! Clones share the same files. There are no maps, so every read takes the path without them.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use super::{Access, DirEntry, EntryKind, Storage, StorageFile, check_name};
use crate::map::Map;

/// A directory in memory.
#[derive(Debug, Clone, Default)]
pub struct MemStorage {
    files: Arc<Mutex<BTreeMap<String, Arc<MemFile>>>>,
}

impl MemStorage {
    /// An empty directory.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn files(&self) -> MutexGuard<'_, BTreeMap<String, Arc<MemFile>>> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storage for MemStorage {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        check_name(name)?;
        let file = self
            .files()
            .get(name)
            .cloned()
            .ok_or(io::ErrorKind::NotFound)?;
        Ok(Arc::new(Handle::new(file, access == Access::Write)))
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        check_name(name)?;
        let mut files = self.files();
        if files.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = Arc::new(MemFile::default());
        files.insert(name.to_owned(), Arc::clone(&file));
        Ok(Arc::new(Handle::new(file, true)))
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        check_name(name)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        check_name(dir)?;
        let prefix = if dir.is_empty() {
            String::new()
        } else {
            format!("{dir}/")
        };
        let mut entries: Vec<DirEntry> = Vec::new();
        for (name, file) in self.files().iter() {
            let Some(rest) = name.strip_prefix(&prefix) else {
                continue;
            };
            let (name, kind, len) = match rest.split_once('/') {
                Some((folder, _)) => (folder, EntryKind::Dir, 0),
                None => (rest, EntryKind::File, file.bytes().len() as u64),
            };
            if entries.last().is_none_or(|last| last.name != name) {
                entries.push(DirEntry {
                    name: name.to_owned(),
                    kind,
                    len,
                });
            }
        }
        Ok(entries)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        check_name(to)?;
        let mut files = self.files();
        let file = files.remove(from).ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        check_name(to)?;
        let mut files = self.files();
        if files.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let file = files.get(from).cloned().ok_or(io::ErrorKind::NotFound)?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        match self.files().remove(name) {
            Some(_) => Ok(()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn sync_dir(&self, _dir: &str) -> io::Result<()> {
        Ok(())
    }

    fn boot_id(&self) -> Option<[u8; 16]> {
        // Memory lives exactly as long as the process: always the same boot.
        Some(*b"memory-boot-id--")
    }

    fn location(&self) -> String {
        "memory".to_owned()
    }
}

#[derive(Debug, Default)]
struct MemFile {
    bytes: RwLock<Vec<u8>>,
    locked: Mutex<bool>,
}

impl MemFile {
    fn bytes(&self) -> std::sync::RwLockReadGuard<'_, Vec<u8>> {
        self.bytes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn bytes_mut(&self) -> std::sync::RwLockWriteGuard<'_, Vec<u8>> {
        self.bytes.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn locked(&self) -> MutexGuard<'_, bool> {
        self.locked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug)]
struct Handle {
    file: Arc<MemFile>,
    writable: bool,
    holds_lock: Mutex<bool>,
}

impl Handle {
    const fn new(file: Arc<MemFile>, writable: bool) -> Self {
        Self {
            file,
            writable,
            holds_lock: Mutex::new(false),
        }
    }

    fn check_writable(&self) -> io::Result<()> {
        if self.writable {
            Ok(())
        } else {
            Err(io::ErrorKind::PermissionDenied.into())
        }
    }

    fn extend(&self, len: u64, shrink: bool) -> io::Result<()> {
        self.check_writable()?;
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::StorageFull)?;
        let mut bytes = self.file.bytes_mut();
        let more = len.saturating_sub(bytes.len());
        bytes
            .try_reserve(more)
            .map_err(|_| io::ErrorKind::StorageFull)?;
        if shrink || more > 0 {
            bytes.resize(len, 0);
        }
        Ok(())
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        let held = self
            .holds_lock
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        if *held {
            *self.file.locked() = false;
        }
    }
}

impl StorageFile for Handle {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.bytes().len() as u64)
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let bytes = self.file.bytes();
        let rest = usize::try_from(offset)
            .ok()
            .and_then(|start| bytes.get(start..))
            .unwrap_or(&[]);
        let n = rest.len().min(buf.len());
        for (to, from) in buf.iter_mut().zip(rest) {
            *to = *from;
        }
        Ok(n)
    }

    fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read_at(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        let end = offset
            .checked_add(buf.len() as u64)
            .ok_or(io::ErrorKind::InvalidInput)?;
        self.extend(end, false)?;
        let mut bytes = self.file.bytes_mut();
        let target = usize::try_from(offset)
            .ok()
            .and_then(|start| bytes.get_mut(start..start + buf.len()))
            .ok_or(io::ErrorKind::InvalidInput)?;
        target.copy_from_slice(buf);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.extend(len, true)
    }

    fn allocate(&self, len: u64) -> io::Result<bool> {
        self.extend(len, false).map(|()| true)
    }

    fn sync_data(&self) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self) -> io::Result<bool> {
        let mut locked = self.file.locked();
        if *locked {
            return Ok(false);
        }
        *locked = true;
        *self
            .holds_lock
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = true;
        Ok(true)
    }

    fn set_read_only(&self) -> io::Result<()> {
        Ok(())
    }

    fn map(&self, _offset: u64, _len: u64) -> io::Result<Option<Map>> {
        Ok(None)
    }
}
