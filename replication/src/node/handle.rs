//! What a server does with a node: hand requests in, ask, wait, prove.

use std::fmt;
use std::sync::{Arc, Mutex};

use ledger::bundle::Evidence;
use ledger::{ProofBundle, Snapshot};
use merkle_log::{LeafIndex, TreeSize};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::executor::{Members, verify_together};
use super::open::attached;
use super::replica::{CERTIFICATE_ATTACHMENT, HEADER_ATTACHMENT, Replica, ReplicaError, lock};
use crate::app::{App, AppError, BlockContext, ReadState, Sender, View};
use crate::block::Envelope;
use crate::committee::Committee;
use crate::genesis::Genesis;
use crate::handover::Handover;
use crate::member::Member;
use crate::names::{Name, RequestId};
use crate::policy::{BLOCK_LEN_LIMIT, Policy};
use crate::reason::Reason;
use crate::reply::{
    Committed, LedgerStatus, NodeStatus, Outcome, QueryReply, Refusal, RequestStatus,
};
use crate::transaction::Transaction;

/// Milliseconds since 1970-01-01T00:00:00Z, from whoever runs the node.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// A running node.
#[derive(Clone)]
pub struct Node {
    replica: Arc<Replica>,
    clock: Clock,
    /// Requests that other nodes should have too.
    gossip: mpsc::Sender<Arc<Envelope>>,
    together: Arc<Together>,
}

/// Requests of several clients whose signatures are verified at once: those that come while others
/// are being verified make up the next lot.
#[derive(Debug, Default)]
struct Together {
    waiting: Mutex<Vec<Arc<Envelope>>>,
    turn: Mutex<()>,
}

/// What requests are judged by when they come in.
struct Now {
    snapshot: Snapshot,
    at: BlockContext,
    members: Members,
}

/// A request that was taken in.
#[derive(Debug)]
pub struct Submitted {
    /// The request.
    pub id: RequestId,
    /// Tells when it is final or dropped; closed if the node stops before.
    pub status: oneshot::Receiver<RequestStatus>,
}

/// A node could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum NodeError {
    /// It must not be done.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The node's store failed.
    #[error(transparent)]
    Store(#[from] ledger::Error),
    /// There is no such thing in the log.
    #[error("there is no {what}")]
    NotFound {
        /// What.
        what: &'static str,
    },
    /// Nothing vouches for the state yet: no commit has a certificate.
    #[error("no commit at height {height} or later has a certificate yet")]
    NotCertified {
        /// The height.
        height: u64,
    },
    /// It may be older than what this node has.
    #[error("the history of this node begins at height {base}: ask another one")]
    BeforeBase {
        /// The height that it begins at.
        base: u64,
    },
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::new(reason, String::new())
    }
}

impl Node {
    pub(crate) fn new(
        replica: Arc<Replica>,
        clock: Clock,
        gossip: mpsc::Sender<Arc<Envelope>>,
    ) -> Self {
        Self {
            replica,
            clock,
            gossip,
            together: Arc::default(),
        }
    }

    /// The network's genesis.
    #[must_use]
    pub fn genesis(&self) -> &Genesis {
        &self.replica.genesis
    }

    /// The limits as of the last commit.
    #[must_use]
    pub fn policy(&self) -> Policy {
        self.replica.policy()
    }

    /// Takes a request in, in its canonical bytes, and passes it on to the other nodes.
    ///
    /// # Errors
    /// [`NodeError::Refused`]: why it was not taken; nothing was logged. [`NodeError::Store`].
    pub fn submit(&self, bytes: &[u8]) -> Result<Submitted, NodeError> {
        let request = Arc::new(self.decode(bytes)?);
        let mut now = self.now();
        self.verify(&mut now, std::slice::from_ref(&request))?;
        self.accept(&mut now, request)
    }

    /// Takes several requests in, as [`submit`](Self::submit) does each: their signatures are
    /// verified at once, which costs about a third.
    #[must_use]
    pub fn submit_all(&self, requests: &[&[u8]]) -> Vec<Result<Submitted, NodeError>> {
        let decode = |bytes: &&[u8]| self.decode(bytes).map(Arc::new);
        let decoded: Vec<_> = requests.iter().map(decode).collect();
        let fine: Vec<_> = decoded.iter().flatten().cloned().collect();
        let mut now = self.now();
        // What is not verified together is verified alone.
        let _ = self.verify(&mut now, &fine);
        let accept = |request: Result<_, _>| self.accept(&mut now, request?);
        decoded.into_iter().map(accept).collect()
    }

