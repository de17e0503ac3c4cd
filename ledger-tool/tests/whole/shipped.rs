//! What is shipped beside the tool is what the tool says: completions and manual pages. And the
//! help: its exit codes and its width.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::common::Place;

/// Whether files are to be written anew instead of held against the tool.
pub(crate) fn blessing() -> bool {
    std::env::var_os("LEDGER_TOOL_BLESS").is_some()
}

/// Holds a shipped file against what it should be.
#[track_caller]
pub(crate) fn shipped(path: &Path, expected: &str) {
    if blessing() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, expected).unwrap();
    }
    let found = fs::read_to_string(path).unwrap_or_default();
    let differs = found
        .lines()
        .zip(expected.lines())
        .position(|(a, b)| a != b);
    assert!(
        found == expected,
        "{} is not what the tool makes of it, from line {differs:?} on\n\
         LEDGER_TOOL_BLESS=1 writes it anew",
        path.display()
    );
}

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Every command and group of commands, as words behind the tool's name.
pub(crate) fn commands() -> Vec<String> {
    let place = Place::new();
    let mut found = vec![String::new()];
    let mut next = vec![String::new()];
    while let Some(group) = next.pop() {
        let help = place.run(&format!("{group} --help"));
        let text = help.text(0).to_owned();
        let listed = text.split("\nCommands:\n").nth(1).unwrap_or_default();
        let names = listed.lines().take_while(|line| !line.is_empty());
        for line in names.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
            let name = line.split_whitespace().next().unwrap();
            if name != "help" {
                let full = format!("{group} {name}").trim().to_owned();
                next.push(full.clone());
                found.push(full);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn completions_are_those_that_are_shipped() {
    let place = Place::new();
    for (shell, file) in [
        ("bash", "ledger-tool.bash"),
        ("zsh", "_ledger-tool"),
        ("fish", "ledger-tool.fish"),
        ("elvish", "ledger-tool.elv"),
        ("powershell", "_ledger-tool.ps1"),
    ] {
        let script = place.run(&format!("completions {shell}"));
        assert!(script.text(0).contains("debug-bundle"), "{shell}");
        shipped(&folder("completions").join(file), script.text(0));
    }
    place.run("completions tcsh").text(2);
}

#[test]
fn manual_pages_are_those_that_are_shipped() {
    let place = Place::new();
    let mut expected = Vec::new();
    for name in commands() {
        let page = place.run(&format!("man {name}"));
        assert!(page.text(0).contains("Exit codes"), "{name}");
        let file = format!("ledger-tool {name}").trim().replace(' ', "-") + ".1";
        shipped(&folder("man").join(&file), page.text(0));
        expected.push(file);
    }
    expected.sort();
    let mut found: Vec<String> = fs::read_dir(folder("man"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, expected);
    place.run("man no-such").fails(2, "E-USAGE");
}

/// Rule 4: the exit codes stand in every help; and help fits the width that it is given.
#[test]
fn help_has_the_exit_codes_and_fits_80_and_200_columns() {
    let place = Place::new();
    for name in commands() {
        let mut seen = Vec::new();
        for columns in ["80", "200"] {
            let help = place.run_in(&format!("{name} --help"), &[("COLUMNS", columns)]);
            let text = help.text(0).to_owned();
            for code in [
                "0  yes, or done",
                "3  incomplete",
                "4  the answer is no",
                "10  no",
                "130",
            ] {
                assert!(text.contains(code), "{name}: {code}");
            }
            let width = columns.parse().unwrap();
            let wide = text
                .lines()
                .find(|line| line.chars().count() > width && !line.starts_with("Usage"));
            assert_eq!(wide, None, "{name} at {columns}");
            seen.push(text);
        }
        assert!(!seen[0].contains('\u{1b}'));
    }
}

/// The tool's own build stays light, and links neither a network nor an engine.
#[test]
fn the_tool_links_no_network_and_no_engine() {
    let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
    let output = Command::new(env!("CARGO"))
        .args([
            "tree",
            "--offline",
            "-e",
            "normal,build",
            "--prefix",
            "none",
        ])
        .args(["--manifest-path", manifest])
        .output()
        .unwrap();
    assert!(output.status.success());
    let tree = String::from_utf8(output.stdout).unwrap();
    let crates: BTreeSet<&str> = tree
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let heavy = [
        "tokio",
        "mio",
        "socket2",
        "hyper",
        "axum",
        "rustls",
        "openssl-sys",
        "libsqlite3-sys",
        "commonware-consensus",
        "commonware-runtime",
    ];
    for name in heavy {
        assert!(!crates.contains(name), "{name}");
    }
    assert!(crates.len() < 120, "{}", crates.len());
}
