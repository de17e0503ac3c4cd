//! Vectors of words, one word of each message: AVX-512 with sixteen lanes, AVX2 with eight.
//!
//! Both modules have the same functions, so that a kernel's steps are written once.

pub(crate) mod avx2;
pub(crate) mod avx512;

use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};

/// Bytes of a cache line.
const LINE: usize = 64;
/// Lines of a message asked for ahead of its turn: those of sixteen messages fit in a first cache.
const PREFETCH_LINES_MAX: usize = 16;

/// Asks for the bytes of a message that is hashed next: lanes read from many places at once, which
/// the CPU does not foresee.
pub(crate) fn prefetch(body: &[u8]) {
    for line in body.chunks(LINE).take(PREFETCH_LINES_MAX) {
        // SAFETY: a prefetch accesses nothing, and the address is one of the body's.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) }
    }
}
