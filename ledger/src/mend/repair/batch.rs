//! Making one batch again: candidates from what remains of it and from sources, each complete and
//! encoded in its place, held against all that is known.

use hash_store::{
    BEGIN_LEN, Batch, BatchBuffer, BatchKind, FRAME_HEADER_LEN, FrameKind, Remains, Remnant,
    Segments,
};

use super::evidence::Evidence;
use super::plan::fits;
use super::walk::Place;
use super::{Origin, RepairSource};
use crate::batch::Sealed;
use crate::body::CommitBody;
use crate::error::Result;
use crate::record::{
    AUDIT, BodyRecord, Entries, Padding, Ranges, entries_in_frame, put_declaration, put_entries,
};

/// Kinds and payloads of frames in order.
pub(super) type Frames = Vec<(FrameKind, Vec<u8>)>;

/// All that a batch is made of, apart from its place.
#[derive(Clone, Debug)]
pub(super) struct Recipe {
    pub(super) kind: BatchKind,
    pub(super) height: u64,
    pub(super) frames: Frames,
    /// Whether attachments became padding.
    pub(super) padded: bool,
    /// It is the very batch as it was.
    pub(super) is_exact: bool,
}

/// A batch made again.
#[derive(Debug)]
pub(super) struct Made {
    pub(super) bytes: Vec<u8>,
    pub(super) chain_after: [u8; 32],
    pub(super) height: u64,
    pub(super) origin: Origin,
    pub(super) padded: bool,
}

/// What a batch can be made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Means<'a> {
    pub(super) segments: &'a Segments,
    pub(super) sources: &'a [RepairSource],
    /// Declarations by ordinal, as the superblock lists them.
    pub(super) declared: &'a [hash_store::Declaration],
}

/// The first candidate that agrees with everything known of the batch at `place`; the reason where
/// there is none.
pub(super) fn make(
    means: Means<'_>,
    place: &Place,
    evidence: &Evidence,
) -> Result<core::result::Result<Made, String>> {
    let remains = evidence.remains(means.segments, place)?;
    let seed = *means.segments.get(place.at.segment())?.seed();
    let mut differs = None;
    let offset = place.at.offset();
    let mut candidate = |recipe: Option<Recipe>, origin: Origin| -> Option<Made> {
        let recipe = recipe.filter(|recipe| can_attach_again(recipe, means.sources))?;
        let made = encode(&recipe, origin, &seed, place, evidence)?;
        let lens = evidence.lens.iter();
        let fits = lens.into_iter().all(|len| *len == made.bytes.len() as u64);
        let leads = evidence
            .chains
            .iter()
            .all(|chain| *chain == made.chain_after);
        let follows = leads && fits && {
            let batch = Batch::decode(&made.bytes, &seed, offset).ok();
            batch.is_some_and(|batch| place.can_be_followed_by(&batch))
        };
        let agrees = remains.agree_with(&made.bytes, !made.padded);
        if !leads && let Origin::Source(n) = origin {
            differs.get_or_insert(n);
        }
        (follows && agrees && offset + made.bytes.len() as u64 <= evidence.limit).then_some(made)
    };
    let kind = kind_of(&remains, evidence, place);
    if let Some(made) = candidate(from_remains(&remains, place, kind), Origin::Remains) {
        return Ok(Ok(made));
    }
    for (n, source) in means.sources.iter().enumerate() {
        let recipe = source.same_place(means.segments.uuid(), place.at, place.next);
        if let Some(made) = candidate(recipe, Origin::Source(n)) {
            return Ok(Ok(made));
        }
    }
    match kind {
        BatchKind::Commit => {
            for (n, source) in means.sources.iter().enumerate() {
                let frames = match source.as_entries() {
                    None => source.commit(place.height + 1),
                    Some(_) => from_entries(&remains, place, source),
                };
                let recipe = frames.and_then(|frames| commit(&remains, place, frames));
                if let Some(made) = candidate(recipe, Origin::Source(n)) {
                    return Ok(Ok(made));
                }
            }
        }
        // Nothing but this store's own copies has its parts.
        BatchKind::Base => {}
        BatchKind::Declaration => {
            let recipe = declaration(means.declared, place);
            if let Some(made) = candidate(recipe, Origin::Superblock) {
                return Ok(Ok(made));
            }
        }
        BatchKind::Attachment => {
            if let Some(made) = candidate(padding(&remains, evidence), Origin::Padding) {
                return Ok(Ok(made));
            }
        }
    }
    Ok(Err(reason(kind, place, means.sources, differs)))
}

