//! Verifying states: the nodes in the node log, and the index of the roots.
//!
//! From height to height each root is opened at the place that the index says, and every node that
//! is new with it is read; what stands before was read with an earlier root. Of a state of which
//! heights were dropped only those that are kept are read, each down to the one before. At [`Level::Deep`] the
//! state was also made anew, and the index must lead to the very places. At [`Level::Full`] it is a
//! guess whether the index is wrong or the node: the finding may name the other of the two files.

use std::sync::Arc;

use hash_store::Segments;
use merkle_log::Hash;
use patricia_state::{Direction, Location, NodeLogError, NodeSource, Root, Trie};

use super::{Finding, Level, nowhere, of_error};
use crate::head::LedgerHead;
use crate::keep::KeptHeights;
use crate::state::{StateFiles, StatePlace};
use crate::store::{Roots, StateFolder, state_folders};

/// A root's record is looked for so far around the end of its batch where the index may be wrong.
const NEAR: u64 = 4096;

/// One state, walked from height to height.
#[derive(Debug)]
pub(super) struct StateWalk {
    folder: StateFolder,
    files: StateFiles,
    /// `None` where nothing says which states are kept: none is looked for.
    kept: Option<KeptHeights>,
    /// The last height that was looked at, and the place of its root.
    last: Option<(u64, StatePlace)>,
}

impl StateWalk {
    pub(super) fn new(folder: &StateFolder) -> Self {
        Self {
            folder: folder.clone(),
            files: folder.for_reading(),
            kept: folder.kept_heights().ok(),
            last: None,
        }
    }

    /// Looks at the state after a commit.
    pub(super) fn step(&mut self, height: u64, ledger: &LedgerHead) -> Option<Finding> {
        let scheme = ledger.spec.state?;
        let stored = self.files.place(height);
        let computed = ledger.state.as_ref().map(|state| StatePlace {
            root: state.overlay.root().location,
            end: state.files.log.end(),
        });
        let is_misplaced = computed.is_some_and(|computed| stored != Some(computed));
        let Some(kept) = self.kept.as_ref().filter(|kept| kept.holds(height)) else {
            return is_misplaced.then(|| *self.wrong_index(height));
        };
        let some_dropped = kept.oldest() > 1;
        let follows = self.last.is_some_and(|(last, _)| last + 1 == height);
        let before = match self.last {
            Some((_, place)) if follows || some_dropped => place,
            None if some_dropped => StatePlace {
                root: None,
                end: Location(0),
            },
            // The first height, or one behind a gap.
            _ => self.files.place(height - 1).unwrap_or(StatePlace {
                root: None,
                end: Location(0),
            }),
        };
        let behind_dropped = !follows && some_dropped;
        let found = self.look(height, scheme, ledger.state_root, before, behind_dropped);
        self.last = Some((
            height,
            found.as_ref().ok().copied().or(stored).unwrap_or(before),
        ));
        if is_misplaced {
            return Some(*self.wrong_index(height));
        }
        found.err().map(|finding| *finding)
    }

    /// Reads what is new with the root of a height; answers with its place.
    fn look(
        &mut self,
        height: u64,
        scheme: patricia_state::StateScheme,
        root: Hash,
        before: StatePlace,
        behind_dropped: bool,
    ) -> Result<StatePlace, Box<Finding>> {
        let wrong_index = || self.wrong_index(height);
        let log = &self.files.log;
        let place = self.files.place(height).ok_or_else(wrong_index)?;
        let hash = *root.as_bytes();
        let is_empty = hash == scheme.suite.empty_root();
        let (Some(location), false) = (place.root, is_empty) else {
            let fits = place.end == before.end || behind_dropped && place.end > before.end;
            let fits = fits && is_empty && place.root.is_none();
            return if fits { Ok(place) } else { Err(wrong_index()) };
        };
        if location >= place.end || place.end < before.end {
            return Err(wrong_index());
        }
        if let Err(error) = log.reach(place.end) {
            let root_is_there = log.reach(Location(location.0.saturating_add(1))).is_ok();
            let damaged = || self.damaged(&error.to_string(), None);
            return Err(if root_is_there {
                wrong_index()
            } else {
                damaged()
            });
        }
        let view = log.view();
        if let Err(error) = view.record(location, &hash) {
            let finding = self.at(&error);
            // The record may be there all the same, and the index wrong: a little beside where it
            // says, or reaching beyond the end that it says.
            let fresh = self.folder.for_reading();
            let next = self
                .files
                .place(height + 1)
                .map_or(place.end, |next| next.end);
            let end = next.0.min(place.end.0.saturating_add(NEAR));
            let near = place.end.0.saturating_sub(NEAR).max(before.end.0)..end;
            let is_there = fresh.log.reach(next).is_ok() && {
                let view = fresh.log.view();
                near.rev()
                    .any(|at| view.record(Location(at), &hash).is_ok())
            };
            if !is_there {
                return Err(finding);
            }
            // What was read up to a wrong end may end within a record.
            self.files = fresh;
            return Err(self.wrong_index(height));
        }
        let root = Root {
            hash,
            location: Some(location),
        };
        let checked = Trie::new(&view, scheme, root).check(before.end);
        let checked = checked.map_err(|error| self.at(&error))?;
        // The root's record is the last one of its batch.
        let end = if place.root == before.root {
            Some(before.end)
        } else {
            checked.end
        };
        if end == Some(place.end) || behind_dropped {
            Ok(place)
        } else {
            Err(wrong_index())
        }
    }

