//! A file that only grows and is read in place, through a map or from a copy in memory.
//!
//! # Format
//!
//! The header page, then bytes; how many of them count is known elsewhere, and they are addressed
//! from 0 behind the header.
//!
//! # Invariants
//!
//! - bytes below the published length never change; there is one appender at a time, and it writes
//!   at the published length only;
//! - references are formed to published bytes only;
//! - pieces that were appended or published at once lie side by side in memory, with and without
//!   maps: what is never split over two appends is never split in reading.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::append_vec::AppendVec;
use crate::error::{Error, Result};
use crate::layout::Seed;
use crate::layout::header::{FileHeader, HEADER_LEN};
use crate::log::segments::read_header;
use crate::map::LentMap;
use crate::storage::{Access, Storage, StorageFile, read_exact_at};

/// A file that only grows, for its one appender and any number of readers.
#[derive(Debug)]
pub struct GrownFile {
    name: String,
    file: Option<Arc<dyn StorageFile>>,
    bytes: Bytes,
    len: AtomicU64,
    growing: Mutex<()>,
}

/// Where published bytes are read.
#[derive(Debug)]
enum Bytes {
    /// Of the file, its header included.
    Map(LentMap),
    /// Without maps: the published pieces one after another.
    Memory(Box<AppendVec<Piece>>),
}

#[derive(Debug)]
struct Piece {
    start: u64,
    bytes: Box<[u8]>,
}