fn reason(
    kind: BatchKind,
    place: &Place,
    sources: &[RepairSource],
    differs: Option<usize>,
) -> String {
    let height = place.height + 1;
    match (differs, kind) {
        (Some(n), _) => format!(
            "what source {} has at height {height} does not lead to the recorded chain",
            n + 1
        ),
        (None, BatchKind::Commit) if sources.is_empty() => format!(
            "too little of it is left to make it again; a replica or backup may have height {height}"
        ),
        (None, BatchKind::Commit) => {
            format!("no source has what is missing of height {height}")
        }
        (None, BatchKind::Attachment) if sources.is_empty() => {
            "an attachment is damaged; a replica or backup may have it".to_owned()
        }
        (None, BatchKind::Base) => {
            "a part of what the store begins with; a backup of this store may have it".to_owned()
        }
        (None, _) => "nothing that is left tells what it was".to_owned(),
    }
}

/// What kind of batch it was.
fn kind_of(remains: &Remains<'_>, evidence: &Evidence, place: &Place) -> BatchKind {
    if let Some(header) = &remains.header {
        return header.kind;
    }
    let has = |kind: fn(FrameKind) -> bool| remains.frames.iter().any(|f| kind(f.kind));
    // A base follows the declarations, and nothing is between.
    let base = place.base.as_ref().filter(|_| place.height == 0);
    if base.is_some_and(|base| place.declared.len() >= base.sizes.len()) {
        BatchKind::Base
    } else if has(|kind| kind.is_chained() || kind == FrameKind::Ranges) {
        BatchKind::Commit
    } else if has(|kind| kind == FrameKind::Declaration) {
        BatchKind::Declaration
    } else if has(|kind| kind == FrameKind::Attachment) {
        BatchKind::Attachment
    } else if evidence.chains.contains(&place.chain) {
        // The chain stands still over batches that are no commits.
        if place.height == 0 {
            BatchKind::Declaration
        } else {
            BatchKind::Attachment
        }
    } else {
        BatchKind::Commit
    }
}

fn encode(
    recipe: &Recipe,
    origin: Origin,
    seed: &hash_store::Seed,
    place: &Place,
    evidence: &Evidence,
) -> Option<Made> {
    let mut frames = recipe.frames.clone();
    loop {
        let mut buffer = BatchBuffer::new(recipe.kind, recipe.height);
        for (kind, payload) in &frames {
            buffer
                .push(*kind, |to| to.extend_from_slice(payload))
                .ok()?;
        }
        let (bytes, chain_after) = buffer.encode(seed, place.at.offset(), place.next, &place.chain);
        // A zero map that is shorter than it was is made up for by longer padding.
        let short = evidence.lens.first().copied().unwrap_or(0);
        let short = short.saturating_sub(bytes.len() as u64);
        let last = frames.iter_mut().rev();
        let last = last
            .into_iter()
            .find(|(kind, _)| *kind == FrameKind::Padding);
        if let (1.., Some((_, payload))) = (short, last) {
            let len = payload.len() + usize::try_from(short).ok()?;
            payload.resize(len, 0xff);
            continue;
        }
        return Some(Made {
            bytes: bytes.to_vec(),
            chain_after,
            height: recipe.height,
            origin,
            padded: recipe.padded,
        });
    }
}

/// Padding is for what a source has, so that it can be attached anew.
fn can_attach_again(recipe: &Recipe, sources: &[RepairSource]) -> bool {
    let mut paddings = recipe
        .frames
        .iter()
        .filter(|(kind, _)| *kind == FrameKind::Padding);
    !recipe.padded
        || paddings.all(|(_, payload)| {
            let padding = Padding::decode(payload, 0).ok();
            let height = padding.and_then(|padding| padding.height.or(padding.named));
            height.is_some_and(|height| {
                let theirs = sources.iter().flat_map(|source| source.attachments(height));
                { theirs }.any(|theirs| fits(&theirs, payload.len()))
            })
        })
}

const fn frame_len(payload: &[u8]) -> u64 {
    (FRAME_HEADER_LEN + payload.len().next_multiple_of(8)) as u64
}

/// The frames that stand one after another from `at` on, verified, as long as `take` says.
fn sequence(remains: &Remains<'_>, mut at: u64, take: impl Fn(FrameKind) -> bool) -> Frames {
    let mut frames = Frames::new();
    let begin = at;
    for frame in remains.frames.iter().filter(|frame| frame.at >= begin) {
        let Some(payload) = frame.payload.filter(|_| frame.at == at && take(frame.kind)) else {
            break;
        };
        frames.push((frame.kind, payload.to_vec()));
        at = frame.end();
    }
    frames
}

