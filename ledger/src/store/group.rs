//! Group commit: many producers, one write and one sync.
//!
//! The first submitter leads: it takes everything that waits, commits it as one batch, answers
//! everyone, and goes on with what arrived meanwhile. After some
//! groups it names the next leader. So there is no thread that could die, and a group is as large
//! as what arrived during the sync before it; the log is not kept waiting for a thread that must be
//! woken first, behind all those that were answered.
//!
//! Invariants:
//!
//! - exactly one submitter leads while anything waits;
//! - what waits stays within the limits, unless a single submission is beyond them; who finds no
//!   room waits at the door, and they are let in in the order in which they came;
//! - a leader that fails, or panics, passes the lead on and answers everyone it took along.

use std::collections::VecDeque;
use std::mem;
use std::sync::{Arc, PoisonError};

use merkle_log::LeafIndex;

use super::Store;
use super::counters::Counters;
use super::sync::{Condvar, Mutex, MutexGuard};
use crate::batch::Pending;
use crate::error::{Error, Result};

/// Bytes of entries that one group takes at most, unless a single submission has more.
const GROUP_BYTES_MAX: usize = 8 << 20;

/// Groups that one submitter commits before it names another: its own caller waits for all of them.
const GROUPS_MAX: u32 = 8;

/// Entries and state writes for a group commit, made without knowing what else the group holds.
///
/// Of writes of one key by several submissions that of the last one submitted counts.
#[derive(Clone, Debug, Default)]
pub struct Submission {
    time_ms: u64,
    entries: Vec<(String, Pending)>,
}

impl Submission {
    /// An empty submission at this time, in milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn new(time_ms: u64) -> Self {
        Self {
            time_ms,
            entries: Vec::new(),
        }
    }

    /// Adds an entry for a ledger.
    ///
    /// # Errors
    /// [`Error::EntryTooLarge`].
    pub fn append(&mut self, ledger: &str, entry: impl AsRef<[u8]>) -> Result<()> {
        self.with(ledger, |pending| pending.push(entry.as_ref()))
    }

    /// Adds an entry with an id for a ledger with look-up by id; the whole submission is refused
    /// where an entry has the id.
    ///
    /// # Errors
    /// [`Error::IdLen`], [`Error::EntryTooLarge`].
    pub fn append_unique(
        &mut self,
        ledger: &str,
        id: impl AsRef<[u8]>,
        entry: impl AsRef<[u8]>,
    ) -> Result<()> {
        self.with(ledger, |pending| {
            pending.push_with_id(id.as_ref(), entry.as_ref())
        })
    }

    /// Sets a key of a ledger's state, or removes it if the value is empty.
    ///
    /// # Errors
    /// [`Error::EntryTooLarge`].
    pub fn put(
        &mut self,
        ledger: &str,
        key: impl AsRef<[u8]>,
        value: impl AsRef<[u8]>,
    ) -> Result<()> {
        self.with(ledger, |pending| {
            pending.write(key.as_ref(), value.as_ref())
        })
    }

    /// Removes a key of a ledger's state, which may be absent.
    ///
    /// # Errors
    /// [`Error::EntryTooLarge`].
    pub fn delete(&mut self, ledger: &str, key: impl AsRef<[u8]>) -> Result<()> {
        self.put(ledger, key, [])
    }

    fn with(&mut self, ledger: &str, add: impl FnOnce(&mut Pending) -> Result<()>) -> Result<()> {
        let known = self.entries.iter().position(|(name, _)| name == ledger);
        let at = known.unwrap_or_else(|| {
            self.entries.push((ledger.to_owned(), Pending::default()));
            self.entries.len() - 1
        });
        match self.entries.get_mut(at) {
            Some((_, pending)) => add(pending),
            None => Ok(()),
        }
    }

    fn bytes_len(&self) -> usize {
        let entries = self.entries.iter();
        entries.map(|(_, pending)| pending.bytes_len()).sum()
    }
}

/// Where the entries of a submission came to lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Height of the commit.
    pub height: u64,
    /// Per ledger of the submission, in its order, the leaf index of its first entry there; the
    /// others follow without gaps.
    pub first: Vec<(String, LeafIndex)>,
}

