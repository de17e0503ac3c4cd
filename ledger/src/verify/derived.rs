//! Verifying derived files: every stored node and position is what the log makes it.
//!
//! What lies past the watermark of a store that was not closed in order is believed by nobody, and
//! so is not looked at.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;
use std::sync::Arc;

use hash_store::{Access, Position, Segments, Superblock};
use merkle_log::{Growth, NodeId, TreeSize};

use super::log::Walk;
use super::options::Level;
use super::runs::Runs;
use super::states::{LastState, StateWalk};
use super::{Bound, Finding, nowhere};
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
    /// In the same order, the last height whose state was looked at, and the place of its root.
    pub(super) lasts: Vec<Option<LastState>>,
    /// Where a walk begins within the log: the states it goes on from, once they are known.
    began: Option<Vec<Option<LastState>>>,
    pub(super) runs: Option<Runs>,
    /// Places with findings.
    pub(super) seen: BTreeSet<(String, u64)>,
    pub(super) findings: Vec<Finding>,
}

/// What was compared of a segment ahead, without any finding.
#[derive(Debug)]
pub(super) struct Compared {
    began: Option<Vec<Option<LastState>>>,
    lasts: Vec<Option<LastState>>,
    runs: Option<Runs>,
}

impl Compare {
    /// `base`: the roots at the superblock; without them no derived file is believed.
    pub(super) fn new(
        segments: &Arc<Segments>,
        bound: Bound,
        base: Option<Roots>,
        runs: Option<Runs>,
    ) -> Self {
        let believed = bound.derived_reach_it || base.is_some();
        let reach = base.filter(|_| !bound.derived_reach_it);
        Self::of(segments, believed, reach, runs)
    }

    fn of(
        segments: &Arc<Segments>,
        believed: bool,
        reach: Option<Roots>,
        runs: Option<Runs>,
    ) -> Self {
        let (storage, uuid) = (segments.storage(), segments.uuid());
        Self {
            segments: Arc::clone(segments),
            believed,
            reach,
            audit: TreePlace::audit(uuid).for_reading(storage, 0),
            ledgers: Vec::new(),
            states: Vec::new(),
            lasts: Vec::new(),
            began: None,
            runs,
            seen: BTreeSet::new(),
            findings: Vec::new(),
        }
    }

    /// The same for a walk beside this one.
    pub(super) fn beside(&self) -> Self {
        let runs = self.runs.as_ref().map(Runs::blank);
        Self::of(&self.segments, self.believed, self.reach.clone(), runs)
    }

    /// What was compared since this was last asked, for the walk before this one.
    pub(super) fn take_compared(&mut self) -> Compared {
        let runs = self.runs.as_mut();
        self.findings.clear();
        self.seen.clear();
        Compared {
            began: self.began.take(),
            lasts: std::mem::take(&mut self.lasts),
            runs: runs.map(|runs| std::mem::replace(runs, runs.blank())),
        }
    }

    /// Whether what was compared ahead goes on from where this is.
    pub(super) fn is_followed_by(&self, compared: &Compared) -> bool {
        let began = compared.began.iter().flatten().enumerate();
        began.into_iter().all(|(ordinal, began)| {
            let last = self.lasts.get(ordinal).copied().flatten();
            last == *began
        })
    }

    /// Goes on behind what was compared ahead.
    pub(super) fn follow(&mut self, compared: Compared) {
        if compared.began.is_some() {
            self.lasts = compared.lasts;
        }
        if let (Some(runs), Some(more)) = (&mut self.runs, compared.runs) {
            runs.add(&more);
        }
    }

