//! Read-only memory maps of files: the only module of this crate that holds `unsafe`.
//!
//! Contract:
//!
//! - a map is never written through, and hands out copies, never references, so bytes that change
//!   under it can make a copy wrong (which its checksum notices) but never a reference unsound;
//! - a map may reach past the end of its file or cover space not yet written; the caller reads
//!   only what was published, and calls [`Map::touch`] before the first read of a range;
//! - `touch` turns a range that the file no longer has into an error. A file cut, or a disk that
//!   fails, after a range was touched can still raise SIGBUS: that is the documented exception,
//!   and the reason why every storage also reads without maps.

use std::fs::File;
use std::io;

use memmap2::{Advice, MmapOptions, MmapRaw};

/// A read-only window on a file.
#[derive(Debug)]
pub struct Map {
    raw: MmapRaw,
}

impl Map {
    /// Maps `len` bytes of `file` from `offset`, a multiple of the page size.
    pub(crate) fn of_file(file: &File, offset: u64, len: u64) -> io::Result<Self> {
        let len = usize::try_from(len).map_err(|_| io::ErrorKind::InvalidInput)?;
        let raw = MmapOptions::new()
            .offset(offset)
            .len(len)
            .map_raw_read_only(file)?;
        Ok(Self { raw })
    }

    /// Bytes the map covers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.raw.len()
    }

    /// Whether the map covers nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Brings `[offset, offset + len)` into memory.
    ///
    /// # Errors
    /// `UnexpectedEof` where the range is outside the map or the file has lost it; what the disk
    /// answers where it cannot be read.
    pub fn touch(&self, offset: usize, len: usize) -> io::Result<()> {
        self.check(offset, len)?;
        match self.raw.advise_range(Advice::PopulateRead, offset, len) {
            // EFAULT: the page lies past the end of the file. EINVAL: a kernel before 5.14.
            Err(e) if e.raw_os_error() == Some(rustix::io::Errno::FAULT.raw_os_error()) => {
                Err(io::ErrorKind::UnexpectedEof.into())
            }
            Err(e) if e.raw_os_error() == Some(rustix::io::Errno::INVAL.raw_os_error()) => Ok(()),
            answer => answer,
        }
    }

    /// Copies the bytes from `offset` on into `to`.
    ///
    /// # Errors
    /// `UnexpectedEof` where the range is outside the map.
    #[inline]
    pub fn copy_to(&self, offset: usize, to: &mut [u8]) -> io::Result<()> {
        self.check(offset, to.len())?;
        // SAFETY: `check` showed that `[offset, offset + to.len())` lies inside the mapping, which
        // lives as long as `self`; `to` is exclusively borrowed and cannot overlap a mapping that
        // is never handed out by reference. The caller published the range, so no page of it is
        // past the end of the file (module contract).
        unsafe {
            std::ptr::copy_nonoverlapping(
                self.raw.as_ptr().wrapping_add(offset),
                to.as_mut_ptr(),
                to.len(),
            );
        }
        Ok(())
    }

    /// The `N` bytes from `offset` on, if all of them lie inside the map:
    /// [`copy_to`](Self::copy_to) for a length known beforehand, so that it is a plain load.
    #[inline]
    #[must_use]
    pub fn read<const N: usize>(&self, offset: usize) -> Option<[u8; N]> {
        self.check(offset, N).ok()?;
        // SAFETY: `check` showed that `[offset, offset + N)` lies inside the mapping, which lives
        // as long as `self`; a byte array has no alignment and every bit pattern is one. The
        // caller published the range, so no page of it is past the end of the file (module
        // contract).
        Some(unsafe {
            self.raw
                .as_ptr()
                .wrapping_add(offset)
                .cast::<[u8; N]>()
                .read()
        })
    }

    #[inline]
    fn check(&self, offset: usize, len: usize) -> io::Result<()> {
        match offset.checked_add(len) {
            Some(end) if end <= self.raw.len() => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::FileExt;

    #[test]
    fn copies_what_was_written_after_mapping() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(8192).unwrap();
        let map = Map::of_file(&file, 0, 1 << 20).unwrap();
        file.write_all_at(b"later", 5000).unwrap();
        map.touch(5000, 5).unwrap();
        let mut copy = [0; 5];
        map.copy_to(5000, &mut copy).unwrap();
        assert_eq!(&copy, b"later");
    }

    #[test]
    fn touching_what_the_file_lost_is_an_error() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(1 << 16).unwrap();
        let map = Map::of_file(&file, 0, 1 << 16).unwrap();
        file.set_len(4096).unwrap();
        let lost = map.touch(32768, 32).unwrap_err();
        assert_eq!(lost.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[test]
    fn ranges_outside_the_map_are_errors() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(4096).unwrap();
        let map = Map::of_file(&file, 0, 4096).unwrap();
        assert!(map.copy_to(4090, &mut [0; 7]).is_err());
        assert!(map.copy_to(usize::MAX, &mut [0; 7]).is_err());
        assert!(map.touch(4096, 1).is_err());
    }
}
