//! The description of the API is held against the API.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::OPENAPI;
use super::error::SERVER_CODES;
use super::routes::routes;
use crate::api::{
    ErrorReply, HandoverReply, HandoversReply, HeaderReply, QueryAnswer, Readiness, RequestReply,
};
use crate::genesis::tests::example;
use crate::keys::{Ed25519Key, UserKey};
use crate::names::{BlockHash, NetworkHash, RequestId};
use crate::reason::Reason;
use crate::reply::{LedgerStatus, NodeStatus, RequestStatus};
use crate::request::Request;

fn description() -> Value {
    serde_json::from_str(OPENAPI).unwrap()
}

#[test]
fn every_route_is_described_and_nothing_else_is() {
    let description = description();
    let mut described = BTreeSet::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            described.insert((method.as_str(), path.as_str()));
        }
    }
    let routes = routes();
    let served: BTreeSet<_> = routes
        .iter()
        .map(|(method, path, _)| (*method, *path))
        .collect();
    assert_eq!(described, served);
}

#[test]
fn every_code_is_described_and_nothing_else_is() {
    let description = description();
    let schemas = &description["components"]["schemas"];
    let reasons: Vec<_> = Reason::ALL.iter().map(|reason| reason.code()).collect();
    assert_eq!(schemas["Reason"]["enum"], json!(reasons));
    assert_eq!(schemas["ServerCode"]["enum"], json!(SERVER_CODES));
}

/// Every member of a value is described, and every one that is described is there.
#[test]
fn every_body_has_the_members_that_are_described() {
    let hash = merkle_log::Hash::new([1; 32]);
    let ledger = LedgerStatus {
        name: "domain".to_owned(),
        size: 1,
        root: hash,
        state_root: hash,
    };
    let status = NodeStatus {
        network: NetworkHash::new([2; 32]),
        node: "node0".parse().unwrap(),
        ed25519: Ed25519Key::new([3; 32]),
        height: 1,
        time_ms: 2,
        block: BlockHash::new([4; 32]),
        audit_root: hash,
        ledgers: vec![ledger.clone()],
        pending: 0,
        pending_bytes: 0,
        base: None,
    };
    let request = Request {
        network: NetworkHash::new([2; 32]),
        sender: example(1).users[0].id.clone(),
        app: "record".parse().unwrap(),
        nonce: 1,
        expires_ms: 2,
        payload: vec![3],
    };
    let id = RequestId::new([5; 32]);
    let bodies = [
        (
            "SignedRequest",
            json!(request.sign(&UserKey::from_seed(&[1; 32]))),
        ),
        (
            "RequestReply",
            json!(RequestReply::new(id, RequestStatus::Pending)),
        ),
        ("NodeStatus", json!(status)),
        ("LedgerStatus", json!(ledger)),
        (
            "QueryAnswer",
            json!(QueryAnswer {
                height: 1,
                value: Value::Null,
                proofs: Vec::new()
            }),
        ),
        (
            "HeaderReply",
            json!(HeaderReply {
                height: 1,
                block: BlockHash::new([4; 32]),
                header: String::new(),
                certificate: None,
            }),
        ),
        (
            "HandoversReply",
            json!(HandoversReply {
                handovers: Vec::new()
            }),
        ),
        (
            "HandoverReply",
            json!(HandoverReply {
                epoch: 1,
                handover: String::new()
            }),
        ),
        (
            "Readiness",
            json!(Readiness {
                ready: true,
                height: 1,
                age_ms: 2
            }),
        ),
        (
            "ErrorReply",
            json!(ErrorReply {
                code: String::new(),
                detail: String::new()
            }),
        ),
    ];
    let description = description();
    for (name, body) in bodies {
        let schema = &description["components"]["schemas"][name];
        let members: BTreeSet<_> = body.as_object().unwrap().keys().collect();
        let described: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().collect();
        assert_eq!(members, described, "{name}");
        let required = schema["required"].as_array().unwrap().len();
        assert_eq!(required, members.len(), "{name}");
    }
}