    /// Verifies signatures, with those that others wait for.
    fn verify(&self, now: &mut Now, requests: &[Arc<Envelope>]) -> Result<(), ledger::Error> {
        lock(&self.together.waiting).extend_from_slice(requests);
        let _turn = lock(&self.together.turn);
        // Nothing, if whoever had the turn before took these too.
        let lot = std::mem::take(&mut *lock(&self.together.waiting));
        verify_together((&now.snapshot, &mut now.members), &lot)?;
        Ok(())
    }

    fn accept(&self, now: &mut Now, request: Arc<Envelope>) -> Result<Submitted, NodeError> {
        let (app, member) = self.admit(now, &request)?;
        self.check(now, (app, &member), &request)?;
        let id = request.id;
        // Before it is taken in, so that no end is missed.
        let status = self.replica.wait_for(id);
        if let Err(refused) = self.take_in(&request) {
            drop(status);
            self.replica.forget_closed(&id);
            return Err(refused);
        }
        // Others that do not hear of it now see it in a block of this node.
        let _ = self.gossip.try_send(request);
        Ok(Submitted { id, status })
    }

    /// Takes in requests that another node passed on; answers with why some were not taken. What
    /// they would come to that node has looked at, and at their signatures: if one of them is wrong
    /// none is taken.
    pub(crate) fn hear(&self, requests: &[&[u8]]) -> Vec<NodeError> {
        let (mut heard, mut refused) = (Vec::new(), Vec::new());
        for bytes in requests {
            match self.decode(bytes) {
                Ok(request) => heard.push(Arc::new(request)),
                Err(error) => refused.push(error),
            }
        }
        {
            // What is in a block that may become final need not wait for another.
            let chain = lock(&self.replica.chain);
            heard.retain(|request| !chain.holds(&request.id));
        }
        let mut now = self.now();
        match verify_together((&now.snapshot, &mut now.members), &heard) {
            Ok(true) => {}
            Ok(false) => return vec![Refusal::from(Reason::BadSignature).into()],
            Err(error) => return vec![error.into()],
        }
        for request in heard {
            let taken = self.admit(&mut now, &request);
            let taken = taken.and_then(|_| self.take_in(&request));
            refused.extend(taken.err());
        }
        refused
    }

    fn take_in(&self, request: &Arc<Envelope>) -> Result<(), NodeError> {
        let taken = lock(&self.replica.mempool).insert(Arc::clone(request));
        taken.map_err(Refusal::from)?;
        self.replica.work.notify_waiters();
        self.replica.work.notify_one();
        Ok(())
    }

    /// A request of an admissible length that is not here yet.
    fn decode(&self, bytes: &[u8]) -> Result<Envelope, NodeError> {
        let limit = self.policy().request_len_max.min(BLOCK_LEN_LIMIT) as usize;
        if bytes.len() > limit {
            let detail = format!("{} bytes, at most {limit} are possible", bytes.len());
            return Err(Refusal::new(Reason::Oversize, detail).into());
        }
        let request = Envelope::decode(bytes);
        let request = request.map_err(|e| Refusal::new(Reason::Malformed, e.to_string()))?;
        lock(&self.replica.mempool)
            .check(&request.id, &request.signed.request.sender, bytes.len())
            .map_err(Refusal::from)?;
        Ok(request)
    }

    fn now(&self) -> Now {
        let snapshot = self.replica.store.snapshot();
        Now {
            at: self.replica.executor.at(
                snapshot.height() + 1,
                (self.clock)().max(snapshot.time_ms()),
                self.policy(),
            ),
            snapshot,
            members: Members::default(),
        }
    }

    /// The application and the sender of a request that may stand in the next block.
    fn admit(&self, now: &mut Now, request: &Envelope) -> Result<(&dyn App, Member), NodeError> {
        let state = (&now.snapshot as &dyn ReadState, &mut now.members);
        let fit = self.replica.executor.fit(state, &now.at, request)?;
        let fit = fit.map_err(Refusal::from)?;
        if let Some(outcome) = self.find(&now.snapshot, &request.id)? {
            let detail = format!("it is in the log at height {}", outcome.height);
            return Err(Refusal::new(Reason::Duplicate, detail).into());
        }
        Ok(fit)
    }

