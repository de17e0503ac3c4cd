//! SHA-256 (FIPS 180-4) of many messages.
//!
//! - A kernel hashes a fixed number of messages in step; where too few are left for the widest one,
//!   a narrower one takes them.
//! - All kernels give what the `sha2` crate gives, for every message.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod consts;
mod message;
mod portable;
#[cfg(target_arch = "x86_64")]
mod rounds;
#[cfg(target_arch = "x86_64")]
mod shani;

use core::borrow::Borrow;

use self::message::Message;
use crate::Digest;
use crate::cpu::{Narrow, Wide};
#[cfg(target_arch = "x86_64")]
use crate::window::first;
use crate::window::{Kernels, LANES_MAX, hash_many, hash_pairs, widen};

/// A way to hash by SHA-256 that this CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256 {
    wide: Wide,
    narrow: Narrow,
}

impl Sha256 {
    /// The fastest way.
    #[must_use]
    #[inline]
    pub fn detect() -> Self {
        let (wide, narrow) = (Wide::detect(), Narrow::detect());
        // Where there are SHA instructions, four messages take less with them.
        #[cfg(target_arch = "x86_64")]
        let wide = match (wide, narrow) {
            (Wide::Avx2, Narrow::ShaNi) => Wide::None,
            _ => wide,
        };
        Self { wide, narrow }
    }

    /// The way without any kernel of this crate.
    #[must_use]
    pub const fn portable() -> Self {
        Self {
            wide: Wide::None,
            narrow: Narrow::Portable,
        }
    }

    /// All ways that this CPU has, for tests and measurements.
    pub fn all() -> impl Iterator<Item = Self> {
        Wide::all().flat_map(|wide| Narrow::all().map(move |narrow| Self { wide, narrow }))
    }

    /// The hash of one message, behind the prefix if there is one.
    #[must_use]
    pub fn hash(self, prefix: Option<u8>, body: &[u8]) -> Digest {
        match self.narrow {
            #[cfg(target_arch = "x86_64")]
            Narrow::ShaNi => {
                // SAFETY: the CPU has the instructions that `narrow` names.
                let [digest] = unsafe { shani::messages(prefix, &[body]) };
                digest
            }
            Narrow::Portable => portable::message(&Message { prefix, body }),
        }
    }

    /// The hash of a Merkle tree's node: of the byte 1 and those of its children (RFC 6962 section
    /// 2.1).
    #[must_use]
    pub fn node(self, left: &Digest, right: &Digest) -> Digest {
        match self.narrow {
            #[cfg(target_arch = "x86_64")]
            Narrow::ShaNi => {
                // SAFETY: the CPU has the instructions that `narrow` names.
                let [digest] = unsafe { shani::nodes(&[[left, right]]) };
                digest
            }
            Narrow::Portable => portable::node([left, right]),
        }
    }

    /// The hashes of two nodes: hardly more than one takes.
    #[must_use]
    pub fn two_nodes(self, pairs: [[&Digest; 2]; 2]) -> [Digest; 2] {
        match self.narrow {
            // SAFETY: the CPU has the instructions that `narrow` names.
            #[cfg(target_arch = "x86_64")]
            Narrow::ShaNi => unsafe { shani::nodes(&pairs) },
            Narrow::Portable => pairs.map(portable::node),
        }
    }

    /// Hashes each of `bodies` behind the prefix, if there is one, and gives the hashes in the same
    /// order to `take`, some at a time. Messages of any length; best where neighbours differ
    /// little.
    pub fn hash_many<B: AsRef<[u8]>>(
        self,
        prefix: Option<u8>,
        bodies: &[B],
        take: impl FnMut(&[Digest]),
    ) {
        hash_many(Prefixed { way: self, prefix }, bodies, take);
    }

    /// Hashes the nodes of a Merkle tree over pairs of children (RFC 6962 section 2.1), and gives
    /// the hashes in the same order to `take`, some at a time.
    pub fn nodes<D: Borrow<Digest>>(self, pairs: &[[D; 2]], take: impl FnMut(&[Digest])) {
        let hash = |lanes, pairs: &[[&Digest; 2]; LANES_MAX]| self.nodes_in_step(lanes, pairs);
        hash_pairs(pairs, |left| self.lanes(left), hash, take);
    }

    fn nodes_in_step(self, lanes: usize, pairs: &[[&Digest; 2]; LANES_MAX]) -> [Digest; LANES_MAX] {
        match (lanes, self.wide, self.narrow) {
            // SAFETY: the CPU has the instructions that `wide` and `narrow` name, here and below.
            #[cfg(target_arch = "x86_64")]
            (16, Wide::Avx512, _) => unsafe { avx512::nodes(pairs) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (8, Wide::Avx2, _) => widen(unsafe { avx2::nodes(&first(pairs)) }),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (4, _, Narrow::ShaNi) => widen(unsafe { shani::nodes::<4>(&first(pairs)) }),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (2, _, Narrow::ShaNi) => widen(unsafe { shani::nodes::<2>(&first(pairs)) }),
            _ => widen([self.node(pairs[0][0], pairs[0][1])]),
        }
    }

    /// How many messages to hash in step next where `left` are left: as many as a kernel has lanes.
    const fn lanes(self, left: usize) -> usize {
        match (self.wide, self.narrow) {
            // Below that many, four at a time take less.
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx512, Narrow::ShaNi) if left >= 10 => 16,
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx512, Narrow::Portable) if left >= 2 => 16,
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx2, Narrow::ShaNi) if left >= 8 => 8,
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx2, Narrow::Portable) if left >= 2 => 8,
            #[cfg(target_arch = "x86_64")]
            (_, Narrow::ShaNi) if left >= 3 => 4,
            #[cfg(target_arch = "x86_64")]
            (_, Narrow::ShaNi) if left == 2 => 2,
            _ => 1,
        }
    }
}

/// Messages behind a prefix.
#[derive(Clone, Copy)]
struct Prefixed {
    way: Sha256,
    prefix: Option<u8>,
}

impl Kernels for Prefixed {
    fn blocks(self, body: &[u8]) -> usize {
        let prefix = self.prefix;
        Message { prefix, body }.blocks()
    }

    fn lanes(self, left: usize) -> usize {
        self.way.lanes(left)
    }

    fn hash(self, lanes: usize, bodies: &[&[u8]; LANES_MAX], blocks: usize) -> [Digest; LANES_MAX] {
        let prefix = self.prefix;
        match (lanes, self.way.wide, self.way.narrow) {
            // SAFETY: the CPU has the instructions that `wide` and `narrow` name, here and below.
            #[cfg(target_arch = "x86_64")]
            (16, Wide::Avx512, _) => unsafe { avx512::messages(prefix, bodies, blocks) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (8, Wide::Avx2, _) => widen(unsafe { avx2::messages(prefix, &first(bodies), blocks) }),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (4, _, Narrow::ShaNi) => widen(unsafe { shani::messages::<4>(prefix, &first(bodies)) }),
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            (2, _, Narrow::ShaNi) => widen(unsafe { shani::messages::<2>(prefix, &first(bodies)) }),
            _ => widen([self.way.hash(prefix, bodies[0])]),
        }
    }
}

#[cfg(test)]
mod tests;
