//! Walking a damaged log from its first batch: what verifies is taken in, what does not is made
//! again where that can be proven, and said where it cannot.
//!
//! Invariant: behind a place that could not be made again no root is computed, and only what the
//! log itself proves is made again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hash_store::{
    Access, BEGIN_LEN, Base, Batch, BatchBuffer, BatchKind, BeginHeader, Damage, Declaration,
    Footer, Found, FrameKind, HEADER_LEN, LogTip, Position, Scan, Segments, Stop, Storage,
    Superblock, Tail, footer_bytes, judge_tail, read_tip, segment_name,
};
use merkle_log::Hash;

use super::batch::{Frames, Made, Means, make};
use super::evidence::Evidence;
use super::structure::Work;
use super::{RepairSource, Step, Unrepaired};
use crate::error::Result;
use crate::head::Head;
use crate::names::NetworkId;
use crate::record::{AttachmentRecord, Entries, Padding, decode_declaration};
use crate::store::{CommitRecord, Roots, first_tip, height_is_indexed, tip_after};
use crate::verdict::Affected;

/// Takes what verifies behind the first gap.
pub(in crate::mend) trait Salvage {
    /// Entries of a ledger; the height of their commit where it is known.
    fn entries(&mut self, ledger: &str, height: Option<u64>, entries: &Entries<'_>) -> Result<()>;
}

/// Where the walk stands, and the trees there.
#[derive(Clone, Debug)]
pub(in crate::mend) struct Place {
    pub(super) at: Position,
    pub(super) next: u64,
    pub(super) chain: [u8; 32],
    pub(in crate::mend) height: u64,
    /// Behind a gap the trees are not known.
    pub(super) head: Option<Head>,
    pub(in crate::mend) roots: Roots,
    /// Whether the segment has a commit before this place.
    pub(super) has_commit: bool,
    pub(in crate::mend) tip: LogTip,
    pub(in crate::mend) declared: Vec<Declaration>,
    /// What the log begins with, if that is not height 1.
    pub(super) base: Option<Arc<Base>>,
}

impl Place {
    fn first(network: &NetworkId, base: Option<&Base>) -> Self {
        let tip = first_tip(network);
        let base = base.map(|base| Arc::new(base.clone()));
        let head = Head::empty(network.clone(), std::iter::empty(), base.clone());
        Self {
            at: tip.end,
            next: 1,
            chain: tip.chain,
            height: 0,
            roots: Roots::of_head(&head),
            head: Some(head),
            has_commit: false,
            tip,
            declared: Vec::new(),
            base,
        }
    }

    /// Whether a batch may follow here: every root that can be computed is the recorded one.
    pub(super) fn can_be_followed_by(&self, batch: &Batch<'_>) -> bool {
        self.clone().take(self.at, batch).is_ok()
    }

