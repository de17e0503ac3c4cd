//! Requests that wait to be put into a block.
//!
//! Invariants:
//!
//! - it holds at most so many requests, bytes, and requests of one sender; what does not fit is
//!   refused at once, so that the sender knows to wait;
//! - senders take turns: a block takes one request of each before a second of any;
//! - requests of one sender stay in the order in which they came.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::sync::Arc;

use crate::block::Envelope;
use crate::names::{Name, RequestId};
use crate::reason::Reason;

/// How much may wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolLimits {
    /// Requests.
    pub requests: usize,
    /// Bytes of them.
    pub bytes: usize,
    /// Requests of one sender.
    pub requests_per_sender: usize,
}

impl Default for PoolLimits {
    fn default() -> Self {
        Self {
            requests: 50_000,
            bytes: 64 << 20,
            requests_per_sender: 10_000,
        }
    }
}

/// Requests that wait.
#[derive(Debug)]
pub(crate) struct Mempool {
    limits: PoolLimits,
    bytes: usize,
    /// Number of the next request.
    next: u64,
    waiting: HashMap<RequestId, (u64, Arc<Envelope>)>,
    senders: BTreeMap<Name, BTreeMap<u64, Arc<Envelope>>>,
    expiries: BTreeSet<(u64, RequestId)>,
    /// The sender whose turn was last.
    last: Option<Name>,
}

impl Mempool {
    pub(crate) fn new(limits: PoolLimits) -> Self {
        Self {
            limits,
            bytes: 0,
            next: 0,
            waiting: HashMap::new(),
            senders: BTreeMap::new(),
            expiries: BTreeSet::new(),
            last: None,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn contains(&self, id: &RequestId) -> bool {
        self.waiting.contains_key(id)
    }

    /// The request of that id, if it waits.
    pub(crate) fn get(&self, id: &RequestId) -> Option<&Arc<Envelope>> {
        self.waiting.get(id).map(|(_, request)| request)
    }

    /// Whether a request of this sender and length would be taken now.
    pub(crate) fn check(&self, id: &RequestId, sender: &Name, len: usize) -> Result<(), Reason> {
        if self.contains(id) {
            return Err(Reason::Duplicate);
        }
        if self.len() >= self.limits.requests || self.bytes + len > self.limits.bytes {
            return Err(Reason::Busy);
        }
        let waiting = self.senders.get(sender).map_or(0, BTreeMap::len);
        if waiting >= self.limits.requests_per_sender {
            return Err(Reason::SenderBusy);
        }
        Ok(())
    }

    /// Takes a request in.
    pub(crate) fn insert(&mut self, request: Arc<Envelope>) -> Result<(), Reason> {
        let sender = &request.signed.request.sender;
        self.check(&request.id, sender, request.bytes.len())?;
        let number = self.next;
        self.next += 1;
        self.bytes += request.bytes.len();
        self.waiting
            .insert(request.id, (number, Arc::clone(&request)));
        let expires_ms = request.signed.request.expires_ms;
        self.expiries.insert((expires_ms, request.id));
        let queue = self.senders.entry(sender.clone()).or_default();
        queue.insert(number, request);
        Ok(())
    }

    /// Takes a request out, if it waits.
    pub(crate) fn remove(&mut self, request: &Envelope) {
        let Some((number, _)) = self.waiting.remove(&request.id) else {
            return;
        };
        self.bytes -= request.bytes.len();
        let expires_ms = request.signed.request.expires_ms;
        self.expiries.remove(&(expires_ms, request.id));
        let sender = &request.signed.request.sender;
        if let Some(queue) = self.senders.get_mut(sender) {
            queue.remove(&number);
            if queue.is_empty() {
                self.senders.remove(sender);
            }
        }
    }

    /// Takes out what may not be executed at this time or later.
    pub(crate) fn expire(&mut self, time_ms: u64) -> Vec<RequestId> {
        let mut expired = Vec::new();
        while let Some((expires_ms, id)) = self.expiries.first().copied()
            && expires_ms < time_ms
        {
            self.expiries.pop_first();
            expired.push(id);
            let request = self
                .waiting
                .get(&id)
                .map(|(_, request)| Arc::clone(request));
            if let Some(request) = request {
                self.remove(&request);
            }
        }
        expired
    }

    /// Chooses requests for a block: at most so many, of at most so many bytes in a block, none
    /// that `skip` names. They stay until they are removed.
    pub(crate) fn select(
        &mut self,
        count_max: usize,
        len_max: usize,
        skip: impl Fn(&RequestId) -> bool,
    ) -> Vec<Arc<Envelope>> {
        let last = self.last.take();
        let (before, after): (Vec<_>, Vec<_>) = self
            .senders
            .iter()
            .partition(|(sender, _)| last.as_ref().is_some_and(|last| *sender <= last));
        let in_turn = after.into_iter().chain(before);
        let mut queues: VecDeque<_> = in_turn
            .map(|(name, queue)| (name, queue.values()))
            .collect();
        let (mut chosen, mut len) = (Vec::new(), 4);
        while chosen.len() < count_max
            && let Some((sender, mut queue)) = queues.pop_front()
        {
            let Some(request) = queue.find(|request| !skip(&request.id)) else {
                continue;
            };
            len += 4 + request.bytes.len();
            if len > len_max {
                break;
            }
            chosen.push(Arc::clone(request));
            self.last = Some(sender.clone());
            queues.push_back((sender, queue));
        }
        chosen
    }
}

#[cfg(test)]
mod tests;
