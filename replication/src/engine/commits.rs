//! Takes final blocks over from the engine: one commit each, in order, then the acknowledgement.
//!
//! Invariants:
//!
//! - a block is acknowledged only when its commit is durable, so what the engine forgets the store
//!   has;
//! - the last block of an epoch is committed with the certificate of its committee, and nothing
//!   before it is there: it says who votes next;
//! - a node that cannot commit a final block stops: going on would be telling clients something
//!   else than the others do.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use commonware_actor::Feedback;
use commonware_consensus::Reporter;
use commonware_consensus::marshal::Update;
use commonware_consensus::marshal::core::Mailbox;
use commonware_consensus::marshal::standard::Standard;
use commonware_cryptography::Digested;
use commonware_runtime::Clock;
use commonware_utils::Acknowledgement;
use commonware_utils::acknowledgement::Exact;
use futures::stream::{self, StreamExt};
use tokio::sync::{Notify, mpsc};

use super::types::{Body, Finalization, Scheme, certificate, engine_height};
use crate::node::{Replica, ReplicaError};

pub(super) type Marshal = Mailbox<Scheme, Standard<Body>>;

/// How long the certificate of an epoch's last block is waited for before it is looked for again.
const AGAIN: Duration = Duration::from_millis(100);
/// Blocks whose certificates are asked for before their turn. The engine answers when it has dealt with
/// what its peers sent, of which a node that is behind gets much: it should not be waited for block by
/// block.
pub(super) const ASKED_AT_ONCE: usize = 16;
/// Commits between two prunings of the engine's archives.
const PRUNE_EVERY: u64 = 64;

/// Where the engine puts final blocks.
#[derive(Clone)]
pub(super) struct FinalBlocks(mpsc::UnboundedSender<(Digested<Body>, Exact)>);

/// Final blocks that wait to be committed: as many as the engine has unacknowledged.
pub(super) type Waiting = mpsc::UnboundedReceiver<(Digested<Body>, Exact)>;

/// A place for final blocks, and what comes there.
pub(super) fn channel() -> (FinalBlocks, Waiting) {
    let (sender, receiver) = mpsc::unbounded_channel();
    (FinalBlocks(sender), receiver)
}

impl Reporter for FinalBlocks {
    type Activity = Update<Body>;

    fn report(&mut self, update: Update<Body>) -> Feedback {
        match update {
            Update::Tip(..) => Feedback::Ok,
            Update::Block(block, acknowledgement) => match self.0.send((block, acknowledgement)) {
                Ok(()) => Feedback::Ok,
                Err(_) => Feedback::Closed,
            },
        }
    }
}

/// Commits final blocks until the engine stops, and says so each time. The engine's archives keep the
/// last `keep` blocks for nodes that are a little behind.
///
/// # Errors
/// The first one: the block is not acknowledged, and nothing is committed after it.
pub(super) async fn commit_all(
    clock: impl Clock,
    replica: Arc<Replica>,
    marshal: Marshal,
    mut waiting: Waiting,
    (keep, committed): (u64, Arc<Notify>),
) -> Result<(), ReplicaError> {
    let blocks = stream::poll_fn(|context| waiting.poll_recv(context));
    let found = blocks.map(|(digested, acknowledgement)| {
        let marshal = marshal.clone();
        async move {
            let height = digested.inner().block().header().height;
            let found = marshal.get_finalization(engine_height(height)).await;
            (digested, acknowledgement, found)
        }
    });
    let mut found = pin!(found.buffered(ASKED_AT_ONCE));
    while let Some((digested, acknowledgement, found)) = found.next().await {
        let block = digested.inner().block();
        let height = block.header().height;
        if !replica.is_committed(height) {
            let finalization = match found {
                None if replica.is_last_of_epoch(height) => {
                    Some(last_finalization(&clock, &marshal, height).await)
                }
                // A later block's finalization makes this one final too: it may have none of its own.
                found => found,
            };
            let certificate = finalization.and_then(|found| certificate(&found));
            replica.commit(block, certificate.as_ref())?;
            committed.notify_one();
        }
        acknowledgement.acknowledge();
        if height.is_multiple_of(PRUNE_EVERY) && height > keep {
            marshal.prune(engine_height(height - keep));
        }
    }
    Ok(())
}

/// The finalization of an epoch's last block. There is one: no block of the epoch stands on it. After
/// a power cut the engine may have to find it again, in its votes or with the others.
async fn last_finalization(clock: &impl Clock, marshal: &Marshal, height: u64) -> Finalization {
    loop {
        if let Some(found) = marshal.get_finalization(engine_height(height)).await {
            return found;
        }
        clock.sleep(AGAIN).await;
    }
}
