//! Verifying with a stop watch, a rate, a file to go on from and roots from elsewhere; what is left of
//! a damaged ledger.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::io::{BufRead, BufReader, Read};

use common::{Place, Ran, find, patch};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

/// A store of 600 entries in 60 commits, over several segments.
fn place() -> Place {
    let place = Place::new();
    place.run("init s --ledger domain").text(0);
    let lines: String = (0..600)
        .map(|i| format!("entry {i} {}\n", "x".repeat(500)))
        .collect();
    place
        .feed(
            "import s --ledger domain --format lines --batch 10 -",
            lines,
        )
        .text(0);
    place
}

/// The report of a verification, without how long it took.
fn report(ran: &Ran, code: i32) -> Value {
    let mut value = ran.json(code, "ledger-tool.verify/1");
    value["elapsed_ms"] = json!(0);
    value
}

fn segment(place: &Place, number: u32) -> std::path::PathBuf {
    place.path(&format!("s/log/{number:016x}.seg"))
}

#[test]
fn the_number_of_threads_and_reading_past_the_cache_change_nothing() {
    let place = place();
    let one = report(&place.run("verify s --json --threads 1"), 0);
    for how in ["", "--threads 2", "--threads 5 --direct", "--no-mmap"] {
        assert_eq!(
            report(&place.run(&format!("verify s --json {how}")), 0),
            one,
            "{how}"
        );
    }
    assert_eq!(one["first_height"], 1);
    assert_eq!(one["resume"], Value::Null);
    for number in [0, 2] {
        patch(&segment(&place, number), |bytes| {
            let at = find(bytes, b"xxxxxxxx");
            bytes[at] ^= 1;
        });
    }
    let one = report(&place.run("verify s --json --threads 1"), 4);
    assert_eq!(report(&place.run("verify s --json --threads 3"), 4), one);
    let findings = one["findings"].as_array().unwrap();
    let of_log = |finding: &&Value| finding["file"].as_str().unwrap().starts_with("log/");
    assert!(findings.iter().filter(of_log).count() >= 2, "{findings:?}");
}

/// Stopped again and again, it comes to the report of one run; the file is gone then.
#[test]
fn what_was_stopped_goes_on_where_it_was() {
    let place = place();
    let whole = report(&place.run("verify s --json"), 0);
    let mut parts = 0;
    let last = loop {
        parts += 1;
        let ran = place.run("verify s --json --max-duration 0s --resume stop");
        if ran.code == 0 {
            break ran;
        }
        let part = report(&ran, 3);
        assert_eq!(part["verdict"], "incomplete");
        assert_eq!(part["resume"], "stop");
        assert!(part["height"].as_u64().unwrap() < 61);
        assert!(parts < 200, "it does not come to an end");
        if parts == 20 {
            // All the rest at once.
            let ran = place.run("verify s --json --resume stop --threads 2");
            assert!(!place.path("stop").exists());
            break ran;
        }
    };
    assert_eq!(parts, 20);
    assert_eq!(report(&last, 0), whole);
    let text = place.run("verify s --max-duration 0s --resume stop");
    assert!(
        text.text(3)
            .contains("next: the same command goes on from stop")
    );
    // Without a file it is only stopped.
    place.run("verify s --max-duration 0s").text(3);

    place.write("stop", b"something else");
    place.run("verify s --resume stop").fails(1, "E-RESUME");
    assert_eq!(place.read("stop"), b"something else");
    place
        .run("verify s --max-duration 0s --resume other")
        .text(3);
    place.run("init t --ledger domain").text(0);
    place.run("verify t --resume other").fails(1, "E-RESUME");
    place
        .run("verify s --resume other --level deep")
        .fails(2, "E-USAGE");
    place.run("verify s --max-duration 5").fails(2, "E-USAGE");
    place.run("verify s --rate-limit fast").fails(2, "E-USAGE");
    place
        .run("verify s --rate-limit 0MiB/s")
        .fails(2, "E-USAGE");
    place.run("verify s --threads 0").text(2);
}

/// A rate that would take days holds it back, until the time is up or Ctrl-C comes.
#[test]
fn a_rate_holds_back_and_an_interrupt_leaves_a_file() {
    let place = place();
    let whole = report(&place.run("verify s --json"), 0);
    place
        .run("verify s --rate-limit 1B/s --max-duration 1s")
        .text(3);
    place.run("verify s --rate-limit 9GiB/s").text(0);
    let mut child = place.spawn("verify s --json --rate-limit 3kB/s --resume stop --progress json");
    // It is at work when it tells how far it is.
    let mut told = BufReader::new(child.stderr.take().unwrap());
    loop {
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        let told_of: Value = serde_json::from_str(&line).unwrap();
        assert_eq!(told_of["schema"], "ledger-tool.progress/1");
        // At first it is not known yet.
        if told_of["eta_ms"].as_u64().is_some_and(|eta| eta > 1000) {
            break;
        }
    }
    let pid = Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    kill_process(pid, Signal::INT).unwrap();
    let mut rest = String::new();
    told.read_to_string(&mut rest).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(report(&ran, 130)["resume"], "stop");
    assert!(place.path("stop").exists());
    assert_eq!(
        report(&place.run("verify s --json --resume stop"), 0),
        whole
    );
}

