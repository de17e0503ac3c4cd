//! One replica: the store, the blocks on top of it, and the requests that wait. The consensus engine
//! drives it; it knows no engine, no network and no clock.
//!
//! Invariants:
//!
//! - a final block is one commit of the store, at its height, exactly once, with its header attached
//!   in the same write, and its certificate where there is one;
//! - a block is found valid only if executing it here gave the very header;
//! - one block is executed at a time, and each once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger::{Snapshot, Store};
use tokio::sync::{Notify, broadcast, oneshot};

use super::base::Base;
use super::chain::{Chain, Speculative};
use super::committees::Committees;
use super::executor::{
    ExecuteError, Executed, Executor, LEDGERS, Members, Unfit, ledger_tips, read_policy,
    verify_together,
};
use super::history;
use super::mempool::{Mempool, PoolLimits};
use super::open;
use crate::block::{Block, Envelope, payload_hash};
use crate::certificate::Certificate;
use crate::genesis::Genesis;
use crate::header::Header;
use crate::keys::Ed25519Key;
use crate::names::{BlockHash, Name, NetworkHash, RequestId};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::reply::{Committed, Outcome, RequestStatus};
use crate::transaction::Transaction;

/// Kind of the attachment that is a commit's block header.
pub const HEADER_ATTACHMENT: u32 = 1;
/// Kind of the attachment that is a commit's finality certificate.
pub const CERTIFICATE_ATTACHMENT: u32 = 2;
/// Kind of the attachment that says in which order requests stood in a block, if they went to several
/// ledgers: for each of them the ledger's number.
pub const ORDER_ATTACHMENT: u32 = 3;
/// Commits that a subscriber may be behind.
const SUBSCRIPTION_LEN: usize = 256;

/// Why a replica cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplicaError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] ledger::Error),
    /// The store is of another network.
    #[error("the store is of network {got}, the genesis of {expected}")]
    OtherNetwork {
        /// The network of the genesis.
        expected: NetworkHash,
        /// The network of the store.
        got: String,
    },
    /// The store's commits are not those of replicas.
    #[error("the commit at height {height} has no block header that belongs to it")]
    NoHeader {
        /// The height.
        height: u64,
    },
    /// The state does not say who the nodes are.
    #[error("the state at height {height} names no nodes")]
    NoNodes {
        /// The height.
        height: u64,
    },
    /// The last block of an epoch has no certificate of its own.
    #[error("the commit at height {height}, which ends an epoch, has no certificate")]
    NoCertificate {
        /// The height.
        height: u64,
    },
    /// A final block does not stand on the last commit.
    #[error("block {block} of height {height} is final, and does not stand on commit {tip}")]
    Gap {
        /// The block.
        block: BlockHash,
        /// Its height.
        height: u64,
        /// The height of the last commit.
        tip: u64,
    },
    /// A final block comes to something else here.
    #[error("block {block} of height {height} is final, and not what comes out here: {found}")]
    Diverged {
        /// The block.
        block: BlockHash,
        /// Its height.
        height: u64,
        /// What is different.
        found: Fault,
    },
}

/// What is wrong with a block, for ever and on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// A request has no place in a block.
    #[error("request {id} is not fit: {reason}")]
    Request {
        /// The request.
        id: RequestId,
        /// Why.
        reason: Reason,
    },
    /// Its header does not follow from its parent's.
    #[error("its {0} does not follow from its parent's")]
    Header(&'static str),
    /// It holds more than the policy allows.
    #[error("it holds more requests than the policy allows")]
    Oversize,
    /// Executing it gives another header.
    #[error("its {0} is not what comes out")]
    Outcome(&'static str),
}

/// What a replica says to a block.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Executed here, with the same header.
    Valid,
    /// Not to be voted for, by anybody.
    Invalid(Fault),
    /// Its parent was not executed here.
    NoParent,
}

/// Whose turn it is to propose, on what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    pub(crate) epoch: u64,
    pub(crate) view: u64,
    pub(crate) proposer: Ed25519Key,
    pub(crate) parent_view: u64,
    pub(crate) parent: BlockHash,
}

