//! Many messages hashed side by side.
//!
//! A hash function works on one message step by step, and each step waits for the last one. This
//! crate hashes many independent messages at once, with one message in each lane of a vector or
//! with their steps interleaved: the leaves and nodes of a Merkle tree, the nodes of a trie. It
//! chooses by what the CPU has, at run time, and falls back to the plain crates. It is not a
//! collection of hash functions: one message, or a stream, is better given to those crates.
//!
//! ```
//! use hash_lanes::sha256::Sha256;
//!
//! let mut leaves = Vec::new();
//! let entries = ["north", "east", "south"];
//! Sha256::detect().hash_many(Some(0x00), &entries, |hashes| leaves.extend_from_slice(hashes));
//! assert_eq!(leaves[1], Sha256::portable().hash(Some(0x00), b"east"));
//! ```
//!
//! # Safety
//! This crate holds `unsafe` code, for two reasons: to call a function that needs instructions
//! which the CPU was found to have, and to load and store vectors. Nothing it does depends on the
//! content of a message.
//!
//! Without the standard library and without allocation.

#![no_std]
#![allow(
    clippy::indexing_slicing,
    reason = "lanes and words have fixed numbers; lengths of messages are only ever compared"
)]
#![cfg_attr(
    not(target_arch = "x86_64"),
    allow(
        dead_code,
        unused_variables,
        reason = "there are no kernels for other processors yet, and some of this is for them alone"
    )
)]

#[cfg(test)]
extern crate alloc;

pub mod blake3;
mod cpu;
pub mod keccak;
mod order;
pub mod sha256;
#[cfg(test)]
mod testing;
mod window;
#[cfg(target_arch = "x86_64")]
mod x86;

/// A hash.
pub type Digest = [u8; 32];
