//! Stores of the acceptance input.

use std::fs::File;
use std::path::Path;

use hash_store::{Position, SEGMENT_LEN_MAX};
use ledger::{LedgerSpec, Options, Store};
use ledger_benches::Result;
use ledger_benches::input::{LEAVES, XorShift};
use ledger_benches::trees::{TREE, check_root};
use rustix::fs::{FallocateFlags, SeekFrom, copy_file_range, fallocate, seek};
use rustix::io::Errno;

/// The one ledger of every store here.
pub(crate) const LEDGER: &str = "bench";
/// Entries of a batch of an import.
pub(crate) const IMPORT_BATCH: usize = 10_000;

pub(crate) fn create(dir: &Path) -> Result<Store> {
    create_as(dir, Options::default())
}

/// A store whose segments have their usual length from the first on, as those of a raw log have.
pub(crate) fn create_grown(dir: &Path) -> Result<Store> {
    let options = Options {
        segment_len_first: SEGMENT_LEN_MAX,
        ..Options::default()
    };
    create_as(dir, options)
}

fn create_as(dir: &Path, options: Options) -> Result<Store> {
    let spec = LedgerSpec::log(LEDGER.parse()?, TREE);
    Ok(Store::create(dir, "bench-net".parse()?, &[spec], options)?)
}

/// Commits these entries as one batch.
pub(crate) fn commit<const LEN: usize>(store: &Store, entries: &[[u8; LEN]]) -> Result<()> {
    let mut batch = store.batch();
    for entry in entries {
        batch.append(LEDGER, entry)?;
    }
    store.commit(batch.seal(0, &[])?)?;
    Ok(())
}

/// A store of `count` entries of 32 bytes, still open; its root is checked at 2^20 entries.
pub(crate) fn import(dir: &Path, count: u64) -> Result<Store> {
    let store = create(dir)?;
    let mut numbers = XorShift::default();
    let mut entries = vec![[0; 32]; IMPORT_BATCH];
    let mut rest = count;
    while rest > 0 {
        let size = usize::try_from(rest)
            .unwrap_or(usize::MAX)
            .min(IMPORT_BATCH);
        entries.truncate(size);
        entries.iter_mut().for_each(|entry| numbers.fill(entry));
        commit(&store, &entries)?;
        rest -= size as u64;
    }
    if count >= LEAVES as u64 {
        let snapshot = store.snapshot();
        let tree = snapshot.ledger(LEDGER)?;
        check_root::<32>(&tree.root_at(merkle_log::TreeSize(LEAVES as u64))?)?;
    }
    Ok(store)
}

/// Bytes of the log from one position to another, or 0 where a new segment began between them.
pub(crate) const fn log_bytes(from: Position, to: Position) -> u64 {
    if from.segment() == to.segment() {
        to.offset() - from.offset()
    } else {
        0
    }
}

/// Bytes of the log up to its end.
pub(crate) fn record_bytes(store: &Store, dir: &Path) -> Result<u64> {
    let end = store.snapshot().log_end();
    let mut sum = end.offset();
    for number in 0..end.segment() {
        sum += std::fs::metadata(dir.join(hash_store::segment_name(number)))?.len();
    }
    Ok(sum)
}

/// The same, and the files in these folders.
pub(crate) fn used_bytes(store: &Store, dir: &Path, folders: &[&str]) -> Result<f64> {
    let mut sum = record_bytes(store, dir)?;
    for folder in folders {
        for entry in std::fs::read_dir(dir.join(folder))? {
            sum += entry?.metadata()?.len();
        }
    }
    Ok(sum as f64)
}

/// A copy of a store's directory as it is now: what a kill of the process would leave. What the
/// store had synced is synced in the copy.
pub(crate) fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            match copy_file(&entry.path(), &target) {
                // The segment that was being made has its name by now; a kill would do without it.
                Err(e) if e.kind() == std::io::ErrorKind::NotFound => continue,
                copied => copied?,
            }
            if target.extension().is_some_and(|name| name == "seg") {
                std::fs::File::open(&target)?.sync_all()?;
            }
        }
    }
    Ok(())
}

/// Copies what was written of a file; room that was only reserved is reserved in the copy.
fn copy_file(from: &Path, to: &Path) -> std::io::Result<()> {
    let (from, to) = (File::open(from)?, File::create_new(to)?);
    let len = from.metadata()?.len();
    if len > 0 {
        fallocate(&to, FallocateFlags::empty(), 0, len)?;
    }
    let mut end = 0;
    loop {
        let begin = match seek(&from, SeekFrom::Data(end)) {
            Err(Errno::NXIO) => return Ok(()),
            answer => answer?,
        };
        end = seek(&from, SeekFrom::Hole(begin))?;
        let (mut read_at, mut write_at) = (begin, begin);
        while write_at < end {
            let rest = usize::try_from(end - write_at).unwrap_or(usize::MAX);
            copy_file_range(&from, Some(&mut read_at), &to, Some(&mut write_at), rest)?;
        }
    }
}
