//! Checking that every node of a state is there, for one state after another.
//!
//! States that were committed one after another share what stands before the end of the earlier
//! one's records, and children stand before their parents. So each state is read down to the end of
//! the one before: below it only that the nodes named there are the right ones.

use alloc::vec::Vec;

use crate::record::{Child, Location, Record};
use crate::rlp;
use crate::source::NodeSource;
use crate::trie::Trie;
use crate::view::{self, View};

/// What a check found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CheckedNodes {
    /// Nodes that are new: records at `known` or behind it.
    pub nodes: u64,
    /// Where the record of the root ends, which is the last one of its batch; `None` for the state
    /// without keys.
    pub end: Option<Location>,
}

impl<S: NodeSource> Trie<'_, S> {
    /// Reads every node of this state whose record stands at `known` or behind it, and looks at
    /// those before `known` that they name. O(what is new), if `known` is the end of an earlier
    /// state that was checked; O(all nodes) for `Location(0)`.
    ///
    /// # Errors
    ///
    /// Those of the source, for the first node that cannot be read.
    pub fn check(&self, known: Location) -> Result<CheckedNodes, S::Error> {
        let mut checked = CheckedNodes {
            nodes: 0,
            end: None,
        };
        let Some(location) = self.root.location else {
            return Ok(checked);
        };
        let bytes = self.source.record(location, &self.root.hash)?;
        let record = view::read_record(self.source, &self.root.hash, location)?;
        checked.end = Some(Location(location.0.saturating_add(len(bytes, &record))));
        let mut places = [(self.root.hash, location)].to_vec();
        while let Some((hash, location)) = places.pop() {
            let record = view::read_record(self.source, &hash, location)?;
            if location < known {
                continue;
            }
            checked.nodes += 1;
            let mut note = |child: Child<'_>| {
                if let Child::Stored { hash, location } = child {
                    places.push((*hash, location));
                }
            };
            match View::new(record, location) {
                View::Leaf { .. } => {}
                View::Extension { child, .. } => note(child),
                View::Branch(branch) => {
                    for nibble in 0..16 {
                        branch.child(nibble)?.into_iter().for_each(&mut note);
                    }
                }
            }
        }
        Ok(checked)
    }
}

/// Length of the record that `bytes` start with.
fn len(bytes: &[u8], record: &Record<'_>) -> u64 {
    let width = usize::from(bytes.first().copied().unwrap_or(0) & 7) + 1;
    let len = match record {
        Record::Leaf { rlp, .. } => rlp.len(),
        Record::Extension { path, .. } => {
            let mut encoded = Vec::new();
            path.encode_hex_prefix(false, &mut encoded);
            1 + width + 32 + rlp::string_len(&encoded)
        }
        Record::Branch(branch) => {
            let children = branch.mask().count_ones() as usize;
            3 + children * (width + 32) + branch.value().map_or(0, rlp::string_len)
        }
    };
    len as u64
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;
    use std::format;

    use super::*;
    use crate::{Batch, NodeStore, Overlay, Root, StateSuite};

    /// States after one batch each: root, and the end of the log.
    fn states(log: &mut NodeStore) -> Vec<(Root, Location)> {
        let suite = StateSuite::Blake3;
        let mut state = Overlay::empty(suite);
        let mut states = Vec::new();
        for batch in 0..6_u32 {
            let mut writes = Batch::new(suite);
            for i in 0..40 {
                let value = [7; 40];
                writes.set(
                    format!("{}", batch * 13 + i * i).as_bytes(),
                    &value[..1 + i as usize],
                );
            }
            writes.remove(format!("{batch}").as_bytes());
            state = state.seal(log, suite, &writes.changes()).unwrap();
            state.store(|extension| log.append(extension)).unwrap();
            state.settle();
            states.push((*state.root(), log.end()));
        }
        states
    }

    #[test]
    fn the_new_nodes_of_each_state_are_all_there() {
        let mut log = NodeStore::new();
        let states = states(&mut log);
        let mut known = Location(0);
        for (root, end) in states {
            let trie = Trie::new(&log, StateSuite::Blake3, root);
            let new = trie.check(known).unwrap();
            assert_eq!(new.end, Some(end));
            let all = trie.check(Location(0)).unwrap();
            assert!(all.nodes >= new.nodes && new.nodes > 0);
            known = end;
        }
        let empty = Trie::new(&log, StateSuite::Blake3, Root::empty(StateSuite::Blake3));
        let nothing = CheckedNodes {
            nodes: 0,
            end: None,
        };
        assert_eq!(empty.check(Location(0)), Ok(nothing));
    }
}
