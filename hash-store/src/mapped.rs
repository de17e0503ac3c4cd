//! A file read through maps that grow with it, or with plain reads where there are none.
//!
//! Invariants:
//!
//! - chunk k covers `[(2^k - 1) * 64 KiB, (2^(k+1) - 1) * 64 KiB)`, so a file of any size takes few
//!   maps, none is ever replaced, and readers take no lock;
//! - every part of a chunk is touched before its first copy, so that a file cut meanwhile is an
//!   error and no signal;
//! - the caller reads only what was published: a chunk may reach past the end of the file.

use std::io;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use crate::map::Map;
use crate::storage::{StorageFile, read_exact_at};

const FIRST_CHUNK: u64 = 64 * 1024;
/// Chunks up to 2^34 bytes: files up to 32 GiB are mapped, what lies beyond is read.
const CHUNKS: usize = 19;
/// Parts of a chunk that are touched together.
const PARTS: usize = 64;

/// A growing file for many readers.
#[derive(Debug)]
pub struct MappedFile {
    file: Arc<dyn StorageFile>,
    chunks: [OnceLock<Option<Chunk>>; CHUNKS],
}

#[derive(Debug)]
struct Chunk {
    map: Map,
    /// One bit for each part that was touched whole.
    touched: AtomicU64,
    /// In the part that the file ends in, everything before this offset was touched.
    tail: AtomicUsize,
}

impl MappedFile {
    /// Reads `file` through maps if its storage has them.
    #[must_use]
    pub fn new(file: Arc<dyn StorageFile>) -> Self {
        Self {
            file,
            chunks: [const { OnceLock::new() }; CHUNKS],
        }
    }

    /// The file itself.
    #[must_use]
    pub fn file(&self) -> &Arc<dyn StorageFile> {
        &self.file
    }

    /// Copies the bytes from `offset` on into `to`.
    ///
    /// # Errors
    /// `UnexpectedEof` where the file is shorter; otherwise what the disk answers.
    pub fn read(&self, mut offset: u64, mut to: &mut [u8]) -> io::Result<()> {
        while !to.is_empty() {
            let (chunk, start, len) = chunk_of(offset);
            let inside = offset - start;
            let take = usize::try_from(len - inside).map_or(to.len(), |room| room.min(to.len()));
            let (now, rest) = to.split_at_mut(take);
            match self.chunk(chunk, start, len)? {
                Some(chunk) => chunk.copy(inside, now)?,
                None => read_exact_at(&*self.file, now, offset)?,
            }
            offset += take as u64;
            to = rest;
        }
        Ok(())
    }

    fn chunk(&self, index: usize, start: u64, len: u64) -> io::Result<Option<&Chunk>> {
        let Some(cell) = self.chunks.get(index) else {
            return Ok(None);
        };
        if let Some(chunk) = cell.get() {
            return Ok(chunk.as_ref());
        }
        let made = self.file.map(start, len)?.map(|map| Chunk {
            map,
            touched: AtomicU64::new(0),
            tail: AtomicUsize::new(0),
        });
        Ok(cell.get_or_init(|| made).as_ref())
    }
}

impl Chunk {
    fn copy(&self, inside: u64, to: &mut [u8]) -> io::Result<()> {
        let at = usize::try_from(inside).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let part = self.map.len() / PARTS;
        let end = at + to.len();
        for index in at / part..=(end - 1) / part {
            self.touch(index * part, part, end)?;
        }
        self.map.copy_to(at, to)
    }

    /// Touches the part at `start`, or, where the file ends in it, all of it before `end`.
    fn touch(&self, start: usize, part: usize, end: usize) -> io::Result<()> {
        let bit = 1u64 << (start / part % PARTS);
        if self.touched.load(Ordering::Relaxed) & bit != 0 {
            return Ok(());
        }
        let end = end.min(start + part);
        let tail = self.tail.load(Ordering::Relaxed);
        if (end..=start + part).contains(&tail) {
            return Ok(());
        }
        match self.map.touch(start, part) {
            Ok(()) => {
                self.touched.fetch_or(bit, Ordering::Relaxed);
            }
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                self.map.touch(start, end - start)?;
                self.tail.fetch_max(end, Ordering::Relaxed);
            }
            Err(e) => return Err(e),
        }
        Ok(())
    }
}

/// Index, start and length of the chunk that holds `offset`.
const fn chunk_of(offset: u64) -> (usize, u64, u64) {
    let k = (offset / FIRST_CHUNK + 1).ilog2();
    let len = FIRST_CHUNK << k;
    (k as usize, len - FIRST_CHUNK, len)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::{FileStorage, MemStorage, Storage};

    #[test]
    fn chunks_tile_the_file() {
        let mut end = 0;
        for k in 0..10 {
            let (index, start, len) = chunk_of(end);
            assert_eq!((index, start), (k, end));
            assert_eq!(chunk_of(start + len - 1), (index, start, len));
            end = start + len;
        }
    }

    #[test]
    fn reads_what_was_written_with_maps_and_without() {
        let dir = tempfile::tempdir().unwrap();
        let storages: [Box<dyn Storage>; 3] = [
            Box::new(FileStorage::new(dir.path().join("a"))),
            Box::new(FileStorage::new(dir.path().join("b")).without_maps()),
            Box::new(MemStorage::new()),
        ];
        for storage in storages {
            storage.create_dir("").unwrap();
            let file = storage.create("bytes").unwrap();
            let mapped = MappedFile::new(Arc::clone(&file));
            let mut content = Vec::new();
            for round in 0..40u8 {
                let more: Vec<u8> = (0..20_000u32).map(|i| (i % 250) as u8 ^ round).collect();
                file.write_at(&more, content.len() as u64).unwrap();
                content.extend_from_slice(&more);
                let (start, end) = (content.len() * 2 / 3, content.len());
                let mut read = vec![0; end - start];
                mapped.read(start as u64, &mut read).unwrap();
                assert_eq!(read, content[start..end]);
            }
            let past = mapped.read(content.len() as u64 + 9000, &mut [0; 10]);
            assert_eq!(past.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
    }
}
