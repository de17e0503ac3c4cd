//! State proofs as files: made, checked, shown; Plenum's and Ethereum's; and what is refused.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use common::{Place, Ran};
use serde_json::{Value, json};

const VECTORS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/");

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn unhex(text: &str) -> Vec<u8> {
    let text = text.strip_prefix("0x").unwrap_or(text);
    let pairs = (0..text.len()).step_by(2);
    pairs
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap())
        .collect()
}

fn vectors(name: &str) -> Value {
    serde_json::from_slice(&fs::read(format!("{VECTORS}{name}")).unwrap()).unwrap()
}

/// The store `s` with 300 keys at two heights, and the roots of both.
fn store() -> (Place, [String; 2]) {
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

fn check(place: &Place, file: &str, args: &str) -> Ran {
    place.run(&format!("proof check {file} {args}"))
}

/// The one-line verdict.
#[track_caller]
fn says(ran: &Ran, code: i32, start: &str) {
    let text = ran.text(code);
    assert!(text.starts_with(start), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
}

#[test]
fn a_key_is_proven_present_and_absent_at_every_height() {
    let (place, roots) = store();
    for (height, root) in [(1, &roots[0]), (4, &roots[1])] {
        for form in ["", "--compact"] {
            let args = format!(
                "proof state s --ledger d --key-hex {} --height {height} -o p {form}",
                hex("key 7")
            );
            place.run(&args).text(0);
            let value = hex(if height == 1 { "value 7" } else { "value 14" });
            let key = hex("key 7");
            let full = format!("--root {root} --key-hex {key} --value-hex {value}");
            let ran = check(&place, "p", &full);
            says(&ran, 0, "VALID: the key key 7 has the value value ");
            assert_eq!(ran.err, "");
            // Everything that was given counts.
            let ran = check(&place, "p", &format!("--root {root}"));
            says(&ran, 0, "VALID: ");
            assert!(
                ran.err.contains("nothing was compared with a key"),
                "{}",
                ran.err
            );
            let ran = check(&place, "p", &format!("--root {root} --key-hex {key}"));
            assert!(
                ran.err.contains("nothing was compared with a value"),
                "{}",
                ran.err
            );
            let ran = check(&place, "p", &format!("--key-hex {key} --value-hex {value}"));
            says(&ran, 3, "CONSISTENT, NOT TRUSTED: ");
            assert!(ran.err.contains("--root"), "{}", ran.err);
            says(
                &check(&place, "p", &format!("--root {root} --value-hex {value}")),
                0,
                "VALID: ",
            );
            says(
                &check(&place, "p", &format!("--root {root} --state sha256")),
                0,
                "VALID: ",
            );
            for (args, reason) in [
                (
                    format!("--root {}", "00".repeat(32)),
                    "the proof is for the root",
                ),
                (
                    format!("--root {root} --key-hex 00"),
                    "the proof is not for the key 0x00",
                ),
                (
                    format!("--root {root} --value-hex 00"),
                    "--value-hex is another one",
                ),
                (format!("--root {root} --absent"), "the key is not absent"),
                (
                    format!("--root {root} --state sha256:hashed"),
                    "--state is sha256, keys hashed",
                ),
                (
                    format!("--root {root} --state blake3"),
                    "--state is blake3, keys as given",
                ),
            ] {
                let ran = check(&place, "p", &args);
                says(&ran, 4, "INVALID: ");
                assert!(ran.text(4).contains(reason), "{args}: {}", ran.text(4));
            }
        }
    }
    place
        .run("proof state s --ledger d --key nothing -o p")
        .text(0);
    let key = hex("nothing");
    let root = &roots[1];
    says(
        &check(
            &place,
            "p",
            &format!("--root {root} --key-hex {key} --absent"),
        ),
        0,
        "VALID: the key nothing is absent",
    );
    let ran = check(&place, "p", &format!("--root {root} --value-hex 00"));
    says(&ran, 4, "INVALID: the key is absent");
    let json = check(&place, "p", &format!("--root {root} --absent --json"));
    let json = json.json(0, "ledger-tool.proof-check/1");
    assert_eq!(json["verdict"], "valid");
    assert_eq!(
        (&json["kind"], &json["network"], &json["ledger"]),
        (&json!("state"), &json!("net"), &json!("d"))
    );
    let json = check(&place, "p", "--json").json(3, "ledger-tool.proof-check/1");
    assert_eq!(
        (&json["verdict"], &json["code"]),
        (&json!("not_trusted"), &Value::Null)
    );
    let json = check(&place, "p", "--value-hex 00 --json").json(4, "ledger-tool.proof-check/1");
    assert_eq!(
        (&json["verdict"], &json["code"]),
        (&json!("invalid"), &json!("E-PROOF"))
    );
}

#[test]
fn the_json_holds_what_scripts_rely_on() {
    let (place, roots) = store();
    let proof = place.run("proof state s --ledger d --key-hex 6b --json");
    let proof = proof.json(0, "ledger-tool.proof/1");
    let nodes = proof["nodes"].as_array().unwrap();
    assert_eq!(proof["kind"], "state");
    assert_eq!(proof["suite"], "sha256");
    assert_eq!(proof["root_hash"], roots[1]);
    assert_eq!(proof["key"], "6b");
    assert_eq!(proof["value"], Value::Null);
    assert_eq!(
        (&proof["network"], &proof["ledger"], &proof["height"]),
        (&json!("net"), &json!("d"), &json!(4))
    );
    assert!(
        nodes
            .iter()
            .all(|node| unhex(node.as_str().unwrap())[0] >= 0xc0)
    );
    // Pretty where a person reads it, and in a file.
    let text = place.run("proof state s --ledger d --key k");
    assert!(
        text.text(0)
            .starts_with("{\n  \"schema\": \"ledger-tool.proof/1\",\n  \"kind\": \"state\"")
    );
    assert_eq!(serde_json::from_str::<Value>(text.text(0)).unwrap(), proof);
}

#[test]
fn several_keys_and_prefixes() {
    let (place, roots) = store();
    let root = &roots[1];
    for form in ["", "--compact"] {
        place
            .run(&format!(
                "proof state s --ledger d --key-hex {} --key no --key-hex {} --key no {form} -o p",
                hex("key 1"),
                hex("key 2")
            ))
            .text(0);
        says(
            &check(&place, "p", &format!("--root {root}")),
            0,
            "VALID: 2 keys with values, 1 key absent",
        );
        let args = format!(
            "--root {root} --key-hex {} --value-hex {}",
            hex("key 2"),
            hex("value 4")
        );
        says(
            &check(&place, "p", &args),
            0,
            "VALID: the key key 2 has the value value 4",
        );
        says(
            &check(
                &place,
                "p",
                &format!("--root {root} --key-hex {} --absent", hex("no")),
            ),
            0,
            "VALID: ",
        );
        says(
            &check(
                &place,
                "p",
                &format!("--root {root} --key-hex {}", hex("key 3")),
            ),
            4,
            "INVALID: the proof is not for",
        );
        check(&place, "p", &format!("--root {root} --absent")).fails(2, "E-USAGE");

        let prefix = hex("key 29");
        place
            .run(&format!(
                "proof state s --ledger d --prefix-hex {prefix} {form} -o q"
            ))
            .text(0);
        says(
            &check(&place, "q", &format!("--root {root}")),
            0,
            "VALID: 11 keys with the prefix key 29, and no others",
        );
        says(&check(&place, "q", ""), 3, "CONSISTENT, NOT TRUSTED: ");
        let with = |key: &str, more: &str| {
            check(
                &place,
                "q",
                &format!("--root {root} --key-hex {} {more}", hex(key)),
            )
        };
        says(
            &with("key 290", &format!("--value-hex {}", hex("value 580"))),
            0,
            "VALID: ",
        );
        says(
            &with("key 29x", "--absent"),
            0,
            "VALID: the key key 29x is absent",
        );
        says(&with("key 290", "--absent"), 4, "INVALID: ");
        says(
            &with("key 28", "--absent"),
            4,
            "INVALID: the proof is not for",
        );
    }
    let whole = place
        .run("proof state s --ledger d --prefix-hex= --json")
        .json(0, "ledger-tool.proof/1");
    assert_eq!(whole["kind"], "state_prefix");
    assert_eq!(whole["entries"].as_array().unwrap().len(), 300);
    // In the hashed mode keys are hashed on the way, and prefixes are of hashes.
    place
        .run(&format!(
            "proof state s --ledger h --key-hex {} -o p",
            hex("key 5")
        ))
        .text(0);
    let root = place.run("info s --json").json(0, "ledger-tool.info/1");
    let root = root["ledgers"][1]["state_root"]
        .as_str()
        .unwrap()
        .to_owned();
    let args = format!(
        "--root {root} --key-hex {} --value-hex {} --state keccak256:hashed",
        hex("key 5"),
        hex("value 10")
    );
    let ran = check(&place, "p", &args);
    says(&ran, 0, "VALID: ");
    assert!(ran.text(0).contains("keccak256, keys hashed"));
    place
        .run("proof state s --ledger h --prefix-hex= -o q")
        .text(0);
    says(&check(&place, "q", &args), 0, "VALID: ");
    // A state without keys.
    place.run("init e --ledger d:sha256:blake3").text(0);
    place.run("proof state e --ledger d --key k -o p").text(0);
    let empty = "--root bbe6a9f5a0146a1f4d0381e9b0ed1ac2f1a979ce9d5ad84e46ff0b58f36b5f46";
    says(
        &check(&place, "p", &format!("{empty} --key-hex 6b --absent")),
        0,
        "VALID: ",
    );
    place
        .run("proof state e --ledger d --prefix-hex= -o p")
        .text(0);
    says(
        &check(&place, "p", empty),
        0,
        "VALID: 0 keys in all, and no others",
    );
}

/// What a file claims that its nodes do not prove is found out, whatever member it is.
#[test]
fn altered_files_are_never_valid() {
    let (place, roots) = store();
    let root = &roots[1];
    let key = hex("key 7");
    place
        .run(&format!("proof state s --ledger d --key-hex {key} -o p"))
        .text(0);
    let proof: Value = serde_json::from_slice(&place.read("p")).unwrap();
    let altered = |change: &dyn Fn(&mut Value)| {
        let mut proof = proof.clone();
        change(&mut proof);
        place.write("x", proof.to_string());
        check(&place, "x", &format!("--root {root}"))
    };
    says(&altered(&|_| ()), 0, "VALID: ");
    let nodes = proof["nodes"].as_array().unwrap().len();
    for change in [
        &|p: &mut Value| p["value"] = json!(hex("value 15")),
        &|p: &mut Value| p["value"] = Value::Null,
        &|p: &mut Value| p["key"] = json!(hex("key 8")),
        &|p: &mut Value| p["suite"] = json!("blake3"),
        &|p: &mut Value| p["key_mode"] = json!("hashed"),
        &|p: &mut Value| p["root_hash"] = json!("11".repeat(32)),
        &|p: &mut Value| {
            p["nodes"].as_array_mut().unwrap().pop();
        },
        &|p: &mut Value| p["nodes"].as_array_mut().unwrap().push(json!("c0")),
        &|p: &mut Value| {
            let first = p["nodes"][0].clone();
            p["nodes"].as_array_mut().unwrap().push(first);
        },
        &|p: &mut Value| p["nodes"] = json!([]),
    ] as [&dyn Fn(&mut Value); 10]
    {
        says(&altered(change), 4, "INVALID: ");
    }
    for node in 0..nodes {
        for digit in (0..proof["nodes"][node].as_str().unwrap().len()).step_by(13) {
            let change = |p: &mut Value| {
                let mut text = p["nodes"][node].as_str().unwrap().to_owned();
                let other = if &text[digit..=digit] == "0" {
                    "1"
                } else {
                    "0"
                };
                text.replace_range(digit..=digit, other);
                p["nodes"][node] = json!(text);
            };
            says(&altered(&change), 4, "INVALID: ");
        }
    }
    // Files that no state can have made, and those of another release.
    for change in [
        &|p: &mut Value| p["nodes"][0] = json!("xx"),
        &|p: &mut Value| p["root_hash"] = json!("00"),
        &|p: &mut Value| p["key"] = json!(7),
        &|p: &mut Value| {
            p.as_object_mut().unwrap().remove("value");
        },
        &|p: &mut Value| p["height"] = json!(-1),
        &|p: &mut Value| p["kind"] = json!("state_keys"),
        &|p: &mut Value| p["kind"] = json!("state_prefix"),
        &|p: &mut Value| {
            p["kind"] = json!("state_keys");
            p["entries"] = json!([]);
        },
    ] as [&dyn Fn(&mut Value); 8]
    {
        let ran = altered(change);
        says(&ran, 4, "INVALID: the file is not a state proof");
        let shown = place.run("proof show x");
        shown.fails(4, "E-PROOF-FORMAT");
    }
    altered(&|p: &mut Value| p["suite"] = json!("md5")).fails(12, "E-PROOF-VERSION");
    altered(&|p: &mut Value| p["key_mode"] = json!("x")).fails(12, "E-PROOF-VERSION");
    altered(&|p: &mut Value| p["schema"] = json!("ledger-tool.proof/2"))
        .fails(12, "E-PROOF-VERSION");
    altered(&|p: &mut Value| p["kind"] = json!("state_of_mind")).fails(12, "E-PROOF-VERSION");

    // A prefix proof with one key left out, or one too many.
    place
        .run(&format!(
            "proof state s --ledger d --prefix-hex {} -o q",
            hex("key 1")
        ))
        .text(0);
    let prefix: Value = serde_json::from_slice(&place.read("q")).unwrap();
    let claims = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut prefix = prefix.clone();
        change(prefix["entries"].as_array_mut().unwrap());
        place.write("x", prefix.to_string());
        check(&place, "x", &format!("--root {root}"))
    };
    says(&claims(&|_| ()), 0, "VALID: 111 keys");
    says(
        &claims(&|e| drop(e.remove(3))),
        4,
        "INVALID: the proof leads to other values",
    );
    says(
        &claims(&|e| e.push(json!({"key": hex("key 1x"), "value": "00"}))),
        4,
        "INVALID: ",
    );
    says(
        &claims(&|e| e.swap(0, 1)),
        4,
        "INVALID: the file is not a state proof",
    );
    says(
        &claims(&|e| e[0]["value"] = Value::Null),
        4,
        "INVALID: the file is not a state proof",
    );

    // Compact files have a check.
    place
        .run(&format!(
            "proof state s --ledger d --key-hex {key} --compact -o c"
        ))
        .text(0);
    let compact = place.read("c");
    for at in (4..compact.len()).step_by(17) {
        let mut flipped = compact.clone();
        flipped[at] ^= 4;
        place.write("x", flipped);
        says(
            &check(&place, "x", ""),
            4,
            "INVALID: the file is not a compact state proof",
        );
    }
    place.write("x", &compact[..compact.len() - 1]);
    says(&check(&place, "x", ""), 4, "INVALID: ");
}

#[test]
fn arguments_that_do_not_belong_together() {
    let (place, roots) = store();
    let root = &roots[1];
    place.run("proof state s --ledger d --key k -o p").text(0);
    for args in [
        format!("--root {root}@4"),
        "--root 00".to_owned(),
        format!("--old-root {root}@4"),
        "--data p".to_owned(),
        "--key-hex 6".to_owned(),
        "--value-hex zz".to_owned(),
        "--state md5".to_owned(),
        "--state sha256:plain".to_owned(),
    ] {
        check(&place, "p", &args).fails(2, "E-USAGE");
    }
    check(&place, "p", "--value-hex 00 --absent").text(2);
    for args in [
        "proof state s --ledger d",
        "proof state s --ledger d --key k --prefix-hex 00",
        "proof state s --key k",
    ] {
        place.run(args).text(2);
    }
    place
        .run("proof state s --ledger d --key-hex x")
        .fails(2, "E-USAGE");
    place
        .run("proof state s --ledger d --prefix-hex x")
        .fails(2, "E-USAGE");
    place
        .run("proof state s --ledger plain --key k")
        .fails(1, "E-NO-STATE");
    place
        .run("proof state s --ledger d --key k --height 9")
        .fails(1, "E-NO-HEIGHT");
    place
        .run("proof state s --ledger d --key k -o no/where")
        .fails(1, "E-IO");
    // Those of state proofs are not for proofs of entries.
    let seven = Place::with_seven();
    seven
        .run("proof inclusion s --ledger domain --leaf 1 -o p")
        .text(0);
    check(&seven, "p", "--absent").fails(2, "E-USAGE");
    check(&seven, "p", "--key-hex 00").fails(2, "E-USAGE");
    check(&seven, "p", "").text(3);
    check(&seven, "nowhere", "").fails(1, "E-IO");
    seven.write("junk", "junk");
    says(&check(&seven, "junk", ""), 4, "INVALID: ");
    // Standard input is a file like others.
    let ran = place.feed(&format!("proof check - --root {root}"), place.read("p"));
    says(&ran, 0, "VALID: ");
}

#[test]
fn proofs_are_shown() {
    let (place, roots) = store();
    place
        .run(&format!(
            "proof state s --ledger d --key-hex {} -o p",
            hex("key 7")
        ))
        .text(0);
    let ran = place.run("proof show p");
    let text = ran.text(0);
    assert!(
        text.starts_with(&format!("root  {}  sha256, keys as given\n", roots[1])),
        "{text}"
    );
    assert!(
        text.contains("extension") && text.contains("branch"),
        "{text}"
    );
    assert!(text.ends_with("key   key 7\n      value 14\n"), "{text}");
    let json = place
        .run("proof show p --json")
        .json(0, "ledger-tool.state-proof-show/1");
    assert_eq!(
        (&json["holds"], &json["root_hash"]),
        (&json!(true), &json!(roots[1]))
    );
    let nodes = json["nodes"].as_array().unwrap();
    assert_eq!(nodes[0]["hash"], roots[1]);
    // All keys start with "key ".
    assert_eq!(
        (&nodes[0]["kind"], &nodes[0]["nibbles"]),
        (&json!("extension"), &json!("6b6579203"))
    );
    let mut proof: Value = serde_json::from_slice(&place.read("p")).unwrap();
    proof["value"] = Value::Null;
    proof["nodes"].as_array_mut().unwrap().push(json!("ff"));
    place.write("x", proof.to_string());
    let ran = place.run("proof show x");
    assert!(ran.text(4).contains("INVALID: node "), "{}", ran.text(4));
    let json = place
        .run("proof show x --json")
        .json(4, "ledger-tool.state-proof-show/1");
    assert_eq!(json["holds"], false);
    assert_eq!(
        json["nodes"].as_array().unwrap().last().unwrap()["kind"],
        "unknown"
    );
}

#[test]
fn plenums_serialized_proofs() {
    let place = Place::new();
    let mut checked = 0;
    for name in [
        "sovrin_mainnet_pool",
        "sovrin_mainnet_domain",
        "bcovrin_test_pool",
    ] {
        let file = vectors(&format!("plenum/ledger_{name}.json"));
        let mut root = [0; 32];
        let text = file["final_state_root_b58"].as_str().unwrap();
        bs58::decode(text).onto(&mut root).unwrap();
        let root = hex(root);
        for case in file["state_proofs"].as_array().unwrap() {
            let key = case["key_hex"].as_str().unwrap();
            let nodes = case["proof_nodes_rlp_hex"].as_array().unwrap();
            let content: Vec<u8> = nodes
                .iter()
                .flat_map(|n| unhex(n.as_str().unwrap()))
                .collect();
            let len = u16::try_from(content.len()).unwrap().to_be_bytes();
            let header = if len[0] > 0 {
                vec![0xf9, len[0], len[1]]
            } else {
                vec![0xf8, len[1]]
            };
            let list = [header, content].concat();
            let expected = match case["value_utf8"].as_str() {
                Some(value) => format!("--value-hex {}", hex(value)),
                None => "--absent".to_owned(),
            };
            for bytes in [list.clone(), STANDARD.encode(&list).into_bytes()] {
                place.write("p", &bytes);
                let full = format!("--root {root} --key-hex {key} {expected}");
                says(&check(&place, "p", &full), 0, "VALID: ");
                let no_root = format!("--key-hex {key} {expected}");
                says(
                    &check(&place, "p", &no_root),
                    3,
                    "CONSISTENT, NOT TRUSTED: ",
                );
                check(&place, "p", &format!("--root {root}")).fails(2, "E-USAGE");
                for wrong in [
                    format!("--root {} --key-hex {key}", "00".repeat(32)),
                    format!("--root {root} --key-hex {key} --value-hex 00"),
                    format!("--root {root} --key-hex {key}00ff"),
                    format!("--root {root} --key-hex {key} --state keccak256"),
                ] {
                    // A key that shares the path to where this one ends may be absent.
                    let ran = check(&place, "p", &wrong);
                    assert!(
                        ran.code == 4 || ran.text(0).contains("is absent"),
                        "{wrong}: {ran:?}"
                    );
                }
                place.run("proof show p").fails(2, "E-USAGE");
            }
            let mut altered = list;
            altered[40] ^= 1;
            place.write("p", altered);
            says(
                &check(&place, "p", &format!("--root {root} --key-hex {key}")),
                4,
                "INVALID: ",
            );
            checked += 1;
        }
    }
    assert!(checked > 20, "{checked}");
    place.write("p", [0xf9, 0xff, 0xff, 0]);
    let ran = check(&place, "p", "--key-hex 00");
    says(
        &ran,
        4,
        "INVALID: the file is not a serialized state proof of Plenum",
    );
}

#[test]
fn answers_of_eth_get_proof() {
    let place = Place::new();
    let root = vectors("patricia/helios/rpc/block.json")["stateRoot"].clone();
    let root = root
        .as_str()
        .unwrap()
        .strip_prefix("0x")
        .unwrap()
        .to_owned();
    let answer = vectors("patricia/helios/rpc/proof.json");
    let judge = |answer: &Value, args: &str| {
        place.write("p", answer.to_string());
        check(&place, "p", args)
    };
    let trusted = format!("--root {root}");
    let account = "00000000219ab540356cbb839cbe05303d7705fa";
    for answer in [
        answer.clone(),
        json!({"jsonrpc": "2.0", "id": 1, "result": answer}),
    ] {
        says(
            &judge(&answer, &trusted),
            0,
            "VALID: the account 0x00000000219ab540356cbb839cbe05303d7705fa is as the file says",
        );
        says(&judge(&answer, ""), 3, "CONSISTENT, NOT TRUSTED: ");
    }
    let slot = "01".repeat(0) + &"00".repeat(31) + "01";
    let value = "2394e3bc4086a9625ae88307145a40ff4a4bf2c9a6755435bff86b22d6175d5f";
    says(
        &judge(
            &answer,
            &format!("{trusted} --key-hex {slot} --value-hex {value}"),
        ),
        0,
        "VALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex {slot} --absent")),
        4,
        "INVALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex {account}")),
        0,
        "VALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex {account} --absent")),
        4,
        "INVALID: ",
    );
    says(
        &judge(&answer, &format!("{trusted} --key-hex 00")),
        4,
        "INVALID: the proof is not for that key",
    );
    judge(&answer, &format!("{trusted} --absent")).fails(2, "E-USAGE");
    says(
        &judge(&answer, &format!("--root {}", "00".repeat(32))),
        4,
        "INVALID: ",
    );
    for change in [
        &|a: &mut Value| a["balance"] = json!("0x1"),
        &|a: &mut Value| a["nonce"] = json!("0x2"),
        &|a: &mut Value| a["codeHash"] = json!("0x".to_owned() + &"00".repeat(32)),
        &|a: &mut Value| a["storageHash"] = json!("0x".to_owned() + &"00".repeat(32)),
        &|a: &mut Value| a["address"] = json!("0x00000000219ab540356cbb839cbe05303d7705fb"),
        &|a: &mut Value| a["storageProof"][0]["value"] = json!("0x0"),
        &|a: &mut Value| a["storageProof"][0]["key"] = json!("0x2"),
        &|a: &mut Value| {
            a["accountProof"].as_array_mut().unwrap().pop();
        },
        &|a: &mut Value| {
            a["storageProof"][0]["proof"].as_array_mut().unwrap().pop();
        },
        &|a: &mut Value| a["balance"] = json!("1"),
        &|a: &mut Value| a["accountProof"][0] = json!(1),
    ] as [&dyn Fn(&mut Value); 11]
    {
        let mut altered = answer.clone();
        change(&mut altered);
        says(&judge(&altered, &trusted), 4, "INVALID: ");
    }
}