    /// Moves on by a batch.
    fn take(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        if at.segment() != self.at.segment() {
            self.has_commit = false;
        }
        self.tip = tip_after(&self.tip, at, batch);
        self.at = self.tip.end;
        self.next = batch.header.number + 1;
        self.chain = batch.chain_after;
        match batch.header.kind {
            BatchKind::Base if batch.header.height == 0 => {
                if let Some(Err(error)) = self.head.as_mut().map(|head| head.follow(at, batch)) {
                    self.head = None;
                    return Err(error);
                }
            }
            BatchKind::Commit | BatchKind::Base => {
                self.has_commit = true;
                self.height = batch.header.height;
                let record = CommitRecord::of_batch(batch, at)?;
                let followed = self.head.as_mut().map(|head| head.follow(at, batch));
                self.roots = Roots::of_body(record.body, record.audit_root);
                if let Some(Err(error)) = followed {
                    self.head = None;
                    return Err(error);
                }
            }
            BatchKind::Declaration => {
                let frames = batch.frames.iter();
                for frame in frames.filter(|frame| frame.kind == FrameKind::Declaration) {
                    let (_, declaration) = decode_declaration(frame.payload, frame.batch)?;
                    self.declared.push(declaration);
                }
                self.roots.declare(batch)?;
                if let Some(head) = &mut self.head {
                    head.follow_declaration(batch)?;
                    // States are not replayed here: their roots are covered by the chain.
                    head.ledgers
                        .iter_mut()
                        .for_each(|ledger| ledger.state = None);
                }
            }
            BatchKind::Attachment => {}
        }
        Ok(())
    }
}

/// Padding in the log.
#[derive(Clone, Debug)]
pub(super) struct Lost {
    pub(super) height: u64,
    pub(super) len: usize,
}

/// A batch of which a part became padding, until it is known where that led.
#[derive(Debug)]
struct Padded {
    number: u64,
    chain: [u8; 32],
    frames: Frames,
}

/// A walk over a damaged log.
pub(in crate::mend) struct Walk<'a, 's> {
    pub(in crate::mend) work: &'a mut Work,
    sources: &'a [RepairSource],
    drop_last_batch: bool,
    superblock: &'a Superblock,
    /// The store was closed in order at the superblock's end.
    is_clean: bool,
    pub(in crate::mend) place: Place,
    /// Where the first gap is.
    pub(in crate::mend) prefix: Option<Place>,
    pub(super) footers: BTreeMap<u64, Footer>,
    with_gaps: BTreeSet<u64>,
    attached: BTreeMap<u64, Position>,
    padded: BTreeMap<Position, Padded>,
    pub(super) lost: Vec<Lost>,
    pub(in crate::mend) steps: Vec<Step>,
    pub(in crate::mend) unrepaired: Vec<Unrepaired>,
    /// Gaps whose end was not reached yet, and the roots before them.
    open: Option<(usize, Roots)>,
    pub(super) drop: Option<Stop>,
    pub(in crate::mend) salvage: Option<&'s mut dyn Salvage>,
    /// The audit root is noted at this height.
    pub(in crate::mend) noted: Option<(u64, Option<Hash>)>,
}

impl<'a> Walk<'a, '_> {
    pub(super) fn new(
        work: &'a mut Work,
        network: &NetworkId,
        superblock: &'a Superblock,
        is_clean: bool,
        sources: &'a [RepairSource],
        drop_last_batch: bool,
    ) -> Self {
        Self {
            work,
            sources,
            drop_last_batch,
            superblock,
            is_clean,
            place: Place::first(network, superblock.base.as_ref()),
            prefix: None,
            footers: BTreeMap::new(),
            with_gaps: BTreeSet::new(),
            attached: BTreeMap::new(),
            padded: BTreeMap::new(),
            lost: Vec::new(),
            steps: Vec::new(),
            unrepaired: Vec::new(),
            open: None,
            drop: None,
            salvage: None,
            noted: None,
        }
    }

    fn segments(&self) -> Result<Arc<Segments>> {
        let layered: Arc<dyn Storage> = Arc::clone(&self.work.layered) as Arc<dyn Storage>;
        let segments = Segments::open(layered, self.work.uuid, Access::Read)?;
        Ok(Arc::new(segments))
    }

    pub(in crate::mend) fn run(&mut self) -> Result<()> {
        // Each round starts where something was made again.
        while self.round()? {}
        self.close_gap(self.superblock.height.saturating_add(1), None);
        self.check_footers()
    }

