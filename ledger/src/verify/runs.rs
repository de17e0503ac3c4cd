//! Verifying the runs of look-ups: each holds exactly the records of its leaves.
//!
//! The log is walked once and a run is read once, in different orders; a sum over all records that
//! does not depend on their order is what the two have to agree on.

use std::ops::Range;

use hash_store::{FileKind, HEADER_LEN, RunRecord, Segments, Superblock, Superblocks, run_spans};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::options::Meter;
use super::{Finding, nowhere};
use crate::head::Lookups;
use crate::store::{LedgerLookups, LookupKind, LookupPlace, Roots, Step, TreePlace, leaf_records};

/// The runs that a superblock stands for.
#[derive(Clone, Debug)]
pub(super) struct Runs {
    generation: u64,
    runs: Vec<Run>,
}

#[derive(Clone, Debug)]
struct Run {
    ordinal: usize,
    place: LookupPlace,
    span: Range<u64>,
    /// Leaves of the span that the walk saw.
    seen: u64,
    sum: Sum,
}

/// A sum of hashes of records, in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sum {
    count: u64,
    hashes: u128,
}

/// What was seen of the log for each run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SeenRuns {
    generation: u64,
    runs: Vec<(u64, Sum)>,
}

/// How far a run was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RunRead {
    run: u64,
    records: u64,
    sum: Sum,
}

/// Records that are read between two looks at the meter.
const PIECE: u64 = 4096;
/// Bytes of a record.
const RECORD_LEN: u64 = 16;

impl Sum {
    fn add(&mut self, record: RunRecord) {
        let mut hasher = Sha256::new();
        hasher.update(record.fingerprint.to_le_bytes());
        hasher.update(record.leaf.to_le_bytes());
        let mut half = [0; 16];
        half.iter_mut()
            .zip(hasher.finalize())
            .for_each(|(to, byte)| *to = byte);
        self.count += 1;
        self.hashes = self.hashes.wrapping_add(u128::from_le_bytes(half));
    }
}

impl Runs {
    /// The runs at a superblock with these roots.
    pub(super) fn new(
        segments: &Segments,
        superblock: &Superblock,
        specs: &[Lookups],
        roots: &Roots,
    ) -> Self {
        let mut runs = Vec::new();
        for (ordinal, (spec, ledger)) in specs.iter().zip(&roots.ledgers).enumerate() {
            let number = u32::try_from(ordinal).unwrap_or(u32::MAX);
            let covered = superblock.watermarks.iter().any(|mark| {
                let place = (mark.kind, mark.ledger, mark.batch);
                place == (FileKind::HashRun as u32, number, superblock.batch)
            });
            let dir = ledger.name.as_str().to_owned();
            let tree = TreePlace::new(segments.uuid(), number, dir);
            let places = LedgerLookups::places(segments.storage(), &tree, spec);
            for place in places.into_iter().flatten().filter(|_| covered) {
                runs.extend(run_spans(ledger.size).into_iter().map(|span| Run {
                    ordinal,
                    place: place.clone(),
                    span,
                    seen: 0,
                    sum: Sum::default(),
                }));
            }
        }
        Self {
            generation: superblock.generation,
            runs,
        }
    }

    /// Takes in what one commit added.
    pub(super) fn step(&mut self, step: &Step) {
        for run in &mut self.runs {
            let Some(Some((growth, _))) = step.ledgers.get(run.ordinal) else {
                continue;
            };
            let added = growth.size_before().0..growth.size_after().0;
            let (start, end) = (added.start.max(run.span.start), added.end.min(run.span.end));
            run.seen += end.saturating_sub(start);
            let inside = |record: &RunRecord| run.span.contains(&record.leaf);
            let sum = &mut run.sum;
            match run.place.kind() {
                LookupKind::LeafHash => leaf_records(growth)
                    .filter(inside)
                    .for_each(|record| sum.add(record)),
                LookupKind::Id => {
                    let ids = step.ids.get(run.ordinal).into_iter().flatten().copied();
                    ids.filter(inside).for_each(|record| sum.add(record));
                }
            }
        }
    }

