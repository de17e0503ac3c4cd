//! What a segment holds: batches, frames, the footer.

use super::files::file_header;
use super::{Field, Sheet, uuid_of};
use crate::layout::batch::{BEGIN_LEN, Batch, BeginHeader};
use crate::layout::frame::{FRAME_HEADER_LEN, FrameKind};
use crate::layout::header::{FileHeader, HEADER_LEN, PAGE_LEN};
use crate::layout::{FileKind, Flaw, FlawKind, SECTOR, Seed, check_on, is_zero};

const BATCH_KINDS: &[(u64, &str)] = &[
    (1, "declaration"),
    (2, "commit"),
    (3, "attachment"),
    (4, "base"),
];
const FRAME_KINDS: &[(u64, &str, FrameKind)] = &[
    (1, "declaration", FrameKind::Declaration),
    (2, "entries", FrameKind::Entries),
    (3, "delta", FrameKind::Delta),
    (4, "body", FrameKind::Body),
    (5, "ranges", FrameKind::Ranges),
    (6, "attachment", FrameKind::Attachment),
    (7, "ids", FrameKind::Ids),
    (8, "padding", FrameKind::Padding),
    (9, "leaves", FrameKind::Leaves),
];

/// A segment taken apart.
#[derive(Clone, Debug)]
pub struct SegmentParts {
    /// The header page.
    pub header: Vec<Field>,
    /// What the checks in it were computed with: the store and number it says it is of, if its
    /// header verifies, else those that were expected.
    pub seed: Seed,
    /// Its batches in order, and what stands in their places.
    pub batches: Vec<BatchPart>,
    /// The footer; nothing where there is none yet.
    pub footer: Vec<Field>,
}

/// A batch, or bytes where one should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchPart {
    /// Where it starts in the segment.
    pub offset: u64,
    /// Its length in bytes; of bytes that are no batch, up to the next one.
    pub len: u64,
    /// Its begin header, where that verifies.
    pub header: Option<BeginHeader>,
    /// Kind and place of each frame, where the batch verifies.
    pub frames: Vec<(FrameKind, u64)>,
    /// What is wrong with it; offsets count from the start of the batch.
    pub flaw: Option<Flaw>,
}

/// The segment in `bytes`, which should be that of `expected`. O(length).
#[must_use]
pub fn segment(bytes: &[u8], expected: &Seed) -> SegmentParts {
    let page = bytes.get(..PAGE_LEN).unwrap_or(bytes);
    let own = Seed {
        uuid: page.get(40..56).map(uuid_of).unwrap_or_default(),
        number: page.get(56..64).map_or(0, number),
        kind: FileKind::Segment,
    };
    let seed = match FileHeader::decode(page, &own) {
        Ok(_) => own,
        Err(_) => *expected,
    };
    let end = bytes.len().saturating_sub(SECTOR);
    let sector = bytes.get(end..).unwrap_or_default();
    SegmentParts {
        header: file_header(page, expected),
        seed,
        batches: batches(bytes.get(..end).unwrap_or_default(), &seed),
        footer: if is_zero(sector) {
            Vec::new()
        } else {
            footer(sector, &seed, end as u64)
        },
    }
}

fn number(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().rev();
    digits.fold(0, |n, byte| n << 8 | u64::from(*byte))
}

fn batches(bytes: &[u8], seed: &Seed) -> Vec<BatchPart> {
    let mut parts: Vec<BatchPart> = Vec::new();
    let mut at = PAGE_LEN;
    let mut before: Option<(u64, [u8; 32])> = None;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let sector = rest.get(..SECTOR).unwrap_or(rest);
        if is_zero(sector) {
            if is_zero(rest) {
                break;
            }
            at += SECTOR;
            continue;
        }
        let offset = at as u64;
        let begin = BeginHeader::decode(rest, seed, offset);
        let decoded = Batch::decode(rest, seed, offset).and_then(|batch| {
            if let Some((number, chain)) = before {
                batch.check_follows(number + 1, &chain)?;
            }
            Ok(batch)
        });
        let part = match decoded {
            Ok(batch) => {
                before = Some((batch.header.number, batch.chain_after));
                BatchPart {
                    offset,
                    len: batch.header.len,
                    header: Some(batch.header),
                    frames: batch.frames.iter().map(|f| (f.kind, f.offset)).collect(),
                    flaw: None,
                }
            }
            Err(flaw) => {
                before = None;
                BatchPart {
                    offset,
                    len: extent(bytes, at, seed, begin.as_ref().ok()),
                    header: begin.ok(),
                    frames: Vec::new(),
                    flaw: Some(flaw),
                }
            }
        };
        at += usize::try_from(part.len).unwrap_or(usize::MAX).max(SECTOR);
        parts.push(part);
    }
    parts
}