    /// Walks on; answers whether something was made again, so that the log reads otherwise now.
    fn round(&mut self) -> Result<bool> {
        let segments = self.segments()?;
        let (at, next, chain) = (self.place.at, self.place.next, self.place.chain);
        let mut scan = Scan::new(Arc::clone(&segments), at, next, Some(chain));
        if self.superblock.cut {
            scan = scan.until(self.superblock.end);
        }
        loop {
            let stop = match scan.next()? {
                Some(Found::Batch { at, batch }) => {
                    self.take(&segments, at, &batch)?;
                    continue;
                }
                Some(Found::Stop(stop)) => Some(stop),
                None => None,
            };
            if let Some(next) = stop.as_ref().map(|stop| stop.at)
                && next.segment() > self.place.at.segment()
                && !self.is_missing_before(&segments, next)?
            {
                // The segment before ends in zeros, as it should.
                self.place.at = next;
                self.place.has_commit = false;
            }
            let is_covered = self.superblock.batch >= self.place.next;
            let evidence = Evidence::of(&segments, &self.place, self.superblock)?;
            let mut damage = stop.as_ref().map(|stop| stop.damage.clone());
            let mut code = damage
                .as_ref()
                .map_or("E-LOG-BEHIND", |d| d.flaw.kind.code());
            let mut may_drop = false;
            match &stop {
                None if !is_covered => {
                    let at = self.place.at;
                    // Behind a cut the indexes are made anew by the next open for writing.
                    if !self.superblock.cut
                        && height_is_indexed(&segments, self.place.height.saturating_add(1), at)
                    {
                        self.fail(code, None, "a derived file names commits that are gone");
                    }
                    return Ok(false);
                }
                Some(stop) if !is_covered && evidence.next.is_none() => {
                    if self.is_clean && self.place.next == self.superblock.batch + 1 {
                        self.zero_from(&segments, stop.at)?;
                        self.is_clean = false;
                        return Ok(true);
                    }
                    match self.judge(&segments, stop)? {
                        Tail::Torn | Tail::Stray => {
                            let file = segment_name(stop.at.segment());
                            let offset = stop.at.offset();
                            self.steps.push(Step::Tail { file, offset });
                            return Ok(false);
                        }
                        Tail::Damaged(found) => {
                            code = found.flaw.kind.code();
                            damage = Some(found);
                        }
                        Tail::Unsettled(found) => {
                            code = "E-UNSETTLED";
                            damage = Some(found);
                            may_drop = true;
                        }
                    }
                }
                _ => {}
            }
            let reason = match self.fill(&segments)? {
                Ok(()) => return Ok(true),
                Err(reason) => reason,
            };
            if let Some(stop) = stop.as_ref().filter(|_| may_drop && self.drop_last_batch) {
                self.steps.push(Step::DropLast {
                    file: segment_name(stop.at.segment()),
                    offset: stop.at.offset(),
                    batch: self.place.next,
                });
                self.drop = Some(stop.clone());
                return Ok(false);
            }
            self.salvage_remains(&segments, &evidence)?;
            self.fail(code, damage.as_ref(), &reason);
            let Some(stop) = stop else {
                // Behind a whole segment of zeros the log may go on.
                let Some((number, at)) = evidence.next else {
                    return Ok(false);
                };
                self.resume_at(&segments, at, number)?;
                return Ok(true);
            };
            if may_drop || !scan.resume_after(&stop)? {
                return Ok(false);
            }
            self.resume_at(&segments, scan.position(), scan.next_batch())?;
        }
    }

    /// Whether batches are gone from the end of the segment that the walk stands in: its footer has
    /// later ones, or the next segment begins with one that is not the next.
    fn is_missing_before(&self, segments: &Segments, next: Position) -> Result<bool> {
        let here = segments.get(self.place.at.segment())?;
        if let Ok(Some(footer)) = here.footer() {
            return Ok(footer.last_batch >= self.place.next);
        }
        let segment = segments.get(next.segment())?;
        let mut begin = [0; BEGIN_LEN];
        segment.read(next.offset(), &mut begin)?;
        let header = BeginHeader::decode(&begin, segment.seed(), next.offset());
        Ok(header.is_ok_and(|header| header.number > self.place.next))
    }

    /// Judges the last batch.
    fn judge(&self, segments: &Segments, stop: &Stop) -> Result<Tail> {
        let next_height = self.place.height.saturating_add(1);
        let told = read_tip(&*self.work.lower, &self.work.uuid)?;
        let named = height_is_indexed(segments, next_height, stop.at)
            || told.is_some_and(|tip| tip.batch >= self.place.next);
        Ok(judge_tail(segments, stop, named)?)
    }

    /// Takes in a batch that verifies.
    fn take(&mut self, segments: &Segments, at: Position, batch: &Batch<'_>) -> Result<()> {
        self.note_footer(at, batch);
        self.follow_padding(segments, at, batch)?;
        if batch.header.kind == BatchKind::Commit && self.open.is_some() {
            let added = added(batch, self.place.roots.ledgers.len());
            let record = CommitRecord::of_batch(batch, at);
            let sizes = record.map(|record| {
                let ledgers = record.body.ledgers.iter().zip(added);
                ledgers
                    .map(|(ledger, added)| {
                        let size = ledger.size.saturating_sub(added);
                        (
                            ledger.name.as_str().to_owned(),
                            size,
                            ledger.state.is_some(),
                        )
                    })
                    .collect::<Vec<_>>()
            });
            self.close_gap(batch.header.height, sizes.ok());
        }
        if let Err(error) = self.place.take(at, batch) {
            self.prefix.get_or_insert_with(|| self.place.clone());
            self.unrepaired.push(Unrepaired {
                code: error.code(),
                file: segment_name(at.segment()),
                offset: at.offset(),
                batch: batch.header.number,
                affected: Affected::default(),
                reason: error.to_string(),
            });
        }
        if let Some((height, root)) = &mut self.noted
            && *height == self.place.height
            && batch.header.kind == BatchKind::Commit
        {
            root.get_or_insert(self.place.roots.audit_root);
        }
        if self.prefix.is_some() {
            self.salvage_batch(batch)?;
        }
        Ok(())
    }