/// The batch from its own frames, where those that matter verify.
fn from_remains(remains: &Remains<'_>, place: &Place, kind: BatchKind) -> Option<Recipe> {
    let begin = BEGIN_LEN as u64;
    if kind == BatchKind::Commit {
        let frames = sequence(remains, begin, FrameKind::is_chained);
        let is_whole = frames
            .last()
            .is_some_and(|(kind, _)| *kind == FrameKind::Body);
        return is_whole.then(|| commit(remains, place, frames)).flatten();
    }
    let frames = sequence(remains, begin, |_| true);
    let end = begin
        + frames
            .iter()
            .map(|(_, payload)| frame_len(payload))
            .sum::<u64>();
    let is_whole = !frames.is_empty() && remains.frames_end.is_none_or(|known| known == end);
    let has_body = frames.iter().any(|(kind, _)| *kind == FrameKind::Body);
    let base = place.base.as_ref().filter(|_| has_body);
    is_whole.then_some(Recipe {
        kind,
        height: base.map_or(0, |base| base.height),
        frames,
        padded: false,
        is_exact: false,
    })
}

/// The commit with these chained frames: attachments as they remain, ranges as they must be.
fn commit(remains: &Remains<'_>, place: &Place, mut frames: Frames) -> Option<Recipe> {
    let chained = frames.iter().map(|(_, payload)| frame_len(payload));
    let at = BEGIN_LEN as u64 + chained.sum::<u64>();
    let ranges = if place.has_commit {
        Frames::new()
    } else {
        ranges(remains, place)?
    };
    let ranges_len: u64 = ranges.iter().map(|(_, payload)| frame_len(payload)).sum();
    let attached_end = match remains.frames_end {
        Some(end) => end.checked_sub(ranges_len)?,
        None => {
            let attached = remains.frames.iter().rev();
            let mut attached = attached.filter(|f| f.kind == FrameKind::Attachment);
            attached.next().map_or(at, Remnant::end)
        }
    };
    let height = place.height + 1;
    let (attached, padded) = attachments(remains, at, attached_end, Some(height))?;
    frames.extend(attached);
    frames.extend(ranges);
    Some(Recipe {
        kind: BatchKind::Commit,
        height,
        frames,
        padded,
        is_exact: false,
    })
}

/// The attachments between two places, and whether some became padding.
fn attachments(
    remains: &Remains<'_>,
    begin: u64,
    end: u64,
    height: Option<u64>,
) -> Option<(Frames, bool)> {
    let (mut frames, mut padded) = (Frames::new(), false);
    let mut at = begin;
    while at < end {
        let here = |frame: &&Remnant<'_>| {
            frame.at >= at && matches!(frame.kind, FrameKind::Attachment | FrameKind::Padding)
        };
        let next = remains.frames.iter().find(here);
        let (len, hole_end) = match next {
            Some(frame) if frame.at == at => match frame.payload {
                Some(payload) => {
                    frames.push((frame.kind, payload.to_vec()));
                    at = frame.end();
                    continue;
                }
                None => (frame.payload_len, frame.end()),
            },
            next => {
                let hole_end = next.map_or(end, |frame| frame.at.min(end));
                let len = (hole_end - at).checked_sub(FRAME_HEADER_LEN as u64)?;
                (usize::try_from(len).ok()?, hole_end)
            }
        };
        if len < Padding::LEN_MIN {
            return None;
        }
        let named = remains.raw(at + FRAME_HEADER_LEN as u64).first_chunk();
        let named = named.map(|bytes| u64::from_le_bytes(*bytes));
        let padding = Padding {
            height,
            previous: None,
            named: named.filter(|named| *named != 0),
            len,
        };
        frames.push((FrameKind::Padding, padding.payload()));
        padded = true;
        at = hole_end;
    }
    (at == end).then_some((frames, padded))
}

/// The ranges frames of the first commit in a segment.
fn ranges(remains: &Remains<'_>, place: &Place) -> Option<Frames> {
    if let Some(head) = &place.head {
        let mut frames = Frames::new();
        Sealed::each_range(head, |ordinal, range| {
            let mut payload = Vec::new();
            Ranges::put(&mut payload, ordinal, range);
            frames.push((FrameKind::Ranges, payload));
        });
        return Some(frames);
    }
    let first = remains
        .frames
        .iter()
        .find(|f| f.kind == FrameKind::Ranges)?;
    let frames = sequence(remains, first.at, |kind| kind == FrameKind::Ranges);
    let last = Ranges::decode(&frames.last()?.1, place.next).ok()?;
    (last.ledger == AUDIT).then_some(frames)
}

