//! The life of a record, each step proven to who has the genesis alone.

use std::fs;

use ledger::ProofBundle;
use ledger::bundle::{BundleTrust, BundleVerdict, Doubt, Fact};
use replication::record::{Record, state_key};
use replication::{Genesis, GenesisVerifier, Transaction};

use crate::testnet::Testnet;

#[test]
fn a_record_is_made_read_given_away_and_removed_with_proofs() {
    let network = Testnet::start(4);
    let file = network.path().join("proof.json");
    let proof = file.to_str().unwrap();
    let bundle = || ProofBundle::from_json(&fs::read(&file).unwrap()).unwrap();

    let put = network
        .ctl(&["put", "door", "red", "--json", "--proof", proof])
        .json(0);
    assert_eq!(
        (&put["status"], &put["reason"]),
        (&"final".into(), &().into())
    );
    let (bytes, id) = (bundle(), put["id"].as_str().unwrap().to_owned());
    let (_, entry) = proven(&network.genesis, &bytes);
    let transaction = Transaction::decode(&entry.unwrap()).unwrap();
    assert_eq!(transaction.signed.request.id().to_string(), id);
    assert_eq!(
        (transaction.rejected, put["proof"]["kind"].as_str()),
        (None, Some("bundle"))
    );

    let text = network.ctl(&["get", "door", "--proof", proof]).exit(0);
    assert!(
        text.starts_with("door = red  owner alice\nfinal at height "),
        "{text}"
    );
    let (key, value) = proven(&network.genesis, &bundle());
    let record = Record::decode(&value.unwrap()).unwrap();
    assert_eq!(key, state_key(b"door"));
    assert_eq!(
        (record.owner.as_str(), record.value.as_slice()),
        ("alice", b"red".as_slice())
    );

    // Each node alone answers the same.
    for node in ["node0", "node1", "node2", "node3"] {
        let text = network.ctl(&["--node", node, "get", "door"]).exit(0);
        assert!(text.starts_with("door = red  owner alice\n"), "{text}");
    }

    let text = network.ctl(&["transfer", "door", "bob"]).exit(0);
    assert!(
        text.contains("door  owner bob") && text.contains("final at height"),
        "{text}"
    );
    let said = network.ctl(&["put", "door", "blue"]);
    assert!(said.err.contains("not-owner"), "{said:?}");
    assert_eq!(said.exit(4), "refused: not-owner\n");
    let refused = network.ctl(&["delete", "door", "--json"]).json(4);
    assert_eq!(
        (&refused["status"], &refused["reason"]),
        (&"refused".into(), &"not-owner".into())
    );
    let text = network.ctl(&["--as", "bob", "delete", "door"]).exit(0);
    assert!(text.contains("door  deleted"), "{text}");

    let text = network.ctl(&["get", "door", "--proof", proof]).exit(4);
    assert!(
        text.starts_with("door  absent: no-such-record\nfinal at height "),
        "{text}"
    );
    assert_eq!(
        proven(&network.genesis, &bundle()),
        (state_key(b"door"), None)
    );

    let text = network.ctl(&["tx", "show", &id]).exit(0);
    assert!(
        text.contains("alice asks record: {\"key\":\"646f6f72\",\"op\":\"put\""),
        "{text}"
    );
    let nothing = network.ctl(&["tx", "show", &"00".repeat(32)]).exit(4);
    assert_eq!(nothing, "refused: unknown-request\n");

    let said = network.ctl(&["get", "door", "--max-age", "0", "--timeout", "1"]);
    assert!(said.err.contains("ms old, at most 0 are taken"), "{said:?}");
    said.exit(1);

    let text = network.ctl(&["watch", "--commits", "2"]).exit(0);
    assert_eq!(
        text.lines()
            .filter(|line| line.contains("certified"))
            .count(),
        2,
        "{text}"
    );
    let text = network.testnet("status").exit(0);
    assert_eq!(text.lines().last(), Some("agree 4/4"));
    assert_eq!(text.lines().count(), 5);
    network.stop_and_verify();
}

/// What a proof shows to who has the genesis: a key and its value, or no key and an entry. It shows
/// nothing to who has another genesis, or none.
pub(crate) fn proven(genesis: &Genesis, bundle: &ProofBundle) -> (Vec<u8>, Option<Vec<u8>>) {
    let verifier = GenesisVerifier::new(genesis);
    let trust = BundleTrust {
        certificates: Some(&verifier),
        ..BundleTrust::default()
    };
    let shown = match bundle.verify(&trust) {
        BundleVerdict::Valid(proven) => match proven.fact() {
            Fact::Present { key, value } => (key.to_vec(), Some(value.to_vec())),
            Fact::Absent { key } => (key.to_vec(), None),
            Fact::Entry { entry, .. } => (Vec::new(), Some(entry.to_vec())),
        },
        other => panic!("{other:?}"),
    };
    let alone = bundle.verify(&BundleTrust::default());
    assert!(matches!(
        alone,
        BundleVerdict::Consistent(_, Doubt::NothingTrusted)
    ));
    let mut other = genesis.file().clone();
    other.time_ms += 1;
    let verifier = GenesisVerifier::new(&Genesis::new(other).unwrap());
    let trust = BundleTrust {
        certificates: Some(&verifier),
        ..BundleTrust::default()
    };
    assert!(matches!(bundle.verify(&trust), BundleVerdict::Invalid(_)));
    shown
}
