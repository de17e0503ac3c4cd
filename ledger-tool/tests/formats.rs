//! What goes in comes out: lines, records, JSON lines, raw bytes, genesis files; and what of them
//! is refused.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::fs;

use common::{Place, Ran, SEVEN};
use serde_json::Value;

fn store() -> Place {
    let place = Place::new();
    place.run("init s --ledger l").text(0);
    place
}

fn import(place: &Place, format: &str, input: &[u8]) -> Ran {
    place.feed(&format!("import s --ledger l --format {format} -"), input)
}

/// Length and bytes, repeated.
fn records(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in entries {
        all.extend(u32::try_from(entry.len()).unwrap().to_le_bytes());
        all.extend(entry);
    }
    all
}

/// Entries of every kind of length and content, more than fit a frame.
fn entries() -> Vec<Vec<u8>> {
    let mut entries = vec![
        Vec::new(),
        vec![0],
        b"\n".to_vec(),
        b"\r\n".to_vec(),
        vec![255; 300],
    ];
    entries.extend((0..500u32).map(|i| vec![i.to_le_bytes()[0]; i as usize % 97]));
    entries.push(vec![7; 100_000]);
    entries
}

#[test]
fn records_go_in_and_out_unchanged() {
    let place = store();
    let all = entries();
    let bytes = records(&all);
    import(&place, "records", &bytes).text(0);
    let dump = place.run("dump s --ledger l --format records");
    assert!(dump.code == 0 && dump.out == bytes);
    let raw = place.run("dump s --ledger l --format raw -o raw");
    assert_eq!(raw.text(0), "");
    assert!(place.read("raw") == all.concat());
    for (from, to) in [(0, 0), (0, 1), (5, 9), (500, 506), (506, 506)] {
        let args = format!("dump s --ledger l --format records --from {from} --to {to}");
        assert!(
            place.run(&args).out == records(&all[from..to]),
            "{from} {to}"
        );
    }
    // Into another store: the same tree.
    place.run("init t --ledger l").text(0);
    place
        .feed(
            "import t --ledger l --format records --batch 7 -",
            &dump.out,
        )
        .text(0);
    let root = |dir: &str| {
        let info = place
            .run(&format!("info {dir} --json"))
            .json(0, "ledger-tool.info/1");
        info["ledgers"][0]["root_hash"].clone()
    };
    assert_eq!(root("s"), root("t"));
}

#[test]
fn lines_and_json_lines_go_in_as_they_are_written() {
    let place = store();
    import(&place, "lines", b"a\r\n\n\xff\nlast").text(0);
    import(&place, "jsonl", b"{\"b\": 1,  \"a\":[]}\n7\n\"x\"").text(0);
    let dump = place.run("dump s --ledger l --format records");
    let expected: [&[u8]; 7] = [
        b"a\r",
        b"",
        b"\xff",
        b"last",
        b"{\"b\": 1,  \"a\":[]}",
        b"7",
        b"\"x\"",
    ];
    assert_eq!(dump.out, records(&expected.map(<[u8]>::to_vec)));
}

#[test]
fn dumped_json_lines_hold_everything() {
    let place = Place::with_seven();
    let dump = place.run("dump s --ledger domain");
    let lines: Vec<Value> = dump
        .text(0)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 7);
    for (i, line) in lines.iter().enumerate() {
        assert_eq!(line["ledger"], "domain");
        assert_eq!(line["leaf_index"], i);
        assert_eq!(line["seq_no"], i + 1);
        assert_eq!(line["height"], i + 1);
        assert_eq!(line["data"], format!("entry-{i}"));
        assert_eq!(line["data_hex"], format!("656e7472792d3{i}"));
        assert_eq!(line.as_object().unwrap().len(), 6);
    }
    place
        .run("dump s --ledger domain --to 8")
        .fails(1, "E-OUT-OF-RANGE");
    place
        .run("dump s --ledger domain --from 8")
        .fails(2, "E-USAGE");
    place
        .run("dump s --ledger domain --from 3 --to 2")
        .fails(2, "E-USAGE");
    place.run("dump s --ledger nope").fails(1, "E-NO-LEDGER");
    place
        .run("dump s --ledger domain -o nope/x")
        .fails(1, "E-IO");

    // Bytes that are no text have no `data`; the dump is JSON lines all the same.
    place
        .feed("import s --ledger domain --format lines -", b"\xff")
        .text(0);
    let dump = place.run("dump s --ledger domain --from 7");
    let line: Value = serde_json::from_str(dump.text(0)).unwrap();
    assert_eq!(line["data_hex"], "ff");
    assert!(line.get("data").is_none());
    place
        .feed("import s --ledger domain --format jsonl -", dump.out)
        .text(0);
}

