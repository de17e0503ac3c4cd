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

use super::counters::Counters;
use super::sync::{Condvar, Mutex, MutexGuard};
use super::{Snapshot, Store};
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
    waiting: VecDeque<Waiting>,
    /// Submissions that wait, and their bytes.
    count: usize,
    bytes: usize,
    led: bool,
    /// How many ever came to the door, and how many of them went in or away.
    came: u64,
    went: u64,
}

impl Queue {
    fn has_room(&self, (count, bytes): (usize, usize)) -> bool {
        let limits = &self.limits;
        self.waiting.is_empty()
            || self.count.saturating_add(count) <= limits.submissions
                && self.bytes.saturating_add(bytes) <= limits.bytes
    }
}

/// What one caller brought, to be committed in one group.
#[derive(Debug)]
struct Waiting {
    submissions: Vec<Submission>,
    bytes: usize,
    seat: Arc<Seat>,
}

/// The answers to what one caller brought, in its order.
type Receipts = Vec<Result<Receipt>>;

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
    Done(Receipts),
}

impl Seat {
    fn call(&self, turn: Turn) {
        *lock(&self.turn) = turn;
        self.called.notify_one();
    }

    /// Waits to be called; `None` means to lead.
    fn wait(&self) -> Option<Receipts> {
        let mut turn = lock(&self.turn);
        loop {
            match mem::take(&mut *turn) {
                Turn::Wait => {
                    let waited = self.called.wait(turn);
                    turn = waited.unwrap_or_else(PoisonError::into_inner);
                }
                Turn::Lead => return None,
                Turn::Done(receipts) => return Some(receipts),
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
        counters.waiting = queue.count as u64;
        counters.waiting_bytes = queue.bytes as u64;
        counters.blocked = queue.came - queue.went;
    }

    pub(super) fn submit(
        &self,
        store: &Store,
        submission: Submission,
        patient: bool,
    ) -> Result<Receipt> {
        may_submit(&store.snapshot(), &submission)?;
        let mut receipts = self.commit(store, vec![submission], patient)?;
        receipts.pop().unwrap_or_else(|| Err(no_answer()))
    }

    /// Commits what one caller brings, in groups of up to [`GROUP_BYTES_MAX`].
    pub(super) fn submit_all(&self, store: &Store, submissions: Vec<Submission>) -> Receipts {
        let snapshot = store.snapshot();
        // What cannot be submitted is answered here, and stands as `None` until then.
        let mut refused = Vec::with_capacity(submissions.len());
        let (mut taken, mut part, mut bytes) = (Vec::new(), Vec::new(), 0);
        let mut commit = |part: &mut Vec<Submission>| {
            let count = part.len();
            match self.commit(store, mem::take(part), true) {
                Ok(receipts) => taken.extend(receipts),
                Err(error) => taken.extend((0..count).map(|_| Err(error.for_group()))),
            }
        };
        for submission in submissions {
            let refusal = may_submit(&snapshot, &submission).err();
            if refusal.is_none() {
                let more = submission.bytes_len();
                if bytes + more > GROUP_BYTES_MAX && !part.is_empty() {
                    commit(&mut part);
                    bytes = 0;
                }
                bytes += more;
                part.push(submission);
            }
            refused.push(refusal);
        }
        if !part.is_empty() {
            commit(&mut part);
        }
        let mut taken = taken.into_iter();
        let answer = |refusal: Option<Error>| match refusal {
            Some(error) => Err(error),
            None => taken.next().unwrap_or_else(|| Err(no_answer())),
        };
        refused.into_iter().map(answer).collect()
    }

    /// Commits submissions in one group, with whatever else waits.
    fn commit(
        &self,
        store: &Store,
        submissions: Vec<Submission>,
        patient: bool,
    ) -> Result<Receipts> {
        let (seat, leads) = self.enter(submissions, patient).inspect_err(|_| {
            store.shared.counts.refused.add(1);
        })?;
        if !leads && let Some(receipts) = seat.wait() {
            return Ok(receipts);
        }
        self.lead(store);
        // The leader stands first in the queue it took, so it was answered.
        seat.wait().ok_or_else(no_answer)
    }

    /// Takes a seat, once there is room; answers whether its owner leads.
    fn enter(&self, submissions: Vec<Submission>, patient: bool) -> Result<(Arc<Seat>, bool)> {
        let bytes = submissions.iter().map(Submission::bytes_len).sum();
        let room = (submissions.len(), bytes);
        let mut queue = lock(&self.queue);
        if !patient && (queue.went < queue.came || !queue.has_room(room)) {
            return Err(Error::Busy {
                submissions: queue.count,
                bytes: queue.bytes,
            });
        }
        let place = queue.came;
        queue.came += 1;
        while queue.went < place || !queue.has_room(room) {
            let waited = self.room.wait(queue);
            queue = waited.unwrap_or_else(PoisonError::into_inner);
        }
        queue.went += 1;
        if queue.went < queue.came {
            // There may be room for the next one too.
            self.room.notify_all();
        }
        let seat = Arc::new(Seat::default());
        queue.count += submissions.len();
        queue.bytes += bytes;
        queue.waiting.push_back(Waiting {
            submissions,
            bytes,
            seat: Arc::clone(&seat),
        });
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
            let count = submissions.len();
            answers.results = match commit(store, submissions) {
                Ok(receipts) => receipts.into(),
                Err(error) => {
                    let others = (1..count).map(|_| Err(error.for_group()));
                    let mut results: VecDeque<_> = others.collect();
                    results.push_front(Err(error));
                    results
                }
            };
        }
    }

    /// What waits, as far as it fits into one group, and how many of the submissions each seat
    /// brought.
    fn take(&self) -> (Vec<Submission>, Vec<(Arc<Seat>, usize)>) {
        let mut queue = lock(&self.queue);
        let (mut submissions, mut seats, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some(next) = queue.waiting.front() {
            if !submissions.is_empty() && bytes + next.bytes > GROUP_BYTES_MAX {
                break;
            }
            let Some(next) = queue.waiting.pop_front() else {
                break;
            };
            bytes += next.bytes;
            seats.push((next.seat, next.submissions.len()));
            submissions.extend(next.submissions);
        }
        queue.count -= submissions.len();
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
            Some(next) => next.seat.call(Turn::Lead),
            None => queue.led = false,
        }
    }
}

/// Answers every seat when it is dropped, after a panic too.
#[derive(Debug)]
struct Answers {
    /// With how many submissions each brought.
    seats: VecDeque<(Arc<Seat>, usize)>,
    results: VecDeque<Result<Receipt>>,
}

impl Drop for Answers {
    fn drop(&mut self) {
        while let Some((seat, count)) = self.seats.pop_front() {
            let mut answer = || self.results.pop_front();
            let receipts = (0..count).map(|_| answer().unwrap_or_else(|| Err(no_answer())));
            seat.call(Turn::Done(receipts.collect()));
        }
    }
}

/// Whether the store has what a submission names.
fn may_submit(snapshot: &Snapshot, submission: &Submission) -> Result<()> {
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
    Ok(())
}

/// Commits submissions together, but for those that bring an id that is known: these are refused,
/// each with its error.
fn commit(store: &Store, submissions: Vec<Submission>) -> Result<Receipts> {
    let submitted = submissions.len() as u64;
    let _span = tracing::debug_span!(target: "ledger", "group", submissions = submitted).entered();
    let mut writer = store.lock();
    let head = Arc::clone(&writer.head);
    let mut batch = crate::batch::Batch::on(Arc::clone(&head), Arc::clone(&store.shared));
    let times = submissions.iter().map(|submission| submission.time_ms);
    let time_ms = times.fold(head.time_ms, u64::max);
    let height = head.height + 1;
    let submissions = submissions.into_iter();
    let receipts: Receipts = submissions
        .map(|submission| {
            let first = batch.append_all(submission.entries)?;
            Ok(Receipt { height, first })
        })
        .collect();
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
