//! Goal: a bundle is valid only where what it says is true and somebody trusted vouches for it.
//! Method: bundles of every kind from two networks with several ledgers and heights, as they are,
//! altered bit by bit, and put together anew from each other's parts.

#![cfg(feature = "std")]
#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::MemStorage;
use ledger::bundle::{
    BundleError, BundleFormError, BundleTrust, BundleVerdict, CertificateError,
    CertificateVerifier, CertifiedRoot, Doubt, Evidence, Fact, Proven, Subject,
};
use ledger::{
    CommitBody, KeyMode, LedgerSpec, Options, ProofBundle, StateScheme, StateSuite, Store, TreeType,
};
use merkle_log::note::{Checkpoint, KeyKind, Quorum, SignedNote, SigningKey, VerifierKeys};
use merkle_log::{Hash, LeafIndex, TreeSize};
use proptest::prelude::*;

const HEIGHTS: u64 = 7;
const KEYS: [&[u8]; 4] = [b"doe", b"dog", b"dogglesworth", b"zebra"];

/// What a network's ledgers hold after each height.
#[derive(Clone, Default)]
struct Model {
    /// By ledger, the entries; how many there are after each height.
    entries: BTreeMap<&'static str, (Vec<Vec<u8>>, Vec<usize>)>,
    /// By ledger and height, the state.
    states: BTreeMap<(&'static str, u64), BTreeMap<Vec<u8>, Vec<u8>>>,
}

struct Network {
    name: &'static str,
    store: Store,
    model: Model,
    keeper: SigningKey,
}

const LEDGERS: [&str; 3] = ["pool", "domain", "config"];

impl Network {
    fn new(name: &'static str, seed: u8) -> Self {
        let state = |suite, keys| StateScheme { suite, keys };
        let ledgers = [
            LedgerSpec::log("pool".parse().unwrap(), TreeType::Sha256),
            LedgerSpec::with_state(
                "domain".parse().unwrap(),
                TreeType::Blake3,
                state(StateSuite::Keccak256, KeyMode::AsGiven),
            ),
            LedgerSpec::with_state(
                "config".parse().unwrap(),
                TreeType::Sha256,
                state(StateSuite::Blake3, KeyMode::Hashed),
            ),
        ];
        let network = name.parse().unwrap();
        let storage = Arc::new(MemStorage::new());
        let store =
            Store::create_in(storage, [seed; 16], network, &ledgers, Options::default()).unwrap();
        let mut model = Model::default();
        for ledger in LEDGERS {
            model.entries.insert(ledger, (Vec::new(), vec![0]));
        }
        for height in 1..=HEIGHTS {
            let mut batch = store.batch();
            for ledger in LEDGERS {
                let (entries, counts) = model.entries.get_mut(ledger).unwrap();
                for i in 0..1 + height % 3 {
                    let entry = format!("{name} {ledger} {height} {i}").into_bytes();
                    batch.append(ledger, &entry).unwrap();
                    entries.push(entry);
                }
                counts.push(entries.len());
            }
            for ledger in ["domain", "config"] {
                let before = model.states.get(&(ledger, height - 1));
                let mut state = before.cloned().unwrap_or_default();
                let key = KEYS[height as usize % 3];
                let value = format!("{name} {ledger} {height}").into_bytes();
                if height == 5 {
                    batch.delete(ledger, KEYS[0]).unwrap();
                    state.remove(KEYS[0]);
                } else {
                    batch.put(ledger, key, &value).unwrap();
                    state.insert(key.to_vec(), value);
                }
                model.states.insert((ledger, height), state);
            }
            store
                .commit(batch.seal(1000 * height, b"").unwrap())
                .unwrap();
        }
        // Every network has the same keeper: only names tell them apart.
        let keeper = SigningKey::from_seed("keeper", KeyKind::Ed25519, &[9; 32]).unwrap();
        Self {
            name,
            store,
            model,
            keeper,
        }
    }

    fn audit_root(&self, size: u64) -> Hash {
        let snapshot = self.store.snapshot();
        snapshot.audit().root_at(TreeSize(size)).unwrap()
    }

