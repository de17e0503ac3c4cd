//! Verifying the record log: every batch in order, every root computed again.
//!
//! Where a batch is damaged the walk loses the trees' ranges. It picks them up again at the next
//! commit that carries them, or where the tiles fold to the recorded roots; what lies between is
//! the gap that the damage left.
//!
//! The log is walked segment by segment. What other threads found out of a segment ahead (`ahead`)
//! is taken over where it begins as the walk stands and nothing in it is amiss; every other segment
//! is walked here, so that the findings do not depend on the number of threads.

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::{
    Base, Batch, BatchKind, Found, FrameKind, HEADER_LEN, LogTip, Position, Scan, Segments, Stop,
    Storage, Superblock, Tail, first_chain, judge_tail,
};
use merkle_log::CompactRange;

use super::ahead::{Ahead, Stretch};
use super::derived::Compare;
use super::options::{AuditRoot, Level, Meter};
use super::{Bound, Finding, Severity, VerifiedLedger, nowhere, of_damage, of_error, wrong_root};
use crate::body::LedgerRoots;
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead, LedgerSpec, Lookups};
use crate::names::NetworkId;
use crate::record::{AUDIT, AttachmentRecord, Entries, Ranges};
use crate::store::{
    CommitRecord, Footing, Roots, StateFolder, TreePlace, height_is_indexed, tip_after, tip_of,
};

/// What all walks over one log go by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Task<'a> {
    pub(super) segments: &'a Arc<Segments>,
    pub(super) superblock: &'a Superblock,
    pub(super) network: &'a NetworkId,
    pub(super) level: Level,
    pub(super) bound: Bound,
    /// Roots that the log must lead to.
    pub(super) anchors: [Option<AuditRoot>; 2],
    /// Where states are made anew.
    pub(super) scratch: &'a Arc<dyn Storage>,
}

impl Task<'_> {
    /// What the log begins with, as the superblock says.
    pub(super) fn base(&self) -> Option<Arc<Base>> {
        self.superblock.base.clone().map(Arc::new)
    }

    /// Sizes of the ledgers at that height.
    fn base_sizes(&self) -> impl Iterator<Item = u64> {
        let base = self.superblock.base.iter();
        let sizes = base.flat_map(|base| base.sizes.iter().copied());
        sizes.chain(std::iter::repeat(0))
    }
}

/// A walk over the log that collects findings.
pub(super) struct Walk<'a> {
    pub(super) task: Task<'a>,
    pub(super) log: LogTip,
    /// The last roots recorded.
    pub(super) roots: Roots,
    /// The trees' ranges at these roots, while the walk is in step with them.
    pub(super) head: Option<Head>,
    pub(super) compare: Option<Compare>,
    /// Per ledger, where the verified prefix ended, once it did.
    pub(super) verified: Vec<Option<u64>>,
    pub(super) attached: Attached,
    /// The trees as the first commit of a segment says that they were, where a walk begins there.
    pub(super) began: Option<Head>,
    /// Findings whose gap is not known yet.
    pub(super) open: Vec<Finding>,
    pub(super) findings: Vec<Finding>,
    pub(super) bytes_read: u64,
    pub(super) stopped: bool,
}

/// Where each height's last attachments are.
#[derive(Debug)]
pub(super) enum Attached {
    /// As seen, and whether that is all there are: no batch was missed.
    Seen(BTreeMap<u64, Position>, bool),
    /// Not known to a walk that begins within the log: to be taken in by the one before it.
    Later(Vec<AttachmentBatch>),
}

/// The attachments of one batch of their own.
#[derive(Debug)]
pub(super) struct AttachmentBatch {
    number: u64,
    at: Position,
    /// The height of the last commit before, as far as it is known.
    last: u64,
    /// Height, and the batch of those before it.
    records: Vec<(u64, Option<Position>)>,
}

