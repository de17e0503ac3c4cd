//! Judging a proof file against what its reader trusts.
//!
//! Invariant: without a root from outside the file no proof is valid, however well its hashes fit
//! together: anyone can make such a file.

use std::borrow::Cow;

use merkle_log::note::{Checkpoint, SignedNote};
use merkle_log::{
    ConsistencyProof, Hash, InclusionProof, MultiProof, ProofError, RangeProof,
    SubtreeConsistencyProof, SubtreeInclusionProof, TreeType, VerifiedInclusion, verify_inclusions,
};

use super::anchor::{Anchor, Anchors, signer_names};
use super::claim::{Claim, tree_name};
use super::file::ProofFile;
use crate::human::counted;

/// What came of checking a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It holds, against a root or keys from outside.
    Valid,
    /// It holds, and is older than its reader allows.
    Stale,
    /// It leads to its own root, which nothing vouches for.
    NotTrusted,
    /// It does not hold.
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
            Self::Stale | Self::NotTrusted => "not_trusted",
            Self::Invalid => "invalid",
        }
    }
}

/// A verdict, and what it says in words.
#[derive(Clone, Debug)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What holds, or why it does not.
    pub statement: String,
    /// What the user could still do.
    pub remark: Option<&'static str>,
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

/// Judges a proof.
///
/// # Errors
/// Anchors that do not belong to its kind.
pub fn judge(file: &ProofFile, anchors: &Anchors) -> Result<Judgement, &'static str> {
    judge_after(file, anchors, None)
}

/// Judges many proofs, each with its anchors. Those of single entries that claim the same root are
/// verified side by side.
pub fn judge_all(proofs: &[(&ProofFile, &Anchors)]) -> Vec<Result<Judgement, &'static str>> {
    let claims: Vec<_> = proofs
        .iter()
        .map(|(file, _)| match &file.claim {
            Claim::Inclusion { leaf, root, proof } => Some((file.tree, root, (proof, leaf))),
            _ => None,
        })
        .collect();
    let mut verified: Vec<Option<Inclusion>> = claims.iter().map(|_| None).collect();
    for (at, claim) in claims.iter().enumerate() {
        let Some((tree, root, _)) = claim else {
            continue;
        };
        if verified.get(at).is_some_and(Option::is_some) {
            continue;
        }
        let same = |(_, claim): &(usize, &Option<(TreeType, &Hash, _)>)| matches!(claim, Some((t, r, _)) if t == tree && r == root);
        let alike = || claims.iter().enumerate().skip(at).filter(same);
        let side_by_side = alike().filter_map(|(_, claim)| claim.map(|(_, _, pair)| pair));
        let verdicts = verify_inclusions(*tree, side_by_side, root);
        for ((place, _), verdict) in alike().zip(verdicts) {
            if let Some(slot) = verified.get_mut(place) {
                *slot = Some(verdict);
            }
        }
    }
    let each = proofs.iter().zip(verified);
    each.map(|((file, anchors), verified)| judge_after(file, anchors, verified))
        .collect()
}

type Inclusion = Result<VerifiedInclusion, ProofError>;

/// Judges a proof that, being of a single entry, may have been verified already.
fn judge_after(
    file: &ProofFile,
    anchors: &Anchors,
    verified: Option<Inclusion>,
) -> Result<Judgement, &'static str> {
    if anchors.trust.is_some() && file.checkpoint.is_none() {
        return Err("--keys is for proofs that carry a checkpoint, this one carries none");
    }
    let between_roots = file.claim.old_root().is_some();
    if between_roots && anchors.leaves.is_some() {
        return Err("--data is for proofs of entries, this is one between two roots");
    }
    if !between_roots && anchors.old_root.is_some() {
        return Err("--old-root is for proofs between two roots, this is a proof of entries");
    }
    let judged = signers(file, anchors).and_then(|signers| {
        let context = Context {
            tree: file.tree,
            anchors,
            signers,
        };
        match &file.claim {
            Claim::Inclusion { leaf, root, proof } => {
                let verified = verified.unwrap_or_else(|| proof.verify(file.tree, leaf, root));
                context.inclusion(proof, verified, leaf)
            }
            Claim::Range {
                leaves,
                root,
                proof,
            } => context.range(proof, leaves, root),
            Claim::Multi {
                leaves,
                root,
                proof,
            } => context.multi(proof, leaves, root),
            Claim::SubtreeInclusion { leaf, root, proof } => {
                context.subtree_inclusion(proof, leaf, root)
            }
            Claim::Consistency {
                first_root,
                second_root,
                proof,
            } => context.consistency(proof, (first_root, second_root)),
            Claim::SubtreeConsistency {
                subtree_root,
                root,
                proof,
            } => context.subtree_consistency(proof, (subtree_root, root)),
        }
    });
    Ok(judged.unwrap_or_else(Judgement::invalid))
}