/// One replica.
#[derive(Debug)]
pub(crate) struct Replica {
    pub(crate) genesis: Genesis,
    pub(crate) alias: Name,
    /// The key that the node is known by.
    pub(crate) identity: Ed25519Key,
    pub(crate) store: Store,
    pub(crate) executor: Executor,
    pub(crate) mempool: Mutex<Mempool>,
    pub(crate) chain: Mutex<Chain>,
    /// Held while a block is executed.
    executing: Mutex<()>,
    policy: Mutex<Policy>,
    /// The last height whose commit has a certificate of its own.
    certified: AtomicU64,
    /// Heights of the commits without a certificate of their own, by their blocks: these are asked
    /// for by name, as nothing else shows them to be final.
    pub(super) uncertified: Mutex<HashMap<BlockHash, u64>>,
    pub(super) committees: Committees,
    /// Where the store's history begins, if not with the genesis.
    pub(crate) base: Option<Base>,
    pub(crate) commits: broadcast::Sender<Committed>,
    pub(super) waiting: Mutex<HashMap<RequestId, Vec<oneshot::Sender<RequestStatus>>>>,
    /// Told whenever a request comes in.
    pub(crate) work: Notify,
    /// What a liar does to the headers that it proposes.
    #[cfg(feature = "simulate")]
    pub(crate) lie: Option<fn(&mut Header)>,
    /// What a liar does to the headers of the history that it gives.
    #[cfg(test)]
    pub(crate) lie_of_history: Option<fn(&mut Header)>,
    /// Heights whose certificates are lost.
    #[cfg(test)]
    pub(crate) uncertified_heights: Option<fn(u64) -> bool>,
}

impl Replica {
    /// A replica on an open store, whose first commit is the genesis.
    pub(crate) fn new(
        genesis: Genesis,
        (alias, identity): (Name, Ed25519Key),
        store: Store,
        limits: PoolLimits,
    ) -> Result<Self, ReplicaError> {
        let (tip, certified) = open::tip(&genesis, &store)?;
        let policy = read_policy(&store.snapshot())?;
        let base = Base::of(&genesis, &store.snapshot())?;
        Ok(Self {
            executor: Executor::new(&genesis),
            committees: Committees::new(&genesis, base.as_ref()),
            base,
            chain: Mutex::new(Chain::new(tip, store.batch())),
            executing: Mutex::new(()),
            genesis,
            alias,
            identity,
            store,
            mempool: Mutex::new(Mempool::new(limits)),
            policy: Mutex::new(policy),
            certified: AtomicU64::new(certified),
            uncertified: Mutex::new(HashMap::new()),
            commits: broadcast::channel(SUBSCRIPTION_LEN).0,
            waiting: Mutex::new(HashMap::new()),
            work: Notify::new(),
            #[cfg(feature = "simulate")]
            lie: None,
            #[cfg(test)]
            lie_of_history: None,
            #[cfg(test)]
            uncertified_heights: None,
        })
    }

    /// The height that the store's history begins with; 0 if all of it is there.
    pub(crate) fn base_height(&self) -> u64 {
        self.base.as_ref().map_or(0, |base| base.height)
    }

    /// The limits as of the last commit.
    pub(crate) fn policy(&self) -> Policy {
        *lock(&self.policy)
    }

    /// The last height whose commit has a certificate of its own; 0 if none has.
    pub(crate) fn certified(&self) -> u64 {
        self.certified.load(Ordering::Acquire)
    }

    /// Whether the commit of a height was made.
    pub(crate) fn is_committed(&self, height: u64) -> bool {
        height <= lock(&self.chain).tip().height
    }

    /// Whether a block is the last commit, or was executed on top of it.
    pub(crate) fn knows(&self, hash: &BlockHash) -> bool {
        let chain = lock(&self.chain);
        *hash == chain.tip_hash() || chain.get(hash).is_some()
    }

    /// Whether a request waits that no block holds, from the last commit up to this one.
    pub(crate) fn has_work(&self, parent: &BlockHash) -> bool {
        let taken = lock(&self.chain).requests_up_to(parent);
        let mempool = lock(&self.mempool);
        // What is taken waits too, as far as this node has heard of it.
        let waiting = taken.ids().filter(|id| mempool.contains(id));
        mempool.len() > waiting.take(mempool.len()).count()
    }

