//! Commit bodies, and the lines of Plenum's genesis files.

use ledger::CommitBody;
use ledger::plenum::transaction_leaf;
use merkle_log::LeafIndex;
use rmpv::Value;

/// A commit body.
pub fn commit_body(bytes: &[u8]) -> bool {
    let Ok(body) = CommitBody::decode(bytes) else {
        return false;
    };
    assert_eq!(body.encode(), bytes);
    assert_eq!(body.audit_size_before() + 1, body.height);
    true
}

fn member<'a>(members: &'a [(Value, Value)], name: &str) -> Option<&'a Value> {
    let found = members.iter().find(|(key, _)| key.as_str() == Some(name));
    found.map(|(_, value)| value)
}

/// A transaction after one byte that is the index it is to stand at.
pub fn plenum_line(bytes: &[u8]) -> bool {
    let Some((index, json)) = bytes.split_first() else {
        return false;
    };
    let index = LeafIndex(u64::from(*index));
    let Ok(leaf) = transaction_leaf(json, index) else {
        return false;
    };
    let mut rest = &leaf[..];
    let value = rmpv::decode::read_value(&mut rest).unwrap();
    assert!(rest.is_empty());
    let mut again = Vec::new();
    rmpv::encode::write_value(&mut again, &value).unwrap();
    assert_eq!(again, leaf);
    let members = value.as_map().unwrap();
    let keys = || members.iter().map(|(key, _)| key.as_str().unwrap());
    assert!(keys().is_sorted_by(|a, b| a < b));
    let metadata = member(members, "txnMetadata").unwrap().as_map().unwrap();
    let seq_no = member(metadata, "seqNo").unwrap().as_u64();
    assert_eq!(seq_no, Some(index.0 + 1));
    // The same line is no leaf, or another one, at any other place.
    let elsewhere = transaction_leaf(json, LeafIndex(index.0 + 1));
    assert!(elsewhere.map_or(true, |other| other != leaf));
    true
}
