//! What tlog clients exchange: tiles and bundles, paths, notes, checkpoints, keys, proof files.
//! Texts have one spelling each. Two texts are signed here; no other may ever verify.

use std::sync::OnceLock;

use merkle_log::note::{Checkpoint, KeyKind, SignedNote, SigningKey, VerifierKey, VerifierKeys};
use merkle_log::tlog::{TilePath, TlogProof, decode_bundle, decode_tile, encode_bundle};
use merkle_log::{TreeSize, prove_inclusion};

use super::merkle::{SIZE, TREE, foreign, known};

/// A text that is signed and is no checkpoint.
pub const PLAIN_TEXT: &str =
    "If you think cryptography is the answer to your problem,\nask again.\n";

/// The log's key and a cosigner's.
pub fn signers() -> [SigningKey; 2] {
    let signer = |name, kind, seed| SigningKey::from_seed(name, kind, &[seed; 32]).unwrap();
    [
        signer("example.org/log", KeyKind::Ed25519, 7),
        signer("witness.example", KeyKind::Cosignature, 8),
    ]
}

/// The checkpoint of the known tree.
pub fn known_checkpoint() -> String {
    let root = known().root(TreeSize(SIZE)).unwrap();
    Checkpoint::new("example.org/log", TreeSize(SIZE), *root)
        .unwrap()
        .to_string()
}

/// The keys of the signers.
pub fn keys() -> &'static VerifierKeys {
    &trusted().keys
}

struct Trusted {
    keys: VerifierKeys,
    texts: [String; 2],
}

fn trusted() -> &'static Trusted {
    static TRUSTED: OnceLock<Trusted> = OnceLock::new();
    TRUSTED.get_or_init(|| Trusted {
        keys: VerifierKeys::new(signers().map(|key| key.verifier_key().clone())).unwrap(),
        texts: [PLAIN_TEXT.to_owned(), known_checkpoint()],
    })
}

/// A width, little-endian, and what follows it.
fn width(bytes: &[u8]) -> Option<(u16, &[u8])> {
    let (width, rest) = bytes.split_first_chunk()?;
    Some((u16::from_le_bytes(*width), rest))
}

/// An entry bundle after its width.
pub fn bundle(bytes: &[u8]) -> bool {
    let Some((width, bytes)) = width(bytes) else {
        return false;
    };
    let Ok(entries) = decode_bundle(bytes, width) else {
        return false;
    };
    assert_eq!(entries.len(), usize::from(width));
    if width <= 256 {
        assert_eq!(encode_bundle(&entries).as_deref(), Ok(bytes));
    }
    true
}

/// A tile after its width.
pub fn tile(bytes: &[u8]) -> bool {
    let Some((width, bytes)) = width(bytes) else {
        return false;
    };
    let Ok(hashes) = decode_tile(bytes, width) else {
        return false;
    };
    assert_eq!(hashes.len(), usize::from(width));
    let encoded: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
    assert_eq!(encoded, bytes);
    true
}

/// Reads a text that has one spelling.
fn text<T: std::str::FromStr + ToString>(bytes: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(bytes).ok()?;
    let read: T = text.parse().ok()?;
    assert_eq!(read.to_string(), text);
    Some(read)
}

/// The path of a tile.
pub fn tile_path(bytes: &[u8]) -> bool {
    let Some(path) = text::<TilePath>(bytes) else {
        return false;
    };
    let again = TilePath::new(path.resource(), path.index(), path.width());
    assert_eq!(again, Ok(path));
    true
}

/// A signed note, and who signed it.
pub fn note(bytes: &[u8]) -> bool {
    let Ok(note) = SignedNote::parse(bytes) else {
        return false;
    };
    assert_eq!(note.to_string().as_bytes(), bytes);
    let trusted = trusted();
    if let Ok(verified) = trusted.keys.verify(&note) {
        assert!(trusted.texts.iter().any(|text| text == verified.text()));
        assert!(!verified.signatures().is_empty());
    }
    if let Ok(verified) = trusted.keys.verify_checkpoint(&note) {
        assert_eq!(verified.checkpoint().to_string(), trusted.texts[1]);
    }
    true
}

/// The text of a checkpoint.
pub fn checkpoint(bytes: &[u8]) -> bool {
    text::<Checkpoint>(bytes).is_some()
}

/// A key that verifies or, in its secret form, signs.
pub fn key(bytes: &[u8]) -> bool {
    let verifier = text::<VerifierKey>(bytes);
    if let Some(key) = &verifier {
        let again = VerifierKey::new(key.name(), key.kind(), key.public_key());
        assert_eq!(again.as_ref(), Ok(key));
    }
    let secret = std::str::from_utf8(bytes)
        .ok()
        .and_then(|text| Some((text, text.parse::<SigningKey>().ok()?)));
    if let Some((text, key)) = &secret {
        assert_eq!(key.to_secret_text(), *text);
    }
    verifier.is_some() || secret.is_some()
}

/// A proof file with its checkpoint.
pub fn tlog_proof(bytes: &[u8]) -> bool {
    let Some(proof) = text::<TlogProof>(bytes) else {
        return false;
    };
    let (known, keys) = (known(), &trusted().keys);
    assert!(proof.verify(keys, &foreign()).is_err());
    if let Some(leaf) = known.leaf(proof.leaf_index)
        && proof.verify(keys, leaf).is_ok()
    {
        let index = proof.leaf_index;
        let honest = prove_inclusion(&known.nodes, TREE, index, TreeSize(SIZE)).unwrap();
        assert_eq!(proof.path, honest.path);
    }
    true
}