    fn checkpoint(&self, size: u64) -> Evidence {
        let origin = format!("{}/audit", self.name);
        let checkpoint = Checkpoint::new(&origin, TreeSize(size), self.audit_root(size)).unwrap();
        let mut note = SignedNote::unsigned(&checkpoint.to_string()).unwrap();
        note.sign(&self.keeper).unwrap();
        Evidence::Checkpoint(note.to_string())
    }

    /// A header as some replication layer has it, and its certificate: a signed note.
    fn finality(&self, height: u64) -> Evidence {
        self.finality_of(self.name, height)
    }

    /// The same in the name of another network, with the root of this one.
    fn finality_of(&self, name: &str, height: u64) -> Evidence {
        let root = self.audit_root(height);
        let header = format!("{name}\n{height}\n{root}\n");
        let mut note = SignedNote::unsigned(&header).unwrap();
        note.sign(&self.keeper).unwrap();
        let certificate = note.to_string().split_off(header.len()).into_bytes();
        Evidence::Finality {
            header: header.into_bytes(),
            certificate,
        }
    }

    /// Every entry and key at a height, proven to an audit tree, without evidence.
    fn bundles(&self, height: u64, audit_size: u64) -> Vec<ProofBundle> {
        let snapshot = self.store.snapshot();
        let size = TreeSize(audit_size);
        let mut bundles = Vec::new();
        for ledger in LEDGERS {
            let count = self.model.entries[ledger].1[height as usize] as u64;
            for index in [0, count / 2, count - 1] {
                let bundle = snapshot.bundle_entry(ledger, LeafIndex(index), height, size);
                bundles.push(bundle.unwrap());
            }
        }
        for ledger in ["domain", "config"] {
            for key in KEYS {
                bundles.push(snapshot.bundle_key(ledger, key, height, size).unwrap());
            }
        }
        bundles
    }

    fn quorum(&self) -> Quorum {
        let keys = [self.keeper.verifier_key().clone()];
        Quorum::new(VerifierKeys::new(keys).unwrap(), 1)
    }

