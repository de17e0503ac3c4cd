//! The serialised form of proofs: numbers, and hashes as hex where people read them.

#![cfg(feature = "serde")]

use merkle_log::{ConsistencyProof, Hash, InclusionProof, LeafIndex, TreeSize};

#[test]
fn proofs_as_json() {
    let hex = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff";
    let hash: Hash = hex.parse().unwrap();
    let inclusion = InclusionProof {
        leaf_index: LeafIndex(1),
        tree_size: TreeSize(2),
        path: vec![hash],
    };
    let text = format!(r#"{{"leaf_index":1,"tree_size":2,"path":["{hex}"]}}"#);
    assert_eq!(serde_json::to_string(&inclusion).unwrap(), text);
    assert_eq!(
        serde_json::from_str::<InclusionProof>(&text).unwrap(),
        inclusion
    );

    let consistency = ConsistencyProof {
        first_size: TreeSize(1),
        second_size: TreeSize(2),
        path: vec![hash],
    };
    let text = format!(r#"{{"first_size":1,"second_size":2,"path":["{hex}"]}}"#);
    assert_eq!(serde_json::to_string(&consistency).unwrap(), text);
    assert_eq!(
        serde_json::from_str::<ConsistencyProof>(&text).unwrap(),
        consistency
    );
    assert!(serde_json::from_str::<Hash>("\"0011\"").is_err());
}
