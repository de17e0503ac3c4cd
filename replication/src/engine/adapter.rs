//! Answers the engine: what to propose, and whether what others propose is right.
//!
//! Invariants:
//!
//! - "no" is said only to what no node may vote for; what this node cannot judge (yet) is left
//!   unanswered, and the engine goes on without its vote;
//! - before a block is judged its ancestors are, back to the last commit.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use commonware_consensus::Application;
use commonware_consensus::marshal::ancestry::Ancestry;
use commonware_cryptography::Digested;
use commonware_runtime::{Clock, Metrics, Spawner};
use futures::StreamExt;
use futures::future::{Either, pending, select};
use tracing::{error, warn};

use super::types::{Body, Scheme, TurnContext, turn};
use crate::block::Block;
use crate::names::BlockHash;
use crate::node::{Replica, ReplicaError, Timing, Verdict};

/// Ancestors that are executed to judge one block; with more the node is behind, and waits for the
/// commits that it lacks.
const ANCESTORS_MAX: usize = 64;

/// The replica, as the engine sees it.
pub(super) struct Adapter<E> {
    replica: Arc<Replica>,
    timing: Timing,
    context: PhantomData<fn() -> E>,
}

impl<E> Clone for Adapter<E> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.replica), self.timing)
    }
}

impl<E> Adapter<E> {
    pub(super) const fn new(replica: Arc<Replica>, timing: Timing) -> Self {
        Self {
            replica,
            timing,
            context: PhantomData,
        }
    }

    /// Executes the ancestors that the replica does not know, the oldest first; whether it knows
    /// them now.
    async fn catch_up(&self, mut ancestry: impl Ancestry<Body>) -> Result<bool, ReplicaError> {
        let mut unknown: Vec<Arc<Block>> = Vec::new();
        while let Some(ancestor) = ancestry.next().await {
            let block = ancestor.inner().block();
            if self.replica.knows(&block.hash()) {
                break;
            }
            if unknown.len() == ANCESTORS_MAX || self.replica.is_committed(block.header().height) {
                return Ok(false);
            }
            unknown.push(Arc::clone(block));
        }
        for block in unknown.iter().rev() {
            if self.replica.verify(block)? != Verdict::Valid {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Waits for requests that may go on top of a block, but not for ever.
    async fn wait_for_work(&self, clock: &impl Clock, parent: &BlockHash) {
        let idle = clock.sleep(Duration::from_millis(self.timing.idle_ms));
        let mut idle = std::pin::pin!(idle);
        loop {
            let work = self.replica.work.notified();
            let mut work = std::pin::pin!(work);
            work.as_mut().enable();
            if self.replica.has_work(parent) {
                return;
            }
            if let Either::Left(_) = select(idle.as_mut(), work).await {
                return;
            }
        }
    }

    async fn build(
        &self,
        clock: &impl Clock,
        context: &TurnContext,
        ancestry: impl Ancestry<Body>,
    ) -> Result<Option<Arc<Block>>, ReplicaError> {
        if !self.catch_up(ancestry).await? {
            return Ok(None);
        }
        let turn = turn(context);
        self.wait_for_work(clock, &turn.parent).await;
        self.replica.propose(turn, now_ms(clock))
    }

    /// Whether a block may be voted for; `None` if this node cannot tell.
    async fn judge(
        &self,
        clock: &impl Clock,
        mut ancestry: impl Ancestry<Body>,
    ) -> Result<Option<bool>, ReplicaError> {
        let Some(block) = ancestry.next().await else {
            return Ok(None);
        };
        let block = block.inner().block();
        if !self.catch_up(ancestry).await? {
            return Ok(None);
        }
        let from_ms = block.header().time_ms.saturating_sub(self.timing.skew_ms);
        let from = UNIX_EPOCH.checked_add(Duration::from_millis(from_ms));
        let Some(from) = from else {
            return Ok(None);
        };
        clock.sleep_until(from).await;
        Ok(match self.replica.verify(block)? {
            Verdict::Valid => Some(true),
            Verdict::NoParent => None,
            Verdict::Invalid(fault) => {
                let (hash, proposer) = (block.hash(), block.header().proposer);
                warn!(block = %hash, %proposer, %fault, "a proposed block is wrong");
                Some(false)
            }
        })
    }
}

impl<E: Clock + Spawner + Metrics> Application<E> for Adapter<E> {
    type SigningScheme = Scheme;
    type Context = TurnContext;
    type Block = Body;
    type Input = ();

    async fn propose(
        &mut self,
        (runtime, context): (E, TurnContext),
        ancestry: impl Ancestry<Body>,
        (): (),
    ) -> Option<Digested<Body>> {
        match self.build(&runtime, &context, ancestry).await {
            Ok(block) => Body::new(block?).ok().map(Body::digested),
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
            Ok(Some(verdict)) => verdict,
            Ok(None) => pending().await,
            Err(failure) => {
                error!(%failure, "a proposed block could not be judged");
                pending().await
            }
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
