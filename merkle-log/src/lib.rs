//! An RFC 6962 Merkle log: append-only, every entry provable, every growth provable.
//!
//! Three things are kept apart. Index arithmetic ([`NodeId`], [`Plan`]) names the nodes that a
//! proof needs and knows no hash. Hashing ([`TreeType`], [`CompactRange`], [`Growth`]) folds
//! nodes and knows no file. Reading is a [`NodeReader`]; the one on disk is the [tile index](tiles).
//! Verification ([`InclusionProof::verify`] and its like, [`verify_inclusions`] for many) needs
//! neither a reader nor a store. Around them stand signed checkpoints (`note`) and the files that
//! tlog clients read ([`tlog`]). The log's entries themselves are kept elsewhere: this crate sees
//! them once, to hash them.
//!
//! ```
//! use merkle_log::{CompactRange, Growth, LeafIndex, TreeSize, TreeType, prove_inclusion};
//!
//! let tree = TreeType::Sha256;
//! let mut leaves = Vec::new();
//! tree.leaves(&["north", "east", "south"], &mut leaves);
//! let log = Growth::new(tree, &CompactRange::empty(0), leaves)?;
//! let root = log.after().root(tree)?;
//!
//! let proof = prove_inclusion(&log, tree, LeafIndex(1), TreeSize(3))?;
//! let verified = proof.verify(tree, &tree.leaf(b"east"), &root)?;
//! assert_eq!(verified.leaf_index(), LeafIndex(1));
//! assert!(proof.verify(tree, &tree.leaf(b"west"), &root).is_err());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Limits
//!
//! Tree sizes are `u64`; no size, index or proof makes a function panic, overflow or loop.
//! A root does not bind its size: sizes must come from where the root comes from.
//!
//! # Proofs
//!
//! | form | shows | made by |
//! |---|---|---|
//! | [`InclusionProof`] | a leaf stands at an index | [`prove_inclusion`] |
//! | [`RangeProof`] | consecutive leaves do | [`prove_range`] |
//! | [`MultiProof`] | leaves at any indices do | [`prove_multi`] |
//! | [`ConsistencyProof`] | a tree is a prefix of a later one | [`prove_consistency`] |
//! | [`SubtreeInclusionProof`] | a leaf stands in a subtree | [`prove_subtree_inclusion`] |
//! | [`SubtreeConsistencyProof`] | a subtree is part of a tree | [`prove_subtree_consistency`] |
//!
//! Only the verdict that verification gives answers questions. An inclusion proof can be
//! [carried on](InclusionProof::carried_on) to a later size by a consistency proof alone.
//!
//! # Features
//!
//! - `std` (default): the tile index on disk. Without it the crate is `no_std` + `alloc`.
//! - `serde`: proofs and hashes can be serialised.
//! - `compact`: the compact binary form of [`Proof`].
//! - `note`: signed notes, checkpoints, cosignatures and tlog-proof files.

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod compact;
mod edge;
mod error;
mod growth;
mod hash;
mod index;
mod proof;
mod reader;
mod tree;

#[cfg(feature = "note")]
pub mod note;
#[cfg(feature = "std")]
pub mod tiles;
pub mod tlog;

pub use compact::CompactRange;
pub use edge::{Edged, RightEdge};
pub use error::{HashParseError, PlanError, ProofError, ProveError, RangeError, WhichRoot};
pub use growth::{Growth, LevelRun, NodeMissing};
pub use hash::Hash;
pub use index::{LeafIndex, NodeId, NodeRange, Subtrees, TreeSize};
#[cfg(feature = "compact")]
pub use proof::{COMPACT_LEN_MAX, CompactError};
pub use proof::{
    ConsistencyProof, InclusionProof, MultiProof, Plan, Proof, RangeProof, SubtreeConsistencyProof,
    SubtreeInclusionProof, VerifiedConsistency, VerifiedInclusion, VerifiedMulti, VerifiedRange,
    VerifiedSubtreeConsistency, VerifiedSubtreeInclusion, consistency_plan, inclusion_plan,
    multi_plan, prove_consistency, prove_inclusion, prove_multi, prove_range,
    prove_subtree_consistency, prove_subtree_inclusion, range_plan, subtree_consistency_plan,
    subtree_inclusion_plan, verify_inclusions,
};
pub use reader::{NodeReader, hash_of_range, read_range, root_at};
pub use tree::TreeType;