/// The declaration of the next ledger.
fn declaration(declared: &[hash_store::Declaration], place: &Place) -> Option<Recipe> {
    let ordinal = place.roots.ledgers.len();
    let declaration = declared.get(ordinal)?;
    let mut payload = Vec::new();
    put_declaration(&mut payload, u32::try_from(ordinal).ok()?, declaration);
    Some(Recipe {
        kind: BatchKind::Declaration,
        height: 0,
        frames: vec![(FrameKind::Declaration, payload)],
        padded: false,
        is_exact: false,
    })
}

/// A batch of attachments, with padding in the place of what does not verify.
fn padding(remains: &Remains<'_>, evidence: &Evidence) -> Option<Recipe> {
    let begin = BEGIN_LEN as u64;
    // Behind the frames: a zero map without runs, and the trailer.
    let by_len = |len: &u64| len.checked_sub(16 + 64);
    let end = remains
        .frames_end
        .or_else(|| evidence.lens.first().and_then(by_len))?;
    let (frames, padded) = attachments(remains, begin, end, None)?;
    Some(Recipe {
        kind: BatchKind::Attachment,
        height: 0,
        frames,
        padded,
        is_exact: false,
    })
}

/// The chained frames of a commit of which only entries are damaged, with these from a source.
fn from_entries(remains: &Remains<'_>, place: &Place, source: &RepairSource) -> Option<Frames> {
    let source = source.as_entries()?;
    let body = remains.frames.iter().find(|f| f.kind == FrameKind::Body)?;
    let record = BodyRecord::decode(body.payload?, place.next).ok()?;
    let body_at = body.at;
    let body = CommitBody::decode(record.body).ok()?;
    let mut frames = Frames::new();
    // What comes next: an entry of a ledger, by ordinal.
    let mut next = (0, place.roots.ledgers.first()?.size);
    let mut at = BEGIN_LEN as u64;
    let fill = |frames: &mut Frames, next: &mut (usize, u64), until: (usize, u64)| {
        while *next < until {
            let (ordinal, begin) = *next;
            let ledger = body.ledgers.get(ordinal)?;
            let end = if ordinal == until.0 {
                until.1
            } else {
                ledger.size
            };
            if begin < end {
                let entries = source.entries(ledger.name.as_str(), begin..end).ok()??;
                put(frames, u32::try_from(ordinal).ok()?, begin, &entries);
            }
            *next = if ordinal == until.0 {
                until
            } else {
                (
                    ordinal + 1,
                    place.roots.ledgers.get(ordinal + 1).map_or(0, |l| l.size),
                )
            };
        }
        Some(())
    };
    let all = (body.ledgers.len(), 0);
    for frame in remains.frames.iter().filter(|frame| frame.at <= body_at) {
        let Some(payload) = frame.payload else {
            continue;
        };
        if frame.kind == FrameKind::Entries {
            let entries = Entries::decode(payload, place.next).ok()?;
            let ordinal = usize::try_from(entries.ledger).ok()?;
            fill(&mut frames, &mut next, (ordinal, entries.first))?;
            next = (ordinal, entries.first + u64::from(entries.count));
        } else if frame.kind == FrameKind::Ids {
            // They stand behind the entries that they belong to.
            let ids = Entries::decode(payload, place.next).ok()?;
            let ordinal = usize::try_from(ids.ledger).ok()?;
            let until = (ordinal, ids.first + u64::from(ids.count));
            fill(&mut frames, &mut next, until)?;
        } else if !frame.kind.is_chained() {
            continue;
        } else if frame.at != at {
            fill(&mut frames, &mut next, all)?;
        }
        frames.push((frame.kind, payload.to_vec()));
        at = frame.end();
    }
    Some(frames)
}

/// Entries frames for these entries.
fn put(frames: &mut Frames, ledger: u32, first: u64, entries: &[Vec<u8>]) {
    let bytes = entries.concat();
    let mut ends = Vec::with_capacity(entries.len());
    for entry in entries {
        ends.push(ends.last().copied().unwrap_or(0) + entry.len());
    }
    let mut from = 0;
    while from < ends.len() {
        let count = entries_in_frame(&ends, from);
        let mut payload = Vec::new();
        put_entries(
            &mut payload,
            ledger,
            first + from as u64,
            &bytes,
            &ends,
            (from, count),
        );
        frames.push((FrameKind::Entries, payload));
        from += count;
    }
}
