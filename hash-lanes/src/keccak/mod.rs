//! Keccak-256 and SHA3-256 (FIPS 202) of many messages. They differ in their padding only.
//!
//! All kernels give what the `sha3` crate gives, for every message.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod message;
#[cfg(target_arch = "x86_64")]
mod rounds;

use sha3::Digest as _;

use crate::Digest;
use crate::cpu::Wide;
#[cfg(target_arch = "x86_64")]
use crate::window::first;
use crate::window::{Kernels, LANES_MAX, hash_many, widen};

/// A hash function on the permutation `Keccak-f[1600]` with a rate of 136 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// Keccak with the padding of 2011, which Ethereum uses.
    Keccak256,
    /// SHA3-256 of FIPS 202.
    Sha3_256,
}

impl Function {
    /// The first byte after the message.
    const fn padding(self) -> u8 {
        match self {
            Self::Keccak256 => 0x01,
            Self::Sha3_256 => 0x06,
        }
    }
}

/// A way to hash by Keccak that this CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keccak {
    wide: Wide,
}

impl Keccak {
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

    /// The hash of one message.
    #[must_use]
    pub fn hash(self, function: Function, body: &[u8]) -> Digest {
        match function {
            Function::Keccak256 => sha3::Keccak256::digest(body).into(),
            Function::Sha3_256 => sha3::Sha3_256::digest(body).into(),
        }
    }

    /// Hashes each of `bodies`, and gives the hashes in the same order to `take`, some at a time.
    /// Messages of any length.
    pub fn hash_many<B: AsRef<[u8]>>(
        self,
        function: Function,
        bodies: &[B],
        take: impl FnMut(&[Digest]),
    ) {
        let way = self;
        hash_many(Padded { way, function }, bodies, take);
    }
}

/// Messages with the padding of one function.
#[derive(Clone, Copy)]
struct Padded {
    way: Keccak,
    function: Function,
}

impl Kernels for Padded {
    fn blocks(self, body: &[u8]) -> usize {
        message::blocks(body)
    }

    fn lanes(self, left: usize) -> usize {
        match self.way.wide {
            #[cfg(target_arch = "x86_64")]
            Wide::Avx512 if left >= 2 => avx512::LANES,
            #[cfg(target_arch = "x86_64")]
            Wide::Avx2 if left >= 2 => avx2::LANES,
            _ => 1,
        }
    }

    fn hash(self, lanes: usize, bodies: &[&[u8]; LANES_MAX], blocks: usize) -> [Digest; LANES_MAX] {
        let function = self.function;
        match (lanes, self.way.wide) {
            #[cfg(target_arch = "x86_64")]
            (8, Wide::Avx512) => {
                let bodies = first(bodies);
                // SAFETY: the CPU has the instructions that `wide` names.
                widen(unsafe { avx512::messages(function, &bodies, blocks) })
            }
            // SAFETY: the CPU has the instructions that `wide` names.
            #[cfg(target_arch = "x86_64")]
            (4, Wide::Avx2) => widen(unsafe { avx2::messages(function, &first(bodies), blocks) }),
            _ => widen([self.way.hash(function, bodies[0])]),
        }
    }
}

/// The hash whose words are the first four of a state.
#[cfg(target_arch = "x86_64")]
fn digest(state: [u64; 4]) -> Digest {
    let mut digest = Digest::default();
    let (words, _) = digest.as_chunks_mut();
    for (to, word) in words.iter_mut().zip(state) {
        *to = word.to_le_bytes();
    }
    digest
}

#[cfg(test)]
mod tests;