    /// Says whether what a request asks would be done, or wait for agreement.
    fn check(
        &self,
        now: &mut Now,
        (app, from): (&dyn App, &Member),
        request: &Envelope,
    ) -> Result<(), NodeError> {
        let asked = &request.signed.request;
        let from = Sender {
            id: &asked.sender,
            member: from,
        };
        let state = (&now.snapshot as &dyn ReadState, &mut now.members);
        let asked = (&request.id, asked);
        match self
            .replica
            .executor
            .decide(state, &now.at, from, app, asked)
        {
            Ok(_) => Ok(()),
            Err(AppError::Reject(reason)) => Err(Refusal::from(reason).into()),
            Err(AppError::State(error)) => Err(error.into()),
        }
    }

    /// What became of a request.
    ///
    /// # Errors
    /// [`NodeError::Store`].
    pub fn request(&self, id: &RequestId) -> Result<RequestStatus, NodeError> {
        // In this order: what leaves the pool stands in the log.
        let waits = lock(&self.replica.mempool).contains(id);
        let found = self.find(&self.replica.store.snapshot(), id)?;
        Ok(match found {
            Some(outcome) => RequestStatus::Final(outcome),
            None if waits => RequestStatus::Pending,
            None => RequestStatus::Unknown,
        })
    }

    /// A request's transaction as it stands in the log, with the proof, header and certificate.
    ///
    /// # Errors
    /// [`NodeError::NotFound`], [`NodeError::NotCertified`], [`NodeError::Store`].
    pub fn prove_request(
        &self,
        id: &RequestId,
    ) -> Result<(Outcome, Transaction, ProofBundle), NodeError> {
        let snapshot = self.replica.store.snapshot();
        let not_found = || NodeError::NotFound {
            what: "such request",
        };
        let outcome = self.find(&snapshot, id)?.ok_or_else(not_found)?;
        let index = LeafIndex(outcome.index);
        let entry = snapshot.ledger(&outcome.ledger)?.entry(index)?;
        let transaction = Transaction::decode(&entry).map_err(|_| not_found())?;
        let (certified, evidence) = self.evidence(&snapshot, outcome.height)?;
        let size = TreeSize(certified);
        let mut bundle = snapshot.bundle_entry(&outcome.ledger, index, outcome.height, size)?;
        bundle.evidence = evidence;
        Ok((outcome, transaction, bundle))
    }

    /// Asks an application, of the newest state that a certificate vouches for; the answer comes with
    /// its proofs if they are wanted.
    ///
    /// # Errors
    /// [`NodeError::Refused`]: no such application, or it has no answer;
    /// [`NodeError::NotCertified`], [`NodeError::Store`].
    pub fn query(&self, app: &str, query: &[u8], proofs: bool) -> Result<QueryReply, NodeError> {
        let app = self.replica.executor.app(app);
        let app = app.ok_or_else(|| Refusal::from(Reason::NoSuchApp))?;
        let tip = self.replica.store.snapshot();
        let height = self.replica.certified();
        let (certified, evidence) = self.evidence(&tip, height)?;
        let state = tip.at_height(certified)?;
        let answer = app.query(View::new(app, &state), query);
        let answer = answer.map_err(|error| match error {
            AppError::Reject(reason) => NodeError::Refused(reason.into()),
            AppError::State(error) => error.into(),
        })?;
        let prove = |key: Vec<u8>| {
            let key = [app.name().as_bytes(), b"/", &key].concat();
            let size = TreeSize(certified);
            let mut bundle = tip.bundle_key(app.ledger(), &key, certified, size)?;
            bundle.evidence = evidence.clone();
            Ok(bundle)
        };
        let keys = answer.keys.into_iter().filter(|_| proofs);
        let proofs: Result<_, ledger::Error> = keys.map(prove).collect();
        Ok(QueryReply {
            height: certified,
            value: answer.value,
            proofs: proofs?,
        })
    }

