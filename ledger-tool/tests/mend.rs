//! `diff`, `backup`, `restore` and `truncate` as an operator runs them.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Place, SEVEN};
use serde_json::json;

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
