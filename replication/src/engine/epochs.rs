//! Keeps one engine running: that of the epoch in force. It votes if this node's key is one of the
//! committee's; otherwise it hears what the others say, and follows.
//!
//! Invariants:
//!
//! - the engine of an epoch begins when the last block of the epoch before is committed, and ends when
//!   its own last block is: at most one runs;
//! - the votes of each epoch stand in files of their own, which are removed only when the epoch is
//!   over: a node that forgot its votes could vote twice;
//! - a node that hears others speak in a later epoch asks them for the last block of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use commonware_consensus::marshal::standard::Deferred;
use commonware_consensus::simplex::config::{ForwardPolicy, SkipBudget, SkipPolicy};
use commonware_consensus::simplex::elector::RoundRobin;
use commonware_consensus::simplex::{self, Engine, Floor};
use commonware_consensus::types::{Epoch, FixedEpocher, ViewDelta};
use commonware_cryptography::Sha256;
use commonware_p2p::{AddressableManager, Blocker, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Clock, Error, Handle, Metrics, Spawner, Storage};
use commonware_utils::vec::NonEmptyVec;
use commonware_utils::{NZDuration, NZUsize};
use futures::future::pending;
use rand_core::CryptoRng;
use tokio::sync::Notify;
use tracing::{error, info, warn};

use super::acquaintances::Acquaintances;
use super::adapter::Adapter;
use super::commits::Marshal;
use super::lanes::Lanes;
use super::schemes::Schemes;
use super::types::{Body, Key, Scheme, digest, engine_height, signs};
use super::wiring::VIEWS_KEPT;
use crate::keys::Ed25519Key;
use crate::node::{Replica, ReplicaError, Timing};

/// How long others may be in a later epoch before they are asked for the end of this one: a moment
/// later a node comes there by itself.
const PATIENCE: Duration = Duration::from_millis(300);

pub(super) type Automaton<E> = Deferred<E, Scheme, Adapter<E>, Body, FixedEpocher>;

/// What it takes to run engines.
pub(super) struct Epochs<E, B, P, S>
where
    E: Clock + Spawner + Metrics,
    S: Sender<PublicKey = Key>,
{
    pub(super) context: E,
    pub(super) replica: Arc<Replica>,
    pub(super) schemes: Schemes,
    pub(super) blocker: B,
    pub(super) acquaintances: Acquaintances<P>,
    pub(super) automaton: Automaton<E>,
    pub(super) marshal: Marshal,
    pub(super) lanes: Lanes<S>,
    pub(super) timing: Timing,
    /// Prefix of the engine's own files.
    pub(super) partition: String,
    pub(super) page_cache: CacheRef,
}

/// The engine of an epoch.
struct Running {
    epoch: u64,
    engine: Handle<()>,
    /// The epoch before whose engine this node ran.
    left: Option<u64>,
}

/// Who is in a later epoch, and when they are asked for the end of this one.
#[derive(Default)]
struct Ahead {
    epochs: BTreeMap<Key, u64>,
    due: Option<SystemTime>,
}