    /// The payload of a request, for people.
    #[must_use]
    pub fn describe(&self, app: &str, payload: &[u8]) -> serde_json::Value {
        let app = self.replica.executor.app(app);
        app.map_or(serde_json::Value::Null, |app| app.describe(payload))
    }

    /// The commits from now on, as they become durable here.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Committed> {
        self.replica.commits.subscribe()
    }

    /// Reads and proofs at the last commit.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.replica.store.snapshot()
    }

    /// The last height whose commit has a certificate of its own; 0 if none has.
    #[must_use]
    pub fn certified(&self) -> u64 {
        self.replica.certified()
    }

    /// What the node says of itself.
    #[must_use]
    pub fn status(&self) -> NodeStatus {
        let replica = &self.replica;
        let (block, header) = {
            let chain = lock(&replica.chain);
            (chain.tip_hash(), chain.tip().clone())
        };
        let (pending, pending_bytes) = {
            let mempool = lock(&replica.mempool);
            (mempool.len() as u64, mempool.bytes() as u64)
        };
        let ledgers = header.ledgers.into_iter().map(|ledger| LedgerStatus {
            name: ledger.name.to_string(),
            size: ledger.size,
            root: ledger.root,
            state_root: ledger.state_root,
        });
        NodeStatus {
            network: header.network,
            node: replica.alias.clone(),
            ed25519: replica.identity,
            height: header.height,
            time_ms: header.time_ms,
            block,
            audit_root: header.audit_root,
            ledgers: ledgers.collect(),
            pending,
            pending_bytes,
            base: self.base(),
        }
    }

    /// The nodes in the state after the last commit: the committee of the next epoch, unless they
    /// change before.
    ///
    /// # Errors
    /// [`NodeError::Store`], [`NodeError::NotFound`].
    pub fn node_set(&self) -> Result<Committee, NodeError> {
        self.replica.node_set().map_err(of_committee)
    }

    /// Who proposes and votes in an epoch.
    ///
    /// # Errors
    /// [`NodeError::NotFound`]: the last block of the epoch before is not committed here;
    /// [`NodeError::Store`].
    pub fn committee(&self, epoch: u64) -> Result<Arc<Committee>, NodeError> {
        let found = self.replica.committee(epoch).map_err(of_committee)?;
        let what = "such epoch yet";
        found.ok_or(NodeError::NotFound { what })
    }

    /// The handovers at the ends of epochs from this one on, at most so many.
    ///
    /// # Errors
    /// [`NodeError::Store`], [`NodeError::NotCertified`].
    pub fn handovers(&self, from: u64, count: usize) -> Result<Vec<Handover>, NodeError> {
        let handovers = self.replica.handovers(from, count);
        handovers.map_err(|error| match error {
            ReplicaError::NoCertificate { height } => NodeError::NotCertified { height },
            error => of_committee(error),
        })
    }

    /// The height that the node's history begins with; none if it has all of it.
    #[must_use]
    pub fn base(&self) -> Option<u64> {
        self.replica.base.as_ref().map(|base| base.height)
    }

    /// The node's alias.
    #[must_use]
    pub fn alias(&self) -> &Name {
        &self.replica.alias
    }

    /// Header and certificate of the first certified commit at a height or later.
    fn evidence(&self, snapshot: &Snapshot, height: u64) -> Result<(u64, Evidence), NodeError> {
        let height = height.max(1);
        for certified in height..=snapshot.height().min(self.replica.certified()) {
            let certificate = attached(snapshot, certified, CERTIFICATE_ATTACHMENT)?;
            let header = attached(snapshot, certified, HEADER_ATTACHMENT)?;
            if let Some((header, certificate)) = header.zip(certificate) {
                let evidence = Evidence::Finality {
                    header,
                    certificate,
                };
                return Ok((certified, evidence));
            }
        }
        Err(NodeError::NotCertified { height })
    }

    /// Where a request stands in the log.
    fn find(&self, snapshot: &Snapshot, id: &RequestId) -> Result<Option<Outcome>, NodeError> {
        Ok(self.replica.find(snapshot, id)?)
    }
}

fn of_committee(error: ReplicaError) -> NodeError {
    match error {
        ReplicaError::Store(error) => error.into(),
        _ => NodeError::NotFound { what: "node set" },
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Node({})", self.replica.alias)
    }
}
