//! Ledgers as directories of tlog tiles: written, grown, read by others, and read back.

#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::fs;
use std::ops::Range;
use std::path::PathBuf;

use common::{Place, patch};
use serde_json::Value;

fn lines(range: Range<u64>) -> String {
    range.map(|i| format!("entry-{i}\n")).collect()
}

/// A store of 300 entries, a key, and the store's tiles.
fn place() -> Place {
    let place = Place::new();
    place.run("init s --ledger domain").text(0);
    grow(&place, 0..300);
    let ran = place.run("keys new --name example.com/keeper -o keeper");
    place.write("keys", ran.text(0));
    export(&place).text(0);
    place
}

fn grow(place: &Place, range: Range<u64>) {
    let args = "import s --ledger domain --format lines -";
    place.feed(args, lines(range)).text(0);
}

fn export(place: &Place) -> common::Ran {
    place.run("export tiles s --ledger domain --key keeper -o tiles")
}

fn import(place: &Place, to: &str) -> common::Ran {
    let args = format!("import {to} --ledger domain --format tiles --keys keys --batch 100 tiles");
    place.run(&args)
}

fn root(place: &Place, store: &str) -> (Value, Value) {
    let args = format!("info {store} --json");
    let info = place.run(&args).json(0, "ledger-tool.info/1");
    let ledger = &info["ledgers"][0];
    (ledger["tree_size"].clone(), ledger["root_hash"].clone())
}

/// Every file of the directory, in order.
fn files(place: &Place) -> Vec<String> {
    fn walk(folder: PathBuf, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(path, found);
            } else {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    let top = place.path("tiles");
    walk(top.clone(), &mut found);
    let mut names: Vec<String> = found
        .iter()
        .map(|path| path.strip_prefix(&top).unwrap().display().to_string())
        .collect();
    names.sort();
    names
}

#[test]
fn tiles_grow_and_are_read_back() {
    let place = place();
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "tile/entries/000",
        "tile/entries/001.p/44",
    ];
    assert_eq!(files(&place), expected);
    place.run("init copy --ledger domain").text(0);
    let said = import(&place, "copy");
    assert_eq!(
        said.text(0),
        "committed 1 100\ncommitted 2 200\ncommitted 3 300\n"
    );
    assert_eq!(root(&place, "copy"), root(&place, "s"));

    let modified = || {
        let metadata = place.path("tiles/tile/entries/000").metadata().unwrap();
        metadata.modified().unwrap()
    };
    let before = modified();
    grow(&place, 300..520);
    assert!(
        export(&place)
            .text(0)
            .starts_with("exported 220 new entries in 5 tiles; root ")
    );
    let expected = [
        "checkpoint",
        "tile/0/000",
        "tile/0/001",
        "tile/0/002.p/8",
        "tile/1/000.p/2",
        "tile/entries/000",
        "tile/entries/001",
        "tile/entries/002.p/8",
    ];
    assert_eq!(files(&place), expected);
    assert_eq!(modified(), before);
    place
        .run("checkpoint verify tiles/checkpoint s --keys keys")
        .text(0);
    import(&place, "copy").text(0);
    assert_eq!(root(&place, "copy"), root(&place, "s"));
    assert_eq!(import(&place, "copy").text(0), "");
    place.run("verify copy").text(0);
}