/// How the walk over a segment ended.
enum Walked {
    /// At its last batch; there are more segments.
    Whole,
    /// Damage was passed, and the next batch is in this later segment.
    Passed(u64),
    /// There is nothing more to walk.
    Over,
}

impl<'a> Walk<'a> {
    /// A walk from the beginning of the log.
    pub(super) fn new(task: Task<'a>, compare: Option<Compare>) -> Self {
        let empty = Head::empty(task.network.clone(), std::iter::empty(), task.base());
        let log = LogTip {
            batch: 0,
            height: 0,
            end: Position::new(0, HEADER_LEN),
            last_body: None,
            chain: first_chain(task.network.as_str()),
        };
        Self {
            task,
            log,
            roots: Roots::of_head(&empty),
            head: (task.level != Level::Quick).then_some(empty),
            compare,
            verified: Vec::new(),
            attached: Attached::Seen(BTreeMap::new(), task.level != Level::Quick),
            began: None,
            open: Vec::new(),
            findings: Vec::new(),
            bytes_read: 0,
            stopped: false,
        }
    }

    /// Goes on at a superblock.
    pub(super) fn begin_at_superblock(&mut self, roots: Roots) {
        self.log = tip_of(self.task.superblock);
        self.roots = roots;
    }

    /// Goes on at the beginning of a segment, whose first commit says what was before.
    pub(super) fn begin_at_segment(&mut self, log: LogTip) {
        self.roots.height = log.height;
        self.log = log;
        self.head = None;
    }

    pub(super) const fn tip(&self) -> &LogTip {
        &self.log
    }

    pub(super) const fn level(&self) -> Level {
        self.task.level
    }

    pub(super) fn ledgers(&self) -> Vec<VerifiedLedger> {
        let verified = self.verified.iter().chain(std::iter::repeat(&None));
        let ledgers = self.roots.ledgers.iter().zip(verified);
        ledgers
            .map(|(ledger, verified)| VerifiedLedger {
                name: ledger.name.as_str().to_owned(),
                tree: ledger.tree,
                size: ledger.size,
                root: ledger.root,
                verified_size: verified.unwrap_or(ledger.size),
                state: ledger.state,
                state_root: ledger.state_root,
                state_keys: None,
            })
            .collect()
    }

    /// Walks to the end of the log.
    pub(super) fn run(&mut self, meter: &Meter<'_>, threads: usize) -> Result<()> {
        let Some(ahead) = Ahead::of(self, threads) else {
            return self.walk(meter, None);
        };
        std::thread::scope(|scope| {
            for _ in 0..threads {
                scope.spawn(|| ahead.work(meter));
            }
            let answer = self.walk(meter, Some(&ahead));
            ahead.end();
            answer
        })
    }

    fn walk(&mut self, meter: &Meter<'_>, ahead: Option<&Ahead<'_>>) -> Result<()> {
        let segments = Arc::clone(self.task.segments);
        let LogTip {
            end, batch, chain, ..
        } = self.log;
        let mut scan = Scan::new(segments, end, batch + 1, Some(chain));
        let mut segment = end.segment();
        let mut is_at_start = end.offset() <= HEADER_LEN;
        while !self.stopped {
            let stretch = ahead
                .filter(|_| is_at_start)
                .and_then(|ahead| ahead.take(segment));
            let is_whole = stretch.as_ref().is_some_and(|stretch| stretch.is_whole);
            if stretch.is_some_and(|stretch| self.adopt(stretch)) {
                scan.jump(self.log.end, self.log.batch + 1, Some(self.log.chain));
                if !is_whole {
                    self.stopped = true;
                    break;
                }
                // Of the last one there may be more than was walked ahead.
                if ahead.is_some_and(|ahead| segment < ahead.last()) {
                    segment += 1;
                    continue;
                }
            }
            (segment, is_at_start) = match self.walk_segment(&mut scan, segment, meter)? {
                Walked::Whole => (segment + 1, true),
                Walked::Passed(later) => (later, false),
                Walked::Over => break,
            };
        }
        if !self.stopped {
            self.check_anchors_reached();
        }
        Ok(())
    }

