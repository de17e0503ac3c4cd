//! Real processes on a real file system: `drive` is killed, or meets an error, at its n-th system
//! call, for every n. `inject.c` counts the calls; it is compiled here with `cc`.
//!
//! What is held against the model: nothing acknowledged is missing, at most the batch in flight is
//! there beyond it, every root and byte is right, a second open finds nothing to do, and the store
//! goes on. Kills leave their stores where temporary files go, errors in memory (tmpfs) where there
//! is such a file system, since every one of them syncs; `LEDGER_REAL_DIR` names one folder for all.
//! Kills, failed syncs and full disks are tried with a state too. `LEDGER_REAL=<workload>` takes
//! another workload for all, such as `states:7`: the soak command is
//! `LEDGER_REAL=states:7 LEDGER_REAL_DIR=. cargo test --release -p ledger-tests --test real -- --nocapture`.

mod judge;
mod process;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use ledger_tests::lab::model::Model;
use ledger_tests::lab::workload::Workload;

use judge::{judge, judge_pruned};
use process::{Drive, Injection, Story, calls_of};
use tempfile::TempDir;

const EIO: i64 = 5;
const EAGAIN: i64 = 11;
const EINTR: i64 = 4;
const EFBIG: i64 = 27;
const ENOSPC: i64 = 28;
const EDQUOT: i64 = 122;

fn workload() -> Workload {
    let name = std::env::var("LEDGER_REAL").unwrap_or_else(|_| "real:0".to_owned());
    Workload::named(&name).unwrap()
}

/// The workload, and unless another is asked for one with a state.
fn workloads() -> Vec<Workload> {
    let mut workloads = vec![workload()];
    if std::env::var_os("LEDGER_REAL").is_none() {
        workloads.push(Workload::named("real-state:0").unwrap());
    }
    workloads
}

/// A folder for stores that are killed.
fn on_disk() -> TempDir {
    let named = std::env::var_os("LEDGER_REAL_DIR").map(PathBuf::from);
    tempfile::tempdir_in(named.unwrap_or_else(std::env::temp_dir)).unwrap()
}

/// A folder for stores whose processes meet errors.
fn in_memory() -> TempDir {
    let named = std::env::var_os("LEDGER_REAL_DIR").is_some();
    let memory = Path::new("/dev/shm");
    if named || !memory.is_dir() {
        return on_disk();
    }
    tempfile::tempdir_in(memory).unwrap_or_else(|_| on_disk())
}

/// Whether a kill before this call leaves something else than a kill before the next one.
fn changes(call: &str) -> bool {
    !matches!(
        call,
        "statx"
            | "close"
            | "pread64"
            | "read"
            | "madvise"
            | "getdents64"
            | "newfstatat"
            | "fstat"
            | "lseek"
            | "flock"
            | "openat"
    )
}

fn is_sync(call: &str) -> bool {
    matches!(call, "fsync" | "fdatasync")
}

/// Calls that may need room on the disk.
fn needs_room(call: &str) -> bool {
    matches!(call, "pwrite64" | "fallocate" | "ftruncate") || makes_name(call)
}

fn makes_name(call: &str) -> bool {
    let makes = ["create", "mkdir", "rename", "link"];
    makes.iter().any(|name| call.starts_with(name))
}

/// Runs the trials on two threads; fails with all that went wrong; answers with the stories.
fn all<T: Sync>(what: &str, trials: &[T], run: impl Fn(&T) -> Result<String, String> + Sync) {
    let next = AtomicUsize::new(0);
    let answers: Mutex<(BTreeMap<String, u32>, Vec<String>)> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while let Some(trial) = trials.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let answer = run(trial);
                    let mut answers = answers.lock().unwrap();
                    match answer {
                        Ok(outcome) => *answers.0.entry(outcome).or_default() += 1,
                        Err(violation) => answers.1.push(violation),
                    }
                }
            });
        }
    });
    let (outcomes, violations) = answers.into_inner().unwrap();
    let count = violations.len();
    println!("{what}: {} processes, {count} violations", trials.len());
    for (outcome, count) in outcomes {
        println!("  {count:>6} {outcome}");
    }
    let some: Vec<&String> = violations.iter().take(5).collect();
    assert!(some.is_empty(), "{count} violations: {some:#?}");
}

/// One process with its faults, then the verdict on what it left.
fn trial(
    dir: &TempDir,
    workload: &Workload,
    model: &Model,
    injection: Injection,
) -> Result<Story, String> {
    let store = dir.path().join("store");
    let story = Drive::run(&store, &workload.name).with(injection);
    judge(&store, model, &story).map_err(|error| format!("{injection}: {error}\n{story:?}"))?;
    Ok(story)
}

