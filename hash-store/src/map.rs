//! Read-only memory maps of files, and advice on memory: the only module of this crate that holds
//! `unsafe`.
//!
//! Contract:
//!
//! - a map is never written through, and a [`Map`] hands out copies, never references, so bytes that
//!   change under it can make a copy wrong (which its checksum notices) but never a reference unsound;
//! - a [`LentMap`] hands out references, to bytes that were published and no others. Who publishes
//!   says: these bytes are written, and nobody of this suite writes to them again. What a stranger
//!   writes into the file of a running process is beyond this contract, as for every map;
//! - a map may reach past the end of its file or cover space not yet written; the caller reads
//!   only what was published, and calls [`Map::touch`] before the first read of a range;
//! - `touch` turns a range that the file no longer has into an error. A file cut, or a disk that
//!   fails, after a range was touched can still raise SIGBUS: that is the documented exception,
//!   and the reason why every storage also reads without maps;
//! - advice changes how fast memory is, never what it holds.

use std::fs::File;
use std::io;
use std::mem::MaybeUninit;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

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

    /// Has the processor load the cache line at `offset` while the program goes on, so that loads of
    /// many wait for memory together, however much is to be done between them. Does nothing outside
    /// the map, nor on processors other than x86-64.
    #[inline]
    pub fn prefetch(&self, offset: usize) {
        #[cfg(target_arch = "x86_64")]
        if offset < self.raw.len() {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            let line = self.raw.as_ptr().wrapping_add(offset);
            // SAFETY: a prefetch of any address gives nothing back, changes no memory and raises
            // no fault. Every x86-64 processor has it.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        let _ = offset;
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

    #[inline]
    fn check(&self, offset: usize, len: usize) -> io::Result<()> {
        match offset.checked_add(len) {
            Some(end) if end <= self.raw.len() => Ok(()),
            _ => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }
}

/// Room of fewer bytes may not hold one large page.
const LARGE_PAGES_FROM: usize = 4 << 20;

/// Asks for large pages below room that is about to be filled: one page fault for each 2 MiB of it,
/// where the system has such pages, and not one for each 4 KiB. For less than 4 MiB nothing is asked.
/// What the room holds stays as it is, and so does everything where the system does not listen.
pub fn prefer_large_pages<T>(room: &mut [MaybeUninit<T>]) {
    let len = size_of_val(room);
    if len < LARGE_PAGES_FROM {
        return;
    }
    // All pages that the room has a part in, since an allocator's own words may stand before it.
    let begin = room.as_mut_ptr().cast::<u8>();
    let before = begin.addr() % rustix::param::page_size();
    // SAFETY: every page of the range holds bytes of `room`, so it is mapped as long as `room` is
    // borrowed. The advice is the kernel's to take: it reads, writes, moves and frees nothing that
    // a program could see, neither of `room` nor of what shares its first and its last page.
    let _unheard = unsafe {
        rustix::mm::madvise(
            begin.wrapping_sub(before).cast(),
            before + len,
            rustix::mm::Advice::LinuxHugepage,
        )
    };
}

/// Parts of a lent map that are touched together.
const PARTS: usize = 64;

/// A read-only window on a file that only grows, whose published bytes can be read in place.
#[derive(Debug)]
pub(crate) struct LentMap {
    map: Map,
    /// Power of two of the length of a part.
    part_bits: u32,
    /// Bytes from the start on that never change again.
    published: AtomicUsize,
    /// One bit for each part that was touched to its end.
    touched: AtomicU64,
    /// Up to where the part that holds the published end was touched.
    tail_touched: AtomicUsize,
}

impl LentMap {
    pub(crate) fn new(map: Map) -> Self {
        let part_len = map.len().div_ceil(PARTS).next_power_of_two();
        Self {
            map,
            part_bits: part_len.trailing_zeros(),
            published: AtomicUsize::new(0),
            touched: AtomicU64::new(0),
            tail_touched: AtomicUsize::new(0),
        }
    }

    /// Says that the first `len` bytes are written and will not be written again. Publishing less
    /// than before changes nothing.
    pub(crate) fn publish(&self, len: usize) -> io::Result<()> {
        self.map.check(0, len)?;
        self.published.fetch_max(len, Ordering::Release);
        Ok(())
    }

    /// Lends the published bytes from `offset` on.
    ///
    /// The first of them, up to the end of the part after theirs, are touched before.
    #[inline(always)]
    pub(crate) fn lend(&self, offset: usize) -> io::Result<&[u8]> {
        let published = self.published.load(Ordering::Acquire);
        let len = published
            .checked_sub(offset)
            .ok_or(io::ErrorKind::UnexpectedEof)?;
        let part = u32::try_from(offset >> self.part_bits).unwrap_or(u32::MAX);
        let both = 0b11_u64.unbounded_shl(part);
        if self.touched.load(Ordering::Relaxed) & both != both {
            self.touch(offset, published)?;
        }
        // SAFETY: `publish` showed that `[0, published)` lies inside the mapping, and `offset` is
        // not past `published`. The mapping lives as long as `self`, from which the result
        // borrows. Nothing writes to these bytes while it lives: the map is read-only, and who
        // published them gave them up for writing (module contract). Bytes have no alignment and
        // no invalid values.
        Ok(unsafe { std::slice::from_raw_parts(self.map.raw.as_ptr().wrapping_add(offset), len) })
    }

    fn touch(&self, offset: usize, published: usize) -> io::Result<()> {
        let part_len = 1 << self.part_bits;
        let first = offset >> self.part_bits;
        for part in first..(first + 2).min(PARTS) {
            let (start, end) = (part * part_len, (part + 1) * part_len);
            if start >= published {
                break;
            }
            let bit = 1u64 << part;
            if self.touched.load(Ordering::Relaxed) & bit != 0 {
                continue;
            }
            if end <= published {
                self.map.touch(start, part_len)?;
                self.touched.fetch_or(bit, Ordering::Relaxed);
            } else if self.tail_touched.load(Ordering::Relaxed) < published {
                self.map.touch(start, published - start)?;
                self.tail_touched.fetch_max(published, Ordering::Relaxed);
            }
        }
        Ok(())
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
    fn lends_what_was_published_and_nothing_else() {
        let file = tempfile::tempfile().unwrap();
        let map = LentMap::new(Map::of_file(&file, 0, 1 << 20).unwrap());
        assert!(map.lend(1).is_err());
        assert!(map.publish((1 << 20) + 1).is_err());
        file.write_all_at(&[7; 30_000], 0).unwrap();
        map.publish(30_000).unwrap();
        let lent = map.lend(16_000).unwrap();
        file.write_all_at(&[9; 70_000], 30_000).unwrap();
        map.publish(100_000).unwrap();
        assert_eq!(lent, [7; 14_000]);
        assert_eq!(map.lend(99_999).unwrap(), [9]);
        assert_eq!(map.lend(29_999).unwrap()[..2], [7, 9]);
        assert_eq!(map.lend(100_000).unwrap(), []);
        assert!(map.lend(100_001).is_err());
        // The file lost what was published and not touched yet.
        let cut = LentMap::new(Map::of_file(&file, 0, 1 << 20).unwrap());
        cut.publish(100_000).unwrap();
        file.set_len(4096).unwrap();
        assert!(cut.lend(50_000).is_err());
    }

    #[test]
    fn advice_changes_nothing_that_a_vector_holds() {
        for len in [LARGE_PAGES_FROM / 8 - 1, LARGE_PAGES_FROM / 8, 1 << 20] {
            let mut numbers = Vec::with_capacity(2 * len);
            numbers.extend(0..len as u64);
            prefer_large_pages(numbers.spare_capacity_mut());
            numbers.extend(len as u64..2 * len as u64);
            prefer_large_pages(numbers.spare_capacity_mut());
            assert!(numbers.iter().copied().eq(0..2 * len as u64));
        }
    }

    #[test]
    fn ranges_outside_the_map_are_errors() {
        let file = tempfile::tempfile().unwrap();
        file.set_len(4096).unwrap();
        let map = Map::of_file(&file, 0, 4096).unwrap();
        assert!(map.copy_to(4090, &mut [0; 7]).is_err());
        assert!(map.copy_to(usize::MAX, &mut [0; 7]).is_err());
        assert!(map.touch(4096, 1).is_err());
        // Nobody sees a prefetch, not even of what there is not.
        file.set_len(0).unwrap();
        for offset in [0, 4095, 4096, usize::MAX] {
            map.prefetch(offset);
        }
        assert_eq!(map.len(), 4096);
    }
}
