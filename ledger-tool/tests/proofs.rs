//! Proofs as files: made by one who has the store, judged by one who has not.

#![allow(
    clippy::indexing_slicing,
    clippy::type_complexity,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use common::{Place, SEVEN};
use serde_json::{Value, json};

const LEAF: &str = "514158527515064c7bbd35b44c9f11addcfc38b439554fc9bb0d8b7c661c3e8f";
/// The tree of the first three entries.
const THREE: &str = "a64bf26e09128f6fe2fe6f8b2d8c801e166b57c047a7cd9b2b809e7a96a2f1cb";
const ZEROS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// A store, and proofs of it as files: `p` that entry 5 is in, `c` that 7 begin with 3.
fn place() -> Place {
    let place = Place::with_seven();
    place
        .run("proof inclusion s --ledger domain --leaf 5 -o p")
        .text(0);
    place
        .run("proof consistency s --ledger domain --from 3 -o c")
        .text(0);
    place.write("entry-5", "entry-5");
    place
}

fn change(place: &Place, from: &str, to: &str, change: impl FnOnce(&mut Value)) {
    let mut value = serde_json::from_slice(&place.read(from)).unwrap();
    change(&mut value);
    place.write(to, value.to_string());
}

#[test]
fn the_files_hold_what_scripts_rely_on() {
    let place = place();
    let proof: Value = serde_json::from_slice(&place.read("p")).unwrap();
    assert_eq!(
        proof,
        json!({
            "schema": "ledger-tool.proof/1", "kind": "inclusion", "hash": "sha-256",
            "spec": "RFC 6962 2.1.1", "network": "local", "ledger": "domain",
            "leaf_index": 5, "tree_size": 7, "leaf_hash": LEAF, "root_hash": SEVEN,
            "path": [
                "194bb5a2d5bd10e5d1aa6fd5d42980b356caf1da623cd9987c4bfa2f81771ed7",
                "0cfda576ff4b29ea33c3afdaeed1bd637eb654b28a04302fcab5fd7db07801cc",
                "256b9e8825e5d370a4ae005d0901ea291977e2927f5cf8e3e72660dd09519edb",
            ],
        })
    );
    let proof: Value = serde_json::from_slice(&place.read("c")).unwrap();
    let keys: Vec<&String> = proof.as_object().unwrap().keys().collect();
    let mut expected = [
        "schema",
        "kind",
        "hash",
        "spec",
        "network",
        "ledger",
        "first_size",
        "second_size",
        "first_root",
        "second_root",
        "path",
    ];
    expected.sort_unstable();
    assert_eq!(keys, expected);
    assert_eq!(proof["spec"], "RFC 6962 2.1.2");
    assert_eq!(
        (&proof["first_root"], &proof["second_root"]),
        (&json!(THREE), &json!(SEVEN))
    );

    // To standard output, and as one line.
    let out = place.run("proof inclusion s --ledger domain --leaf 5");
    assert_eq!(out.out, place.read("p"));
    let line = place.run("proof inclusion s --ledger domain --leaf 5 --json");
    line.json(0, "ledger-tool.proof/1");
}

#[test]
fn every_leaf_size_and_pair_is_proven_against_the_sizes_own_roots() {
    let place = Place::with_seven();
    let mut roots = vec![String::new()];
    for size in 1..=7 {
        let ran = place.run(&format!(
            "proof inclusion s --ledger domain --leaf 0 --size {size}"
        ));
        let proof: Value = serde_json::from_str(ran.text(0)).unwrap();
        roots.push(proof["root_hash"].as_str().unwrap().to_owned());
    }
    assert_eq!((roots[3].as_str(), roots[7].as_str()), (THREE, SEVEN));
    for size in [1, 2, 5, 7] {
        for leaf in 0..size {
            let args =
                format!("proof inclusion s --ledger domain --leaf {leaf} --size {size} -o p");
            place.run(&args).text(0);
            place.write("e", format!("entry-{leaf}"));
            let root = &roots[size];
            let ran = place.run(&format!("proof check p --data e --root {root}@{size}"));
            let seq_no = leaf + 1;
            let said = format!(
                "VALID: this entry is leaf {leaf} (seqNo {seq_no}) of the tree of size {size}\n"
            );
            assert_eq!(ran.text(0), said);
        }
        for first in 1..=size {
            let args =
                format!("proof consistency s --ledger domain --from {first} --to {size} -o c");
            place.run(&args).text(0);
            let (old, new) = (&roots[first], &roots[size]);
            let args = format!("proof check c --old-root {old}@{first} --root {new}@{size}");
            assert!(place.run(&args).text(0).starts_with("VALID: "));
        }
    }
}

