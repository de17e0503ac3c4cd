//! Stores that are locked, damaged, foreign or not there: each has its exit code, and commands
//! that read change nothing.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::time::SystemTime;

use common::{Place, SEVEN, find, patch};

const READERS: [&str; 6] = [
    "info s",
    "verify s",
    "entry s --ledger domain 3",
    "dump s --ledger domain",
    "proof inclusion s --ledger domain --leaf 3",
    "proof consistency s --ledger domain --from 3",
];
const SEGMENT: &str = "s/log/0000000000000000.seg";

/// Every file below a folder with its bytes and time of change.
fn contents(dir: &Path) -> BTreeMap<String, (Vec<u8>, SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            let time = path.metadata().unwrap().modified().unwrap();
            all.insert(path.display().to_string(), (fs::read(&path).unwrap(), time));
        }
    }
    all
}

#[test]
fn what_is_no_store_is_said_to_be_none() {
    let place = Place::new();
    fs::create_dir(place.path("empty")).unwrap();
    fs::create_dir(place.path("foreign")).unwrap();
    place.write("foreign/notes.txt", "hello");
    place.write("x", "x");
    for dir in ["gone", "empty", "foreign"] {
        for args in READERS {
            place
                .run(&args.replacen(" s", &format!(" {dir}"), 1))
                .fails(10, "E-NO-STORE");
        }
        let args = format!("import {dir} --ledger domain --format lines x");
        place.run(&args).fails(10, "E-NO-STORE");
    }
    assert!(!place.path("gone").exists());
    assert_eq!(fs::read_dir(place.path("empty")).unwrap().count(), 0);
}

#[test]
fn reading_changes_nothing_and_needs_no_permission_to_write() {
    let place = Place::with_seven();
    let before = contents(&place.path("s"));
    let mut permissions = fs::metadata(place.path("s")).unwrap().permissions();
    let writable = permissions.clone();
    permissions.set_readonly(true);
    fs::set_permissions(place.path("s"), permissions).unwrap();
    for args in READERS {
        place.run(args).text(0);
        place.run(&format!("{args} --no-mmap")).text(0);
    }
    fs::set_permissions(place.path("s"), writable).unwrap();
    assert_eq!(contents(&place.path("s")), before);
}

#[test]
fn one_writer_and_readers_beside_it() {
    let place = Place::with_seven();
    let mut writer = place.spawn("import s --ledger domain --format lines --batch 1 -");
    let mut stdin = writer.stdin.take().unwrap();
    let mut stdout = BufReader::new(writer.stdout.take().unwrap());
    let mut committed = String::new();
    for i in 7..10 {
        writeln!(stdin, "entry-{i}").unwrap();
        // A batch that is full is committed and acknowledged at once.
        committed.clear();
        stdout.read_line(&mut committed).unwrap();
        assert_eq!(committed, format!("committed {} {}\n", i + 1, i + 1));
        let info = place.run("info s --json").json(0, "ledger-tool.info/1");
        assert_eq!(info["ledgers"][0]["tree_size"], i + 1);
        assert_eq!(info["durability"], "durable");
    }
    for args in READERS {
        let ran = place.run(args);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{args}");
    }
    let second = place.feed("import s --ledger domain --format lines -", "x");
    let err = second.fails(11, "E-LOCKED");
    assert!(err.contains(&format!("process {}", writer.id())), "{err}");
    drop(stdin);
    assert!(writer.wait().unwrap().success());
    place
        .feed("import s --ledger domain --format lines -", "x")
        .text(0);
}

#[test]
fn a_newer_format_is_refused_by_its_version() {
    let place = Place::with_seven();
    for name in ["SUPER.0", "SUPER.1"] {
        patch(&place.path("s").join(name), |bytes| bytes[12] = 2);
    }
    place.write("x", "x");
    for args in READERS
        .into_iter()
        .chain(["import s --ledger domain --format lines x"])
    {
        let ran = place.run(args);
        assert!(
            ran.fails(12, "E-FORMAT-VERSION")
                .contains("version 2, this release reads version 1")
        );
    }
}

#[test]
fn a_changed_byte_of_an_entry_is_damage_and_the_rest_is_served() {
    let place = Place::with_seven();
    patch(&place.path(SEGMENT), |bytes| {
        let at = find(bytes, b"entry-3");
        bytes[at] ^= 1;
    });
    let verify = place.run("verify s");
    let text = verify.text(4);
    assert!(
        text.contains("E-FRAME-CRC  log/0000000000000000.seg at "),
        "{text}"
    );
    assert!(
        text.contains("entries [3,4) of domain cannot be read or proven"),
        "{text}"
    );
    assert!(text.contains("verified [0,3), not [3,7)"), "{text}");
    assert!(text.contains("ledger-tool explain E-FRAME-CRC"), "{text}");
    assert!(text.ends_with("DAMAGED: 1 finding\n"), "{text}");
    let json = place.run("verify s --json").json(4, "ledger-tool.verify/1");
    assert_eq!(json["verdict"], "damaged");
    let finding = &json["findings"][0];
    assert_eq!(finding["code"], "E-FRAME-CRC");
    assert_eq!(finding["file"], "log/0000000000000000.seg");
    assert_eq!(finding["ledger"], "domain");
    assert_eq!(
        (&finding["entries"]["begin"], &finding["entries"]["end"]),
        (&3.into(), &4.into())
    );
    assert!(finding["offset"].as_u64().unwrap() > 4096);

    place
        .run("entry s --ledger domain 3")
        .fails(4, "E-FRAME-CRC");
    assert_eq!(
        place.run("entry s --ledger domain 6 --raw").text(0),
        "entry-6"
    );
    let dump = place.run("dump s --ledger domain --format raw");
    assert_eq!(dump.out, b"entry-0entry-1entry-2");
    dump.fails(4, "E-FRAME-CRC");
    let after = place.run("dump s --ledger domain --from 4 --format raw");
    assert_eq!(after.text(0), "entry-4entry-5entry-6");
}

