//! Judging a proof file against what its reader trusts.
//!
//! Invariant: without a root from outside the file no proof is valid, however well its hashes fit
//! together: anyone can make such a file.

use std::fmt;

use merkle_log::note::{Checkpoint, SignedNote, VerifiedSignature, VerifierKeys};
use merkle_log::{ConsistencyProof, Hash, InclusionProof, RangeProof, TreeSize, TreeType};

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
    /// The leaf hashes of the entries that the user has.
    pub(crate) leaves: Option<Vec<Hash>>,
    /// Who is trusted to sign checkpoints.
    pub(crate) keys: Option<VerifierKeys>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Valid,
    /// It leads to its own root, which nothing vouches for.
    NotTrusted,
    Invalid,
}

impl Verdict {
    const fn of(trusted: bool) -> Self {
        if trusted {
            Self::Valid
        } else {
            Self::NotTrusted
        }
    }

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
    if anchors.keys.is_some() && file.checkpoint.is_none() {
        return Err("--keys is for proofs that carry a checkpoint, this one carries none");
    }
    let consistency_proof = matches!(file.claim, Claim::Consistency { .. });
    if consistency_proof && anchors.leaves.is_some() {
        return Err("--data is for proofs of entries, this is a consistency proof");
    }
    if !consistency_proof && anchors.old_root.is_some() {
        return Err("--old-root is for consistency proofs, this is a proof of entries");
    }
    let judged = signers(file, anchors).and_then(|signers| match &file.claim {
        Claim::Inclusion { leaf, root, proof } => {
            inclusion(file.tree, proof, leaf, root, anchors, signers)
        }
        Claim::Consistency {
            first_root,
            second_root,
            proof,
        } => consistency(
            file.tree,
            proof,
            (first_root, second_root),
            anchors,
            signers,
        ),
        Claim::Range {
            leaves,
            root,
            proof,
        } => range(file.tree, proof, leaves, root, anchors, signers),
    });
    Ok(judged.unwrap_or_else(Judgement::invalid))
}

/// The known keys that signed the proof's checkpoint, if there are keys; an error where it is of
/// another tree, or none of them signed it.
fn signers(file: &ProofFile, anchors: &Anchors) -> Result<Option<String>, String> {
    let Some(text) = &file.checkpoint else {
        return Ok(None);
    };
    let of_checkpoint = |e: &dyn fmt::Display| format!("the proof's checkpoint: {e}");
    let note = SignedNote::parse(text.as_bytes()).map_err(|e| of_checkpoint(&e))?;
    let stated: Checkpoint = note.text().parse().map_err(|e| of_checkpoint(&e))?;
    let (root, size) = file.claim.root();
    same(Some(anchor_of(&stated)), root, size, "its checkpoint")?;
    if let Some(origin) = file.source.origin()
        && origin != stated.origin()
    {
        let of = stated.origin();
        return Err(format!("the proof is of {origin}, its checkpoint of {of}"));
    }
    let Some(keys) = &anchors.keys else {
        return Ok(None);
    };
    let verified = keys
        .verify_checkpoint(&note)
        .map_err(|e| of_checkpoint(&e))?;
    Ok(Some(signer_names(verified.signatures())))
}

/// The size and root that a checkpoint states.
pub(crate) const fn anchor_of(checkpoint: &Checkpoint) -> Anchor {
    Anchor {
        root: *checkpoint.root(),
        size: checkpoint.size(),
    }
}

/// The names of the keys that signed.
pub(crate) fn signer_names(signatures: &[VerifiedSignature]) -> String {
    let names: Vec<&str> = signatures.iter().map(|s| s.key().name()).collect();
    names.join(", ")
}

fn inclusion(
    tree: TreeType,
    proof: &InclusionProof,
    leaf: &Hash,
    root: &Hash,
    anchors: &Anchors,
    signers: Option<String>,
) -> Result<Judgement, String> {
    let subject = match &anchors.leaves {
        Some(leaves) => {
            let of_entry = leaves.first().copied().unwrap_or_default();
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
    let size = verified.tree_size();
    let trusted = same(anchors.root, *verified.root(), size, "--root")?;
    let index = verified.leaf_index().0;
    let seq_no = u128::from(index) + 1;
    let statement =
        format!("{subject} is leaf {index} (seqNo {seq_no}) of the tree of size {size}");
    Ok(of_entries(statement, trusted, anchors, signers))
}

fn range(
    tree: TreeType,
    proof: &RangeProof,
    leaves: &[Hash],
    root: &Hash,
    anchors: &Anchors,
    signers: Option<String>,
) -> Result<Judgement, String> {
    let subject = match &anchors.leaves {
        Some(given) if given.len() != leaves.len() => {
            let (needed, got) = (leaves.len(), given.len());
            return Err(format!(
                "the proof is for {needed} entries, the data has {got}"
            ));
        }
        Some(given) => {
            let differs = given
                .iter()
                .zip(leaves)
                .position(|(given, leaf)| given != leaf);
            if let Some(position) = differs {
                return Err(format!(
                    "entry {position} of the data, from 0, is another one"
                ));
            }
            "these entries are"
        }
        None => "the entries with these leaf hashes are",
    };
    let verified = proof
        .verify(tree, leaves, root)
        .map_err(|e| e.to_string())?;
    let (begin, end, size) = (verified.begin(), proof.end, verified.tree_size());
    let trusted = same(anchors.root, *verified.root(), size, "--root")?;
    let statement = format!("{subject} leaves [{begin}, {end}) of the tree of size {size}");
    Ok(of_entries(statement, trusted, anchors, signers))
}

/// The judgement of a proof of entries that leads to its root.
fn of_entries(
    statement: String,
    root_given: bool,
    anchors: &Anchors,
    signers: Option<String>,
) -> Judgement {
    let trusted = root_given || signers.is_some();
    let remark = if !trusted {
        Some("give the root from a source you trust: --root HEX@SIZE; or --keys, for a checkpoint")
    } else if anchors.leaves.is_none() {
        Some("nothing was compared with an entry: give its bytes with --data")
    } else {
        None
    };
    Judgement {
        verdict: Verdict::of(trusted),
        statement: with_signers(statement, signers),
        remark,
    }
}

fn with_signers(statement: String, signers: Option<String>) -> String {
    match signers {
        Some(names) => format!("{statement}, signed by {names}"),
        None => statement,
    }
}

fn consistency(
    tree: TreeType,
    proof: &ConsistencyProof,
    (first_root, second_root): (&Hash, &Hash),
    anchors: &Anchors,
    signers: Option<String>,
) -> Result<Judgement, String> {
    let verified = proof
        .verify(tree, first_root, second_root)
        .map_err(|e| e.to_string())?;
    let ((first, first_root), (second, second_root)) = (verified.first(), verified.second());
    let old = same(anchors.old_root, first_root, first, "--old-root")?;
    let new = same(anchors.root, second_root, second, "--root")? || signers.is_some();
    let remark = match (old, new) {
        (true, true) => None,
        (true, false) => Some("the later root is the file's own: give --root to compare it"),
        (false, true) => Some("the earlier root is the file's own: give --old-root to compare it"),
        (false, false) => {
            Some("give the roots from a source you trust: --old-root and --root HEX@SIZE")
        }
    };
    let leaves = counted(first.0, "entry", "entries");
    let statement = format!(
        "the tree of size {second} begins with the tree of size {first}: {leaves} unchanged"
    );
    Ok(Judgement {
        verdict: Verdict::of(old || new),
        statement: with_signers(statement, signers),
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