#[test]
fn a_proof_is_valid_only_against_a_root_from_outside() {
    let place = place();
    let check = |args: &str| place.run(&format!("proof check {args}"));
    let valid = format!("p --data entry-5 --root {SEVEN}@7");
    let ran = check(&valid);
    assert_eq!(
        ran.text(0),
        "VALID: this entry is leaf 5 (seqNo 6) of the tree of size 7\n"
    );
    assert_eq!(ran.err, "");
    // Hex digits of either case.
    check(&format!("p --root {}@7", SEVEN.to_uppercase())).text(0);

    let ran = check(&format!("p --root {SEVEN}@7"));
    assert!(
        ran.text(0)
            .starts_with(&format!("VALID: the entry with the leaf hash {LEAF} is"))
    );
    assert!(
        ran.err.contains("nothing was compared with an entry"),
        "{}",
        ran.err
    );

    for args in ["p", "p --data entry-5", "c"] {
        let ran = check(args);
        assert!(
            ran.text(3).starts_with("CONSISTENT, NOT TRUSTED: "),
            "{ran:?}"
        );
        let json = check(&format!("{args} --json")).json(3, "ledger-tool.proof-check/1");
        assert_eq!(json["verdict"], "not_trusted");
    }
    check(&format!("c --old-root {THREE}@3 --root {SEVEN}@7")).text(0);
    // One of the two: valid, and it says which one is the file's own.
    let ran = check(&format!("c --old-root {THREE}@3"));
    assert!(ran.text(0).starts_with("VALID: ") && ran.err.contains("later root is the file's own"));
    let ran = check(&format!("c --root {SEVEN}@7"));
    assert!(ran.text(0).starts_with("VALID: ") && ran.err.contains("earlier root is the file's"));

    // Another root, size, or entry.
    place.write("entry-4", "entry-4");
    for args in [
        format!("p --root {THREE}@7"),
        format!("p --root {SEVEN}@8"),
        format!("p --data entry-4 --root {SEVEN}@7"),
        "p --data entry-4".to_owned(),
        format!("c --root {SEVEN}@8"),
        format!("c --root {THREE}@7"),
        format!("c --old-root {THREE}@2 --root {SEVEN}@7"),
        format!("c --old-root {SEVEN}@3 --root {SEVEN}@7"),
        format!("c --old-root {SEVEN}@3"),
    ] {
        let ran = check(&args);
        assert!(ran.text(4).starts_with("INVALID: "), "{args}: {ran:?}");
        let json = check(&format!("{args} --json")).json(4, "ledger-tool.proof-check/1");
        assert_eq!(
            (&json["verdict"], &json["code"]),
            (&json!("invalid"), &json!("E-PROOF"))
        );
    }
    let json = check(&format!("{valid} --json")).json(0, "ledger-tool.proof-check/1");
    assert_eq!(
        (&json["verdict"], &json["kind"]),
        (&json!("valid"), &json!("inclusion"))
    );
    assert_eq!(
        (&json["network"], &json["ledger"]),
        (&json!("local"), &json!("domain"))
    );
}