impl<E, B, P, S> Epochs<E, B, P, S>
where
    E: Clock + CryptoRng + Spawner + Storage + Metrics,
    B: Blocker<PublicKey = Key>,
    P: AddressableManager<PublicKey = Key>,
    S: Sender<PublicKey = Key>,
{
    /// Runs one engine after the other, until one ends by itself or the network does.
    ///
    /// # Errors
    /// The store failed, or does not say who votes.
    pub(super) async fn run(mut self, committed: Arc<Notify>) -> Result<(), ReplicaError> {
        let epoch = self.replica.epoch();
        for left in epoch.saturating_sub(2)..epoch {
            forget(&self.context, left, self.files(left)).await;
        }
        let Some(mut running) = self.enter(epoch, None).await? else {
            return Ok(());
        };
        let mut ahead = Ahead::default();
        loop {
            let due = ahead.due;
            let asking = async {
                match due {
                    Some(due) => self.context.sleep_until(due).await,
                    None => pending().await,
                }
            };
            tokio::select! {
                biased;
                () = committed.notified() => {
                    self.acquaintances.update()?;
                    let epoch = self.replica.epoch();
                    if epoch != running.epoch {
                        let Some(moved) = self.move_on(running, epoch).await? else {
                            return Ok(());
                        };
                        running = moved;
                        ahead.epochs.retain(|_, later| *later > epoch);
                        // They have been there for long.
                        ahead.due = (!ahead.epochs.is_empty()).then(|| self.context.current());
                    }
                }
                _ = &mut running.engine => return Ok(()),
                () = asking => {
                    self.ask(running.epoch, &ahead);
                    ahead.due = Some(self.context.current() + PATIENCE);
                }
                heard = self.lanes.hear() => match heard {
                    Ok((epoch, node)) if epoch > running.epoch => {
                        let known = ahead.epochs.entry(node).or_default();
                        *known = epoch.max(*known);
                        ahead.due.get_or_insert(self.context.current() + PATIENCE);
                    }
                    Ok(_) => {}
                    Err(_) => return Ok(()),
                },
            }
        }
    }

    /// Leaves one epoch and enters a later one; `None` if the network has ended.
    async fn move_on(
        &mut self,
        running: Running,
        epoch: u64,
    ) -> Result<Option<Running>, ReplicaError> {
        running.engine.abort();
        // It was told to.
        let _ = running.engine.await;
        // Its tasks have ended long ago.
        if let Some(left) = running.left {
            forget(&self.context, left, self.files(left)).await;
        }
        self.enter(epoch, Some(running.epoch)).await
    }

    /// Starts the engine of an epoch; `None` if the network has ended.
    async fn enter(
        &mut self,
        epoch: u64,
        left: Option<u64>,
    ) -> Result<Option<Running>, ReplicaError> {
        let Some(scheme) = self.schemes.of(epoch) else {
            let height = self.replica.genesis.epoch_end(epoch.saturating_sub(1));
            return Err(ReplicaError::NoNodes { height });
        };
        self.tell(epoch, &scheme);
        let floor = digest(&self.replica.before_epoch(epoch)?);
        let timing = &self.timing;
        let millis = Duration::from_millis;
        let engine = Engine::new(
            self.context.child("simplex").with_attribute("epoch", epoch),
            simplex::Config {
                scheme: (*scheme).clone(),
                elector: RoundRobin::<Sha256>::default(),
                blocker: self.blocker.clone(),
                automaton: self.automaton.clone(),
                relay: self.automaton.clone(),
                reporter: self.automaton.clone(),
                track_historical_votes: false,
                strategy: Sequential,
                partition: self.files(epoch),
                mailbox_size: NZUsize!(1024),
                epoch: Epoch::new(epoch),
                floor: Floor::Genesis(floor),
                replay_buffer: NZUsize!(1 << 20),
                write_buffer: NZUsize!(1 << 16),
                page_cache: self.page_cache.clone(),
                leader_timeout: millis(timing.leader_ms),
                certification_timeout: millis(timing.certification_ms),
                timeout_retry: millis(timing.retry_ms),
                view_retention: ViewDelta::new(VIEWS_KEPT),
                skip: SkipPolicy::Enabled {
                    timeout: millis(timing.skip_ms),
                    budget: SkipBudget::Participants,
                },
                fetch_timeout: NZDuration!(Duration::from_secs(2)),
                fetch_retry_delay: millis(100),
                forward: ForwardPolicy::SilentVoters,
            },
        );
        let Ok([mut votes, certificates, resolver]) = self.lanes.open(epoch).await else {
            return Ok(None);
        };
        votes.1.announce(epoch, timing.skip_ms);
        Ok(Some(Running {
            epoch,
            engine: engine.start(votes, certificates, resolver),
            left,
        }))
    }

    /// Says what this node is in an epoch.
    fn tell(&self, epoch: u64, scheme: &Scheme) {
        let identity = self.replica.identity;
        let voting = self.replica.committee(epoch);
        let voting = voting.ok().flatten();
        let named = voting.is_some_and(|voting| voting.by_key(&identity).is_some());
        if signs(scheme) {
            info!(epoch, "this node votes");
        } else if named {
            error!(
                epoch,
                "this node does not vote: it lacks the key that the network knows of it"
            );
        } else if self.is_named(&identity) {
            info!(epoch, "this node follows until it votes");
        } else {
            warn!(
                epoch,
                "this node is none of the network's: others do not talk to it"
            );
        }
    }

    /// Whether a node will vote if nothing changes.
    fn is_named(&self, identity: &Ed25519Key) -> bool {
        let nodes = self.replica.node_set();
        nodes.is_ok_and(|nodes| nodes.by_key(identity).is_some())
    }

    /// Asks those who are ahead for the last block of an epoch.
    fn ask(&self, epoch: u64, ahead: &Ahead) {
        let targets: Vec<Key> = ahead.epochs.keys().cloned().collect();
        if let Ok(targets) = NonEmptyVec::try_from(targets) {
            let last = self.replica.genesis.epoch_end(epoch);
            self.marshal.hint_finalized(engine_height(last), targets);
        }
    }

    /// Where the votes of an epoch stand.
    fn files(&self, epoch: u64) -> String {
        format!("{}-simplex-{epoch}", self.partition)
    }
}

/// Removes the votes of an epoch that is over.
async fn forget(storage: &impl Storage, epoch: u64, files: String) {
    match storage.remove(&files, None).await {
        Ok(()) | Err(Error::PartitionMissing(_)) => {}
        Err(failure) => warn!(%failure, epoch, "votes of an epoch that is over remain"),
    }
}
