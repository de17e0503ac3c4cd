//! What a verifier brings along: roots, leaves and keys from outside the proof file.

use std::fmt;

use merkle_log::note::{Checkpoint, Quorum, VerifiedSignature};
use merkle_log::{Hash, NodeRange, TreeSize};

/// The root over a range of leaves, from a source that the user trusts. The range of a whole tree
/// begins at 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// The root.
    pub root: Hash,
    /// The leaves below it: a root does not bind them.
    pub range: NodeRange,
}

impl Anchor {
    /// The root of a whole tree.
    #[must_use]
    pub const fn of_tree(root: Hash, size: TreeSize) -> Self {
        let (begin, end) = (0, size.0);
        Self {
            root,
            range: NodeRange { begin, end },
        }
    }

    /// The size and root that a checkpoint states.
    #[must_use]
    pub const fn of_checkpoint(checkpoint: &Checkpoint) -> Self {
        Self::of_tree(*checkpoint.root(), checkpoint.size())
    }

    /// Reads `HEX@SIZE`, or of a subtree `HEX@BEGIN-END`.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (root, range) = text
            .split_once('@')
            .ok_or("a root does not bind its size: give HEX@SIZE")?;
        let root = root.parse().map_err(|e| format!("{e}"))?;
        let (begin, end) = range.split_once('-').unwrap_or(("0", range));
        let (Some(begin), Some(end)) = (number(begin), number(end)) else {
            return Err("after the @ stands the size of the tree, a number".to_owned());
        };
        let range = NodeRange { begin, end };
        Ok(Self { root, range })
    }
}

/// Digits and nothing else.
fn number(text: &str) -> Option<u64> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NodeRange { begin, end } = self.range;
        match begin {
            0 => write!(f, "{}@{end}", self.root),
            _ => write!(f, "{}@{begin}-{end}", self.root),
        }
    }
}

/// The names of the keys that signed, each once.
pub(crate) fn signer_names(signatures: &[VerifiedSignature]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for signature in signatures {
        let name = signature.key().name();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    names.join(", ")
}

/// What the user has besides the proof file.
#[derive(Clone, Debug, Default)]
pub struct Anchors {
    /// The root that the proof is to lead to: of two, the later.
    pub root: Option<Anchor>,
    /// The earlier root of a consistency proof, or that of its subtree.
    pub old_root: Option<Anchor>,
    /// The leaf hashes of the entries that the user has.
    pub leaves: Option<Vec<Hash>>,
    /// Who is trusted to sign checkpoints.
    pub trust: Option<Quorum>,
}
