//! State roots of real Plenum ledgers, transaction by transaction.

use ledger::{Level, Reader, Snapshot, StateSuite, Store, Verdict};
use ledger_tests::store::options;
use merkle_log::Hash;
use patricia_state::plenum;

use super::stores::{verdict, with_state};

#[test]
fn state_roots_of_real_ledgers() {
    let mut count = 0;
    for name in [
        "bcovrin_prod_pool",
        "bcovrin_test_pool",
        "sovrin_mainnet_domain",
        "sovrin_mainnet_pool",
    ] {
        let path = format!(
            "{}/vectors/plenum/ledger_{name}.json",
            env!("CARGO_MANIFEST_DIR")
        );
        let case: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("store");
        let specs = [with_state("real", StateSuite::Sha3_256)];
        let store = Store::create(&home, "sovrin".parse().unwrap(), &specs, options()).unwrap();
        let mut roots = Vec::new();
        for txn in case["txns"].as_array().unwrap() {
            let text = |field: &str| txn[field].as_str().unwrap();
            let mut batch = store.batch();
            batch
                .append("real", unhex(text("leaf_msgpack_hex")))
                .unwrap();
            let value = plenum::encode_value(text("state_value_utf8").as_bytes());
            batch
                .put("real", unhex(text("state_key_hex")), value)
                .unwrap();
            let sealed = batch.seal(0, b"").unwrap();
            let expected = (base58(text("root_b58")), base58(text("state_root_b58")));
            let ledger = sealed.body().ledger("real").unwrap();
            assert_eq!(
                (ledger.root, ledger.state_root),
                expected,
                "{name} {}",
                txn["seq_no"]
            );
            store.commit(sealed).unwrap();
            roots.push(expected.1);
            count += 1;
        }
        let check = |snapshot: Snapshot| {
            for (height, root) in (1..).zip(&roots) {
                let view = snapshot.at_height(height).unwrap().state("real").unwrap();
                assert_eq!(view.root(), *root);
            }
            for proven in case["state_proofs"].as_array().unwrap() {
                let key = unhex(proven["key_hex"].as_str().unwrap());
                let view = snapshot.state("real").unwrap();
                let value = view
                    .get(&key)
                    .unwrap()
                    .map(|v| plenum::decode_value(v).unwrap());
                let expected = proven["value_utf8"].as_str().map(str::as_bytes);
                assert_eq!(value, expected);
            }
        };
        check(store.snapshot());
        store.close().unwrap();
        check(Store::open(&home, options()).unwrap().snapshot());
        check(Reader::open(&home).unwrap().snapshot());
        assert_eq!(verdict(&home, Level::Full), (Verdict::Verified, vec![]));
    }
    assert_eq!(count, 170);
}

fn unhex(text: &str) -> Vec<u8> {
    let pairs = (0..text.len()).step_by(2).map(|i| &text[i..i + 2]);
    pairs
        .map(|pair| u8::from_str_radix(pair, 16).unwrap())
        .collect()
}

fn base58(text: &str) -> Hash {
    const DIGITS: &str = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
    let mut hash = [0u8; 32];
    for digit in text.chars() {
        let mut carry = u32::try_from(DIGITS.find(digit).unwrap()).unwrap();
        for byte in hash.iter_mut().rev() {
            carry += u32::from(*byte) * 58;
            *byte = u8::try_from(carry & 255).unwrap();
            carry >>= 8;
        }
        assert_eq!(carry, 0);
    }
    Hash::new(hash)
}