/// The calls of the workload, each with its number.
fn numbered(workload: &Workload) -> Vec<(usize, String)> {
    let dir = in_memory();
    let calls = calls_of(&Drive::run(&dir.path().join("store"), &workload.name));
    (1..).zip(calls).collect()
}

#[test]
fn fault_01_kill_at_every_call_real() {
    for workload in workloads() {
        let model = workload.model();
        let mut trials = Vec::new();
        for (n, call) in numbered(&workload) {
            if changes(&call) {
                trials.push(Injection::kill(n));
            }
            if call == "pwrite64" {
                // Within a sector a tear may be refused.
                trials.push(Injection::tear(n, 512));
                trials.push(Injection::tear(n, 1024));
            }
        }
        assert!(trials.len() > 150);
        all(&format!("kill, {}", workload.name), &trials, |injection| {
            let story = trial(&on_disk(), &workload, &model, *injection)?;
            story.killed.then_some(()).ok_or("it was not killed")?;
            Ok("killed".to_owned())
        });
    }
}

/// Stores that a tear left, each with what was acknowledged, are opened by processes that are killed
/// or fail at every call.
#[test]
fn fault_01_kill_in_recovery_real() {
    let (workload, model) = (workload(), workload().model());
    let dir = in_memory();
    let writes = numbered(&workload)
        .into_iter()
        .filter(|(_, call)| call == "pwrite64");
    let mut trials = Vec::new();
    // The store's last writes are those of its closing.
    for (n, _) in writes.skip(20).step_by(11) {
        let store = dir.path().join(format!("torn-{n}"));
        let story = Drive::run(&store, &workload.name).with(Injection::tear(n, 1024));
        let copy = copy_of(&store, dir.path());
        for (n, call) in (1..).zip(calls_of(&Drive::open(copy.path()))) {
            if changes(&call) {
                trials.push((store.clone(), story.clone(), Injection::kill(n)));
            }
            // The standard library panics where a folder cannot be closed.
            if call != "close" {
                trials.push((store.clone(), story.clone(), Injection::error(n, EIO)));
            }
        }
    }
    assert!(trials.len() > 150);
    all("recovery", &trials, |(store, before, injection)| {
        let copy = copy_of(store, dir.path());
        let story = Drive::open(copy.path()).with(*injection);
        let after = Story {
            in_doubt: before.in_doubt,
            acknowledged: before.acknowledged,
            ..story
        };
        judge(copy.path(), &model, &after)
            .map_err(|error| format!("{}: {injection}: {error}\n{after:?}", store.display()))?;
        Ok(after.outcome())
    });
}

/// A sync that fails once: what it was to sync is never acknowledged by the same handle.
#[test]
fn fault_05_failed_syncs_real() {
    for workload in workloads() {
        let model = workload.model();
        let syncs = numbered(&workload)
            .into_iter()
            .filter(|(_, call)| is_sync(call));
        let trials: Vec<Injection> = syncs.map(|(n, _)| Injection::error(n, EIO)).collect();
        let poisoned = AtomicUsize::new(0);
        all(
            &format!("failed syncs, {}", workload.name),
            &trials,
            |injection| {
                let story = trial(&in_memory(), &workload, &model, *injection)?;
                let is_poisoned = story.outcome().ends_with("E-POISONED");
                poisoned.fetch_add(usize::from(is_poisoned), Ordering::Relaxed);
                Ok(story.outcome())
            },
        );
        // The sync of every batch that is not part of the creation.
        let batches = model.last() as usize - workload.ledgers.len();
        let poisoned = poisoned.into_inner();
        assert!(poisoned >= batches, "{poisoned} handles were poisoned");
    }
}

/// Any other call fails once: creating and removing files, folders, superblocks, reads.
#[test]
fn fault_07_io_error_at_every_call_real() {
    let (workload, model) = (workload(), workload().model());
    let trials: Vec<Injection> = numbered(&workload)
        .into_iter()
        .filter(|(_, call)| !is_sync(call) && call != "close")
        .map(|(n, _)| Injection::error(n, EIO))
        .collect();
    all("I/O errors", &trials, |injection| {
        Ok(trial(&in_memory(), &workload, &model, *injection)?.outcome())
    });
}

