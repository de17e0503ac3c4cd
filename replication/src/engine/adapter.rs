//! Answers the engine: what to propose, and whether what others propose is right.
//!
//! Invariants:
//!
//! - "no" is said only to what no node may vote for; what this node cannot judge (yet) is left
//!   unanswered, and the engine goes on without its vote;
//! - before a block is judged its ancestors are, back to the last commit, which moves on meanwhile;
//! - blocks are executed on threads of their own: votes and links do not wait for it.

use std::marker::PhantomData;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use commonware_consensus::marshal::ancestry::Ancestry;
use commonware_consensus::{Application, Handoff};
use commonware_cryptography::Digested;
use commonware_runtime::{Clock, Metrics, Spawner};
use futures::StreamExt;
use futures::future::{Either, pending, select};
use tokio::sync::broadcast::error::RecvError;
use tracing::{error, warn};

use super::types::{Body, Scheme, TurnContext, turn};
use crate::block::Block;
use crate::header::Header;
use crate::names::BlockHash;
use crate::node::{Replica, ReplicaError, Timing, Verdict, lock};

/// Ancestors that are executed to judge one block; with more the node is behind, and leaves those
/// below to the commits that it lacks.
const ANCESTORS_MAX: usize = 64;

/// How long after a failure a block is judged again.
const AGAIN: Duration = Duration::from_secs(1);

/// Blocks in a row without a turn skipped, after which the node whose turn is next votes for its
/// block before the one below is certified.
const CALM: u64 = 64;

/// Turns that were skipped.
#[derive(Debug, Default)]
struct Skipped {
    epoch: u64,
    /// How many so far in that epoch.
    count: u64,
    /// The height at which this node saw the last one.
    height: u64,
}

/// The replica, as the engine sees it.
pub(super) struct Adapter<E> {
    replica: Arc<Replica>,
    timing: Timing,
    skipped: Arc<Mutex<Skipped>>,
    context: PhantomData<fn() -> E>,
}

impl<E> Clone for Adapter<E> {
    fn clone(&self) -> Self {
        Self {
            replica: Arc::clone(&self.replica),
            timing: self.timing,
            skipped: Arc::clone(&self.skipped),
            context: PhantomData,
        }
    }
}

impl<E> Adapter<E> {
    pub(super) fn new(replica: Arc<Replica>, timing: Timing) -> Self {
        Self {
            replica,
            timing,
            skipped: Arc::default(),
            context: PhantomData,
        }
    }

    /// Whether no turn was skipped for a while before this block.
    fn is_calm(&self, header: &Header) -> bool {
        // An epoch's turns are counted from its beginning. The genesis is height 1 and no turn.
        let genesis = &self.replica.genesis;
        let before = match header.epoch.checked_sub(1) {
            Some(before) => genesis.epoch_end(before),
            None => 1,
        };
        let turns = header.height.saturating_sub(before);
        let count = header.view.saturating_sub(turns);
        let mut known = lock(&self.skipped);
        if known.epoch != header.epoch {
            (known.epoch, known.count) = (header.epoch, 0);
        }
        if known.count != count {
            (known.count, known.height) = (count, header.height);
        }
        header.height >= known.height + CALM
    }
}