    /// Walks on to the end of a segment.
    fn walk_segment(&mut self, scan: &mut Scan, segment: u64, meter: &Meter<'_>) -> Result<Walked> {
        let (segments, end) = (self.task.segments, self.task.bound.end);
        let next = Position::new(segment + 1, HEADER_LEN);
        let until = end.map_or(next, |end| end.min(next));
        scan.set_until(Some(until));
        loop {
            // A segment that cannot be opened ends the walk; `check_segments` reports it.
            let Some(found) = readable(scan.next())? else {
                self.lose_step();
                return Ok(Walked::Over);
            };
            let stop = match found {
                None => {
                    let is_last = segment + 1 >= segments.count() || until < next;
                    if scan.position().segment() == segment && !is_last {
                        return Ok(Walked::Whole);
                    }
                    // An empty segment is the one ahead, unless more of the log follows.
                    scan.set_until(end);
                    let Some(Some(Found::Stop(stop))) = readable(scan.next())? else {
                        self.check_log_reached();
                        return Ok(Walked::Over);
                    };
                    stop
                }
                Some(Found::Batch { at, batch }) => {
                    let len = batch.header.len;
                    self.bytes_read += len;
                    self.batch(at, &batch);
                    if !meter.add(len) {
                        self.stopped = true;
                        return Ok(Walked::Over);
                    }
                    continue;
                }
                Some(Found::Stop(stop)) => stop,
            };
            scan.set_until(end);
            if !self.pass(&stop)? || !readable(scan.resume_after(&stop))?.unwrap_or(false) {
                return Ok(Walked::Over);
            }
            let at = scan.position().segment();
            if at > segment {
                return Ok(Walked::Passed(at));
            }
            scan.set_until(Some(until));
        }
    }

    /// Takes over what was found out of the segment ahead, if it begins as this walk stands.
    fn adopt(&mut self, stretch: Stretch) -> bool {
        let follows = stretch.first_batch == self.log.batch + 1
            && stretch.chain_before == self.log.chain
            && self
                .head
                .as_ref()
                .is_some_and(|head| is_same(head, &stretch.before))
            && self.open.is_empty()
            && self.compare.is_some() == stretch.compared.is_some()
            && match (&self.compare, &stretch.compared) {
                (Some(compare), Some(compared)) => compare.is_followed_by(compared),
                _ => true,
            };
        if !follows {
            return false;
        }
        let height = self.roots.height;
        let Attached::Seen(seen, is_all) = &mut self.attached else {
            return false;
        };
        let fits = |batch: &AttachmentBatch| batch.last.max(height);
        // Nothing is taken in by halves: a batch that does not fit is found again by the walk.
        let mut more = BTreeMap::new();
        for batch in &stretch.attached {
            let known = |height: &u64| more.get(height).or_else(|| seen.get(height)).copied();
            if batch.check(fits(batch), known, *is_all).is_err() {
                return false;
            }
            more.extend(batch.heights().map(|height| (height, batch.at)));
        }
        seen.append(&mut more);
        if let (Some(compare), Some(compared)) = (&mut self.compare, stretch.compared) {
            compare.follow(compared);
        }
        self.log = LogTip {
            last_body: stretch.log.last_body.or(self.log.last_body),
            ..stretch.log
        };
        self.roots = stretch.roots;
        self.head = Some(stretch.head);
        self.bytes_read += stretch.bytes_read;
        true
    }

    /// The log must reach what is said to be committed.
    fn check_log_reached(&mut self) {
        let LogTip {
            batch, height, end, ..
        } = self.log;
        let is_short = match self.task.bound.end {
            Some(told) => end < told,
            None => height_is_indexed(self.task.segments, height.saturating_add(1), end),
        };
        if is_short {
            let expected = batch + 1;
            let behind = hash_store::Error::LogBehind { expected };
            self.findings.push(super::of_log_error(&behind));
        }
    }

