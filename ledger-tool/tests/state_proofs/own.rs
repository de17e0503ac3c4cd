//! Proofs in the tool's own forms.

use serde_json::{Value, json};

use super::common::Place;
use super::{check, hex, says, store, unhex};

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
