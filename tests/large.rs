//! One large store, built once and measured: `large DIR [--entries N] [--keys N]`, by default 50 million
//! entries and 5 million keys, about 8 GB. DIR must be empty or missing, or hold what an earlier run
//! left; it is kept. `--open` does no more than opening.
//!
//! Opened clean, and after a kill with a segment's worth of commits past the watermark; verified in
//! one run by one and two threads, and in parts of five seconds, whose report is the same.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a command for people, made of test code"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use hash_store::{FileStorage, MemStorage, Storage};
use ledger::{
    LedgerSpec, Level, Options, Progress, Resume, StateSuite, Store, TreeType, Verdict,
    VerifyOptions, VerifyReport, verify_with,
};

const BATCH: u64 = 10_000;
const USAGE: &str = "large DIR [--entries N] [--keys N] [--open]";
/// Parts that a verification is done in take so long.
const PART: Duration = Duration::from_secs(5);

fn main() {
    let mut arguments = std::env::args().skip(1);
    let dir = PathBuf::from(arguments.next().expect(USAGE));
    let (mut entries, mut keys) = (50_000_000, 5_000_000);
    let mut only_open = false;
    while let Some(name) = arguments.next() {
        if name == "--open" {
            only_open = true;
            continue;
        }
        let number = arguments.next().expect(USAGE).parse::<u64>().expect(USAGE);
        match name.as_str() {
            "--entries" => entries = number,
            "--keys" => keys = number,
            // What this program runs itself.
            "--and-be-killed" => return be_killed(&dir, number),
            "--verify-with" => return print_report(&dir, number),
            _ => panic!("{USAGE}"),
        }
    }
    if !dir.join("SUPER.0").exists() {
        build(&dir, entries, keys);
    }
    open_clean(&dir);
    for commits in [1, 130] {
        open_after_a_kill(&dir, commits);
    }
    if !only_open {
        verify_whole_and_in_parts(&dir);
    }
}