#[test]
fn arguments_that_cannot_be_are_usage_errors() {
    let place = place();
    let long = "a".repeat(65);
    for args in [
        format!("check p --root {SEVEN}"),
        "check p --root abc@7".to_owned(),
        format!("check p --root {SEVEN}@"),
        format!("check p --root {SEVEN}@-7"),
        format!("check p --root {SEVEN}@+7"),
        format!("check p --root {SEVEN}@18446744073709551616"),
        format!("check p --root {long}@7"),
        format!("check p --old-root {THREE}@3"),
        format!("check c --data entry-5 --root {SEVEN}@7"),
    ] {
        place.run(&format!("proof {args}")).fails(2, "E-USAGE");
    }
    place.run("proof inclusion s --leaf 5").text(2);
    place
        .run("proof inclusion s --ledger domain --audit --leaf 5")
        .text(2);
    place.run("proof inclusion s --ledger domain").text(2);
    place.run("proof check p --data gone").fails(1, "E-IO");
    place.run("proof check gone").fails(1, "E-IO");
    place.run("proof check .").fails(1, "E-IO");
    for args in [
        "inclusion s --ledger domain --leaf 7",
        "inclusion s --ledger domain --leaf 5 --size 5",
        "inclusion s --ledger domain --leaf 5 --size 8",
        "consistency s --ledger domain --from 8",
        "consistency s --ledger domain --from 3 --to 2",
    ] {
        place
            .run(&format!("proof {args}"))
            .fails(1, "E-OUT-OF-RANGE");
    }
    let ran = place.run("proof consistency s --ledger domain --from 0");
    ran.fails(1, "E-CONSISTENCY-FROM-EMPTY");
}

#[test]
fn hostile_files_are_invalid_and_nothing_worse() {
    let place = place();
    let root = format!("--root {SEVEN}@7");
    let long: Vec<&str> = vec![ZEROS; 100_000];
    let cases: Vec<(&str, Box<dyn FnOnce(&mut Value)>)> = vec![
        ("p", Box::new(|p| p["leaf_index"] = json!(4))),
        ("p", Box::new(|p| p["leaf_index"] = json!(7))),
        ("p", Box::new(|p| p["leaf_index"] = json!(u64::MAX))),
        ("p", Box::new(|p| p["tree_size"] = json!(0))),
        ("p", Box::new(|p| p["tree_size"] = json!(u64::MAX))),
        ("p", Box::new(|p| p["leaf_hash"] = json!(ZEROS))),
        ("p", Box::new(|p| p["root_hash"] = json!(ZEROS))),
        ("p", Box::new(|p| p["path"][1] = json!(ZEROS))),
        ("p", Box::new(|p| p["path"] = json!([]))),
        (
            "p",
            Box::new(|p| p["path"].as_array_mut().unwrap().push(json!(ZEROS))),
        ),
        ("p", Box::new(move |p| p["path"] = json!(long))),
        ("c", Box::new(|c| c["first_size"] = json!(0))),
        ("c", Box::new(|c| c["first_size"] = json!(8))),
        ("c", Box::new(|c| c["first_size"] = json!(2))),
        ("c", Box::new(|c| c["second_size"] = json!(u64::MAX))),
        ("c", Box::new(|c| c["first_root"] = json!(ZEROS))),
        ("c", Box::new(|c| c["second_root"] = json!(ZEROS))),
        (
            "c",
            Box::new(|c| c["path"].as_array_mut().unwrap().swap(0, 1)),
        ),
    ];
    for (file, tamper) in cases {
        change(&place, file, "bad", tamper);
        for args in ["bad".to_owned(), format!("bad {root}")] {
            let ran = place.run(&format!("proof check {args}"));
            assert!(ran.text(4).starts_with("INVALID: "), "{ran:?}");
        }
        assert!([0, 4].contains(&place.run("proof show bad").code));
    }
}

