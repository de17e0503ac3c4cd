//! BLAKE3 of many messages, keyed or not, 32 bytes of output.
//!
//! - The kernels hash messages of one chunk, up to 1024 bytes; longer ones, and few messages, go to
//!   the `blake3` crate, which hashes the chunks of a long message side by side.
//! - All kernels give what the `blake3` crate gives, for every message.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod message;
#[cfg(target_arch = "x86_64")]
mod rounds;

use core::borrow::Borrow;

use self::message::Mode;
use crate::Digest;
use crate::cpu::Wide;
#[cfg(target_arch = "x86_64")]
use crate::window::first;
use crate::window::{Kernels, LANES_MAX, hash_many, hash_pairs, widen};

/// A way to hash by BLAKE3 that this CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blake3 {
    wide: Wide,
}

impl Blake3 {
    /// The fastest way.
    #[must_use]
    #[inline]
    pub fn detect() -> Self {
        Self {
            wide: Wide::detect(),
        }
    }

    /// The way without any kernel of this crate.
    #[must_use]
    pub const fn portable() -> Self {
        Self { wide: Wide::None }
    }

    /// All ways that this CPU has, for tests and measurements.
    pub fn all() -> impl Iterator<Item = Self> {
        Wide::all().map(|wide| Self { wide })
    }
    /// The hash of one message, with the key if there is one.
    #[must_use]
    pub fn hash(self, key: Option<&Digest>, body: &[u8]) -> Digest {
        let hash = key.map_or_else(
            || ::blake3::hash(body),
            |key| ::blake3::keyed_hash(key, body),
        );
        *hash.as_bytes()
    }

    /// Hashes each of `bodies`, with the key if there is one, and gives the hashes in the same
    /// order to `take`, some at a time. Messages of any length.
    pub fn hash_many<B: AsRef<[u8]>>(
        self,
        key: Option<&Digest>,
        bodies: &[B],
        take: impl FnMut(&[Digest]),
    ) {
        hash_many(Keyed { way: self, key }, bodies, take);
    }

    /// Hashes pairs of hashes, 64 bytes each, with the key, and gives the hashes in the same order
    /// to `take`, some at a time.
    pub fn nodes<D: Borrow<Digest>>(
        self,
        key: &Digest,
        pairs: &[[D; 2]],
        take: impl FnMut(&[Digest]),
    ) {
        let keyed = Keyed {
            way: self,
            key: Some(key),
        };
        let hash = |lanes, pairs: &[[&Digest; 2]; LANES_MAX]| keyed.pairs(lanes, pairs);
        hash_pairs(pairs, |left| self.lanes(left), hash, take);
    }

    /// How many messages to hash in step next where `left` are left: as many as a kernel has lanes.
    const fn lanes(self, left: usize) -> usize {
        match self.wide {
            // Two messages one after the other take less.
            #[cfg(target_arch = "x86_64")]
            Wide::Avx512 if left >= 3 => 16,
            #[cfg(target_arch = "x86_64")]
            Wide::Avx2 if left >= 3 => 8,
            _ => 1,
        }
    }
}

/// Messages hashed with a key, or without one.
#[derive(Clone, Copy)]
struct Keyed<'a> {
    way: Blake3,
    key: Option<&'a Digest>,
}

impl Keyed<'_> {
    fn pairs(self, lanes: usize, pairs: &[[&Digest; 2]; LANES_MAX]) -> [Digest; LANES_MAX] {
        let mode = Mode::new(self.key);
        match (lanes, self.way.wide) {
            // SAFETY: the CPU has the instructions that `wide` names.
            #[cfg(target_arch = "x86_64")]
            (16, Wide::Avx512) => unsafe { avx512::pairs(&mode, pairs) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (8, Wide::Avx2) => widen(unsafe { avx2::pairs(&mode, &first(pairs)) }),
            _ => {
                let mut body = [0; 64];
                let (left, right) = body.split_at_mut(32);
                left.copy_from_slice(pairs[0][0]);
                right.copy_from_slice(pairs[0][1]);
                widen([self.way.hash(self.key, &body)])
            }
        }
    }
}

impl Kernels for Keyed<'_> {
    fn blocks(self, body: &[u8]) -> usize {
        message::blocks(body)
    }

    fn blocks_max(self) -> usize {
        message::CHUNK_BLOCKS
    }

    fn lanes(self, left: usize) -> usize {
        self.way.lanes(left)
    }

    fn hash(self, lanes: usize, bodies: &[&[u8]; LANES_MAX], blocks: usize) -> [Digest; LANES_MAX] {
        let mode = Mode::new(self.key);
        match (lanes, self.way.wide) {
            // SAFETY: the CPU has the instructions that `wide` names.
            #[cfg(target_arch = "x86_64")]
            (16, Wide::Avx512) => unsafe { avx512::messages(&mode, bodies, blocks) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (8, Wide::Avx2) => widen(unsafe { avx2::messages(&mode, &first(bodies), blocks) }),
            _ => widen([self.way.hash(self.key, bodies[0])]),
        }
    }
}

#[cfg(test)]
mod tests;
