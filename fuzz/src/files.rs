//! Proof files, in each of their forms, judged as `proof check` judges them.
//!
//! What is valid against a root of the known tree, or against the keys that signed its checkpoint,
//! must be true of it.

use ledger_tool::proof::{
    Anchor, Anchors, Claim, Decoded, Drawing, Form, Glyphs, ProofFile, Verdict, judge,
};
use merkle_log::note::Quorum;
use merkle_log::{Hash, LeafIndex, TreeSize};

use super::merkle::{foreign, known};
use super::tlog::keys;

fn verdict(file: &ProofFile, anchors: &Anchors) -> Option<Verdict> {
    Some(judge(file, anchors).ok()?.verdict)
}

/// Whether all leaves stand where the proof says.
fn are_leaves<'a>(mut leaves: impl Iterator<Item = (u64, &'a Hash)>) -> bool {
    leaves.all(|(index, leaf)| known().leaf(LeafIndex(index)) == Some(leaf))
}

/// Whether the claim is true of the known tree, its root being one of the known tree's.
fn is_true(claim: &Claim) -> bool {
    match claim {
        Claim::Inclusion { leaf, proof, .. } => {
            are_leaves([(proof.leaf_index.0, leaf)].into_iter())
        }
        Claim::SubtreeInclusion { leaf, proof, .. } => {
            are_leaves([(proof.leaf_index.0, leaf)].into_iter())
        }
        Claim::Range { leaves, proof, .. } => are_leaves((proof.begin.0..).zip(leaves)),
        Claim::Multi { leaves, proof, .. } => {
            are_leaves(proof.leaf_indices.iter().map(|index| index.0).zip(leaves))
        }
        Claim::Consistency {
            first_root, proof, ..
        } => known().root(proof.first_size) == Some(first_root),
        Claim::SubtreeConsistency {
            subtree_root,
            proof,
            ..
        } => known().subtree(proof.subtree) == Some(*subtree_root),
    }
}

/// The root of the known tree over the leaves that the proof leads to.
fn anchor(file: &ProofFile) -> Option<Anchor> {
    let range = file.claim.root().range;
    let root = match range.begin {
        0 => *known().root(TreeSize(range.end))?,
        _ => known().subtree(range)?,
    };
    Some(Anchor { root, range })
}

fn judge_file(file: &ProofFile) {
    if let Ok(drawing) = Drawing::of(file) {
        assert!(!drawing.render(&Glyphs::ASCII).is_empty());
    }
    let nothing = Anchors::default();
    assert_ne!(verdict(file, &nothing), Some(Verdict::Valid));
    let against_root = Anchors {
        root: anchor(file),
        ..Anchors::default()
    };
    if verdict(file, &against_root) == Some(Verdict::Valid) {
        assert!(is_true(&file.claim));
        let other = Anchors {
            root: against_root.root.map(|root| Anchor {
                root: foreign(),
                ..root
            }),
            ..Anchors::default()
        };
        assert_eq!(verdict(file, &other), Some(Verdict::Invalid));
    }
    let against_keys = Anchors {
        trust: Some(Quorum::new(keys().clone(), 1)),
        ..Anchors::default()
    };
    if verdict(file, &against_keys) == Some(Verdict::Valid) {
        assert!(is_true(&file.claim));
    }
}

fn decode(bytes: &[u8], compact: bool) -> bool {
    let Ok(Decoded::Whole(file)) = Decoded::of(bytes) else {
        return false;
    };
    for form in [Form::Json, Form::JsonLine, Form::Compact] {
        let encoded = file.encode(form).unwrap();
        assert_eq!(Decoded::of(&encoded).unwrap(), Decoded::Whole(file.clone()));
        if compact && form == Form::Compact {
            assert_eq!(encoded, bytes);
        }
    }
    judge_file(&file);
    true
}

/// A proof file as JSON.
pub fn json(bytes: &[u8]) -> bool {
    decode(bytes, false)
}

/// A proof file in the compact form: as it is, and with its two checks mended.
pub fn compact(bytes: &[u8]) -> bool {
    let as_it_is = decode(bytes, true);
    let mut mended = bytes.to_vec();
    mend(&mut mended);
    decode(&mended, true) || as_it_is
}

/// Mends the check of the proof, which comes last, and that of the file.
fn mend(bytes: &mut [u8]) {
    let Some(end) = bytes.len().checked_sub(8) else {
        return;
    };
    let mut windows = bytes.windows(4);
    if let Some(begin) = windows.rposition(|window| window == b"MLP1")
        && begin + 8 <= end
    {
        let len = u32::try_from(end - begin - 8).unwrap();
        bytes[begin + 4..begin + 8].copy_from_slice(&len.to_le_bytes());
        let check = crc32fast::hash(&bytes[begin..end]);
        bytes[end..end + 4].copy_from_slice(&check.to_le_bytes());
    }
    let check = crc32fast::hash(&bytes[..end + 4]);
    bytes[end + 4..].copy_from_slice(&check.to_le_bytes());
}

/// A proof file as tlog clients write it.
pub fn tlog(bytes: &[u8]) -> bool {
    let Ok(Decoded::Tlog(file)) = Decoded::of(bytes) else {
        return false;
    };
    let of_foreign = file.of_leaf(foreign());
    judge_file(&of_foreign);
    let Claim::Inclusion { proof, .. } = &of_foreign.claim else {
        panic!("a tlog proof is of an entry");
    };
    if let Some(leaf) = known().leaf(proof.leaf_index) {
        let of_leaf = file.of_leaf(*leaf);
        judge_file(&of_leaf);
        let encoded = of_leaf.encode(Form::Tlog).unwrap();
        let again = Decoded::of(&encoded);
        // What an application has added is not kept.
        assert!(matches!(again, Ok(Decoded::Tlog(again)) if again.of_leaf(*leaf) == of_leaf));
    }
    true
}
