//! Cases 28 to 31, 33, 40 and 41: other processes, other users, memory that ends, threads that
//! panic.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hash_store::sim::{Fault, FaultKind, SimStorage};
use ledger::{Error, Reader, Store, Submission};
use ledger_tests::lab::oracle::holds;
use ledger_tests::lab::workload::{open, perform};
use ledger_tests::store::{copy, create, edit, entry, files, fill, options, segments};
use merkle_log::LeafIndex;

use super::{commit, exactly, killed, tiny};

/// A user that owns nothing; only root can become it.
const NOBODY: u32 = 65_534;

fn child(command: &str, dir: &Path) -> Command {
    let mut child = Command::new(env!("CARGO_BIN_EXE_fault-child"));
    child.arg(command).arg(dir);
    child
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    child
}

/// The last line of a child's answer, `ok <height>` or the code of an error first.
fn answer(mut command: Command) -> String {
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let last = text.lines().last();
    last.map_or_else(|| String::from_utf8(output.stderr).unwrap(), str::to_owned)
}

fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.as_mut().unwrap())
        .read_line(&mut line)
        .unwrap();
    line.trim_end().to_owned()
}

/// A store of some commits in a directory that everyone may enter.
fn store_in(dir: &Path) -> (std::path::PathBuf, Store) {
    fs::set_permissions(dir, fs::Permissions::from_mode(0o755)).unwrap();
    let home = dir.join("store");
    let store = create(&home, &["a"]);
    fill(&store, &["a"], &[3, 40, 7]);
    (home, store)
}