    fn check_anchors_reached(&mut self) {
        for anchor in self.task.anchors.into_iter().flatten() {
            if anchor.height > self.roots.height {
                let found = format!("the log ends at height {}", self.roots.height);
                self.findings.push(wrong_root(&anchor, &found));
            }
        }
    }

    /// Gives the findings behind the last commit the heights that should follow it.
    pub(super) fn end_gaps(&mut self) {
        let (begin, last) = (self.roots.height + 1, self.task.superblock.height);
        let heights = begin..last.max(self.roots.height).saturating_add(1);
        for finding in self
            .open
            .iter_mut()
            .filter(|f| f.severity == Severity::Error)
        {
            finding.heights = Some(heights.clone()).filter(|heights| !heights.is_empty());
        }
    }

    /// Records what is wrong at a stop; answers whether there may be more behind it.
    fn pass(&mut self, stop: &Stop) -> Result<bool> {
        if let Attached::Seen(_, is_all) = &mut self.attached {
            *is_all = false;
        }
        let mut finding = of_damage(&stop.damage);
        let mut more = true;
        let acknowledged = self.task.bound.end.is_some()
            || stop.damage.batch <= self.task.superblock.covered_batch();
        if !acknowledged {
            let segments = self.task.segments;
            let named = height_is_indexed(segments, self.log.height.saturating_add(1), stop.at);
            match judge_tail(segments, stop, named)? {
                Tail::Damaged(damage) => finding = of_damage(&damage),
                Tail::Torn => {
                    finding.code = "E-TORN-TAIL";
                    finding.severity = Severity::Warning;
                    finding.message = "a batch that was never acknowledged is written in part; \
                                       the next open for writing takes it away"
                        .to_owned();
                    more = false;
                }
                Tail::Stray => {
                    finding.code = "E-STRAY-BIT";
                    finding.severity = Severity::Warning;
                    finding.message = "one bit is set where nothing was written; the next open \
                                       for writing takes it away"
                        .to_owned();
                    more = false;
                }
                Tail::Unsettled(_) => {
                    finding.code = "E-UNSETTLED";
                    more = false;
                }
            }
        }
        if finding.severity == Severity::Error {
            self.lose_step();
        }
        self.open.push(finding);
        Ok(more)
    }

    /// From here on the roots cannot be computed until ranges are found.
    fn lose_step(&mut self) {
        self.head = None;
        self.verified.resize(self.roots.ledgers.len(), None);
        for (verified, ledger) in self.verified.iter_mut().zip(&self.roots.ledgers) {
            verified.get_or_insert(ledger.size);
        }
    }

    /// Takes in the next batch.
    pub(super) fn batch(&mut self, at: Position, batch: &Batch<'_>) {
        let number = batch.header.number;
        let answer = match batch.header.kind {
            BatchKind::Attachment => self.attachment(at, batch),
            BatchKind::Declaration => self.declaration(batch),
            BatchKind::Base if batch.header.height == 0 => self.base(at, batch),
            BatchKind::Commit | BatchKind::Base => self.commit(at, batch),
        };
        self.log = tip_after(&self.log, at, batch);
        if let Err(error) = answer {
            self.findings.push(of_error(&error, number));
            self.lose_step();
        }
    }

    fn attachment(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        let last = self.roots.height;
        let batch = AttachmentBatch::of(batch, at, last)?;
        match &mut self.attached {
            Attached::Later(batches) => batches.push(batch),
            Attached::Seen(seen, is_all) => {
                // Behind a gap it is not known what there was.
                let last = if *is_all { last } else { u64::MAX };
                batch.check(last, |height| seen.get(height).copied(), *is_all)?;
                seen.extend(batch.heights().map(|height| (height, at)));
            }
        }
        Ok(())
    }

