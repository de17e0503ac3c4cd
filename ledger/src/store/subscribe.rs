//! Subscriptions: every commit from a height on, in order, read from the log.
//!
//! Invariants:
//!
//! - a subscription holds the next height and no commits: nothing is queued for it, so that a slow
//!   one takes no memory and never makes the writer wait;
//! - what it delivers was published, so it is durable; heights follow one another without a gap;
//! - a store that ends says so once, after which the tip moves no more.

use std::sync::{Arc, PoisonError};

use super::base::check_height;
use super::shared::{CommitRecord, Shared};
use super::snapshot::Snapshot;
use super::sync::{Condvar, Mutex, MutexGuard};
use crate::error::{Error, Result};

/// Wakes subscriptions, and knows why there is nothing more to wait for.
#[derive(Debug, Default)]
pub(crate) struct News {
    ended: Mutex<Option<Ended>>,
    arrived: Condvar,
}

/// Why a store makes no more commits.
#[derive(Clone, Debug)]
pub(crate) enum Ended {
    Closed,
    Poisoned(String),
}

impl News {
    /// Tells that the tip moved.
    pub(crate) fn arrived(&self) {
        // A subscription looks at the tip and falls asleep under this lock: with it held once after
        // the tip moved, none can miss that.
        drop(self.lock());
        self.arrived.notify_all();
    }

    /// Tells that the tip will not move any more. The first reason counts; answers whether this is
    /// it.
    pub(crate) fn end(&self, why: Ended) -> bool {
        let mut ended = self.lock();
        let is_first = ended.is_none();
        ended.get_or_insert(why);
        drop(ended);
        self.arrived.notify_all();
        is_first
    }

    fn lock(&self) -> MutexGuard<'_, Option<Ended>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Every commit of a store from one height on, each once and in order.
///
/// As an iterator it waits for the next commit, and ends after an error: [`Error::Closed`] when the
/// store was closed or dropped, `Poisoned` of [`hash_store::Error`] when it makes no more commits
/// until it is reopened, both after everything that was committed; [`Error::Log`] where a commit is
/// damaged. A subscription that starts behind the damage goes on.
///
/// Commits are read from the record log, which is never pruned, when they are asked for: a
/// subscription may be as slow as it likes. It keeps no state of any height: what
/// [`Store::set_keep`](crate::Store::set_keep) drops is gone for it too. A record brings what was attached in the commit's
/// own write; what is attached later is found by [`Snapshot::attachments`] and not delivered.
#[derive(Debug)]
pub struct Subscription {
    shared: Arc<Shared>,
    next: u64,
    over: bool,
}

impl Subscription {
    pub(super) fn new(shared: Arc<Shared>, from: u64) -> Result<Self> {
        if from == 0 {
            return Err(Error::NoSuchHeight {
                asked: from,
                last: shared.tip().log.height,
            });
        }
        check_height(shared.base.as_ref(), from)?;
        Ok(Self {
            shared,
            next: from,
            over: false,
        })
    }

    /// The height of the commit that is delivered next.
    #[must_use]
    pub const fn next_height(&self) -> u64 {
        self.next
    }

    /// The ledgers as they are now, for whoever holds the subscription and not the store.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::clone(&self.shared), self.shared.tip())
    }

    /// The next commit, without waiting; `None` where it was not made yet.
    ///
    /// # Errors
    /// [`Error::Closed`], `Poisoned` of [`hash_store::Error`] where it never will be;
    /// [`Error::Log`] where it is damaged: it is not passed over.
    pub fn try_next(&mut self) -> Result<Option<CommitRecord>> {
        let ended = self.shared.news.lock().clone();
        // In this order: what was committed before the end is seen.
        if self.is_there() {
            return self.read().map(Some);
        }
        ended.map_or(Ok(None), |why| Err(why.into()))
    }

    fn wait(&mut self) -> Result<CommitRecord> {
        let mut ended = self.shared.news.lock();
        while !self.is_there() {
            if let Some(why) = ended.clone() {
                return Err(why.into());
            }
            let waited = self.shared.news.arrived.wait(ended);
            ended = waited.unwrap_or_else(PoisonError::into_inner);
        }
        drop(ended);
        self.read()
    }

    fn is_there(&self) -> bool {
        self.shared.tip().log.height >= self.next
    }

    fn read(&mut self) -> Result<CommitRecord> {
        let record = self.shared.commit(self.next, &self.shared.tip().log)?;
        self.next += 1;
        Ok(record)
    }
}

impl Iterator for Subscription {
    type Item = Result<CommitRecord>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let commit = self.wait();
        self.over = commit.is_err();
        Some(commit)
    }
}

impl From<Ended> for Error {
    fn from(why: Ended) -> Self {
        match why {
            Ended::Closed => Self::Closed,
            Ended::Poisoned(reason) => hash_store::Error::Poisoned { reason }.into(),
        }
    }
}