/// The known keys that signed the proof's checkpoint, if there are keys; an error where it is of
/// another tree, or not enough of them signed it.
fn signers(file: &ProofFile, anchors: &Anchors) -> Result<Option<String>, String> {
    let Some(text) = &file.checkpoint else {
        return Ok(None);
    };
    let of_checkpoint = |e: &dyn std::fmt::Display| format!("the proof's checkpoint: {e}");
    let note = SignedNote::parse(text.as_bytes()).map_err(|e| of_checkpoint(&e))?;
    let stated: Checkpoint = note.text().parse().map_err(|e| of_checkpoint(&e))?;
    let stated_root = Some(Anchor::of_checkpoint(&stated));
    same(stated_root, file.claim.root(), "its checkpoint")?;
    if let Some(origin) = file.source.origin()
        && origin != stated.origin()
    {
        let of = stated.origin();
        return Err(format!("the proof is of {origin}, its checkpoint of {of}"));
    }
    let Some(trust) = &anchors.trust else {
        return Ok(None);
    };
    let verified = trust
        .verify_checkpoint(&note)
        .map_err(|e| of_checkpoint(&e))?;
    let signers = signer_names(verified.signatures());
    let of = stated.origin();
    Ok(Some(format!("{of}, signed by {signers}")))
}

/// What a proof is judged with.
struct Context<'a> {
    tree: TreeType,
    anchors: &'a Anchors,
    /// The checkpoint's origin and who signed it, where known keys did.
    signers: Option<String>,
}

