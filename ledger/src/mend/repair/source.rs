//! Where the frames of a damaged commit may come from.
//!
//! Nothing that a source says is believed: what is made of it must lead to the recorded chain.

use core::ops::Range;

use hash_store::{FrameKind, Position};

use super::batch::{Frames, Recipe};
use crate::error::{Error, Result};
use crate::names::NetworkId;
use crate::record::Attachment;
use crate::store::Reader;

/// Entries of ledgers, as a dump has them.
pub trait EntrySource: core::fmt::Debug {
    /// The entries of a ledger with these leaf indices; `None` if some are not there.
    ///
    /// # Errors
    /// What reading them gives.
    fn entries(&self, ledger: &str, range: Range<u64>) -> std::io::Result<Option<Vec<Vec<u8>>>>;
}

/// A source of records.
#[derive(Debug)]
pub enum RepairSource {
    /// A store of the same network: a replica, a backup, damaged itself or not.
    Store(Reader),
    /// Entries alone.
    Entries(Box<dyn EntrySource>),
}

impl RepairSource {
    /// Refuses a store of another network.
    pub(super) fn check(&self, network: &NetworkId) -> Result<()> {
        match self {
            Self::Store(reader) if reader.snapshot().network() != network => Err(Error::NotACopy {
                location: reader.snapshot().segments().storage().location(),
                what: "it is a store of another network",
            }),
            _ => Ok(()),
        }
    }

    /// The very batch that the same store has in the same place.
    pub(super) fn same_place(&self, uuid: [u8; 16], at: Position, number: u64) -> Option<Recipe> {
        let Self::Store(reader) = self else {
            return None;
        };
        let snapshot = reader.snapshot();
        if snapshot.uuid() != uuid || at >= snapshot.log_end() {
            return None;
        }
        let read = snapshot.segments().batch(at, |batch| Recipe {
            kind: batch.header.kind,
            height: batch.header.height,
            frames: owned(batch, |_| true),
            padded: false,
            is_exact: batch.header.number == number,
        });
        read.ok().filter(|recipe| recipe.is_exact)
    }

    /// The length of a segment of the same store.
    pub(super) fn segment_len(&self, uuid: [u8; 16], number: u64) -> Option<u64> {
        let Self::Store(reader) = self else {
            return None;
        };
        let snapshot = reader.snapshot();
        let is_same = snapshot.uuid() == uuid;
        let segment = is_same.then(|| snapshot.segments().get(number).ok());
        segment.flatten().map(|segment| segment.len())
    }

    /// The frames that the chain covers, of the commit at a height.
    pub(super) fn commit(&self, height: u64) -> Option<Frames> {
        let Self::Store(reader) = self else {
            return None;
        };
        let snapshot = reader.snapshot();
        let at = snapshot.commit(height).ok()?.position;
        let chained = |kind: FrameKind| kind.is_chained();
        let frames = snapshot
            .segments()
            .batch(at, |batch| owned(batch, chained))
            .ok()?;
        Some(frames)
    }

    /// What is attached to a height.
    pub(super) fn attachments(&self, height: u64) -> Vec<Attachment> {
        match self {
            Self::Store(reader) => reader.snapshot().attachments(height).unwrap_or_default(),
            Self::Entries(_) => Vec::new(),
        }
    }

    /// Entries alone, if this source has no more.
    pub(super) fn as_entries(&self) -> Option<&dyn EntrySource> {
        match self {
            Self::Store(_) => None,
            Self::Entries(entries) => Some(&**entries),
        }
    }
}

fn owned(batch: &hash_store::Batch<'_>, take: impl Fn(FrameKind) -> bool) -> Frames {
    let frames = batch.frames.iter().filter(|frame| take(frame.kind));
    frames
        .map(|frame| (frame.kind, frame.payload.to_vec()))
        .collect()
}