/// How much may wait for a group commit. A submission that is beyond the limits by itself is taken
/// in when nothing else waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueLimits {
    /// How many submissions.
    pub submissions: usize,
    /// Bytes of their entries, keys and values.
    pub bytes: usize,
}

impl Default for QueueLimits {
    /// 4096 submissions, 64 MiB.
    fn default() -> Self {
        Self {
            submissions: 4096,
            bytes: 64 << 20,
        }
    }
}

/// The submitters that wait for one store.
#[derive(Debug, Default)]
pub(super) struct Group {
    queue: Mutex<Queue>,
    /// Something was taken out of the queue, or the next one at the door may go in.
    room: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    limits: QueueLimits,
    waiting: VecDeque<(Submission, Arc<Seat>)>,
    /// Bytes of the submissions that wait.
    bytes: usize,
    led: bool,
    /// How many ever came to the door, and how many of them went in or away.
    came: u64,
    went: u64,
}

impl Queue {
    fn has_room(&self, bytes: usize) -> bool {
        let limits = &self.limits;
        self.waiting.is_empty()
            || self.waiting.len() < limits.submissions
                && self.bytes.saturating_add(bytes) <= limits.bytes
    }
}

/// Where one submitter waits.
#[derive(Debug, Default)]
struct Seat {
    turn: Mutex<Turn>,
    called: Condvar,
}

#[derive(Debug, Default)]
enum Turn {
    #[default]
    Wait,
    Lead,
    Done(Result<Receipt>),
}

impl Seat {
    fn call(&self, turn: Turn) {
        *lock(&self.turn) = turn;
        self.called.notify_one();
    }

    /// Waits to be called; `None` means to lead.
    fn wait(&self) -> Option<Result<Receipt>> {
        let mut turn = lock(&self.turn);
        loop {
            match mem::take(&mut *turn) {
                Turn::Wait => {
                    let waited = self.called.wait(turn);
                    turn = waited.unwrap_or_else(PoisonError::into_inner);
                }
                Turn::Lead => return None,
                Turn::Done(result) => return Some(result),
            }
        }
    }
}

impl Group {
    pub(super) fn limit(&self, limits: QueueLimits) {
        lock(&self.queue).limits = limits;
        self.room.notify_all();
    }

    /// Fills in what waits.
    pub(super) fn count(&self, counters: &mut Counters) {
        let queue = lock(&self.queue);
        counters.waiting = queue.waiting.len() as u64;
        counters.waiting_bytes = queue.bytes as u64;
        counters.blocked = queue.came - queue.went;
    }

    pub(super) fn submit(
        &self,
        store: &Store,
        submission: Submission,
        patient: bool,
    ) -> Result<Receipt> {
        let snapshot = store.snapshot();
        for (ledger, pending) in &submission.entries {
            let stateless = snapshot.ledger_roots(ledger)?.state.is_none();
            if stateless && !pending.writes.is_empty() {
                return Err(Error::NoState {
                    name: ledger.clone(),
                });
            }
            if !pending.ids.is_empty() && !snapshot.has_ids(ledger)? {
                return Err(Error::NoLookup {
                    name: ledger.clone(),
                    what: "id",
                });
            }
        }
        let (seat, leads) = self.enter(submission, patient).inspect_err(|_| {
            store.shared.counts.refused.add(1);
        })?;
        if !leads && let Some(result) = seat.wait() {
            return result;
        }
        self.lead(store);
        // The leader stands first in the queue it took, so it was answered.
        seat.wait().unwrap_or_else(|| Err(no_answer()))
    }

    /// Takes a seat, once there is room; answers whether its owner leads.
    fn enter(&self, submission: Submission, patient: bool) -> Result<(Arc<Seat>, bool)> {
        let bytes = submission.bytes_len();
        let mut queue = lock(&self.queue);
        if !patient && (queue.went < queue.came || !queue.has_room(bytes)) {
            return Err(Error::Busy {
                submissions: queue.waiting.len(),
                bytes: queue.bytes,
            });
        }
        let place = queue.came;
        queue.came += 1;
        while queue.went < place || !queue.has_room(bytes) {
            let waited = self.room.wait(queue);
            queue = waited.unwrap_or_else(PoisonError::into_inner);
        }
        queue.went += 1;
        if queue.went < queue.came {
            // There may be room for the next one too.
            self.room.notify_all();
        }
        let seat = Arc::new(Seat::default());
        queue.bytes += bytes;
        queue.waiting.push_back((submission, Arc::clone(&seat)));
        let leads = !mem::replace(&mut queue.led, true);
        Ok((seat, leads))
    }

