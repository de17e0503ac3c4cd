//! Tried as a new user would: in a pipe, on a read-only mount, with Ctrl-C, with a full disk, with
//! `LEDGER_DIR` unset and set wrongly.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process};

use crate::common::{Place, Ran, command};
use crate::{sample, schemas, snapshots};

/// What came of a run that has to end by itself.
fn end_of(child: Child) -> Ran {
    let pid = Pid::from_child(&child);
    let (done, ended) = mpsc::channel();
    let waiter = std::thread::spawn(move || done.send(child.wait_with_output().unwrap()));
    let output = ended.recv_timeout(Duration::from_secs(60));
    if output.is_err() {
        kill_process(pid, Signal::KILL).unwrap();
    }
    waiter.join().unwrap().unwrap();
    Ran::of(output.unwrap())
}

#[test]
fn a_pipe_that_closes_is_success() {
    let place = sample::place();
    for args in [
        "info s",
        "stat s --by segment",
        "inspect segment s --number 0",
        "inspect tile s --ledger domain --block 0 -v",
        "explain",
        "completions bash",
        "man verify",
        "debug-bundle s -o -",
        "dump s --ledger domain --format csv",
    ] {
        for json in ["", "--json"] {
            let mut child = place.spawn(&format!("{args} {json}"));
            drop(child.stdout.take());
            let ran = end_of(child);
            assert_eq!(ran.code, 0, "{args} {json}: {}", ran.err);
        }
    }
}

#[test]
fn ledger_dir_unset_empty_wrong_and_right() {
    let place = sample::place();
    fs::create_dir(place.path("empty")).unwrap();
    place.write("file", "x");
    for args in [
        "info",
        "verify",
        "stat",
        "dump --ledger domain",
        "inspect superblock",
        "debug-bundle -o x",
    ] {
        assert!(
            place.run(args).fails(2, "E-USAGE").contains("LEDGER_DIR"),
            "{args}"
        );
        place
            .run_in(args, &[("LEDGER_DIR", "")])
            .fails(2, "E-USAGE");
        place.run_in(args, &[("LEDGER_DIR", "s")]).text(0);
        place
            .run_in(args, &[("LEDGER_DIR", "empty")])
            .fails(10, "E-NO-STORE");
        let gone = place.run_in(args, &[("LEDGER_DIR", "no/such")]);
        assert!(matches!(gone.code, 1 | 10), "{args}: {}", gone.err);
        assert!(
            place.run_in(args, &[("LEDGER_DIR", "file")]).code == 1,
            "{args}"
        );
        // What is given counts more.
        place
            .run_in(&format!("-C s {args}"), &[("LEDGER_DIR", "empty")])
            .text(0);
    }
}

#[test]
fn a_read_only_directory_is_read_in_full() {
    let place = sample::place();
    fn protect(dir: &std::path::Path, mode: u32) {
        for entry in fs::read_dir(dir).unwrap() {
            let entry = entry.unwrap();
            if entry.file_type().unwrap().is_dir() {
                protect(&entry.path(), mode);
            }
        }
        fs::set_permissions(dir, fs::Permissions::from_mode(mode)).unwrap();
    }
    let before = sample::files(&place.path("s"));
    protect(&place.path("s"), 0o555);
    for args in [
        "info s",
        "verify s --level deep",
        "stat s",
        "inspect superblock s",
        "state ls s --ledger domain",
        "dump s --ledger domain --format sqlite -o out",
        "debug-bundle s -o bundle",
    ] {
        let ran = place.run(args);
        assert_eq!(ran.code, 0, "{args}: {}", ran.err);
    }
    protect(&place.path("s"), 0o755);
    assert_eq!(sample::files(&place.path("s")), before);
}

