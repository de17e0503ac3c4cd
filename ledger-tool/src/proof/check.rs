//! Judging a proof file against what its reader trusts.
//!
//! Invariant: without a root from outside the file no proof is valid, however well its hashes fit
//! together: anyone can make such a file.

use std::fmt;

use merkle_log::{ConsistencyProof, Hash, InclusionProof, TreeSize, TreeType};

use super::file::{Claim, ProofFile};
use crate::human::counted;

/// A root and the size of its tree, from a source that the user trusts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Anchor {
    pub(crate) root: Hash,
    pub(crate) size: TreeSize,
}

impl Anchor {
    /// Reads `HEX@SIZE`.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (root, size) = text
            .split_once('@')
            .ok_or("a root does not bind its size: give HEX@SIZE")?;
        let root = root.parse().map_err(|e| format!("{e}"))?;
        let digits = !size.is_empty() && size.bytes().all(|b| b.is_ascii_digit());
        let size = size.parse().ok().filter(|_| digits);
        let size = TreeSize(size.ok_or("after the @ stands the size of the tree, a number")?);
        Ok(Self { root, size })
    }
}

impl fmt::Display for Anchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.root, self.size)
    }
}

/// What the user has besides the proof file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Anchors {
    pub(crate) root: Option<Anchor>,
    pub(crate) old_root: Option<Anchor>,
    pub(crate) entry: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    /// It leads to its own root, which nothing vouches for.
    NotTrusted,
    Invalid,
}

impl Verdict {
    /// Its name in JSON.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::NotTrusted => "not_trusted",
            Self::Invalid => "invalid",
        }
    }
}

/// A verdict, and what it says in words.
#[derive(Clone, Debug)]
pub(crate) struct Judgement {
    pub(crate) verdict: Verdict,
    pub(crate) statement: String,
    pub(crate) remark: Option<&'static str>,
}

impl Judgement {
    pub(crate) const fn invalid(reason: String) -> Self {
        Self {
            verdict: Verdict::Invalid,
            statement: reason,
            remark: None,
        }
    }
}

/// Judges a proof. Arguments that do not belong to its kind are an error.
pub(crate) fn judge(file: &ProofFile, anchors: &Anchors) -> Result<Judgement, &'static str> {
    let judged = match &file.claim {
        Claim::Inclusion { leaf, root, proof } => {
            if anchors.old_root.is_some() {
                return Err("--old-root is for consistency proofs, this is an inclusion proof");
            }
            inclusion(file.tree, proof, (leaf, root), anchors)
        }
        Claim::Consistency {
            first_root,
            second_root,
            proof,
        } => {
            if anchors.entry.is_some() {
                return Err("--data is for inclusion proofs, this is a consistency proof");
            }
            consistency(file.tree, proof, (first_root, second_root), anchors)
        }
    };
    Ok(judged.unwrap_or_else(Judgement::invalid))
}

fn inclusion(
    tree: TreeType,
    proof: &InclusionProof,
    (leaf, root): (&Hash, &Hash),
    anchors: &Anchors,
) -> Result<Judgement, String> {
    let subject = match &anchors.entry {
        Some(entry) => {
            let of_entry = tree.leaf(entry);
            if of_entry != *leaf {
                return Err(format!(
                    "the proof is for another entry: it has the leaf hash {leaf}, \
                     the data has {of_entry}"
                ));
            }
            "this entry".to_owned()
        }
        None => format!("the entry with the leaf hash {leaf}"),
    };
    let verified = proof.verify(tree, leaf, root).map_err(|e| e.to_string())?;
    let trusted = same(
        anchors.root,
        *verified.root(),
        verified.tree_size(),
        "--root",
    )?;
    let (index, size) = (verified.leaf_index().0, verified.tree_size());
    let seq_no = u128::from(index) + 1;
    Ok(Judgement {
        verdict: if trusted {
            Verdict::Valid
        } else {
            Verdict::NotTrusted
        },
        statement: format!("{subject} is leaf {index} (seqNo {seq_no}) of the tree of size {size}"),
        remark: if !trusted {
            Some("give the root from a source you trust: --root HEX@SIZE")
        } else if anchors.entry.is_none() {
            Some("nothing was compared with an entry: give its bytes with --data")
        } else {
            None
        },
    })
}

fn consistency(
    tree: TreeType,
    proof: &ConsistencyProof,
    (first_root, second_root): (&Hash, &Hash),
    anchors: &Anchors,
) -> Result<Judgement, String> {
    let verified = proof
        .verify(tree, first_root, second_root)
        .map_err(|e| e.to_string())?;
    let ((first, first_root), (second, second_root)) = (verified.first(), verified.second());
    let old = same(anchors.old_root, first_root, first, "--old-root")?;
    let new = same(anchors.root, second_root, second, "--root")?;
    let (verdict, remark) = match (old, new) {
        (true, true) => (Verdict::Valid, None),
        (true, false) => (
            Verdict::Valid,
            Some("the later root is the file's own: give --root to compare it"),
        ),
        (false, true) => (
            Verdict::Valid,
            Some("the earlier root is the file's own: give --old-root to compare it"),
        ),
        (false, false) => (
            Verdict::NotTrusted,
            Some("give the roots from a source you trust: --old-root and --root HEX@SIZE"),
        ),
    };
    let leaves = counted(first.0, "entry", "entries");
    Ok(Judgement {
        verdict,
        statement: format!(
            "the tree of size {second} begins with the tree of size {first}: \
             {leaves} unchanged"
        ),
        remark,
    })
}

/// Whether there is something to compare with; an error if it differs.
fn same(anchor: Option<Anchor>, root: Hash, size: TreeSize, option: &str) -> Result<bool, String> {
    let Some(anchor) = anchor else {
        return Ok(false);
    };
    let claimed = Anchor { root, size };
    if anchor == claimed {
        return Ok(true);
    }
    Err(format!(
        "the proof leads to {claimed}, {option} is {anchor}"
    ))
}
