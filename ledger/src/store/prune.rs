//! Dropping what is not kept of states, beside the commits or at once.
//!
//! A pass (see `patricia_state::Pass`) marks and copies while commits go on; its end is a watermark,
//! so that after a crash the log is believed up to where the new files reach, and then the new
//! files take the places of the old ones.
//!
//! Invariants:
//!
//! - a pass begins by saying durably which heights are dropped; readers are refused these from then
//!   on, whether or not their nodes are still there;
//! - a commit does a bounded part of a pass, or none where a thread of its own does it;
//! - an error here fails no commit: the pass is given up, and nothing it was to remove is gone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use patricia_state::{Location, Pass, PassRoot, PassSizes, Root};

use super::base::{base_height, check_height};
use super::shared::Shared;
use super::writer::Writer;
use crate::error::{Error, Result};
use crate::head::Head;
use crate::keep::{Keep, KeptHeights};
use crate::state::StateFiles;

/// No pass begins for less than this many bytes of records.
const WORTH_A_PASS: u64 = 64 << 10;
/// Nor for less than this part of all records.
const WORTH_A_PASS_PART: u64 = 8;
/// Bytes that a commit reads or copies for a pass, whatever its size.
const STEP: u64 = 256 << 10;
/// And for each byte that was appended since the last step.
const STEP_A_BYTE: u64 = 16;
/// Bytes between two looks at whether a thread shall stop.
const STEP_ALONE: u64 = 1 << 20;
/// Bytes of records after which a rebuilding of the node log drops what is not kept.
const REBUILD_STEP: u64 = 4 << 20;

/// What dropping heights does to a ledger's states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunePlan {
    /// The last height.
    pub height: u64,
    /// What can be read before.
    pub before: KeptHeights,
    /// What can be read after.
    pub after: KeptHeights,
    /// Bytes of records in the node log before and after.
    pub sizes: PassSizes,
}

/// The passes of one store, by ledger.
#[derive(Debug, Default)]
pub(super) struct Pruner(Vec<Job>);

#[derive(Debug, Default)]
struct Job {
    work: Work,
    /// Up to where the last pass saw the log.
    seen: u64,
    /// Where the log ended at the last step.
    fed: u64,
}

#[derive(Debug, Default)]
enum Work {
    #[default]
    None,
    Here(Box<Pass>),
    Away(JoinHandle<Option<Pass>>, Arc<AtomicBool>),
    Ending(JoinHandle<()>),
}

impl Work {
    /// Whether a thread is still at it.
    fn is_away(&self) -> bool {
        match self {
            Self::None | Self::Here(_) => false,
            Self::Away(thread, _) => !thread.is_finished(),
            Self::Ending(thread) => !thread.is_finished(),
        }
    }

    /// Ends it, unless it is about to end by itself.
    fn stop(self) {
        match self {
            Self::None => {}
            Self::Here(pass) => give_up(*pass),
            Self::Away(thread, stop) => {
                stop.store(true, Ordering::Relaxed);
                thread.join().ok().flatten().into_iter().for_each(give_up);
            }
            Self::Ending(thread) => drop(thread.join()),
        }
    }
}

/// What is left of a pass is taken away by the next one, if it cannot be now.
fn give_up(pass: Pass) {
    let _ = pass.give_up();
}

/// Does all of a pass but its end.
fn run(mut pass: Pass, stop: &AtomicBool) -> Option<Pass> {
    while !stop.load(Ordering::Relaxed) {
        match pass.step(STEP_ALONE) {
            Ok(false) => {}
            Ok(true) if pass.sync().is_ok() => return Some(pass),
            _ => break,
        }
    }
    give_up(pass);
    None
}

