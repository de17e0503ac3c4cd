//! Bundles of a replicated network, checked with its genesis alone.
//!
//! `final/` holds what four nodes on one machine answered: the genesis, a request in the log, a
//! record, and a key that there is none of; and of another network, whose genesis names four nodes, a
//! request that a fifth voted for: its certificate brings the handover that names it.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::Place;
use serde_json::Value;

const GENESIS: &str = include_str!("final/genesis.json");
const REQUEST: &str = include_str!("final/request.json");
const PRESENT: &str = include_str!("final/present.json");
const ABSENT: &str = include_str!("final/absent.json");

const LATER_GENESIS: &str = include_str!("final/later-genesis.json");
const LATER: &str = include_str!("final/later.json");

fn place() -> Place {
    let place = Place::new();
    place.write("genesis", GENESIS);
    place.write("request", REQUEST);
    place.write("present", PRESENT);
    place.write("absent", ABSENT);
    place
}

fn hex(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn one_reply_suffices() {
    let place = place();
    let check = |args: &str| place.run(&format!("proof check {args}"));
    let ran = check("request --genesis genesis");
    let said = ran.text(0);
    assert!(
        said.starts_with("VALID: ") && said.ends_with(", final by its nodes\n"),
        "{said}"
    );
    let (key, value) = (hex("record/r/key 3"), hex("\u{3}bobvalue"));
    check(&format!(
        "present --genesis genesis --key-hex {key} --value-hex {value}"
    ))
    .text(0);
    check(&format!(
        "present --genesis genesis --key-hex {key} --absent"
    ))
    .text(4);
    let key = hex("record/r/no key");
    check(&format!(
        "absent --genesis genesis --key-hex {key} --absent"
    ))
    .text(0);
    let ran = check("request present absent --genesis genesis --json");
    let document = ran.json(0, "ledger-tool.proof-check-all/1");
    let network = document["proofs"][0]["network"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(document["verdict"], "valid");
    let ran = check("request --genesis genesis --json");
    assert_eq!(
        ran.json(0, "ledger-tool.proof-check/1")["network"],
        network.as_str()
    );

    let ran = check("request");
    assert!(ran.text(3).starts_with("CONSISTENT, NOT TRUSTED"));
    assert!(ran.err.contains("--genesis FILE"), "{}", ran.err);
    let ran = check("request --genesis genesis --max-age 1s");
    assert!(ran.text(3).ends_with("which is older than --max-age\n"));
}

#[test]
fn another_network_or_another_certificate_is_no_proof() {
    let place = place();
    place.write("other", GENESIS.replacen("\"real\"", "\"other\"", 1));
    let ran = place.run("proof check request --genesis other");
    assert!(ran.text(4).starts_with("INVALID: "));

    let bundle: Value = serde_json::from_str(REQUEST).unwrap();
    for part in ["header_hex", "certificate_hex"] {
        let found = &bundle["finality"][part];
        let text = found.as_str().unwrap();
        for at in (0..text.len()).step_by(31) {
            let mut changed: Vec<u8> = text.bytes().collect();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let mut bundle = bundle.clone();
            bundle["finality"][part] = String::from_utf8(changed).unwrap().into();
            place.write("changed", bundle.to_string());
            let ran = place.run("proof check changed --genesis genesis");
            assert!(ran.text(4).starts_with("INVALID: "), "{part} at {at}");
        }
    }
}

#[test]
fn a_handover_leads_from_the_genesis_to_those_who_signed() {
    let place = Place::new();
    place.write("genesis", LATER_GENESIS);
    place.write("later", LATER);
    place.run("proof check later --genesis genesis").text(0);

    let bundle: Value = serde_json::from_str(LATER).unwrap();
    let text = bundle["finality"]["certificate_hex"].as_str().unwrap();
    assert!(text.starts_with(&hex("LCC1\u{1}\0")), "one handover");
    let changed = |text: &str| {
        let mut bundle = bundle.clone();
        bundle["finality"]["certificate_hex"] = text.into();
        place.write("changed", bundle.to_string());
        let ran = place.run("proof check changed --genesis genesis");
        assert!(ran.text(4).starts_with("INVALID: "), "{text}");
    };
    let certificate = text.find(&hex("LFC1")).unwrap();
    let last = text.rfind(&hex("LFC1")).unwrap();
    assert!(certificate < last);
    // Without the handover, with another certificate, and cut short.
    changed(&text[last..]);
    changed(&[&text[..last], &text[certificate..]].concat());
    changed(&text[..text.len() - 2]);
    for at in (0..text.len()).step_by(67) {
        let mut other: Vec<u8> = text.bytes().collect();
        other[at] = if other[at] == b'0' { b'1' } else { b'0' };
        changed(&String::from_utf8(other).unwrap());
    }
}

#[test]
fn a_genesis_is_for_bundles_with_a_certificate_and_must_make_sense() {
    let place = place();
    let mut genesis: Value = serde_json::from_str(GENESIS).unwrap();
    let pop = genesis["nodes"][1]["pop"].clone();
    genesis["nodes"][0]["pop"] = pop;
    place.write("rogue", genesis.to_string());
    let ran = place.run("proof check request --genesis rogue");
    assert!(ran.fails(2, "E-USAGE").contains("node0 does not prove"));
    place.write("junk", "{}");
    place
        .run("proof check request --genesis junk")
        .fails(2, "E-USAGE");

    let mut bundle: Value = serde_json::from_str(REQUEST).unwrap();
    bundle.as_object_mut().unwrap().remove("finality");
    place.write("bare", bundle.to_string());
    place
        .run("proof check bare --genesis genesis")
        .fails(2, "E-USAGE");
    place.run("init s --ledger notes").text(0);
    place
        .feed("import s --ledger notes --format lines -", "one\n")
        .text(0);
    place
        .run("proof inclusion s --ledger notes --leaf 0 -o p")
        .text(0);
    place
        .run("proof check p --genesis genesis")
        .fails(2, "E-USAGE");
}