#[test]
fn files_that_are_no_proofs() {
    let place = place();
    let proof = String::from_utf8(place.read("p")).unwrap();
    let twice = proof.replacen('{', "{\"tree_size\": 7,", 1);
    let deep = "[".repeat(1 << 20);
    for bytes in [
        "",
        "{",
        "{}",
        "null",
        "7",
        "[]",
        &deep,
        &twice,
        &proof.replace("\"leaf_index\": 5", "\"leaf_index\": -5"),
        &proof.replace("\"leaf_index\": 5", "\"leaf_index\": 5.0"),
        &proof.replace("\"leaf_index\": 5", "\"leaf_index\": 18446744073709551616"),
        &proof.replace("\"leaf_index\": 5", "\"leaf_index\": \"5\""),
        &proof.replace("\"leaf_index\": 5,", ""),
        &proof.replace(LEAF, "xyz"),
        &proof.replace("ledger-tool.proof/1", "ledger-tool.info/1"),
        &format!("{proof}{proof}"),
    ] {
        place.write("bad", bytes);
        let ran = place.run(&format!("proof check bad --root {SEVEN}@7"));
        assert!(ran.text(4).starts_with("INVALID: the file "), "{ran:?}");
        let json = place
            .run("proof check bad --json")
            .json(4, "ledger-tool.proof-check/1");
        assert_eq!(json["code"], "E-PROOF-FORMAT");
        place.run("proof show bad").fails(4, "E-PROOF-FORMAT");
    }
    place.write("bad", [0xff, 0xfe]);
    place.run("proof check bad").text(4);

    // Neither right nor wrong: a later release may know them.
    for (from, to) in [
        ("ledger-tool.proof/1", "ledger-tool.proof/2"),
        ("\"inclusion\"", "\"exclusion\""),
        ("sha-256", "sha3-256"),
    ] {
        place.write("later", proof.replace(from, to));
        place.run("proof check later").fails(12, "E-PROOF-VERSION");
    }
    // A field that is not known yet is no reason to refuse.
    place.write("more", proof.replacen('{', "{\"checkpoint\": null,", 1));
    place
        .run(&format!("proof check more --root {SEVEN}@7"))
        .text(0);

    // Longer than any proof: refused without being taken in.
    let file = std::fs::File::create(place.path("huge")).unwrap();
    file.set_len((64 << 20) + 1).unwrap();
    assert!(
        place
            .run("proof check huge")
            .text(4)
            .contains("longer than 67108864 bytes")
    );
}

#[test]
fn the_audit_tree_proves_commits() {
    let place = Place::with_seven();
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let root = info["audit"]["root_hash"].as_str().unwrap();
    place.run("proof inclusion s --audit --leaf 6 -o p").text(0);
    place.run(&format!("proof check p --root {root}@7")).text(0);
    place
        .run("proof consistency s --audit --from 5 -o c")
        .text(0);
    let json = place.run(&format!("proof check c --root {root}@7 --json"));
    assert_eq!(json.json(0, "ledger-tool.proof-check/1")["ledger"], "audit");
    place
        .run("proof inclusion s --audit --leaf 7")
        .fails(1, "E-OUT-OF-RANGE");
}

