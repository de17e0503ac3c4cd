//! Verifying derived files: every stored node and position is what the log makes it.
//!
//! What lies past the watermark of a store that was not closed in order is believed by nobody, and
//! so is not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hash_store::{Access, Position, Segments, SlotIndex, Superblock};
use merkle_log::{Growth, NodeId, NodeReader, TreeSize};

use super::log::Walk;
use super::runs::Runs;
use super::states::{StateWalk, check_kept, check_states};
use super::{Bound, Finding, Level, nowhere};
use crate::head::{AUDIT_TREE, Head};
use crate::store::{Roots, StateFolder, Step, TreeFiles, TreePlace, attachment_index};

/// Holds derived files against the log while it is walked.
pub(super) struct Compare {
    segments: Arc<Segments>,
    /// Up to which roots the files must reach; `None`: as far as the log does.
    reach: Option<Roots>,
    believed: bool,
    audit: TreeFiles,
    ledgers: Vec<(String, TreeFiles)>,
    /// In the same order.
    states: Vec<Option<StateWalk>>,
    attachments: Option<SlotIndex>,
    runs: Option<Runs>,
    /// The last batch that attached something to a height, to check the index at the end.
    attached: BTreeMap<u64, Position>,
    /// Places with findings.
    seen: BTreeSet<(String, u64)>,
    pub(super) findings: Vec<Finding>,
}

impl Compare {
    /// `base`: the roots at the superblock; without them no derived file is believed.
    pub(super) fn new(
        segments: &Arc<Segments>,
        bound: Bound,
        base: Option<Roots>,
        runs: Option<Runs>,
    ) -> Self {
        let (storage, uuid) = (segments.storage(), segments.uuid());
        Self {
            segments: Arc::clone(segments),
            believed: bound.derived_reach_it || base.is_some(),
            reach: base.filter(|_| !bound.derived_reach_it),
            audit: TreePlace::audit(uuid).for_reading(storage, 0),
            ledgers: Vec::new(),
            states: Vec::new(),
            attachments: attachment_index(&**storage, uuid, Access::Read)
                .ok()
                .flatten(),
            runs,
            attached: BTreeMap::new(),
            seen: BTreeSet::new(),
            findings: Vec::new(),
        }
    }

    /// Holds what one commit added against the files; `head` is the one after it.
    pub(super) fn step(&mut self, step: &Step, head: &Head) {
        let reach = self.reach.as_ref();
        let covered = reach.is_none_or(|roots| head.height <= roots.height);
        if !self.believed || !covered {
            return;
        }
        if let Some(runs) = &mut self.runs {
            runs.step(step);
        }
        let uuid = self.segments.uuid();
        let known = self.ledgers.len();
        for (ledger, ordinal) in head.ledgers.iter().zip(0u32..).skip(known) {
            let dir = ledger.spec.name.as_str().to_owned();
            let place = TreePlace::new(uuid, ordinal, dir.clone());
            let files = place.for_reading(self.segments.storage(), 0);
            self.ledgers.push((dir.clone(), files));
            let storage = self.segments.storage();
            let folder = StateFolder::of(storage, uuid, ordinal, dir, ledger.spec.state);
            self.states.push(folder.as_ref().map(StateWalk::new));
        }
        let mut found = Vec::new();
        for ((dir, files), added) in self.ledgers.iter().zip(&step.ledgers) {
            if let Some((growth, positions)) = added {
                compare(dir, files, growth, positions, &mut found);
            }
        }
        for (ledger, walk) in head.ledgers.iter().zip(&mut self.states) {
            found.extend(
                walk.as_mut()
                    .and_then(|walk| walk.step(head.height, ledger)),
            );
        }
        let at = [step.record.position];
        compare("audit", &self.audit, &step.audit, &at, &mut found);
        for finding in found {
            // One damaged block makes many nodes wrong: it is one finding.
            if self.seen.insert((finding.file.clone(), finding.offset)) {
                self.findings.push(finding);
            }
        }
    }

    /// The roots that derived files have to reach, if they are believed at all.
    fn reached<'a>(&'a self, tip: &'a Roots) -> Option<&'a Roots> {
        self.believed.then(|| self.reach.as_ref().unwrap_or(tip))
    }

    /// Takes in an attachment batch.
    pub(super) fn attachment(&mut self, at: Position, heights: &[u64]) {
        let heights = heights.iter();
        self.attached.extend(heights.map(|height| (*height, at)));
    }