    fn commit(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        check_own_attachments(batch)?;
        let record = CommitRecord::of_batch(batch, at)?;
        let roots = Roots::of_body(record.body, record.audit_root);
        self.close_gaps(batch, &roots)?;
        for anchor in self.task.anchors.into_iter().flatten() {
            if anchor.height == roots.height && anchor.root != roots.audit_root {
                let found = format!("the log has {}", roots.audit_root);
                self.findings.push(wrong_root(&anchor, &found));
            }
        }
        if self.task.level == Level::Quick {
            self.roots = roots;
            return Ok(());
        }
        if self.head.is_none() {
            self.head = self.ranges_in_batch(batch, &roots)?;
            if matches!(self.attached, Attached::Later(_)) {
                self.began = self.head.clone();
            }
        }
        let followed = match &mut self.head {
            Some(head) => head.follow(at, batch).map(Some),
            None => Ok(None),
        };
        match (&followed, &self.head) {
            (Ok(Some(step)), Some(head)) => {
                if let Some(compare) = &mut self.compare {
                    let is_within = matches!(self.attached, Attached::Later(_));
                    compare.step(step, head, is_within);
                }
            }
            (Ok(_), _) => self.head = self.ranges_in_tiles(&roots),
            (Err(_), _) => self.lose_step(),
        }
        self.roots = roots;
        followed.map(|_| ())
    }

    /// Takes in a part of a base that has no height yet.
    fn base(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        let Some(head) = &mut self.head else {
            return Ok(());
        };
        let step = head.follow(at, batch)?;
        if let Some(compare) = &mut self.compare {
            compare.step(&step, head, false);
        }
        Ok(())
    }

    fn declaration(&mut self, batch: &Batch<'_>) -> Result<()> {
        match &mut self.head {
            Some(head) => {
                head.follow_declaration(batch)?;
                let known = self.roots.ledgers.len();
                for (ledger, ordinal) in head.ledgers.iter_mut().zip(0u32..).skip(known) {
                    let dir = format!("ledger-{ordinal}");
                    let (uuid, state) = (self.task.segments.uuid(), ledger.spec.state);
                    let folder = StateFolder::of(self.task.scratch, uuid, ordinal, dir, state);
                    let folder = folder.filter(|_| self.task.level == Level::Deep);
                    // Only replaying knows the state; otherwise its roots are taken as recorded.
                    ledger.state = folder.map(|folder| folder.create()).transpose()?;
                }
                let roots = head.ledgers.iter().skip(known).map(LedgerHead::roots);
                self.roots.ledgers.extend(roots);
                Ok(())
            }
            None => self.roots.declare(batch).map(|_| ()),
        }
    }

    /// Gives the findings before this commit the entries that are missing between.
    fn close_gaps(&mut self, batch: &Batch<'_>, roots: &Roots) -> Result<()> {
        if self.open.is_empty() {
            return Ok(());
        }
        let mut added = vec![0u64; roots.ledgers.len()];
        for frame in batch.frames.iter().filter(|f| f.kind == FrameKind::Entries) {
            let entries = Entries::decode(frame.payload, frame.batch)?;
            let ordinal = usize::try_from(entries.ledger).unwrap_or(usize::MAX);
            if let Some(added) = added.get_mut(ordinal) {
                *added += u64::from(entries.count);
            }
        }
        let known = self.roots.ledgers.iter().map(|ledger| ledger.size);
        let known = known.chain(std::iter::repeat(0));
        // What is before the base is in no log, and so cannot be lost.
        let known = known
            .zip(self.task.base_sizes())
            .map(|(known, base)| known.max(base));
        let mut gaps = Vec::new();
        for ((ledger, added), begin) in roots.ledgers.iter().zip(added).zip(known) {
            let end = ledger.size.saturating_sub(added);
            if begin < end {
                gaps.push((ledger.name.as_str().to_owned(), begin..end));
            }
        }
        let base = self.task.superblock.base.as_ref();
        let first = base.map_or(1, |base| base.height);
        let lost = self.roots.height.saturating_add(1).max(first)..roots.height;
        for mut finding in self.open.drain(..) {
            if finding.severity == Severity::Error && !lost.is_empty() {
                finding.heights = Some(lost.clone());
            }
            if gaps.is_empty() || finding.severity == Severity::Warning {
                self.findings.push(finding);
                continue;
            }
            for (ledger, entries) in &gaps {
                self.findings.push(Finding {
                    ledger: Some(ledger.clone()),
                    entries: Some(entries.clone()),
                    ..finding.clone()
                });
            }
        }
        Ok(())
    }

