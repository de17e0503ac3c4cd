//! Verifying the runs of look-ups: each holds exactly the records of its leaves.
//!
//! The log is walked once and a run is read once, in different orders; a sum over all records that
//! does not depend on their order is what the two have to agree on.

use std::ops::Range;

use hash_store::{FileKind, HEADER_LEN, RunRecord, Segments, Superblock, Superblocks, run_spans};
use sha2::{Digest, Sha256};

use super::{Finding, nowhere};
use crate::head::Lookups;
use crate::store::{LedgerLookups, LookupKind, LookupPlace, Roots, Step, TreePlace, leaf_records};

/// The runs that a superblock stands for.
#[derive(Debug)]
pub(super) struct Runs {
    generation: u64,
    runs: Vec<Run>,
}

#[derive(Debug)]
struct Run {
    ordinal: usize,
    place: LookupPlace,
    span: Range<u64>,
    /// Leaves of the span that the walk saw.
    seen: u64,
    sum: Sum,
}

/// A sum of hashes of records, in any order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sum {
    count: u64,
    hashes: u128,
}

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

    /// Holds the files against what was seen of the log.
    pub(super) fn finish(&self, segments: &Segments, findings: &mut Vec<Finding>) {
        let mut found: Vec<Finding> = self.runs.iter().filter_map(Run::check).collect();
        // A writer beside this removes runs when it has written others in their place.
        let now = Superblocks::read(&**segments.storage());
        let is_current = now.is_ok_and(|state| state.current.generation == self.generation);
        if is_current {
            findings.append(&mut found);
        }
    }
}

impl Run {
    fn check(&self) -> Option<Finding> {
        let finding = |offset, message: String| {
            Some(Finding {
                code: "E-RUN",
                file: self.place.path(&self.span),
                offset,
                message,
                ..nowhere()
            })
        };
        let Some(file) = self.place.run_file(&self.span) else {
            return finding(0, "the run is missing, or its header is damaged".to_owned());
        };
        let (mut sum, mut before) = (Sum::default(), None);
        for record in file.records() {
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
            sum.add(record);
        }
        // Behind damage of the log not every record can be known.
        let known = self.seen == self.span.end - self.span.start;
        if known && sum != self.sum {
            let message = format!(
                "{} records that are not the {} of its leaves",
                sum.count, self.sum.count
            );
            return finding(HEADER_LEN, message);
        }
        None
    }
}