#[test]
fn roots_from_elsewhere_are_held_against_the_log() {
    let place = place();
    place
        .run("keys new --name example.com/keeper -o key")
        .text(0);
    let keys = place.run("keys show key");
    place.write("key.pub", keys.text(0));
    place
        .run("checkpoint sign s --audit --key key -o cp")
        .text(0);
    place
        .run("checkpoint sign s --ledger domain --key key -o of-ledger")
        .text(0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let (root, size) = (&info["audit"]["root_hash"], &info["audit"]["tree_size"]);
    let (root, size) = (root.as_str().unwrap().to_owned(), size.as_u64().unwrap());
    let lines: String = (0..100)
        .map(|i| format!("later {i} {}\n", "y".repeat(400)))
        .collect();
    place
        .feed(
            "import s --ledger domain --format lines --batch 10 -",
            lines,
        )
        .text(0);

    let whole = report(&place.run("verify s --json"), 0);
    for args in ["--since cp", "--since cp --keys key.pub"] {
        let since = report(&place.run(&format!("verify s --json {args}")), 0);
        let first = since["first_height"].as_u64().unwrap();
        assert!((2..=size).contains(&first), "{first}");
        assert!(since["bytes_read"].as_u64() < whole["bytes_read"].as_u64());
    }
    // What is said to have been looked at was.
    let first = report(&place.run("verify s --json --since cp"), 0)["first_height"].clone();
    let text = place.run("verify s --since cp");
    let said = format!("every hash from height {first} on; the checkpoint vouches");
    assert!(text.text(0).contains("looked at from height"));
    assert!(text.text(0).contains(&said), "{}", text.text(0));
    assert!(
        place
            .run("verify s")
            .text(0)
            .ends_with("every frame and every hash\n")
    );
    // Nothing is left out of a log of one segment.
    place.run("init small --ledger domain").text(0);
    let args = "import small --ledger domain --format lines --batch 1 -";
    place.feed(args, "a\nb\nc\n").text(0);
    place
        .run("checkpoint sign small --audit --key key -o cp-small")
        .text(0);
    let ran = place.run("verify small --json --since cp-small");
    assert_eq!(report(&ran, 0)["first_height"], 1);
    let text = place.run("verify small --since cp-small");
    let said = "every frame and every hash; the log's first segment has";
    assert!(text.text(0).contains(said), "{}", text.text(0));
    place
        .run(&format!("verify s --trust {root}@{size}"))
        .text(0);
    place
        .run(&format!("verify s --since cp --trust {root}@{size}"))
        .text(0);
    let wrong = root.replace(['0', '1', '2', '3'], "f");
    let ran = place.run(&format!("verify s --json --trust {wrong}@{size}"));
    assert_eq!(report(&ran, 4)["findings"][0]["code"], "E-WRONG-ROOT");
    place
        .run(&format!("verify s --trust {root}@{}", size + 500))
        .text(4);
    place.run("verify s --trust 00").fails(2, "E-USAGE");
    place.run("verify s --since of-ledger").fails(2, "E-USAGE");
    place
        .run("verify s --since cp --level quick")
        .fails(2, "E-USAGE");

    // A checkpoint that nobody signed, and of another history.
    patch(&place.path("cp"), |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        let other = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
        lines[2] = other;
        *bytes = (lines.join("\n") + "\n").into_bytes();
    });
    place
        .run("verify s --since cp --keys key.pub")
        .fails(4, "E-CHECKPOINT");
    let ran = place.run("verify s --json --since cp");
    assert_eq!(report(&ran, 4)["findings"][0]["code"], "E-WRONG-ROOT");
}

#[test]
fn a_damaged_ledger_is_dumped_as_far_as_it_goes() {
    let place = place();
    for format in ["jsonl", "records", "raw"] {
        let plain = place.run(&format!("dump s --ledger domain --format {format}"));
        let salvaged = place.run(&format!(
            "dump s --ledger domain --format {format} --salvage"
        ));
        assert_eq!((salvaged.code, plain.code), (0, 0), "{format}");
        assert!(
            salvaged.out == plain.out && !plain.out.is_empty(),
            "{format}"
        );
    }
    patch(&segment(&place, 1), |bytes| {
        let at = find(bytes, b"entry 150 ");
        bytes[at] ^= 1;
    });
    place.run("dump s --ledger domain").fails(4, "E-FRAME-CRC");
    let ran = place.run("dump s --ledger domain --salvage");
    let (mut next, mut lost) = (0, Vec::new());
    for line in ran.text(4).lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        if let Some(gap) = line.get("lost") {
            assert_eq!(gap["begin"], next);
            next = gap["end"].as_u64().unwrap();
            lost.extend(gap["begin"].as_u64().unwrap()..next);
            continue;
        }
        assert_eq!(line["leaf_index"], next);
        assert!(
            line["data"]
                .as_str()
                .unwrap()
                .starts_with(&format!("entry {next} "))
        );
        assert_eq!(line["height"], next / 10 + 1);
        next += 1;
    }
    assert_eq!(next, 600);
    assert!(lost.contains(&150) && lost.len() < 10, "{lost:?}");
    let said = format!(
        "entries [{},{}) of domain are lost",
        lost[0],
        lost[lost.len() - 1] + 1
    );
    assert!(ran.err.contains(&said), "{}", ran.err);
    let part = place.run("dump s --ledger domain --salvage --from 100 --to 120 --format raw");
    assert_eq!(part.text(0).matches("entry ").count(), 20);
    place
        .run("dump s --ledger none --salvage")
        .fails(1, "E-NO-LEDGER");
}
