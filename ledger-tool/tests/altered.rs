//! Goal: no altered proof verifies. Method: proofs of every kind, tree type and form are altered in
//! each bit, cut at each length, extended, and held against other roots, sizes, leaves and tree
//! types, through the very functions that `proof check` calls.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

use ledger_tool::proof::{
    Anchor, Anchors, Claim, Decoded, Drawing, Form, Glyphs, ProofFile, Source, Verdict, carried_on,
    judge, judge_all,
};
use merkle_log::note::{Checkpoint, KeyKind, Quorum, SignedNote, SigningKey, VerifierKeys};
use merkle_log::{
    CompactRange, Growth, Hash, LeafIndex, NodeRange, TreeSize, TreeType, hash_of_range,
    prove_consistency, prove_inclusion, prove_multi, prove_range, prove_subtree_consistency,
    prove_subtree_inclusion, root_at,
};

const SIZE: u64 = 21;

struct Log {
    tree: TreeType,
    leaves: Vec<Hash>,
    nodes: Growth,
}

impl Log {
    fn new(tree: TreeType) -> Self {
        let entries: Vec<String> = (0..SIZE).map(|i| format!("entry-{i}")).collect();
        let mut leaves = Vec::new();
        tree.leaves(&entries, &mut leaves);
        let nodes = Growth::new(tree, &CompactRange::empty(0), leaves.clone()).unwrap();
        Self {
            tree,
            leaves,
            nodes,
        }
    }

    fn root(&self, size: u64) -> Hash {
        root_at(&self.nodes, self.tree, TreeSize(size)).unwrap()
    }

    fn subtree(&self, begin: u64, end: u64) -> Hash {
        hash_of_range(&self.nodes, self.tree, NodeRange { begin, end }).unwrap()
    }

    fn leaves(&self, indices: &[usize]) -> Vec<Hash> {
        indices.iter().map(|i| self.leaves[*i]).collect()
    }

    /// One proof of each kind; of those with a whole tree, of a past size.
    fn claims(&self) -> Vec<Claim> {
        let (nodes, tree, size) = (&self.nodes, self.tree, TreeSize(19));
        let root = self.root(19);
        let subtree = |begin, end| NodeRange { begin, end };
        vec![
            Claim::Inclusion {
                leaf: self.leaves[13],
                root,
                proof: prove_inclusion(nodes, tree, LeafIndex(13), size).unwrap(),
            },
            Claim::Consistency {
                first_root: self.root(13),
                second_root: root,
                proof: prove_consistency(nodes, tree, TreeSize(13), size).unwrap(),
            },
            Claim::Range {
                leaves: self.leaves(&[3, 4, 5]),
                root,
                proof: prove_range(nodes, tree, LeafIndex(3), LeafIndex(6), size).unwrap(),
            },
            Claim::Multi {
                leaves: self.leaves(&[0, 9, 18]),
                root,
                proof: prove_multi(nodes, tree, &[0, 9, 18].map(LeafIndex), size).unwrap(),
            },
            Claim::SubtreeInclusion {
                leaf: self.leaves[9],
                root: self.subtree(8, 13),
                proof: prove_subtree_inclusion(nodes, tree, LeafIndex(9), subtree(8, 13)).unwrap(),
            },
            Claim::SubtreeConsistency {
                subtree_root: self.subtree(8, 13),
                root,
                proof: prove_subtree_consistency(nodes, tree, subtree(8, 13), size).unwrap(),
            },
        ]
    }
}

fn file(tree: TreeType, claim: Claim) -> ProofFile {
    ProofFile {
        source: Source {
            network: Some("net".to_owned()),
            ledger: Some("domain".to_owned()),
        },
        tree,
        claim,
        checkpoint: None,
    }
}

fn leaves_of(claim: &Claim) -> Option<Vec<Hash>> {
    match claim {
        Claim::Inclusion { leaf, .. } | Claim::SubtreeInclusion { leaf, .. } => Some(vec![*leaf]),
        Claim::Range { leaves, .. } | Claim::Multi { leaves, .. } => Some(leaves.clone()),
        _ => None,
    }
}

/// What one who has the log would bring along.
fn anchors(claim: &Claim) -> Anchors {
    Anchors {
        root: Some(claim.root()),
        old_root: claim.old_root(),
        leaves: leaves_of(claim),
        trust: None,
    }
}

fn verdict(file: &ProofFile, anchors: &Anchors) -> Verdict {
    judge(file, anchors).map_or(Verdict::Invalid, |judgement| judgement.verdict)
}

