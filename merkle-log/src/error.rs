//! What can be wrong with a request, a range or a proof. Errors of files are in `tiles`.

use crate::hash::Hash;
use crate::index::{LeafIndex, NodeRange, TreeSize};

/// A text is not a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HashParseError {
    /// The text has not 64 bytes.
    #[error("a hash has 64 hex digits, this text has {got} bytes")]
    WrongLength {
        /// Bytes of the text.
        got: usize,
    },
    /// The text has something else than a hex digit.
    #[error("no hex digit at position {position}")]
    NotHex {
        /// Byte position in the text.
        position: usize,
    },
}

/// There is no such proof, for any tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// The leaf is not in the tree.
    #[error("leaf {index} is not in a tree of {size} leaves")]
    IndexOutsideTree {
        /// The leaf.
        index: LeafIndex,
        /// Leaves of the tree.
        size: TreeSize,
    },
    /// The later tree is smaller than the earlier one.
    #[error("no tree grows from {first} to {second} leaves")]
    SizesDecrease {
        /// Size of the earlier tree.
        first: TreeSize,
        /// Size of the later tree.
        second: TreeSize,
    },
    /// Every tree is consistent with the empty one; there is nothing to prove.
    #[error("consistency with the empty tree cannot be proven")]
    ConsistencyFromEmpty,
    /// The range is empty or reversed: there is nothing to prove.
    #[error("[{begin}, {end}) is no range of leaves")]
    EmptyRange {
        /// The first leaf.
        begin: LeafIndex,
        /// The leaf after the last one.
        end: LeafIndex,
    },
    /// There is no leaf to be proven.
    #[error("a proof needs at least one leaf")]
    NoLeaves,
    /// The leaves are not in rising order, or one is named twice.
    #[error("leaf {next} follows leaf {previous}: indices must rise")]
    IndicesNotRising {
        /// A leaf.
        previous: LeafIndex,
        /// The leaf named after it.
        next: LeafIndex,
    },
    /// No tree has a node over exactly these leaves.
    #[error("{subtree} is no subtree")]
    NotASubtree {
        /// The range.
        subtree: NodeRange,
    },
    /// The leaf is not in the subtree.
    #[error("leaf {index} is not in the subtree {subtree}")]
    IndexOutsideSubtree {
        /// The leaf.
        index: LeafIndex,
        /// The subtree.
        subtree: NodeRange,
    },
    /// The subtree ends beyond the tree.
    #[error("the subtree {subtree} is not in a tree of {size} leaves")]
    SubtreeOutsideTree {
        /// The subtree.
        subtree: NodeRange,
        /// Leaves of the tree.
        size: TreeSize,
    },
}

/// A proof could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProveError<E> {
    /// No such proof exists.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// A node could not be read.
    #[error("cannot read a node of the proof")]
    Read(#[source] E),
}

/// A compact range was given what does not belong to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RangeError {
    /// The range ends before it begins.
    #[error("no range begins at {begin} and ends at {end}")]
    Reversed {
        /// The first leaf.
        begin: u64,
        /// The leaf after the last.
        end: u64,
    },
    /// The number of hashes is not that of the range's perfect subtrees.
    #[error("[{begin}, {end}) has {expected} perfect subtrees, got {got} hashes")]
    WrongHashCount {
        /// The first leaf.
        begin: u64,
        /// The leaf after the last.
        end: u64,
        /// Number of perfect subtrees.
        expected: usize,
        /// Number of hashes given.
        got: usize,
    },
    /// The second range does not begin where the first one ends.
    #[error("a range that ends at {end} cannot be joined with one that begins at {begin}")]
    NotAdjacent {
        /// End of the first range.
        end: u64,
        /// Begin of the second range.
        begin: u64,
    },
    /// Only a range from leaf 0 has a root and can be grown.
    #[error("a tree begins at leaf 0, this range at {begin}")]
    NotFromStart {
        /// The range's first leaf.
        begin: u64,
    },
    /// There would be more than 2^64 - 1 leaves.
    #[error("a tree of {size} leaves cannot grow by {more}")]
    TooLarge {
        /// Leaves before.
        size: u64,
        /// Leaves to be added.
        more: u64,
    },
}

/// Which root a proof failed to lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WhichRoot {
    /// The root of the proof's one tree.
    Tree,
    /// The root of the proof's subtree.
    Subtree,
    /// The root of the earlier tree.
    First,
    /// The root of the later tree.
    Second,
}

impl core::fmt::Display for WhichRoot {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Tree => "root",
            Self::Subtree => "subtree root",
            Self::First => "first root",
            Self::Second => "second root",
        })
    }
}

/// A proof does not prove what it is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The proof is for what no proof exists for.
    #[error(transparent)]
    Impossible(#[from] PlanError),
    /// The path is too short or too long for its sizes.
    #[error("the proof needs {expected} hashes and has {got}")]
    WrongPathLength {
        /// Hashes such a proof has.
        expected: usize,
        /// Hashes this proof has.
        got: usize,
    },
    /// The proof is for another number of leaves than it is held against.
    #[error("the proof is for {expected} leaves, {got} were given")]
    WrongLeafCount {
        /// Leaves of the proof.
        expected: u64,
        /// Leaves given.
        got: u64,
    },
    /// An inclusion proof is to be carried on by a consistency proof that starts elsewhere.
    #[error("an inclusion proof of size {expected} cannot be carried on from size {got}")]
    WrongFirstSize {
        /// The size of the inclusion proof's tree.
        expected: TreeSize,
        /// The first size of the consistency proof.
        got: TreeSize,
    },
    /// The path leads to another root.
    #[error("the proof leads to the {which} {computed}, expected {expected}")]
    RootMismatch {
        /// Which root differs.
        which: WhichRoot,
        /// The root the proof was held against.
        expected: Hash,
        /// The root the proof leads to.
        computed: Hash,
    },
}