    /// Holds what one commit added against the files; `head` is the one after it.
    pub(super) fn step(&mut self, step: &Step, head: &Head, is_within: bool) {
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
        if is_within && self.began.is_none() {
            let before = |state: &Option<StateWalk>| state.as_ref()?.before(head.height);
            self.lasts = self.states.iter().map(before).collect();
            self.began = Some(self.lasts.clone());
        }
        self.lasts.resize(self.states.len(), None);
        let mut found = Vec::new();
        for ((dir, files), added) in self.ledgers.iter().zip(&step.ledgers) {
            if let Some((growth, positions)) = added {
                compare(dir, files, growth, positions, &mut found);
            }
        }
        // A part of a base leads to no height's state.
        let states = self.states.iter_mut().zip(&mut self.lasts);
        let states = states.take(step.position.map_or(0, |_| usize::MAX));
        for (ledger, (walk, last)) in head.ledgers.iter().zip(states) {
            let walk = walk.as_mut();
            found.extend(walk.and_then(|walk| walk.step(head.height, ledger, last)));
        }
        let at = step.position.as_slice();
        compare("audit", &self.audit, &step.audit, at, &mut found);
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

    /// Up to which height files were compared that end before the log does.
    pub(super) fn reach(&self) -> Option<u64> {
        let reach = self.reach.as_ref()?;
        self.believed.then_some(reach.height)
    }

    /// Holds the attachment index of these heights against all attachment batches of the log.
    pub(super) fn check_attachments(
        &self,
        heights: RangeInclusive<u64>,
        attached: &BTreeMap<u64, Position>,
    ) -> Vec<Finding> {
        if !self.believed || self.reach.is_some() {
            return Vec::new();
        }
        let (storage, uuid) = (self.segments.storage(), self.segments.uuid());
        let index = attachment_index(&**storage, uuid, Access::Read);
        let index = index.ok().flatten();
        let holds = |height: &u64| {
            index.as_ref().is_some_and(|index| {
                let last = attached.get(height).copied();
                let expected = last.unwrap_or_else(|| index.nowhere(height - 1));
                matches!(index.get(height - 1), Ok(Some(found)) if found == expected)
            })
        };
        let wrong = heights.filter(|height| !holds(height));
        wrong
            .map(|height| Finding {
                code: "E-INDEX",
                file: "audit/attachments".to_owned(),
                offset: hash_store::HEADER_LEN + 8 * (height - 1),
                message: format!("does not lead to the attachments of height {height}"),
                ..nowhere()
            })
            .collect()
    }
}

fn compare(
    dir: &str,
    files: &TreeFiles,
    growth: &Growth,
    positions: &[Position],
    found: &mut Vec<Finding>,
) {
    let first = growth.size_after().0 - positions.len() as u64;
    let index = files.index.as_ref();
    let differs = index.map_or(Some(first), |index| {
        index.first_difference(first, positions)
    });
    if let Some(slot) = differs.filter(|_| !positions.is_empty()) {
        let position = usize::try_from(slot - first).ok();
        let position = position.and_then(|at| positions.get(at)).copied();
        let name = if dir == "audit" { "heights" } else { "entries" };
        found.push(Finding {
            code: "E-INDEX",
            file: format!("{dir}/{name}"),
            offset: hash_store::HEADER_LEN + 8 * slot,
            message: match position {
                Some(position) => format!("slot {slot} does not lead to {position}"),
                None => format!("slot {slot} does not lead to its entry"),
            },
            ..nowhere()
        });
    }
    let view = files.tiles.at(growth.size_after());
    for run in growth.runs() {
        let Some((id, stored)) = view.first_difference(run) else {
            continue;
        };
        let message = match (stored, growth.node(id)) {
            (Ok(stored), Some(expected)) => format!("{id}: stored {stored}, computed {expected}"),
            (Ok(stored), None) => format!("{id}: stored {stored}"),
            (Err(error), _) => error.to_string(),
        };
        found.push(Finding {
            code: "E-TILES",
            file: format!("{dir}/tiles.{}", run.level() / 8),
            offset: block_offset(id),
            message,
            ..nowhere()
        });
    }
}

/// Where the block of a node starts in its tile file (FORMAT.md section 7).
const fn block_offset(id: NodeId) -> u64 {
    let block = id.index >> (8 - id.level % 8);
    hash_store::HEADER_LEN + block * 16_384
}

/// The roots that derived files have to reach, if any are believed.
pub(super) fn reached<'a>(
    superblock: &Superblock,
    walk: &'a Walk<'_>,
    bound: Bound,
) -> Option<&'a Roots> {
    match walk.compare.as_ref() {
        Some(compare) => compare.reached(&walk.roots),
        None => Some(&walk.roots).filter(|_| reach_the_tip(superblock, walk, bound)),
    }
}

const fn reach_the_tip(superblock: &Superblock, walk: &Walk<'_>, bound: Bound) -> bool {
    let at_the_tip = superblock.batch == walk.tip().batch;
    bound.derived_reach_it || (bound.derived_are_there && at_the_tip)
}

/// At [`Level::Quick`]: the tiles of each tree are folded to its root.
pub(super) fn check_tiles(
    segments: &Segments,
    superblock: &Superblock,
    walk: &Walk<'_>,
    bound: Bound,
) -> Vec<Finding> {
    let mut findings = Vec::new();
    if walk.level() != Level::Quick || !reach_the_tip(superblock, walk, bound) {
        return findings;
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
    findings
}
