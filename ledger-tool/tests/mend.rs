//! `diff`, `backup`, `restore` and `truncate` as an operator runs them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Place, SEVEN};
use serde_json::{Value, json};

#[test]
fn a_backup_is_read_like_a_store_brought_up_to_date_and_restored() {
    let place = Place::with_seven();
    let made = place
        .run("backup s copy --json")
        .json(0, "ledger-tool.backup/1");
    assert_eq!(
        (&made["height"], &made["height_before"]),
        (&json!(7), &json!(null))
    );
    let info = place.run("info copy --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["ledgers"][0]["root_hash"], SEVEN);
    assert_eq!(info["durability"], "durable");
    assert!(place.run("verify copy").text(0).contains("VERIFIED"));
    place
        .feed("import s --ledger domain --format lines -", "more\n")
        .text(0);
    let text = place.run("-C s backup copy");
    assert!(
        text.text(0)
            .starts_with("copy is a copy from height 7 up to height 8"),
        "{text:?}"
    );
    let audit = place.run("info s --json").json(0, "ledger-tool.info/1")["audit"].clone();
    let root = audit["root_hash"].as_str().unwrap();

    let wrong = root.replace(|c: char| c.is_ascii_digit(), "a");
    place
        .run(&format!("restore copy r --root {wrong}@8"))
        .fails(4, "E-WRONG-ROOT");
    assert!(!place.path("r").exists());
    place.run("restore copy r --root abc").fails(2, "E-USAGE");
    let restored = place.run(&format!("restore copy r --root {root}@8 --json"));
    let restored = restored.json(0, "ledger-tool.verify/1");
    assert_eq!(
        (&restored["verdict"], &restored["audit"]),
        (&json!("verified"), &audit)
    );
    place.run("restore copy r").fails(1, "E-NOT-EMPTY");
    let same = place.run("diff s r --json").json(0, "ledger-tool.diff/1");
    assert_eq!(
        (&same["answer"], &same["common_height"]),
        (&json!("same"), &json!(8))
    );
    place
        .feed("import r --ledger domain --format lines -", "goes on\n")
        .text(0);
    assert!(place.run("diff s r").text(0).contains("heights 8 and 9"));

    place.run("backup s s").fails(2, "E-USAGE");
    place.run("backup nothing copy2").fails(10, "E-NO-STORE");
    assert!(!place.path("copy2").exists());
    // The restored store went on by itself: it is no copy of the first any more.
    place.run("backup s r").fails(1, "E-NOT-A-COPY");
    place.run("init other --ledger domain").text(0);
    place.run("backup other copy").fails(1, "E-NOT-A-COPY");
}

#[test]
fn diff_names_height_entry_and_both_leaves() {
    let place = Place::with_seven();
    place.run("backup s c").text(0);
    place.run("restore c t").text(0);
    for (store, last) in [("s", "mine"), ("t", "theirs")] {
        let lines = format!("{last}\nlater\n");
        let import =
            format!("import {store} --ledger domain --format lines --batch 1 --time 9e3 -");
        let import = import.replace("9e3", "9000000000000");
        place.feed(&import, lines).text(0);
    }
    let parted = place.run("diff s t --json").json(4, "ledger-tool.diff/1");
    assert_eq!(
        (&parted["answer"], &parted["common_height"]),
        (&json!("parted"), &json!(7))
    );
    let ledger = &parted["parted"]["ledgers"][0];
    assert_eq!(
        (&parted["parted"]["height"], &ledger["leaf_index"]),
        (&json!(8), &json!(7))
    );
    let leaf = |text: &str| {
        merkle_log::TreeType::Sha256
            .leaf(text.as_bytes())
            .to_string()
    };
    assert_eq!(ledger["leaf_hashes"], json!([leaf("mine"), leaf("theirs")]));
    let text = place.run("diff s t");
    let text = text.text(4);
    assert!(
        text.contains("they part at height 8") && text.contains(&leaf("theirs")),
        "{text}"
    );
    place
        .run("init other --network else --ledger domain")
        .text(0);
    assert!(
        place
            .run("diff s other")
            .text(4)
            .contains("different networks")
    );
}

/// Two stores that part at height 8, `s` up to height 9 and `t` up to 10, with checkpoints of both.
fn parted_and_signed() -> Place {
    let place = Place::with_seven();
    place.run("backup s c").text(0);
    place.run("restore c t").text(0);
    let keys = place.run("keys new --name example.com/log -o key");
    place.write("keys", keys.text(0));
    let sign = |store: &str, to: &str| {
        let sign = format!("checkpoint sign {store} --audit --key key -o {to}");
        place.run(&sign).text(0);
    };
    sign("s", "common");
    for (store, lines) in [
        ("s", "mine\nlater\n"),
        ("t", "theirs\nlater\n"),
        ("t", "last\n"),
    ] {
        let import = format!("import {store} --ledger domain --format lines --batch 1 -");
        place.feed(&import, lines).text(0);
        sign(store, &format!("{store}-{}", lines.len()));
    }
    place
}

#[test]
fn stores_that_part_and_are_signed_are_evidence_of_themselves() {
    let place = parted_and_signed();
    let diff = |args: &str| place.run(&format!("diff s t --checkpoints {args}"));
    let compare = |file: &str| place.run(&format!("checkpoint compare {file} --keys keys"));
    let ran = diff("s-11 t-13 --keys keys -o of-one-size");
    assert!(
        ran.text(4)
            .contains("\nCONFLICT: local/audit has two roots, ")
    );
    assert!(
        compare("of-one-size")
            .text(4)
            .starts_with("CONFLICT: local/audit has two roots, ")
    );
    // The later checkpoint says nothing of height 9; how its tree grew does, in either order.
    let ran = diff("s-11 t-5 --keys keys -o grown");
    assert!(ran.text(4).contains(", which grew from "), "{ran:?}");
    let json = place.run("diff t s --checkpoints t-5 s-11 --keys keys --json");
    let json = json.json(4, "ledger-tool.diff/1");
    assert!(
        json["contradiction"]
            .as_str()
            .unwrap()
            .contains(", which grew from ")
    );
    place.write("reversed", json["evidence"].to_string());
    // Whoever gets the evidence has the keys, and no store.
    std::fs::remove_dir_all(place.path("s")).unwrap();
    std::fs::remove_dir_all(place.path("t")).unwrap();
    for file in ["grown", "reversed"] {
        let ran = compare(file);
        assert!(
            ran.text(4)
                .starts_with("CONFLICT: local/audit has the root "),
            "{ran:?}"
        );
        assert!(
            ran.text(4).ends_with("the second by example.com/log\n"),
            "{ran:?}"
        );
    }
    let grown: Value = serde_json::from_slice(&place.read("grown")).unwrap();
    let judged = |change: &dyn Fn(&mut Value), code: i32| {
        let mut changed = grown.clone();
        change(&mut changed);
        place.write("changed", changed.to_string());
        compare("changed").text(code).to_owned()
    };
    // The tree of `t` grew from its own checkpoint, and that is no contradiction.
    let own = String::from_utf8(place.read("t-13")).unwrap();
    assert!(judged(&|e| e["first"] = json!(own), 0).starts_with("SAME: local/audit grew from "));
    let forged = "0".repeat(64);
    assert!(judged(&|e| e["growth"]["root_hash"] = json!(forged), 4).starts_with("INVALID: "));
    assert!(
        judged(
            &|e| drop(e["growth"]["path"].as_array_mut().unwrap().pop()),
            4
        )
        .starts_with("INVALID: ")
    );
    assert!(
        judged(&|e| drop(e.as_object_mut().unwrap().remove("growth")), 3).starts_with("OPEN: ")
    );
    let other = grown["first"]
        .as_str()
        .unwrap()
        .replacen("\n9\n", "\n8\n", 1);
    assert!(judged(&|e| e["first"] = json!(other), 4).starts_with("INVALID: "));
}

#[test]
fn checkpoints_that_contradict_nothing_are_no_evidence() {
    let place = parted_and_signed();
    let diff = |args: &str| place.run(&format!("diff s t --checkpoints {args} -o evidence"));
    // It ends before the stores part.
    let ran = diff("common t-13 --keys keys");
    assert!(!ran.text(4).contains("CONFLICT"), "{ran:?}");
    // Each must be of its own store.
    diff("t-13 s-11 --keys keys").fails(4, "E-CHECKPOINT");
    place
        .run("checkpoint sign s --ledger domain --key key -o domain")
        .text(0);
    diff("domain t-13 --keys keys").fails(2, "E-USAGE");
    diff("s-11 t-99 --keys keys").fails(1, "E-IO");
    // Signed by nobody that is known.
    let other = place.run("keys new --name example.com/log -o other");
    place.write("others", other.text(0));
    let ran = diff("s-11 t-13 --keys others");
    assert!(!ran.text(4).contains("CONFLICT"), "{ran:?}");
    assert!(!place.path("evidence").exists());
    assert_eq!(place.run("diff s t --keys keys").code, 2);
}

#[test]
fn truncate_plans_first_and_keeps_what_it_cuts() {
    let place = Place::with_seven();
    let plan = place
        .run("truncate s --to 4 --json")
        .json(0, "ledger-tool.truncate/1");
    assert_eq!(plan["applied"], false);
    assert_eq!(
        (&plan["height_before"], &plan["height"]),
        (&json!(7), &json!(4))
    );
    assert!(place.run("info s").text(0).contains("7 entries"));
    assert!(place.run("truncate s --to 4").text(0).contains("--apply"));
    place.run("truncate s --to 8").fails(1, "E-NO-HEIGHT");
    let done = place
        .run("truncate s --to 4 --apply --json")
        .json(0, "ledger-tool.truncate/1");
    assert_eq!(
        (&done["applied"], &done["audit_root"]),
        (&json!(true), &plan["audit_root"])
    );
    let kept = place.path("s").join(done["kept_in"].as_str().unwrap());
    assert!(kept.join("0000000000000000.seg").exists());
    assert!(place.run("info s").text(0).contains("4 entries"));
    assert!(place.run("verify s").text(0).contains("VERIFIED"));
    let lines: String = (4..7).map(|i| format!("entry-{i}\n")).collect();
    place
        .feed("import s --ledger domain --format lines -", lines)
        .text(0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["ledgers"][0]["root_hash"], SEVEN);
}