/// That altered bytes do not say anything else that is valid: what is accepted says the same, in
/// other letters, or under another name that nobody vouches for.
fn refused(bytes: &[u8], honest: &ProofFile, anchors: &Anchors) -> bool {
    let Ok(Decoded::Whole(altered)) = Decoded::of(bytes) else {
        return true;
    };
    if let Ok(drawing) = Drawing::of(&altered) {
        assert!(!drawing.render(&Glyphs::ASCII).is_empty());
    }
    let same = (&altered.claim, altered.tree, &altered.checkpoint)
        == (&honest.claim, honest.tree, &honest.checkpoint);
    same || verdict(&altered, anchors) == Verdict::Invalid
}

/// Mends the two checks of the compact form.
fn mend(bytes: &mut [u8]) {
    let Some(end) = bytes.len().checked_sub(8) else {
        return;
    };
    if let Some(begin) = bytes.windows(4).position(|window| window == b"MLP1")
        && begin < end
    {
        let check = crc32fast::hash(&bytes[begin..end]);
        bytes[end..end + 4].copy_from_slice(&check.to_le_bytes());
    }
    let check = crc32fast::hash(&bytes[..end + 4]);
    bytes[end + 4..].copy_from_slice(&check.to_le_bytes());
}

fn each_proof(mut run: impl FnMut(&Log, &ProofFile, &Anchors)) {
    for tree in TreeType::ALL {
        let log = Log::new(tree);
        for claim in log.claims() {
            let anchors = anchors(&claim);
            let file = file(tree, claim);
            assert_eq!(verdict(&file, &anchors), Verdict::Valid);
            run(&log, &file, &anchors);
        }
    }
}

#[test]
fn every_form_of_every_kind_says_the_same() {
    each_proof(|_, file, anchors| {
        for form in [Form::Json, Form::JsonLine, Form::Compact] {
            let bytes = file.encode(form).unwrap();
            assert_eq!(Decoded::of(&bytes).unwrap(), Decoded::Whole(file.clone()));
        }
        assert!(file.encode(Form::Tlog).is_err());
        assert!(Drawing::of(file).unwrap().holds());
        let nothing = Anchors::default();
        assert_eq!(verdict(file, &nothing), Verdict::NotTrusted);
        let root_alone = Anchors {
            root: anchors.root,
            ..Anchors::default()
        };
        assert_eq!(verdict(file, &root_alone), Verdict::Valid);
    });
}

#[test]
fn no_bit_of_a_file_can_be_altered() {
    each_proof(|_, file, anchors| {
        for form in [Form::Json, Form::Compact] {
            let bytes = file.encode(form).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut altered = bytes.clone();
                altered[bit / 8] ^= 1 << (bit % 8);
                assert!(refused(&altered, file, anchors), "{form:?}, bit {bit}");
                if form == Form::Compact {
                    // As it is, the check alone would do.
                    assert!(Decoded::of(&altered).is_err());
                    mend(&mut altered);
                    assert!(refused(&altered, file, anchors), "mended, bit {bit}");
                }
            }
        }
    });
}

#[test]
fn no_file_can_be_cut_or_extended() {
    each_proof(|_, file, anchors| {
        for form in [Form::Json, Form::Compact] {
            let bytes = file.encode(form).unwrap();
            // JSON ends with a newline that says nothing.
            let end = bytes.len() - usize::from(form == Form::Json);
            for len in 0..end {
                assert!(Decoded::of(&bytes[..len]).is_err());
                let mut cut = bytes[..len].to_vec();
                mend(&mut cut);
                assert!(refused(&cut, file, anchors), "{form:?} cut at {len}");
            }
            for more in [&b"\0"[..], b"}", b"{}", &bytes] {
                let longer = [&bytes, more].concat();
                assert!(Decoded::of(&longer).is_err());
                let mut mended = longer;
                mend(&mut mended);
                assert!(refused(&mended, file, anchors));
            }
        }
    });
}

