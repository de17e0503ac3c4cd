//! The segments from one place on, read past the page cache in pieces, in order.
//!
//! Two threads read ahead where that is wanted: a disk does two reads at once faster than one after
//! the other, and what was read is worked on meanwhile. What is behind the end of a log, zeros mostly,
//! is then read while the log's last batches are still looked at.
//!
//! Invariants:
//!
//! - pieces come in the order of the log and leave nothing out;
//! - no more than a fixed number of pieces wait; a piece of zeros has no bytes;
//! - the threads end when the pieces are dropped, or all are read.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use super::segments::{Segment, Segments};
use crate::error::{Error, Result};
use crate::layout::header::{HEADER_LEN, PAGE_LEN};
use crate::layout::is_zero;
use crate::position::Position;

/// Length of a piece, but for the last of a segment.
const PIECE: usize = 1 << 20;
/// What is read of a piece that was never written.
const SAMPLE: usize = PAGE_LEN;
/// Threads that read ahead.
const READERS: usize = 2;
/// Pieces that each of them has ready at most: 32 MiB.
const READY_MAX: usize = 32;

/// Bytes of a segment.
#[derive(Debug)]
pub(super) struct Piece {
    /// Where they stand.
    pub(super) at: Position,
    /// How many were read: fewer than asked for only where the file ends.
    pub(super) len: usize,
    /// The bytes; none where all of them are zero.
    pub(super) bytes: Vec<u8>,
}

impl Piece {
    /// No bytes.
    pub(super) const fn none(at: Position) -> Self {
        Self {
            at,
            len: 0,
            bytes: Vec::new(),
        }
    }

    /// Reads up to [`PIECE`] bytes of a segment from an offset on, but not beyond `limit`.
    ///
    /// Where the file system says that they were never written only the first are read, to be sure
    /// of what it says: a log has no holes, so that what hides a batch hides all of it.
    pub(super) fn read(segment: &Segment, offset: u64, limit: u64) -> Result<Self> {
        let rest = usize::try_from(limit.saturating_sub(offset)).unwrap_or(PIECE);
        let len = rest.min(PIECE);
        let at = Position::new(segment.number(), offset);
        let read = |len: usize| {
            let mut bytes = vec![0; len];
            let read = segment.file().read_direct(&mut bytes, offset);
            bytes.truncate(read.map_err(|e| Error::io("read", segment.name(), e))?);
            Ok(bytes)
        };
        if len > SAMPLE && segment.is_unwritten(offset, offset + len as u64)? {
            let sample: Vec<u8> = read(SAMPLE)?;
            if sample.len() == SAMPLE && is_zero(&sample) {
                let bytes = Vec::new();
                return Ok(Self { at, len, bytes });
            }
        }
        let mut bytes = read(len)?;
        let len = bytes.len();
        if is_zero(&bytes) {
            bytes = Vec::new();
        }
        Ok(Self { at, len, bytes })
    }
}

/// Pieces that are read ahead.
#[derive(Debug)]
pub(super) struct Ahead {
    readers: Vec<Receiver<Result<Piece>>>,
    turn: usize,
}

impl Ahead {
    /// Begins to read from a place on to the end of the log; `None` where no thread can be had.
    pub(super) fn start(segments: &Arc<Segments>, from: Position) -> Option<Self> {
        let reader = |turn: usize| {
            let (ready, pieces) = sync_channel(READY_MAX);
            let segments = Arc::clone(segments);
            let thread = std::thread::Builder::new().name("read-ahead".to_owned());
            thread.spawn(move || read_every(&segments, from, turn, &ready))?;
            Ok(pieces)
        };
        let readers: io::Result<Vec<_>> = (0..READERS).map(reader).collect();
        let readers = readers.ok()?;
        Some(Self { readers, turn: 0 })
    }

    /// The next piece, if it is the one at this place.
    pub(super) fn next(&mut self, at: Position) -> Option<Result<Piece>> {
        let piece = self.readers.get(self.turn)?.recv().ok()?;
        self.turn = (self.turn + 1) % READERS;
        match piece {
            Ok(piece) if piece.at != at => None,
            piece => Some(piece),
        }
    }
}

/// Reads every piece whose turn it is, until nobody wants more of them.
fn read_every(segments: &Segments, from: Position, turn: usize, ready: &SyncSender<Result<Piece>>) {
    let mut count = 0;
    for number in from.segment()..segments.count() {
        let segment = match segments.get(number) {
            Ok(segment) => segment,
            Err(error) => {
                let _ = ready.send(Err(error));
                return;
            }
        };
        let begin = match from {
            from if from.segment() == number => from.offset(),
            _ => HEADER_LEN,
        };
        for offset in (begin..segment.batches_end()).step_by(PIECE) {
            let is_mine = count % READERS == turn;
            count += 1;
            if !is_mine {
                continue;
            }
            let piece = Piece::read(&segment, offset, segment.batches_end());
            let is_last = piece.is_err();
            if ready.send(piece).is_err() || is_last {
                return;
            }
        }
    }
}