/// A library of `tests/faults`, compiled into a folder, to be loaded before the C library.
fn preloaded(dir: &Path, source: &str) -> std::path::PathBuf {
    let library = dir.join("preloaded.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("faults")
        .join(source);
    let cc = Command::new("cc")
        .args(["-O2", "-Wall", "-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(source)
        .status();
    assert!(cc.unwrap().success(), "cc, the C compiler, is needed");
    library
}

#[test]
fn fault_28_a_second_writer_in_this_process_another_and_a_fork() {
    let dir = tempfile::tempdir().unwrap();
    let (home, store) = store_in(dir.path());
    assert_eq!(
        Store::open(&home, options()).unwrap_err().code(),
        "E-LOCKED"
    );
    let taken = Store::create(&home, "x".parse().unwrap(), &[], options());
    assert_eq!(taken.unwrap_err().code(), "E-LOCKED");
    assert!(answer(child("open", &home)).starts_with("E-LOCKED"));
    fill(&store, &["a"], &[2]);
    store.close().unwrap();
    // A fork has the lock and the handle; it may not write with them. The process it forked from
    // goes on.
    let mut forking = child("fork", &home);
    forking.env("LD_PRELOAD", preloaded(dir.path(), "fork.c"));
    let output = forking.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(
        matches!(lines[..], [fork, "ok 5"] if fork.starts_with("E-FORKED")),
        "{text}{told}"
    );
    // Another process has it, and is killed: the lock goes with it.
    let mut holder = child("hold", &home).spawn().unwrap();
    assert_eq!(first_line(&mut holder), "ok 5");
    assert_eq!(
        Store::open(&home, options()).unwrap_err().code(),
        "E-LOCKED"
    );
    holder.kill().unwrap();
    holder.wait().unwrap();
    assert_eq!(
        Store::open(&home, options()).unwrap().snapshot().height(),
        5
    );
}

/// A reader follows through commits, rotations, footers, watermarks, a kill and a recovery.
#[test]
fn fault_29_a_reader_in_another_process_beside_the_writer() {
    let dir = tempfile::tempdir().unwrap();
    let (home, mut store) = store_in(dir.path());
    let follower = child("follow", &home).spawn().unwrap();
    for round in 0..40 {
        fill(&store, &["a"], &[round % 9 * 20, 1]);
        match round % 10 {
            3 => store.sync_derived().unwrap(),
            6 => {
                store.close().unwrap();
                store = Store::open(&home, options()).unwrap();
            }
            9 => {
                // As after a kill: nothing is clean, and the tail is scanned.
                drop(store);
                edit(&home.join("SUPER.0"), |bytes| bytes[200] ^= 1);
                store = Store::open(&home, options()).unwrap();
            }
            _ => {}
        }
    }
    let output = follower.wait_with_output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(
        text.starts_with("ok "),
        "{text}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // A reader that may not write: all permissions gone, and another user where that is possible.
    let before = files(&home);
    set_modes(&home, 0o555, 0o444);
    let mut reader = child("read", &home);
    if rustix::process::geteuid().is_root() {
        reader.uid(NOBODY).gid(NOBODY);
    }
    assert_eq!(answer(reader), format!("ok {}", store.snapshot().height()));
    assert_eq!(files(&home), before);
    set_modes(&home, 0o755, 0o644);
}

fn set_modes(dir: &Path, dir_mode: u32, file_mode: u32) {
    fs::set_permissions(dir, fs::Permissions::from_mode(dir_mode)).unwrap();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            set_modes(&path, dir_mode, file_mode);
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(file_mode)).unwrap();
        }
    }
}

/// Every file cut or replaced under a reader that has them all open: what it serves is right, the
/// rest is an error, and no signal comes.
#[test]
fn fault_30_files_cut_or_replaced_under_a_reader() {
    let dir = tempfile::tempdir().unwrap();
    let (home, store) = store_in(dir.path());
    fill(&store, &["a"], &[600, 600]);
    store.close().unwrap();
    for (name, bytes) in files(&home) {
        for len in [
            0,
            1,
            4096.min(bytes.len()),
            bytes.len() / 2,
            bytes.len() - 1,
        ] {
            for replace in [true, false] {
                let changed = copy(&home);
                let reader = Reader::open(changed.path()).unwrap();
                let path = changed.path().join(&name);
                if replace {
                    fs::remove_file(&path).unwrap();
                    fs::write(&path, &bytes[..len]).unwrap();
                } else {
                    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
                    file.set_len(len as u64).unwrap();
                }
                let snapshot = reader.snapshot();
                let view = snapshot.ledger("a").unwrap();
                for index in (0..view.size().0).step_by(50) {
                    if let Ok(bytes) = view.entry(LeafIndex(index)) {
                        assert_eq!(bytes, entry("a", index), "{name} {len}");
                    }
                    let _ = view.prove_inclusion(LeafIndex(index), view.size());
                }
                let _ = reader.refresh();
            }
        }
    }
}

/// The directory of a live writer moves, or goes: what was acknowledged is where the files are,
/// and where no file can be made any more commits are refused.
#[test]
fn fault_31_the_directory_is_renamed_or_removed() {
    for remove in [false, true] {
        let dir = tempfile::tempdir().unwrap();
        let (home, store) = store_in(dir.path());
        let moved = dir.path().join("moved");
        if remove {
            fs::remove_dir_all(&home).unwrap();
        } else {
            fs::rename(&home, &moved).unwrap();
        }
        let mut acknowledged = store.snapshot().height();
        let refused = (0..200).find_map(|_| {
            let mut batch = store.batch();
            let first = store.snapshot().ledger("a").unwrap().size().0;
            for index in first..first + 20 {
                batch.append("a", entry("a", index)).unwrap();
            }
            match store.commit(batch.seal(u64::MAX, b"").unwrap()) {
                Ok(commit) => {
                    acknowledged = commit.height;
                    None
                }
                Err(error) => Some(error),
            }
        });
        assert_eq!(refused.unwrap().code(), "E-IO");
        assert_eq!(store.snapshot().height(), acknowledged);
        assert!(store.close().is_err());
        if !remove {
            let store = Store::open(&moved, options()).unwrap();
            assert_eq!(store.snapshot().height(), acknowledged);
        }
    }
}

#[test]
fn fault_33_no_permission_is_an_error_before_any_change() {
    let dir = tempfile::tempdir().unwrap();
    let (home, store) = store_in(dir.path());
    store.close().unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let as_other = |command: &str| {
        let mut child = child(command, &home);
        if is_root {
            child.uid(NOBODY).gid(NOBODY);
        }
        answer(child)
    };
    // Another owner's files, and read-only files: no writing, but reading.
    set_modes(&home, 0o555, 0o444);
    let before = files(&home);
    assert!(as_other("open").starts_with("E-IO"), "{}", as_other("open"));
    assert_eq!(as_other("read"), "ok 3");
    // Nothing may be read: an error that names the file.
    set_modes(&home, 0o555, 0o000);
    let refused = as_other("read");
    assert!(
        refused.starts_with("E-IO") && refused.contains("SUPER"),
        "{refused}"
    );
    set_modes(&home, 0o755, 0o644);
    assert_eq!(files(&home), before);
    // A directory that cannot be written.
    fs::create_dir(dir.path().join("closed")).unwrap();
    let closed = dir.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).unwrap();
    let mut create = child("create", &closed.join("store"));
    if is_root {
        create.uid(NOBODY).gid(NOBODY);
    }
    assert!(answer(create).starts_with("panicked") || fs::read_dir(&closed).unwrap().count() == 0);
    // The strictest mask: nothing that the store makes is needed by anyone else.
    let masked = dir.path().join("masked");
    assert_eq!(answer(child("create", &masked)), "ok 1");
    assert_eq!(
        fs::metadata(masked.join("SUPER.0")).unwrap().mode() & 0o077,
        0
    );
    assert_eq!(answer(child("open", &masked)), "ok 1");
}

