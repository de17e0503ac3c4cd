//! What stands where the next batch should: the decision between tear and rot.
//!
//! Only the last batch can be torn, since nothing of batch n + 1 is written before the sync of n
//! returned. With B the batch that does not verify, and every batch that a superblock covers
//! already behind the scan:
//!
//! | evidence | verdict |
//! |---|---|
//! | a frame or begin header of a batch after B verifies, or a derived file names B | damage |
//! | B's begin header verifies elsewhere: stray bytes stand in its way | damage |
//! | B's begin header is damaged, its sector not zero: its extent is unknown | damage |
//! | one set bit in all that should be zero: no batch leaves that little | stray bit |
//! | B's begin header lies in a zero sector, or a sector of its extent was lost | torn |
//! | bytes that are not zero behind B's extent | damage |
//! | B is whole and belongs elsewhere (number, chain) | damage |
//! | B's sectors are all there, yet a check fails | cannot be settled here |
//!
//! A torn batch was never acknowledged: its bytes go to `lost+found`, then its place is zeroed and
//! synced, before anything is written. So does a stray bit, which is no batch. All other bytes stay
//! as they are.

use super::scan::Stop;
use super::segments::{Segment, Segments};
use crate::error::{Damage, Error, Result};
use crate::layout::batch::{BeginHeader, TRAILER_LEN, Trailer};
use crate::layout::frame::{FRAME_HEADER_LEN, FrameHeader};
use crate::layout::header::HEADER_LEN;
use crate::layout::superblock::Superblock;
use crate::layout::{Flaw, FlawKind, SECTOR, first_used, is_zero, used_len};
use crate::position::Position;
use crate::storage::Storage;

/// The folder of bytes taken out of the way.
pub(crate) const LOST_AND_FOUND: &str = "lost+found";

/// What lies behind the end of the log is looked at in pieces of this length.
const CLEARED_PIECE: usize = 1 << 20;

/// The verdict on a stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tail {
    /// A batch that was never acknowledged, written in part.
    Torn,
    /// One bit is set where nothing was written.
    Stray,
    /// Acknowledged data does not verify.
    Damaged(Damage),
    /// The last batch: torn inside a sector, or damaged; this disk cannot tell.
    Unsettled(Damage),
}

/// Bytes behind the end of the log that were taken away: a torn batch, or a stray bit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TornTail {
    /// The number the next batch has.
    pub batch: u64,
    /// Where it starts.
    pub at: Position,
    /// How many bytes were saved.
    pub bytes: u64,
    /// The folder they were saved to.
    pub saved_in: String,
}

/// Makes sure that the log reaches what a superblock covers: the end trailer of its last batch
/// is there.
///
/// # Errors
/// [`Error::LogBehind`] where the log ends before, [`Error::CorruptCommitted`] where the trailer is
/// damaged, [`Error::MissingSegment`].
pub fn check_reached(segments: &Segments, superblock: &Superblock) -> Result<()> {
    if superblock.batch == 0 {
        return Ok(());
    }
    let segment = segments.get(superblock.end.segment())?;
    let at = superblock.end.offset().saturating_sub(TRAILER_LEN as u64);
    let mut bytes = [0; TRAILER_LEN];
    let read = segment
        .file()
        .read_at(&mut bytes, at)
        .map_err(|e| Error::io("read", segment.name(), e))?;
    let behind = Error::LogBehind {
        expected: superblock.batch,
    };
    if read < bytes.len() || is_zero(&bytes) {
        return Err(behind);
    }
    let trailer = Trailer::decode(&bytes, segment.seed(), at).map_err(|flaw| {
        Error::CorruptCommitted(Damage {
            file: segment.name().to_owned(),
            offset: at + flaw.at,
            batch: superblock.batch,
            flaw,
        })
    })?;
    if trailer.number == superblock.batch && trailer.chain_after == superblock.chain {
        Ok(())
    } else {
        Err(behind)
    }
}

/// Whether nothing lies behind the end that a superblock states: the first sector there and the
/// first one of the segment ahead are zero.
///
/// # Errors
/// [`Error::Io`] and what opening a segment gives.
pub fn is_quiet_after(segments: &Segments, end: Position) -> Result<bool> {
    let first = |number: u64, offset: u64| -> Result<bool> {
        let segment = segments.get(number)?;
        if offset >= segment.batches_end() {
            return Ok(true);
        }
        let mut sector = [0; SECTOR];
        segment
            .file()
            .read_at(&mut sector, offset)
            .map_err(|e| Error::io("read", segment.name(), e))?;
        Ok(is_zero(&sector))
    };
    let next = end.segment() + 1;
    Ok(first(end.segment(), end.offset())?
        && (next >= segments.count() || first(next, HEADER_LEN)?))
}

