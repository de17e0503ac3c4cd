//! Replaying the log into derived files.
//!
//! The thread that reads the log computes what a commit added; where there may be another one, that
//! writes it, commit after commit: writing takes about as long as computing, most of it for fresh
//! pages of the page cache.
//!
//! Invariants:
//!
//! - commits are written whole and in the order of the log, each after it was found to have the
//!   roots that it records;
//! - the thread that writes has ended before the files are given out, created anew or given up.

use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use hash_store::{Batch, BatchKind, Position, SlotIndex, Storage};

use super::derived::{TreePlace, TreeWriter};
use super::follow::Step;
use super::lookup::LedgerLookups;
use super::prune::RebuildPruner;
use super::shared::attachment_heights;
use super::states::StateFolder;
use crate::error::{Error, Result};
use crate::head::Head;

/// Commits that wait to be written, at most.
const WAITING_MAX: usize = 2;

/// The derived files of a store, but for those of states, which their heads lead to.
#[derive(Debug)]
pub(crate) struct Derived {
    pub(crate) audit: TreeWriter,
    pub(crate) ledgers: Vec<TreeWriter>,
    pub(crate) lookups: Vec<LedgerLookups>,
    pub(crate) attachments: SlotIndex,
    /// Drops what is not kept, where the node logs are made anew.
    pub(super) pruner: Option<RebuildPruner>,
}

/// A commit, or a part of a base, that was followed.
#[derive(Debug)]
struct Followed {
    step: Step,
    /// The head after it.
    head: Head,
}

impl Derived {
    /// Writes what was added.
    fn write(&mut self, followed: Followed) -> Result<()> {
        let Followed { step, head } = followed;
        let height = head.height;
        head.store_states();
        for (tree, added) in self.ledgers.iter_mut().zip(&step.ledgers) {
            if let Some((growth, positions)) = added {
                tree.append(growth, height, positions);
            }
        }
        let added = step.ledgers.iter().zip(step.ids);
        for (lookups, (added, ids)) in self.lookups.iter().zip(added) {
            if let Some((growth, _)) = added {
                lookups.append(growth, ids.into_iter());
                lookups.write_long_tables();
            }
        }
        self.audit
            .append(&step.audit, height, step.position.as_slice());
        if step.position.is_none() {
            return Ok(());
        }
        self.attachments.set_nowhere(height - 1)?;
        if let Some(pruner) = &mut self.pruner {
            pruner.after(&head, false)?;
        }
        Ok(())
    }
}

/// A thread that has the files and writes what it is sent. Dropping it waits for its end.
#[derive(Debug)]
struct Beside {
    commits: Option<SyncSender<Followed>>,
    thread: Option<JoinHandle<Result<Derived>>>,
}

impl Beside {
    fn start(mut derived: Derived) -> Self {
        let (commits, received) = sync_channel(WAITING_MAX);
        let thread = std::thread::spawn(move || {
            for followed in received {
                derived.write(followed)?;
            }
            Ok(derived)
        });
        Self {
            commits: Some(commits),
            thread: Some(thread),
        }
    }

    /// Hands a commit over; `false` where the thread has ended, which only an error ends early.
    fn send(&self, followed: Followed) -> bool {
        let commits = self.commits.as_ref();
        commits.is_some_and(|commits| commits.send(followed).is_ok())
    }

    /// The files, with all that was sent; the thread's error if it had one.
    fn end(&mut self) -> Result<Derived> {
        self.commits = None;
        let ended = self.thread.take().map(JoinHandle::join);
        ended
            .and_then(std::result::Result::ok)
            .unwrap_or_else(|| Err(lost()))
    }
}