impl Writer {
    /// Goes on with the passes of all states, and begins those that are due.
    pub(super) fn prune_some(&mut self, shared: &Arc<Shared>) {
        let states = self.head.ledgers.iter().enumerate();
        let states = states.filter_map(|(i, ledger)| Some((i, ledger.state.as_ref()?)));
        let states: Vec<_> = states
            .map(|(i, state)| (i, Arc::clone(&state.files)))
            .collect();
        for (ordinal, files) in states {
            if !files.is_stale() && !self.sync_failed.load(Ordering::Acquire) {
                self.prune_one(shared, ordinal, &files);
            }
        }
    }

    fn job(&mut self, ordinal: usize) -> Option<&mut Job> {
        let jobs = &mut self.pruner.0;
        if jobs.len() <= ordinal {
            jobs.resize_with(ordinal + 1, Job::default);
        }
        jobs.get_mut(ordinal)
    }

    fn prune_one(&mut self, shared: &Arc<Shared>, ordinal: usize, files: &Arc<StateFiles>) {
        let Some(job) = self.job(ordinal).filter(|job| !job.work.is_away()) else {
            return;
        };
        let end = files.log.end().0;
        let grown = end.saturating_sub(std::mem::replace(&mut job.fed, end));
        let done = match std::mem::take(&mut job.work) {
            Work::None => match self.begin_due(shared, ordinal, files) {
                Some(pass) => return self.set_out(ordinal, pass),
                None => return,
            },
            Work::Ending(thread) => return drop(thread.join()),
            Work::Away(thread, _) => thread.join().ok().flatten(),
            Work::Here(mut pass) => match pass.step(STEP + STEP_A_BYTE * grown) {
                Ok(false) => return self.set_work(ordinal, Work::Here(pass)),
                Ok(true) if pass.sync().is_ok() => Some(*pass),
                _ => return give_up(*pass),
            },
        };
        if let Some(pass) = done {
            self.end(shared, ordinal, files, pass);
        }
    }

    fn set_work(&mut self, ordinal: usize, work: Work) {
        if let Some(job) = self.job(ordinal) {
            job.work = work;
        }
    }

    fn set_out(&mut self, ordinal: usize, pass: Pass) {
        let work = if self.background {
            let stop = Arc::new(AtomicBool::new(false));
            let stopped = Arc::clone(&stop);
            Work::Away(std::thread::spawn(move || run(pass, &stopped)), stop)
        } else {
            Work::Here(Box::new(pass))
        };
        self.set_work(ordinal, work);
    }

    /// Begins a pass if enough of the log lies before what has to be kept.
    fn begin_due(&mut self, shared: &Shared, ordinal: usize, files: &StateFiles) -> Option<Pass> {
        let kept = files.retention.lagging(self.head.height)?;
        let cut = files.place(kept.oldest)?.end.0;
        let log = files.log.view();
        let worth = WORTH_A_PASS.max(log.records_len() / WORTH_A_PASS_PART);
        let job = self.job(ordinal)?;
        if cut.saturating_sub(job.seen) < worth {
            return None;
        }
        job.seen = files.log.end().0;
        let roots = files.retention.drop_all_but(kept, &shared.pins);
        let roots = roots.map(|heights| roots_at(shared, ordinal, files, &heights));
        files.log.begin_pass(&roots.ok()?.ok()?, false)
    }

    /// A watermark, and then the new files for the old ones.
    fn end(&mut self, shared: &Arc<Shared>, ordinal: usize, files: &Arc<StateFiles>, pass: Pass) {
        let (point, files) = (self.sync_point(shared, false), Arc::clone(files));
        let end = move || match point.reach() {
            // Where this fails, some old files stay.
            Ok(()) => drop(files.log.adopt(pass)),
            Err(_) => give_up(pass),
        };
        if self.background {
            self.set_work(ordinal, Work::Ending(std::thread::spawn(end)));
        } else {
            end();
        }
    }

    /// Ends what is under way.
    pub(super) fn stop_pruning(&mut self) {
        for job in &mut self.pruner.0 {
            std::mem::take(&mut job.work).stop();
        }
    }