    fn note_footer(&mut self, at: Position, batch: &Batch<'_>) {
        let header = &batch.header;
        let footer = self.footers.entry(at.segment()).or_insert(Footer {
            first_batch: header.number,
            last_batch: header.number,
            first_height: 0,
            last_height: 0,
            end: 0,
            chain: batch.chain_after,
        });
        if footer.first_height == 0 {
            footer.first_height = header.height;
        }
        footer.last_batch = header.number;
        footer.last_height = footer.last_height.max(header.height);
        footer.end = at.offset() + header.len;
        footer.chain = batch.chain_after;
    }

    /// What led to an attachment that became padding leads on from it.
    fn follow_padding(
        &mut self,
        segments: &Segments,
        at: Position,
        batch: &Batch<'_>,
    ) -> Result<()> {
        for frame in &batch.frames {
            if frame.kind == FrameKind::Padding {
                let padding = Padding::decode(frame.payload, frame.batch)?;
                if let Some(height) = padding.height.or(padding.named) {
                    let len = padding.len;
                    self.lost.push(Lost { height, len });
                }
            }
            let Some(record) = AttachmentRecord::of_frame(frame)? else {
                continue;
            };
            let before = self.attached.get(&record.height).copied();
            let led_to = record.previous.filter(|previous| Some(*previous) != before);
            if let Some(previous) = led_to
                && let Some(padded) = self.padded.get_mut(&previous)
            {
                let mut paddings = padded.frames.iter_mut();
                let unnamed = paddings.find_map(|(kind, payload)| {
                    let padding = Padding::decode(payload, 0).ok()?;
                    (*kind == FrameKind::Padding && padding.height.is_none())
                        .then_some((payload, padding))
                });
                if let Some((payload, padding)) = unnamed {
                    let named = Padding {
                        height: Some(record.height),
                        previous: before,
                        ..padding
                    };
                    *payload = named.payload();
                    let mut buffer = BatchBuffer::new(BatchKind::Attachment, 0);
                    for (kind, payload) in &padded.frames {
                        buffer.push(*kind, |to| to.extend_from_slice(payload))?;
                    }
                    let segment = segments.get(previous.segment())?;
                    let (number, chain) = (padded.number, padded.chain);
                    let (bytes, _) =
                        buffer.encode(segment.seed(), previous.offset(), number, &chain);
                    let (number, len) = (segment.number(), segment.len());
                    self.work.put(number, len, previous.offset(), bytes)?;
                }
            }
            if batch.header.kind == BatchKind::Attachment {
                self.attached.insert(record.height, at);
            }
        }
        Ok(())
    }

