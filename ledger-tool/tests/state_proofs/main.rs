//! State proofs as files: made, checked, shown; Plenum's and Ethereum's; and what is refused.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

#[path = "../common/mod.rs"]
mod common;
mod foreign;
mod own;

use std::fs;

use common::{Place, Ran};
use serde_json::Value;

pub(crate) const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/");

pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

pub(crate) fn vectors(name: &str) -> Value {
    serde_json::from_slice(&fs::read(format!("{VECTORS}{name}")).unwrap()).unwrap()
}

/// The store `s` with 300 keys at two heights, and the roots of both.
pub(crate) fn store() -> (Place, [String; 2]) {
    let place = Place::new();
    place
        .run("init s --ledger d:sha256:sha256 --ledger h:sha256:keccak256:hashed --ledger plain --network net")
        .text(0);
    let line = |key: String, value: String| {
        format!(
            "{{\"key_hex\":\"{}\",\"value_hex\":\"{}\"}}\n",
            hex(key),
            hex(value)
        )
    };
    for height in [1, 2] {
        let lines: String = (0..300)
            .map(|i| line(format!("key {i}"), format!("value {}", i * height)))
            .collect();
        place.feed("state put s --ledger d -", &lines).text(0);
        place.feed("state put s --ledger h -", &lines).text(0);
    }
    let roots = place.run("state roots s --ledger d --json");
    let roots = roots.json(0, "ledger-tool.state-roots/1");
    let root = |at: usize| roots["roots"][at]["root_hash"].as_str().unwrap().to_owned();
    let roots = [root(0), root(2)];
    (place, roots)
}

pub(crate) fn check(place: &Place, file: &str, args: &str) -> Ran {
    place.run(&format!("proof check {file} {args}"))
}

/// The one-line verdict.
#[track_caller]
pub(crate) fn says(ran: &Ran, code: i32, start: &str) {
    let text = ran.text(code);
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}