/// How far a batch that does not verify reaches: as its begin header says, or up to the next begin
/// header that verifies.
fn extent(bytes: &[u8], at: usize, seed: &Seed, begin: Option<&BeginHeader>) -> u64 {
    let left = bytes.len().saturating_sub(at) as u64;
    if let Some(begin) = begin.filter(|begin| begin.len <= left) {
        return begin.len;
    }
    let mut next = at + SECTOR;
    while let Some(rest) = bytes.get(next..).filter(|rest| !rest.is_empty()) {
        if BeginHeader::decode(rest, seed, next as u64).is_ok() {
            break;
        }
        next += SECTOR;
    }
    (next.min(bytes.len()) - at) as u64
}

/// The begin header of a batch at `offset` of a segment (FORMAT.md section 4).
#[must_use]
pub fn begin_header(bytes: &[u8], seed: &Seed, offset: u64) -> Vec<Field> {
    let bytes = bytes.get(..BEGIN_LEN).unwrap_or(bytes);
    let mut sheet = Sheet::new(bytes, offset);
    sheet.magic(b"BEGN");
    sheet.named("kind", 2, BATCH_KINDS);
    sheet.zero(2);
    sheet.u64("batch number");
    sheet.u64("length of the batch");
    sheet.u64("height");
    sheet.u64("length of the frames");
    sheet.u32("number of frames");
    sheet.zero(4);
    sheet.hash("chain before this batch", 32);
    sheet.zero(12);
    let covered = bytes.get(..92).unwrap_or_default();
    let computed = seed.check(offset, &[covered]);
    sheet.check("check", FlawKind::HeaderCheck, computed, (0, covered.len()));
    sheet.into_fields()
}

/// The frame at `offset` of a segment; `bytes` may go on past its end. Answers with its header and,
/// where the header's length fits, its payload and kind. Where the header does not verify its
/// length is not to be trusted, but is used here.
#[must_use]
pub fn frame<'a>(
    bytes: &'a [u8],
    seed: &Seed,
    offset: u64,
) -> (Vec<Field>, Option<(FrameKind, &'a [u8])>) {
    let mut sheet = Sheet::new(bytes, offset);
    let len = usize::try_from(sheet.u32("length of the payload")).unwrap_or(usize::MAX);
    let end = FRAME_HEADER_LEN.checked_add(len);
    let payload = end.and_then(|end| bytes.get(FRAME_HEADER_LEN..end));
    if payload.is_none() {
        sheet.flaw(FlawKind::Length, format!("{} bytes follow", bytes.len()));
    }
    let names: Vec<(u64, &str)> = FRAME_KINDS.iter().map(|(c, n, _)| (*c, *n)).collect();
    let code = sheet.named("kind", 2, &names);
    sheet.zero(2);
    sheet.u64("batch number");
    let covered = bytes.get(..16).unwrap_or_default();
    let computed = seed.check(offset, &[covered]);
    sheet.check(
        "header check",
        FlawKind::FrameHeaderCheck,
        computed,
        (0, 16),
    );
    let stored = bytes.get(16..20).map_or(0, number);
    let start = u32::try_from(stored).unwrap_or(0);
    let computed = payload.map(|payload| check_on(start, payload));
    match computed {
        Some(computed) => sheet.check(
            "payload check",
            FlawKind::FrameCheck,
            computed,
            (FRAME_HEADER_LEN, len),
        ),
        None => {
            sheet.u32("payload check");
        }
    }
    let kind = FRAME_KINDS.iter().find(|(known, ..)| *known == code);
    let payload = payload.and_then(|payload| Some((kind?.2, payload)));
    (sheet.into_fields(), payload)
}

/// The footer of a segment at `offset` (FORMAT.md section 3).
#[must_use]
pub fn footer(bytes: &[u8], seed: &Seed, offset: u64) -> Vec<Field> {
    let bytes = bytes.get(..SECTOR).unwrap_or(bytes);
    let mut sheet = Sheet::new(bytes, offset);
    sheet.magic(b"LDGFOOTR");
    if sheet.u64("segment number") != seed.number {
        sheet.flaw(FlawKind::Kind, format!("{} expected", seed.number));
    }
    sheet.u64("number of the first batch");
    sheet.u64("number of the last batch");
    sheet.u64("height of the first commit");
    sheet.u64("height of the last commit");
    let end = sheet.u64("offset of the end of the last batch");
    if !(HEADER_LEN..=offset).contains(&end) {
        sheet.flaw(FlawKind::Length, "outside of the segment");
    }
    sheet.hash("chain after the last batch", 32);
    sheet.zero(SECTOR - 4 - sheet.at());
    let covered = bytes.get(..SECTOR - 4).unwrap_or_default();
    let computed = seed.check(offset, &[covered]);
    sheet.check("check", FlawKind::HeaderCheck, computed, (0, covered.len()));
    sheet.into_fields()
}
