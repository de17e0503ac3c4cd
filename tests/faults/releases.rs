//! Cases 43 and 44: stores of earlier releases, machines of other kinds.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hash_store::FileStorage;
use ledger::{Level, Reader, Store, Verdict, verify};
use ledger_tests::store::{copy, files, options};

fn home() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/format-1")
}

/// What `expected.txt` says: a line for each ledger and the audit tree.
fn expected() -> String {
    fs::read_to_string(home().join("expected.txt")).unwrap()
}

/// Writes the files of a listing: a name and length, then rows of bytes that are not all zero.
fn unpack(listing: &str, dir: &Path) {
    let mut file: Option<(PathBuf, Vec<u8>)> = None;
    let write = |file: Option<(PathBuf, Vec<u8>)>| {
        if let Some((path, bytes)) = file {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
    };
    for line in listing.lines() {
        let words: Vec<&str> = line.split(' ').collect();
        if let ["file", name, len] = words[..] {
            let bytes = vec![0; len.parse().unwrap()];
            write(file.replace((dir.join(name), bytes)));
        } else {
            let (_, bytes) = file.as_mut().unwrap();
            let at: usize = words[0].parse().unwrap();
            for (i, pair) in words[1].as_bytes().chunks(2).enumerate() {
                let pair = std::str::from_utf8(pair).unwrap();
                bytes[at + i] = u8::from_str_radix(pair, 16).unwrap();
            }
        }
    }
    write(file);
}

fn said_of(snapshot: &ledger::Snapshot) -> String {
    let mut text = format!("height {}\n", snapshot.height());
    for ledger in snapshot.ledgers() {
        let (name, size, root) = (&ledger.name, ledger.size, ledger.root);
        text.push_str(&format!("{name} {size} {root} {}\n", ledger.state_root));
    }
    let audit = snapshot.audit();
    text.push_str(&format!("audit {} {}\n", audit.size().0, audit.root()));
    text
}

/// A store of format 1 opens for ever: read, verified, and written on.
#[test]
fn fault_43_stores_of_earlier_releases_open() {
    let dir = tempfile::tempdir().unwrap();
    let store = dir.path().join("store");
    unpack(
        &fs::read_to_string(home().join("store.txt")).unwrap(),
        &store,
    );
    let reader = Reader::open(&store).unwrap();
    assert_eq!(said_of(&reader.snapshot()), expected());
    let report = verify(Arc::new(FileStorage::new(&store)), Level::Full, &mut |_| {
        true
    })
    .unwrap();
    assert_eq!(
        (report.verdict, report.findings),
        (Verdict::Verified, vec![])
    );
    let state = reader.snapshot().state("accounts").unwrap();
    assert_eq!(
        state.get("key 3").unwrap(),
        Some(&b"value 3 of height 4"[..])
    );
    assert_eq!(state.get("key 1").unwrap(), None);
    assert_eq!(
        reader.snapshot().attachments(2).unwrap()[1].bytes,
        b"certificate"
    );
    let copied = copy(&store);
    let written = Store::open(copied.path(), options()).unwrap();
    assert!(written.report().clean);
    assert_eq!(said_of(&written.snapshot()), expected());
    let mut batch = written.batch();
    batch.append("domain", b"of a later release").unwrap();
    written.commit(batch.seal(u64::MAX, b"").unwrap()).unwrap();
    written.close().unwrap();
    // What it made of the log it makes again, byte for byte.
    let derived = copy(&store);
    for folder in ["audit", "domain", "accounts"] {
        fs::remove_dir_all(derived.path().join(folder)).unwrap();
    }
    let rebuilt = Store::open(derived.path(), options()).unwrap();
    assert!(rebuilt.report().rebuilt);
    rebuilt.close().unwrap();
    let of = |dir: &Path| -> Vec<(String, Vec<u8>)> {
        let mut all = files(dir);
        all.retain(|(name, _)| name.contains('/') && !name.starts_with("log"));
        all
    };
    assert_eq!(of(derived.path()), of(&store));
}

/// Numbers of the format are never cut to a machine's word: the lint that sees to it is on in
/// every library, and what it lets pass says why.
#[test]
fn fault_44_no_number_is_cut_to_the_machines_word() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let workspace = fs::read_to_string(root.join("Cargo.toml")).unwrap();
    assert!(workspace.contains("cast_possible_truncation = \"warn\""));
    assert!(workspace.contains("host_endian_bytes = \"deny\""));
    for library in ["hash-store", "merkle-log", "patricia-state", "ledger"] {
        let manifest = fs::read_to_string(root.join(library).join("Cargo.toml")).unwrap();
        assert!(manifest.contains("[lints]\nworkspace = true"), "{library}");
        for (name, bytes) in files(&root.join(library).join("src")) {
            let text = String::from_utf8(bytes).unwrap();
            for bytes_of_the_host in [
                "to_ne_bytes",
                "from_ne_bytes",
                "usize::to_le",
                "usize::from_le",
            ] {
                assert!(!text.contains(bytes_of_the_host), "{library}/{name}");
            }
        }
    }
}
