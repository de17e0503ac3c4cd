//! Proof bundles, in both forms. What is valid by the keys of the known network must be one of the
//! two facts that are proven here.

use std::sync::{Arc, OnceLock};

use hash_store::MemStorage;
use ledger::bundle::{BundleTrust, BundleVerdict, Evidence};
use ledger::{LedgerSpec, Options, ProofBundle, StateSuite, Store, TreeType};
use merkle_log::note::{Checkpoint, Quorum, SignedNote};
use merkle_log::{LeafIndex, TreeSize};

use super::tlog::{keys, signers};

/// An entry and a key of one network, proven to its checkpoint.
pub fn honest() -> &'static [ProofBundle; 2] {
    static HONEST: OnceLock<[ProofBundle; 2]> = OnceLock::new();
    HONEST.get_or_init(|| {
        let domain = "domain".parse().unwrap();
        let domain = LedgerSpec::with_state(domain, TreeType::Blake3, StateSuite::Sha3_256);
        let options = Options {
            segment_len_first: 1 << 16,
            background: false,
            ..Options::default()
        };
        let storage = Arc::new(MemStorage::new());
        let network = "fuzz".parse().unwrap();
        let store = Store::create_in(storage, [7; 16], network, &[domain], options).unwrap();
        for height in 1..=5u64 {
            let mut batch = store.batch();
            for entry in 0..3 {
                let entry = format!("{height} {entry}");
                batch.append("domain", entry.as_bytes()).unwrap();
            }
            batch.put("domain", b"dog", height.to_le_bytes()).unwrap();
            batch.put("domain", height.to_le_bytes(), b"there").unwrap();
            store.commit(batch.seal(height, b"").unwrap()).unwrap();
        }
        let snapshot = store.snapshot();
        let root = snapshot.audit().root();
        let checkpoint = Checkpoint::new("fuzz/audit", TreeSize(5), root).unwrap();
        let mut note = SignedNote::unsigned(&checkpoint.to_string()).unwrap();
        note.sign(&signers()[0]).unwrap();
        let size = TreeSize(5);
        let bundles = [
            snapshot.bundle_entry("domain", LeafIndex(7), 3, size),
            snapshot.bundle_key("domain", b"dog", 4, size),
        ];
        bundles.map(|bundle| ProofBundle {
            evidence: Evidence::Checkpoint(note.to_string()),
            ..bundle.unwrap()
        })
    })
}

fn judge(bundle: &ProofBundle) {
    let compact = bundle.to_compact().unwrap();
    assert_eq!(ProofBundle::from_compact(&compact).unwrap(), *bundle);
    let json = bundle.to_json(true).unwrap();
    assert_eq!(ProofBundle::from_json(&json).unwrap(), *bundle);
    let alone = bundle.verify(&BundleTrust::default());
    assert!(!matches!(alone, BundleVerdict::Valid(_)));
    let trust = BundleTrust {
        checkpoints: Some(Quorum::new(keys().clone(), 1)),
        ..BundleTrust::default()
    };
    if let BundleVerdict::Valid(_) = bundle.verify(&trust) {
        let says_as = |honest: &ProofBundle| {
            (&honest.ledger, &honest.subject, &honest.body)
                == (&bundle.ledger, &bundle.subject, &bundle.body)
        };
        assert!(honest().iter().any(says_as));
    }
}

/// The compact form: as it is, and with its length and check mended.
pub fn compact(bytes: &[u8]) -> bool {
    let decode = |bytes: &[u8]| {
        let Ok(bundle) = ProofBundle::from_compact(bytes) else {
            return false;
        };
        assert_eq!(bundle.to_compact().unwrap(), bytes);
        judge(&bundle);
        true
    };
    let as_it_is = decode(bytes);
    let mut mended = bytes.to_vec();
    if let Some(len) = bytes.len().checked_sub(12) {
        let stated = u32::try_from(len).unwrap();
        mended[4..8].copy_from_slice(&stated.to_le_bytes());
        let check = crc32fast::hash(&mended[..8 + len]);
        mended[8 + len..].copy_from_slice(&check.to_le_bytes());
    }
    decode(&mended) || as_it_is
}

/// The JSON form.
pub fn json(bytes: &[u8]) -> bool {
    let Ok(bundle) = ProofBundle::from_json(bytes) else {
        return false;
    };
    judge(&bundle);
    true
}