/// Numbers that look random (SplitMix64).
const fn mixed(number: u64) -> u64 {
    let z = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn bytes32(number: u64) -> [u8; 32] {
    let mut bytes = [0; 32];
    for (at, part) in bytes.chunks_exact_mut(8).zip(0u64..) {
        at.copy_from_slice(&mixed(4 * number + part).to_be_bytes());
    }
    bytes
}

/// Commits entries, and keys from a part of the key space of their own.
fn commit(store: &Store, height: u64, keys: u64) {
    let mut batch = store.batch();
    let first = store.snapshot().ledger("domain").unwrap().size().0;
    for index in first..first + BATCH {
        batch.append("domain", bytes32(index)).unwrap();
    }
    for key in 0..keys {
        let mut bytes = bytes32(height * BATCH + key);
        bytes[..2].copy_from_slice(&u16::try_from(height % 65_536).unwrap().to_be_bytes());
        batch.put("domain", bytes, bytes32(key)).unwrap();
    }
    store.commit(batch.seal(height, b"").unwrap()).unwrap();
}

fn build(dir: &Path, entries: u64, keys: u64) {
    let started = Instant::now();
    let (name, suite) = ("domain".parse().unwrap(), StateSuite::Blake3);
    let specs = [LedgerSpec::with_state(name, TreeType::Sha256, suite)];
    let network = "large".parse().unwrap();
    let store = Store::create(dir, network, &specs, Options::default()).unwrap();
    let (heights, loads) = (entries / BATCH, keys / BATCH);
    for height in 1..=heights {
        commit(&store, height, if height <= loads { BATCH } else { 0 });
    }
    store.close().unwrap();
    let took = started.elapsed().as_secs_f64();
    println!("built: {entries} entries, {keys} keys, {heights} commits in {took:.1} s");
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn open_clean(dir: &Path) {
    let mut times: Vec<f64> = (0..21)
        .map(|_| {
            let started = Instant::now();
            let store = Store::open(dir, Options::default()).unwrap();
            let took = started.elapsed();
            assert!(store.report().clean);
            store.close().unwrap();
            millis(took)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    println!(
        "open clean: median {:.2} ms, least {:.2}, most {:.2}",
        times[10], times[0], times[20]
    );
}

/// Commits and dies, as the child of [`open_after_a_kill`].
fn be_killed(dir: &Path, commits: u64) {
    let store = Store::open(dir, Options::default()).unwrap();
    let height = store.snapshot().height();
    for more in 1..=commits {
        commit(&store, height + more, 0);
    }
    println!("{}", store.snapshot().height());
    let this = rustix::process::getpid();
    rustix::process::kill_process(this, rustix::process::Signal::KILL).unwrap();
}

fn this_program(dir: &Path, option: &str, number: u64) -> (Option<i32>, String) {
    let program = std::env::current_exe().unwrap();
    let number = number.to_string();
    let ran = Command::new(program)
        .arg(dir)
        .args([option, &number])
        .output()
        .unwrap();
    (ran.status.code(), String::from_utf8(ran.stdout).unwrap())
}

fn open_after_a_kill(dir: &Path, commits: u64) {
    let mut times = Vec::new();
    let mut replayed = 0;
    for _ in 0..3 {
        let (code, height) = this_program(dir, "--and-be-killed", commits);
        assert_eq!(code, None, "it was not killed");
        let started = Instant::now();
        let store = Store::open(dir, Options::default()).unwrap();
        times.push(millis(started.elapsed()));
        let report = store.report();
        assert!(!report.clean && !report.rebuilt && report.torn.is_none());
        assert_eq!(store.snapshot().height().to_string(), height.trim());
        replayed = report.replayed;
        store.close().unwrap();
    }
    times.sort_by(f64::total_cmp);
    println!(
        "open after a kill, {commits} commits of {BATCH}, {replayed} batches replayed: {:.0} ms (of {times:.0?})",
        times[1]
    );
}

fn verify(
    dir: &Path,
    threads: usize,
    resume: Option<Resume>,
    until: Option<Duration>,
) -> VerifyReport {
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(dir));
    let scratch: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let mut options = VerifyOptions::new(Level::Full);
    options.threads = threads;
    options.resume = resume;
    let started = Instant::now();
    let watch = |_: Progress| until.is_none_or(|until| started.elapsed() < until);
    verify_with(&storage, &scratch, &options, &watch).unwrap()
}

/// All that a report says, but for where to go on.
fn seen(mut report: VerifyReport) -> String {
    report.resume = None;
    format!("{report:?}")
}

/// The report and the most memory that was held, as the child of [`verify_whole_and_in_parts`].
fn print_report(dir: &Path, threads: u64) {
    let report = verify(dir, usize::try_from(threads).unwrap(), None, None);
    assert_eq!(report.verdict, Verdict::Verified);
    println!("{}", seen(report));
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    // Anonymous memory is what counts: mapped files are the page cache's.
    for name in ["VmHWM", "RssAnon"] {
        println!(
            "{}",
            status.lines().find(|line| line.starts_with(name)).unwrap()
        );
    }
}

fn verify_whole_and_in_parts(dir: &Path) {
    let mut reports = Vec::new();
    for threads in [1, 2] {
        let started = Instant::now();
        let (code, out) = this_program(dir, "--verify-with", threads);
        let took = started.elapsed().as_secs_f64();
        assert_eq!(code, Some(0));
        let mut lines = out.lines();
        reports.push(lines.next().unwrap().to_owned());
        let memory: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
        println!(
            "verify, {threads} threads: {took:.1} s, {}",
            memory.join(" ")
        );
    }
    let (mut resume, mut longest) = (None, Duration::ZERO);
    for parts in 1.. {
        let started = Instant::now();
        let report = verify(dir, 2, resume, Some(PART));
        longest = longest.max(started.elapsed());
        resume = report
            .resume
            .clone()
            .map(|resume| Resume::from_bytes(&resume.to_bytes()).unwrap());
        if resume.is_none() {
            println!(
                "verify in {parts} parts of {} s, the longest {:.2} s",
                PART.as_secs(),
                longest.as_secs_f64()
            );
            reports.push(seen(report));
            break;
        }
    }
    assert!(longest < PART + Duration::from_secs(1), "{longest:?}");
    assert!(
        reports.iter().all(|report| *report == reports[0]),
        "{reports:#?}"
    );
    println!("the reports are the same");
}
