//! Moving records that were written before it was known where they will stand.
//!
//! A record names its children by distance, and the distances of a record take as many bytes as the
//! farthest child needs. So records that move change where they lead out of what moves with them,
//! and may get longer. Invariants:
//! - records move forwards only and keep their order, so that no distance gets shorter;
//! - what comes out are the bytes that would have been written there in the first place.

use alloc::vec;
use alloc::vec::Vec;

use crate::node::NodeError;
use crate::record::{self, Location, Record};
use crate::rlp::RlpError;

/// A record has at most so many children.
const CHILDREN_MAX: usize = 16;

/// Where records went.
#[derive(Debug)]
pub(crate) struct Moved {
    /// How far records moved from a location on, the first of these before all of them.
    steps: Vec<(Location, u64)>,
}

impl Moved {
    fn shift(&self, location: Location) -> u64 {
        let after = self.steps.partition_point(|(at, _)| *at <= location);
        let step = after.checked_sub(1).and_then(|last| self.steps.get(last));
        step.map_or(0, |(_, shift)| *shift)
    }

    /// Where the node stands now that stood at `location`, whether it moved or stood before.
    pub(crate) fn to(&self, location: Location) -> Location {
        Location(location.0 + self.shift(location))
    }
}

/// Appends `records`, which were written as if the first of them stood at `from`, to `out`, whose
/// end is at `end`, not before `from`. What they lead to before `from` stays where it is.
///
/// # Errors
///
/// [`NodeError`] if they are no records.
pub(crate) fn put_moved(
    out: &mut Vec<u8>,
    end: Location,
    records: &[u8],
    from: Location,
) -> Result<Moved, NodeError> {
    let mut shift = end.0.saturating_sub(from.0);
    let mut moved = Moved {
        steps: vec![(from, shift)],
    };
    let (mut rest, mut at) = (records, from);
    while !rest.is_empty() {
        let (record, after) = Record::split(rest, at)?;
        let bytes = rest.get(..rest.len() - after.len()).unwrap_or(rest);
        let (head_len, count) = record.distances_at();
        let longer = if count == 0 {
            out.extend_from_slice(bytes);
            0
        } else {
            put_parent(out, bytes, (head_len, count), |distance| {
                let child = Location(at.0.saturating_sub(distance));
                // What moved with it is as far away as before, unless a record between got longer;
                // what stands in the record itself is 0 bytes away and stays so.
                distance + shift - moved.shift(child)
            })?
        };
        (rest, at) = (after, Location(at.0 + bytes.len() as u64));
        if longer > 0 {
            shift += longer as u64;
            moved.steps.push((at, shift));
        }
    }
    Ok(moved)
}

/// Appends a record that has children, with other distances. Returns by how many bytes it is longer.
fn put_parent(
    out: &mut Vec<u8>,
    bytes: &[u8],
    (head_len, count): (usize, usize),
    moved: impl Fn(u64) -> u64,
) -> Result<usize, NodeError> {
    let short = NodeError::Rlp(RlpError::Truncated);
    let (head, rest) = bytes.split_at_checked(head_len).ok_or(short)?;
    let (&first, head) = head.split_first().ok_or(short)?;
    let width = record::width_of_kind(first);
    let (old, tail) = rest.split_at_checked(count * width).ok_or(short)?;
    let mut distances = [0; CHILDREN_MAX];
    for (distance, old) in distances.iter_mut().zip(old.chunks_exact(width)) {
        *distance = moved(record::distance(old));
    }
    let new_width = record::width(distances.iter().copied().max().unwrap_or(0));
    out.push(record::kind_with_width(first, new_width));
    out.extend_from_slice(head);
    record::put_distances(out, distances.into_iter().take(count), new_width);
    out.extend_from_slice(tail);
    Ok((new_width - width) * count)
}
