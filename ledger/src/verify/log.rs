//! Verifying the record log: every batch in order, every root computed again.
//!
//! Where a batch is damaged the walk loses the trees' ranges. It picks them up again at the next
//! commit that carries them, or where the tiles fold to the recorded roots; what lies between is
//! the gap that the damage left.

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::{
    Batch, BatchKind, Found, FrameKind, HEADER_LEN, LogTip, Position, Scan, Segments, Stop,
    Storage, Superblock, Tail, first_chain, judge_tail,
};
use merkle_log::CompactRange;

use super::derived::Compare;
use super::runs::Runs;
use super::{
    Bound, Finding, Level, Progress, Severity, VerifiedLedger, nowhere, of_damage, of_error,
};
use crate::body::LedgerRoots;
use crate::error::{Error, Result};
use crate::head::{AUDIT_TREE, Head, LedgerHead, LedgerSpec, Lookups};
use crate::names::NetworkId;
use crate::record::{AUDIT, AttachmentRecord, Entries, Ranges};
use crate::store::{
    CommitRecord, Footing, Roots, StateFolder, TreePlace, attachment_heights, base_head,
    height_is_indexed, tip_after, tip_of,
};

/// A walk over the log that collects findings.
pub(super) struct Walk<'a> {
    segments: &'a Arc<Segments>,
    superblock: &'a Superblock,
    level: Level,
    bound: Bound,
    log: LogTip,
    network: NetworkId,
    /// The last roots recorded.
    pub(super) roots: Roots,
    /// The trees' ranges at these roots, while the walk is in step with them.
    head: Option<Head>,
    pub(super) compare: Option<Compare>,
    /// Where states are made anew.
    scratch: Arc<dyn Storage>,
    /// Per ledger, where the verified prefix ended, once it did.
    verified: Vec<Option<u64>>,
    /// Where each height's last attachments are, while no batch was missed.
    attached: Option<BTreeMap<u64, Position>>,
    /// Findings whose gap is not known yet.
    open: Vec<Finding>,
    pub(super) bytes_read: u64,
    pub(super) stopped: bool,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        segments: &'a Arc<Segments>,
        network: NetworkId,
        superblock: &'a Superblock,
        level: Level,
        bound: Bound,
        scratch: Arc<dyn Storage>,
    ) -> Result<Self> {
        let empty = Head::empty(network.clone(), std::iter::empty());
        let base = base_head(segments, network.clone(), superblock).ok();
        let lookups: Vec<Lookups> = base
            .iter()
            .flat_map(|(head, _)| &head.ledgers)
            .map(|ledger| ledger.spec.lookups.clone())
            .collect();
        let first = LogTip {
            batch: 0,
            height: 0,
            end: Position::new(0, HEADER_LEN),
            last_body: None,
            chain: first_chain(network.as_str()),
        };
        let mut walk = Self {
            segments,
            superblock,
            level,
            bound,
            log: first,
            network,
            roots: Roots::of_head(&empty),
            head: (level != Level::Quick).then_some(empty),
            scratch,
            compare: None,
            verified: Vec::new(),
            attached: (level != Level::Quick).then(BTreeMap::new),
            open: Vec::new(),
            bytes_read: 0,
            stopped: false,
        };
        let base = base.map(|(_, roots)| roots);
        match (level, base) {
            (Level::Quick, Some(roots)) => {
                walk.log = tip_of(superblock);
                walk.roots = roots;
            }
            (Level::Quick, None) => {}
            (Level::Full | Level::Deep, base) => {
                let base = base.filter(|_| bound.derived_are_there);
                let runs = base
                    .as_ref()
                    .map(|roots| Runs::new(segments, superblock, &lookups, roots));
                walk.compare = Some(Compare::new(segments, bound, base, runs));
            }
        }
        Ok(walk)
    }

    pub(super) const fn tip(&self) -> &LogTip {
        &self.log
    }

    pub(super) const fn level(&self) -> Level {
        self.level
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

    pub(super) fn run(
        &mut self,
        watch: &mut dyn FnMut(Progress) -> bool,
        findings: &mut Vec<Finding>,
    ) -> Result<()> {
        let (at, number, chain) = (self.log.end, self.log.batch + 1, self.log.chain);
        let mut scan = Scan::new(Arc::clone(self.segments), at, number, Some(chain));
        if let Some(end) = self.bound.end {
            scan = scan.until(end);
        }
        let bytes_total = total(self.segments, at);
        loop {
            // A segment that cannot be opened ends the walk; `check_segments` reports it.
            let Some(found) = readable(scan.next())? else {
                self.lose_step();
                break;
            };
            let stop = match found {
                None => {
                    let LogTip {
                        batch, height, end, ..
                    } = self.log;
                    let is_short = match self.bound.end {
                        Some(told) => end < told,
                        None => height_is_indexed(self.segments, height.saturating_add(1), end),
                    };
                    if is_short {
                        let expected = batch + 1;
                        let behind = hash_store::Error::LogBehind { expected };
                        findings.push(super::of_log_error(&behind));
                    }
                    break;
                }
                Some(Found::Batch { at, batch }) => {
                    self.bytes_read += batch.header.len;
                    self.batch(at, &batch, findings);
                    let progress = Progress {
                        bytes_done: self.bytes_read,
                        bytes_total,
                    };
                    if !watch(progress) {
                        self.stopped = true;
                        break;
                    }
                    continue;
                }
                Some(Found::Stop(stop)) => stop,
            };
            if !self.pass(&stop)? || !readable(scan.resume_after(&stop))?.unwrap_or(false) {
                break;
            }
        }
        self.end_gaps();
        findings.append(&mut self.open);
        if let Some(compare) = &mut self.compare {
            if !self.stopped {
                compare.finish(self.log.height);
            }
            findings.append(&mut compare.findings);
        }
        Ok(())
    }

    /// Gives the findings behind the last commit the heights that should follow it.
    fn end_gaps(&mut self) {
        let (begin, last) = (self.roots.height + 1, self.superblock.height);
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
        self.attached = None;
        let mut finding = of_damage(&stop.damage);
        let mut more = true;
        let acknowledged =
            self.bound.end.is_some() || stop.damage.batch <= self.superblock.covered_batch();
        if !acknowledged {
            let named =
                height_is_indexed(self.segments, self.log.height.saturating_add(1), stop.at);
            match judge_tail(self.segments, stop, named)? {
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

    fn batch(&mut self, at: Position, batch: &Batch<'_>, findings: &mut Vec<Finding>) {
        let number = batch.header.number;
        let answer = match batch.header.kind {
            BatchKind::Attachment => self.attachment(at, batch),
            BatchKind::Declaration => self.declaration(batch),
            BatchKind::Commit => self.commit(at, batch, findings),
        };
        self.log = tip_after(&self.log, at, batch);
        if let Err(error) = answer {
            findings.push(of_error(&error, number));
            self.lose_step();
        }
    }

    fn attachment(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        // Behind a gap it is not known what there was.
        let last = match self.attached {
            Some(_) => self.roots.height,
            None => u64::MAX,
        };
        let heights = attachment_heights(batch, last)?;
        if let Some(attached) = &mut self.attached {
            check_previous(batch, attached)?;
            attached.extend(heights.iter().map(|height| (*height, at)));
        }
        if let Some(compare) = &mut self.compare {
            compare.attachment(at, &heights);
        }
        Ok(())
    }

    fn commit(
        &mut self,
        at: Position,
        batch: &Batch<'_>,
        findings: &mut Vec<Finding>,
    ) -> Result<()> {
        check_own_attachments(batch)?;
        let record = CommitRecord::of_batch(batch, at)?;
        let roots = Roots::of_body(record.body, record.audit_root);
        self.close_gaps(batch, &roots, findings)?;
        if self.level == Level::Quick {
            self.roots = roots;
            return Ok(());
        }
        if self.head.is_none() {
            self.head = self.ranges_in_batch(batch, &roots)?;
        }
        let followed = match &mut self.head {
            Some(head) => head.follow(at, batch).map(Some),
            None => Ok(None),
        };
        match (&followed, &self.head) {
            (Ok(Some(step)), Some(head)) => {
                if let Some(compare) = &mut self.compare {
                    compare.step(step, head);
                }
            }
            (Ok(_), _) => self.head = self.ranges_in_tiles(&roots),
            (Err(_), _) => self.lose_step(),
        }
        self.roots = roots;
        followed.map(|_| ())
    }

    fn declaration(&mut self, batch: &Batch<'_>) -> Result<()> {
        match &mut self.head {
            Some(head) => {
                head.follow_declaration(batch)?;
                let known = self.roots.ledgers.len();
                for (ledger, ordinal) in head.ledgers.iter_mut().zip(0u32..).skip(known) {
                    let dir = format!("ledger-{ordinal}");
                    let (uuid, state) = (self.segments.uuid(), ledger.spec.state);
                    let folder = StateFolder::of(&self.scratch, uuid, ordinal, dir, state);
                    let folder = folder.filter(|_| self.level == Level::Deep);
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
    fn close_gaps(
        &mut self,
        batch: &Batch<'_>,
        roots: &Roots,
        findings: &mut Vec<Finding>,
    ) -> Result<()> {
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
        let mut gaps = Vec::new();
        for ((ledger, added), begin) in roots.ledgers.iter().zip(added).zip(known) {
            let end = ledger.size.saturating_sub(added);
            if begin < end {
                gaps.push((ledger.name.as_str().to_owned(), begin..end));
            }
        }
        let lost = self.roots.height.saturating_add(1)..roots.height;
        for mut finding in self.open.drain(..) {
            if finding.severity == Severity::Error && !lost.is_empty() {
                finding.heights = Some(lost.clone());
            }
            if gaps.is_empty() || finding.severity == Severity::Warning {
                findings.push(finding);
                continue;
            }
            for (ledger, entries) in &gaps {
                findings.push(Finding {
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
        let storage = self.segments.storage();
        let uuid = self.segments.uuid();
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

    fn head_of(
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
            network: self.network.clone(),
            height,
            time_ms,
            ledgers: ledgers.collect::<Option<_>>()?,
            audit_root: audit.root(AUDIT_TREE).ok()?,
            audit,
            ids: Vec::new(),
            footing: Footing::default(),
        })
    }
}

/// The attachments of a batch of their own: each names the batch of those before it.
fn check_previous(batch: &Batch<'_>, attached: &BTreeMap<u64, Position>) -> Result<()> {
    for record in attachments(batch) {
        let record = record?;
        if record.previous != attached.get(&record.height).copied() {
            return Err(misplaced(batch));
        }
    }
    Ok(())
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
fn readable<T>(result: hash_store::Result<T>) -> Result<Option<T>> {
    match result {
        Err(error) if error.damage().is_some() => Ok(None),
        result => Ok(Some(result?)),
    }
}

/// Bytes of the segments from `from` on: what a walk may have to read.
fn total(segments: &Segments, from: Position) -> u64 {
    let numbers = from.segment()..segments.count();
    let lens = numbers.filter_map(|number| segments.get(number).ok().map(|s| s.len()));
    lens.sum::<u64>().saturating_sub(from.offset())
}

/// Checks headers and footers of all segments.
pub(super) fn check_segments(segments: &Segments, tip: &LogTip, findings: &mut Vec<Finding>) {
    for number in 0..segments.count() {
        let segment = match segments.get(number) {
            Ok(segment) => segment,
            Err(error) => {
                findings.push(super::of_log_error(&error));
                continue;
            }
        };
        findings.extend(segment.header_damage().map(of_damage));
        match segment.footer() {
            Ok(Some(footer)) if number >= tip.end.segment() || footer.first_batch == 0 => {
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
