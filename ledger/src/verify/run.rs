//! A verification from beginning to end: the walk over the log, then what is read once it is done.
//!
//! Invariant: where it is stopped, what is known so far is in the answer, and in what it can be
//! resumed from.

use std::sync::Arc;

use hash_store::{
    Access, DirectStorage, MemStorage, Segments, Storage, Superblock, Superblocks, check_reached,
};
use merkle_log::TreeSize;

use super::derived::{self, Compare};
use super::log::{self, Attached, Task, Walk};
use super::options::{Level, Meter, VerifyOptions, Watch};
use super::resume::{Closing, Resume};
use super::runs::Runs;
use super::states::{StateRead, bytes_to_count, check_kept, check_state};
use super::{
    Bound, Finding, Severity, Verdict, VerifyReport, bound, note, nothing_read, of_damage,
    of_log_error, since, wrong_root,
};
use crate::error::Result;
use crate::head::{Head, Lookups};
use crate::names::NetworkId;
use crate::store::{Reader, Roots, StateFolder, base_head, base_height};

/// Verifies a store as the options say. At [`Level::Deep`] states are made anew in `scratch`, which
/// has to be empty; they take what the store's own node logs do. `watch` is told of progress and
/// stops the verification by answering `false`; the report then says where to go on.
///
/// However many threads there are, and however often it was stopped and resumed, the report is the
/// same. A thread takes the memory of a segment, at most 256 MiB; with [`VerifyOptions::direct`]
/// a file of nodes, or a piece of tiles, too, where the page cache shows something else than the disk holds.
///
/// # Errors
/// Where there is nothing to verify or it cannot be read: `NotAStore`, `NoSuperblock`,
/// `FormatVersion`, `UnknownFeatures`, `Io` of [`hash_store::Error`]. Damage is no error: it is a
/// finding. [`crate::Error::Resume`] where [`VerifyOptions::resume`] is not of this store, or of another
/// question.
pub fn verify_with(
    storage: &Arc<dyn Storage>,
    scratch: &Arc<dyn Storage>,
    options: &VerifyOptions,
    watch: &dyn Watch,
) -> Result<VerifyReport> {
    let storage: Arc<dyn Storage> = if options.direct {
        Arc::new(DirectStorage::new(Arc::clone(storage)))
    } else {
        Arc::clone(storage)
    };
    let state = Superblocks::read(&*storage)?;
    let superblock = &state.current;
    let network: NetworkId = superblock.network.parse()?;
    let mut findings = Vec::new();
    if let Some(damage) = &state.other {
        // A crash while it was written leaves one superblock so; the other one counts.
        findings.push(Finding {
            severity: Severity::Warning,
            ..of_damage(damage)
        });
    }
    let segments = match Segments::open(Arc::clone(&storage), superblock.uuid, Access::Read) {
        Ok(segments) => Arc::new(segments),
        Err(error) => {
            findings.push(of_log_error(&error));
            return Ok(nothing_read(&network, findings));
        }
    };
    if let Err(error) = check_reached(&segments, superblock) {
        findings.push(of_log_error(&error));
    }
    let bound = bound(&segments, &state)?;
    let task = Task {
        segments: &segments,
        superblock,
        network: &network,
        level: options.level,
        bound,
        anchors: [options.since, options.trust],
        scratch,
    };
    let base = base_head(&segments, network.clone(), superblock).ok();
    let mut total = 0;
    let mut walk = begin(task, base, options, &mut total);
    let mut run = Run {
        first_height: (walk.roots.height + 1).max(base_height(task.base().as_ref())),
        counts_keys: options.level != Level::Quick && options.since.is_none(),
        closing: None,
    };
    let begin = walk.log.end;
    total += log::bytes_between(&segments, begin, bound.end.unwrap_or(superblock.end));
    let mut done = 0;
    if let Some(resume) = &options.resume {
        run.closing = resume.apply(&mut walk, options)?;
        run.first_height = resume.first_height();
        done = resume.bytes_done();
    }
    for finding in findings {
        note(&mut walk.findings, finding);
    }
    run.check_anchors_before(&mut walk, &storage)?;
    let meter = Meter::new(watch, done, total);
    walk.run(&meter, options.threads)?;
    let keys = if walk.stopped {
        Vec::new()
    } else {
        run.close(&mut walk, &meter)?
    };
    Ok(run.report(walk, keys, &meter))
}