    fn wrong_index(&self, height: u64) -> Box<Finding> {
        Box::new(Finding {
            code: "E-INDEX",
            file: format!("{}/states", self.folder.dir),
            offset: hash_store::HEADER_LEN + 16 * (height - 1),
            message: format!("does not lead to the state of height {height}"),
            ..nowhere()
        })
    }

    fn at(&self, error: &NodeLogError) -> Box<Finding> {
        let log = self.files.log.view();
        let at = error.location();
        let at = at.and_then(|location| log.place_of(location));
        self.damaged(&error.to_string(), at)
    }

    fn damaged(&self, message: &str, at: Option<(&str, u64)>) -> Box<Finding> {
        Box::new(damaged(&self.folder.dir, message.to_owned(), at))
    }
}

fn damaged(name: &str, message: String, at: Option<(&str, u64)>) -> Finding {
    Finding {
        code: "E-TRIE",
        file: at.map_or_else(|| format!("{name}/trie"), |(file, _)| file.to_owned()),
        offset: at.map_or(0, |(_, offset)| offset),
        message,
        ..nowhere()
    }
}

/// Reads what is to be kept of each ledger's states, which no other file says.
pub(super) fn check_kept(segments: &Segments, roots: &Roots, findings: &mut Vec<Finding>) {
    let (storage, uuid) = (segments.storage(), segments.uuid());
    for folder in state_folders(storage, uuid, &roots.ledgers) {
        if let Err(error) = folder.kept_heights() {
            let damage = error.damage();
            findings.push(Finding {
                file: damage.map_or_else(String::new, |damage| damage.file.clone()),
                offset: damage.map_or(0, |damage| damage.offset),
                ..of_error(&error, 0)
            });
        }
    }
}

/// Holds the node log of each ledger against the state root of these roots: at [`Level::Quick`]
/// the topmost node, else every node that can be reached from it. Answers with the number of keys
/// of each ledger's state, where all were read.
pub(super) fn check_states(
    segments: &Segments,
    roots: &Roots,
    level: Level,
    findings: &mut Vec<Finding>,
) -> Vec<Option<u64>> {
    let mut counts = Vec::new();
    for (ledger, ordinal) in roots.ledgers.iter().zip(0u32..) {
        let name = ledger.name.as_str();
        let (storage, uuid) = (segments.storage(), segments.uuid());
        let folder = StateFolder::of(storage, uuid, ordinal, name.to_owned(), ledger.state);
        counts.push(folder.and_then(|folder| {
            let files = Arc::new(folder.for_reading());
            let state = files.at(roots.height, folder.scheme, ledger.state_root);
            let Some(state) = state else {
                let message = format!("the node log does not hold the root {}", ledger.state_root);
                let place = files.place(roots.height).and_then(|place| place.root);
                let log = files.log.view();
                let offset = place.and_then(|at| log.place_of(at));
                findings.push(damaged(name, message, offset));
                return None;
            };
            if level == Level::Quick {
                return None;
            }
            let log = files.log.view();
            let trie = Trie::new(&log, folder.scheme, *state.overlay.root());
            let mut count = 0;
            for entry in trie.entries(Direction::Forward) {
                if let Err(error) = entry {
                    let at = error.location().and_then(|at| log.place_of(at));
                    findings.push(damaged(name, error.to_string(), at));
                    return None;
                }
                count += 1;
            }
            Some(count)
        }));
    }
    counts
}
