//! Published notes and checkpoints: Go's, those of transparency-dev/formats, of Tessera and of
//! Sunlight; origins are in `tests/vectors/merkle/README.md`.

#![cfg(feature = "note")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{base64_hash, list, number, sha256, text, unbase64, vector_bytes, vectors};
use merkle_log::note::{
    Checkpoint, CheckpointError, KeyError, KeyId, KeyKind, NoteError, SignedNote, VerifierKey,
    VerifierKeys,
};
use merkle_log::{Hash, TreeSize};

fn keys(texts: &[&str]) -> VerifierKeys {
    let keys = texts.iter().map(|key| key.parse::<VerifierKey>().unwrap());
    VerifierKeys::new(keys).unwrap()
}

#[test]
fn go_notes() {
    let file = vectors("merkle/signed-note/go-note-open.json");
    let (mut accepted, mut refused) = (0, 0);
    for case in list(&file["cases"]) {
        let known: Vec<&str> = list(&case["vkeys"]).iter().map(text).collect();
        for key in &known {
            assert_eq!(key.parse::<VerifierKey>().unwrap().to_string(), *key);
        }
        match SignedNote::parse(text(&case["note"]).as_bytes()) {
            Ok(note) => {
                assert_eq!(text(&case["want"]), "ok", "{}", case["name"]);
                assert_eq!(note.to_string(), text(&case["note"]));
                let verified = keys(&known).verify(&note).unwrap();
                let signers = verified.signatures().iter().map(|s| s.key().name());
                let wanted: Vec<&str> = list(&case["verified"]).iter().map(text).collect();
                assert_eq!(signers.collect::<Vec<_>>(), wanted, "{}", case["name"]);
                accepted += 1;
            }
            Err(_) => {
                assert_eq!(text(&case["want"]), "malformed", "{}", case["name"]);
                refused += 1;
            }
        }
    }
    assert_eq!((accepted, refused), (3, 6));
}

/// The hashes of the accepted bodies are not 32 bytes long; here they must be.
#[test]
fn checkpoint_bodies() {
    let file = vectors("merkle/checkpoint/body.json");
    let mut accepted = 0;
    for case in list(&file["cases"]) {
        let parsed = text(&case["body"]).parse::<Checkpoint>();
        if case["wantErr"].as_bool().unwrap() {
            assert!(parsed.is_err(), "{}", case["desc"]);
            continue;
        }
        assert_eq!(parsed, Err(CheckpointError::BadRoot));
        let root = "qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs=";
        let body = text(&case["body"]).replace(text(&case["hash_base64"]), root);
        let checkpoint: Checkpoint = body.parse().unwrap();
        assert_eq!(checkpoint.origin(), text(&case["origin"]));
        assert_eq!(checkpoint.size(), TreeSize(number(&case["size"])));
        let rest: String = checkpoint
            .extensions()
            .iter()
            .map(|line| format!("{line}\n"))
            .collect();
        assert_eq!(rest, text(&case["rest"]));
        assert_eq!(checkpoint.to_string(), body);
        accepted += 1;
    }
    assert_eq!(accepted, 3);
}

#[test]
fn the_checksum_database_of_go() {
    let file = vectors("merkle/checkpoint/real-logs.json");
    let case = &file["cases"][0];
    let note = SignedNote::parse(text(&case["note"]).as_bytes()).unwrap();
    let verified = keys(&[text(&case["vkey"])])
        .verify_checkpoint(&note)
        .unwrap();
    let checkpoint = verified.checkpoint();
    assert_eq!(checkpoint.origin(), text(&case["origin"]));
    assert_eq!(checkpoint.size(), TreeSize(number(&case["size"])));
    assert_eq!(verified.signatures()[0].key().name(), "sum.golang.org");
    assert_eq!(verified.signatures()[0].time_s(), None);
}

/// RFC 6962 note signatures are read and passed over: they are ECDSA, whose keys are refused by
/// their type.
#[test]
fn signatures_of_certificate_transparency_logs() {
    let file = vectors("merkle/checkpoint/real-logs.json");
    let case = &file["cases"][1];
    let note = SignedNote::parse(text(&case["note"]).as_bytes()).unwrap();
    let vkey = text(&case["vkey"]);
    assert_eq!(
        vkey.parse::<VerifierKey>(),
        Err(KeyError::UnknownKind { code: 5 })
    );
    let [signature] = note.signatures() else {
        panic!("one signature");
    };
    let name = text(&case["origin"]);
    assert_eq!(signature.name(), name);
    assert_eq!(vkey, format!("{name}+{}+{}", signature.id(), &vkey[35..]));
    let known = keys(&["PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"]);
    assert_eq!(known.verify(&note), Err(NoteError::NoKnownSigner));
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    assert_eq!(checkpoint.size(), TreeSize(number(&case["size"])));
}

