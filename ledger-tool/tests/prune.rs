//! `prune`: a plan, then the deed; what is kept, what is refused, what is locked.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use common::{Place, patch};
use ledger::{LedgerSpec, Options, Reader, StateSuite, Store, TreeType};

/// A store with 60 heights of a state in `s`.
fn filled(place: &Place) {
    let spec = LedgerSpec::with_state(
        "domain".parse().unwrap(),
        TreeType::Sha256,
        StateSuite::Blake3,
    );
    let plain = LedgerSpec::log("plain".parse().unwrap(), TreeType::Sha256);
    let network = "test-net".parse().unwrap();
    let store =
        Store::create(place.path("s"), network, &[spec, plain], Options::default()).unwrap();
    for height in 1..=60u64 {
        let mut batch = store.batch();
        for key in 0..9 {
            let value = format!("value {height} of {key}").repeat(5);
            batch
                .put("domain", (key * height % 31).to_be_bytes(), value)
                .unwrap();
        }
        store.commit(batch.seal(height, b"").unwrap()).unwrap();
    }
    store.close().unwrap();
}

fn len(place: &Place) -> u64 {
    let files = std::fs::read_dir(place.path("s/domain/trie")).unwrap();
    files
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

fn oldest(place: &Place) -> u64 {
    let reader = Reader::open(place.path("s")).unwrap();
    reader.snapshot().kept("domain").unwrap().oldest()
}

#[test]
fn a_plan_and_then_the_deed() {
    let place = Place::new();
    filled(&place);
    let before = len(&place);
    let prune = "prune s --ledger domain --keep 3 --height 7 --height 20";
    let plan = place.run(prune);
    let plan = plan.text(0);
    assert!(
        plan.contains("keeps     heights 58 to 60, 7, 20\n"),
        "{plan}"
    );
    assert!(plan.contains("drops     55 states\n"), "{plan}");
    assert!(
        plan.ends_with("nothing changed; run again with --apply\n"),
        "{plan}"
    );
    assert_eq!((len(&place), oldest(&place)), (before, 1));
    let planned = place
        .run(&format!("{prune} --json"))
        .json(0, "ledger-tool.prune/1");
    assert_eq!(planned["applied"], false);
    assert_eq!((len(&place), oldest(&place)), (before, 1));

    let done = place
        .run(&format!("{prune} --apply --json"))
        .json(0, "ledger-tool.prune/1");
    assert_eq!(done["applied"], true);
    for field in [
        "height",
        "oldest_before",
        "oldest_after",
        "single_heights",
        "bytes_before",
        "bytes_after",
    ] {
        assert_eq!(done[field], planned[field], "{field}");
    }
    assert_eq!(done["single_heights"], serde_json::json!([7, 20]));
    assert!(len(&place) * 2 < before, "{} of {before}", len(&place));
    assert_eq!(oldest(&place), 58);
    place.run("verify s").text(0);
    let reader = Reader::open(place.path("s")).unwrap();
    let at = |height| reader.snapshot().at_height(height).unwrap().state("domain");
    assert!(at(7).is_ok() && at(20).is_ok() && at(58).is_ok());
    assert_eq!(at(57).unwrap_err().code(), "E-DROPPED");
    place.run("explain E-DROPPED").text(0);

    // What is gone cannot be kept; the rest of the tool goes on.
    let again = place.run("prune s --ledger domain --keep 3 --height 8 --apply");
    again.fails(1, "E-DROPPED");
    let text = place.run("prune s --ledger domain --keep 3 --apply");
    let text = text.text(0);
    assert!(text.contains("drops     2 states\n"), "{text}");
    assert!(!text.contains("nothing changed"), "{text}");
}

#[test]
fn what_cannot_be_pruned() {
    let place = Place::new();
    filled(&place);
    place
        .run("prune s --ledger plain --keep 3")
        .fails(1, "E-NO-STATE");
    place
        .run("prune s --ledger none --keep 3")
        .fails(1, "E-NO-LEDGER");
    place
        .run("prune s --ledger domain --keep 3 --height 61")
        .fails(1, "E-NO-HEIGHT");
    place.run("prune s --ledger domain --keep 0").text(2);
    place.run("prune s --ledger domain").text(2);
    place
        .run("prune gone --ledger domain --keep 1")
        .fails(10, "E-NO-STORE");
    let store = Store::open(place.path("s"), Options::default()).unwrap();
    let locked = place.run("prune s --ledger domain --keep 1 --apply");
    locked.fails(11, "E-LOCKED");
    store.close().unwrap();
    assert_eq!(oldest(&place), 1);
}

/// Whoever writes refuses and says what to do; whoever reads gets what the nodes are there for.
#[test]
fn what_is_kept_is_damaged() {
    let place = Place::new();
    filled(&place);
    place
        .run("prune s --ledger domain --keep 3 --apply")
        .text(0);
    patch(&place.path("s/domain/kept"), |bytes| bytes[4104] ^= 4);
    for write in [
        "prune s --ledger domain --keep 2",
        "state put s --ledger domain /dev/null",
    ] {
        let refused = place.run(write);
        let said = refused.fails(4, "E-KEPT");
        assert!(said.contains("domain/kept at 4116"), "{said}");
    }
    let key = format!("{:016x}", 7);
    let get = |height| {
        let at = format!("state get s --ledger domain --key-hex {key} --height {height}");
        place.run(&at)
    };
    assert!(get(60).text(0).contains("height  60"));
    get(58).text(0);
    get(57).fails(4, "E-KEPT");
    for level in ["quick", "full"] {
        let report = place.run(&format!("verify s --level {level} --json"));
        let report = report.json(4, "ledger-tool.verify/1");
        let findings = report["findings"].as_array().unwrap();
        assert_eq!(findings.len(), 1, "{findings:?}");
        assert_eq!(findings[0]["code"], "E-KEPT");
        assert_eq!(findings[0]["file"], "domain/kept");
    }
    place.run("backup s copy").fails(4, "E-KEPT");
    assert!(place.run("explain E-KEPT").text(0).contains("remove it"));
    // Without it everything is kept, and comes back from the record log.
    std::fs::remove_file(place.path("s/domain/kept")).unwrap();
    assert!(get(57).text(0).contains("height  57"));
    place.run("backup s copy").text(0);
    assert!(Reader::open(place.path("copy")).is_ok());
}
