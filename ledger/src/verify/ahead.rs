//! Walking segments ahead of the walk, side by side.
//!
//! The first commit of each segment says how the trees stood before it, so a segment can be walked
//! before it is known whether that is true: the walk that comes from behind compares, and takes the
//! segment over or walks it itself.
//!
//! Invariants:
//!
//! - a stretch has no finding in it: one that would have is given up;
//! - every segment from the first to the last one gets an answer, also when the walk was stopped;
//! - a thread holds one segment in memory, and nothing of a stretch that grows with its entries.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use hash_store::{BEGIN_LEN, BatchKind, BeginHeader, Found, HEADER_LEN, LogTip, Position, Scan};

use super::derived::{Compare, Compared};
use super::log::{Attached, AttachmentBatch, Task, Walk};
use super::options::{Level, Meter};
use crate::head::Head;
use crate::store::Roots;

/// Batches of one segment in which nothing is amiss, if it begins as it says.
pub(super) struct Stretch {
    pub(super) first_batch: u64,
    pub(super) chain_before: [u8; 32],
    /// The trees before, as the segment says.
    pub(super) before: Head,
    pub(super) log: LogTip,
    pub(super) roots: Roots,
    pub(super) head: Head,
    pub(super) attached: Vec<AttachmentBatch>,
    pub(super) compared: Option<Compared>,
    pub(super) bytes_read: u64,
    /// Whether these are all batches of the segment.
    pub(super) is_whole: bool,
}

/// Segments that are walked ahead.
pub(super) struct Ahead<'a> {
    task: Task<'a>,
    /// What the derived files are held against, to be copied by each thread.
    compare: Option<Mutex<Compare>>,
    last: u64,
    /// Where the log is known to reach.
    end: Position,
    next: AtomicU64,
    ended: AtomicBool,
    answers: Mutex<BTreeMap<u64, Option<Stretch>>>,
    answered: Condvar,
}

/// Answers for a segment when it is dropped, whatever became of the thread.
struct Answer<'a, 'b> {
    ahead: &'a Ahead<'b>,
    segment: u64,
    stretch: Option<Stretch>,
}

impl Drop for Answer<'_, '_> {
    fn drop(&mut self) {
        let answers = self.ahead.answers.lock();
        let mut answers = answers.unwrap_or_else(PoisonError::into_inner);
        answers.insert(self.segment, self.stretch.take());
        self.ahead.answered.notify_all();
    }
}

impl<'a> Ahead<'a> {
    /// What can be walked ahead of a walk; `None` where that is nothing, or no help.
    pub(super) fn of(walk: &Walk<'a>, threads: usize) -> Option<Self> {
        let task = walk.task;
        // Only one thread can make states anew: each batch stands on the one before.
        let has_states = task
            .superblock
            .ledgers
            .iter()
            .any(|ledger| ledger.suite != 0);
        let is_serial = task.level == Level::Quick || task.level == Level::Deep && has_states;
        let end = task.bound.end.unwrap_or(task.superblock.end);
        let begin = walk.log.end;
        let first = begin.segment() + u64::from(begin.offset() > HEADER_LEN);
        if threads < 2 || is_serial || first >= end.segment() {
            return None;
        }
        Some(Self {
            task,
            compare: walk.compare.as_ref().map(Compare::beside).map(Mutex::new),
            last: end.segment(),
            end,
            next: AtomicU64::new(first),
            ended: AtomicBool::new(false),
            answers: Mutex::default(),
            answered: Condvar::new(),
        })
    }

    /// The last segment that is walked ahead.
    pub(super) const fn last(&self) -> u64 {
        self.last
    }

    /// Nobody asks any more.
    pub(super) fn end(&self) {
        self.ended.store(true, Ordering::Relaxed);
    }

