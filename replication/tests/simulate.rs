//! `ledgerctl simulate` as a command: what it prints, twice the same, and how it ends.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

use std::process::{Command, Output};

use serde_json::Value;

fn simulate(options: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ledgerctl"))
        .arg("simulate")
        .args(options.split_whitespace())
        .output()
        .unwrap()
}

/// What it prints on both streams, the same each time, and its exit code.
fn twice(options: &str) -> (String, Option<i32>) {
    let (first, second) = (simulate(options), simulate(options));
    assert_eq!(first, second, "{options}");
    let said = String::from_utf8(first.stderr).unwrap();
    assert_eq!(said, "", "{options}");
    (
        String::from_utf8(first.stdout).unwrap(),
        first.status.code(),
    )
}

fn is_root(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[test]
fn the_last_line_says_that_the_nodes_agree() {
    let options = "--nodes 4 --seed 11 --txs 12 --drop 5% --delay 20ms --partition 0,1|2,3@2..4 \
                   --crash 1@3 --byzantine 3:equivocating --clock-skew 1h --disk-faults";
    let (text, code) = twice(options);
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("ledgerctl simulate --nodes 4 --seed 11 "),
        "{text}"
    );
    assert!(text.contains("  node1 loses its power\n"), "{text}");
    assert!(
        text.contains("  4 pairs of nodes do not reach each other\n"),
        "{text}"
    );
    let table = lines.iter().filter(|line| line.starts_with("node"));
    assert_eq!(table.count(), 5, "{text}");
    let last: Vec<&str> = lines.last().unwrap().split(' ').collect();
    let [agree, count, audit, state] = last[..] else {
        panic!("{text}");
    };
    assert_eq!((agree, count, code), ("agree", "3/3", Some(0)), "{text}");
    assert!(is_root(audit.strip_prefix("audit=").unwrap()), "{text}");
    assert!(is_root(state.strip_prefix("state=").unwrap()), "{text}");
}

#[test]
fn a_difference_is_told_with_its_height_and_code_4() {
    let options = "--seed 1 --txs 10 --byzantine 0:equivocating --byzantine 1:equivocating";
    let (text, code) = twice(options);
    let last = text.lines().last().unwrap();
    assert!(last.starts_with("differ at height "), "{text}");
    assert!(
        last.contains(": node2 audit=") && last.contains(", node3 audit="),
        "{text}"
    );
    assert_eq!(code, Some(4));
}

#[test]
fn the_document_is_as_its_schema_says() {
    let schema = include_str!("../simulate-1.schema.json");
    let schema: Value = serde_json::from_str(schema).unwrap();
    let agree = "--txs 5 --json --crash 0@1 --byzantine 2:slow";
    let unsure = "--txs 5 --json --byzantine 0:lying --byzantine 2:lying";
    for (options, verdict, exit) in [(agree, "agree", 0), (unsure, "unsure", 4)] {
        let (text, code) = twice(options);
        assert_eq!(text.lines().count(), 1);
        let document: Value = serde_json::from_str(&text).unwrap();
        check(&schema, &document, "");
        assert_eq!(
            (document["verdict"].as_str(), code),
            (Some(verdict), Some(exit))
        );
        assert_eq!(document["audit_root"].is_null(), verdict != "agree");
        assert_eq!(document["proven"], document["requests"]);
    }
}

/// Holds a value against a schema, and its members against those that the schema names.
fn check(schema: &Value, value: &Value, path: &str) {
    let kind = match value {
        Value::Null => "null",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
        Value::Bool(_) => "boolean",
    };
    let is_kind = |known: &Value| known == kind;
    let kinds = &schema["type"];
    let fits = kinds
        .as_array()
        .map_or_else(|| is_kind(kinds), |k| k.iter().any(is_kind));
    assert!(fits, "{path}: {value}");
    if let Some(known) = schema["enum"].as_array() {
        assert!(known.contains(value), "{path}: {value}");
    }
    if schema["pattern"] == "^[0-9a-f]{64}$" {
        assert!(is_root(value.as_str().unwrap()), "{path}: {value}");
    }
    for item in value.as_array().into_iter().flatten() {
        check(&schema["items"], item, &format!("{path}[]"));
    }
    if let Some(members) = value.as_object() {
        let required = schema["required"].as_array().unwrap();
        assert_eq!(required.len(), members.len(), "{path}");
        for (name, value) in members {
            assert!(
                required.contains(&Value::from(name.as_str())),
                "{path}.{name}"
            );
            check(
                &schema["properties"][name],
                value,
                &format!("{path}.{name}"),
            );
        }
    }
}

#[test]
fn what_is_no_plan_is_refused() {
    let wrong = [
        ("--nodes 0", "--nodes must be from 1 to 100"),
        (
            "--nodes 4 --crash 4@1",
            "there is no node 4: the last one is 3",
        ),
        ("--drop 5", "a share such as 5% or 0.25%"),
        ("--partition 0,1@1..2", "a partition such as 0,1|2,3@10..20"),
        ("--byzantine 1:kind", "a node at fault such as 3:silent"),
        (
            "--byzantine 1:slow --byzantine 1:lying",
            "node 1 is named twice in --byzantine",
        ),
        ("--delay 5x", "a time such as 20, 1500ms, 20s, 2m or 1h"),
    ];
    for (options, expected) in wrong {
        let output = simulate(options);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{options}: {said}");
        assert!(said.contains(expected), "{options}: {said}");
        assert_eq!(output.stdout, b"", "{options}");
    }
}