#[test]
fn what_does_not_lead_to_the_checkpoint_is_not_committed() {
    let place = place();
    place.run("init copy --ledger domain").text(0);
    for file in [
        "tile/entries/001.p/44",
        "tile/0/001.p/44",
        "tile/1/000.p/1",
        "checkpoint",
    ] {
        let good = place.read(&format!("tiles/{file}"));
        let path = place.path(&format!("tiles/{file}"));
        for at in [0, good.len() / 2, good.len() - 1] {
            patch(&path, |bytes| bytes[at] ^= 1);
            place.run("init bad --ledger domain").text(0);
            let ran = import(&place, "bad");
            assert_eq!(ran.code, 4, "{file} at {at}: {ran:?}");
            // Only what was proven is there.
            let (size, _) = root(&place, "bad");
            assert!(size.as_u64().unwrap() <= 256);
            fs::remove_dir_all(place.path("bad")).unwrap();
            fs::write(&path, &good).unwrap();
        }
    }
    // Other keys, another log, a ledger that is no beginning of it.
    let ran = place.run("keys new --name other -o other");
    place.write("others", ran.text(0));
    place
        .run("import copy --ledger domain --format tiles --keys others tiles")
        .fails(4, "E-CHECKPOINT");
    place
        .run("import copy --ledger domain --format tiles --keys keys --origin local/x tiles")
        .fails(4, "E-CHECKPOINT");
    place
        .run("import copy --ledger domain --format tiles tiles")
        .text(2);
    place
        .feed("import copy --ledger domain --format lines -", "another\n")
        .text(0);
    import(&place, "copy").fails(4, "E-TLOG-TILE");
    let args = "export tiles copy --ledger domain --key keeper -o tiles";
    place.run(args).fails(4, "E-CHECKPOINT");
    import(&place, "s").text(0);
}

#[test]
fn entries_and_trees_that_tiles_do_not_take() {
    let place = place();
    place
        .feed(
            "import s --ledger domain --format lines -",
            "x".repeat(65_535),
        )
        .text(0);
    export(&place).text(0);
    let before = place.read("tiles/checkpoint");
    place
        .feed(
            "import s --ledger domain --format lines -",
            "x".repeat(65_536),
        )
        .text(0);
    export(&place).fails(1, "E-TLOG-ENTRY");
    assert_eq!(place.read("tiles/checkpoint"), before);
    place.run("init f --ledger domain:blake3").text(0);
    let args = "export tiles f --ledger domain --key keeper -o fast";
    place.run(args).fails(1, "E-TLOG-TREE");
}

/// The directory, as the crate `tlog_tiles` reads it.
struct Tiles(PathBuf);

impl tlog_tiles::TileReader for Tiles {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, tiles: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = tiles.iter().map(|tile| {
            let path = tile.path().replacen("tile/8/", "tile/", 1);
            fs::read(self.0.join(path)).unwrap()
        });
        Ok(read.collect())
    }

    fn save_tiles(&self, _tiles: &[tlog_tiles::Tile], _data: &[Vec<u8>]) {}
}

#[test]
fn another_implementation_reads_the_tiles_and_proves_the_same() {
    let place = place();
    grow(&place, 300..520);
    export(&place).text(0);
    let (_, root) = root(&place, "s");
    let root: Vec<u8> = (0..32)
        .map(|i| u8::from_str_radix(&root.as_str().unwrap()[2 * i..2 * i + 2], 16).unwrap())
        .collect();
    let root = tlog_tiles::Hash(root.try_into().unwrap());
    let tiles = Tiles(place.path("tiles"));
    let reader = tlog_tiles::TileHashReader::new(520, root, &tiles);
    for leaf in [0, 255, 256, 300, 519] {
        let theirs = tlog_tiles::prove_record(520, leaf, &reader).unwrap();
        let hash = tlog_tiles::record_hash(format!("entry-{leaf}").as_bytes());
        tlog_tiles::check_record(&theirs, 520, root, leaf, hash).unwrap();
        let args = format!("proof inclusion s --ledger domain --leaf {leaf}");
        let ours: Value = serde_json::from_str(place.run(&args).text(0)).unwrap();
        let theirs: Vec<String> = theirs.iter().map(hex).collect();
        assert_eq!(ours["path"], serde_json::json!(theirs));
        assert_eq!(ours["leaf_hash"], hex(&hash));
    }
}

fn hex(hash: &tlog_tiles::Hash) -> String {
    hash.0.iter().map(|byte| format!("{byte:02x}")).collect()
}
