//! The pair of examples: what the one writes, the other one checks with the verifier alone.

#![cfg(feature = "plenum")]
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "../examples/check_proofs.rs"]
mod check_proofs;
#[path = "../examples/prove_mainnet.rs"]
mod prove_mainnet;

use std::fs;

#[test]
fn proofs_of_the_mainnet_are_checked_by_a_stranger() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    prove_mainnet::run(&out).unwrap();
    // The stranger has the proofs and a key.
    fs::remove_dir_all(out.join("store")).unwrap();
    let said = check_proofs::run(&out).unwrap();
    assert_eq!(said.len(), 5);
    assert!(said[0].starts_with("sovrin-mainnet/pool at height 2: GWgp6huggos5"));
    assert!(said[0].contains("\"alias\":\""), "{}", said[0]);
    assert_eq!(
        said[1],
        "sovrin-mainnet/config at height 2: 2:latest is absent"
    );
    assert!(said[2].starts_with("sovrin-mainnet/domain at height 2: entry 0, "));
    assert!(said[3].ends_with("is present in the state of pool"));
    assert!(said[4].ends_with("2:latest is absent in the state of config"));
    // A bit of any of the files.
    for file in [
        "keys",
        "node.bundle",
        "agreement.json",
        "entry.bundle",
        "node.proof",
    ] {
        let good = fs::read(out.join(file)).unwrap();
        let mut bad = good.clone();
        bad[good.len() / 2] ^= 1;
        fs::write(out.join(file), bad).unwrap();
        assert!(check_proofs::run(&out).is_err(), "{file}");
        fs::write(out.join(file), good).unwrap();
    }
    check_proofs::run(&out).unwrap();
}
