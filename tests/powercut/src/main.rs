//! Cuts the power of a real file system under a real process.
//!
//! A process drives a store on ext4 on a loop device on a disk with a volatile cache, which this
//! program serves by FUSE. At every acknowledgement, and at every few requests between them, the
//! disk is kept as it is; power cuts leave the durable sectors and any of the cached ones. Each image
//! is mounted, so that the journal is replayed, and the store in it recovered and held against the
//! model: nothing acknowledged is missing, and the store goes on.
//!
//! - `powercut [--images N] [--seed S]`: power cuts, and single requests that fail before one, of
//!   stores with and without state in turn; with `--pruned` of a store that drops old states;
//! - control, always run first: syncs that lie must be noticed in every image.
//!
//! Root, FUSE, loop devices, ext4 and mkfs.ext4 are needed; what is missing is said.

mod disk;
#[path = "../../drive.rs"]
mod drive;
#[path = "../../real/judge.rs"]
mod judge;
mod machine;
mod process;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use ledger_tests::lab::workload::Workload;

use disk::Moment;
use machine::{Machine, formatted, missing, run, started_from};
use process::Story;

/// A moment is kept at every so many requests.
const EVERY: u64 = 5;
/// The kind of `drive prune`.
const PRUNED: &str = "pruned";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "run" || word == "prune") {
        drive::main();
        return ExitCode::SUCCESS;
    }
    let missing = missing();
    if !missing.is_empty() {
        println!("cannot run here; missing: {}", missing.join(", "));
        return ExitCode::from(2);
    }
    let number = |name: &str, default: u64| {
        let at = arguments.iter().position(|word| word == name);
        at.map_or(default, |at| arguments[at + 1].parse().expect("a number"))
    };
    let images = number("--images", 500);
    let seed = number("--seed", 1);
    let work = std::env::temp_dir().join(format!("powercut-{}", std::process::id()));
    std::fs::create_dir_all(&work).expect("a folder for temporary files");
    let is_pruned = arguments.iter().any(|word| word == "--pruned");
    let answer = all(&work, images, seed, is_pruned);
    std::fs::remove_dir_all(&work).expect("everything is unmounted");
    match answer {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            println!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn all(work: &Path, images: u64, seed: u64, is_pruned: bool) -> Result<(), String> {
    let empty = formatted(work)?;
    control(work, &empty)?;
    let (mut done, mut cached, mut violations) = (0, 0, Vec::new());
    let (mut failing, mut with_state) = (0, 0);
    let mut seed = seed;
    while done < images {
        let kind = match seed % 4 {
            _ if is_pruned => PRUNED,
            0 | 1 => "mixed",
            _ => "states",
        };
        let name = format!("{kind}:{seed}");
        let fails = seed % 2 == 0;
        let moments = moments(work, &empty, &name, fails.then_some(seed), None)?;
        // A few of the moments in between, and all acknowledgements.
        for (n, (acknowledged, moment)) in moments.iter().enumerate() {
            for choice in [0, 1, seed << 20 | n as u64 + 2] {
                let verdict = verdict(work, &name, *acknowledged, moment, (choice, fails))?;
                done += 1;
                failing += u64::from(fails);
                with_state += u64::from(kind != "mixed");
                cached += moment.cached();
                if let Err(violation) = verdict {
                    let line = format!("{name} moment {n} choice {choice}: {violation}");
                    println!("VIOLATION {line}");
                    violations.push(line);
                }
            }
        }
        println!("{name}: {} moments; {done} images in all", moments.len());
        seed += 1;
    }
    println!(
        "{done} images ({failing} after a request that failed, {with_state} with a state), {} sectors not durable on average, \
         {} violations; next seed {seed}",
        cached as u64 / done,
        violations.len()
    );
    if violations.is_empty() {
        return Ok(());
    }
    Err("acknowledged data was lost".to_owned())
}

/// Syncs that lie: every image from after an acknowledgement must be found wanting.
fn control(work: &Path, empty: &[u8]) -> Result<(), String> {
    let inject = work.join("inject");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/../real/inject.c");
    run(
        "cc",
        &["-O1", "-o", inject.to_str().unwrap_or_default(), source],
    )?;
    let name = "mixed:1";
    let moments = moments(work, empty, name, None, Some(&inject))?;
    let (mut images, mut lost) = (0, 0);
    for (acknowledged, moment) in moments.iter().filter(|(acknowledged, _)| *acknowledged > 0) {
        images += 1;
        lost += u32::from(verdict(work, name, *acknowledged, moment, (0, false))?.is_err());
    }
    println!("control, syncs that lie: {lost} of {images} images reported as lost");
    if images > 0 && lost == images {
        return Ok(());
    }
    Err("the control failed: syncs that lie were not noticed".to_owned())
}

/// Runs a workload, and gives the moments that were kept, each with the batches acknowledged
/// before it.
fn moments(
    work: &Path,
    empty: &[u8],
    name: &str,
    failing: Option<u64>,
    lies: Option<&PathBuf>,
) -> Result<Vec<(u64, Moment)>, String> {
    let machine = Machine::start(work, empty.to_vec())?;
    run("sync", &["-f", machine.root.to_str().unwrap_or_default()])?;
    let myself = std::env::current_exe().map_err(|e| e.to_string())?;
    let mut command = match lies {
        None => Command::new(&myself),
        Some(inject) => {
            let mut command = Command::new(inject);
            command
                .args(["lie", "1", "1000000000", "0", "-"])
                .arg(&myself);
            command
        }
    };
    let before = machine.disk.requests();
    machine.disk.keep_every(EVERY);
    if let Some(seed) = failing {
        // About as many requests as such a workload makes.
        machine.disk.fail_in(20 + seed * 37 % 300);
    }
    let store = machine.root.join("store");
    if name.starts_with(PRUNED) {
        command.arg("prune").arg(store);
    } else {
        command.arg("run").arg(store).arg(name);
    }
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| e.to_string())?;
    let stdout = child.stdout.take().ok_or("no standard output")?;
    for line in BufReader::new(stdout).lines() {
        let line = line.map_err(|e| e.to_string())?;
        if let Some(batches) = line.strip_prefix("acknowledged ") {
            machine
                .disk
                .acknowledge(batches.parse().map_err(|_| line.clone())?);
        } else if failing.is_none() && line.starts_with("failed") {
            return Err(format!("{name}: {line}"));
        }
    }
    child.wait().map_err(|e| e.to_string())?;
    machine.disk.keep_every(u64::MAX);
    let requests = machine.disk.requests() - before;
    let moments = machine.disk.take_kept();
    println!("{name}: {requests} requests");
    Ok(moments)
}

/// Cuts the power at a moment, starts again, and judges what is there.
fn verdict(
    work: &Path,
    name: &str,
    acknowledged: u64,
    moment: &Moment,
    (choice, had_errors): (u64, bool),
) -> Result<Result<(), String>, String> {
    let story = |last: u64| Story {
        acknowledged: (acknowledged > 0).then_some(acknowledged),
        // The process ran on while its lines were read.
        in_doubt: last - acknowledged,
        killed: true,
    };
    let image = moment.image(choice);
    if name.starts_with(PRUNED) {
        return started_from(work, &image, |root| {
            judge::judge_pruned(&root.join("store"), &story(u64::MAX), had_errors)
        });
    }
    let model = Workload::named(name)?.model();
    started_from(work, &image, |root| {
        judge::judge(&root.join("store"), &model, &story(model.last()))
    })
}