/// Accounts of a state of our own: one that is there, and one that is not.
#[test]
fn accounts_that_are_absent() {
    let place = Place::new();
    place
        .run("init s --ledger e:sha256:keccak256:hashed")
        .text(0);
    let empty = "56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";
    // Keccak-256 of nothing.
    let no_code = "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";
    let (there, not) = ("aa".repeat(20), "bb".repeat(20));
    let account = format!("f8440110a0{empty}a0{no_code}");
    let lines = format!("{{\"key_hex\":\"{there}\",\"value_hex\":\"{account}\"}}\n");
    place.feed("state put s --ledger e -", lines).text(0);
    let answer = |address: &str, nonce: &str, balance: &str, storage: &str| {
        let args = format!("proof state s --ledger e --key-hex {address} --json");
        let proof = place.run(&args).json(0, "ledger-tool.proof/1");
        let nodes = proof["nodes"].as_array().unwrap().iter();
        let nodes: Vec<String> = nodes
            .map(|n| format!("0x{}", n.as_str().unwrap()))
            .collect();
        let answer = json!({
            "address": format!("0x{address}"), "accountProof": nodes, "nonce": nonce,
            "balance": balance, "storageHash": format!("0x{storage}"),
            "codeHash": format!("0x{no_code}"),
            "storageProof": [{"key": "0x0", "value": "0x0", "proof": []}],
        });
        place.write("p", answer.to_string());
        let root = proof["root_hash"].as_str().unwrap().to_owned();
        check(&place, "p", &format!("--root {root}"))
    };
    says(
        &answer(&there, "0x1", "0x10", empty),
        0,
        "VALID: the account 0xaaaa",
    );
    says(&answer(&there, "0x0", "0x0", empty), 4, "INVALID: ");
    says(
        &answer(&not, "0x0", "0x0", empty),
        0,
        "VALID: the account 0xbbbb",
    );
    says(&answer(&not, "0x0", "0x0", &"00".repeat(32)), 0, "VALID: ");
    says(
        &answer(&not, "0x1", "0x0", empty),
        4,
        "INVALID: the account is absent",
    );
    says(
        &answer(&not, "0x0", "0x0", no_code),
        4,
        "INVALID: the account is absent",
    );
}