/// Memory ends in the middle of a commit: whatever becomes of the process, what it acknowledged is
/// there, and nothing is there by half.
#[test]
fn fault_40_memory_ends() {
    let dir = tempfile::tempdir().unwrap();
    let (home, store) = store_in(dir.path());
    store.close().unwrap();
    let output = child("starve", &home).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let mut committed = text
        .lines()
        .filter_map(|line| line.strip_prefix("committed "));
    let acknowledged: u64 = committed.next_back().unwrap().parse().unwrap();
    assert!(!text.contains("ok "), "memory did not end");
    let store = Store::open(&home, options()).unwrap();
    let height = store.snapshot().height();
    assert!((acknowledged..=acknowledged + 1).contains(&height));
    drop(store);
    assert_eq!(answer(child("read", &home)), format!("ok {height}"));
}

/// A thread panics in the middle of a commit: the store is poisoned, nobody waits for ever, the
/// lock goes when the store does, and what was acknowledged is there.
#[test]
fn fault_41_a_thread_panics_while_writing() {
    let built = killed(tiny().events);
    for at in 0..3 {
        for grouped in [true, false] {
            let disk = built.copy();
            let store = open(&disk).unwrap();
            perform(&store, &commit(&[5])).unwrap();
            let mut model = built.model.clone();
            model.apply(&commit(&[5]));
            panic_in(&disk, at);
            let panicked = std::thread::scope(|scope| {
                let panicked = scope.spawn(|| {
                    if grouped {
                        let mut submission = Submission::new(0);
                        submission.append("a", b"x").unwrap();
                        store.submit(submission).map(|_| ())
                    } else {
                        perform(&store, &commit(&[5])).map(|_| ())
                    }
                });
                let panicked = panicked.join().is_err();
                let _ = disk.heal();
                let others: Vec<_> = (0..4)
                    .map(|_| {
                        scope.spawn(|| {
                            let mut submission = Submission::new(0);
                            submission.append("a", b"y").unwrap();
                            store.submit(submission).unwrap_err()
                        })
                    })
                    .collect();
                for other in others {
                    let error: Error = other.join().unwrap();
                    assert!(matches!(error.code(), "E-POISONED" | "E-GROUP"), "{error}");
                }
                panicked
            });
            assert!(panicked, "operation {at}");
            assert_eq!(
                perform(&store, &commit(&[5])).unwrap_err().code(),
                "E-POISONED"
            );
            assert!(store.close().is_err());
            let store = open(&disk).unwrap();
            let height = store.snapshot().height();
            let last = model.steps.last().unwrap().height;
            if height == last {
                holds(&store.snapshot(), exactly(&model)).unwrap();
            }
            assert!((last..=last + 1).contains(&height));
        }
    }
}

fn panic_in(disk: &SimStorage, at: u64) {
    disk.inject(Fault {
        op: disk.ops() + at,
        sticky: false,
        kind: FaultKind::Panic,
    });
}

/// A panic between two calls of a producer is nobody else's matter.
#[test]
fn fault_41_a_producer_panics() {
    let dir = tempfile::tempdir().unwrap();
    let (home, store) = store_in(dir.path());
    std::thread::scope(|scope| {
        let producer = scope.spawn(|| {
            let mut batch = store.batch();
            batch.append("a", b"never sealed").unwrap();
            std::panic::resume_unwind(Box::new("a producer's own matter"));
        });
        assert!(producer.join().is_err());
    });
    fill(&store, &["a"], &[2]);
    store.close().unwrap();
    assert_eq!(answer(child("read", &home)), "ok 4");
    assert_eq!(segments(&home).len(), 2);
    std::io::stdout().flush().unwrap();
}