impl GrownFile {
    /// Creates the file; its name must be free. Up to `capacity` bytes can be appended to it.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn create(storage: &dyn Storage, name: &str, seed: &Seed, capacity: u64) -> Result<Self> {
        let io = |op: &'static str| move |e| Error::io(op, name, e);
        let file = storage.create(name).map_err(io("create"))?;
        let header = FileHeader {
            seed: *seed,
            len: 0,
        };
        file.write_at(&header.encode(), 0).map_err(io("write"))?;
        Self::on(file, name, capacity)
    }

    /// Opens the file, or answers `None` where there is none. Nothing of it is published yet.
    ///
    /// # Errors
    /// [`Error::DamagedHeader`], [`Error::FormatVersion`], [`Error::Io`].
    pub fn open(
        storage: &dyn Storage,
        name: &str,
        seed: &Seed,
        capacity: u64,
        access: Access,
    ) -> Result<Option<Self>> {
        let io = |op: &'static str| move |e| Error::io(op, name, e);
        let file = match storage.open(name, access) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(io("open"))?,
        };
        read_header(access, &*file, name, seed)?;
        let stored = file.len().map_err(io("measure"))?;
        let capacity = capacity.max(stored.saturating_sub(HEADER_LEN));
        Self::on(file, name, capacity).map(Some)
    }

    /// A file that is none: all of it lies in memory.
    #[must_use]
    pub fn in_memory() -> Self {
        Self {
            name: String::new(),
            file: None,
            bytes: Bytes::Memory(Box::default()),
            len: AtomicU64::new(0),
            growing: Mutex::new(()),
        }
    }

    fn on(file: Arc<dyn StorageFile>, name: &str, capacity: u64) -> Result<Self> {
        let map = file.map(0, HEADER_LEN.saturating_add(capacity));
        let map = map.map_err(|e| Error::io("map", name, e))?;
        Ok(Self {
            name: name.to_owned(),
            file: Some(file),
            bytes: match map {
                Some(map) => Bytes::Map(LentMap::new(map)),
                None => Bytes::Memory(Box::default()),
            },
            len: AtomicU64::new(0),
            growing: Mutex::new(()),
        })
    }

    /// Name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Published bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len.load(Ordering::Acquire)
    }

    /// Whether nothing is published.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Appends bytes and publishes them; not synced. After an error nothing more is published.
    ///
    /// # Errors
    /// [`Error::Io`], `UnexpectedEof` where they do not fit the capacity; [`Error::StoreFull`].
    pub fn append(&self, bytes: &[u8]) -> Result<()> {
        let _alone = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let start = self.len();
        if let Some(file) = &self.file {
            file.write_at(bytes, HEADER_LEN + start)
                .map_err(|e| Error::io("write", &self.name, e))?;
        }
        match &self.bytes {
            Bytes::Map(map) => self.publish(map, start + bytes.len() as u64)?,
            Bytes::Memory(pieces) => pieces.push(Piece {
                start,
                bytes: bytes.into(),
            }),
        }
        self.len.fetch_add(bytes.len() as u64, Ordering::Release);
        Ok(())
    }

    /// Publishes the first `len` bytes, which the file has to hold and nobody writes again. Less
    /// than is published already is no error and changes nothing.
    ///
    /// # Errors
    /// [`Error::Io`], `UnexpectedEof` where the file is shorter.
    pub fn reach(&self, len: u64) -> Result<()> {
        let io = |op: &'static str| move |e| Error::io(op, &self.name, e);
        let _alone = self.growing.lock().unwrap_or_else(PoisonError::into_inner);
        let start = self.len();
        if len <= start {
            return Ok(());
        }
        let file = self.file.as_ref().ok_or_else(|| self.short())?;
        if file.len().map_err(io("measure"))? < HEADER_LEN.saturating_add(len) {
            return Err(self.short());
        }
        match &self.bytes {
            Bytes::Map(map) => self.publish(map, len)?,
            Bytes::Memory(pieces) => {
                let count = usize::try_from(len - start).map_err(|_| self.short())?;
                let mut bytes = vec![0; count].into_boxed_slice();
                read_exact_at(&**file, &mut bytes, HEADER_LEN + start).map_err(io("read"))?;
                pieces.push(Piece { start, bytes });
            }
        }
        self.len.store(len, Ordering::Release);
        Ok(())
    }

    fn publish(&self, map: &LentMap, len: u64) -> Result<()> {
        let len = usize::try_from(HEADER_LEN.saturating_add(len)).map_err(|_| self.short())?;
        map.publish(len)
            .map_err(|e| Error::io("map", &self.name, e))
    }

    #[cold]
    fn short(&self) -> Error {
        self.unreadable(io::ErrorKind::UnexpectedEof.into())
    }

    #[cold]
    fn unreadable(&self, error: io::Error) -> Error {
        Error::io("read", &self.name, error)
    }

    /// Published bytes from `offset` on, at least to the end of the append that they belong to.
    ///
    /// # Errors
    /// [`Error::Io`], `UnexpectedEof` where `offset` is not published.
    #[inline(always)]
    pub fn bytes_from(&self, offset: u64) -> Result<&[u8]> {
        match &self.bytes {
            Bytes::Map(map) => {
                let at = usize::try_from(HEADER_LEN.saturating_add(offset));
                let lent = map.lend(at.unwrap_or(usize::MAX));
                lent.map_err(|e| self.unreadable(e))
            }
            Bytes::Memory(pieces) => {
                let piece = pieces.last_where(|piece| piece.start <= offset);
                let piece = piece.ok_or_else(|| self.short())?;
                let inside = usize::try_from(offset - piece.start).map_err(|_| self.short())?;
                piece.bytes.get(inside..).ok_or_else(|| self.short())
            }
        }
    }

    /// The file itself, to sync it; `None` of a file in memory.
    #[must_use]
    pub fn file(&self) -> Option<Arc<dyn StorageFile>> {
        self.file.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::FileKind;
    use crate::storage::{FileStorage, MemStorage};

    const SEED: Seed = Seed {
        uuid: [4; 16],
        kind: FileKind::TrieNodes,
        number: 7,
    };

    #[test]
    fn what_was_appended_is_lent_with_maps_and_without() {
        let dir = tempfile::tempdir().unwrap();
        let storages: [Box<dyn Storage>; 3] = [
            Box::new(FileStorage::new(dir.path().join("a"))),
            Box::new(FileStorage::new(dir.path().join("b")).without_maps()),
            Box::new(MemStorage::new()),
        ];
        for storage in storages {
            storage.create_dir("").unwrap();
            let writer = GrownFile::create(&*storage, "grown", &SEED, 1 << 20).unwrap();
            let reader = GrownFile::open(&*storage, "grown", &SEED, 1 << 20, Access::Read);
            let reader = reader.unwrap().unwrap();
            assert!(writer.bytes_from(1).is_err());
            let mut content = Vec::new();
            let mut lent: Vec<(&[u8], u64)> = Vec::new();
            for round in 1..60u8 {
                let start = content.len() as u64;
                content.resize(content.len() + usize::from(round) * 97, round);
                writer
                    .append(&content[usize::try_from(start).unwrap()..])
                    .unwrap();
                lent.push((writer.bytes_from(start).unwrap(), start));
                if round % 7 == 0 {
                    reader.reach(writer.len()).unwrap();
                    assert_eq!(reader.len(), content.len() as u64);
                    let last = reader.bytes_from(start).unwrap();
                    assert_eq!(last, &content[usize::try_from(start).unwrap()..]);
                }
            }
            for (bytes, start) in lent {
                let start = usize::try_from(start).unwrap();
                assert_eq!(bytes, &content[start..start + bytes.len()]);
            }
            assert!(reader.reach(writer.len() + 1).is_err());
            assert!(reader.bytes_from(writer.len() + 1).is_err());
        }
    }

    #[test]
    fn a_file_in_memory_is_a_file() {
        let file = GrownFile::in_memory();
        file.append(b"one").unwrap();
        file.append(b"two").unwrap();
        assert_eq!(file.bytes_from(1).unwrap(), b"ne");
        assert_eq!(file.bytes_from(3).unwrap(), b"two");
        assert!(file.reach(9).is_err());
        assert!(file.file().is_none());
    }

    #[test]
    fn more_than_the_capacity_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path());
        let file = GrownFile::create(&storage, "grown", &SEED, 4096).unwrap();
        file.append(&[1; 4096]).unwrap();
        assert!(file.append(&[2; 4096]).is_err());
        assert_eq!(file.len(), 4096);
        let other = Seed { number: 8, ..SEED };
        assert!(GrownFile::open(&storage, "grown", &other, 0, Access::Read).is_err());
        assert!(
            GrownFile::open(&storage, "none", &SEED, 0, Access::Read)
                .unwrap()
                .is_none()
        );
    }
}