/// Judges a stop; `named_by_derived` says that a derived file names batch B or a later one.
///
/// # Errors
/// [`Error::Io`] and what opening a segment gives.
pub fn judge_tail(segments: &Segments, stop: &Stop, named_by_derived: bool) -> Result<Tail> {
    let damaged = || Tail::Damaged(stop.damage.clone());
    let misfit = matches!(
        stop.damage.flaw.kind,
        FlawKind::BatchNumber | FlawKind::Chain
    );
    if named_by_derived || misfit {
        return Ok(damaged());
    }
    let mut set_bits = 0;
    for (segment, bytes, from) in tail_bytes(segments, stop.at)? {
        if has_later_batch(&bytes, &segment, from, stop) {
            return Ok(damaged());
        }
        set_bits += bytes.iter().map(|byte| byte.count_ones()).sum::<u32>();
    }
    match (stop.extent, stop.lost_sector) {
        (None, true) if set_bits == 1 => Ok(Tail::Stray),
        (None, true) => Ok(Tail::Torn),
        (None, false) => Ok(damaged()),
        (Some(_), false) => Ok(Tail::Unsettled(stop.damage.clone())),
        (Some(extent), true) => {
            Ok(stray_behind(segments, stop, extent)?.map_or(Tail::Torn, Tail::Damaged))
        }
    }
}

/// Bytes that are not zero behind the extent of the torn batch.
fn stray_behind(segments: &Segments, stop: &Stop, extent: u64) -> Result<Option<Damage>> {
    let end = Position::new(stop.at.segment(), stop.at.offset() + extent);
    for (segment, bytes, from) in tail_bytes(segments, end)? {
        if let Some(stray) = first_used(&bytes) {
            let offset = from + stray as u64;
            return Ok(Some(Damage {
                file: segment.name().to_owned(),
                offset,
                batch: stop.damage.batch,
                flaw: Flaw::new(FlawKind::Padding, offset, 0, 1),
            }));
        }
    }
    Ok(None)
}

/// A segment, its bytes as the disk has them, and the offset of the first of these.
type TailBytes = (std::sync::Arc<Segment>, Vec<u8>, u64);

/// The batch areas from `at` to the end of the log. The log has at most one segment behind its
/// last batch, so this is bounded by two segments.
fn tail_bytes(segments: &Segments, at: Position) -> Result<Vec<TailBytes>> {
    (at.segment()..segments.count())
        .map(|number| {
            let segment = segments.get(number)?;
            let from = if number == at.segment() {
                at.offset()
            } else {
                HEADER_LEN
            };
            let len = segment.batches_end().saturating_sub(from);
            let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
            segment
                .file()
                .read_direct(&mut bytes, from)
                .map_err(|e| Error::io("read", segment.name(), e))?;
            Ok((segment, bytes, from))
        })
        .collect()
}

/// Whether a frame or begin header of a batch after B verifies anywhere in `bytes`, or B's own
/// begin header elsewhere than at the stop: then what stopped the scan was never a batch.
fn has_later_batch(bytes: &[u8], segment: &Segment, from: u64, stop: &Stop) -> bool {
    let batch = stop.damage.batch;
    let seed = segment.seed();
    let later_frame = (0..bytes.len())
        .step_by(8)
        .filter_map(|at| Some((at, bytes.get(at..at + FRAME_HEADER_LEN)?)))
        .any(|(at, header)| {
            // Cheap fields first: a CRC for every eighth byte of a segment takes long.
            let number = header.get(8..16).map_or([0; 8], |field| {
                let mut number = [0; 8];
                number.copy_from_slice(field);
                number
            });
            u64::from_le_bytes(number) > batch
                && header.get(6..8) == Some(&[0, 0])
                && FrameHeader::decode(header, seed, from + at as u64).is_ok()
        });
    later_frame
        || (0..bytes.len()).step_by(SECTOR).any(|at| {
            let sector = bytes.get(at..).unwrap_or_default();
            let place = from + at as u64;
            let is_elsewhere = Position::new(segment.number(), place) != stop.at;
            BeginHeader::decode(sector, seed, place).is_ok_and(|header| {
                header.number > batch || (header.number == batch && is_elsewhere)
            })
        })
}