/// A mount that is read-only for root too; where this user may mount.
#[test]
fn a_read_only_mount_is_read_in_full() {
    let place = sample::place();
    let tool = env!("CARGO_BIN_EXE_ledger-tool");
    let script = format!(
        "mount --bind s s && mount -o remount,ro,bind s || exit 77
         touch s/x 2>/dev/null && exit 78
         {tool} verify s --level deep && {tool} stat s && {tool} debug-bundle s -o bundle &&
         {tool} state ls s --ledger domain && {tool} inspect superblock s"
    );
    let ran = Command::new("unshare")
        .args(["-m", "sh", "-c", &script])
        .current_dir(place.path(""))
        .output();
    let Ok(output) = ran else { return };
    let may_mount =
        !matches!(output.status.code(), Some(1 | 77)) || output.stdout.starts_with(b"store");
    if may_mount {
        let err = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{:?}: {err}", output.status);
    }
}

/// No file grows beyond this: what a full disk answers, but for the number of the error.
fn with_file_limit(place: &Place, blocks: u32, args: &str) -> Ran {
    let tool = env!("CARGO_BIN_EXE_ledger-tool");
    let script = format!("trap '' XFSZ; ulimit -f {blocks}; exec {tool} {args}");
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &script])
        .current_dir(place.path(""))
        .stdin(Stdio::null());
    Ran::of(shell.output().unwrap())
}

#[test]
fn a_full_disk_is_an_error_that_says_so_and_harms_nothing() {
    let place = sample::place();
    for args in [
        "dump s --ledger domain --format sqlite -o out",
        "dump s --ledger pool --format csv -o out",
        "debug-bundle s -o bundle",
        "init new --ledger a",
    ] {
        let ran = with_file_limit(&place, 8, args);
        assert_eq!(ran.code, 1, "{args}: {}", ran.err);
        assert!(ran.err.contains("[E-"), "{args}: {}", ran.err);
    }
    // What only reads needs no room.
    for args in ["verify s", "stat s", "info s", "dump s --ledger domain"] {
        assert_eq!(with_file_limit(&place, 0, args).code, 0, "{args}");
    }
    for file in ["/dev/full"] {
        let full = fs::OpenOptions::new().write(true).open(file).unwrap();
        for args in ["info", "stat", "explain", "dump --ledger domain"] {
            let mut tool = command(&place.path(""));
            let full = full.try_clone().unwrap();
            let ran = tool.args(args.split(' ')).arg("s").stdout(full).status();
            let code = ran.unwrap().code();
            assert!(matches!(code, Some(1 | 2)), "{args}: {code:?}");
        }
    }
    place.run("verify s").text(0);
}

/// Runs a command whose first word on stderr does not get through until Ctrl-C was pressed: it is
/// in the middle of its work then, however fast the machine is.
fn interrupted(place: &Place, args: &str) -> (Option<i32>, String) {
    let (mut reader, mut writer) = std::io::pipe().unwrap();
    // As many bytes as the pipe holds.
    fcntl_setfl(&writer, OFlags::NONBLOCK).unwrap();
    while writer
        .write(&[b'.'; 512])
        .is_ok_and(|written| written == 512)
    {}
    while writer.write(b".").is_ok() {}
    fcntl_setfl(&writer, OFlags::empty()).unwrap();
    let mut tool = command(&place.path(""));
    tool.args(args.split_whitespace())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let mut child = tool.stderr(writer).spawn().unwrap();
    // Only the child holds the other end now.
    drop(tool);
    let status = format!("/proc/{}/status", child.id());
    let has_ctrl_c = |set: &str| {
        let status = fs::read_to_string(&status).unwrap();
        let signals = status.lines().find_map(|line| line.strip_prefix(set));
        let signals = u64::from_str_radix(signals.unwrap_or("0").trim(), 16).unwrap();
        signals & 1 << (Signal::INT.as_raw() - 1) != 0
    };
    while !has_ctrl_c("SigCgt:") {
        assert!(
            child.try_wait().unwrap().is_none(),
            "{args} ended before it listened"
        );
        std::thread::yield_now();
    }
    kill_process(Pid::from_child(&child), Signal::INT).unwrap();
    while has_ctrl_c("ShdPnd:") {
        std::thread::yield_now();
    }
    let mut talk = String::new();
    reader.read_to_string(&mut talk).unwrap();
    (
        child.wait().unwrap().code(),
        talk.trim_start_matches('.').to_owned(),
    )
}

