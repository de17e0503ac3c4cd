//! The packages that this suite was asked to use: direct dependencies, and used.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Each with whether shipped code uses it, and not only tests or benches.
const PACKAGES: [(&str, bool); 9] = [
    ("memmap2", true),
    ("blake3", true),
    ("sha2", true),
    ("crc32fast", true),
    ("serde", true),
    ("bincode", true),
    ("clap", true),
    ("criterion", false),
    ("tempfile", true),
];

fn metadata() -> Value {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
    let args = ["metadata", "--no-deps", "--offline", "--format-version=1"];
    let mut command = Command::new(env!("CARGO"));
    command.args(args).args(["--manifest-path", root]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The Rust sources below a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Whether a line of code, and no comment, names the package.
fn names(folder: &Path, package: &str) -> bool {
    let mut files = Vec::new();
    sources(folder, &mut files);
    files.iter().any(|file| {
        let text = fs::read_to_string(file).unwrap();
        text.lines().any(|line| {
            let code = line.split("//").next().unwrap();
            code.match_indices(package).any(|(at, _)| {
                let before = code[..at].chars().next_back();
                let after = &code[at + package.len()..];
                let starts = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
                starts && after.starts_with("::")
            })
        })
    })
}

#[test]
fn all_nine_are_direct_dependencies_in_use() {
    let metadata = metadata();
    let mut shipped = BTreeSet::new();
    let mut used = BTreeSet::new();
    for package in metadata["packages"].as_array().unwrap() {
        let manifest = Path::new(package["manifest_path"].as_str().unwrap());
        let folder = manifest.parent().unwrap();
        for dependency in package["dependencies"].as_array().unwrap() {
            let name = dependency["name"].as_str().unwrap().to_owned();
            let is_normal = dependency["kind"].is_null();
            if is_normal && names(&folder.join("src"), &name) {
                shipped.insert(name.clone());
            }
            let folders = ["src", "tests", "benches"].map(|part| folder.join(part));
            if folders.iter().any(|folder| names(folder, &name)) {
                used.insert(name);
            }
        }
    }
    for (package, is_shipped) in PACKAGES {
        assert!(used.contains(package), "{package} is not used");
        assert!(!is_shipped || shipped.contains(package), "{package}");
    }
}

/// The dependencies on a package, as `cargo` reads them.
fn requirements(metadata: &Value, package: &str) -> BTreeSet<String> {
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages
        .flat_map(|package| package["dependencies"].as_array().unwrap())
        .filter(|dependency| dependency["name"] == package)
        .map(|dependency| dependency["req"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn versions_that_matter() {
    let metadata = metadata();
    // 3.0.0 of it does not compile.
    let bincode = requirements(&metadata, "bincode");
    assert_eq!(bincode, BTreeSet::from(["=2.0.1".to_owned()]));
    for requirement in requirements(&metadata, "memmap2") {
        let version = requirement.strip_prefix("^0.9.").unwrap();
        assert!(version.parse::<u32>().unwrap() >= 11, "{requirement}");
    }
}