/// The walk before its first batch; adds the bytes that will be read behind the log.
fn begin<'a>(
    task: Task<'a>,
    base: Option<(Head, Roots)>,
    options: &VerifyOptions,
    total: &mut u64,
) -> Walk<'a> {
    let Task {
        segments,
        superblock,
        bound,
        ..
    } = task;
    let mut walk = Walk::new(task, None);
    if options.level == Level::Quick {
        if let Some((_, roots)) = base {
            walk.begin_at_superblock(roots);
        }
        return walk;
    }
    let base = base.filter(|_| bound.derived_are_there);
    let runs = base.as_ref().map(|(head, roots)| {
        let ledgers = head.ledgers.iter();
        let specs: Vec<Lookups> = ledgers.map(|ledger| ledger.spec.lookups.clone()).collect();
        Runs::new(segments, superblock, &specs, roots)
    });
    *total += runs.as_ref().map_or(0, Runs::bytes);
    let roots = base.map(|(_, roots)| roots);
    if let Some(roots) = roots.as_ref().filter(|_| options.since.is_none()) {
        *total += bytes_to_count(segments, roots);
    }
    walk.compare = Some(Compare::new(segments, bound, roots, runs));
    // States are made anew from nothing: what is before cannot be left out.
    let since = options.since.filter(|_| options.level == Level::Full);
    let last = bound.end.unwrap_or(superblock.end).segment();
    let begin = since.and_then(|since| since::begin_before(segments, last, since.height));
    if let Some(begin) = begin {
        walk.begin_at_segment(begin);
    }
    walk
}

/// What a verification goes by besides its walk.
struct Run {
    first_height: u64,
    counts_keys: bool,
    closing: Option<Closing>,
}

impl Run {
    /// Known roots of heights that the walk does not come by: the audit tree has them.
    fn check_anchors_before(&self, walk: &mut Walk<'_>, storage: &Arc<dyn Storage>) -> Result<()> {
        for anchor in walk.task.anchors.into_iter().flatten() {
            if anchor.height >= self.first_height {
                continue;
            }
            let scratch = Arc::new(MemStorage::new());
            let reader = Reader::open_in(Arc::clone(storage), scratch)?;
            let root = reader.snapshot().audit().root_at(TreeSize(anchor.height));
            let found = match root {
                Ok(root) if root == anchor.root => continue,
                Ok(root) => format!("the store has {root}"),
                Err(error) => error.to_string(),
            };
            note(&mut walk.findings, wrong_root(&anchor, &found));
        }
        Ok(())
    }

    /// What is left when the log was walked: indexes, segments, runs, states. Answers with the
    /// number of keys of each state, where they were counted.
    fn close(&mut self, walk: &mut Walk<'_>, meter: &Meter<'_>) -> Result<Vec<Option<u64>>> {
        let Task {
            segments,
            superblock,
            bound,
            ..
        } = walk.task;
        walk.end_gaps();
        let mut found = std::mem::take(&mut walk.open);
        let height = walk.roots.height;
        if let (Some(compare), Attached::Seen(attached, _)) = (&mut walk.compare, &walk.attached) {
            found.append(&mut compare.findings);
            found.extend(compare.check_attachments(self.first_height..=height, attached));
        }
        log::check_segments(segments, &walk.log, superblock.cut, &mut found);
        found.extend(derived::check_tiles(segments, superblock, walk, bound));
        found.extend(check_kept(segments, &walk.roots));
        found
            .into_iter()
            .for_each(|found| note(&mut walk.findings, found));

        let end = walk.log.end.to_bits();
        let closing = self.closing.take().filter(|closing| closing.end == end);
        let mut closing = closing.unwrap_or_else(|| Closing::begin(end));
        let runs = walk
            .compare
            .as_ref()
            .and_then(|compare| compare.runs.as_ref());
        if let (Some(runs), Some(from)) = (runs, &closing.runs) {
            let mut found = Vec::new();
            closing.runs = runs.check(segments, from, meter, &mut found);
            found
                .into_iter()
                .for_each(|found| note(&mut walk.findings, found));
        }
        if meter.is_stopped() && closing.runs.is_some() {
            walk.stopped = true;
        } else {
            self.check_states(walk, superblock, bound, &mut closing, meter);
        }
        let keys = closing.keys.clone();
        self.closing = Some(closing);
        Ok(keys)
    }

