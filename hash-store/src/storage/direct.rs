//! A store read past the page cache: what the disk holds, not what was written last.
//!
//! Every read is a direct one. Small reads are served from the last few pieces of the file that
//! were read, in memory that does not grow; a file is taken as it was when its piece was read.
//! A map shows the cache, so it is held against the disk before it is given out; where they differ
//! there is none, and the caller reads. Nothing can be written.

use std::collections::VecDeque;
use std::io;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Access, DirEntry, Storage, StorageFile};
use crate::map::Map;

/// Reads of at least this length are not kept.
const PIECE: usize = 1 << 18;
/// Pieces that are kept of a file.
const PIECES: usize = 8;

/// Another storage, read past the page cache.
#[derive(Clone, Debug)]
pub struct DirectStorage(Arc<dyn Storage>);

impl DirectStorage {
    /// Reads from `storage`.
    #[must_use]
    pub const fn new(storage: Arc<dyn Storage>) -> Self {
        Self(storage)
    }
}

impl Storage for DirectStorage {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        if access == Access::Write {
            return Err(io::ErrorKind::ReadOnlyFilesystem.into());
        }
        let file = self.0.open(name, access)?;
        Ok(Arc::new(DirectFile {
            file,
            pieces: Mutex::default(),
        }))
    }

    fn create(&self, _: &str) -> io::Result<Arc<dyn StorageFile>> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn create_dir(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        self.0.list(dir)
    }

    fn rename(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn link(&self, _: &str, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn remove(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_dir(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn boot_id(&self) -> Option<[u8; 16]> {
        self.0.boot_id()
    }

    fn location(&self) -> String {
        self.0.location()
    }
}

/// Number and bytes of pieces, the last one read first.
type Pieces = VecDeque<(u64, Vec<u8>)>;

#[derive(Debug)]
struct DirectFile {
    file: Arc<dyn StorageFile>,
    pieces: Mutex<Pieces>,
}

impl DirectFile {
    /// Copies what a piece has from `inside` on; answers with how many bytes, and whether the file
    /// goes on behind the piece.
    fn copy(&self, number: u64, inside: usize, to: &mut [u8]) -> io::Result<(usize, bool)> {
        let mut pieces = self.pieces.lock().unwrap_or_else(PoisonError::into_inner);
        let at = pieces.iter().position(|(known, _)| *known == number);
        // A piece that the file ended in may have grown since.
        let kept = at
            .and_then(|at| pieces.remove(at))
            .filter(|(_, bytes)| bytes.len() == PIECE);
        let piece = match kept {
            Some((_, piece)) => piece,
            None => {
                let mut piece = vec![0; PIECE];
                let read = self.file.read_direct(&mut piece, number * PIECE as u64)?;
                piece.truncate(read);
                piece
            }
        };
        let from = piece.get(inside..).unwrap_or_default();
        let len = from.len().min(to.len());
        to.iter_mut().zip(from).for_each(|(to, byte)| *to = *byte);
        let is_full = piece.len() == PIECE;
        pieces.push_front((number, piece));
        pieces.truncate(PIECES);
        Ok((len, is_full))
    }

    /// Whether the page cache shows what the disk holds. Pages that are not cached get there by
    /// this, from the disk.
    fn cache_is_as_the_disk(&self, range: Range<u64>) -> io::Result<bool> {
        let (mut cached, mut stored) = (vec![0; PIECE], vec![0; PIECE]);
        let mut at = range.start;
        while at < range.end {
            let len = usize::try_from(range.end - at).map_or(PIECE, |rest| rest.min(PIECE));
            let shown = cached.get_mut(..len).unwrap_or_default();
            let shown_len = self.file.read_at(shown, at)?;
            let held = stored.get_mut(..len).unwrap_or_default();
            if shown_len != self.file.read_direct(held, at)? || shown != held {
                return Ok(false);
            }
            at += len as u64;
        }
        Ok(true)
    }
}

impl StorageFile for DirectFile {
    fn len(&self) -> io::Result<u64> {
        self.file.len()
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        if buf.len() >= PIECE {
            return self.file.read_direct(buf, offset);
        }
        let mut done = 0;
        while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = offset.saturating_add(done as u64);
            let inside = usize::try_from(at % PIECE as u64).unwrap_or(0);
            let (copied, goes_on) = self.copy(at / PIECE as u64, inside, rest)?;
            done += copied;
            if !goes_on {
                break;
            }
        }
        Ok(done)
    }

    fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_direct(buf, offset)
    }

    fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn set_len(&self, _: u64) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn allocate(&self, _: u64) -> io::Result<bool> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn sync_data(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn try_lock(&self) -> io::Result<bool> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn set_read_only(&self) -> io::Result<()> {
        Err(io::ErrorKind::ReadOnlyFilesystem.into())
    }

    fn map(&self, offset: u64, len: u64) -> io::Result<Option<Map>> {
        let end = self.file.len()?.min(offset.saturating_add(len));
        if !self.cache_is_as_the_disk(offset..end)? {
            return Ok(None);
        }
        self.file.map(offset, len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::FileStorage;
    use crate::storage::sim::SimStorage;

    #[test]
    fn bytes_are_those_of_the_file_at_any_place_and_length() {
        let disk = SimStorage::new();
        let file = disk.create("bytes").unwrap();
        let mut held: Vec<u8> = (0..=250).cycle().take(3 * PIECE + 700).collect();
        file.write_at(&held, 0).unwrap();
        let direct = DirectStorage::new(Arc::new(disk.clone()));
        let opened = direct.open("bytes", Access::Read).unwrap();
        for _ in 0..2 {
            for (offset, len) in [
                (0, 10),
                (PIECE - 3, 7),
                (PIECE - 2600, 5200),
                (100, 2 * PIECE),
                (3 * PIECE + 690, 100),
                (4 * PIECE, 10),
            ] {
                let mut read = vec![0; len];
                let got = opened.read_at(&mut read, offset as u64).unwrap();
                let expected = &held[offset.min(held.len())..(offset + len).min(held.len())];
                assert_eq!(&read[..got], expected, "{offset} {len}");
            }
            // A file that grew meanwhile.
            file.write_at(&[7; 40], held.len() as u64).unwrap();
            held.extend([7; 40]);
        }
        assert!(direct.open("bytes", Access::Write).is_err());
        assert!(direct.create("other").is_err());
        assert!(opened.write_at(b"x", 0).is_err());
    }

    /// A file of which the disk holds something else than the cache shows, at one place.
    #[derive(Debug)]
    struct Hidden(Arc<dyn StorageFile>, u64);

    impl StorageFile for Hidden {
        fn len(&self) -> io::Result<u64> {
            self.0.len()
        }

        fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
            self.0.read_at(buf, offset)
        }

        fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
            let len = self.0.read_at(buf, offset)?;
            let at = usize::try_from(self.1.wrapping_sub(offset)).unwrap();
            buf.get_mut(at).into_iter().for_each(|byte| *byte ^= 1);
            Ok(len)
        }

        fn write_at(&self, _: &[u8], _: u64) -> io::Result<()> {
            unreachable!()
        }

        fn set_len(&self, _: u64) -> io::Result<()> {
            unreachable!()
        }

        fn allocate(&self, _: u64) -> io::Result<bool> {
            unreachable!()
        }

        fn sync_data(&self) -> io::Result<()> {
            unreachable!()
        }

        fn try_lock(&self) -> io::Result<bool> {
            unreachable!()
        }

        fn set_read_only(&self) -> io::Result<()> {
            unreachable!()
        }

        fn map(&self, offset: u64, len: u64) -> io::Result<Option<Map>> {
            self.0.map(offset, len)
        }
    }

    #[test]
    fn a_map_is_given_out_where_it_shows_what_the_disk_holds() {
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path());
        let len = 2 * PIECE as u64 + 4097;
        let bytes: Vec<u8> = (0..=250).cycle().take(2 * PIECE + 4097).collect();
        storage
            .create("bytes")
            .unwrap()
            .write_at(&bytes, 0)
            .unwrap();
        let map = |damaged: u64, offset: u64, mapped: u64| {
            let file = storage.open("bytes", Access::Read).unwrap();
            let direct = DirectFile {
                file: Arc::new(Hidden(file, damaged)),
                pieces: Mutex::default(),
            };
            direct.map(offset, mapped).unwrap()
        };
        // A map may reach past the end of the file.
        let whole = map(u64::MAX, 0, 4 * len).unwrap();
        let mut seen = [0; 7];
        whole.copy_to(2 * PIECE, &mut seen).unwrap();
        assert_eq!(seen, bytes[2 * PIECE..][..7]);
        for damaged in [0, PIECE as u64 - 1, PIECE as u64, len - 1] {
            assert!(map(damaged, 0, 4 * len).is_none(), "{damaged}");
        }
        // Only what is mapped matters.
        assert!(map(0, PIECE as u64, PIECE as u64).is_some());
        assert!(map(len - 1, PIECE as u64, PIECE as u64).is_some());
    }
}
