//! Segments as files: which there must be, their headers and lengths.

use std::collections::BTreeMap;
use std::sync::Arc;

use hash_store::{
    Layered, SEGMENT_LEN_MAX, SegmentFile, Storage, holds_batches, is_segment_len, put_in_segment,
    remake_segment, segment_files, segment_name,
};

use super::source::RepairSource;
use super::{Step, Unrepaired};
use crate::error::Result;
use crate::verdict::Affected;

/// So many segments in a row are made again at most.
const MISSING_MAX: u64 = 64;

/// A store with new segments laid over it.
#[derive(Debug)]
pub(crate) struct Work {
    pub(super) lower: Arc<dyn Storage>,
    pub(super) upper: Arc<dyn Storage>,
    pub(crate) layered: Arc<Layered>,
    pub(super) uuid: [u8; 16],
    /// The segments that were made, by number, and whether all of it is changed.
    pub(super) remade: BTreeMap<u64, u64>,
}

impl Work {
    pub(super) fn new(lower: &Arc<dyn Storage>, upper: &Arc<dyn Storage>, uuid: [u8; 16]) -> Self {
        Self {
            lower: Arc::clone(lower),
            upper: Arc::clone(upper),
            layered: Arc::new(Layered::new(Arc::clone(upper), Arc::clone(lower))),
            uuid,
            remade: BTreeMap::new(),
        }
    }

    /// Overwrites bytes of a segment of `len` bytes.
    pub(super) fn put(&mut self, number: u64, len: u64, offset: u64, bytes: &[u8]) -> Result<()> {
        self.remake(number, len)?;
        Ok(put_in_segment(&*self.upper, number, offset, bytes)?)
    }

    fn remake(&mut self, number: u64, len: u64) -> Result<()> {
        if self.remade.contains_key(&number) {
            return Ok(());
        }
        remake_segment(&*self.lower, &*self.upper, self.uuid, number, len)?;
        self.remade.insert(number, len);
        Ok(())
    }
}

/// Makes segments that are missing, and headers and lengths as they must be, up to segment
/// `needed` at least and as far as the log goes.
pub(super) fn settle(
    work: &mut Work,
    needed: u64,
    sources: &[RepairSource],
    steps: &mut Vec<Step>,
    unrepaired: &mut Vec<Unrepaired>,
) -> Result<()> {
    let files = segment_files(&*work.lower)?;
    let mut last = needed;
    for file in &files {
        let is_near = file.number <= last + MISSING_MAX;
        let is_next = file.number <= last + 1;
        if is_next || is_near && holds_batches(&*work.lower, work.uuid, file.number)? {
            last = last.max(file.number);
        } else {
            let name = segment_name(file.number);
            work.layered.hide(&name);
            steps.push(Step::Stray { file: name });
        }
    }
    let files: BTreeMap<u64, SegmentFile> =
        files.into_iter().map(|file| (file.number, file)).collect();
    let stated = |file: &SegmentFile| {
        let stated = file.stated.filter(|(uuid, _)| *uuid == work.uuid);
        stated
            .map(|(_, len)| len)
            .filter(|len| is_segment_len(*len))
    };
    let known: BTreeMap<u64, u64> = files
        .values()
        .filter_map(|file| Some((file.number, stated(file)?)))
        .collect();
    for number in 0..=last {
        let file = files.get(&number);
        let len = known.get(&number).copied();
        if file.is_some_and(|file| len == Some(file.len)) {
            continue;
        }
        let same = || {
            sources
                .iter()
                .find_map(|s| s.segment_len(work.uuid, number))
        };
        let actual = || file.map(|file| file.len).filter(|len| is_segment_len(*len));
        let len = len
            .or_else(same)
            .or_else(actual)
            .or_else(|| usual_len(number, &known));
        let name = segment_name(number);
        let Some(len) = len else {
            unrepaired.push(Unrepaired {
                code: "E-MISSING-SEGMENT",
                file: name,
                offset: 0,
                batch: 0,
                affected: Affected::default(),
                reason: "nothing tells how long it was".to_owned(),
            });
            return Ok(());
        };
        work.remake(number, len)?;
        steps.push(match file {
            Some(_) => Step::Header { file: name },
            None => Step::Segment { file: name },
        });
    }
    Ok(())
}

/// The length of a segment as the lengths of others tell it: each is twice as long as the one
/// before, up to the greatest.
fn usual_len(number: u64, known: &BTreeMap<u64, u64>) -> Option<u64> {
    let shift = |by: u64| u32::try_from(by).ok();
    let before = known.range(..number).next_back().and_then(|(other, len)| {
        let doubled = shift(number - other).and_then(|by| 1u64.checked_shl(by));
        let doubled = doubled.and_then(|times| len.checked_mul(times));
        Some(
            doubled
                .filter(|len| *len < SEGMENT_LEN_MAX)
                .unwrap_or(SEGMENT_LEN_MAX),
        )
    });
    let after = || {
        let (other, len) = known.range(number..).next()?;
        let halved = shift(other - number).and_then(|by| len.checked_shr(by));
        halved.filter(|_| *len < SEGMENT_LEN_MAX)
    };
    before.or_else(after).filter(|len| is_segment_len(*len))
}
