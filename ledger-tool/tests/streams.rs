//! Pipes that close, disks that are full, Ctrl-C, and progress.

#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "tests")]

mod common;

use std::fs::OpenOptions;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Child;
use std::sync::mpsc;
use std::time::Duration;

use common::{Place, Ran};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

fn interrupt(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::INT).unwrap();
}

/// What came of a run that has to end by itself.
fn end_of(child: Child) -> Ran {
    let pid = Pid::from_child(&child);
    let (done, ended) = mpsc::channel();
    let waiter = std::thread::spawn(move || done.send(child.wait_with_output().unwrap()));
    let output = ended.recv_timeout(Duration::from_secs(30));
    if output.is_err() {
        kill_process(pid, Signal::KILL).unwrap();
    }
    waiter.join().unwrap().unwrap();
    Ran::of(output.unwrap())
}

/// A store with more entries than a pipe holds.
fn large() -> Place {
    let place = Place::new();
    place.run("init s --ledger l").text(0);
    place.write(
        "lines",
        (0..20_000)
            .map(|i| format!("entry {i}\n"))
            .collect::<String>(),
    );
    place
        .run("import s --ledger l --format lines lines")
        .text(0);
    place
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = large();
    for format in ["jsonl", "records", "raw"] {
        let mut child = place.spawn(&format!("dump s --ledger l --format {format}"));
        let mut first = [0; 8];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{format}");
    }
    // An answer keeps its exit code.
    for (args, code) in [("info s", 0), ("explain", 0), ("proof check lines", 4)] {
        let mut child = place.spawn(args);
        drop(child.stdout.take());
        assert_eq!(
            Ran::of(child.wait_with_output().unwrap()).code,
            code,
            "{args}"
        );
    }
}

#[test]
fn an_import_goes_on_when_nobody_reads_its_acknowledgements() {
    let place = large();
    let mut child = place.spawn("import s --ledger l --format lines --batch 1000 lines");
    drop(child.stdout.take());
    assert_eq!(Ran::of(child.wait_with_output().unwrap()).code, 0);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(info["ledgers"][0]["tree_size"], 40_000);
}

#[test]
fn an_answer_that_cannot_be_written_is_an_error() {
    let place = large();
    for args in ["info s", "dump s --ledger l", "verify s --json", "version"] {
        let mut command = common::command(&place.path("."));
        command.args(args.split(' '));
        command.stdout(OpenOptions::new().write(true).open("/dev/full").unwrap());
        Ran::of(command.output().unwrap()).fails(1, "E-IO");
    }
    place.run("dump s --ledger l -o /dev/full").fails(1, "E-IO");
    place
        .run("proof inclusion s --ledger l --leaf 1 -o /dev/full")
        .fails(1, "E-IO");
}

#[test]
fn ctrl_c_ends_an_import_that_waits_and_keeps_what_was_committed() {
    let place = Place::new();
    place.run("init s --ledger l").text(0);
    let mut child = place.spawn("import s --ledger l --format lines --batch 2 -");
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdin.write_all(b"0\n1\n2\n3\n4\nhalf a li").unwrap();
    let mut line = String::new();
    for _ in 0..2 {
        line.clear();
        stdout.read_line(&mut line).unwrap();
    }
    assert_eq!(line, "committed 2 4\n");
    interrupt(&child);
    let ran = end_of(child);
    assert_eq!(ran.code, 130);
    assert!(
        ran.err
            .contains("the input's first 4 entries are in, the rest is not"),
        "{}",
        ran.err
    );
    drop(stdin);
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    assert_eq!(
        (&info["height"], &info["durability"]),
        (&2.into(), &"durable".into())
    );
    place.run("verify s").text(0);
}

#[test]
fn ctrl_c_ends_an_import_that_works() {
    let place = Place::new();
    place.run("init s --ledger l").text(0);
    let mut child = place.spawn("import s --ledger l --format lines --batch 1 /dev/zero --json");
    // An endless line: the end comes by its length or by the signal, whichever is first.
    interrupt_soon(&mut child);
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert!([1, 130].contains(&ran.code), "{ran:?}");

    let mut child = place.spawn("import s --ledger l --format lines --batch 1 -");
    let mut stdin = child.stdin.take().unwrap();
    let feeder = std::thread::spawn(move || while stdin.write_all(b"x\n").is_ok() {});
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    stdout.read_line(&mut line).unwrap();
    interrupt(&child);
    let mut last = line;
    for line in stdout.lines() {
        last = line.unwrap();
    }
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 130, "{ran:?}");
    feeder.join().unwrap();
    let info = place.run("info s --json").json(0, "ledger-tool.info/1");
    let size = &info["ledgers"][0]["tree_size"];
    assert_eq!(last.trim(), format!("committed {} {size}", info["height"]));
    place.run("verify s").text(0);
}

/// Once the tool listens: it opened the store.
fn interrupt_soon(child: &mut Child) {
    let id = child.id();
    while !std::fs::read_to_string("/proc/locks")
        .unwrap()
        .contains(&format!(" {id} "))
    {
        if child.try_wait().unwrap().is_some() {
            return;
        }
        std::thread::yield_now();
    }
    interrupt(child);
}

#[test]
fn progress_is_json_when_asked_for_and_nothing_on_a_pipe() {
    let place = Place::new();
    let ways = ["json", "auto", "none"];
    let mut children = ways.map(|how| {
        place.run(&format!("init {how} --ledger l")).text(0);
        let args = format!("import {how} --ledger l --format lines - --progress {how}");
        place.spawn(&args)
    });
    // All three are busy for more than a second.
    let started = std::time::Instant::now();
    while started.elapsed().as_millis() < 1300 {
        for child in &mut children {
            let lines = b"x\n".repeat(1000);
            child.stdin.as_mut().unwrap().write_all(&lines).unwrap();
        }
    }
    for (how, child) in ways.into_iter().zip(children) {
        let ran = Ran::of(child.wait_with_output().unwrap());
        assert_eq!(ran.code, 0);
        let lines = ran.err.lines();
        let json: Vec<Value> = lines
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect();
        assert_eq!(json.is_empty(), how != "json", "{how}: {}", ran.err);
        for line in json {
            assert_eq!(line["schema"], "ledger-tool.progress/1");
            assert_eq!(line["what"], "import");
            assert!(line["bytes_done"].as_u64().unwrap() > 0);
            assert!(line["bytes_total"].is_null());
        }
    }
}
