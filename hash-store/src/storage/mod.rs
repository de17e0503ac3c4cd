//! The seam between the suite and a disk: a directory of files, and nothing else.
//!
//! Everything above reaches bytes only through [`Storage`] and [`StorageFile`], so that one
//! workload runs unchanged on a file system ([`FileStorage`]), in memory ([`MemStorage`]) and on
//! a disk that crashes, tears and lies.
//!
//! Invariants every implementation must keep:
//!
//! - names are relative to the store's directory, with `/` between parts, and never leave it;
//! - `write_at` writes all bytes or returns an error, and may leave any part of them on an error;
//! - bytes are durable only after `sync_data` returned, a name only after `sync_dir` of its folder;
//! - reads past the end of a file return fewer bytes, never an error;
//! - every method may be called from several threads at once.

mod direct;
mod file;
mod layered;
mod mem;
#[cfg(any(test, feature = "sim"))]
pub mod sim;

use std::fmt;
use std::io;
use std::sync::Arc;

pub use direct::DirectStorage;
pub use file::FileStorage;
pub use layered::Layered;
pub use mem::MemStorage;

use crate::map::Map;

/// How a file is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reading only; works on a read-only mount.
    Read,
    /// Reading and writing.
    Write,
}

/// What a name in a folder stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A folder.
    Dir,
    /// Anything else: a link, a pipe, a socket, a device.
    Other,
}

/// One name in a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirEntry {
    /// The name, without the folder.
    pub name: String,
    /// What it stands for.
    pub kind: EntryKind,
    /// Length in bytes; 0 for what is not a file.
    pub len: u64,
}

/// A directory that holds one store.
pub trait Storage: Send + Sync + fmt::Debug {
    /// Opens an existing regular file.
    ///
    /// # Errors
    /// `NotFound` where there is none; `InvalidInput` where the name is no regular file.
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>>;

    /// Creates a file that must not exist yet, for reading and writing.
    ///
    /// # Errors
    /// `AlreadyExists` where the name is taken.
    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>>;

    /// Creates a folder and its parents; an existing folder is no error.
    ///
    /// # Errors
    /// What the file system answers.
    fn create_dir(&self, name: &str) -> io::Result<()>;

    /// Lists a folder in order of name; `""` is the store's directory.
    ///
    /// # Errors
    /// `NotFound` where there is no such folder.
    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>>;

    /// Renames a file over whatever has the new name.
    ///
    /// # Errors
    /// What the file system answers.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Gives a file a second name, which must be free.
    ///
    /// # Errors
    /// What the file system answers.
    fn link(&self, from: &str, to: &str) -> io::Result<()>;

    /// Gives a file of another storage a name here too, which must be free: both names are of the
    /// same bytes. `false` where that cannot be: another device, another kind of storage.
    ///
    /// # Errors
    /// What the file system answers.
    fn link_file(&self, file: &dyn StorageFile, name: &str) -> io::Result<bool> {
        let _ = (file, name);
        Ok(false)
    }

    /// Removes a file's name.
    ///
    /// # Errors
    /// What the file system answers.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes the names in a folder durable.
    ///
    /// # Errors
    /// What the file system answers.
    fn sync_dir(&self, dir: &str) -> io::Result<()>;

    /// Identifies the running boot of the machine; what was written since then is still in the
    /// page cache even if it was never synced. `None` where that is unknown.
    fn boot_id(&self) -> Option<[u8; 16]>;

    /// Where the store lies, for people.
    fn location(&self) -> String;
}

/// An open file.
pub trait StorageFile: Send + Sync + fmt::Debug {
    /// Length in bytes.
    ///
    /// # Errors
    /// What the file system answers.
    fn len(&self) -> io::Result<u64>;

    /// Whether the file has no bytes.
    ///
    /// # Errors
    /// What the file system answers.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Reads up to `buf.len()` bytes; fewer only at the end of the file.
    ///
    /// # Errors
    /// What the file system answers.
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Like `read_at`, but from the disk: what a crash would leave, not what the cache holds.
    ///
    /// # Errors
    /// What the file system answers.
    fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize>;