/// Paths with hashes left out, put in, twice and in another order; sizes and indices that differ.
#[test]
fn no_field_can_be_another_one() {
    each_proof(|log, file, anchors| {
        let json: serde_json::Value =
            serde_json::from_slice(&file.encode(Form::Json).unwrap()).unwrap();
        let mut altered = Vec::new();
        for (name, value) in json.as_object().unwrap() {
            let mut with = |value: serde_json::Value| {
                let mut json = json.clone();
                json[name] = value;
                altered.push(json);
            };
            if let Some(number) = value.as_u64() {
                for other in [
                    0,
                    1,
                    number.wrapping_sub(1),
                    number + 1,
                    2 * number,
                    u64::MAX,
                ] {
                    if other != number {
                        with(other.into());
                    }
                }
            }
            if let Some(list) = value.as_array() {
                let hash = serde_json::to_value(log.leaves[20]).unwrap();
                let last = list.len() - 1;
                let (mut fewer, mut twice, mut other) = (list.clone(), list.clone(), list.clone());
                fewer.pop();
                twice.push(list[last].clone());
                other.push(hash);
                with(fewer.into());
                with(twice.into());
                with(other.into());
                with(list[1..].to_vec().into());
                with(serde_json::json!([]));
                if list.len() > 1 {
                    let mut swapped = list.clone();
                    swapped.swap(0, last);
                    with(swapped.into());
                }
            }
        }
        let other_tree = match file.tree {
            TreeType::Sha256 => "blake3",
            _ => "sha-256",
        };
        let mut json = json;
        json["hash"] = other_tree.into();
        altered.push(json);
        for json in altered {
            let bytes = serde_json::to_vec(&json).unwrap();
            assert!(refused(&bytes, file, anchors), "{json}");
        }
    });
}

#[test]
fn no_proof_is_for_other_roots_sizes_or_leaves() {
    each_proof(|log, file, anchors| {
        let invalid = |changed: Anchors| {
            assert_eq!(verdict(file, &changed), Verdict::Invalid, "{changed:?}");
        };
        let with = |change: &dyn Fn(&mut Anchors)| {
            let mut changed = anchors.clone();
            change(&mut changed);
            changed
        };
        let Anchor { root, range } = anchors.root.unwrap();
        let NodeRange { begin, end } = range;
        for (begin, end) in [
            (begin, end + 1),
            (begin, end - 1),
            (begin + 1, end),
            (end, end),
        ] {
            let range = NodeRange { begin, end };
            invalid(with(&|a| a.root = Some(Anchor { root, range })));
        }
        for size in 1..=SIZE {
            let root = log.root(size);
            if root != anchors.root.unwrap().root {
                invalid(with(&|a| a.root = Some(Anchor { root, range })));
            }
            if let Some(old) = anchors.old_root
                && root != old.root
            {
                invalid(with(&|a| a.old_root = Some(Anchor { root, ..old })));
                let size = TreeSize(size);
                invalid(with(&|a| {
                    a.old_root = Some(Anchor::of_tree(old.root, size));
                }));
            }
        }
        if let Some(leaves) = &anchors.leaves {
            for at in 0..leaves.len() {
                invalid(with(&|a| a.leaves.as_mut().unwrap()[at] = log.leaves[20]));
            }
            invalid(with(&|a| a.leaves.as_mut().unwrap().push(log.leaves[20])));
            invalid(with(&|a| a.leaves = Some(Vec::new())));
        }
        // The leaves, hashes and roots of a tree of the other type.
        let other = TreeType::ALL.into_iter().find(|tree| *tree != file.tree);
        let moved = ProofFile {
            tree: other.unwrap(),
            ..file.clone()
        };
        assert_eq!(verdict(&moved, anchors), Verdict::Invalid);
    });
}

fn key(name: &str, kind: KeyKind, seed: u8) -> SigningKey {
    SigningKey::from_seed(name, kind, &[seed; 32]).unwrap()
}

/// A proof whose checkpoint a log and a witness have signed, and who trusts both.
fn signed() -> (ProofFile, Anchors) {
    let log = Log::new(TreeType::Sha256);
    let claim = log.claims().swap_remove(0);
    let root = claim.root();
    let checkpoint = Checkpoint::new("net/domain", TreeSize(root.range.end), root.root).unwrap();
    let mut note = SignedNote::unsigned(&checkpoint.to_string()).unwrap();
    let keeper = key("net/domain", KeyKind::Ed25519, 1);
    let witness = key("witness", KeyKind::Cosignature, 2);
    note.sign(&keeper).unwrap();
    note.cosign(&witness, 1_700_000_000).unwrap();
    let keys = [keeper, witness].map(|key| key.verifier_key().clone());
    let anchors = Anchors {
        leaves: leaves_of(&claim),
        trust: Some(Quorum::new(VerifierKeys::new(keys).unwrap(), 2)),
        ..Anchors::default()
    };
    let mut file = file(TreeType::Sha256, claim);
    file.checkpoint = Some(note.to_string());
    (file, anchors)
}

