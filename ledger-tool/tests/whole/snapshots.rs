//! What every command prints, for people and as JSON.
//!
//! A file of `tests/snapshots` is a console session: `$ ledger-tool ...` runs in a place with the
//! stores that its first line names, `|` before a command's arguments gives it the text before as
//! standard input. What it prints stands below, `! ` before what it says on stderr, and its exit
//! code if that is not 0. What differs from run to run stands in angle brackets.

use std::fs;
use std::path::{Path, PathBuf};

use crate::common::{Place, Ran, patch};
use crate::sample;
use crate::shipped::{commands, shipped};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots")
}

/// A key that signs nothing but tests.
const PUBLIC: &str = "example.org/log+e2006585+AZSbRjXe2pjjXw6tHUQMfTuYopotoZ6wQsKAnySw9Wwz";
pub(crate) const SECRET: &str =
    "PRIVATE+KEY+example.org/log+e2006585+AXAQKUAcoxtaJXjWfNT5aWX0xZml9G1qqE5lhm17OqOi";

/// The stores that sessions use: `s`; `bad`, with a flipped bit in an entry; `other`, which parted;
/// `torn`; `empty`, an empty directory; keys, files and proofs.
pub(crate) fn stage() -> Place {
    let place = sample::place();
    place.copy("s", "bad");
    patch(&place.path("bad/log/0000000000000000.seg"), |bytes| {
        let at = crate::common::find(bytes, b"{\"txn\":25");
        bytes[at + 7] ^= 1;
    });
    place.copy("s", "other");
    place.write("one", "one more\n");
    place.write("two", "another\n");
    for (store, file) in [("s", "one"), ("other", "two")] {
        let args = format!(
            "import {store} --ledger pool --format lines --time 2023-11-17T00:00:00Z {file}"
        );
        place.run(&args).text(0);
    }
    fs::create_dir(place.path("empty")).unwrap();
    place.write("key", format!("{SECRET}\n"));
    place.write("keys", format!("{PUBLIC}\n"));
    place.write("writes", "{\"key_hex\":\"6b\",\"value_hex\":\"76\"}\n");
    place
}

/// The output with what differs from run to run taken out.
fn steady(text: &str, place: &Place) -> String {
    let dir = place.path("").display().to_string();
    let text = text.replace(dir.trim_end_matches('/'), "<DIR>");
    let mut steady = String::new();
    for line in text.lines() {
        let mut line = line.to_owned();
        for member in ["elapsed_ms", "free", "days_until_full"] {
            line = without_number(&line, &format!("\"{member}\":"));
        }
        if line.starts_with("disk  ") {
            line = "disk        <DISK>".to_owned();
        }
        line = without_seconds(&line);
        line = without_text(&line, "new2\",\"id\":\"", |c| c.is_ascii_hexdigit());
        line = without_text(&line, "\"uuid\":\"", |c| c.is_ascii_hexdigit());
        line = without_text(&line, "example.org/new+", |c| {
            c.is_ascii_alphanumeric() || "+/=".contains(c)
        });
        line = without_text(&line, "example.org/new2+", |c| {
            c.is_ascii_alphanumeric() || "+/=".contains(c)
        });
        steady += &line;
        steady.push('\n');
    }
    steady
}

fn without_number(line: &str, before: &str) -> String {
    let mut parts = line.split(before);
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        let digits = part.bytes().take_while(u8::is_ascii_digit).count();
        let shown = if digits == 0 { "" } else { "0" };
        whole += &format!("{before}{shown}{}", &part[digits..]);
    }
    whole
}

/// What follows a text, as far as it is of some characters, in angle brackets.
fn without_text(line: &str, before: &str, is_part: impl Fn(char) -> bool) -> String {
    let mut parts = line.split(before);
    let mut whole = parts.next().unwrap().to_owned();
    for part in parts {
        whole += &format!("{before}<>{}", part.trim_start_matches(&is_part));
    }
    whole
}

/// `in 0.84 s`, `after 0.84 s`
fn without_seconds(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let is_time = |i: usize| {
        let number = words
            .get(i)
            .is_some_and(|word| word.parse::<f64>().is_ok() && word.contains('.'));
        number
            && words
                .get(i + 1)
                .is_some_and(|unit| unit.trim_end_matches([':', ',', ';']) == "s")
    };
    let shown = words
        .iter()
        .enumerate()
        .map(|(i, word)| if is_time(i) { "<TIME>" } else { word });
    shown.collect::<Vec<_>>().join(" ")
}

pub(crate) fn show(ran: &Ran, place: &Place) -> String {
    let out = String::from_utf8_lossy(&ran.out)
        .replace('\u{1b}', "\\e")
        .replace('\r', "\\r");
    let mut text = steady(&out, place);
    for line in steady(&ran.err.replace('\u{1b}', "\\e"), place).lines() {
        text += &format!("! {line}\n");
    }
    if ran.code != 0 {
        text += &format!("exit code {}\n", ran.code);
    }
    text
}

