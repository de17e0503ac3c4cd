//! Output on a terminal of 80 and of 200 columns, and without one: widths, colours, the log.

use std::fs::OpenOptions;
use std::io::Read;
use std::path::Path;
use std::process::Stdio;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::common::{Place, command};
use crate::{sample, shipped};

/// Runs the tool on a terminal of so many columns; answers with the exit code and what is on it.
fn on_terminal(place: &Place, columns: u16, args: &str, env: &[(&str, &str)]) -> (i32, String) {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let size = Winsize {
        ws_row: 50,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&terminal, size).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap();
    let user = OpenOptions::new()
        .read(true)
        .write(true)
        .open(Path::new(name.to_str().unwrap()))
        .unwrap();
    let mut tool = command(&place.path(""));
    tool.args(args.split_whitespace())
        .envs(env.iter().copied())
        .stdin(Stdio::null())
        .stdout(user.try_clone().unwrap())
        .stderr(user);
    let mut child = tool.spawn().unwrap();
    drop(tool);
    let mut screen = Vec::new();
    let mut terminal = std::fs::File::from(terminal);
    // The end of the other side is an error here.
    let mut piece = [0; 4096];
    while let Ok(len @ 1..) = terminal.read(&mut piece) {
        screen.extend_from_slice(&piece[..len]);
    }
    let code = child.wait().unwrap().code().unwrap();
    (
        code,
        String::from_utf8(screen).unwrap().replace("\r\n", "\n"),
    )
}

/// A text without what sets colours.
fn plain(text: &str) -> String {
    anstream::adapter::strip_str(text).to_string()
}

/// The longest line, hashes counted as nothing: they are never broken.
fn widest(text: &str) -> (usize, String) {
    let is_hash = |word: &&str| word.len() >= 64;
    let lines = plain(text);
    let widths = lines.lines().map(|line| {
        let hashes: usize = line
            .split([' ', '@', ','])
            .filter(is_hash)
            .map(str::len)
            .sum();
        (line.chars().count() - hashes, line.to_owned())
    });
    widths.max().unwrap()
}

const LOOKS: [&str; 6] = [
    "info s",
    "stat s",
    "stat s --by segment",
    "stat s --by ledger",
    "verify s --level quick",
    "inspect tile s --ledger domain --block 0",
];

#[test]
fn help_and_answers_fit_into_80_columns_and_use_200() {
    let place = sample::place();
    for args in LOOKS {
        let (code, screen) = on_terminal(&place, 80, args, &[]);
        assert_eq!(code, 0, "{args}: {screen}");
        let (width, line) = widest(&screen);
        assert!(width <= 80, "{args}: {line}");
    }
    for name in shipped::commands() {
        let args = format!("{name} --help");
        let (code, narrow) = on_terminal(&place, 80, &args, &[]);
        assert_eq!(code, 0, "{narrow}");
        let (_, wide) = on_terminal(&place, 200, &args, &[]);
        // What cannot be broken: usage lines and the names of arguments.
        let texts = plain(&narrow);
        let broken = texts.lines().filter(|line| !line.starts_with("Usage:"));
        for line in broken {
            assert!(line.chars().count() <= 80, "{args}: {line}");
        }
        assert!(wide.lines().count() <= narrow.lines().count(), "{args}");
        assert!(widest(&wide).0 <= 200, "{args}");
    }
    let (_, narrow) = on_terminal(&place, 80, "verify --help", &[]);
    let (_, wide) = on_terminal(&place, 200, "verify --help", &[]);
    assert!(wide.lines().count() < narrow.lines().count());
}

#[test]
fn a_terminal_shows_what_a_pipe_shows_but_for_colours() {
    let place = sample::place();
    for args in [
        "info s",
        "stat s --by ledger",
        "explain E-FRAME-CRC",
        "inspect superblock s",
    ] {
        let piped = place.run(args).text(0).to_owned();
        for columns in [80, 200] {
            let (_, screen) = on_terminal(&place, columns, args, &[]);
            assert_eq!(
                without_disk(&plain(&screen)),
                without_disk(&piped),
                "{args}"
            );
        }
    }
}

/// What is free on the disk changes meanwhile.
fn without_disk(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.starts_with("disk"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn colours_are_for_terminals_and_for_those_who_want_them() {
    let place = sample::place();
    let escape = '\u{1b}';
    let verify = "verify s --level quick";
    let on = |args: &str, env: &[(&str, &str)]| {
        let env = [&[("TERM", "xterm")], env].concat();
        on_terminal(&place, 80, args, &env).1.contains(escape)
    };
    let piped = |args: &str, env: &[(&str, &str)]| {
        let env = [&[("TERM", "xterm")], env].concat();
        place.run_in(args, &env).text(0).contains(escape)
    };
    assert!(on(verify, &[]));
    assert!(!on(verify, &[("NO_COLOR", "1")]));
    assert!(!on(verify, &[("TERM", "dumb")]));
    assert!(!on(&format!("{verify} --color never"), &[]));
    assert!(on(
        &format!("{verify} --color always"),
        &[("NO_COLOR", "1")]
    ));
    assert!(!piped(verify, &[]));
    assert!(piped(verify, &[("CLICOLOR_FORCE", "1")]));
    assert!(piped(&format!("{verify} --color always"), &[]));
    assert!(!piped(
        &format!("{verify} --color never"),
        &[("CLICOLOR_FORCE", "1")]
    ));
    // A document for programs has none whatever is asked for.
    assert!(!piped(&format!("{verify} --json --color always"), &[]));
    // What is said by a colour is said by a word too.
    assert!(place.run(verify).text(0).contains("VERIFIED"));
}

#[test]
fn the_log_is_told_on_stderr_when_the_environment_asks() {
    let place = sample::place();
    let import = "import s --ledger pool --format lines lines";
    place.write("lines", "one\n");
    let silent = place.run(import);
    silent.text(0);
    assert!(!silent.err.contains("ledger"), "{}", silent.err);
    let told = place.run_in(import, &[("LEDGER_TOOL_LOG", "debug")]);
    assert_eq!(told.text(0).lines().count(), 1, "stdout is the answer");
    for span in ["open", "commit", "write", "watermark"] {
        let of = |line: &&str| line.contains(span) && line.contains("time.busy=");
        assert!(
            told.err.lines().any(|line| of(&line)),
            "{span}: {}",
            told.err
        );
    }
    assert!(!told.err.contains('\u{1b}'));
    let less = place.run_in(import, &[("LEDGER_TOOL_LOG", "off,ledger=info")]);
    assert!(
        less.err.contains("open") && !less.err.contains("commit{"),
        "{}",
        less.err
    );
    for none in ["off", "", "hash_store=trace"] {
        let ran = place.run_in(import, &[("LEDGER_TOOL_LOG", none)]);
        assert_eq!(ran.err.lines().count(), 1, "{none}: {}", ran.err);
    }
    let wrong = place.run_in(import, &[("LEDGER_TOOL_LOG", "loud")]);
    assert!(wrong.fails(2, "E-USAGE").contains("LEDGER_TOOL_LOG"));
}