    /// The trees before a commit, if it carries their ranges.
    fn ranges_in_batch(&self, batch: &Batch<'_>, roots: &Roots) -> Result<Option<Head>> {
        let mut ledgers: Vec<Option<CompactRange>> = vec![None; roots.ledgers.len()];
        let mut audit = None;
        for frame in batch.frames.iter().filter(|f| f.kind == FrameKind::Ranges) {
            let ranges = Ranges::decode(frame.payload, frame.batch)?;
            let ordinal = usize::try_from(ranges.ledger).unwrap_or(usize::MAX);
            match ledgers.get_mut(ordinal) {
                Some(place) => *place = Some(ranges.range),
                None if ranges.ledger == AUDIT => audit = Some(ranges.range),
                None => return Ok(None),
            }
        }
        let ledgers: Option<Vec<CompactRange>> = ledgers.into_iter().collect();
        let before = ledgers.zip(audit);
        Ok(before.and_then(|(ledgers, audit)| {
            self.head_of(roots.height - 1, 0, &roots.ledgers, ledgers, audit)
        }))
    }

    /// The trees after a commit, if the tiles fold to its roots.
    fn ranges_in_tiles(&self, roots: &Roots) -> Option<Head> {
        let storage = self.task.segments.storage();
        let uuid = self.task.segments.uuid();
        let range = |place: &TreePlace, tree, size: u64, root| {
            place.verified_range(storage, tree, size, root)
        };
        let ledgers = roots.ledgers.iter().zip(0u32..).map(|(ledger, ordinal)| {
            let place = TreePlace::new(uuid, ordinal, ledger.name.as_str().to_owned());
            range(&place, ledger.tree, ledger.size, ledger.root)
        });
        let ledgers: Option<Vec<CompactRange>> = ledgers.collect();
        let place = TreePlace::audit(uuid);
        let audit = range(&place, AUDIT_TREE, roots.height, roots.audit_root)?;
        self.head_of(roots.height, roots.time_ms, &roots.ledgers, ledgers?, audit)
    }

    pub(super) fn head_of(
        &self,
        height: u64,
        time_ms: u64,
        roots: &[LedgerRoots],
        ranges: Vec<CompactRange>,
        audit: CompactRange,
    ) -> Option<Head> {
        let ledgers = roots.iter().zip(ranges).map(|(roots, range)| {
            Some(LedgerHead {
                spec: LedgerSpec {
                    name: roots.name.clone(),
                    tree: roots.tree,
                    state: roots.state,
                    lookups: Lookups::default(),
                },
                root: range.root(roots.tree).ok()?,
                range,
                state_root: roots.state_root,
                // Behind damage the state is not known: its roots are taken as recorded.
                state: None,
            })
        });
        Some(Head {
            network: self.task.network.clone(),
            height,
            time_ms,
            ledgers: ledgers.collect::<Option<_>>()?,
            audit_root: audit.root(AUDIT_TREE).ok()?,
            audit,
            ids: Vec::new(),
            footing: Footing::default(),
            base: self.task.base(),
        })
    }
}