    /// The same, with nothing seen of the log.
    pub(super) fn blank(&self) -> Self {
        let mut blank = self.clone();
        for run in &mut blank.runs {
            (run.seen, run.sum) = (0, Sum::default());
        }
        blank
    }

    /// Takes in what was seen of another part of the log.
    pub(super) fn add(&mut self, more: &Self) {
        for (run, more) in self.runs.iter_mut().zip(&more.runs) {
            run.add(more.seen, more.sum);
        }
    }

    pub(super) fn seen(&self) -> SeenRuns {
        SeenRuns {
            generation: self.generation,
            runs: self.runs.iter().map(|run| (run.seen, run.sum)).collect(),
        }
    }

    /// Takes in what was seen of the log before; for other runs that says nothing.
    pub(super) fn saw(&mut self, before: &SeenRuns) {
        if before.generation == self.generation && before.runs.len() == self.runs.len() {
            for (run, (seen, sum)) in self.runs.iter_mut().zip(&before.runs) {
                run.add(*seen, *sum);
            }
        }
    }

    /// Bytes of all runs.
    pub(super) fn bytes(&self) -> u64 {
        let leaves = |run: &Run| run.span.end - run.span.start;
        self.runs.iter().map(leaves).sum::<u64>() * RECORD_LEN
    }

    /// Holds the files against what was seen of the log, from where an earlier check was stopped;
    /// answers with where this one was.
    pub(super) fn check(
        &self,
        segments: &Segments,
        from: &RunRead,
        meter: &Meter<'_>,
        findings: &mut Vec<Finding>,
    ) -> Option<RunRead> {
        let mut read = from.clone();
        let first = usize::try_from(from.run).unwrap_or(usize::MAX);
        for run in self.runs.iter().skip(first) {
            let found = match run.check(&mut read, meter) {
                Checked::Stopped => return Some(read),
                Checked::Right => None,
                Checked::Wrong(finding) => Some(*finding),
            };
            // A writer beside this removes runs when it has written others in their place.
            let now = Superblocks::read(&**segments.storage());
            if now.is_ok_and(|state| state.current.generation == self.generation) {
                findings.extend(found);
            }
            read = RunRead {
                run: read.run + 1,
                ..RunRead::default()
            };
        }
        None
    }
}

/// What came of a run.
enum Checked {
    Right,
    Wrong(Box<Finding>),
    Stopped,
}

impl Run {
    const fn add(&mut self, seen: u64, sum: Sum) {
        self.seen += seen;
        self.sum.count += sum.count;
        self.sum.hashes = self.sum.hashes.wrapping_add(sum.hashes);
    }

    fn check(&self, read: &mut RunRead, meter: &Meter<'_>) -> Checked {
        let finding = |offset, message: String| {
            Checked::Wrong(Box::new(Finding {
                code: "E-RUN",
                file: self.place.path(&self.span),
                offset,
                message,
                ..nowhere()
            }))
        };
        let Some(file) = self.place.run_file(&self.span) else {
            return finding(0, "the run is missing, or its header is damaged".to_owned());
        };
        let mut before = None;
        for (record, number) in file.records().zip(0u64..) {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    let offset = error.damage().map_or(HEADER_LEN, |damage| damage.offset);
                    return finding(offset, error.to_string());
                }
            };
            if before >= Some(record) || !self.span.contains(&record.leaf) {
                let message = format!("the record of leaf {} is out of order", record.leaf);
                return finding(HEADER_LEN, message);
            }
            before = Some(record);
            if number < read.records {
                continue;
            }
            read.sum.add(record);
            read.records += 1;
            if read.records.is_multiple_of(PIECE) && !meter.add(PIECE * RECORD_LEN) {
                return Checked::Stopped;
            }
        }
        // Behind damage of the log not every record can be known.
        let known = self.seen == self.span.end - self.span.start;
        if known && read.sum != self.sum {
            let message = format!(
                "{} records that are not the {} of its leaves",
                read.sum.count, self.sum.count
            );
            return finding(HEADER_LEN, message);
        }
        Checked::Right
    }
}