impl Drop for Beside {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

/// The files went with a thread that failed.
fn lost() -> Error {
    Error::Log(hash_store::Error::Poisoned {
        reason: "the thread that writes derived files".to_owned(),
    })
}

/// Who has the files.
#[derive(Debug)]
enum Files {
    Here(Box<Derived>),
    Beside(Beside),
    /// Nobody: writing them failed.
    Lost,
}

/// The derived files of a store while the log is replayed into them.
#[derive(Debug)]
pub(crate) struct Replay {
    storage: Arc<dyn Storage>,
    uuid: [u8; 16],
    head: Head,
    files: Files,
    /// Commits are written by a thread of its own.
    background: bool,
}

impl Replay {
    pub(crate) fn new(
        storage: &Arc<dyn Storage>,
        uuid: [u8; 16],
        head: Head,
        derived: Derived,
        background: bool,
    ) -> Self {
        Self {
            storage: Arc::clone(storage),
            uuid,
            head,
            files: Files::Here(Box::new(derived)),
            background,
        }
    }

    /// The head after all that was followed.
    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    pub(crate) const fn head_mut(&mut self) -> &mut Head {
        &mut self.head
    }

    /// The files, when all that was followed is written.
    ///
    /// # Errors
    /// What writing them gave; after that there are none.
    pub(crate) fn derived(&mut self) -> Result<&mut Derived> {
        if let Files::Beside(beside) = &mut self.files {
            let ended = beside.end();
            self.files = Files::Lost;
            self.files = Files::Here(Box::new(ended?));
            self.head.settle_states();
        }
        match &mut self.files {
            Files::Here(derived) => Ok(derived),
            _ => Err(lost()),
        }
    }

    /// Takes in the next batch of the log.
    ///
    /// # Errors
    /// Where the records contradict each other: as [`Head::follow`]; what creating a new ledger's
    /// files gives; what writing an earlier commit gave.
    pub(crate) fn batch(&mut self, at: Position, batch: &Batch<'_>) -> Result<()> {
        match batch.header.kind {
            BatchKind::Declaration => self.declare(batch),
            BatchKind::Commit | BatchKind::Base => {
                let step = self.head.step(at, batch)?;
                self.write(step)
            }
            BatchKind::Attachment => {
                let heights = attachment_heights(batch, self.head.height)?;
                let attachments = &self.derived()?.attachments;
                for height in heights {
                    attachments.set(height - 1, &[at])?;
                }
                Ok(())
            }
        }
    }

    fn write(&mut self, step: Step) -> Result<()> {
        let head = self.head.clone();
        let followed = Followed { step, head };
        if !self.background {
            self.derived()?.write(followed)?;
            self.head.settle_states();
            return Ok(());
        }
        self.files = match mem::replace(&mut self.files, Files::Lost) {
            Files::Here(derived) => Files::Beside(Beside::start(*derived)),
            files => files,
        };
        match &self.files {
            Files::Beside(beside) if beside.send(followed) => Ok(()),
            _ => self.derived().map(|_| ()),
        }
    }

    fn declare(&mut self, batch: &Batch<'_>) -> Result<()> {
        for spec in self.head.follow_declaration(batch)? {
            let (storage, uuid) = (Arc::clone(&self.storage), self.uuid);
            let derived = self.derived()?;
            let ordinal = u32::try_from(derived.ledgers.len()).unwrap_or(u32::MAX);
            let dir = spec.name.as_str().to_owned();
            let place = TreePlace::new(uuid, ordinal, dir.clone());
            derived.ledgers.push(place.create(&storage)?);
            let lookups = LedgerLookups::create(&storage, &place, &spec.lookups)?;
            derived.lookups.push(lookups);
            let declared = derived.ledgers.len() - 1;
            let folder = StateFolder::of(&storage, uuid, ordinal, dir, spec.state);
            if let Some(folder) = folder {
                let ledger = self.head.ledgers.get_mut(declared);
                let state = folder.create()?;
                ledger.into_iter().for_each(|l| l.set_state(state.clone()));
            }
        }
        Ok(())
    }

    /// Ends the replay: the head, and the files at it.
    ///
    /// # Errors
    /// What writing them gave.
    pub(crate) fn finish(mut self) -> Result<(Head, Derived)> {
        self.derived()?;
        let Files::Here(mut derived) = self.files else {
            return Err(lost());
        };
        if let Some(mut pruner) = derived.pruner.take() {
            pruner.after(&self.head, true)?;
        }
        Ok((self.head, *derived))
    }
}
