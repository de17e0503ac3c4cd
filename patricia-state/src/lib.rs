//! Ethereum's Merkle Patricia trie over a choice of hash functions.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod change;
mod cursor;
mod diff;
mod entries;
pub mod nibbles;
mod node;
pub mod plenum;
mod proof;
mod prove;
mod record;
pub mod rlp;
mod source;
mod suite;
mod trie;
mod update;
mod verify;
mod verify_prefix;
mod verify_witness;
mod view;
mod writer;

pub use change::{Batch, Change, Changes};
pub use cursor::Direction;
pub use diff::{Difference, Differences};
pub use entries::{Entries, Entry};
pub use node::NodeError;
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