#[test]
fn no_bit_of_a_signed_proof_can_be_altered() {
    let (file, anchors) = signed();
    assert_eq!(verdict(&file, &anchors), Verdict::Valid);
    for form in [Form::Json, Form::Compact] {
        let bytes = file.encode(form).unwrap();
        for bit in 0..bytes.len() * 8 {
            let mut altered = bytes.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&altered, &file, &anchors), "{form:?}, bit {bit}");
            if form == Form::Compact {
                mend(&mut altered);
                assert!(refused(&altered, &file, &anchors), "mended, bit {bit}");
            }
        }
    }
}

#[test]
fn no_bit_of_a_tlog_proof_can_be_altered() {
    let (file, anchors) = signed();
    let leaf = anchors.leaves.as_ref().unwrap()[0];
    let bytes = file.encode(Form::Tlog).unwrap();
    let judged = |bytes: &[u8]| match Decoded::of(bytes) {
        Ok(Decoded::Tlog(tlog)) => verdict(&tlog.of_leaf(leaf), &anchors),
        _ => Verdict::Invalid,
    };
    assert_eq!(judged(&bytes), Verdict::Valid);
    for bit in 0..bytes.len() * 8 {
        let mut altered = bytes.clone();
        altered[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(judged(&altered), Verdict::Invalid, "bit {bit}");
    }
    for len in 0..bytes.len() {
        assert_eq!(judged(&bytes[..len]), Verdict::Invalid, "cut at {len}");
    }
    for more in [&b"\n"[..], b"x", b"\xe2\x80\x94 a b\n"] {
        let longer = [&bytes, more].concat();
        assert_eq!(judged(&longer), Verdict::Invalid);
    }
    let Ok(Decoded::Tlog(tlog)) = Decoded::of(&bytes) else {
        panic!();
    };
    let other = Log::new(TreeType::Sha256).leaves[12];
    assert_eq!(verdict(&tlog.of_leaf(other), &anchors), Verdict::Invalid);
}

#[test]
fn judged_together_is_judged_one_by_one() {
    let mut files = Vec::new();
    for tree in TreeType::ALL {
        let log = Log::new(tree);
        for size in [19, 21] {
            for index in 0..19 {
                let proof =
                    prove_inclusion(&log.nodes, tree, LeafIndex(index), TreeSize(size)).unwrap();
                let at = usize::try_from(index).unwrap();
                // Some are wrong, in one of three ways.
                let leaf = log.leaves[if at % 5 == 1 { 20 } else { at }];
                let root = log.root(if at % 7 == 2 { 5 } else { size });
                let mut proof = proof;
                if at % 6 == 3 {
                    proof.path.pop();
                }
                files.push(file(tree, Claim::Inclusion { leaf, root, proof }));
            }
        }
        files.extend(log.claims().into_iter().map(|claim| file(tree, claim)));
    }
    let anchors = Anchors::default();
    let pairs: Vec<_> = files.iter().map(|file| (file, &anchors)).collect();
    let together = judge_all(&pairs);
    assert_eq!(together.len(), files.len());
    let (mut valid, mut invalid) = (0, 0);
    for (file, together) in files.iter().zip(together) {
        let (alone, together) = (judge(file, &anchors).unwrap(), together.unwrap());
        assert_eq!(alone.verdict, together.verdict);
        assert_eq!(alone.statement, together.statement);
        match alone.verdict {
            Verdict::Invalid => invalid += 1,
            _ => valid += 1,
        }
    }
    assert!(valid > 40 && invalid > 20, "{valid} {invalid}");
}

#[test]
fn what_is_carried_on_is_what_would_be_made() {
    for tree in TreeType::ALL {
        let log = Log::new(tree);
        let inclusion = |index: u64, size| {
            let proof = prove_inclusion(&log.nodes, tree, LeafIndex(index), TreeSize(size));
            let claim = Claim::Inclusion {
                leaf: log.leaves[usize::try_from(index).unwrap()],
                root: log.root(size),
                proof: proof.unwrap(),
            };
            file(tree, claim)
        };
        for first in 1..=SIZE {
            for second in first..=SIZE {
                let (from, to) = (TreeSize(first), TreeSize(second));
                let claim = Claim::Consistency {
                    first_root: log.root(first),
                    second_root: log.root(second),
                    proof: prove_consistency(&log.nodes, tree, from, to).unwrap(),
                };
                let growth = file(tree, claim);
                for index in 0..first {
                    let carried = carried_on(&inclusion(index, first), &growth).unwrap();
                    assert_eq!(carried, inclusion(index, second));
                }
                let elsewhere = first % SIZE + 1;
                assert!(carried_on(&inclusion(0, elsewhere), &growth).is_err());
            }
        }
    }
}