    /// The block of the genesis commit.
    pub(crate) fn genesis_block(&self) -> Result<Arc<Block>, ReplicaError> {
        let header = match &self.base {
            Some(_) => open::first_header(&self.genesis)?,
            None => open::header_at(&self.store.snapshot(), 1)?,
        };
        Ok(Arc::new(Block::new(header, Vec::new())))
    }

    /// Makes a block of the requests that wait; `None` if the parent was not executed here.
    pub(crate) fn propose(
        &self,
        turn: Turn,
        now_ms: u64,
    ) -> Result<Option<Arc<Block>>, ReplicaError> {
        let _one_at_a_time = lock(&self.executing);
        let (found, taken) = {
            let chain = lock(&self.chain);
            (chain.on(&turn.parent), chain.requests_up_to(&turn.parent))
        };
        let Some((batch, parent)) = found else {
            return Ok(None);
        };
        let policy = read_policy(&batch)?;
        let chosen = lock(&self.mempool).select(
            policy.block_requests_max as usize,
            policy.block_len_max as usize,
            |id| taken.contains(id),
        );
        let at = (parent.height + 1, now_ms.max(parent.time_ms));
        let executed = self.executor.execute(batch, at, &chosen, Unfit::Skip);
        let executed = executed.map_err(|error| self.of_execution(&turn.parent, at.0, error))?;
        let header = self.header(turn, at, &executed);
        #[cfg(feature = "simulate")]
        let header = {
            let mut header = header;
            self.lie.inspect(|lie| lie(&mut header));
            header
        };
        let block = Arc::new(Block::new(header, executed.requests.clone()));
        let speculative = Speculative::new(Arc::clone(&block), executed);
        lock(&self.chain).insert(speculative);
        Ok(Some(block))
    }

    fn header(&self, turn: Turn, (height, time_ms): (u64, u64), executed: &Executed) -> Header {
        Header {
            network: self.genesis.network(),
            height,
            epoch: turn.epoch,
            view: turn.view,
            proposer: turn.proposer,
            parent_view: turn.parent_view,
            parent: turn.parent,
            time_ms,
            payload_hash: payload_hash(&executed.requests),
            audit_root: executed.sealed.audit_root(),
            ledgers: ledger_tips(&executed.sealed),
        }
    }

    /// Executes a block and says whether its header is what comes out.
    pub(crate) fn verify(&self, block: &Arc<Block>) -> Result<Verdict, ReplicaError> {
        match self.executed(block)?.err() {
            None => Ok(Verdict::Valid),
            // It may have been committed since somebody asked for it.
            Some(Verdict::NoParent) if self.has_committed(block)? => Ok(Verdict::Valid),
            Some(other) => Ok(other),
        }
    }

    /// Whether this very block is a commit of this node.
    fn has_committed(&self, block: &Block) -> Result<bool, ReplicaError> {
        let height = block.header().height;
        Ok(self.is_committed(height)
            && open::header_at(&self.store.snapshot(), height)?.hash() == block.hash())
    }

    /// A block as it was executed here, before or now; what else is to be said of it.
    fn executed(
        &self,
        block: &Arc<Block>,
    ) -> Result<Result<Arc<Speculative>, Verdict>, ReplicaError> {
        let known = || lock(&self.chain).get(&block.hash());
        if let Some(known) = known() {
            return Ok(Ok(known));
        }
        let _one_at_a_time = lock(&self.executing);
        if let Some(known) = known() {
            return Ok(Ok(known));
        }
        let found = lock(&self.chain).on(&block.header().parent);
        let Some((batch, parent)) = found else {
            return Ok(Err(Verdict::NoParent));
        };
        let executed = self.execute(block, batch, &parent)?;
        let block = Arc::clone(block);
        Ok(executed
            .map(|executed| lock(&self.chain).insert(Speculative::new(block, executed)))
            .map_err(Verdict::Invalid))
    }

