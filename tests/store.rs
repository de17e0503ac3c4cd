//! Stores for tests: small segments, entries that follow from their index, copies of directories.

use std::fs;
use std::path::{Path, PathBuf};

use hash_store::sim::{Fault, FaultKind, SimStorage};
use hash_store::{Access, Storage};
use ledger::{LedgerSpec, Options, Store, TreeType};
use tempfile::TempDir;

/// Small segments, so that few entries fill several; no threads, so that runs repeat.
#[must_use]
pub fn options() -> Options {
    Options {
        segment_len_first: 16 << 10,
        background: false,
        ..Options::default()
    }
}

/// Ledgers without state.
#[must_use]
pub fn specs(names: &[&str]) -> Vec<LedgerSpec> {
    names
        .iter()
        .map(|name| LedgerSpec::log(name.parse().unwrap(), TreeType::Sha256))
        .collect()
}

/// A new store in `dir`.
#[must_use]
pub fn create(dir: &Path, names: &[&str]) -> Store {
    Store::create(dir, "test-net".parse().unwrap(), &specs(names), options()).unwrap()
}

/// Entry `index` of a ledger: its length and bytes follow from both.
#[must_use]
pub fn entry(ledger: &str, index: u64) -> Vec<u8> {
    let mut entry = format!("{ledger} entry {index} ").into_bytes();
    let len = entry.len() + usize::try_from(index * 7919 % 300).unwrap();
    entry.resize(len, u8::try_from(index % 251).unwrap());
    entry
}

/// Commits `counts` entries to each ledger in turn, one batch for each count.
pub fn fill(store: &Store, names: &[&str], counts: &[u64]) {
    for (i, count) in counts.iter().enumerate() {
        let mut batch = store.batch();
        let snapshot = store.snapshot();
        for (k, name) in names.iter().enumerate() {
            // The ledgers grow unevenly, and some batches leave one out.
            if (i + k) % 3 == 2 {
                continue;
            }
            let size = snapshot.ledger(name).unwrap().size().0;
            for index in size..size + count {
                batch.append(name, entry(name, index)).unwrap();
            }
        }
        let time = snapshot.time_ms().max(1_700_000_000_000) + 1;
        let metadata = format!("batch {i}");
        store
            .commit(batch.seal(time, metadata.as_bytes()).unwrap())
            .unwrap();
    }
}

/// A copy of the directory as it is now: what a kill of the process would leave.
#[must_use]
pub fn copy(dir: &Path) -> TempDir {
    let target = tempfile::tempdir().unwrap();
    copy_into(dir, target.path());
    target
}

fn copy_into(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_into(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), &target).unwrap();
            let mut permissions = fs::metadata(&target).unwrap().permissions();
            #[expect(clippy::permissions_set_readonly_false, reason = "a test's own copy")]
            permissions.set_readonly(false);
            fs::set_permissions(&target, permissions).unwrap();
        }
    }
}

/// All files of a directory with their bytes, by name.
#[must_use]
pub fn files(dir: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    walk(dir, &mut |path| {
        let name = path.strip_prefix(dir).unwrap().display().to_string();
        found.push((name, fs::read(path).unwrap()));
    });
    found.sort();
    found
}

fn walk(dir: &Path, visit: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, visit);
        } else {
            visit(&path);
        }
    }
}

/// The segment files in order.
#[must_use]
pub fn segments(dir: &Path) -> Vec<PathBuf> {
    let listed = fs::read_dir(dir.join("log")).unwrap();
    let mut found: Vec<PathBuf> = listed.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// Changes the bytes of a file in place.
pub fn edit(path: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = fs::read(path).unwrap();
    change(&mut bytes);
    fs::write(path, bytes).unwrap();
}

/// Changes a byte on a simulated disk, and not in the cache: a sync failed that was to bring the
/// right one back.
///
/// # Panics
/// Where the disk cannot be brought to that.
pub fn damage_behind_the_cache(disk: &SimStorage, name: &str, at: usize) {
    let mut bytes = disk.bytes(name).unwrap();
    let right = bytes[at];
    bytes[at] ^= 0x10;
    for seed in 0..100 {
        disk.put_bytes(name, Some(bytes.clone()));
        let file = disk.open(name, Access::Write).unwrap();
        file.write_at(&[right], at as u64).unwrap();
        disk.inject(Fault {
            op: disk.ops(),
            sticky: false,
            kind: FaultKind::FailedSync { keep: true, seed },
        });
        assert!(file.sync_data().is_err());
        let _ = disk.heal();
        let (mut cached, mut held) = ([0], [0]);
        file.read_at(&mut cached, at as u64).unwrap();
        file.read_direct(&mut held, at as u64).unwrap();
        if cached == [right] && held == [right ^ 0x10] {
            return;
        }
    }
    panic!("no seed loses the sector");
}
