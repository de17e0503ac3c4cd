//! A node's directory after many kills, with flipped bits and a lost file, beside a healthy copy of
//! another node: `repair --from` gives it its own bytes again. The full count is a soak command:
//! `LEDGER_NODE_KILLS=100 cargo test --release -p ledger-tool --test node -- --nocapture`.

#![allow(
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use common::{Place, patch};
use ledger::{Options, Store};

const LINES: u64 = 20_000;
const IMPORT: &str = "--ledger domain --format lines --batch 100 --time 1000";

fn lines(from: u64) -> String {
    let line = |index| format!("transaction {index} pays {}\n", index * 31 % 65_537);
    (from..LINES).map(line).collect()
}

fn size(store: &Path) -> u64 {
    // Opened for writing: what was in flight is settled.
    let store = Store::open(store, Options::default()).unwrap();
    store.snapshot().ledger("domain").unwrap().size().0
}

/// Feeds the lines from `from` on, and kills the tool when it has told of so many commits.
fn import_and_kill(place: &Place, from: u64, commits: usize) {
    let mut import = place.spawn(&format!("import node {IMPORT} -"));
    let mut stdin = import.stdin.take().unwrap();
    let text = lines(from);
    let feeder = std::thread::spawn(move || {
        // The reader is killed: that it takes no more is no error.
        let _ = stdin.write_all(text.as_bytes());
    });
    let told = BufReader::new(import.stdout.take().unwrap()).lines();
    let told = told.take(commits).count();
    import.kill().unwrap();
    import.wait().unwrap();
    feeder.join().unwrap();
    assert!(told <= commits);
}

fn log(store: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let listed = fs::read_dir(store.join("log")).unwrap();
    let mut found: Vec<_> = listed
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    found.sort();
    found
}

#[test]
fn a_node_gets_its_own_bytes_again_from_another_one() {
    let kills = std::env::var("LEDGER_NODE_KILLS");
    let kills: u64 = kills.map_or(8, |text| text.parse().unwrap());
    let place = Place::new();
    for name in ["node", "other"] {
        place.run(&format!("init {name} --ledger domain")).text(0);
    }
    place
        .feed(
            &format!("import other {IMPORT} --quiet-commits -"),
            lines(0),
        )
        .text(0);
    let node = place.path("node");
    let mut random = 0x9e37_79b9_7f4a_7c15u64;
    let mut draw = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let most = (LINES / 100 / kills).max(2);
    for _ in 0..kills {
        let commits = usize::try_from(1 + draw(most - 1)).unwrap();
        import_and_kill(&place, size(&node), commits);
    }
    place
        .feed(
            &format!("import node {IMPORT} --quiet-commits -"),
            lines(size(&node)),
        )
        .text(0);
    assert_eq!(size(&node), LINES);
    let whole = log(&node);
    let used: Vec<(usize, usize)> = (whole.iter().enumerate())
        .flat_map(|(file, (_, bytes))| {
            let used = bytes.iter().enumerate().filter(|(_, byte)| **byte != 0);
            used.map(move |(at, _)| (file, at))
        })
        .collect();
    for _ in 0..10 {
        let (file, at) = used[usize::try_from(draw(used.len() as u64)).unwrap()];
        let bit = draw(8);
        patch(&whole[file].0, |bytes| bytes[at] ^= 1 << bit);
    }
    fs::remove_file(node.join("domain/tiles.0")).unwrap();
    place.run("verify node").text(4);
    let plan = place.run("repair node --from other --json");
    let plan = plan.json(0, "ledger-tool.repair/1");
    assert_eq!(plan["verdict"], "repairable", "{plan}");
    let done = place.run("repair node --from other --apply --json");
    let done = done.json(0, "ledger-tool.repair/1");
    assert_eq!(done["verdict"], "repaired", "{done}");
    assert!(log(&node) == whole, "the segments are not what they were");
    assert!(place.run("verify node").text(0).contains("VERIFIED"));
    assert!(place.run("diff node other").text(0).contains("200"));
    let steps = done["steps"].as_array().unwrap().len();
    println!("{kills} kills, 10 flips, one file lost: {steps} steps, byte for byte");
}
