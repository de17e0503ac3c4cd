//! The compact binary form of a proof.
//!
//! # Format
//!
//! Integers are little-endian.
//!
//! ```text
//! 0         4               8            8 + n
//! | "MLP1"  | n as u32      | n bytes    | CRC-32 of all before |
//!                            |
//!                            form u32, then its fields in order: numbers as u64;
//!                            a list as its length u64 and its elements; a hash as its 32 bytes
//! ```
//!
//! Forms are numbered from 0 in the order of [`Proof`]'s variants. There is one encoding of each
//! proof and no other bytes decode.

use alloc::vec::Vec;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};

use super::any::Proof;

/// Longest payload, in bytes: two million hashes.
pub const COMPACT_LEN_MAX: usize = 1 << 26;

const MAGIC: [u8; 4] = *b"MLP1";

const CONFIG: Configuration<LittleEndian, Fixint, Limit<COMPACT_LEN_MAX>> =
    bincode::config::legacy().with_limit::<COMPACT_LEN_MAX>();

/// Bytes are not the compact form of a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CompactError {
    /// The bytes do not begin as compact proofs do.
    #[error("not the compact form of a proof")]
    NotAProof,
    /// There are more or fewer bytes than the form states or than its fields take.
    #[error("{got} bytes where the compact proof has {expected}")]
    WrongLength {
        /// Bytes there should be.
        expected: u64,
        /// Bytes there are.
        got: u64,
    },
    /// The bytes were altered.
    #[error("check of the compact proof is {computed:08x}, expected {expected:08x}")]
    WrongCheck {
        /// The check in the last bytes.
        expected: u32,
        /// The check of the bytes before.
        computed: u32,
    },
    /// The fields are not those of any form.
    #[error("the compact proof's fields are not those of a proof")]
    Malformed,
    /// The proof is too large for this form.
    #[error("the proof takes more than {limit} bytes")]
    TooLarge {
        /// The most there can be.
        limit: u64,
    },
}

impl Proof {
    /// The proof as bytes.
    ///
    /// # Errors
    /// [`CompactError::TooLarge`] beyond [`COMPACT_LEN_MAX`].
    pub fn to_compact(&self) -> Result<Vec<u8>, CompactError> {
        let too_large = CompactError::TooLarge {
            limit: COMPACT_LEN_MAX as u64,
        };
        let payload = bincode::serde::encode_to_vec(self, CONFIG).map_err(|_| too_large)?;
        if payload.len() > COMPACT_LEN_MAX {
            return Err(too_large);
        }
        let len = u32::try_from(payload.len()).map_err(|_| too_large)?;
        let mut bytes = Vec::with_capacity(payload.len() + 12);
        bytes.extend(MAGIC);
        bytes.extend(len.to_le_bytes());
        bytes.extend(payload);
        bytes.extend(crc32fast::hash(&bytes).to_le_bytes());
        Ok(bytes)
    }

    /// The proof that `bytes` are the compact form of. Takes no more memory than a few times the
    /// bytes.
    ///
    /// # Errors
    /// Every [`CompactError`].
    pub fn from_compact(bytes: &[u8]) -> Result<Self, CompactError> {
        let Some((magic, rest)) = bytes.split_first_chunk() else {
            return Err(CompactError::NotAProof);
        };
        if *magic != MAGIC {
            return Err(CompactError::NotAProof);
        }
        let len = rest.first_chunk().copied().map_or(0, u32::from_le_bytes);
        if len as usize > COMPACT_LEN_MAX {
            return Err(CompactError::TooLarge {
                limit: COMPACT_LEN_MAX as u64,
            });
        }
        let (expected, got) = (u64::from(len) + 12, bytes.len() as u64);
        let wrong_length = CompactError::WrongLength { expected, got };
        if expected != got {
            return Err(wrong_length);
        }
        let (checked, stored) = bytes.split_last_chunk().ok_or(wrong_length)?;
        let (expected, computed) = (u32::from_le_bytes(*stored), crc32fast::hash(checked));
        if expected != computed {
            return Err(CompactError::WrongCheck { expected, computed });
        }
        let payload = checked.get(8..).ok_or(wrong_length)?;
        let (proof, consumed) = bincode::serde::decode_from_slice(payload, CONFIG)
            .map_err(|_| CompactError::Malformed)?;
        if consumed != payload.len() {
            return Err(CompactError::WrongLength {
                expected: consumed as u64,
                got: payload.len() as u64,
            });
        }
        Ok(proof)
    }
}
