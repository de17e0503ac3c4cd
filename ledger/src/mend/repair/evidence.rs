//! What a damaged log still tells of one batch: where it ends, and the chain behind it.
//!
//! Invariant: everything here comes from structures that verify in their places.

use hash_store::{
    BEGIN_LEN, BeginHeader, HEADER_LEN, Mark, Position, Remains, Segments, Superblock, marks,
};

use super::walk::Place;
use crate::error::Result;

/// The place where a batch should stand, and what is known of it.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    /// The bytes from there to where the next batch starts, or to the end of the segment's batches.
    pub(super) bytes: Vec<u8>,
    /// Where the segment's batches end at the latest.
    pub(super) limit: u64,
    /// Lengths that the batch must have.
    pub(super) lens: Vec<u64>,
    /// Chains that it must lead to.
    pub(super) chains: Vec<[u8; 32]>,
    /// No batch is missing here: the next one starts the next segment.
    pub(super) goes_on_in_next: bool,
    /// The next batch that verifiably begins, if there is one: its number and place.
    pub(super) next: Option<(u64, Position)>,
}

impl Evidence {
    /// Looks for what is known of the batch at `place`.
    pub(super) fn of(segments: &Segments, place: &Place, superblock: &Superblock) -> Result<Self> {
        let (number, at) = (place.next, place.at);
        let segment = segments.get(at.segment())?;
        let limit = segment.batches_end();
        let mut found = Self {
            limit,
            ..Self::default()
        };
        found.bytes = area(segments, at)?;
        let mut next_begin: Option<(BeginHeader, Position)> = None;
        for mark in marks(&found.bytes, segment.seed(), at.offset(), number) {
            match mark {
                Mark::Begin { at: begin, header } if begin == at.offset() => {
                    if header.number == number {
                        found.lens.push(header.len);
                    }
                }
                Mark::Begin { at: begin, header } => {
                    next_begin = Some((header, Position::new(at.segment(), begin)));
                    break;
                }
                Mark::End {
                    end,
                    number: of,
                    len,
                    chain_after,
                } => {
                    if of == number && at.offset() + len == end {
                        found.lens.push(len);
                        found.chains.push(chain_after);
                    }
                }
            }
        }
        let in_this = next_begin.is_some();
        let mut later = at.segment() + 1;
        while next_begin.is_none() && later < segments.count() {
            let bytes = area(segments, Position::new(later, HEADER_LEN))?;
            let segment = segments.get(later)?;
            next_begin =
                marks(&bytes, segment.seed(), HEADER_LEN, number).find_map(|mark| match mark {
                    Mark::Begin { at, header } => Some((header, Position::new(later, at))),
                    Mark::End { .. } => None,
                });
            later += 1;
        }
        if let Some((header, begin)) = next_begin {
            found.next = Some((header.number, begin));
            if header.number == number + 1 {
                found.chains.push(header.chain_before);
                if in_this {
                    found.lens.push(begin.offset() - at.offset());
                }
            }
            let starts_next = begin == Position::new(at.segment() + 1, HEADER_LEN);
            found.goes_on_in_next |=
                header.number == number && starts_next && header.chain_before == place.chain;
            if in_this {
                let len = usize::try_from(begin.offset() - at.offset()).unwrap_or(0);
                found.bytes.truncate(len);
            }
        }
        if let Ok(Some(footer)) = segment.footer() {
            if footer.last_batch == number {
                found.lens.push(footer.end.saturating_sub(at.offset()));
                found.chains.push(footer.chain);
            }
            found.goes_on_in_next |= footer.last_batch + 1 == number
                && footer.end == at.offset()
                && footer.chain == place.chain;
        }
        if superblock.batch == number {
            found.chains.push(superblock.chain);
            if superblock.end.segment() == at.segment() {
                let end = superblock.end.offset();
                found.lens.push(end.saturating_sub(at.offset()));
            }
        }
        Ok(found)
    }

    /// What remains of the batch.
    pub(super) fn remains(&self, segments: &Segments, place: &Place) -> Result<Remains<'_>> {
        let segment = segments.get(place.at.segment())?;
        // Without a length of its own it may go on to where the next one starts.
        let len = self.lens.first().and_then(|len| usize::try_from(*len).ok());
        let bytes = len.and_then(|len| self.bytes.get(..len.max(BEGIN_LEN)));
        let bytes = bytes.unwrap_or(&self.bytes);
        let (seed, offset) = (segment.seed(), place.at.offset());
        Ok(Remains::of(bytes, seed, offset, place.next))
    }
}

/// The bytes from a place to the end of its segment's batches.
fn area(segments: &Segments, at: Position) -> Result<Vec<u8>> {
    let segment = segments.get(at.segment())?;
    let len = segment.batches_end().saturating_sub(at.offset());
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    segment.read(at.offset(), &mut bytes)?;
    Ok(bytes)
}
