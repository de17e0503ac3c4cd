//! Damaged directories, made by a script: each gets the right verdict and exit code, and following
//! the commands that are printed ends in a store that verifies, or says exactly what is lost.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use common::{Place, patch};
use ledger::{LedgerSpec, Options, StateSuite, Store, TreeType};
use serde_json::Value;

const LAST: u64 = 60;

fn options() -> Options {
    Options {
        segment_len_first: 16 << 10,
        background: false,
        ..Options::default()
    }
}

fn create(dir: &Path) -> Store {
    let specs = [
        LedgerSpec::log("pool".parse().unwrap(), TreeType::Blake3),
        LedgerSpec::with_state(
            "domain".parse().unwrap(),
            TreeType::Sha256,
            StateSuite::Blake3,
        ),
    ];
    Store::create(dir, "net".parse().unwrap(), &specs, options()).unwrap()
}

fn fill(store: &Store, heights: std::ops::RangeInclusive<u64>) {
    for height in heights {
        let mut batch = store.batch();
        batch.append("pool", format!("node {height}")).unwrap();
        for entry in 0..1 + height % 5 {
            let text = format!("transaction {height}.{entry} {}", "x".repeat(150));
            batch.append("domain", text).unwrap();
            let key = format!("key {}", (height * 7 + entry) % 50);
            batch
                .put("domain", &key, format!("value {height}"))
                .unwrap();
        }
        store
            .commit(batch.seal(1_000 * height, b"").unwrap())
            .unwrap();
        if height.is_multiple_of(9) {
            let text = format!("certificate {height} {}", "c".repeat(400));
            store.attach(height, 7, text.as_bytes()).unwrap();
        }
    }
}

/// Where the parts of one commit lie: its segment's file, its bytes, and those of its frames.
struct Parts {
    file: String,
    begin: usize,
    end: usize,
    /// By kind: 2 entries, 3 delta, 4 body.
    frames: Vec<(u16, usize, usize)>,
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap())
}

fn parts_at(dir: &Path, file: &str, begin: usize) -> Parts {
    let bytes = fs::read(dir.join(file)).unwrap();
    let end = begin + usize::try_from(u64_at(&bytes, begin + 16)).unwrap();
    let count = u32::from_le_bytes(bytes[begin + 40..begin + 44].try_into().unwrap());
    let (mut frames, mut at) = (Vec::new(), begin + 96);
    for _ in 0..count {
        let len = u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
        let kind = u16::from_le_bytes(bytes[at + 4..at + 6].try_into().unwrap());
        frames.push((kind, at + 24, len));
        at += 24 + len.next_multiple_of(8);
    }
    let file = file.to_owned();
    Parts {
        file,
        begin,
        end,
        frames,
    }
}

impl Parts {
    fn frame(&self, kind: u16) -> usize {
        self.frames.iter().find(|frame| frame.0 == kind).unwrap().1
    }
}

/// The stores that damage is done to.
struct Stores {
    place: Place,
    /// A commit in the middle of segment 1, the one behind it, and an attachment's batch.
    middle: Parts,
    next: Parts,
    attachment: Parts,
    /// The last commit of the store `dirty`.
    last: Parts,
}

fn seg(number: u64) -> String {
    hash_store::segment_name(number)
}

fn stores() -> Stores {
    let place = Place::new();
    let healthy = place.path("healthy");
    let store = create(&healthy);
    fill(&store, 1..=LAST / 2);
    store.sync_derived().unwrap();
    // What a power cut leaves behind later commits: derived files and superblocks as they were.
    place.copy("healthy", "dirty");
    fill(&store, LAST / 2 + 1..=LAST / 2 + 1);
    for segment in fs::read_dir(healthy.join("log")).unwrap() {
        let segment = segment.unwrap();
        fs::copy(
            segment.path(),
            place.path("dirty/log").join(segment.file_name()),
        )
        .unwrap();
    }
    fs::remove_file(place.path("dirty/tip")).unwrap();
    let at = |height| {
        let position = store.snapshot().commit(height).unwrap().position;
        (
            seg(position.segment()),
            usize::try_from(position.offset()).unwrap(),
        )
    };
    let (file, begin) = at(LAST / 2 + 1);
    let last = parts_at(&place.path("dirty"), &file, begin);
    fill(&store, LAST / 2 + 2..=LAST);
    let (file, begin) = at(20);
    let middle = parts_at(&healthy, &file, begin);
    let next = parts_at(&healthy, &file, middle.end);
    let (file, begin) = at(18);
    let commit = parts_at(&healthy, &file, begin);
    let attachment = parts_at(&healthy, &file, commit.end);
    store.close().unwrap();
    // A replica, with its batches in other places, and a backup.
    let replica = create(&place.path("replica"));
    fill(&replica, 1..=LAST);
    replica.close().unwrap();
    place.run("backup healthy copy").text(0);
    place
        .run("dump healthy --ledger domain --format jsonl -o dump.jsonl")
        .text(0);
    Stores {
        place,
        middle,
        next,
        attachment,
        last,
    }
}