    /// Makes batches again from here on, up to the first whose chain is recorded; the reason where
    /// that cannot be.
    fn fill(&mut self, segments: &Segments) -> Result<core::result::Result<(), String>> {
        let mut place = self.place.clone();
        let mut made_again: Vec<(Position, u64, Made)> = Vec::new();
        let mut zeros = Vec::new();
        let means = Means {
            segments,
            sources: self.sources,
            declared: &self.superblock.ledgers,
        };
        loop {
            let evidence = Evidence::of(segments, &place, self.superblock)?;
            if evidence.goes_on_in_next {
                zeros.push(place.at);
                place.at = Position::new(place.at.segment() + 1, HEADER_LEN);
                place.has_commit = false;
                if evidence.next == Some((place.next, place.at)) {
                    break;
                }
                continue;
            }
            let is_last = place.next > self.superblock.batch;
            if is_last && evidence.next.is_none() && evidence.chains.is_empty() {
                let reason = "nothing that is left tells which batch stood there";
                return Ok(Err(reason.to_owned()));
            }
            let mut is_proven = !evidence.chains.is_empty();
            let mut made = make(means, &place, &evidence)?;
            let next_segment = place.at.segment() + 1;
            if made.is_err()
                && evidence.lens.is_empty()
                && place.at.offset() > HEADER_LEN
                && next_segment < segments.count()
            {
                // It may have been the first of the next segment.
                let mut moved = place.clone();
                moved.at = Position::new(next_segment, HEADER_LEN);
                moved.has_commit = false;
                let there = Evidence::of(segments, &moved, self.superblock)?;
                if let Ok(first) = make(means, &moved, &there)? {
                    zeros.push(place.at);
                    is_proven = !there.chains.is_empty();
                    place = moved;
                    made = Ok(first);
                }
            }
            let made = match made {
                Ok(made) => made,
                Err(reason) => return Ok(Err(reason)),
            };
            let at = place.at;
            let seed = *segments.get(at.segment())?.seed();
            let taken =
                Batch::decode(&made.bytes, &seed, at.offset()).map(|batch| place.take(at, &batch));
            if !matches!(taken, Ok(Ok(()))) {
                return Ok(Err("what was made again does not follow".to_owned()));
            }
            made_again.push((at, place.next - 1, made));
            if is_proven {
                break;
            }
        }
        let done_before = self.steps.len();
        for at in zeros {
            self.zero_segment_from(segments, at)?;
        }
        if made_again.is_empty() && self.steps.len() == done_before {
            return Ok(Err("nothing that is left tells how it was".to_owned()));
        }
        for (at, number, made) in made_again {
            let segment = segments.get(at.segment())?;
            let (offset, len) = (at.offset(), segment.len());
            self.work.put(at.segment(), len, offset, &made.bytes)?;
            let batch = Batch::decode(&made.bytes, segment.seed(), offset);
            if let (true, Ok(batch)) = (made.padded, batch) {
                let frames = batch.frames.iter();
                let frames = frames.map(|frame| (frame.kind, frame.payload.to_vec()));
                let padded = Padded {
                    number,
                    chain: batch.header.chain_before,
                    frames: frames.collect(),
                };
                self.padded.insert(at, padded);
            }
            self.steps.push(Step::Batch {
                file: segment_name(at.segment()),
                offset,
                batch: number,
                height: made.height,
                origin: made.origin,
                padded: made.padded,
            });
        }
        Ok(Ok(()))
    }

    /// Zeroes everything from a place on to the end of the log.
    fn zero_from(&mut self, segments: &Segments, at: Position) -> Result<()> {
        self.zero_segment_from(segments, at)?;
        for number in at.segment() + 1..segments.count() {
            self.zero_segment_from(segments, Position::new(number, HEADER_LEN))?;
        }
        Ok(())
    }

    /// Zeroes a segment from a place on, if it is not.
    fn zero_segment_from(&mut self, segments: &Segments, at: Position) -> Result<()> {
        let segment = segments.get(at.segment())?;
        let len = segment.batches_end().saturating_sub(at.offset());
        let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
        segment.read(at.offset(), &mut bytes)?;
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        bytes.fill(0);
        let (number, offset) = (at.segment(), at.offset());
        self.work.put(number, segment.len(), offset, &bytes)?;
        self.steps.push(Step::Zeros {
            file: segment_name(number),
            offset,
        });
        Ok(())
    }

    /// Notes a place that stays damaged.
    fn fail(&mut self, code: &'static str, damage: Option<&Damage>, reason: &str) {
        let at = self.place.at;
        self.with_gaps.insert(at.segment());
        self.prefix.get_or_insert_with(|| self.place.clone());
        self.open
            .get_or_insert_with(|| (self.unrepaired.len(), self.place.roots.clone()));
        self.unrepaired.push(Unrepaired {
            code,
            file: damage.map_or_else(|| segment_name(at.segment()), |d| d.file.clone()),
            offset: damage.map_or(at.offset(), |damage| damage.offset),
            batch: self.place.next,
            affected: Affected::default(),
            reason: reason.to_owned(),
        });
    }

    /// Goes on behind a gap, at a begin header that verifies.
    fn resume_at(&mut self, segments: &Segments, at: Position, next: u64) -> Result<()> {
        let segment = segments.get(at.segment())?;
        let mut bytes = [0; BEGIN_LEN];
        segment.read(at.offset(), &mut bytes)?;
        if let Ok(header) = BeginHeader::decode(&bytes, segment.seed(), at.offset()) {
            self.place.chain = header.chain_before;
            if header.height > 0 {
                self.place.height = header.height - 1;
            }
        }
        for number in self.place.at.segment()..=at.segment() {
            self.with_gaps.insert(number);
        }
        (self.place.at, self.place.next) = (at, next);
        self.place.head = None;
        self.place.has_commit = at.offset() != HEADER_LEN;
        Ok(())
    }