    /// Files of a ledger's state.
    fn state_files(&self, ledger: &str) -> Result<(usize, Arc<StateFiles>)> {
        let (ordinal, state) = self.head.state(ledger)?;
        Ok((ordinal, Arc::clone(&state.files)))
    }

    /// What is kept of a ledger's states if `keep` is from now on.
    fn kept_with(&self, ledger: &str, kept: &KeptHeights, keep: &Keep) -> Result<KeptHeights> {
        let tip = self.head.height;
        for asked in keep.single_heights() {
            if asked == 0 || asked > tip {
                return Err(Error::NoSuchHeight { asked, last: tip });
            }
            check_height(self.head.base.as_ref(), asked)?;
            if !kept.holds(asked) {
                return Err(Error::Dropped {
                    ledger: ledger.to_owned(),
                    height: asked,
                    oldest: kept.oldest,
                });
            }
        }
        Ok(KeptHeights {
            keep: Keep {
                last: kept.keep.last,
                heights: keep.heights.clone(),
            },
            oldest: keep
                .first_at(tip)
                .max(kept.oldest)
                .max(base_height(self.head.base.as_ref())),
        })
    }

    /// Says what is to be kept from now on.
    pub(super) fn set_keep(
        &mut self,
        shared: &Arc<Shared>,
        ledger: &str,
        keep: Keep,
    ) -> Result<()> {
        self.check_process()?;
        let (_, files) = self.state_files(ledger)?;
        let before = files.retention.kept()?;
        self.kept_with(ledger, &before, &keep)?;
        let kept = KeptHeights {
            keep,
            oldest: before.oldest,
        };
        files.retention.drop_all_but(kept, &shared.pins)?;
        Ok(())
    }

    /// Drops all that `keep` does not name, or only says what that would do.
    pub(super) fn prune(
        &mut self,
        shared: &Arc<Shared>,
        ledger: &str,
        keep: &Keep,
        is_plan: bool,
    ) -> Result<PrunePlan> {
        self.check_process()?;
        let (ordinal, files) = self.state_files(ledger)?;
        let before = files.retention.kept()?;
        let after = self.kept_with(ledger, &before, keep)?;
        let before = KeptHeights {
            oldest: before.oldest.max(base_height(self.head.base.as_ref())),
            ..before
        };
        let plan = |sizes| PrunePlan {
            height: self.head.height,
            before,
            after: after.clone(),
            sizes,
        };
        if self.head.height == 0 {
            return Ok(plan(PassSizes::default()));
        }
        if is_plan {
            let roots = roots_at(shared, ordinal, &files, &after.needed())?;
            let mut pass = files.log.begin_pass(&roots, true);
            let sizes = pass.as_mut().map(Pass::measure).transpose()?;
            return Ok(plan(sizes.unwrap_or_default()));
        }
        let plan = plan(PassSizes::default());
        if let Some(job) = self.job(ordinal) {
            std::mem::take(&mut job.work).stop();
            job.seen = files.log.end().0;
        }
        let heights = files.retention.drop_all_but(after, &shared.pins)?;
        let roots = roots_at(shared, ordinal, &files, &heights)?;
        let Some(mut pass) = files.log.begin_pass(&roots, true) else {
            return Ok(plan);
        };
        while !pass.step(STEP_ALONE)? {}
        pass.sync()?;
        self.sync_point(shared, false).reach()?;
        self.clean = false;
        let sizes = pass.sizes();
        files.log.adopt(pass)?;
        Ok(PrunePlan { sizes, ..plan })
    }
}

