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

use super::options::Meter;
use super::{Finding, nowhere, of_error};
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
}

/// A height whose state was looked at, and the place of its root.
pub(super) type LastState = (u64, StatePlace);

impl StateWalk {
    pub(super) fn new(folder: &StateFolder) -> Self {
        Self {
            folder: folder.clone(),
            files: folder.for_reading(),
            kept: folder.kept_heights().ok(),
        }
    }

    /// The last state before a height that a walk from the first height on looks at, where the
    /// index says that it is.
    pub(super) fn before(&self, height: u64) -> Option<LastState> {
        let before = height - 1;
        let kept = self.kept.as_ref()?;
        let singles = kept.keep().single_heights();
        let last = if before >= kept.oldest() {
            Some(before)
        } else {
            singles.take_while(|single| *single <= before).last()
        };
        last.and_then(|height| Some((height, self.files.place(height)?)))
    }

    /// Looks at the state after a commit; `last` is the one looked at before.
    pub(super) fn step(
        &mut self,
        height: u64,
        ledger: &LedgerHead,
        last: &mut Option<LastState>,
    ) -> Option<Finding> {
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
        let follows = last.is_some_and(|(last, _)| last + 1 == height);
        let before = match *last {
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
        *last = Some((
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
pub(super) fn check_kept(segments: &Segments, roots: &Roots) -> Vec<Finding> {
    let (storage, uuid) = (segments.storage(), segments.uuid());
    let folders = state_folders(storage, uuid, &roots.ledgers);
    let wrong = folders.filter_map(|folder| folder.kept_heights().err());
    wrong
        .map(|error| {
            let damage = error.damage();
            Finding {
                file: damage.map_or_else(String::new, |damage| damage.file.clone()),
                offset: damage.map_or(0, |damage| damage.offset),
                ..of_error(&error, 0)
            }
        })
        .collect()
}

/// Keys of a state that were counted, up to a key of the trie.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) keys: u64,
    /// The last one; `None` at first.
    pub(super) last: Option<Vec<u8>>,
}

/// How a state was read.
pub(super) enum StateRead {
    /// Whole; these are its keys, where they were counted.
    Whole(Option<u64>),
    /// So far, when it was stopped.
    Stopped(Counted),
    /// As far as it can be read.
    Damaged(Box<Finding>),
}

/// So many bytes of a node log are thought to lie between two keys, to tell how far a count is.
const BYTES_A_KEY: u64 = 200;

/// Bytes of the node logs that a count of all keys reads.
pub(super) fn bytes_to_count(segments: &Segments, roots: &Roots) -> u64 {
    let ledgers = roots.ledgers.iter().zip(0u32..);
    let ends = ledgers.filter_map(|(ledger, ordinal)| {
        let (storage, dir) = (segments.storage(), ledger.name.as_str().to_owned());
        let folder = StateFolder::of(storage, segments.uuid(), ordinal, dir, ledger.state)?;
        Some(folder.for_reading().place(roots.height)?.end.0)
    });
    ends.sum()
}

/// Holds the node log of a ledger against the state root of these roots: every node that can be
/// reached from it, or only the topmost one. The keys are counted from those on that were.
pub(super) fn check_state(
    folder: &StateFolder,
    (height, root): (u64, Hash),
    counted: Option<Counted>,
    meter: &Meter<'_>,
) -> StateRead {
    let name = &folder.dir;
    let files = Arc::new(folder.for_reading());
    let state = files.at(height, folder.scheme, root);
    let log = || files.log.view();
    let Some(state) = state else {
        let message = format!("the node log does not hold the root {root}");
        let place = files.place(height).and_then(|place| place.root);
        let log = log();
        let offset = place.and_then(|at| log.place_of(at));
        return StateRead::Damaged(Box::new(damaged(name, message, offset)));
    };
    let Some(mut counted) = counted else {
        return StateRead::Whole(None);
    };
    let log = log();
    let trie = Trie::new(&log, folder.scheme, *state.overlay.root());
    let wrong = |error: NodeLogError| {
        let at = error.location().and_then(|at| log.place_of(at));
        StateRead::Damaged(Box::new(damaged(name, error.to_string(), at)))
    };
    let entries = match &counted.last {
        None => Ok(trie.entries(Direction::Forward)),
        Some(last) => trie.entries_from(last, Direction::Forward),
    };
    let mut entries = match entries {
        Ok(entries) => entries,
        Err(error) => return wrong(error),
    };
    if counted.last.is_some() {
        // It was counted already.
        entries.next();
    }
    for entry in entries {
        match entry {
            Ok((key, _)) => {
                counted.keys += 1;
                if counted.keys.is_multiple_of(1024) && !meter.add(1024 * BYTES_A_KEY) {
                    counted.last = Some(key);
                    return StateRead::Stopped(counted);
                }
            }
            Err(error) => return wrong(error),
        }
    }
    StateRead::Whole(Some(counted.keys))
}