impl Context<'_> {
    fn inclusion(
        self,
        proof: &InclusionProof,
        verified: Inclusion,
        leaf: &Hash,
    ) -> Result<Judgement, String> {
        let subject = self.entry(leaf)?;
        let verified = verified.map_err(|e| e.to_string())?;
        let root = Anchor::of_tree(*verified.root(), proof.tree_size);
        let place = place(verified.leaf_index().0);
        self.of_entries(&format!("{subject} is {place}"), root)
    }

    fn subtree_inclusion(
        self,
        proof: &SubtreeInclusionProof,
        leaf: &Hash,
        root: &Hash,
    ) -> Result<Judgement, String> {
        let subject = self.entry(leaf)?;
        let verified = proof.verify(self.tree, leaf, root);
        let verified = verified.map_err(|e| e.to_string())?;
        let root = Anchor {
            root: *verified.root(),
            range: verified.subtree(),
        };
        let place = place(verified.leaf_index().0);
        self.of_entries(&format!("{subject} is {place}"), root)
    }

    fn range(self, proof: &RangeProof, leaves: &[Hash], root: &Hash) -> Result<Judgement, String> {
        let subject = self.entries(leaves)?;
        let verified = proof.verify(self.tree, leaves, root);
        let verified = verified.map_err(|e| e.to_string())?;
        let root = Anchor::of_tree(*verified.root(), verified.tree_size());
        let (begin, end) = (verified.begin(), proof.end);
        self.of_entries(&format!("{subject} leaves [{begin}, {end})"), root)
    }

    fn multi(self, proof: &MultiProof, leaves: &[Hash], root: &Hash) -> Result<Judgement, String> {
        let subject = self.entries(leaves)?;
        let verified = proof.verify(self.tree, leaves, root);
        let verified = verified.map_err(|e| e.to_string())?;
        let root = Anchor::of_tree(*verified.root(), verified.tree_size());
        let shown = verified.leaves().take(SHOWN_MAX);
        let shown: Vec<String> = shown.map(|(index, _)| index.to_string()).collect();
        let more = leaves.len().saturating_sub(shown.len());
        let more = match more {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let shown = shown.join(", ");
        self.of_entries(&format!("{subject} leaves {shown}{more}"), root)
    }

    /// The one entry that a proof is for, in words; an error where the user has another one.
    fn entry(&self, leaf: &Hash) -> Result<Cow<'static, str>, String> {
        match self.anchors.leaves.as_deref() {
            None => Ok(format!("the entry with the leaf hash {leaf}").into()),
            Some([of_entry]) if of_entry == leaf => Ok("this entry".into()),
            Some([of_entry]) => Err(format!(
                "the proof is for another entry: it has the leaf hash {leaf}, the data has \
                 {of_entry}"
            )),
            Some(leaves) => Err(wrong_count(1, leaves.len())),
        }
    }

    /// The entries that a proof is for, in words; an error where the user has others.
    fn entries(&self, leaves: &[Hash]) -> Result<&'static str, String> {
        let Some(given) = &self.anchors.leaves else {
            return Ok("the entries with these leaf hashes are");
        };
        if given.len() != leaves.len() {
            return Err(wrong_count(leaves.len(), given.len()));
        }
        let mut pairs = given.iter().zip(leaves);
        match pairs.position(|(given, leaf)| given != leaf) {
            None => Ok("these entries are"),
            Some(position) => Err(format!(
                "entry {position} of the data, from 0, is another one"
            )),
        }
    }

    /// The judgement of a proof of entries that leads to this root.
    fn of_entries(self, what: &str, root: Anchor) -> Result<Judgement, String> {
        let given = same(self.anchors.root, root, "--root")?;
        let trusted = given || self.signers.is_some();
        let remark = if !trusted {
            Some(
                "give the root from a source you trust: --root HEX@SIZE; or --keys, for a \
                 checkpoint",
            )
        } else if self.anchors.leaves.is_none() {
            Some("nothing was compared with an entry: give its bytes with --data")
        } else {
            None
        };
        let of = tree_name(root.range);
        Ok(Judgement {
            verdict: Verdict::of(trusted),
            statement: self.with_signers(format!("{what} of {of}")),
            remark,
        })
    }

    fn with_signers(self, statement: String) -> String {
        match self.signers {
            Some(signers) => format!("{statement} of {signers}"),
            None => statement,
        }
    }

    fn consistency(
        self,
        proof: &ConsistencyProof,
        (first_root, second_root): (&Hash, &Hash),
    ) -> Result<Judgement, String> {
        let verified = proof.verify(self.tree, first_root, second_root);
        let verified = verified.map_err(|e| e.to_string())?;
        let ((first, first_root), (second, second_root)) = (verified.first(), verified.second());
        let leaves = counted(first.0, "entry", "entries");
        let statement = format!(
            "the tree of size {second} begins with the tree of size {first}: {leaves} unchanged"
        );
        let roots = (
            Anchor::of_tree(first_root, first),
            Anchor::of_tree(second_root, second),
        );
        self.between_roots(statement, roots)
    }

    fn subtree_consistency(
        self,
        proof: &SubtreeConsistencyProof,
        (subtree_root, root): (&Hash, &Hash),
    ) -> Result<Judgement, String> {
        let verified = proof.verify(self.tree, subtree_root, root);
        let verified = verified.map_err(|e| e.to_string())?;
        let (range, subtree_root) = verified.subtree();
        // An empty subtree is part of every tree: that says nothing of the root.
        let Some((size, root)) = verified.tree() else {
            return Err(format!("the subtree {range} has no entries"));
        };
        let roots = (
            Anchor {
                root: subtree_root,
                range,
            },
            Anchor::of_tree(root, size),
        );
        let statement = format!("the subtree {range} is part of the tree of size {size}");
        self.between_roots(statement, roots)
    }

    /// The judgement of a proof that leads to these two roots.
    fn between_roots(
        self,
        statement: String,
        (old, new): (Anchor, Anchor),
    ) -> Result<Judgement, String> {
        let old = same(self.anchors.old_root, old, "--old-root")?;
        let new = same(self.anchors.root, new, "--root")? || self.signers.is_some();
        let remark = match (old, new) {
            (true, true) => None,
            (true, false) => Some("the later root is the file's own: give --root to compare it"),
            (false, true) => {
                Some("the earlier root is the file's own: give --old-root to compare it")
            }
            (false, false) => {
                Some("give the roots from a source you trust: --old-root and --root HEX@SIZE")
            }
        };
        Ok(Judgement {
            verdict: Verdict::of(old || new),
            statement: match &self.signers {
                Some(signers) => format!("{statement}; {signers}"),
                None => statement,
            },
            remark,
        })
    }
}

/// More leaves than these are not named.
const SHOWN_MAX: usize = 16;

fn place(index: u64) -> String {
    let seq_no = u128::from(index) + 1;
    format!("leaf {index} (seqNo {seq_no})")
}

fn wrong_count(needed: usize, got: usize) -> String {
    let needed = counted(needed as u64, "entry", "entries");
    format!("the proof is for {needed}, the data has {got}")
}

/// Whether there is something to compare with; an error if it differs.
fn same(anchor: Option<Anchor>, claimed: Anchor, option: &str) -> Result<bool, String> {
    let Some(anchor) = anchor else {
        return Ok(false);
    };
    if anchor == claimed {
        return Ok(true);
    }
    Err(format!(
        "the proof leads to {claimed}, {option} is {anchor}"
    ))
}