    /// Gives the gaps before a height, and before these sizes of the ledgers, what they affect.
    fn close_gap(&mut self, height: u64, sizes: Option<Vec<(String, u64, bool)>>) {
        let Some((from, before)) = self.open.take() else {
            return;
        };
        let heights = before.height.saturating_add(1)..height;
        let mut affected = Affected {
            heights: Some(heights).filter(|heights| !heights.is_empty()),
            ..Affected::default()
        };
        let known = before.ledgers.iter().map(|ledger| ledger.size);
        let known = known.chain(std::iter::repeat(0));
        for ((name, end, has_state), begin) in sizes.into_iter().flatten().zip(known) {
            if has_state && affected.heights.is_some() {
                affected.states.push(name.clone());
            }
            if begin < end {
                affected.entries.push((name, begin..end));
            }
        }
        for gap in self.unrepaired.iter_mut().skip(from) {
            gap.affected = affected.clone();
        }
    }

    /// Writes footers anew that are damaged, or that segments made again must have.
    fn check_footers(&mut self) -> Result<()> {
        let segments = self.segments()?;
        let tail = self.place.tip.end.segment();
        let footers: Vec<(u64, Footer)> =
            self.footers.range(..tail).map(|(n, f)| (*n, *f)).collect();
        for (number, footer) in footers {
            if self.with_gaps.contains(&number) {
                continue;
            }
            let segment = segments.get(number)?;
            let is_right = match segment.footer() {
                Ok(Some(found)) => found == footer,
                // A crash loses the last ones, which heals.
                Ok(None) => !self.work.remade.contains_key(&number),
                Err(error) if error.damage().is_some() => false,
                Err(error) => return Err(error.into()),
            };
            if is_right {
                continue;
            }
            let (len, at) = (segment.len(), segment.batches_end());
            let bytes = footer_bytes(&footer, self.work.uuid, number, at);
            self.work.put(number, len, at, &bytes)?;
            let file = segment_name(number);
            self.steps.push(Step::Footer { file });
        }
        Ok(())
    }

    fn salvage_batch(&mut self, batch: &Batch<'_>) -> Result<()> {
        let height = Some(batch.header.height).filter(|height| *height > 0);
        for frame in batch.frames.iter().filter(|f| f.kind == FrameKind::Entries) {
            self.salvage_entries(frame.payload, frame.batch, height)?;
        }
        Ok(())
    }

    /// The entries that verify inside of a damaged batch.
    fn salvage_remains(&mut self, segments: &Segments, evidence: &Evidence) -> Result<()> {
        if self.salvage.is_none() {
            return Ok(());
        }
        let remains = evidence.remains(segments, &self.place)?;
        let height = remains.header.map(|header| header.height);
        let height = height.filter(|height| *height > 0);
        let frames = remains.frames.iter();
        for frame in frames.filter(|frame| frame.kind == FrameKind::Entries) {
            if let Some(payload) = frame.payload {
                self.salvage_entries(payload, self.place.next, height)?;
            }
        }
        Ok(())
    }

    fn salvage_entries(&mut self, payload: &[u8], batch: u64, height: Option<u64>) -> Result<()> {
        let Some(salvage) = &mut self.salvage else {
            return Ok(());
        };
        let Ok(entries) = Entries::decode(payload, batch) else {
            return Ok(());
        };
        let ordinal = usize::try_from(entries.ledger).unwrap_or(usize::MAX);
        let ledger = self.place.roots.ledgers.get(ordinal);
        let name = ledger.map(|ledger| ledger.name.as_str().to_owned());
        let name = name.unwrap_or_else(|| format!("ledger-{ordinal}"));
        salvage.entries(&name, height, &entries)
    }
}

/// Entries that a commit adds, per ledger.
fn added(batch: &Batch<'_>, ledgers: usize) -> Vec<u64> {
    let mut added = vec![0; ledgers.max(1)];
    for frame in batch.frames.iter().filter(|f| f.kind == FrameKind::Entries) {
        if let Ok(entries) = Entries::decode(frame.payload, frame.batch) {
            let ordinal = usize::try_from(entries.ledger).unwrap_or(usize::MAX);
            if ordinal >= added.len() && ordinal < crate::body::LEDGERS_MAX {
                added.resize(ordinal + 1, 0);
            }
            if let Some(added) = added.get_mut(ordinal) {
                *added += u64::from(entries.count);
            }
        }
    }
    added.resize(crate::body::LEDGERS_MAX, 0);
    added
}