/// No room at one call and at a few: the same handle goes on to the end once there is room.
#[test]
fn fault_08_no_room_at_every_call_real() {
    for workload in workloads() {
        let model = workload.model();
        let mut trials = Vec::new();
        for (n, call) in numbered(&workload) {
            if !needs_room(&call) {
                continue;
            }
            trials.push((call.clone(), Injection::error(n, ENOSPC)));
            if call == "pwrite64" || call == "fallocate" {
                trials.push((call.clone(), Injection::errors(n, n + 3, ENOSPC)));
                trials.push((call.clone(), Injection::error(n, EDQUOT)));
                trials.push((call, Injection::error(n, EFBIG)));
            }
        }
        all(
            &format!("no room, {}", workload.name),
            &trials,
            |(call, injection)| {
                let story = trial(&in_memory(), &workload, &model, *injection)?;
                if injection.is_single() && story.acknowledged.is_some() && !story.ended {
                    return Err(format!("{injection} ({call}): it did not go on: {story:?}"));
                }
                Ok(story.outcome())
            },
        );
    }
}

/// Writes cut short, and calls that were interrupted or should be tried again.
#[test]
fn fault_09_short_and_interrupted_calls_real() {
    let (workload, model) = (workload(), workload().model());
    let mut trials = Vec::new();
    for (n, call) in numbered(&workload) {
        if call == "pwrite64" {
            trials.push(Injection::short(n, 100));
            trials.push(Injection::error(n, EAGAIN));
        }
        if changes(&call) {
            trials.push(Injection::error(n, EINTR));
        }
    }
    all("short and interrupted", &trials, |injection| {
        let story = trial(&in_memory(), &workload, &model, *injection)?;
        if injection.is_short() && !(story.ended && story.failures.is_empty()) {
            return Err(format!("{injection}: a short write was not completed"));
        }
        Ok(story.outcome())
    });
}

/// A store that drops old states, at once and by passes beside commits: its process is killed, and
/// meets an I/O error or no room, at every call; every fifth of these trials unless a workload is
/// named.
#[test]
fn fault_01_kills_and_errors_while_states_are_dropped_real() {
    let dir = in_memory();
    let store = dir.path().join("store");
    let calls = calls_of(&Drive::prune(&store));
    let story = Drive::prune(&dir.path().join("again")).with(Injection::none());
    assert!(story.ended && story.failures.is_empty(), "{story:?}");
    judge_pruned(&store, &story, false).unwrap();
    let boast = Story {
        acknowledged: Some(story.acknowledged.unwrap() + 1),
        ..story
    };
    assert!(judge_pruned(&store, &boast, false).is_err());
    let mut trials = Vec::new();
    for (n, call) in (1..).zip(&calls) {
        if changes(call) {
            trials.push(Injection::kill(n));
        }
        if call == "pwrite64" {
            trials.push(Injection::tear(n, 512));
        }
        if call != "close" {
            trials.push(Injection::error(n, EIO));
        }
        if needs_room(call) {
            trials.push(Injection::error(n, ENOSPC));
        }
    }
    assert!(trials.len() > 1500, "{}", trials.len());
    let is_soak = std::env::var_os("LEDGER_REAL").is_some();
    let trials: Vec<Injection> = trials
        .into_iter()
        .step_by(if is_soak { 1 } else { 5 })
        .collect();
    all("states dropped", &trials, |injection| {
        let dir = if injection.kills() {
            on_disk()
        } else {
            in_memory()
        };
        let store = dir.path().join("store");
        let story = Drive::prune(&store).with(*injection);
        let verdict = judge_pruned(&store, &story, !injection.kills());
        verdict.map_err(|error| format!("{injection}: {error}\n{story:?}"))?;
        Ok(story.outcome())
    });
}

/// The test of the test: without faults the story ends, and a store that lost a batch is noticed.
#[test]
fn the_judge_notices_a_lost_batch() {
    let (workload, model) = (workload(), workload().model());
    let dir = in_memory();
    let store = dir.path().join("store");
    let story = Drive::run(&store, &workload.name).with(Injection::none());
    assert!(story.ended && story.failures.is_empty());
    assert_eq!(story.acknowledged, Some(model.last()));
    let boast = Story {
        acknowledged: Some(model.last() + 1),
        ..story.clone()
    };
    let copy = copy_of(&store, dir.path());
    assert!(judge(copy.path(), &model, &boast).is_err());
    assert_eq!(judge(&store, &model, &story), Ok(()));
    assert!(judge(Path::new("/nowhere"), &model, &story).is_err());
}

/// A copy of a store in a folder of its own.
fn copy_of(store: &Path, beside: &Path) -> TempDir {
    let copy = tempfile::tempdir_in(beside).unwrap();
    copy_folder(store, copy.path());
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy_folder(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