    /// Whether a fact is true of this network.
    fn has(&self, proven: &Proven<'_>) -> bool {
        let height = proven.height();
        let ledger = LEDGERS
            .into_iter()
            .find(|name| *name == proven.ledger().as_str());
        let Some(ledger) = ledger.filter(|_| (1..=HEIGHTS).contains(&height)) else {
            return false;
        };
        let at_time = proven.time_ms() == 1000 * height;
        at_time
            && match proven.fact() {
                Fact::Entry { leaf_index, entry } => {
                    let (entries, counts) = &self.model.entries[ledger];
                    let there = &entries[..counts[height as usize]];
                    there.get(leaf_index.0 as usize).is_some_and(|e| e == entry)
                }
                Fact::Present { key, value } => {
                    let state = self.model.states.get(&(ledger, height));
                    state.is_some_and(|state| state.get(key).is_some_and(|v| v == value))
                }
                Fact::Absent { key } => {
                    let state = self.model.states.get(&(ledger, height));
                    state.is_some_and(|state| !state.contains_key(key))
                }
            }
    }
}

/// Reads what [`Network::finality`] writes.
struct Certificates(Quorum);

impl CertificateVerifier for Certificates {
    fn verify(&self, header: &[u8], certificate: &[u8]) -> Result<CertifiedRoot, CertificateError> {
        let malformed = |what| CertificateError::Malformed { what };
        let text = [header, certificate].concat();
        let note = SignedNote::parse(&text).map_err(|_| malformed("certificate"))?;
        if note.text().as_bytes() != header {
            return Err(malformed("header"));
        }
        // A checkpoint has three lines too: its root is in Base64, ours in hex, so it never verifies.
        let keys = self.0.verify_checkpoint(&note);
        if !matches!(keys, Err(merkle_log::note::NoteError::NotACheckpoint(_))) {
            return Err(CertificateError::WrongSignature);
        }
        let mut lines = note.text().lines();
        let mut next = || lines.next().ok_or_else(|| malformed("header"));
        Ok(CertifiedRoot {
            network: next()?.parse().map_err(|_| malformed("header"))?,
            height: next()?.parse().map_err(|_| malformed("header"))?,
            audit_root: next()?.parse().map_err(|_| malformed("header"))?,
        })
    }
}

fn is_valid(bundle: &ProofBundle, trust: &BundleTrust<'_>) -> bool {
    matches!(bundle.verify(trust), BundleVerdict::Valid(_))
}

fn error(bundle: &ProofBundle, trust: &BundleTrust<'_>) -> BundleError {
    match bundle.verify(trust) {
        BundleVerdict::Invalid(error) => error,
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_fact_of_every_height_is_proven_by_each_kind_of_evidence() {
    let network = Network::new("net", 1);
    let certificates = Certificates(network.quorum());
    for height in 1..=HEIGHTS {
        for audit_size in height..=HEIGHTS {
            let root = (TreeSize(audit_size), network.audit_root(audit_size));
            let by_root = BundleTrust {
                audit_root: Some(root),
                ..BundleTrust::default()
            };
            let by_keys = BundleTrust {
                network: Some("net".parse().unwrap()),
                checkpoints: Some(network.quorum()),
                ..BundleTrust::default()
            };
            let by_certificate = BundleTrust {
                certificates: Some(&certificates),
                ..BundleTrust::default()
            };
            for bundle in network.bundles(height, audit_size) {
                for (evidence, trust) in [
                    (Evidence::None, &by_root),
                    (network.checkpoint(audit_size), &by_keys),
                    (network.finality(audit_size), &by_certificate),
                ] {
                    let bundle = ProofBundle {
                        evidence,
                        ..bundle.clone()
                    };
                    let BundleVerdict::Valid(proven) = bundle.verify(trust) else {
                        panic!("{:?}", bundle.verify(trust));
                    };
                    assert!(network.has(&proven));
                    assert_eq!(proven.network().as_str(), "net");
                    assert_eq!(proven.height(), height);
                    assert_eq!(proven.audit_root(), root);
                    let signed = matches!(bundle.evidence, Evidence::Checkpoint(_));
                    assert_eq!(proven.signers().len(), usize::from(signed));
                    // With nothing from outside it only fits together.
                    let alone = bundle.verify(&BundleTrust::default());
                    assert!(matches!(
                        alone,
                        BundleVerdict::Consistent(_, Doubt::NothingTrusted)
                    ));
                    let compact = bundle.to_compact().unwrap();
                    assert_eq!(ProofBundle::from_compact(&compact).unwrap(), bundle);
                    for one_line in [true, false] {
                        let json = bundle.to_json(one_line).unwrap();
                        assert_eq!(ProofBundle::from_json(&json).unwrap(), bundle);
                    }
                }
            }
        }
    }
}

#[test]
fn what_cannot_be_proven_is_refused_by_the_prover() {
    let network = Network::new("net", 1);
    let snapshot = network.store.snapshot();
    let entry = |ledger: &str, index, height, size| {
        let bundle = snapshot.bundle_entry(ledger, LeafIndex(index), height, TreeSize(size));
        bundle.map(|_| ()).map_err(|error| error.code())
    };
    assert_eq!(entry("pool", 0, 1, 1), Ok(()));
    assert_eq!(entry("none", 0, 1, 1), Err("E-NO-LEDGER"));
    assert_eq!(entry("pool", 100, 1, 1), Err("E-OUT-OF-RANGE"));
    assert_eq!(entry("pool", 0, HEIGHTS + 1, HEIGHTS), Err("E-NO-HEIGHT"));
    assert_eq!(entry("pool", 0, 0, 1), Err("E-NO-HEIGHT"));
    assert_eq!(entry("pool", 0, 2, 1), Err("E-OUT-OF-RANGE"));
    assert_eq!(entry("pool", 0, 1, HEIGHTS + 1), Err("E-OUT-OF-RANGE"));
    let key = snapshot.bundle_key("pool", b"doe", 1, TreeSize(1));
    assert_eq!(key.unwrap_err().code(), "E-NO-STATE");
}

#[test]
fn a_bundle_says_why_it_does_not_hold() {
    let network = Network::new("net", 1);
    let trust = BundleTrust {
        checkpoints: Some(network.quorum()),
        ..BundleTrust::default()
    };
    let snapshot = network.store.snapshot();
    let bundle = |ledger, height, size| {
        let bundle = snapshot.bundle_entry(ledger, LeafIndex(1), height, TreeSize(size));
        ProofBundle {
            evidence: network.checkpoint(size),
            ..bundle.unwrap()
        }
    };
    let honest = bundle("domain", 4, 6);
    assert!(is_valid(&honest, &trust));
    let with = |change: &dyn Fn(&mut ProofBundle)| {
        let mut altered = honest.clone();
        change(&mut altered);
        error(&altered, &trust)
    };
    let missing = with(&|b| b.ledger = "none".parse().unwrap());
    assert!(matches!(
        missing,
        BundleError::NoSuchLedger { height: 4, .. }
    ));
    let other_ledger = with(&|b| b.ledger = "pool".parse().unwrap());
    assert!(matches!(other_ledger, BundleError::Entry(_)));
    // Bodies, checkpoints and sizes of other heights.
    let body = with(&|b| b.body = bundle("domain", 3, 6).body);
    assert!(matches!(body, BundleError::Entry(_)));
    let stale = with(&|b| b.evidence = network.checkpoint(3));
    assert!(matches!(stale, BundleError::OtherAuditRoot { .. }));
    let later = with(&|b| b.evidence = network.checkpoint(7));
    assert!(matches!(later, BundleError::OtherAuditRoot { .. }));
    let small = with(&|b| b.audit_size = TreeSize(3));
    assert!(matches!(small, BundleError::Audit(_)));
    let body = with(&|b| b.body.push(0));
    assert!(matches!(body, BundleError::Body(_)));
    // A checkpoint of one of the ledgers is none of the audit tree.
    let of_ledger = with(&|b| {
        let Evidence::Checkpoint(text) = network.checkpoint(6) else {
            panic!();
        };
        b.evidence = Evidence::Checkpoint(text.replace("net/audit", "net/domain"));
    });
    assert!(matches!(of_ledger, BundleError::OtherOrigin { .. }));
    let unsigned = with(&|b| {
        let Evidence::Checkpoint(text) = network.checkpoint(6) else {
            panic!();
        };
        b.evidence = Evidence::Checkpoint(text.replace("keeper", "keepes"));
    });
    assert!(matches!(unsigned, BundleError::Checkpoint(_)));

    let of_other = BundleTrust {
        network: Some("other".parse().unwrap()),
        ..trust.clone()
    };
    let refused = error(&honest, &of_other);
    assert!(matches!(refused, BundleError::OtherNetwork { .. }));
    let root = BundleTrust {
        audit_root: Some((TreeSize(5), network.audit_root(5))),
        ..trust.clone()
    };
    assert!(matches!(
        error(&honest, &root),
        BundleError::OtherAuditRoot { .. }
    ));
    let fresh = |not_before_ms| {
        let trust = BundleTrust {
            not_before_ms: Some(not_before_ms),
            ..trust.clone()
        };
        match honest.verify(&trust) {
            BundleVerdict::Valid(_) => None,
            BundleVerdict::Consistent(_, doubt) => Some(doubt),
            BundleVerdict::Invalid(error) => panic!("{error}"),
        }
    };
    assert_eq!(fresh(4000), None);
    let (time_ms, not_before_ms) = (4000, 4001);
    assert_eq!(
        fresh(4001),
        Some(Doubt::Stale {
            time_ms,
            not_before_ms
        })
    );
    // Another network's certificate, should it ever certify this root.
    let certificates = Certificates(network.quorum());
    let by_certificate = BundleTrust {
        certificates: Some(&certificates),
        ..BundleTrust::default()
    };
    let of_network = |name| ProofBundle {
        evidence: network.finality_of(name, 6),
        ..honest.clone()
    };
    assert!(is_valid(&of_network("net"), &by_certificate));
    let foreign = error(&of_network("other"), &by_certificate);
    assert!(matches!(foreign, BundleError::OtherNetwork { .. }));
    // A certificate that nobody can check vouches for nothing.
    let finality = ProofBundle {
        evidence: network.finality(6),
        ..honest
    };
    let verdict = finality.verify(&trust);
    assert!(matches!(
        verdict,
        BundleVerdict::Consistent(_, Doubt::NothingTrusted)
    ));

    let key = snapshot
        .bundle_key("domain", b"dog", 4, TreeSize(6))
        .unwrap();
    for other in [None, Some(b"another".to_vec())] {
        let mut altered = key.clone();
        if let Subject::State { value, .. } = &mut altered.subject {
            *value = other;
        }
        let refused = error(&altered, &BundleTrust::default());
        assert_eq!(refused, BundleError::OtherValue);
    }
    let mut on_pool = key;
    on_pool.ledger = "pool".parse().unwrap();
    let refused = error(&on_pool, &BundleTrust::default());
    assert!(matches!(refused, BundleError::NoState { .. }));
}

/// An entry and a key, each with each kind of evidence, and what their reader trusts.
fn samples(
    network: &Network,
    certificates: &Certificates,
    run: impl Fn(&ProofBundle, &BundleTrust<'_>),
) {
    let snapshot = network.store.snapshot();
    let size = TreeSize(6);
    let subjects = [
        snapshot.bundle_entry("domain", LeafIndex(3), 4, size),
        snapshot.bundle_key("domain", b"dog", 4, size),
        snapshot.bundle_key("config", b"zebra", 4, size),
    ];
    for bundle in subjects {
        let bundle = bundle.unwrap();
        let none = BundleTrust {
            audit_root: Some((size, network.audit_root(6))),
            ..BundleTrust::default()
        };
        run(&bundle, &none);
        let mut bundle = bundle;
        bundle.evidence = network.checkpoint(6);
        let keys = BundleTrust {
            checkpoints: Some(network.quorum()),
            ..BundleTrust::default()
        };
        run(&bundle, &keys);
        bundle.evidence = network.finality(6);
        let certificates = BundleTrust {
            certificates: Some(certificates),
            ..BundleTrust::default()
        };
        run(&bundle, &certificates);
    }
}

/// That an altered bundle is not valid. Only of absence is there more than one truth: the nodes that
/// show that a key is absent may show it of another one too.
fn refused(
    network: &Network,
    altered: &ProofBundle,
    honest: &ProofBundle,
    trust: &BundleTrust<'_>,
) -> bool {
    match altered.verify(trust) {
        BundleVerdict::Valid(proven) => {
            let absent = matches!(proven.fact(), Fact::Absent { .. });
            altered == honest || absent && network.has(&proven)
        }
        _ => true,
    }
}

#[test]
fn no_bit_can_be_altered_nothing_cut_and_nothing_added() {
    let network = Network::new("net", 1);
    let certificates = Certificates(network.quorum());
    samples(&network, &certificates, |bundle, trust| {
        let compact = bundle.to_compact().unwrap();
        assert!(is_valid(
            &ProofBundle::from_compact(&compact).unwrap(),
            trust
        ));
        for bit in 0..compact.len() * 8 {
            let mut altered = compact.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            assert!(ProofBundle::from_compact(&altered).is_err());
            mend(&mut altered);
            if let Ok(altered) = ProofBundle::from_compact(&altered) {
                assert!(refused(&network, &altered, bundle, trust), "bit {bit}");
            }
        }
        let json = bundle.to_json(false).unwrap();
        for bit in 0..json.len() * 8 {
            let mut altered = json.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            if let Ok(altered) = ProofBundle::from_json(&altered) {
                assert!(refused(&network, &altered, bundle, trust), "bit {bit}");
            }
        }
        for len in 0..compact.len() {
            assert!(ProofBundle::from_compact(&compact[..len]).is_err());
            let mut cut = compact[..len].to_vec();
            mend(&mut cut);
            assert!(ProofBundle::from_compact(&cut).is_err());
        }
        // JSON ends with a newline that says nothing.
        for len in 0..json.len() - 1 {
            assert!(ProofBundle::from_json(&json[..len]).is_err());
        }
        for more in [&b"\0"[..], b"{}", &compact] {
            let mut longer = [&compact, more].concat();
            assert!(ProofBundle::from_compact(&longer).is_err());
            mend(&mut longer);
            assert!(ProofBundle::from_compact(&longer).is_err());
        }
    });
}

/// Mends length and check of the compact form.
fn mend(bytes: &mut [u8]) {
    let Some(end) = bytes.len().checked_sub(4).filter(|end| *end >= 8) else {
        return;
    };
    let len = u32::try_from(end - 8).unwrap();
    bytes[4..8].copy_from_slice(&len.to_le_bytes());
    let check = crc32fast::hash(&bytes[..end]);
    bytes[end..].copy_from_slice(&check.to_le_bytes());
}

#[test]
fn hostile_files_are_refused_before_they_cost_anything() {
    let refused = |bytes: &[u8]| ProofBundle::from_compact(bytes).unwrap_err();
    assert!(matches!(refused(b""), BundleFormError::NotABundle));
    assert!(matches!(
        refused(b"LPB2\0\0\0\0"),
        BundleFormError::NotABundle
    ));
    assert!(matches!(
        refused(b"LPB1"),
        BundleFormError::WrongLength { .. }
    ));
    // A list that says it has 2^60 items.
    let mut fields = b"\x01\0\0\0\0\0\0\0p\x01\0\0\0".to_vec();
    fields.extend((1u64 << 60).to_le_bytes());
    let mut bytes = b"LPB1\0\0\0\0".to_vec();
    bytes.extend(fields);
    bytes.extend([0; 4]);
    mend(&mut bytes);
    assert!(matches!(refused(&bytes), BundleFormError::Malformed));
    let json = |text: &str| ProofBundle::from_json(text.as_bytes());
    assert!(json(&"[".repeat(1 << 20)).is_err());
    let network = Network::new("net", 1);
    let snapshot = network.store.snapshot();
    let bundle = snapshot
        .bundle_entry("pool", LeafIndex(0), 1, TreeSize(1))
        .unwrap();
    let text = String::from_utf8(bundle.to_json(true).unwrap()).unwrap();
    assert!(json(&text).is_ok());
    for (from, to) in [
        ("{\"schema\"", "{\"more\":1,\"schema\""),
        ("{\"schema\"", "{\"ledger\":\"pool\",\"schema\""),
        ("proof/1", "proof/2"),
        ("\"bundle\"", "\"inclusion\""),
        ("\"body_hex\":\"4c", "\"body_hex\":\"4C"),
        ("\"body_hex\":\"4c", "\"body_hex\":\"c"),
        ("\"pool\"", "\"Pool\""),
        ("\"entry\"", "\"state\""),
        (
            "\"body_hex\"",
            "\"checkpoint\":\"x\",\"finality\":{\"header_hex\":\"\",\
          \"certificate_hex\":\"\"},\"body_hex\"",
        ),
    ] {
        assert_ne!(text.replacen(from, to, 1), text);
        assert!(json(&text.replacen(from, to, 1)).is_err(), "{from} {to}");
    }
}

/// FORMAT.md section 13, byte by byte.
#[test]
fn the_compact_form_is_as_the_format_says() {
    let bundle = ProofBundle {
        ledger: "pool".parse().unwrap(),
        subject: Subject::Entry {
            leaf_index: LeafIndex(2),
            entry: b"x".to_vec(),
            path: vec![Hash::new([0x11; 32])],
        },
        body: b"a body".to_vec(),
        audit_size: TreeSize(3),
        audit_path: Vec::new(),
        evidence: Evidence::Checkpoint("c\n".to_owned()),
    };
    let text = |text: &[u8]| [&(text.len() as u64).to_le_bytes()[..], text].concat();
    let mut fields = text(b"pool");
    fields.extend([0, 0, 0, 0]);
    fields.extend([2, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend(text(b"x"));
    fields.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend([0x11; 32]);
    fields.extend(text(b"a body"));
    fields.extend([3, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend([0, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend([1, 0, 0, 0]);
    fields.extend(text(b"c\n"));
    let mut expected = b"LPB1".to_vec();
    expected.extend((fields.len() as u32).to_le_bytes());
    expected.extend(&fields);
    expected.extend(crc32fast::hash(&expected).to_le_bytes());
    assert_eq!(bundle.to_compact().unwrap(), expected);

    let bundle = ProofBundle {
        subject: Subject::State {
            key: b"k".to_vec(),
            value: None,
            nodes: vec![b"node".to_vec()],
        },
        evidence: Evidence::Finality {
            header: b"h".to_vec(),
            certificate: b"cert".to_vec(),
        },
        ..bundle
    };
    let mut fields = text(b"pool");
    fields.extend([1, 0, 0, 0]);
    fields.extend(text(b"k"));
    fields.extend([0]);
    fields.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend(text(b"node"));
    fields.extend(text(b"a body"));
    fields.extend([3, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend([0, 0, 0, 0, 0, 0, 0, 0]);
    fields.extend([2, 0, 0, 0]);
    fields.extend(text(b"h"));
    fields.extend(text(b"cert"));
    let mut expected = b"LPB1".to_vec();
    expected.extend((fields.len() as u32).to_le_bytes());
    expected.extend(&fields);
    expected.extend(crc32fast::hash(&expected).to_le_bytes());
    assert_eq!(bundle.to_compact().unwrap(), expected);
}

/// Both networks, and bundles of them with all kinds of evidence.
struct World {
    networks: [Network; 2],
    bundles: Vec<ProofBundle>,
}

fn world() -> &'static World {
    static WORLD: std::sync::OnceLock<World> = std::sync::OnceLock::new();
    WORLD.get_or_init(|| {
        let networks = [Network::new("net", 1), Network::new("other", 2)];
        let mut bundles = Vec::new();
        for network in &networks {
            for height in 1..=HEIGHTS {
                for size in [height, HEIGHTS] {
                    let evidence = [
                        Evidence::None,
                        network.checkpoint(size),
                        network.finality(size),
                    ];
                    for (i, bundle) in network.bundles(height, size).into_iter().enumerate() {
                        let evidence = evidence[i % 3].clone();
                        bundles.push(ProofBundle { evidence, ..bundle });
                    }
                }
            }
        }
        World { networks, bundles }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

    /// A bundle made of parts of others is valid only if what it says is true.
    #[test]
    fn parts_of_other_bundles_never_make_a_lie(
        parts in prop::array::uniform6(any::<prop::sample::Index>()),
        of_first in prop::array::uniform6(prop::bool::weighted(0.6)),
        key in 0usize..4,
        other_key in prop::bool::weighted(0.1),
        root in (0usize..2, 1u64..=HEIGHTS),
    ) {
        let World { networks, bundles } = world();
        let first = parts[0].get(bundles);
        let part = |i: usize| if of_first[i] { first } else { parts[i].get(bundles) };
        let mut bundle = ProofBundle {
            ledger: first.ledger.clone(),
            subject: part(1).subject.clone(),
            body: part(2).body.clone(),
            audit_size: part(3).audit_size,
            audit_path: part(4).audit_path.clone(),
            evidence: part(5).evidence.clone(),
        };
        if let (Subject::State { key: its, .. }, true) = (&mut bundle.subject, other_key) {
            *its = KEYS[key].to_vec();
        }
        let certificates = Certificates(networks[0].quorum());
        let audit_root = (TreeSize(root.1), networks[root.0].audit_root(root.1));
        let trusts = [
            BundleTrust {
                checkpoints: Some(networks[0].quorum()),
                certificates: Some(&certificates),
                ..BundleTrust::default()
            },
            BundleTrust { audit_root: Some(audit_root), ..BundleTrust::default() },
        ];
        for trust in &trusts {
            if let BundleVerdict::Valid(proven) = bundle.verify(trust) {
                let network = networks.iter().find(|n| n.name == proven.network().as_str());
                prop_assert!(network.is_some_and(|network| network.has(&proven)));
                let body = CommitBody::decode(&bundle.body).unwrap();
                prop_assert_eq!(&body.network, proven.network());
            }
        }
    }
}