    /// Executes a block of another node on its parent.
    fn execute(
        &self,
        block: &Arc<Block>,
        batch: ledger::Batch,
        parent: &Header,
    ) -> Result<Result<Executed, Fault>, ReplicaError> {
        let header = block.header();
        if let Err(fault) = follows(header, parent, &read_policy(&batch)?, block) {
            return Ok(Err(fault));
        }
        // Requests that came in before were verified then.
        let requests: Vec<_> = {
            let mempool = lock(&self.mempool);
            let own = |request: &Arc<Envelope>| match mempool.get(&request.id) {
                Some(waiting) if waiting == request => Arc::clone(waiting),
                _ => Arc::clone(request),
            };
            block.requests().iter().map(own).collect()
        };
        verify_together((&batch, &mut Members::default()), &requests)?;
        let at = (header.height, header.time_ms);
        match self.executor.execute(batch, at, &requests, Unfit::Refuse) {
            Err(ExecuteError::Unfit { id, reason }) => Ok(Err(Fault::Request { id, reason })),
            Err(ExecuteError::Store(error)) => Err(error.into()),
            Ok(executed) => Ok(came_out(header, &executed).map(|()| executed)),
        }
    }

    /// Commits a final block, unless it was committed before.
    pub(crate) fn commit(
        &self,
        block: &Arc<Block>,
        certificate: Option<&Certificate>,
    ) -> Result<(), ReplicaError> {
        let (hash, header) = (block.hash(), block.header());
        let height = header.height;
        {
            let chain = lock(&self.chain);
            if height <= chain.tip().height {
                return Ok(());
            }
            if header.parent != chain.tip_hash() {
                let (block, tip) = (hash, chain.tip().height);
                return Err(ReplicaError::Gap { block, height, tip });
            }
        }
        let speculative = match self.executed(block)? {
            Ok(speculative) => speculative,
            Err(Verdict::Invalid(found)) => {
                let block = hash;
                return Err(ReplicaError::Diverged {
                    block,
                    height,
                    found,
                });
            }
            Err(_) => {
                let (block, tip) = (hash, height - 1);
                return Err(ReplicaError::Gap { block, height, tip });
            }
        };
        #[cfg(test)]
        let certificate = certificate.filter(|_| {
            let lost = self.uncertified_heights;
            !lost.is_some_and(|lost| lost(height))
        });
        let mut sealed = speculative.executed.sealed.clone();
        sealed.attach(HEADER_ATTACHMENT, &header.encode())?;
        if let Some(certificate) = certificate {
            sealed.attach(CERTIFICATE_ATTACHMENT, &certificate.encode())?;
        } else {
            // Known before it is there: nobody asks for it before.
            lock(&self.uncertified).insert(hash, height);
        }
        if let Some(order) = history::order(&speculative.executed.outcomes) {
            sealed.attach(ORDER_ATTACHMENT, &order)?;
        }
        self.store.commit(sealed)?;
        if certificate.is_some() {
            self.certified.store(height, Ordering::Release);
        }
        *lock(&self.policy) = read_policy(&self.store.snapshot())?;
        lock(&self.chain).commit(&speculative);
        self.settle(&speculative);
        Ok(())
    }

    /// Takes what was committed out of the pool and tells who waits for it.
    fn settle(&self, committed: &Speculative) {
        let header = committed.block.header();
        let expired = {
            let mut mempool = lock(&self.mempool);
            for request in committed.block.requests() {
                mempool.remove(request);
            }
            mempool.expire(header.time_ms)
        };
        let outcomes = &committed.executed.outcomes;
        {
            let mut waiting = lock(&self.waiting);
            let mut tell = |id: &RequestId, status: &RequestStatus| {
                for waiter in waiting.remove(id).into_iter().flatten() {
                    // A waiter that left is no loss.
                    let _ = waiter.send(status.clone());
                }
            };
            for outcome in outcomes {
                tell(&outcome.id, &RequestStatus::Final(outcome.clone()));
            }
            let reason = Reason::Expired;
            for id in &expired {
                tell(id, &RequestStatus::Dropped { reason });
            }
        }
        // Nobody may be listening.
        let _ = self.commits.send(Committed {
            height: header.height,
            time_ms: header.time_ms,
            block: committed.block.hash(),
            outcomes: outcomes.clone(),
        });
    }

