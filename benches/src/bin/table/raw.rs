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

/// Writes from this length on go into room that is only reserved, as large batches do.
const LARGE: u64 = 384 * 1024;
/// Shorter ones find zeros, written so many at a time.
const ZEROS: u64 = 1 << 20;

/// A log without anything in it: preallocated, synced files of 64 MiB, in which small writes write
/// zeros ahead.
#[derive(Debug)]
pub(crate) struct RawLog {
    dir: PathBuf,
    number: u32,
    file: File,
    at: u64,
    zeros: Vec<u8>,
    written: u64,
}

impl RawLog {
    pub(crate) fn create(dir: &Path) -> Result<Self> {
        Ok(Self {
            dir: dir.to_owned(),
            number: 0,
            file: create(&dir.join("raw.0"))?,
            at: FIRST,
            zeros: vec![0; usize::try_from(ZEROS)?],
            written: 0,
        })
    }

    /// Writes and syncs; the nanoseconds that took, a new file's creation included.
    pub(crate) fn append(&mut self, bytes: &[u8]) -> Result<f64> {
        let start = Instant::now();
        let len = bytes.len() as u64;
        if self.at + len > FILE_LEN {
            self.number += 1;
            self.file = create(&self.dir.join(format!("raw.{}", self.number)))?;
            (self.at, self.written) = (FIRST, 0);
        }
        let end = self.at + len;
        if len < LARGE && end > self.written {
            self.written = end.next_multiple_of(ZEROS);
            let zeros = self.zeros.get(..usize::try_from(self.written - end)?);
            self.file.write_all_at(zeros.unwrap_or_default(), end)?;
        }
        self.file.write_all_at(bytes, self.at)?;
        self.file.sync_data()?;
        self.at = end;
        Ok(nanos(start.elapsed()))
    }
}

fn create(path: &Path) -> Result<File> {
    let file = File::create_new(path)?;
    fallocate(&file, FallocateFlags::empty(), 0, FILE_LEN)?;
    file.write_all_at(&vec![0; usize::try_from(FIRST)?], 0)?;
    file.sync_all()?;
    Ok(file)
}
