//! Bringing what an update will read into the processor's caches.
//!
//! A walk from the root to a leaf waits for memory at every node, because each one says where the
//! next one lies. Many walks do not have to wait one after another: all nodes of one depth are
//! independent. So before a part of the trie is merged, its nodes are touched depth by depth, and
//! the loads overlap. Nothing is kept of what was read; errors are left to the merge, which meets
//! them again. Only nodes that the merge reads are touched.

use alloc::vec::Vec;
use core::hint::black_box;

use crate::change::Change;
use crate::prove::expand_keys;
use crate::record::{Child, Location, Record};
use crate::source::NodeSource;
use crate::suite::NodeHash;
use crate::view::View;

/// Bytes that memory moves at once.
const LINE: usize = 64;

/// Reads one byte of each line of memory that `bytes` lie on.
fn touch(bytes: &[u8]) -> u8 {
    let last = bytes.last().copied().unwrap_or(0);
    let lines = bytes.iter().step_by(LINE);
    lines.fold(last, |sum, byte| sum ^ byte)
}

/// Reads one byte of each line of memory that the most of a record lies on.
pub(crate) fn touch_record(record: &Record<'_>) -> u8 {
    match record {
        Record::Leaf { rlp, .. } => touch(rlp),
        Record::Extension { .. } => 0,
        Record::Branch(branch) => touch(branch.slot_bytes()),
    }
}

/// Touches keys and values of changes, which agree in their first `depth` nibbles, and the nodes
/// from `child` down that they lead to.
pub(crate) fn warm<'a, S: NodeSource>(
    source: &'a S,
    child: Option<Child<'a>>,
    depth: usize,
    changes: &'a [Change<'a>],
) {
    let mut sum = 0;
    for change in changes {
        sum ^= touch(change.key()) ^ change.value().map_or(0, touch);
    }
    let mut places: Vec<_> = child
        .map(|child| (child, depth, changes))
        .into_iter()
        .collect();
    let mut nodes: Vec<(Location, &NodeHash)> = Vec::new();
    let mut records: Vec<(&[u8], Location, usize, &[Change<'_>])> = Vec::new();
    while !places.is_empty() {
        nodes.clear();
        nodes.extend(places.iter().filter_map(|(child, ..)| child.stored()));
        source.prepare(&nodes);
        // Where each record starts, then all of it.
        records.clear();
        for (child, depth, changes) in places.drain(..) {
            if let Some((location, hash)) = child.stored()
                && let Ok(bytes) = source.record(location, hash)
            {
                sum ^= bytes.first().copied().unwrap_or(0);
                records.push((bytes, location, depth, changes));
            }
        }
        for &(bytes, location, depth, changes) in &records {
            let Ok(record) = Record::parse(bytes, location) else {
                continue;
            };
            sum ^= touch_record(&record);
            let _ = expand_keys(View::new(record, location), depth, changes, &mut places);
        }
    }
    black_box(sum);
}