/// Runs the commands of a session and writes it as it should be.
fn replay(session: &str) -> String {
    let place = stage();
    let mut replayed = String::new();
    for line in session.lines() {
        if line.starts_with('#') {
            replayed += &format!("{line}\n");
        } else if let Some(args) = line.strip_prefix("$ ledger-tool") {
            let words = args.trim();
            let (env, words) = match words.strip_prefix("--env ") {
                Some(rest) => rest
                    .split_once(' ')
                    .map_or((None, rest), |(env, rest)| (Some(env), rest)),
                None => (None, words),
            };
            let env: Vec<_> = env.iter().filter_map(|env| env.split_once('=')).collect();
            let ran = place.run_in(words, &env);
            replayed += &format!("\n{line}\n{}", show(&ran, &place));
        }
    }
    replayed
}

fn sessions() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    found.sort();
    found
}

#[test]
fn every_session_is_as_it_was_written_down() {
    for path in sessions() {
        let session = fs::read_to_string(&path).unwrap();
        shipped(&path, &replay(&session));
    }
}

/// Every command stands in a session, as text and as JSON.
#[test]
fn every_command_has_a_session() {
    let mut lines = Vec::new();
    for path in sessions() {
        let session = fs::read_to_string(path).unwrap();
        let ran = session
            .lines()
            .filter_map(|line| line.strip_prefix("$ ledger-tool "));
        lines.extend(ran.map(str::to_owned));
    }
    // What these print stands in files that are shipped, or differs from machine to machine; the
    // groups print their help.
    let elsewhere = [
        "",
        "bench",
        "debug-bundle",
        "completions",
        "man",
        "demo",
        "state",
        "proof",
        "keys",
        "checkpoint",
        "export",
        "inspect",
        "render",
        "explore",
    ];
    for name in commands() {
        if elsewhere.contains(&name.as_str()) {
            continue;
        }
        let of: Vec<_> = lines
            .iter()
            .filter(|line| line.starts_with(&name))
            .collect();
        assert!(
            of.iter().any(|line| !line.contains("--json")),
            "{name} as text"
        );
        let writes_json = [
            "dump",
            "proof inclusion",
            "proof consistency",
            "proof range",
            "proof state",
            "proof bundle",
            "proof subtree-inclusion",
            "proof subtree-consistency",
            "proof carry",
            "checkpoint sign",
            "checkpoint cosign",
        ];
        let json =
            writes_json.contains(&name.as_str()) || of.iter().any(|line| line.contains("--json"));
        assert!(json, "{name} as JSON");
    }
}

/// Without a terminal nothing is coloured; asked for, it is, and says the same.
#[test]
fn colour_is_for_terminals_and_never_alone_carries_meaning() {
    let place = stage();
    for args in [
        "verify bad",
        "stat bad",
        "inspect superblock s",
        "info empty",
    ] {
        let plain = place.run(args);
        assert!(
            !plain.out.contains(&0x1b) && !plain.err.contains('\u{1b}'),
            "{args}"
        );
        for (option, env) in [
            ("--color always", None),
            ("", Some(("CLICOLOR_FORCE", "1"))),
        ] {
            let env: Vec<_> = env.into_iter().collect();
            let coloured = place.run_in(&format!("{args} {option}"), &env);
            let all = format!("{}{}", String::from_utf8_lossy(&coloured.out), coloured.err);
            assert!(all.contains('\u{1b}'), "{args} {option}");
            let stripped = steady(&anstream::adapter::strip_str(&all).to_string(), &place);
            let same = steady(
                &format!("{}{}", String::from_utf8_lossy(&plain.out), plain.err),
                &place,
            );
            assert_eq!(stripped, same, "{args}");
            assert_eq!(coloured.code, plain.code);
        }
        let never = place.run_in(&format!("{args} --color never"), &[("CLICOLOR_FORCE", "1")]);
        assert!(!never.out.contains(&0x1b), "{args}");
        let json = place.run(&format!("{args} --json --color always"));
        assert!(!json.out.contains(&0x1b), "{args}");
    }
}

/// Outside of help nothing depends on the width: hashes are never broken.
#[test]
fn answers_are_the_same_at_80_and_at_200_columns() {
    let place = stage();
    for args in [
        "info s",
        "verify bad",
        "stat s --by segment",
        "inspect frame s --ledger domain --leaf 3",
        "explain E-CHAIN",
    ] {
        let at = |columns: &str| {
            let ran = place.run_in(args, &[("COLUMNS", columns)]);
            steady(&String::from_utf8_lossy(&ran.out), &place)
        };
        assert_eq!(at("80"), at("200"), "{args}");
    }
}