/// The key id of such a signature comes from the log's id (static-ct-api).
#[test]
fn a_checkpoint_of_a_certificate_transparency_log() {
    let log = vectors("merkle/sunlight/skylight/log.v3.json");
    let note = SignedNote::parse(&vector_bytes("merkle/sunlight/skylight/tree-checkpoint"));
    let note = note.unwrap();
    let name = text(&log["description"]);
    let id = sha256(&[name.as_bytes(), b"\n\x05", &unbase64(text(&log["log_id"]))]);
    let id = id.as_bytes().first_chunk().copied().map(u32::from_be_bytes);
    let signature = &note.signatures()[0];
    assert_eq!(
        (signature.name(), Some(signature.id())),
        (name, id.map(KeyId))
    );
    let time_ms = signature
        .bytes()
        .first_chunk()
        .copied()
        .map(u64::from_be_bytes);
    let head = &log["final_tree_head"];
    assert_eq!(time_ms, head["timestamp"].as_u64());
    let checkpoint: Checkpoint = note.text().parse().unwrap();
    assert_eq!(checkpoint.origin(), name);
    assert_eq!(checkpoint.size(), TreeSize(number(&head["tree_size"])));
    assert_eq!(
        Some(*checkpoint.root()),
        base64_hash(&head["sha256_root_hash"])
    );
}

fn only_key(file: &str) -> VerifierKey {
    text(&vectors(file)["verifier_keys"][0]).parse().unwrap()
}

#[test]
fn cosignatures_of_a_witness_and_of_a_mirror() {
    let cases = [
        (
            "skylight/witness.v0.json",
            "skylight/witness-cosigned-checkpoint",
        ),
        ("mirror-300/mirror.v0.json", "mirror-300/checkpoint"),
    ];
    for (key, checkpoint) in cases {
        let key = only_key(&format!("merkle/sunlight/{key}"));
        assert_eq!(key.kind(), KeyKind::Cosignature);
        let bytes = vector_bytes(&format!("merkle/sunlight/{checkpoint}"));
        let note = SignedNote::parse(&bytes).unwrap();
        assert_eq!(note.to_string().as_bytes(), bytes);
        let keys = VerifierKeys::new([key.clone()]).unwrap();
        let verified = keys.verify_checkpoint(&note).unwrap();
        assert_eq!(verified.checkpoint().size(), TreeSize(300));
        let [signature] = verified.signatures() else {
            panic!("one known key");
        };
        // 2025-12-31T00:00:00Z
        assert_eq!(
            (signature.key(), signature.time_s()),
            (&key, Some(1_767_139_200))
        );
        // The time is signed too.
        let text = String::from_utf8(bytes).unwrap();
        let late = text.replace("ABpVGeA", "ABpVGeB");
        assert_ne!(late, text);
        let note = SignedNote::parse(late.as_bytes()).unwrap();
        assert!(matches!(
            keys.verify(&note),
            Err(NoteError::WrongSignature { .. })
        ));
    }
}

#[test]
fn every_checkpoint_of_a_tessera_log() {
    let key = vectors("merkle/tessera-log/key.json");
    let keys = keys(&[text(&key["vkey"])]);
    for size in [0, 1, 3, 4, 6, 7, 9, 10, 12, 13, 15] {
        let bytes = vector_bytes(&format!("merkle/tessera-log/checkpoint.{size}"));
        let note = SignedNote::parse(&bytes).unwrap();
        let verified = keys.verify_checkpoint(&note).unwrap();
        assert_eq!(verified.checkpoint().size(), TreeSize(size));
        assert_eq!(verified.checkpoint().origin(), "example.com/log/testdata");
        let text = String::from_utf8(bytes).unwrap();
        let other = Checkpoint::new(
            "example.com/log/testdata",
            TreeSize(size + 1),
            *verified.checkpoint().root(),
        );
        let forged = text.replace(note.text(), &other.unwrap().to_string());
        let forged = SignedNote::parse(forged.as_bytes()).unwrap();
        assert!(keys.verify_checkpoint(&forged).is_err());
    }
    let newest = vector_bytes("merkle/tessera-log/checkpoint");
    let newest = SignedNote::parse(&newest).unwrap();
    let verified = keys.verify_checkpoint(&newest).unwrap();
    assert_ne!(*verified.checkpoint().root(), Hash::default());
}