/// What one damage is, and what must come of it.
struct Case {
    name: &'static str,
    from: &'static str,
    damage: fn(&Stores, &Path),
    /// Exit code of `verify`, and the gravest condition.
    verdict: (i32, &'static str),
    peer: &'static str,
    /// The command that brings the end: `repair`, or `recover` where something is lost.
    ends: &'static str,
}

fn flip(dir: &Path, file: &str, at: usize) {
    patch(&dir.join(file), |bytes| bytes[at] ^= 0x20);
}

fn zero(dir: &Path, file: &str, range: std::ops::Range<usize>) {
    patch(&dir.join(file), |bytes| bytes[range].fill(0));
}

fn remove(dir: &Path, file: &str) {
    fs::remove_file(dir.join(file)).unwrap();
}

const DAMAGED: (i32, &str) = (4, "damaged");
const DERIVED: (i32, &str) = (4, "derived");

#[rustfmt::skip]
fn cases() -> Vec<Case> {
    let c = |name, from, verdict, peer, ends, damage: fn(&Stores, &Path)| Case { name, from, damage, verdict, peer, ends };
    vec![
        c("entry", "healthy", DAMAGED, "replica", "repair", |s, d| flip(d, &s.middle.file, s.middle.frame(2) + 20)),
        c("entry, from the backup", "healthy", DAMAGED, "copy", "repair", |s, d| flip(d, &s.middle.file, s.middle.frame(2) + 20)),
        c("entry, from a dump", "healthy", DAMAGED, "dump.jsonl", "repair", |s, d| flip(d, &s.middle.file, s.middle.frames[1].1 + 30)),
        c("entry, nobody has it", "healthy", DAMAGED, "", "recover", |s, d| flip(d, &s.middle.file, s.middle.frame(2) + 20)),
        c("begin header", "healthy", DAMAGED, "", "repair", |s, d| flip(d, &s.middle.file, s.middle.begin + 50)),
        c("trailer", "healthy", DAMAGED, "", "repair", |s, d| flip(d, &s.middle.file, s.middle.end - 30)),
        c("frame header", "healthy", DAMAGED, "replica", "repair", |s, d| flip(d, &s.middle.file, s.middle.frame(2) - 24)),
        c("body", "healthy", DAMAGED, "replica", "repair", |s, d| flip(d, &s.middle.file, s.middle.frame(4) + 9)),
        c("delta", "healthy", DAMAGED, "replica", "repair", |s, d| flip(d, &s.middle.file, s.middle.frame(3) + 12)),
        c("two commits", "healthy", DAMAGED, "replica", "repair", |s, d| { flip(d, &s.middle.file, s.middle.frame(2) + 20); flip(d, &s.next.file, s.next.frame(2) + 20); }),
        c("a zero sector", "healthy", DAMAGED, "replica", "repair", |s, d| zero(d, &s.middle.file, s.middle.begin..s.middle.begin + 512)),
        c("a zero page", "healthy", DAMAGED, "replica", "repair", |s, d| zero(d, &s.middle.file, s.middle.begin..s.middle.begin + 4096)),
        c("an attachment", "healthy", DAMAGED, "replica", "repair", |s, d| flip(d, &s.attachment.file, s.attachment.frame(6) + 60)),
        c("segment header", "healthy", DAMAGED, "", "repair", |_, d| flip(d, &seg(1), 1000)),
        c("footer", "healthy", DAMAGED, "", "repair", |_, d| patch(&d.join(seg(0)), |b| { let at = b.len() - 100; b[at] ^= 1; })),
        c("segment cut", "healthy", DAMAGED, "copy", "repair", |_, d| patch(&d.join(seg(1)), |b| b.truncate(8192))),
        c("segment missing", "healthy", DAMAGED, "copy", "repair", |_, d| remove(d, &seg(1))),
        c("first segment missing", "healthy", DAMAGED, "copy", "repair", |_, d| remove(d, &seg(0))),
        c("segment missing for good", "healthy", DAMAGED, "", "recover", |_, d| remove(d, &seg(1))),
        c("segments swapped", "healthy", DAMAGED, "copy", "repair", |_, d| { let (a, b) = (d.join(seg(0)), d.join(seg(1))); let t = d.join("t"); fs::rename(&a, &t).unwrap(); fs::rename(&b, &a).unwrap(); fs::rename(&t, &b).unwrap(); }),
        c("another store's segment", "healthy", DAMAGED, "copy", "repair", |s, d| { remove(d, &seg(1)); fs::copy(s.place.path("replica").join(seg(1)), d.join(seg(1))).unwrap(); }),
        c("SUPER.0", "healthy", (3, "superblock"), "", "repair", |_, d| flip(d, "SUPER.0", 100)),
        c("SUPER.1", "healthy", (3, "superblock"), "", "repair", |_, d| flip(d, "SUPER.1", 100)),
        c("both superblocks", "healthy", (4, ""), "", "repair", |_, d| { flip(d, "SUPER.0", 100); flip(d, "SUPER.1", 100); }),
        c("superblocks gone", "healthy", (10, ""), "", "repair", |_, d| { remove(d, "SUPER.0"); remove(d, "SUPER.1"); }),
        c("superblocks gone, and an entry", "healthy", (10, ""), "replica", "repair", |s, d| { remove(d, "SUPER.0"); remove(d, "SUPER.1"); flip(d, &s.middle.file, s.middle.frame(2) + 20); }),
        c("superblocks gone, and an entry that nobody has", "healthy", (10, ""), "", "recover", |s, d| { remove(d, "SUPER.0"); remove(d, "SUPER.1"); flip(d, &s.middle.file, s.middle.frame(2) + 20); }),
        c("tiles missing", "healthy", DERIVED, "", "repair", |_, d| remove(d, "domain/tiles.0")),
        c("a tile", "healthy", DERIVED, "", "repair", |_, d| flip(d, "domain/tiles.0", 4096 + 70)),
        c("entry index missing", "healthy", DERIVED, "", "repair", |_, d| remove(d, "domain/entries")),
        c("height index", "healthy", DERIVED, "", "repair", |_, d| flip(d, "audit/heights", 4096 + 82)),
        c("attachment index", "healthy", DERIVED, "", "repair", |_, d| flip(d, "audit/attachments", 4096 + 8 * 17)),
        c("a node", "healthy", DERIVED, "", "repair", |_, d| zero(d, "domain/trie/0000000000000000.nodes", 4296..4896)),
        c("nodes missing", "healthy", DERIVED, "", "repair", |_, d| remove(d, "domain/trie/0000000000000000.nodes")),
        c("state index missing", "healthy", DERIVED, "", "repair", |_, d| remove(d, "domain/states")),
        c("torn tail", "dirty", (3, "torn_tail"), "", "repair", |s, d| zero(d, &s.last.file, s.last.end - 512..s.last.end)),
        c("stray bit", "dirty", (3, "stray_bit"), "", "repair", |s, d| flip(d, &s.last.file, s.last.end + 700)),
        c("last batch, from the replica", "dirty", (4, "unsettled"), "replica", "repair", |s, d| flip(d, &s.last.file, s.last.frame(2) + 20)),
        c("last batch, given up", "dirty", (4, "unsettled"), "", "repair", |s, d| flip(d, &s.last.file, s.last.frame(2) + 20)),
        c("tip file", "healthy", (0, ""), "", "", |_, d| fs::write(d.join("tip"), b"garbage").unwrap()),
    ]
}

/// Runs a command that the tool printed; `None` if it needs a peer and there is none.
fn follow(place: &Place, command: &str, peer: &str) -> Option<common::Ran> {
    let command = command.strip_prefix("ledger-tool ").unwrap();
    if command.contains("PEER") && peer.is_empty() {
        return None;
    }
    Some(place.run(&format!("{} --json", command.replace("PEER", peer))))
}

fn next_of(document: &Value) -> Vec<String> {
    let next = document["next"].as_array().unwrap();
    next.iter()
        .map(|command| command.as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn every_damaged_directory_has_its_verdict_and_a_way_out() {
    let stores = stores();
    let place = &stores.place;
    let cases = cases();
    assert!(cases.len() >= 30);
    for case in &cases {
        if place.path("d").exists() {
            fs::remove_dir_all(place.path("d")).unwrap();
        }
        place.copy(case.from, "d");
        let dir = place.path("d");
        (case.damage)(&stores, &dir);
        let name = case.name;
        let verified = place.run("verify d --json");
        assert_eq!(verified.code, case.verdict.0, "{name}: {verified:?}");
        let mut commands = if verified.out.is_empty() {
            // There was no answer: the error says what to do.
            assert!(
                verified.err.contains("ledger-tool repair DIR"),
                "{name}: {}",
                verified.err
            );
            vec!["ledger-tool repair d".to_owned()]
        } else {
            let document: Value = serde_json::from_slice(&verified.out).unwrap();
            let kind = document["conditions"].as_array().unwrap().first();
            let kind = kind.map_or("", |condition| condition["kind"].as_str().unwrap());
            assert_eq!(kind, case.verdict.1, "{name}: {document}");
            next_of(&document)
        };
        assert_eq!(commands.is_empty(), case.verdict.0 == 0, "{name}");
        let end = walk(place, &mut commands, case);
        assert_eq!(end, case.ends, "{name}");
        if end == "repair" {
            place.run("verify d").text(0);
            let log = |dir: &Path| -> Vec<(PathBuf, Vec<u8>)> {
                let listed = fs::read_dir(dir.join("log")).unwrap();
                let mut found: Vec<_> = listed
                    .map(|entry| entry.unwrap())
                    .map(|entry| (entry.file_name().into(), fs::read(entry.path()).unwrap()))
                    .collect();
                found.sort();
                found
            };
            if case.from == "healthy" && name != "an attachment" {
                assert!(log(&dir) == log(&place.path("healthy")), "{name}");
            }
            let whole = place.run("repair d --json").json(0, "ledger-tool.repair/1");
            assert_eq!(whole["verdict"], "whole", "{name}");
        }
    }
}

/// Follows commands until the store verifies or what is left was recovered; says by which.
fn walk(place: &Place, commands: &mut Vec<String>, case: &Case) -> &'static str {
    let name = case.name;
    let mut trail = String::new();
    for step in 0.. {
        assert!(step < 12, "{name}: {commands:?}");
        if commands.is_empty() {
            return "";
        }
        let command = commands.remove(0);
        let Some(ran) = follow(place, &command, case.peer) else {
            continue;
        };
        assert!([0, 4].contains(&ran.code), "{name}: {command}: {ran:?}");
        trail += &format!(
            "{command}: {}\n{}",
            ran.code,
            String::from_utf8_lossy(&ran.out)
        );
        let document: Value = serde_json::from_slice(&ran.out)
            .unwrap_or_else(|_| panic!("{name}: {command}: {ran:?}"));
        if command.contains(" recover ") {
            let gaps = document["gaps"].as_array().unwrap();
            assert_eq!(case.ends, "recover", "{name}: {trail}");
            assert!(!gaps.is_empty(), "{name}");
            let heights = &gaps[0]["affected"]["heights"];
            assert!(
                heights["begin"].as_u64() < heights["end"].as_u64(),
                "{name}: {document}"
            );
            let begin = heights["begin"].as_u64().unwrap();
            assert_eq!(document["height"].as_u64().unwrap(), begin - 1, "{name}");
            assert!(
                !gaps[0]["affected"]["entries"]
                    .as_array()
                    .unwrap()
                    .is_empty(),
                "{name}"
            );
            place.run("verify d-recovered").text(0);
            fs::remove_dir_all(place.path("d-recovered")).unwrap();
            return "recover";
        }
        if document["applied"] == true && ran.code == 0 {
            assert_eq!(document["verdict"], "repaired", "{name}: {document}");
            assert!(document["kept_in"].is_string(), "{name}: {document}");
            return "repair";
        }
        // The plan says how to go on.
        let mut next = next_of(&document);
        next.retain(|next| !commands.contains(next) && *next != command);
        next.append(commands);
        *commands = next;
    }
    unreachable!()
}

#[test]
fn the_keys_that_a_damaged_commit_wrote_are_named() {
    let stores = stores();
    let place = &stores.place;
    for (name, kind) in [("delta", 3), ("body", 4)] {
        place.copy("healthy", "d");
        flip(
            &place.path("d"),
            &stores.middle.file,
            stores.middle.frame(kind) + 9,
        );
        let document = place.run("verify d --json").json(4, "ledger-tool.verify/1");
        let conditions = document["conditions"].as_array().unwrap();
        let mut affected = conditions.iter().map(|condition| &condition["affected"]);
        let affected = affected.find(|affected| affected["keys"].is_array());
        let affected = affected.unwrap_or_else(|| panic!("{name}: {document}"));
        let height = affected["heights"]["begin"].as_u64().unwrap();
        assert_eq!(affected["heights"]["end"], height + 1, "{name}");
        // A commit that cannot be read gives no root: the next one's is taken.
        let keys = (height..=height + 1).flat_map(|height| {
            (0..1 + height % 5).map(move |entry| format!("key {}", (height * 7 + entry) % 50))
        });
        let mut expected: Vec<String> = keys.map(|key| hex(key.as_bytes())).collect();
        expected.sort();
        let mut found: Vec<String> = affected["keys"][0]["keys_hex"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key.as_str().unwrap().to_owned())
            .collect();
        found.sort();
        assert_eq!(found, expected, "{name}");
        assert_eq!(affected["keys"][0]["ledger"], "domain");
        assert_eq!(affected["keys"][0]["more"], false);
        assert_eq!(affected["keys"][0]["with_next"], true);
        let text = place.run("verify d");
        let line = format!(
            "keys of domain that were written there or in the next commit: {}",
            &expected[0][..6]
        );
        assert!(text.text(4).contains(&line), "{name}: {text:?}");
        fs::remove_dir_all(place.path("d")).unwrap();
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_repair_beside_a_writer_says_who_writes() {
    let place = Place::new();
    let store = create(&place.path("s"));
    fill(&store, 1..=3);
    for command in ["repair s", "repair s --apply", "recover s --output r"] {
        let error = place.run(command).fails(11, "E-LOCKED").to_owned();
        assert!(error.contains(&std::process::id().to_string()), "{error}");
    }
    assert!(!place.path("r").exists());
    drop(store);
    assert!(place.run("repair s").text(0).contains("WHOLE"));
    place.run("repair nothing").fails(10, "E-NO-STORE");
    place.run("recover s --output s").fails(1, "E-NOT-EMPTY");
}

#[test]
fn a_recovery_is_held_against_a_checkpoint() {
    let stores = stores();
    let place = &stores.place;
    place.run("keys new --name k -o k").text(0);
    let shown = place.run("keys show k");
    place.write("keys", shown.text(0).lines().last().unwrap());
    place
        .run("checkpoint sign healthy --audit --key k -o late")
        .text(0);
    place
        .run("checkpoint sign dirty-signed --audit --key k -o early")
        .fails(10, "E-NO-STORE");
    place.copy("healthy", "d");
    flip(
        &place.path("d"),
        &stores.middle.file,
        stores.middle.frame(2) + 20,
    );
    let done = place.run("recover d --output r1 --checkpoint late --keys keys --json");
    let done = done.json(4, "ledger-tool.recover/1");
    assert_eq!(
        (&done["proven"], &done["height"]),
        (&"not_reached".into(), &19.into())
    );
    let root = done["audit_root"].as_str().unwrap();
    let again = place.run(&format!("recover d --output r2 --root {root}@19 --json"));
    let again = again.json(4, "ledger-tool.recover/1");
    assert_eq!(
        (&again["proven"], &again["proven_height"]),
        (&"proven".into(), &19.into())
    );
    let wrong = format!("recover d --output r3 --root {}@19", common::SEVEN);
    place.run(&wrong).fails(4, "E-WRONG-ROOT");
    assert!(!place.path("r3").exists());
    // What is behind the gap is there as lines, and the segments as they are.
    let kept = place.path("r2/lost+found/0");
    let lines = fs::read_to_string(kept.join("entries.jsonl")).unwrap();
    let salvaged = done["entries_salvaged"].as_u64().unwrap();
    assert!(salvaged > 50 && lines.lines().count() as u64 == salvaged);
    assert!(
        kept.join(stores.middle.file.trim_start_matches("log/"))
            .exists()
    );
}