#[test]
fn an_inclusion_proof_as_a_picture() {
    let place = place();
    assert_eq!(
        place.run("proof show p").text(0),
        "\
9139601c  [0,7)  \u{25cb} computed = expected root
\u{251c}\u{2500} 256b9e88  [0,4)  \u{25cf} proof 3
\u{2514}\u{2500} e429c5b5  [4,7)  \u{25cb} computed
   \u{251c}\u{2500} 4a136a70  [4,6)  \u{25cb} computed
   \u{2502}  \u{251c}\u{2500} 194bb5a2  #4  \u{25cf} proof 1
   \u{2502}  \u{2514}\u{2500} 51415852  #5  \u{25c0} leaf
   \u{2514}\u{2500} 0cfda576  #6  \u{25cf} proof 2
"
    );
    assert_eq!(
        place.run("proof show p --ascii").text(0),
        "\
9139601c  [0,7)  o computed = expected root
|- 256b9e88  [0,4)  * proof 3
`- e429c5b5  [4,7)  o computed
   |- 4a136a70  [4,6)  o computed
   |  |- 194bb5a2  #4  * proof 1
   |  `- 51415852  #5  < leaf
   `- 0cfda576  #6  * proof 2
"
    );
    change(&place, "p", "bad", |p| p["root_hash"] = json!(ZEROS));
    let ran = place.run("proof show bad --ascii");
    let line = "9139601c  [0,7)  o computed != expected root 00000000";
    assert_eq!(ran.text(4).lines().next().unwrap(), line);

    let json = place
        .run("proof show p --json")
        .json(0, "ledger-tool.proof-show/1");
    assert_eq!(json["holds"], true);
    let nodes = json["trees"][0]["nodes"].as_array().unwrap();
    assert_eq!(nodes.len(), 7);
    assert_eq!(
        (&nodes[0]["hash"], &nodes[0]["role"]),
        (&json!(SEVEN), &json!("computed"))
    );
    assert_eq!(
        (&nodes[5]["hash"], &nodes[5]["role"]),
        (&json!(LEAF), &json!("leaf"))
    );
    assert_eq!(
        (&nodes[6]["begin"], &nodes[6]["path_index"]),
        (&json!(6), &json!(1))
    );
}

#[test]
fn consistency_proofs_as_pictures() {
    let place = place();
    assert_eq!(
        place.run("proof show c --ascii").text(0),
        "\
9139601c  [0,7)  o computed = expected second root
|- 256b9e88  [0,4)  o computed
|  |- 2f27a508  [0,2)  * proof 3
|  `- b17003e0  [2,4)  o computed
|     |- 049d7dcd  #2  * proof 1
|     `- 27479b6a  #3  * proof 2
`- e429c5b5  [4,7)  * proof 4

a64bf26e  [0,3)  o computed = expected first root
|- 2f27a508  [0,2)  * proof 3
`- 049d7dcd  #2  * proof 1
"
    );
    change(&place, "c", "bad", |c| c["first_root"] = json!(ZEROS));
    assert!(
        place
            .run("proof show bad --ascii")
            .text(4)
            .contains("!= expected first root 00000000")
    );
    // A first tree that is a node of the second one stands in it.
    place
        .run("proof consistency s --ledger domain --from 4 -o c4")
        .text(0);
    let four = "9139601c  [0,7)  o computed = expected second root\n\
                |- 256b9e88  [0,4)  < first root\n\
                `- e429c5b5  [4,7)  * proof 1\n";
    assert_eq!(place.run("proof show c4 --ascii").text(0), four);
    place
        .run("proof consistency s --ledger domain --from 7 -o c7")
        .text(0);
    let seven = "9139601c  [0,7)  < first root = expected second root\n";
    assert_eq!(place.run("proof show c7 --ascii").text(0), seven);
}

#[test]
fn ranges_are_proven_whole_and_in_order() {
    let place = Place::with_seven();
    let args = "proof range s --ledger domain --from 2 --to 5 -o r";
    place.run(args).text(0);
    let proof: Value = serde_json::from_slice(&place.read("r")).unwrap();
    assert_eq!(
        (&proof["kind"], &proof["root_hash"]),
        (&json!("range"), &json!(SEVEN))
    );
    assert_eq!(
        (&proof["begin"], &proof["end"], &proof["tree_size"]),
        (&json!(2), &json!(5), &json!(7))
    );
    let dump = |from, to| {
        let args = format!("dump s --ledger domain --from {from} --to {to} --format records -o e");
        place.run(&args).text(0);
    };
    let check = |args: &str| place.run(&format!("proof check r {args}"));
    dump(2, 5);
    let said = "VALID: these entries are leaves [2, 5) of the tree of size 7\n";
    assert_eq!(check(&format!("--data e --root {SEVEN}@7")).text(0), said);
    check("--data e").text(3);
    check(&format!("--old-root {SEVEN}@7")).fails(2, "E-USAGE");
    for (from, to) in [(2, 4), (2, 6), (1, 4), (3, 6)] {
        dump(from, to);
        check(&format!("--data e --root {SEVEN}@7")).text(4);
    }
    check(&format!("--root {SEVEN}@8")).text(4);
    change(&place, "r", "bad", |r| {
        r["leaf_hashes"].as_array_mut().unwrap().swap(0, 1);
    });
    place.run("proof check bad").text(4);
    place.run("proof show bad").text(4);
    change(&place, "r", "bad", |r| r["end"] = json!(u64::MAX));
    place.run("proof check bad").text(4);
    place.run("proof show bad").text(4);
    assert_eq!(
        place.run("proof show r --ascii").text(0),
        "\
9139601c  [0,7)  o computed = expected root
|- 256b9e88  [0,4)  o computed
|  |- 2f27a508  [0,2)  * proof 2
|  `- b17003e0  [2,4)  o computed
|     |- 049d7dcd  #2  < leaf
|     `- 27479b6a  #3  < leaf
`- e429c5b5  [4,7)  o computed
   |- 4a136a70  [4,6)  o computed
   |  |- 194bb5a2  #4  < leaf
   |  `- 51415852  #5  * proof 1
   `- 0cfda576  #6  * proof 3
"
    );
    for bad in [
        "--from 2 --to 2",
        "--from 3 --to 2",
        "--from 0 --to 8",
        "--from 0 --to 6 --size 5",
    ] {
        let ran = place.run(&format!("proof range s --ledger domain {bad}"));
        ran.fails(1, "E-OUT-OF-RANGE");
    }
    place
        .run("proof range s --audit --from 0 --to 7 -o a")
        .text(0);
    place.run("proof check a").text(3);
}

#[test]
fn compact_files_say_the_same_and_no_altered_one_is_read() {
    let place = place();
    place
        .run("proof range s --ledger domain --from 1 --to 6 -o r")
        .text(0);
    for (kind, name) in [
        ("inclusion --leaf 5", "p"),
        ("consistency --from 3", "c"),
        ("range --from 1 --to 6", "r"),
    ] {
        let (kind, args) = kind.split_once(' ').unwrap();
        let args = format!("proof {kind} s --ledger domain {args} --compact -o b");
        place.run(&args).text(0);
        let check = |file| place.run(&format!("proof check {file} --root {SEVEN}@7"));
        assert_eq!(check("b").text(0), check(name).text(0));
        let show = |file| {
            place
                .run(&format!("proof show {file} --json"))
                .text(0)
                .to_owned()
        };
        assert_eq!(show("b"), show(name));
        let bytes = place.read("b");
        assert!(bytes.len() < place.read(name).len());
        // In whole bytes: the processes cost time.
        for at in (0..bytes.len()).step_by(29) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            place.write("bad", altered);
            assert!(check("bad").text(4).starts_with("INVALID: "));
            place.write("bad", &bytes[..at]);
            check("bad").text(4);
        }
    }
}

#[test]
fn blake3_ledgers_are_verified_and_proven() {
    let place = Place::new();
    place
        .run("init s --ledger fast:blake3 --ledger slow")
        .text(0);
    place.run("init t --ledger fast:blake2").fails(2, "E-USAGE");
    let lines: String = (0..300).map(|i| format!("entry-{i}\n")).collect();
    for ledger in ["fast", "slow"] {
        let args = format!("import s --ledger {ledger} --format lines --batch 7 -");
        place.feed(&args, &lines).text(0);
    }
    place.run("verify s").text(0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let (fast, slow) = (&info["ledgers"][0], &info["ledgers"][1]);
    assert_eq!(
        (&fast["tree"], &fast["tree_size"]),
        (&json!("blake3"), &json!(300))
    );
    assert_ne!(fast["root_hash"], slow["root_hash"]);
    let root = fast["root_hash"].as_str().unwrap();
    place.write("e", "entry-123");
    for args in [
        "inclusion --leaf 123",
        "consistency --from 100",
        "range --from 10 --to 200",
    ] {
        let (kind, args) = args.split_once(' ').unwrap();
        for form in ["", "--compact"] {
            place
                .run(&format!("proof {kind} s --ledger fast {args} {form} -o p"))
                .text(0);
            place
                .run(&format!("proof check p --root {root}@300"))
                .text(0);
            place.run("proof show p").text(0);
            if kind == "inclusion" {
                place
                    .run(&format!("proof check p --data e --root {root}@300"))
                    .text(0);
            }
        }
    }
    place
        .run("proof inclusion s --ledger fast --leaf 1 -o p")
        .text(0);
    assert_eq!(
        serde_json::from_slice::<Value>(&place.read("p")).unwrap()["hash"],
        "blake3"
    );
    change(&place, "p", "bad", |p| p["hash"] = json!("sha-256"));
    place.run("proof check bad").text(4);
}
