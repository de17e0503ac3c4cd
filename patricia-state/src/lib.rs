//! Ethereum's Merkle Patricia trie over a choice of hash functions.
#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod change;
pub mod nibbles;
mod node;
pub mod plenum;
mod record;
pub mod rlp;
mod source;
mod suite;
mod trie;
mod update;
mod view;
mod writer;

pub use change::{Batch, Change, Changes};
pub use node::NodeError;
pub use record::Location;
pub use source::{
    Extension, NodeSource, NodeStore, Overlaid, Overlay, Root, StaleExtension, StoredNodeError,
};
pub use suite::{KeyMode, NodeHash, StateScheme, StateSuite};
pub use trie::Trie;