impl AttachmentBatch {
    fn of(batch: &Batch<'_>, at: Position, last: u64) -> Result<Self> {
        let records = attachments(batch);
        let records = records.map(|record| record.map(|record| (record.height, record.previous)));
        Ok(Self {
            number: batch.header.number,
            at,
            last,
            records: records.collect::<Result<_>>()?,
        })
    }

    fn heights(&self) -> impl Iterator<Item = u64> {
        self.records.iter().map(|(height, _)| *height)
    }

    /// Each is of a height up to the last one, and names the batch of those before it.
    fn check(
        &self,
        last: u64,
        known: impl Fn(&u64) -> Option<Position>,
        is_all: bool,
    ) -> Result<()> {
        let misfit = |what| Error::Payload {
            batch: self.number,
            what,
            at: 0,
        };
        for (height, previous) in &self.records {
            if *height > last {
                return Err(misfit("height of an attachment"));
            }
            if is_all && *previous != known(height) {
                return Err(misfit("place of an attachment"));
            }
        }
        Ok(())
    }
}

/// Whether two heads have the same trees.
fn is_same(one: &Head, other: &Head) -> bool {
    let ledgers = |head: &Head| head.ledgers.len();
    one.height == other.height
        && one.audit == other.audit
        && ledgers(one) == ledgers(other)
        && one.ledgers.iter().zip(&other.ledgers).all(|(one, other)| {
            let spec = |ledger: &LedgerHead| (ledger.spec.tree, ledger.spec.state);
            one.spec.name == other.spec.name && spec(one) == spec(other) && one.range == other.range
        })
}

/// The attachments in a commit's batch are its own, and there are none before them.
fn check_own_attachments(batch: &Batch<'_>) -> Result<()> {
    for record in attachments(batch) {
        let record = record?;
        if record.height != batch.header.height || record.previous.is_some() {
            return Err(misplaced(batch));
        }
    }
    Ok(())
}

fn attachments<'a>(
    batch: &'a Batch<'a>,
) -> impl Iterator<Item = Result<AttachmentRecord<'a>>> + 'a {
    let records = batch.frames.iter().map(AttachmentRecord::of_frame);
    records.filter_map(Result::transpose)
}

const fn misplaced(batch: &Batch<'_>) -> Error {
    Error::Payload {
        batch: batch.header.number,
        what: "place of an attachment",
        at: 0,
    }
}

/// What was read, or `None` where damage kept it from being read.
pub(super) fn readable<T>(result: hash_store::Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.damage().is_some() => Ok(None),
        result => Ok(Some(result?)),
    }
}

/// Bytes of the log between two places.
pub(super) fn bytes_between(segments: &Segments, from: Position, to: Position) -> u64 {
    let numbers = from.segment()..to.segment();
    let lens = numbers.filter_map(|number| segments.get(number).ok().map(|s| s.len()));
    (lens.sum::<u64>() + to.offset()).saturating_sub(from.offset())
}

/// Checks headers and footers of all segments; what lies behind a cut is no part of the log.
pub(super) fn check_segments(
    segments: &Segments,
    tip: &LogTip,
    is_cut: bool,
    findings: &mut Vec<Finding>,
) {
    let last = tip.end.segment();
    let count = if is_cut { last + 1 } else { segments.count() };
    for number in 0..count {
        let segment = match segments.get(number) {
            Ok(segment) => segment,
            Err(error) => {
                findings.push(super::of_log_error(&error));
                continue;
            }
        };
        findings.extend(segment.header_damage().map(of_damage));
        match segment.footer() {
            Ok(Some(footer)) if number >= last && !is_cut || footer.first_batch == 0 => {
                findings.push(Finding {
                    code: "E-FOOTER",
                    file: segment.name().to_owned(),
                    offset: segment.batches_end(),
                    message: "a footer in a segment that is not sealed".to_owned(),
                    ..nowhere()
                });
            }
            Ok(_) => {}
            Err(error) => findings.push(super::of_log_error(&error)),
        }
    }
}