    /// Tells when a request that waits is final or dropped.
    pub(crate) fn wait_for(&self, id: RequestId) -> oneshot::Receiver<RequestStatus> {
        let (sender, receiver) = oneshot::channel();
        let mut waiting = lock(&self.waiting);
        waiting.entry(id).or_default().push(sender);
        receiver
    }

    /// Forgets those who no longer wait for a request.
    pub(crate) fn forget_closed(&self, id: &RequestId) {
        let mut waiting = lock(&self.waiting);
        if let Some(waiters) = waiting.get_mut(id) {
            waiters.retain(|waiter| !waiter.is_closed());
            if waiters.is_empty() {
                waiting.remove(id);
            }
        }
    }

    /// Where a request stands in the log. O(log height) reads.
    pub(crate) fn find(
        &self,
        snapshot: &Snapshot,
        id: &RequestId,
    ) -> Result<Option<Outcome>, ledger::Error> {
        // Any ledger will do: they share one space of ids.
        let Some(found) = snapshot.find_id(LEDGERS[0], id.as_bytes())? else {
            return Ok(None);
        };
        // Of what came up to the base no id is known.
        let (mut below, mut height) = (self.base_height(), snapshot.height());
        while height - below > 1 {
            let middle = below + (height - below) / 2;
            let body = snapshot.commit(middle)?.body;
            let size = body.ledger(&found.ledger).map_or(0, |ledger| ledger.size);
            if size > found.index.0 {
                height = middle;
            } else {
                below = middle;
            }
        }
        let entry = snapshot.ledger(&found.ledger)?.entry(found.index)?;
        // Only transactions have ids.
        let rejected = Transaction::decode(&entry).ok().and_then(|t| t.rejected);
        Ok(Some(Outcome {
            id: *id,
            height,
            time_ms: snapshot.commit(height)?.body.time_ms,
            ledger: found.ledger,
            index: found.index.0,
            rejected,
        }))
    }

    /// Skipping unfit requests leaves no fault but the store's.
    fn of_execution(&self, parent: &BlockHash, height: u64, error: ExecuteError) -> ReplicaError {
        match error {
            ExecuteError::Store(error) => error.into(),
            ExecuteError::Unfit { id, reason } => ReplicaError::Diverged {
                block: *parent,
                height,
                found: Fault::Request { id, reason },
            },
        }
    }
}

/// Whether a header follows from its parent's, and its block keeps the limits.
fn follows(header: &Header, parent: &Header, policy: &Policy, block: &Block) -> Result<(), Fault> {
    if header.network != parent.network {
        return Err(Fault::Header("network"));
    }
    if header.height != parent.height + 1 {
        return Err(Fault::Header("height"));
    }
    if header.time_ms < parent.time_ms {
        return Err(Fault::Header("time"));
    }
    let count = block.requests().len();
    let len = crate::block::payload_len(block.requests());
    if count > policy.block_requests_max as usize || len > policy.block_len_max as usize {
        return Err(Fault::Oversize);
    }
    Ok(())
}

/// Whether a header is what executing its block came to.
fn came_out(header: &Header, executed: &Executed) -> Result<(), Fault> {
    if header.ledgers != ledger_tips(&executed.sealed) {
        return Err(Fault::Outcome("ledger root"));
    }
    if header.audit_root != executed.sealed.audit_root() {
        return Err(Fault::Outcome("audit root"));
    }
    Ok(())
}

/// The header of the genesis commit.
pub(crate) fn genesis_header(genesis: &Genesis, sealed: &ledger::Sealed) -> Header {
    Header {
        network: genesis.network(),
        height: 1,
        epoch: 0,
        view: 0,
        proposer: Ed25519Key::new([0; 32]),
        parent_view: 0,
        parent: BlockHash::new([0; 32]),
        time_ms: genesis.file().time_ms,
        payload_hash: payload_hash(&[]),
        audit_root: sealed.audit_root(),
        ledgers: ledger_tips(sealed),
    }
}

/// What one thread left behind when it panicked is as it was between two calls: nothing here is
/// changed halfway.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