    /// Holds the node logs against the roots that they have to reach.
    fn check_states(
        &self,
        walk: &mut Walk<'_>,
        superblock: &Superblock,
        bound: Bound,
        closing: &mut Closing,
        meter: &Meter<'_>,
    ) {
        let segments = walk.task.segments;
        let Some(roots) = derived::reached(superblock, walk, bound).cloned() else {
            return;
        };
        for (ledger, ordinal) in roots.ledgers.iter().zip(0u32..).skip(closing.keys.len()) {
            let (storage, dir) = (segments.storage(), ledger.name.as_str().to_owned());
            let folder = StateFolder::of(storage, segments.uuid(), ordinal, dir, ledger.state);
            let Some(folder) = folder else {
                closing.keys.push(None);
                continue;
            };
            let counted = self.counts_keys.then(|| closing.counted());
            let state = (roots.height, ledger.state_root);
            let keys = match check_state(&folder, state, counted, meter) {
                StateRead::Whole(keys) => keys,
                StateRead::Stopped(counted) => {
                    closing.set_counted(counted);
                    walk.stopped = true;
                    return;
                }
                StateRead::Damaged(finding) => {
                    // A node that a root of an earlier height leads to too was found before.
                    let place =
                        |finding: &Finding| (finding.code, finding.file.clone(), finding.offset);
                    let mut known = walk.findings.iter();
                    if known.all(|known| place(known) != place(&finding)) {
                        walk.findings.push(*finding);
                    }
                    None
                }
            };
            closing.set_counted(super::states::Counted::default());
            // Those of an earlier height are not the last ones.
            closing
                .keys
                .push(keys.filter(|_| roots.height == walk.roots.height));
        }
    }

    fn report(self, walk: Walk<'_>, keys: Vec<Option<u64>>, meter: &Meter<'_>) -> VerifyReport {
        let superblock = walk.task.superblock;
        let has_states = superblock.ledgers.iter().any(|ledger| ledger.suite != 0);
        // Nor can a walk go on amid a base, where no body says how the trees stand.
        let is_amid_base = walk.task.superblock.base.is_some() && walk.roots.height == 0;
        let can_resume = (walk.task.level != Level::Deep || !has_states) && !is_amid_base;
        let resume = (walk.stopped && can_resume).then(|| {
            let resume = Resume::of(&walk, self.first_height, self.closing);
            resume.with_done(meter.done())
        });
        let mut ledgers = walk.ledgers();
        for (ledger, keys) in ledgers.iter_mut().zip(keys) {
            ledger.state_keys = keys;
        }
        let mut findings = walk.findings;
        findings.extend(walk.open);
        findings.extend(
            walk.compare
                .into_iter()
                .flat_map(|compare| compare.findings),
        );
        let errors = findings.iter().any(|f| f.severity == Severity::Error);
        VerifyReport {
            verdict: if errors {
                Verdict::Damaged
            } else if walk.stopped || !findings.is_empty() {
                Verdict::Incomplete
            } else {
                Verdict::Verified
            },
            network: walk.task.network.as_str().to_owned(),
            height: walk.roots.height,
            batches: walk.log.batch,
            segments: walk.log.end.segment() + 1,
            bytes_read: walk.bytes_read,
            audit_root: walk.roots.audit_root,
            ledgers,
            findings,
            first_height: self.first_height,
            resume,
        }
    }
}
