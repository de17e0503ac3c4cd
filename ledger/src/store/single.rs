//! One entry out of its frame, held against the tree instead of the frame's check.
//!
//! A frame has up to 4 KiB of entries: copying and checking all of it takes most of the time that
//! one short entry is read in. Here nothing is read but the frame's list of ends and the entry.
//!
//! Invariant: bytes are given out only if they hash to the leaf that the tile index has, verified,
//! for this entry. Index and frame are hints; where one of them, a tile or the entry is damaged the
//! answer is `None`, and who reads the whole frame then learns what is wrong.

use std::sync::atomic::Ordering;

use hash_store::FRAME_HEADER_LEN;
use merkle_log::{NodeId, NodeReader, TreeSize, TreeType};

use super::shared::{Shared, TreeFiles};
use crate::record::place_in_frame;

/// Hashing a longer entry takes about as long as its frame.
const ENTRY_MAX: usize = 512;
/// Bytes of a frame that are read at once: its header, and the ends of most entries.
const FIRST_READ: usize = 512;

impl Shared {
    /// A short entry that is as the tree has it; `None` where that cannot be told.
    pub(super) fn single_entry(
        &self,
        tree: TreeType,
        files: &TreeFiles,
        index: u64,
    ) -> Option<Vec<u8>> {
        let at = files.position(index)?;
        let segment = self.segments.get(at.segment()).ok()?;
        let frame = at.offset();
        let room = usize::try_from(segment.batches_end().checked_sub(frame)?).ok()?;
        // Here, so that its load and those of the frame are under way together.
        let trusted = TreeSize(files.trusted.load(Ordering::Acquire));
        let leaf = files.tiles.at(trusted).node(NodeId::new(0, index)).ok()?;
        let read = |at: usize, to: &mut [u8]| {
            let is_inside = at.checked_add(to.len()).is_some_and(|end| end <= room);
            is_inside.then(|| segment.read(frame + at as u64, to).ok())?
        };
        let mut first = [0; FIRST_READ];
        let first = first.get_mut(..room.min(FIRST_READ))?;
        read(0, first)?;
        let word = |number: usize| {
            let at = number.checked_mul(4)?.checked_add(FRAME_HEADER_LEN)?;
            let mut word = [0; 4];
            match first.get(at..).and_then(<[u8]>::first_chunk) {
                Some(known) => word = *known,
                None => read(at, &mut word)?,
            }
            Some(u32::from_le_bytes(word))
        };
        let place = place_in_frame(index, word)?;
        if place.len() > ENTRY_MAX {
            return None;
        }
        let mut entry = vec![0; place.len()];
        read(place.start.checked_add(FRAME_HEADER_LEN)?, &mut entry)?;
        (tree.leaf(&entry) == leaf).then_some(entry)
    }
}
