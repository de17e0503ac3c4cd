//! What the module answers, for bundles of a store made here; `check.mjs` asks the module itself.

#![allow(clippy::unwrap_used, reason = "tests")]

use ledger::bundle::Evidence;
use ledger::{LedgerSpec, Options, ProofBundle, StateSuite, Store, TreeType};
use ledger_wasm::judge;
use merkle_log::note::{Checkpoint, KeyKind, SignedNote, SigningKey};
use merkle_log::{LeafIndex, TreeSize};

struct Sample {
    entry: ProofBundle,
    absent: ProofBundle,
    /// The audit root, as trust.
    root: String,
    /// The signer's key, as trust.
    keys: String,
}

fn sample() -> Sample {
    let home = tempfile::tempdir().unwrap();
    let domain = LedgerSpec::with_state(
        "domain".parse().unwrap(),
        TreeType::Sha256,
        StateSuite::Blake3,
    );
    let (dir, network) = (home.path().join("store"), "sample".parse().unwrap());
    let store = Store::create(&dir, network, &[domain], Options::default()).unwrap();
    let mut batch = store.batch();
    batch.append("domain", b"first").unwrap();
    batch.append("domain", b"second").unwrap();
    batch.put("domain", b"door", b"red").unwrap();
    store
        .commit(batch.seal(1_700_000_000_000, b"").unwrap())
        .unwrap();
    let (snapshot, size) = (store.snapshot(), TreeSize(1));
    let entry = snapshot
        .bundle_entry("domain", LeafIndex(1), 1, size)
        .unwrap();
    let mut absent = snapshot.bundle_key("domain", b"window", 1, size).unwrap();
    let root = snapshot.audit().root();
    let checkpoint = Checkpoint::new("sample/audit", size, root).unwrap();
    let mut note = SignedNote::unsigned(&checkpoint.to_string()).unwrap();
    let key = SigningKey::from_seed("example.org/log", KeyKind::Ed25519, &[7; 32]).unwrap();
    note.sign(&key).unwrap();
    absent.evidence = Evidence::Checkpoint(note.to_string());
    Sample {
        entry,
        absent,
        root: format!(
            r#"{{"network":"sample","audit_root":{{"tree_size":1,"root_hash":"{root}"}}}}"#
        ),
        keys: format!(r#"{{"keys":["{}"]}}"#, key.verifier_key()),
    }
}

fn answer(bundle: &[u8], trust: &str) -> String {
    String::from_utf8(judge(bundle, trust.as_bytes())).unwrap()
}

/// The answer without what it says about the proven fact.
fn verdict(bundle: &[u8], trust: &str) -> String {
    let answer = answer(bundle, trust);
    let start = r#"{"schema":"ledger-wasm.verdict/1","verdict":""#;
    let rest = answer.strip_prefix(start).unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[test]
fn a_bundle_is_valid_by_what_the_reader_trusts() {
    let sample = sample();
    for bytes in [
        sample.entry.to_compact().unwrap(),
        sample.entry.to_json(false).unwrap(),
    ] {
        let said = answer(&bytes, &sample.root);
        assert!(said.contains(r#""verdict":"valid","proven":{"network":"sample","ledger":"domain","height":1,"time_ms":1700000000000,"fact":{"kind":"entry","leaf_index":1,"data_hex":"7365636f6e64"},"#), "{said}");
    }
    let said = answer(&sample.absent.to_compact().unwrap(), &sample.keys);
    assert!(
        said.contains(r#""fact":{"kind":"absent","key_hex":"77696e646f77"}"#),
        "{said}"
    );
    assert!(said.contains(r#""signers":["example.org/log"]"#), "{said}");
    assert!(said.contains(r#""verdict":"valid""#), "{said}");
}

#[test]
fn nothing_trusted_is_never_valid() {
    let sample = sample();
    let (entry, absent) = (
        sample.entry.to_compact().unwrap(),
        sample.absent.to_compact().unwrap(),
    );
    // A key vouches for nothing where nobody signed.
    for (bundle, trust) in [(&entry, "{}"), (&absent, "{}"), (&entry, &sample.keys)] {
        assert_eq!(verdict(bundle, trust), "consistent");
    }
    let late = sample
        .root
        .replacen('{', r#"{"not_before_ms":1700000000001,"#, 1);
    assert!(answer(&entry, &late).contains("it is older than allowed"));
    let other = sample.root.replace("sample", "other");
    assert_eq!(verdict(&entry, &other), "invalid");
    // Another key of the same name signed nothing here.
    let key = SigningKey::from_seed("example.org/log", KeyKind::Ed25519, &[8; 32]).unwrap();
    let other = format!(r#"{{"keys":["{}"]}}"#, key.verifier_key());
    assert_eq!(verdict(&absent, &other), "invalid");
}

#[test]
fn no_altered_bit_is_valid() {
    let sample = sample();
    for (bundle, trust) in [
        (sample.entry.to_compact().unwrap(), &sample.root),
        (sample.absent.to_compact().unwrap(), &sample.keys),
        (sample.entry.to_json(true).unwrap(), &sample.root),
    ] {
        assert_eq!(verdict(&bundle, trust), "valid");
        for at in 0..bundle.len() {
            let mut bad = bundle.clone();
            *bad.get_mut(at).unwrap() ^= 1;
            assert_ne!(verdict(&bad, trust), "valid", "byte {at}");
        }
    }
}

#[test]
fn what_cannot_be_read_says_which() {
    let sample = sample();
    let entry = sample.entry.to_compact().unwrap();
    let two_of_one = sample.keys.replacen('{', r#"{"quorum":2,"#, 1);
    let none_of_one = sample.keys.replacen('{', r#"{"quorum":0,"#, 1);
    for trust in [
        "",
        "1",
        r#"{"key":1}"#,
        r#"{"keys":["x"]}"#,
        r#"{"network":""}"#,
        &two_of_one,
        &none_of_one,
    ] {
        assert!(
            answer(&entry, trust).contains(r#""verdict":"unreadable","reason":"trust: "#),
            "{trust}"
        );
    }
    for bundle in [&b""[..], b"{", b"{}", b"LPB"] {
        assert!(answer(bundle, "{}").contains(r#""verdict":"unreadable","reason":"bundle: "#));
    }
}

#[test]
fn what_a_network_answered_is_valid_by_its_genesis_alone() {
    const REQUEST: &str = include_str!("../../ledger-tool/tests/final/request.json");
    const GENESIS: &str = include_str!("../../ledger-tool/tests/final/genesis.json");
    let trust = |genesis: &str| serde_json::json!({ "genesis": genesis }).to_string();
    assert_eq!(verdict(REQUEST.as_bytes(), &trust(GENESIS)), "valid");
    assert_eq!(verdict(REQUEST.as_bytes(), "{}"), "consistent");
    let other = GENESIS.replacen("\"real\"", "\"other\"", 1);
    assert_eq!(verdict(REQUEST.as_bytes(), &trust(&other)), "invalid");
    let certificate = REQUEST.find("certificate_hex").unwrap();
    for at in (certificate + 20..certificate + 120).step_by(7) {
        let mut changed = REQUEST.as_bytes().to_vec();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let said = verdict(&changed, &trust(GENESIS));
        assert_eq!(said, "invalid", "byte {at}");
    }
    // Another network, whose genesis names four nodes: a fifth signed, which a handover names.
    const LATER: &str = include_str!("../../ledger-tool/tests/final/later.json");
    const LATER_GENESIS: &str = include_str!("../../ledger-tool/tests/final/later-genesis.json");
    assert_eq!(verdict(LATER.as_bytes(), &trust(LATER_GENESIS)), "valid");
    assert_eq!(verdict(LATER.as_bytes(), &trust(GENESIS)), "invalid");
    let handover = LATER.find("certificate_hex").unwrap();
    for at in (handover + 40..handover + 2400).step_by(97) {
        let mut changed = LATER.as_bytes().to_vec();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        assert_eq!(verdict(&changed, &trust(LATER_GENESIS)), "invalid", "{at}");
    }
    // A genesis vouches for nothing that no network found final.
    let sample = sample();
    let said = verdict(&sample.entry.to_compact().unwrap(), &trust(GENESIS));
    assert_eq!(said, "consistent");
    assert_eq!(verdict(REQUEST.as_bytes(), &trust("{}")), "unreadable");
}
