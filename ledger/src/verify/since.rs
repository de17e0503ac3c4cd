//! Where a verification begins that goes by a root known from elsewhere.
//!
//! It begins with the segment that holds the height of that root: its first commit says how the
//! trees stood before it. From there the walk computes every root; that the audit root at the known
//! height is the known one shows that what the segment said is what was committed.

use hash_store::{
    BEGIN_LEN, BatchKind, BeginHeader, HEADER_LEN, LogTip, Position, SECTOR, Segments,
};

/// The end of the log before the last segment whose first commit is not behind `height`; `None`
/// where that cannot be found, or is the first segment: then everything has to be walked.
pub(super) fn begin_before(segments: &Segments, last: u64, height: u64) -> Option<LogTip> {
    (1..=last)
        .rev()
        .find_map(|number| first_commit(segments, number).filter(|tip| tip.height < height))
}

/// The end of the log before a segment, as its begin headers say. A part of a base says nothing of
/// what was before.
fn first_commit(segments: &Segments, number: u64) -> Option<LogTip> {
    let segment = segments.get(number).ok()?;
    let mut offset = HEADER_LEN;
    let mut first = None;
    loop {
        let mut bytes = [0; BEGIN_LEN];
        if offset + SECTOR as u64 > segment.batches_end() {
            return None;
        }
        segment.read(offset, &mut bytes).ok()?;
        let header = BeginHeader::decode(&bytes, segment.seed(), offset).ok()?;
        let (batch, chain) = *first.get_or_insert((header.number, header.chain_before));
        if header.kind == BatchKind::Base {
            return None;
        }
        if header.height > 0 {
            return Some(LogTip {
                batch: batch.checked_sub(1)?,
                height: header.height - 1,
                end: Position::new(number, HEADER_LEN),
                last_body: None,
                chain,
            });
        }
        offset += header.len.max(SECTOR as u64);
    }
}
