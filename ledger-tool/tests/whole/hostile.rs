//! Directories that a stranger made: each file of a store replaced by what should not be there. An
//! error or an answer within seconds, in bounded memory; no hang, no crash.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Place, command};
use crate::sample;

/// Much for what is done here, little for one who waits.
const SECONDS: u64 = 20;
/// Address space, in KiB: maps count, so it bounds memory from far above.
const SPACE_KIB: u64 = 4 << 20;
/// Answers, errors that are one, and "no": no crash and no signal.
const EXITS: [i32; 8] = [0, 1, 2, 3, 4, 10, 11, 12];

const COMMANDS: [&str; 6] = [
    "info s",
    "verify s",
    "stat s",
    "dump s --ledger domain",
    "proof state s --ledger domain --key account-3",
    "debug-bundle s -o -",
];

#[derive(Clone, Copy, Debug)]
enum Trick {
    Noise,
    Empty,
    Fifo,
    Directory,
    LinkLoop,
    Sparse,
    Foreign,
}

const TRICKS: [Trick; 7] = [
    Trick::Noise,
    Trick::Empty,
    Trick::Fifo,
    Trick::Directory,
    Trick::LinkLoop,
    Trick::Sparse,
    Trick::Foreign,
];

fn play(trick: Trick, file: &Path, foreign: &Path) {
    let len = fs::metadata(file).unwrap().len();
    fs::remove_file(file).unwrap();
    match trick {
        Trick::Noise => {
            let noise =
                (0..len.max(100)).map(|i| (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as u8);
            fs::write(file, noise.collect::<Vec<u8>>()).unwrap();
        }
        Trick::Empty => fs::write(file, []).unwrap(),
        Trick::Fifo => {
            let made = Command::new("mkfifo").arg(file).status().unwrap();
            assert!(made.success());
        }
        Trick::Directory => fs::create_dir(file).unwrap(),
        Trick::LinkLoop => symlink(file.file_name().unwrap(), file).unwrap(),
        Trick::Sparse => File::create(file).unwrap().set_len(1 << 40).unwrap(),
        Trick::Foreign => {
            fs::copy(foreign, file).unwrap();
        }
    }
}

/// Runs the tool with a limit to its time and its memory; its exit code, or what went wrong.
fn limited(dir: &Path, args: &str) -> Result<i32, String> {
    let tool = env!("CARGO_BIN_EXE_ledger-tool");
    let mut shell = Command::new("sh");
    shell
        .arg("-c")
        .arg(format!("ulimit -v {SPACE_KIB}; exec {tool} {args}"))
        .current_dir(dir)
        .env_remove("LEDGER_DIR")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let mut child = shell.spawn().unwrap();
    let mut stderr = child.stderr.take().unwrap();
    let reader = std::thread::spawn(move || {
        let mut text = Vec::new();
        let _ = std::io::Read::read_to_end(&mut stderr, &mut text);
        String::from_utf8_lossy(&text).into_owned()
    });
    let started = Instant::now();
    let (pid, (done, ended)) = (Pid::from_child(&child), std::sync::mpsc::channel::<()>());
    let watch = std::thread::spawn(move || {
        if ended.recv_timeout(Duration::from_secs(SECONDS)).is_err() {
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    let status = child.wait().unwrap();
    let elapsed = started.elapsed();
    let _ = done.send(());
    watch.join().unwrap();
    let err = reader.join().unwrap();
    match status.code() {
        Some(code) if EXITS.contains(&code) => Ok(code),
        _ => Err(format!("{status} after {elapsed:?}: {err}")),
    }
}

#[test]
fn whatever_a_file_is_replaced_by_there_is_an_answer_in_time() {
    let (place, other) = (sample::place(), Place::new());
    sample::make(&other.path("s"), [8; 16]);
    let files = sample::files(&place.path("s"));
    assert!(files.len() > 15, "{files:?}");
    let cases: Vec<(String, Trick)> = files
        .iter()
        .flat_map(|file| TRICKS.map(|trick| (file.clone(), trick)))
        .collect();
    let (next, failed) = (Mutex::new(cases.into_iter()), Mutex::new(Vec::new()));
    let work = || {
        loop {
            let case = next.lock().unwrap().next();
            let Some((file, trick)) = case else { break };
            let stage = Place::new();
            fs::create_dir(stage.path("s")).unwrap();
            fs::remove_dir(stage.path("s")).unwrap();
            crate::common::copy(&place.path("s"), &stage.path("s"));
            let foreign = other.path("s").join(&file);
            play(trick, &stage.path("s").join(&file), &foreign);
            for args in COMMANDS {
                if let Err(why) = limited(&stage.path(""), args) {
                    failed
                        .lock()
                        .unwrap()
                        .push(format!("{file} {trick:?} {args}: {why}"));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    let failed = failed.into_inner().unwrap();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Damage to what is the truth is told, whatever it is damaged by.
#[test]
fn a_replaced_segment_is_never_called_good() {
    let (place, other) = (sample::place(), Place::new());
    sample::make(&other.path("s"), [8; 16]);
    let segment = "log/0000000000000000.seg";
    for trick in TRICKS {
        let stage = Place::new();
        crate::common::copy(&place.path("s"), &stage.path("s"));
        let foreign = other.path("s").join(segment);
        play(trick, &stage.path("s").join(segment), &foreign);
        for args in ["verify s", "stat s", "dump s --ledger domain"] {
            let code = limited(&stage.path(""), args);
            assert!(matches!(code, Ok(1 | 4)), "{trick:?} {args}: {code:?}");
        }
    }
}

/// A store of another user, which this one may list and not read.
#[test]
fn files_that_may_not_be_read_are_no_verdict_of_damage() {
    let place = sample::place();
    let is_root =
        fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    for name in ["SUPER.0", "SUPER.1"] {
        let file = place.path(&format!("s/{name}"));
        let mut mode = fs::metadata(&file).unwrap().permissions();
        std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0);
        fs::set_permissions(&file, mode).unwrap();
    }
    let mut tool = command(&place.path(""));
    let ran = tool.args(["verify", "s"]).status().unwrap();
    // Root may read everything.
    assert_eq!(ran.code(), Some(i32::from(!is_root)));
}