impl<E: Clock + Spawner + Metrics> Adapter<E> {
    /// Has the replica do what keeps a thread busy; `None` if the node stops meanwhile.
    async fn run<T: Send + 'static>(
        &self,
        runtime: &E,
        work: impl FnOnce(&Replica) -> Result<T, ReplicaError> + Send + 'static,
    ) -> Result<Option<T>, ReplicaError> {
        let replica = Arc::clone(&self.replica);
        let thread = runtime.child("execution").shared(true);
        let done = thread.spawn(move |_| async move { work(&replica) }).await;
        done.ok().transpose()
    }

    /// Executes a block, or finds it executed; `None` if the node stops meanwhile. Others may wait for
    /// the answer, so what cannot be read is read again.
    async fn verify_block(&self, runtime: &E, block: &Arc<Block>) -> Option<Verdict> {
        loop {
            let block = Arc::clone(block);
            let hash = block.hash();
            let verdict = self.run(runtime, move |replica| replica.verify(&block));
            match verdict.await {
                Ok(verdict) => return verdict,
                Err(failure) => error!(block = %hash, %failure, "a block could not be judged"),
            }
            runtime.sleep(AGAIN).await;
        }
    }

    /// Executes the ancestors that the replica does not know, the oldest first; whether it knows
    /// them now.
    async fn catch_up(&self, runtime: &E, mut ancestry: impl Ancestry<Body>) -> bool {
        let mut unknown: Vec<Arc<Block>> = Vec::new();
        while let Some(ancestor) = ancestry.next().await {
            let block = ancestor.inner().block();
            let height = block.header().height;
            if self.replica.knows(&block.hash()) || self.replica.is_committed(height) {
                break;
            }
            if unknown.len() == ANCESTORS_MAX {
                self.committed(height).await;
                break;
            }
            unknown.push(Arc::clone(block));
        }
        for block in unknown.iter().rev() {
            if self.verify_block(runtime, block).await != Some(Verdict::Valid) {
                return false;
            }
        }
        true
    }

    /// Waits until a height is committed.
    async fn committed(&self, height: u64) {
        let mut commits = self.replica.commits.subscribe();
        while !self.replica.is_committed(height) {
            if let Err(RecvError::Closed) = commits.recv().await {
                pending::<()>().await;
            }
        }
    }

    /// Waits for requests that may go on top of a block, but not for ever; not at all where other nodes
    /// are to vote after this epoch.
    async fn wait_for_work(
        &self,
        clock: &impl Clock,
        parent: &BlockHash,
    ) -> Result<(), ReplicaError> {
        if self.replica.is_changing(parent)? {
            return Ok(());
        }
        let idle = clock.sleep(Duration::from_millis(self.timing.idle_ms));
        let mut idle = std::pin::pin!(idle);
        loop {
            let work = self.replica.work.notified();
            let mut work = std::pin::pin!(work);
            work.as_mut().enable();
            if self.replica.has_work(parent) {
                return Ok(());
            }
            if let Either::Left(_) = select(idle.as_mut(), work).await {
                return Ok(());
            }
        }
    }

    /// A block on the newest of its ancestors; `None` if this node does not know it.
    async fn build(
        &self,
        runtime: &E,
        context: &TurnContext,
    ) -> Result<Option<Digested<Body>>, ReplicaError> {
        let (turn, now_ms) = (turn(context), now_ms(runtime));
        let block = self.run(runtime, move |replica| replica.propose(turn, now_ms));
        let block = block.await?.flatten();
        Ok(block.and_then(|block| Body::new(block).ok().map(Body::digested)))
    }

    /// A block on a parent that is not certified: nothing if there is nothing to put into it.
    async fn build_ahead(
        &self,
        runtime: &E,
        context: &TurnContext,
        ancestry: impl Ancestry<Body>,
    ) -> Result<Option<Digested<Body>>, ReplicaError> {
        let known = self.catch_up(runtime, ancestry).await;
        if !known || !self.replica.has_work(&turn(context).parent) {
            return Ok(None);
        }
        self.build(runtime, context).await
    }

    async fn build_in_turn(
        &self,
        runtime: &E,
        context: &TurnContext,
        ancestry: impl Ancestry<Body>,
    ) -> Result<Option<Digested<Body>>, ReplicaError> {
        if !self.catch_up(runtime, ancestry).await {
            return Ok(None);
        }
        self.wait_for_work(runtime, &turn(context).parent).await?;
        self.build(runtime, context).await
    }

    /// Whether a block may be voted for; `None` if this node cannot tell.
    async fn judge(&self, runtime: &E, mut ancestry: impl Ancestry<Body>) -> Option<bool> {
        let block = ancestry.next().await?;
        let block = block.inner().block();
        if !self.catch_up(runtime, ancestry).await {
            return None;
        }
        let from_ms = block.header().time_ms.saturating_sub(self.timing.skew_ms);
        let from = UNIX_EPOCH.checked_add(Duration::from_millis(from_ms))?;
        runtime.sleep_until(from).await;
        match self.verify_block(runtime, block).await? {
            Verdict::Valid => Some(true),
            Verdict::NoParent => None,
            Verdict::Invalid(fault) => {
                let (hash, proposer) = (block.hash(), block.header().proposer);
                warn!(block = %hash, %proposer, %fault, "a proposed block is wrong");
                Some(false)
            }
        }
    }
}

impl<E: Clock + Spawner + Metrics> Application<E> for Adapter<E> {
    type SigningScheme = Scheme;
    type Context = TurnContext;
    type Block = Body;
    type Input = ();

    /// The block goes out while its parent is being voted for. So does the vote for it while no turn
    /// is skipped; otherwise it waits until the parent is certified, so that a parent which is not
    /// costs no second turn.
    async fn prepare(
        &mut self,
        (runtime, context): (E, TurnContext),
        ancestry: impl Ancestry<Body>,
        (): (),
    ) -> Handoff<Digested<Body>> {
        match self.build_ahead(&runtime, &context, ancestry).await {
            Ok(Some(block)) if self.is_calm(block.inner().block().header()) => Handoff::Vote(block),
            Ok(Some(block)) => Handoff::Stage(block),
            Ok(None) => Handoff::Wait,
            Err(failure) => {
                error!(%failure, "no block could be made ahead");
                Handoff::Wait
            }
        }
    }

    async fn propose(
        &mut self,
        (runtime, context): (E, TurnContext),
        ancestry: impl Ancestry<Body>,
        (): (),
    ) -> Option<Digested<Body>> {
        match self.build_in_turn(&runtime, &context, ancestry).await {
            Ok(block) => block,
            Err(failure) => {
                error!(%failure, "no block could be made");
                None
            }
        }
    }

    async fn verify(
        &mut self,
        (runtime, _): (E, TurnContext),
        ancestry: impl Ancestry<Body>,
    ) -> bool {
        match self.judge(&runtime, ancestry).await {
            Some(verdict) => verdict,
            None => pending().await,
        }
    }
}

/// The runtime's time, in milliseconds since 1970-01-01T00:00:00Z.
pub(super) fn now_ms(clock: &impl Clock) -> u64 {
    let since = clock.current().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}