#[test]
fn what_is_refused_names_its_place_and_keeps_what_was_committed() {
    let place = store();
    let sizes = || {
        let info = place.run("info s --json").json(0, "ledger-tool.info/1");
        info["ledgers"][0]["tree_size"].as_u64().unwrap()
    };
    let two = records(&[b"first".to_vec(), b"second".to_vec()]);
    let ran = import(&place, "records", &two[..two.len() - 1]);
    let err = ran.fails(1, "E-INPUT-TRUNCATED");
    assert!(
        err.contains("record 1 at byte 9 ends after 9 of 10 bytes"),
        "{err}"
    );
    assert!(err.contains("nothing was imported"), "{err}");
    let err = import(&place, "records", &two[..11]);
    assert!(
        err.fails(1, "E-INPUT-TRUNCATED")
            .contains("record 1 at byte 9 ends after 2 of 4")
    );
    let err = import(&place, "records", &[0xff; 100]);
    let err = err.fails(1, "E-ENTRY-TOO-LARGE");
    assert!(
        err.contains("record 0 at byte 0 has 4294967295 bytes"),
        "{err}"
    );
    assert_eq!(sizes(), 0);

    let args = "import s --ledger l --format jsonl --batch 2 -";
    let ran = place.feed(args, "1\n2\n3\n{]\n");
    let err = ran.fails(1, "E-INPUT");
    assert!(err.contains("line 4 at byte 6 is not JSON"), "{err}");
    assert!(err.contains("the input's first 2 entries are in"), "{err}");
    assert_eq!(ran.out, b"committed 1 2\n");
    assert_eq!(sizes(), 2);
    import(&place, "jsonl", b"\"\xff\"").fails(1, "E-INPUT");

    place.write("long", vec![b'x'; (16 << 20) + 1]);
    let ran = place.run("import s --ledger l --format lines long");
    let err = ran.fails(1, "E-ENTRY-TOO-LARGE");
    assert!(err.contains("line 1 at byte 0 is longer than"), "{err}");
    assert_eq!(sizes(), 2);
}

#[test]
fn a_commit_takes_16_mib_however_many_entries_are_asked_for() {
    let place = store();
    place.write("large", records(&vec![vec![1; 6 << 20]; 5]));
    let ran = place.run("import s --ledger l --format records --batch 1000000 large");
    assert_eq!(ran.text(0), "committed 1 2\ncommitted 2 4\ncommitted 3 5\n");
    place.write("largest", records(&vec![vec![1; 16 << 20]; 2]));
    let ran = place.run("import s --ledger l --format records largest");
    assert_eq!(ran.text(0), "committed 4 6\ncommitted 5 7\n");
}

#[test]
fn plenum_genesis_loads_once_into_an_empty_ledger() {
    let place = Place::new();
    place.run("init s --ledger pool --ledger domain").text(0);
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/vectors/plenum/data/");
    fs::copy(
        format!("{data}sovrin_mainnet_pool.jsonl"),
        place.path("pool"),
    )
    .unwrap();
    let args = "import s --ledger pool --format plenum-genesis pool";
    assert_eq!(place.run(args).text(0), "committed 1 136\n");
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    // The root that Plenum computes, from tests/vectors/plenum.
    let root = "a07fe53deb1923ed175661655e56b67058ca783d905db3a64d3f691c248fa9d8";
    assert_eq!(info["ledgers"][0]["root_hash"], root);
    place.run(args).fails(1, "E-NOT-EMPTY");

    let args = "import s --ledger domain --format plenum-genesis -";
    let err = place.feed(args, "{}\n[]\n");
    assert!(
        err.fails(1, "E-INPUT")
            .contains("line 2: the transaction is not an object")
    );
    place.feed(args, "").fails(1, "E-INPUT");
    place.feed(args, "{}").text(0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["height"], 2);
}

#[test]
fn standard_input_is_a_file_like_others() {
    let place = Place::new();
    place.run("init s --ledger l").text(0);
    place.write(
        "lines",
        (0..7).map(|i| format!("entry-{i}\n")).collect::<String>(),
    );
    let mut command = common::command(&place.path("."));
    command.args("import s --ledger l --format lines -".split(' '));
    command.stdin(fs::File::open(place.path("lines")).unwrap());
    Ran::of(command.output().unwrap()).text(0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["ledgers"][0]["root_hash"], SEVEN);
}