#[test]
fn tiles_that_are_gone_are_damage_that_the_next_writer_mends() {
    let place = Place::with_seven();
    fs::remove_file(place.path("s/domain/tiles.0")).unwrap();
    fs::remove_file(place.path("s/domain/entries")).unwrap();
    assert!(place.run("verify s").text(4).contains("E-TILES"));
    // Nothing is lost meanwhile.
    place
        .run("proof inclusion s --ledger domain --leaf 3 -o p")
        .text(0);
    place
        .run(&format!("proof check p --root {SEVEN}@7"))
        .text(0);
    assert_eq!(
        place.run("entry s --ledger domain 3 --raw").text(0),
        "entry-3"
    );
    let ran = place.feed("import s --ledger domain --format lines -", "");
    assert_eq!(ran.text(0), "");
    assert!(ran.err.contains("rebuilt from the log"), "{}", ran.err);
    place.run("verify s").text(0);
}

#[test]
fn missing_and_foreign_files_are_named() {
    let place = Place::with_seven();
    place.copy("s", "t");
    place.copy("s", "v");
    fs::remove_file(place.path(SEGMENT)).unwrap();
    let ran = place.feed("import s --ledger domain --format lines -", "x");
    ran.fails(4, "E-MISSING-SEGMENT");
    let json = place.run("verify s --json").json(4, "ledger-tool.verify/1");
    assert_eq!(json["findings"][0]["code"], "E-MISSING-SEGMENT");

    place.run("init u --ledger domain").text(0);
    let segment = "log/0000000000000000.seg";
    let foreign = fs::read(place.path("u").join(segment)).unwrap();
    patch(&place.path("t").join(segment), |bytes| *bytes = foreign);
    let json = place.run("verify t --json").json(4, "ledger-tool.verify/1");
    assert_eq!(json["verdict"], "damaged");
    assert_eq!(json["findings"][0]["code"], "E-FOREIGN");
    assert_eq!(json["findings"][0]["file"], segment);
    assert!(place.run("verify t").text(4).contains("E-FOREIGN"));
    let ran = place.feed("import t --ledger domain --format lines -", "x");
    ran.fails(4, "E-FOREIGN");

    for name in ["SUPER.0", "SUPER.1"] {
        patch(&place.path("v").join(name), Vec::clear);
    }
    place.run("info v").fails(4, "E-SUPERBLOCK");
}

#[test]
fn a_torn_tail_is_incomplete_and_the_next_writer_takes_it_away() {
    let place = Place::with_seven();
    // As after a crash: a copy of a store that somebody writes to.
    let mut writer = place.spawn("import s --ledger domain --format lines --batch 1 -");
    let mut stdin = writer.stdin.take().unwrap();
    let mut stdout = BufReader::new(writer.stdout.take().unwrap());
    // Its batch has several sectors.
    writeln!(stdin, "entry-7{}", "x".repeat(2000)).unwrap();
    stdout.read_line(&mut String::new()).unwrap();
    place.copy("s", "torn");
    drop(stdin);
    writer.wait().unwrap();

    // The machine stopped before the batch was written in full, and before anything told of it.
    fs::remove_file(place.path("torn/tip")).unwrap();
    patch(&place.path("torn/audit/heights"), |bytes| {
        bytes[4096 + 8 * 7..][..8].fill(0);
    });
    patch(
        &place.path("torn").join("log/0000000000000000.seg"),
        |bytes| {
            let at = find(bytes, b"entry-7");
            let end = bytes.iter().rposition(|byte| *byte != 0).unwrap() / 512 * 512;
            assert!(end >= at);
            bytes[end..end + 512].fill(0);
        },
    );
    let verify = place.run("verify torn");
    assert!(verify.text(3).contains("E-TORN-TAIL"), "{verify:?}");
    assert!(verify.text(3).contains("INCOMPLETE"), "{verify:?}");
    let json = place
        .run("verify torn --json")
        .json(3, "ledger-tool.verify/1");
    assert_eq!(json["verdict"], "incomplete");
    assert_eq!(json["findings"][0]["severity"], "warning");
    let info = place.run("info torn --json");
    assert!(info.err.contains("not closed in order"), "{}", info.err);
    let json = info.json(0, "ledger-tool.info/1");
    assert_eq!(
        (&json["durability"], &json["height"]),
        (&"unknown".into(), &7.into())
    );

    let ran = place.feed("import torn --ledger domain --format lines -", "again");
    assert_eq!(ran.text(0), "committed 8 8\n");
    assert!(
        ran.err
            .contains("was never acknowledged and was taken away"),
        "{}",
        ran.err
    );
    place.run("verify torn").text(0);
    assert!(place.path("torn/lost+found").exists());
}