/// Bytes of the records of a state, and of those that a kept height up to this one needs.
///
/// # Errors
/// What reading nodes gives.
pub(super) fn measure(
    shared: &Shared,
    ordinal: usize,
    files: &StateFiles,
    height: u64,
) -> Result<PassSizes> {
    let kept = files.retention.kept()?.up_to(height);
    let Some(tip) = files.place(height) else {
        return Ok(PassSizes::default());
    };
    files.log.reach(tip.end)?;
    let roots = roots_at(shared, ordinal, files, &kept.needed())?;
    let mut pass = files.log.begin_pass(&roots, true);
    let sizes = pass.as_mut().map(Pass::measure).transpose()?;
    Ok(sizes.unwrap_or_default())
}

/// The roots of a ledger's state at some heights, rising.
fn roots_at(
    shared: &Shared,
    ordinal: usize,
    files: &StateFiles,
    heights: &[u64],
) -> Result<Vec<PassRoot>> {
    let tip = shared.tip();
    let mut roots = Vec::with_capacity(heights.len());
    let base = base_height(shared.base.as_ref());
    for height in heights {
        // Where all heights are kept, these are all that there are.
        let height = &base.max(*height);
        let body = shared.commit(*height, &tip.log)?.body;
        let ledger = body.ledgers.get(ordinal);
        let Some((scheme, hash)) = ledger.and_then(|l| Some((l.state?, l.state_root))) else {
            continue;
        };
        let place = files
            .place(*height)
            .ok_or_else(|| super::shared::lost(&tip.log, None))?;
        let hash = *hash.as_bytes();
        let location = place.root.filter(|_| hash != scheme.suite.empty_root());
        roots.push(PassRoot {
            root: Root { hash, location },
            end: place.end,
        });
    }
    Ok(roots)
}

/// Drops what is not kept while the node logs are made anew from the record log.
#[derive(Debug, Default)]
pub(super) struct RebuildPruner(Vec<Rebuilt>);

#[derive(Debug, Default)]
struct Rebuilt {
    /// The single heights that were passed, and the oldest of those that are kept from there on.
    roots: Vec<PassRoot>,
    has_oldest: bool,
    seen: u64,
}

impl RebuildPruner {
    /// Takes in a commit; `is_last` ends the rebuilding.
    ///
    /// # Errors
    /// What reading and writing nodes gives.
    pub(super) fn after(&mut self, head: &Head, is_last: bool) -> Result<()> {
        self.0.resize_with(head.ledgers.len(), Rebuilt::default);
        for (ledger, rebuilt) in head.ledgers.iter().zip(&mut self.0) {
            let Some(state) = &ledger.state else {
                continue;
            };
            let kept = state.files.retention.kept()?;
            if kept.oldest > 1 {
                rebuilt.after(
                    head.height,
                    &kept,
                    *state.overlay.root(),
                    &state.files,
                    is_last,
                )?;
            }
        }
        Ok(())
    }
}

impl Rebuilt {
    fn after(
        &mut self,
        height: u64,
        kept: &KeptHeights,
        root: Root,
        files: &StateFiles,
        is_last: bool,
    ) -> Result<()> {
        let end = files.log.end();
        let now = PassRoot { root, end };
        if !is_last && !self.has_oldest && (kept.holds(height) || height >= kept.oldest) {
            self.roots.push(now);
            self.has_oldest = height >= kept.oldest;
        }
        let newest = self.roots.last().copied().filter(|_| self.has_oldest);
        let cut = newest.unwrap_or(now).end;
        let worth = REBUILD_STEP.max(files.log.view().records_len() / 2);
        let is_due = cut > Location(self.seen) && (is_last || cut.0 - self.seen >= worth);
        if !is_due || files.is_stale() {
            return Ok(());
        }
        let roots = self.roots.iter().copied();
        let roots: Vec<PassRoot> = roots.chain((!self.has_oldest).then_some(now)).collect();
        let Some(mut pass) = files.log.begin_pass(&roots, false) else {
            return Ok(());
        };
        while !pass.step(STEP_ALONE)? {}
        pass.sync()?;
        // Nothing of the log is believed before the rebuilding has ended: a crash begins it anew.
        files.log.adopt(pass)?;
        self.seen = end.0;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
