//! Takes final blocks over from the engine: one commit each, in order, then the acknowledgement.
//!
//! Invariants:
//!
//! - a block is acknowledged only when its commit is durable, so what the engine forgets the store
//!   has;
//! - a node that cannot commit a final block stops: going on would be telling clients something
//!   else than the others do.

use std::sync::Arc;

use commonware_actor::Feedback;
use commonware_consensus::Reporter;
use commonware_consensus::marshal::Update;
use commonware_consensus::marshal::core::Mailbox;
use commonware_consensus::marshal::standard::Standard;
use commonware_cryptography::Digested;
use commonware_utils::Acknowledgement;
use commonware_utils::acknowledgement::Exact;
use tokio::sync::mpsc;

use super::types::{Body, Scheme, certificate, engine_height};
use crate::node::{Replica, ReplicaError};

pub(super) type Marshal = Mailbox<Scheme, Standard<Body>>;

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

/// Commits final blocks until the engine stops. The engine's archives keep the last `keep` blocks
/// for nodes that are a little behind.
///
/// # Errors
/// The first one: the block is not acknowledged, and nothing is committed after it.
pub(super) async fn commit_all(
    replica: Arc<Replica>,
    marshal: Marshal,
    mut waiting: Waiting,
    keep: u64,
) -> Result<(), ReplicaError> {
    let nodes = replica.genesis.file().nodes.len();
    while let Some((digested, acknowledgement)) = waiting.recv().await {
        let block = digested.inner().block();
        let height = block.header().height;
        if !replica.is_committed(height) {
            // A later block's finalization makes this one final too: it may have none of its own.
            let finalization = marshal.get_finalization(engine_height(height)).await;
            let certificate = finalization.and_then(|found| certificate(nodes, &found));
            replica.commit(block, certificate.as_ref())?;
        }
        acknowledgement.acknowledge();
        if height.is_multiple_of(PRUNE_EVERY) && height > keep {
            marshal.prune(engine_height(height - keep));
        }
    }
    Ok(())
}
