//! Every command over a store that begins at a height: it works from there on, or says by its code
//! that what was asked for is before.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::sync::Arc;

use common::Place;
use hash_store::FileStorage;
use ledger::{LedgerSpec, Options, Snapshot, StateSuite, Store, TreeType};
use patricia_state::Direction;

/// The height that the store `light` begins with.
const BASE: u64 = 5;

fn specs() -> [LedgerSpec; 1] {
    let name = "domain".parse().unwrap();
    let spec = LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Blake3);
    [spec.with_leaf_hashes().with_ids()]
}

fn commit(store: &Store, height: u64) {
    let mut batch = store.batch();
    for i in 0..3 {
        let entry = format!("entry {height}.{i}");
        batch.append_unique("domain", &entry, &entry).unwrap();
        batch.put("domain", format!("key {i}"), &entry).unwrap();
    }
    let time = 1_700_000_000_000 + height;
    let sealed = batch.seal(time, b"metadata").unwrap();
    store.commit(sealed).unwrap();
}

fn begun(source: &Snapshot, place: &Place) -> Store {
    let storage = Arc::new(FileStorage::new(place.path("light")));
    let network = source.network().clone();
    let options = Options::default();
    let mut writer = Store::begin_in(storage, [7; 16], network, &specs(), options).unwrap();
    let ledger = source.ledger("domain").unwrap();
    let leaves = ledger.leaf_hashes(0..ledger.size().0).unwrap();
    writer.leaves("domain", &leaves).unwrap();
    for entry in source.state("domain").unwrap().entries(Direction::Forward) {
        let (key, value) = entry.unwrap();
        writer.set("domain", &key, value).unwrap();
    }
    let audit = source.audit().leaf_hashes(0..BASE - 1).unwrap();
    writer.audit_leaves(&audit).unwrap();
    let last = source.commit(BASE).unwrap();
    writer
        .finish(&last.body_bytes, &last.metadata, &[])
        .unwrap()
}

/// The stores `whole` and `light`, both of height 8.
fn stores() -> Place {
    let place = Place::new();
    let network = "test-net".parse().unwrap();
    let dir = place.path("whole");
    let whole = Store::create(dir, network, &specs(), Options::default()).unwrap();
    (1..=BASE).for_each(|height| commit(&whole, height));
    let light = begun(&whole.snapshot(), &place);
    for height in BASE + 1..=8 {
        commit(&whole, height);
        commit(&light, height);
    }
    whole.close().unwrap();
    light.close().unwrap();
    place
}

#[test]
fn info_says_with_which_height_it_begins() {
    let place = stores();
    let info = place.run("info light --json").json(0, "ledger-tool.info/1");
    assert_eq!((&info["height"], &info["base"]), (&8.into(), &5.into()));
    let text = place.run("info light");
    assert!(text.text(0).contains("begins with height 5"), "{text:?}");
    let whole = place.run("info whole --json").json(0, "ledger-tool.info/1");
    assert!(whole.get("base").is_none());
}

/// Runs the tool on a store, as `DIR`; its output with the store's name as that too.
fn run(place: &Place, args: &str, dir: &str) -> (i32, String, String) {
    let mut command = common::command(&place.path("."));
    let args = args.replace("DIR", dir);
    // Underscores are spaces of arguments.
    command.args(args.split(' ').map(|arg| arg.replace('_', " ")));
    let ran = common::Ran::of(command.output().unwrap());
    let out = String::from_utf8_lossy(&ran.out).replace(dir, "DIR");
    (ran.code, out, ran.err)
}

/// What the whole store answers, the other one answers too.
#[test]
fn what_is_there_is_answered_as_by_the_whole_store() {
    let place = stores();
    for args in [
        "entry DIR 15 --ledger domain",
        "entry DIR 23 --ledger domain --json",
        "entry DIR --id entry_6.0 --ledger domain",
        "dump DIR --ledger domain --from 15",
        "dump DIR --ledger domain --from 15 --format csv",
        "state get DIR --ledger domain --key key_1",
        "state get DIR --ledger domain --height 5 --key key_1",
        "state ls DIR --ledger domain",
        "state diff DIR --ledger domain --from 5 --to 8",
        "state roots DIR --ledger domain --from 5",
        "proof inclusion DIR --ledger domain --leaf 0",
        "proof inclusion DIR --ledger domain --leaf 20",
        "proof inclusion DIR --ledger domain --leaf 3 --leaf 20",
        "proof inclusion DIR --audit --leaf 1",
        "proof range DIR --ledger domain --from 2 --to 19",
        "proof consistency DIR --ledger domain --from 4 --to 24",
        "proof state DIR --ledger domain --key key_1",
        "render tree DIR --ledger domain",
        "render tree DIR --audit",
    ] {
        let (whole, light) = (run(&place, args, "whole"), run(&place, args, "light"));
        assert_eq!(whole.0, 0, "{args}: {}", whole.2);
        assert_eq!(light, whole, "{args}");
    }
}

#[test]
fn every_command_works_from_the_base_on() {
    let place = stores();
    for args in [
        "verify light --level quick",
        "verify light --level full",
        "verify light --level deep",
        "stat light",
        "stat light --level deep",
        "inspect superblock light",
        "inspect segment light --number 0",
        "render segments light",
        "render growth light",
        "report light --html page",
        "diff whole light",
        "backup light copy",
        "restore copy restored",
        "verify restored --level deep",
        "repair light",
        "recover light --output recovered",
        "verify recovered --level deep",
        "truncate light --to 6",
        "prune light --ledger domain --keep 2",
        "prune light --ledger domain --keep 2 --height 5 --apply",
        "verify light --level deep",
        "truncate light --to 6 --apply",
        "verify light --level deep",
        "debug-bundle light --output bundle",
    ] {
        let ran = place.run(args);
        assert_eq!(ran.code, 0, "{args}: {}", ran.err);
        assert!(
            ran.err.is_empty() || !args.starts_with("verify"),
            "{}",
            ran.err
        );
    }
    let segment = place.run("inspect segment light --number 0");
    let text = segment.text(0);
    assert!(text.contains("batch 3  base  height 5  1 frame"), "{text}");
    let superblock = place.run("inspect superblock light");
    let text = superblock.text(0);
    assert!(text.contains("base: height: 5"), "{text}");
    let info = place
        .run("info recovered --json")
        .json(0, "ledger-tool.info/1");
    assert_eq!(info["base"], 5);
}

#[test]
fn what_is_before_the_base_is_refused_by_its_code() {
    let place = stores();
    place
        .run("keys new --name test/domain --output key")
        .text(0);
    for args in [
        "entry light 0 --ledger domain",
        "entry light 14 --ledger domain",
        "dump light --ledger domain",
        "dump light --ledger domain --from 14",
        "dump light --ledger domain --format csv",
        "state get light --ledger domain --height 4 --key k",
        "state diff light --ledger domain --from 4 --to 8",
        "state roots light --ledger domain",
        "truncate light --to 4",
        "truncate light --to 0 --apply",
        "prune light --ledger domain --keep 2 --height 4",
        "proof bundle light --ledger domain --leaf 0",
        "export tiles light --ledger domain --key key --output tiles",
    ] {
        place.run(args).fails(1, "E-BEFORE-BASE");
    }
    // Nothing was changed.
    place.run("verify light --level deep").text(0);
    let info = place.run("info light --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["height"], 8);
}