    /// Writes all of `buf`, extending the file if need be.
    ///
    /// # Errors
    /// What the file system answers; some of the bytes may have been written.
    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()>;

    /// Cuts or extends the file; new bytes are zero.
    ///
    /// # Errors
    /// What the file system answers.
    fn set_len(&self, len: u64) -> io::Result<()>;

    /// Reserves the disk space of the first `len` bytes, extending the file with zeros: room that
    /// was reserved and never written reads as zeros, and so does what a write into it lost.
    /// `false` where the file system cannot reserve: the file has that length, and no more.
    ///
    /// # Errors
    /// `StorageFull` before anything was written, where the disk has no room.
    fn allocate(&self, len: u64) -> io::Result<bool>;

    /// From `offset` on, where the first byte stands that may not be zero, as the file system knows
    /// without reading it; the file's length where there is none. Bytes before it were never
    /// written. What only the page cache holds counts as written.
    ///
    /// # Errors
    /// What the file system answers.
    fn first_written(&self, offset: u64) -> io::Result<u64> {
        Ok(offset)
    }

    /// Makes the file's bytes and length durable.
    ///
    /// # Errors
    /// What the file system answers. Afterwards nothing may be assumed of un-synced bytes.
    fn sync_data(&self) -> io::Result<()>;

    /// Takes the exclusive lock on this file; `false` where another handle holds it. It is given
    /// back when the last clone of this handle is dropped.
    ///
    /// # Errors
    /// What the file system answers.
    fn try_lock(&self) -> io::Result<bool>;

    /// Takes away the permission to write from the file, for handles opened later.
    ///
    /// # Errors
    /// What the file system answers.
    fn set_read_only(&self) -> io::Result<()>;

    /// A read-only map of `len` bytes from `offset` (a multiple of 64 KiB); it may reach past the
    /// end of the file. `None` where the storage has no maps: read with `read_at` then.
    ///
    /// # Errors
    /// What the operating system answers.
    fn map(&self, offset: u64, len: u64) -> io::Result<Option<Map>>;

    /// The operating system's file behind this one, if there is one, for copying without passing
    /// the bytes through memory.
    fn os_file(&self) -> Option<&std::fs::File> {
        None
    }
}

/// Copies `len` bytes to the same place in another file; on file systems that can, the two share
/// the blocks.
///
/// # Errors
/// `UnexpectedEof` where the source ends before, otherwise what the files answer.
pub(crate) fn copy_bytes(
    from: &dyn StorageFile,
    to: &dyn StorageFile,
    begin: u64,
    len: u64,
) -> io::Result<()> {
    let end = begin + len;
    let mut at = begin;
    if let (Some(from), Some(to)) = (from.os_file(), to.os_file()) {
        at = file::copy_range(from, to, begin, end);
    }
    // What the operating system did not copy: other devices, other file systems, other storages.
    let mut piece = vec![0; usize::try_from((end - at).min(1 << 20)).unwrap_or(1 << 20)];
    while at < end {
        let len = usize::try_from(end - at).map_or(piece.len(), |rest| rest.min(piece.len()));
        let bytes = piece.get_mut(..len).unwrap_or_default();
        read_exact_at(from, bytes, at)?;
        to.write_at(bytes, at)?;
        at += len as u64;
    }
    Ok(())
}

/// Reads exactly `buf.len()` bytes.
///
/// # Errors
/// `UnexpectedEof` where the file ends before, otherwise what the file answers.
pub fn read_exact_at(file: &dyn StorageFile, buf: &mut [u8], offset: u64) -> io::Result<()> {
    match file.read_at(buf, offset)? {
        n if n == buf.len() => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

/// Refuses names that would leave the store's directory.
fn check_name(name: &str) -> io::Result<()> {
    let inside = name.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if name.is_empty() || inside {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::InvalidInput,
        "a file name must stay inside the store",
    ))
}