    /// Commits what waits, group after group, answers everyone, and passes the lead on.
    fn lead(&self, store: &Store) {
        let _lead = Lead(self);
        for _ in 0..GROUPS_MAX {
            let (submissions, seats) = self.take();
            if submissions.is_empty() {
                return;
            }
            let mut answers = Answers {
                seats: seats.into(),
                results: VecDeque::new(),
            };
            answers.results = match commit(store, &submissions) {
                Ok(receipts) => receipts.into(),
                Err(error) => {
                    let others = answers.seats.iter().skip(1).map(|_| Err(error.for_group()));
                    let mut results: VecDeque<_> = others.collect();
                    results.push_front(Err(error));
                    results
                }
            };
        }
    }

    fn take(&self) -> (Vec<Submission>, Vec<Arc<Seat>>) {
        let mut queue = lock(&self.queue);
        let (mut submissions, mut seats, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some((submission, seat)) = queue.waiting.pop_front() {
            let more = submission.bytes_len();
            if !submissions.is_empty() && bytes + more > GROUP_BYTES_MAX {
                queue.waiting.push_front((submission, seat));
                break;
            }
            bytes += more;
            submissions.push(submission);
            seats.push(seat);
        }
        queue.bytes -= bytes;
        if queue.went < queue.came {
            self.room.notify_all();
        }
        (submissions, seats)
    }
}

/// Passes the lead on when it is dropped, after a panic too.
struct Lead<'a>(&'a Group);

impl Drop for Lead<'_> {
    fn drop(&mut self) {
        let mut queue = lock(&self.0.queue);
        match queue.waiting.front() {
            Some((_, next)) => next.call(Turn::Lead),
            None => queue.led = false,
        }
    }
}

/// Answers every seat when it is dropped, after a panic too.
#[derive(Debug)]
struct Answers {
    seats: VecDeque<Arc<Seat>>,
    results: VecDeque<Result<Receipt>>,
}

impl Drop for Answers {
    fn drop(&mut self) {
        while let Some(seat) = self.seats.pop_front() {
            let result = self.results.pop_front();
            seat.call(Turn::Done(result.unwrap_or_else(|| Err(no_answer()))));
        }
    }
}

/// Commits submissions together, but for those that bring an id that is known: these are refused,
/// each with its error.
fn commit(store: &Store, submissions: &[Submission]) -> Result<Vec<Result<Receipt>>> {
    let submitted = submissions.len() as u64;
    let _span = tracing::debug_span!(target: "ledger", "group", submissions = submitted).entered();
    let mut writer = store.lock();
    let head = Arc::clone(&writer.head);
    let mut batch = crate::batch::Batch::on(Arc::clone(&head), Arc::clone(&store.shared));
    let times = submissions.iter().map(|submission| submission.time_ms);
    let time_ms = times.fold(head.time_ms, u64::max);
    let mut receipts = Vec::new();
    for submission in submissions {
        let mut entries = Vec::new();
        for (ledger, pending) in &submission.entries {
            entries.push((head.ledger(ledger)?.0, pending));
        }
        let names = submission.entries.iter().map(|(ledger, _)| ledger.clone());
        let added = batch.append_all(&entries);
        receipts.push(added.map(|first| Receipt {
            height: head.height + 1,
            first: names.zip(first).collect(),
        }));
    }
    if receipts.iter().all(Result::is_err) {
        return Ok(receipts);
    }
    let sealed = batch.seal(time_ms, &[])?;
    writer.commit(&store.shared, sealed)?;
    let counts = &store.shared.counts;
    counts.groups.add(1);
    let taken = receipts.iter().filter(|receipt| receipt.is_ok());
    counts.submissions.add(taken.count() as u64);
    Ok(receipts)
}

fn no_answer() -> Error {
    Error::Group {
        reason: "its leader panicked".to_owned(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