/// Each long command, stopped in the middle of its work, says so by its exit code.
#[test]
fn ctrl_c_ends_every_long_command_in_order() {
    let place = snapshots::stage();
    place.run("backup s copy").text(0);
    place.copy("bad", "bad-too");
    place.write("lines", "a\nb\nc\n");
    place.write(
        "writes",
        "{\"key_hex\":\"6b\",\"value_hex\":\"76\"}\n".repeat(3),
    );
    for args in [
        "verify s --progress json",
        "verify s --level deep --progress json",
        "stat s --progress json",
        "dump s --ledger domain -o out --progress json",
        "dump s --ledger domain --format csv -o out --progress json",
        "dump s --ledger domain --format sqlite -o out --progress json",
        "dump s --ledger domain --state --format sqlite -o out --progress json",
        "render segments s --format svg -o picture --progress json",
        "render growth s -o picture --progress json",
        "report s --html page --progress json",
        "debug-bundle s -o bundle",
        "bench --seconds 60 .",
        "import s --ledger pool --format lines --batch 1 --progress json lines",
        "state put s --ledger domain --batch 1 --progress json writes",
        "restore copy restored --progress json",
        "backup s backup --progress json",
        "backup other copy-of-other --hard-links --progress json",
        "export tiles s --ledger domain --key key -o tiles --progress json",
        "demo demo --progress json",
        "prune s --ledger domain --keep 2 --progress json",
        "prune other --ledger domain --keep 2 --apply --progress json",
        "repair bad --progress json",
        "repair bad-too --from s --apply --progress json",
        "recover bad --output recovered --progress json",
        "truncate s --to 5 --progress json",
        "truncate other --to 5 --apply --progress json",
    ] {
        let (code, talk) = interrupted(&place, args);
        assert_eq!(code, Some(130), "{args}: {talk}");
        if args.starts_with("truncate") {
            assert!(talk.contains("the store is as it was"), "{args}: {talk}");
        }
        let json = talk.lines().filter(|line| line.starts_with('{'));
        json.for_each(|line| schemas::holds(&serde_json::from_str(line).unwrap()));
    }
    // No half of a file or store passes for a whole one, scratch directories are gone, the stores
    // are what they were.
    assert!(!place.path("bundle").exists() && !place.path("page").exists());
    assert!(!place.path("tiles/checkpoint").exists());
    for half in ["restored", "backup", "copy-of-other", "recovered"] {
        let code = place.run(&format!("verify {half}")).code;
        assert!(matches!(code, 1 | 10), "{half}: {code}");
    }
    for (store, code) in [
        ("s", 0),
        ("other", 0),
        ("copy", 0),
        ("bad", 4),
        ("bad-too", 4),
    ] {
        assert_eq!(place.run(&format!("verify {store}")).code, code, "{store}");
    }
    // What was begun is done when it is done again.
    for args in [
        "backup s backup",
        "restore copy restored",
        "export tiles s --ledger domain --key key -o tiles",
        "prune other --ledger domain --keep 2 --apply",
        "repair bad-too --from s --apply",
        "truncate other --to 5 --apply",
    ] {
        if args.starts_with("restore") && place.path("restored").exists() {
            fs::remove_dir_all(place.path("restored")).unwrap();
        }
        let ran = place.run(args);
        assert_eq!(ran.code, 0, "{args}: {}", ran.err);
    }
    place.run("verify backup").text(0);
    let names = fs::read_dir(place.path("")).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.contains("bench")).count(), 0);
    place.run("verify s").text(0);
}