/// Saves what lies from a torn stop on, then zeroes and syncs its place.
///
/// Killed at any point and run again, it ends in the same log.
///
/// # Errors
/// [`Error::Io`], [`Error::StoreFull`]; nothing was zeroed if the bytes could not be saved.
pub fn save_and_clear(segments: &Segments, stop: &Stop) -> Result<TornTail> {
    let storage = &**segments.storage();
    let torn: Vec<TailBytes> = tail_bytes(segments, stop.at)?
        .into_iter()
        .filter_map(|(segment, mut bytes, from)| {
            bytes.truncate(used_len(&bytes).next_multiple_of(SECTOR));
            (!bytes.is_empty()).then_some((segment, bytes, from))
        })
        .collect();
    let folder = new_folder(storage)?;
    let mut saved = 0;
    for (segment, bytes, from) in &torn {
        let file_name = segment.name().rsplit('/').next().unwrap_or_default();
        save(storage, &format!("{folder}/{file_name}.{from}"), bytes)?;
        saved += bytes.len() as u64;
    }
    for dir in [&folder, LOST_AND_FOUND, ""] {
        storage
            .sync_dir(dir)
            .map_err(|e| Error::io("sync", dir, e))?;
    }
    for (segment, bytes, from) in &torn {
        let io = |op: &'static str| move |e| Error::io(op, segment.name(), e);
        let zeros = vec![0; bytes.len()];
        segment
            .file()
            .write_at(&zeros, *from)
            .map_err(io("clear"))?;
        segment.file().sync_data().map_err(io("sync"))?;
    }
    Ok(TornTail {
        batch: stop.damage.batch,
        at: stop.at,
        bytes: saved,
        saved_in: folder,
    })
}

/// Takes away what only the page cache holds behind the end of the log: after a sync that failed
/// it may show bytes that never reached the disk, and would write them back with the next batch.
///
/// # Errors
/// [`Error::Io`], [`Error::StoreFull`], and what opening a segment gives.
pub fn clear_cache_after(segments: &Segments, end: Position) -> Result<()> {
    for number in end.segment()..segments.count() {
        let segment = segments.get(number)?;
        let io = |op: &'static str| {
            let segment = &segment;
            move |e| Error::io(op, segment.name(), e)
        };
        let from = if number == end.segment() {
            end.offset()
        } else {
            HEADER_LEN
        };
        let mut is_clear = true;
        let mut piece = vec![0; CLEARED_PIECE];
        for at in (from..segment.batches_end()).step_by(CLEARED_PIECE) {
            let len = usize::try_from(segment.batches_end() - at).unwrap_or(CLEARED_PIECE);
            let len = len.min(CLEARED_PIECE);
            // What the page cache does not hold either.
            if segment.is_unwritten(at, at + len as u64)? {
                continue;
            }
            let bytes = piece.get_mut(..len).unwrap_or_default();
            let read = segment.file().read_at(bytes, at).map_err(io("read"))?;
            let used = used_len(bytes.get(..read).unwrap_or_default());
            if let Some(bytes) = bytes.get_mut(..used).filter(|bytes| !bytes.is_empty()) {
                bytes.fill(0);
                segment.file().write_at(bytes, at).map_err(io("clear"))?;
                is_clear = false;
            }
        }
        if !is_clear {
            segment.file().sync_data().map_err(io("sync"))?;
        }
    }
    Ok(())
}

/// The first unused number in `lost+found`.
pub(crate) fn new_folder(storage: &dyn Storage) -> Result<String> {
    let io = |e| Error::io("create", LOST_AND_FOUND, e);
    storage.create_dir(LOST_AND_FOUND).map_err(io)?;
    let used = storage.list(LOST_AND_FOUND).map_err(io)?;
    let next = used
        .iter()
        .filter_map(|entry| entry.name.parse::<u64>().ok())
        .max()
        .map_or(0, |last| last.saturating_add(1));
    let folder = format!("{LOST_AND_FOUND}/{next}");
    storage.create_dir(&folder).map_err(io)?;
    Ok(folder)
}

pub(crate) fn save(storage: &dyn Storage, name: &str, bytes: &[u8]) -> Result<()> {
    let file = storage
        .create(name)
        .map_err(|e| Error::io("create", name, e))?;
    file.write_at(bytes, 0)
        .map_err(|e| Error::io("write", name, e))?;
    file.sync_data().map_err(|e| Error::io("sync", name, e))
}
