//! `docs/OPERATIONS.md`: every example runs and prints what stands there. And every command that
//! any text of ours tells people to run is one, with its options.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::{Place, Ran, bare};
use crate::sample;
use crate::shipped::{commands, shipped};
use crate::snapshots::{show, stage};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The stores of the manual.
fn staged() -> Place {
    let place = stage();
    sample::tear_sample(&place);
    for (from, to) in [("s", "node"), ("other", "peer"), ("bad", "damaged")] {
        fs::rename(place.path(from), place.path(to)).unwrap();
    }
    place
}

/// Runs a line as a shell does, the tool in its path.
fn shell(place: &Place, line: &str) -> Ran {
    let tools = Path::new(env!("CARGO_BIN_EXE_ledger-tool"))
        .parent()
        .unwrap();
    let path = format!("{}:{}", tools.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", line]).current_dir(place.path(""));
    bare(&mut shell);
    shell.env("PATH", path);
    Ran::of(shell.output().unwrap())
}

#[test]
fn every_example_prints_what_stands_below_it() {
    let path = root().join("docs/OPERATIONS.md");
    let page = fs::read_to_string(&path).unwrap();
    let place = staged();
    let (mut replayed, mut inside, mut ran) = (String::new(), false, 0);
    for line in page.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
            replayed += &format!("{line}\n");
        } else if !inside {
            replayed += &format!("{line}\n");
        } else if let Some(command) = line.strip_prefix("$ ") {
            replayed += &format!("{line}\n{}", show(&shell(&place, command), &place));
            ran += 1;
        }
    }
    assert!(ran > 25, "{ran}");
    shipped(&path, &replayed);
}

/// The words behind `ledger-tool ` in a text, up to what ends a command there.
fn told(text: &str) -> Vec<String> {
    let parts = text.split("ledger-tool ").skip(1);
    let ends = ['`', '\n', '\'', ';', '|', '>', ')', '"'];
    parts
        .map(|part| part.split(ends).next().unwrap().to_owned())
        .collect()
}

#[test]
fn every_command_that_a_text_tells_of_is_one() {
    let place = Place::new();
    let known = commands();
    let mut texts = vec![
        fs::read_to_string(root().join("README.md")).unwrap(),
        fs::read_to_string(root().join("docs/OPERATIONS.md")).unwrap(),
        String::from_utf8(place.run("explain --json").out).unwrap(),
    ];
    for name in &known {
        texts.push(place.run(&format!("{name} --help")).text(0).to_owned());
    }
    let mut seen = 0;
    for command in texts.iter().flat_map(|text| told(text)) {
        let words: Vec<&str> = command.split_whitespace().collect();
        let is_word = |word: &&&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        let name: Vec<&str> = words.iter().take_while(is_word).copied().collect();
        // The longest beginning that is a command: what follows may be a file.
        let longest = (1..=name.len())
            .rev()
            .map(|n| name[..n].join(" "))
            .find(|n| known.contains(n));
        let Some(longest) = longest else {
            // A sentence, or a version.
            let begins = words
                .first()
                .is_some_and(|word| !word.contains(char::is_uppercase) && word.len() > 3);
            assert!(!begins || name.is_empty() || name[0] == "help", "{command}");
            continue;
        };
        let help = place.run(&format!("{longest} --help"));
        for option in words.iter().filter(|word| word.starts_with("--")) {
            let option = option.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
            assert!(help.text(0).contains(option), "{command}: {option}");
        }
        seen += 1;
    }
    assert!(seen > 60, "{seen}");
}