    /// Holds the runs against the log, and the attachment index against all attachment batches of the log up to a height.
    pub(super) fn finish(&mut self, height: u64) {
        if let Some(runs) = &self.runs {
            runs.finish(&self.segments, &mut self.findings);
        }
        if !self.believed || self.reach.is_some() {
            return;
        }
        for height in 1..=height {
            let holds = self.attachments.as_ref().is_some_and(|index| {
                let last = self.attached.get(&height).copied();
                let expected = last.unwrap_or_else(|| index.nowhere(height - 1));
                matches!(index.get(height - 1), Ok(Some(found)) if found == expected)
            });
            if !holds {
                self.findings.push(Finding {
                    code: "E-INDEX",
                    file: "audit/attachments".to_owned(),
                    offset: hash_store::HEADER_LEN + 8 * (height - 1),
                    message: format!("does not lead to the attachments of height {height}"),
                    ..nowhere()
                });
            }
        }
    }
}

fn compare(
    dir: &str,
    files: &TreeFiles,
    growth: &Growth,
    positions: &[Position],
    found: &mut Vec<Finding>,
) {
    let first = growth.size_before().0;
    for (slot, position) in (first..).zip(positions) {
        let stored = files.index.as_ref().map(|index| index.get(slot));
        if !matches!(&stored, Some(Ok(Some(stored))) if stored == position) {
            let name = if dir == "audit" { "heights" } else { "entries" };
            found.push(Finding {
                code: "E-INDEX",
                file: format!("{dir}/{name}"),
                offset: hash_store::HEADER_LEN + 8 * slot,
                message: format!("slot {slot} does not lead to {position}"),
                ..nowhere()
            });
            break;
        }
    }
    let view = files.tiles.at(growth.size_after());
    for run in growth.runs() {
        for (index, expected) in (run.first()..).zip(run.hashes()) {
            let id = NodeId::new(run.level(), index);
            let message = match view.node(id) {
                Ok(stored) if stored == *expected => continue,
                Ok(stored) => format!("{id}: stored {stored}, computed {expected}"),
                Err(error) => error.to_string(),
            };
            found.push(Finding {
                code: "E-TILES",
                file: format!("{dir}/tiles.{}", run.level() / 8),
                offset: block_offset(id),
                message,
                ..nowhere()
            });
            break;
        }
    }
}

/// Where the block of a node starts in its tile file (FORMAT.md section 7).
const fn block_offset(id: NodeId) -> u64 {
    let block = id.index >> (8 - id.level % 8);
    hash_store::HEADER_LEN + block * 16_384
}

/// At [`Level::Quick`] the tiles of each tree are folded to its root. The node logs are held
/// against the roots that they have to reach. Answers with the number of keys of each state at the
/// tip, where they were counted.
pub(super) fn check(
    segments: &Segments,
    superblock: &Superblock,
    walk: &Walk<'_>,
    bound: Bound,
    findings: &mut Vec<Finding>,
) -> Vec<Option<u64>> {
    let at_the_tip = superblock.batch == walk.tip().batch;
    let reach_the_tip = bound.derived_reach_it || (bound.derived_are_there && at_the_tip);
    let reached = match walk.compare.as_ref() {
        Some(compare) => compare.reached(&walk.roots),
        None => Some(&walk.roots).filter(|_| reach_the_tip),
    };
    check_kept(segments, &walk.roots, findings);
    let mut keys = Vec::new();
    if let Some(roots) = reached {
        let counted = check_states(segments, roots, walk.level(), findings);
        if roots.height == walk.roots.height {
            keys = counted;
        }
    }
    if walk.level() != Level::Quick || !reach_the_tip {
        return keys;
    }
    let (storage, uuid) = (segments.storage(), segments.uuid());
    let mut hold = |place: TreePlace, tree, size: u64, root| {
        if place.tiles_hold(storage, tree, size, root) {
            return;
        }
        findings.push(Finding {
            code: "E-TILES",
            file: format!("{}/tiles.0", place.dir),
            message: format!("the tiles do not fold to the root of {}", TreeSize(size)),
            ..nowhere()
        });
    };
    let roots = &walk.roots;
    for (ledger, ordinal) in roots.ledgers.iter().zip(0u32..) {
        let dir = ledger.name.as_str().to_owned();
        let place = TreePlace::new(uuid, ordinal, dir);
        hold(place, ledger.tree, ledger.size, ledger.root);
    }
    let place = TreePlace::audit(uuid);
    hold(place, AUDIT_TREE, roots.height, roots.audit_root);
    keys
}
