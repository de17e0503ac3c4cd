//! Ethereum's Merkle Patricia trie over a choice of hash functions.
//!
//! A state is a map from keys to values whose *root*, 32 bytes, fixes every key, present or absent:
//! equal maps have equal roots, whatever the order of the writes that made them. This crate applies
//! sorted batches to states, keeps uncommitted batches as overlays that chain, fork and are dropped
//! for nothing, reads any root that its node log still has (by key, in order, by prefix, as the
//! difference to another root), and makes and verifies proofs. It is not a database: what is durable
//! when is the caller's matter, who appends the bytes of a sealed batch to a node log and can make
//! that log anew from the batches.
//!
//! ```
//! use patricia_state::{Batch, NodeStore, Overlay, StateSuite, Trie};
//!
//! let suite = StateSuite::Keccak256;
//! let log = NodeStore::new();
//! let mut batch = Batch::new(suite);
//! batch.set(b"doe", b"reindeer");
//! batch.set(b"dog", b"puppy");
//! batch.set(b"dogglesworth", b"cat");
//! let sealed = Overlay::empty(suite).seal(&log, suite, &batch.changes()).unwrap();
//! let root = *sealed.root();
//! assert_eq!(root.hash[..4], [0x8a, 0xad, 0x78, 0x9d]); // as in ethereum/tests
//!
//! let view = sealed.on(&log);
//! let proof = Trie::new(&view, suite, root).prove(&[b"dog", b"cat"]).unwrap();
//! let verified = proof.verify(suite, &root.hash, &[b"dog", b"cat"]).unwrap();
//! assert_eq!(verified.get(b"dog"), Ok(Some(&b"puppy"[..])));
//! assert_eq!(verified.get(b"cat"), Ok(None)); // proven to be absent
//! ```
//!
//! # Format
//!
//! Nodes are hashed and proven as RLP (Ethereum Yellow Paper, appendices B, C and D). In the log a
//! node is a record in native form that names its children by hash and distance:
//!
//! ```text
//! leaf       the node's RLP, which starts with a byte from 0xc0 up
//! extension  0x08 | w-1 | distance [w] | slot [32] | RLP string of the hex-prefix path
//! branch     0x10 | w-1 | mask u16 | distance [w] per child | slot [32] per child
//! ```
//!
//! # Limits
//!
//! Keys have any length, the empty key included. A value is never empty: setting an empty value
//! removes its key. No part recurses deeper than 31 calls, whatever the keys; verifiers are bounded
//! by the length of their input, and of the output where that could be longer.
//!
//! # Features
//!
//! `std` (default): the node log on disk ([`NodeLog`]), and run-time CPU detection in BLAKE3.
//! Without it the crate is `no_std` + `alloc` and has no I/O.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod change;
mod check;
mod cursor;
mod diff;
mod entries;
pub mod nibbles;
mod node;
#[cfg(feature = "std")]
mod nodelog;
pub mod plenum;
mod proof;
mod prove;
mod record;
#[cfg(feature = "std")]
mod relocate;
pub mod rlp;
mod source;
#[cfg(feature = "std")]
mod spread;
mod suite;
#[cfg(test)]
mod testing;
mod trie;
mod update;
mod verify;
mod verify_prefix;
mod verify_witness;
mod view;
mod warm;
mod writer;

pub use change::{Batch, Change, Changes};
pub use check::CheckedNodes;
pub use cursor::Direction;
pub use diff::{Difference, Differences};
pub use entries::{Entries, Entry};
pub use node::NodeError;
#[cfg(feature = "std")]
pub use nodelog::{
    LogView, NodeLog, NodeLogError, NodeLogPlace, NodeParts, Pass, PassRoot, PassSizes,
    inspect_node,
};
pub use proof::{NotCovered, PrefixProof, ProofError, ProofNodes, StateProof, Witness};
pub use record::Location;
pub use source::{
    Extension, NodeSource, NodeStore, Overlaid, Overlay, Root, StaleExtension, StoredNodeError,
};
pub use suite::{KeyMode, NodeHash, StateScheme, StateSuite};
pub use trie::Trie;
pub use verify::VerifiedState;
pub use verify_prefix::VerifiedPrefix;
pub use verify_witness::VerifiedWitness;