    /// Waits for the answer for a segment; each is given once, in rising order.
    pub(super) fn take(&self, segment: u64) -> Option<Stretch> {
        // A segment that was begun in is not walked ahead.
        if segment > self.last {
            return None;
        }
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(answer) = answers.remove(&segment) {
                return answer;
            }
            let waited = self.answered.wait(answers);
            answers = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Walks one segment after another, beside other threads.
    pub(super) fn work(&self, meter: &Meter<'_>) {
        let mut scan = Scan::new(Arc::clone(self.task.segments), self.end, 1, None);
        let mut compare = self.compare.as_ref().map(|compare| {
            let compare = compare.lock().unwrap_or_else(PoisonError::into_inner);
            compare.beside()
        });
        loop {
            let segment = self.next.fetch_add(1, Ordering::Relaxed);
            if segment > self.last {
                return;
            }
            let mut answer = Answer {
                ahead: self,
                segment,
                stretch: None,
            };
            if !meter.is_stopped() && !self.ended.load(Ordering::Relaxed) {
                answer.stretch = self.stretch(segment, &mut scan, &mut compare, meter);
            }
        }
    }

    fn stretch(
        &self,
        segment: u64,
        scan: &mut Scan,
        compare: &mut Option<Compare>,
        meter: &Meter<'_>,
    ) -> Option<Stretch> {
        let begin = Position::new(segment, HEADER_LEN);
        let header = {
            let segment = self.task.segments.get(segment).ok()?;
            let mut bytes = [0; BEGIN_LEN];
            segment.read(HEADER_LEN, &mut bytes).ok()?;
            BeginHeader::decode(&bytes, segment.seed(), HEADER_LEN).ok()?
        };
        let mut walk = Walk::new(self.task, compare.take());
        walk.attached = Attached::Later(Vec::new());
        walk.begin_at_segment(LogTip {
            batch: header.number.checked_sub(1)?,
            height: 0,
            end: begin,
            last_body: None,
            chain: header.chain_before,
        });
        scan.jump(begin, header.number, Some(header.chain_before));
        scan.set_until(Some(self.end.min(Position::new(segment + 1, HEADER_LEN))));
        let is_whole = walk_ahead(&mut walk, scan, meter);
        let mut walked = walk.compare.take();
        let compared = walked.as_mut().map(Compare::take_compared);
        *compare = walked;
        let (Attached::Later(attached), Some(is_whole)) = (walk.attached, is_whole) else {
            return None;
        };
        Some(Stretch {
            first_batch: header.number,
            chain_before: header.chain_before,
            before: walk.began?,
            log: walk.log,
            roots: walk.roots,
            head: walk.head?,
            attached,
            compared,
            bytes_read: walk.bytes_read,
            is_whole,
        })
    }
}

/// Walks on while nothing is amiss; answers whether to the end or until it was stopped.
fn walk_ahead(walk: &mut Walk<'_>, scan: &mut Scan, meter: &Meter<'_>) -> Option<bool> {
    loop {
        let (at, batch) = match scan.next() {
            Ok(None) => return Some(true),
            Ok(Some(Found::Batch { at, batch })) => (at, batch),
            Ok(Some(Found::Stop(_))) | Err(_) => return None,
        };
        if batch.header.kind == BatchKind::Base {
            // No segment says what there was before.
            return None;
        }
        let is_declaration = batch.header.kind == BatchKind::Declaration;
        if is_declaration && (walk.began.is_none() || walk.level() == Level::Deep) {
            return None;
        }
        let len = batch.header.len;
        walk.bytes_read += len;
        walk.batch(at, &batch);
        let is_found = |compare: &Compare| !compare.findings.is_empty();
        let has_findings = !walk.findings.is_empty() || !walk.open.is_empty();
        let is_lost = walk.began.is_some() && walk.head.is_none();
        if has_findings || is_lost || walk.compare.as_ref().is_some_and(is_found) {
            return None;
        }
        if !meter.add(len) {
            return Some(false);
        }
    }
}
