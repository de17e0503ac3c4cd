//! Look-ups through the tool: declared, filled by an import, asked for by hash and id, proven.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::Place;

/// Three requests, the second without anything else than what it has to have.
const REQUESTS: &str = "{\"id\":\"first\",\"n\":1}\n{\"id\":2}\n{\"id\":\"third\",\"n\":[]}\n";

fn filled() -> Place {
    let place = Place::new();
    place
        .run("init s --ledger a --ledger b --ledger c --lookup a=hash,id:all --lookup b=id:all")
        .text(0);
    place.write("requests", REQUESTS);
    place
        .run("import s requests --ledger a --format jsonl --id-field id --time 1700000000000")
        .text(0);
    place
}

#[test]
fn an_entry_is_found_by_hash_and_by_id() {
    let place = filled();
    let by_index = place
        .run("entry s 1 --ledger a --json")
        .json(0, "ledger-tool.entry/1");
    assert_eq!(by_index["id_hex"], "32");
    let hash = by_index["leaf_hash"].as_str().unwrap();
    for question in [
        format!("--hash {hash}"),
        "--id 2".to_owned(),
        "--id-hex 32".to_owned(),
    ] {
        let found = place.run(&format!("entry s --ledger a --json {question}"));
        assert_eq!(found.json(0, "ledger-tool.entry/1"), by_index, "{question}");
    }
    // Another ledger of the same space leads to the one that has it.
    let found = place.run("entry s --ledger b --id third --json");
    let found = found.json(0, "ledger-tool.entry/1");
    assert_eq!(
        (found["ledger"].as_str(), found["leaf_index"].as_u64()),
        (Some("a"), Some(2))
    );
}

#[test]
fn what_is_not_there_is_no_and_what_cannot_be_is_wrong() {
    let place = filled();
    let zeros = "00".repeat(32);
    for (args, exit, code) in [
        ("entry s --ledger a --id none", 4, "E-NOT-FOUND"),
        (
            &*format!("entry s --ledger a --hash {zeros}"),
            4,
            "E-NOT-FOUND",
        ),
        ("entry s --ledger a --hash 00", 2, "E-USAGE"),
        ("entry s --ledger a --id-hex 0", 2, "E-USAGE"),
        ("entry s --ledger c --id x", 1, "E-NO-LOOKUP"),
        (
            &*format!("entry s --ledger b --hash {zeros}"),
            1,
            "E-NO-LOOKUP",
        ),
        ("init t --ledger a --lookup b=id", 2, "E-USAGE"),
        ("init t --ledger a --lookup a=name", 2, "E-USAGE"),
        ("init t --ledger a --lookup a=hash:x", 2, "E-USAGE"),
        ("init t --ledger a --lookup a", 2, "E-USAGE"),
        (
            "import s requests --ledger a --format lines --id-field id",
            2,
            "E-USAGE",
        ),
        (
            "import s requests --ledger b --format jsonl --id-field n",
            1,
            "E-INPUT",
        ),
        (
            "import s requests --ledger c --format jsonl --id-field id",
            1,
            "E-NO-LOOKUP",
        ),
    ] {
        place.run(args).fails(exit, code);
    }
    place.run("entry s 1 --ledger a --id 2").text(2);
}

#[test]
fn an_id_is_imported_once() {
    let place = filled();
    for ledger in ["a", "b"] {
        let again = format!("import s requests --ledger {ledger} --format jsonl --id-field id");
        place.run(&again).fails(1, "E-DUPLICATE-ID");
    }
    place.write("nested", "{\"txn\":{\"digest\":\"new\"}}\n");
    place
        .run("import s nested --ledger b --format jsonl --id-field /txn/digest")
        .text(0);
    let found = place.run("entry s --ledger a --id new --json");
    assert_eq!(found.json(0, "ledger-tool.entry/1")["ledger"], "b");
    place.run("verify s").text(0);
}

#[test]
fn an_inclusion_proof_is_for_what_was_found() {
    let place = filled();
    place
        .run("proof inclusion s --ledger b --id first -o by-id.json")
        .text(0);
    place
        .run("proof inclusion s --ledger a --leaf 0 -o by-leaf.json")
        .text(0);
    assert_eq!(place.read("by-id.json"), place.read("by-leaf.json"));
}
