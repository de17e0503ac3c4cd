//! The bare machine: writes and syncs of the same bytes into a file of the same kind.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Instant;

use ledger_benches::Result;
use ledger_benches::timing::nanos;
use rustix::fs::{FallocateFlags, fallocate};

const FILE_LEN: u64 = 64 << 20;
const FIRST: u64 = 4096;

/// A log without anything in it: preallocated, zero-filled, synced files of 64 MiB.
#[derive(Debug)]
pub(crate) struct RawLog {
    dir: PathBuf,
    number: u32,
    file: File,
    at: u64,
}

impl RawLog {
    pub(crate) fn create(dir: &Path) -> Result<Self> {
        Ok(Self {
            dir: dir.to_owned(),
            number: 0,
            file: create(&dir.join("raw.0"))?,
            at: FIRST,
        })
    }

    /// Writes and syncs; the nanoseconds that took, a new file's creation included.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<f64> {
        let start = Instant::now();
        if self.at + bytes.len() as u64 > FILE_LEN {
            self.number += 1;
            self.file = create(&self.dir.join(format!("raw.{}", self.number)))?;
            self.at = FIRST;
        }
        self.file.write_all_at(bytes, self.at)?;
        self.file.sync_data()?;
        self.at += bytes.len() as u64;
        Ok(nanos(start.elapsed()))
    }
}

fn create(path: &Path) -> Result<File> {
    let file = File::create_new(path)?;
    fallocate(&file, FallocateFlags::empty(), 0, FILE_LEN)?;
    let zeros = vec![0; 1 << 20];
    for at in (0..FILE_LEN).step_by(zeros.len()) {
        file.write_all_at(&zeros, at)?;
    }
    file.sync_all()?;
    Ok(file)
}
