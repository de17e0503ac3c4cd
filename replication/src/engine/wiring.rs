//! Puts one node together from a runtime and a network: the same code for real nodes and simulated
//! ones.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use commonware_broadcast::buffered;
use commonware_consensus::marshal::core::Actor;
use commonware_consensus::marshal::resolver::p2p as backfill;
use commonware_consensus::marshal::standard::{Deferred, Standard};
use commonware_consensus::marshal::store::Certificates;
use commonware_consensus::marshal::{self, Start};
use commonware_consensus::simplex;
use commonware_consensus::types::{FixedEpocher, ViewDelta};
use commonware_cryptography::certificate::Verifier as _;
use commonware_p2p::utils::mux::prefixed;
use commonware_p2p::{AddressableManager, Blocker, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage};
use commonware_storage::archive::prunable;
use commonware_storage::translator::TwoCap;
use commonware_utils::{NZDuration, NZU16, NZU64, NZUsize};
use futures::future::{Either, select, select_all};
use rand_core::CryptoRng;
use tokio::sync::{Notify, mpsc};
use tracing::error;

use super::acquaintances::Acquaintances;
use super::adapter::{Adapter, now_ms};
use super::commits::{ASKED_AT_ONCE, channel, commit_all};
use super::epochs::Epochs;
use super::gossip;
use super::history::{History, learn_names};
use super::lanes::Lanes;
use super::schemes::Schemes;
use super::types::{Body, Digest, Finalization, Key, Scheme, engine_height, finalization};
use crate::block::Envelope;
use crate::genesis::NODES_MAX;
use crate::node::{Clock as NodeClock, Known, Node, Replica, ReplicaError, Timing};

/// Blocks, or views, that the engine's archives and caches drop at once. It must not change under a node.
const SECTION_LEN: NonZeroU64 = NZU64!(64);
/// Views whose votes are kept behind the last final one.
pub(super) const VIEWS_KEPT: u64 = 64;
/// Requests that wait to be passed on.
const GOSSIP_LEN: usize = 16_384;

/// A pair of ends of one network channel.
pub(super) type Ends<S, R> = (S, R);

/// The network channels of a node.
pub(super) struct Channels<S, R> {
    pub(super) votes: Ends<S, R>,
    pub(super) certificates: Ends<S, R>,
    pub(super) resolver: Ends<S, R>,
    pub(super) backfill: Ends<S, R>,
    pub(super) blocks: Ends<S, R>,
    pub(super) requests: Ends<S, R>,
}

/// What one node consists of besides runtime and network.
pub(super) struct Parts {
    pub(super) replica: Arc<Replica>,
    pub(super) schemes: Schemes,
    pub(super) identity: Key,
    pub(super) timing: Timing,
    /// Prefix of the engine's own files.
    pub(super) partition: String,
    /// Blocks that the engine's archives keep for nodes that are behind.
    pub(super) keep: u64,
    /// What the node was told of others when it started.
    pub(super) known: Option<Known>,
    /// The most nodes that its network has room for.
    pub(super) most: usize,
}

/// The largest message that any part sends, of whatever committee.
pub(super) fn message_len_max() -> u32 {
    let nodes = u32::try_from(NODES_MAX).unwrap_or(u32::MAX);
    commonware_p2p::max_message_size(&[
        marshal::max_payload_size::<Standard<Body>, Scheme>(nodes, &()),
        prefixed(simplex::max_payload_size::<Scheme, Digest>(nodes)),
        gossip::MESSAGE_LEN_MAX,
    ])
}

/// Starts a node; answers with its handle, and with what ends when the node stops and says why.
pub(super) async fn start<E, B, P, S, R>(
    context: E,
    parts: Parts,
    (blocker, peers): (B, P),
    channels: Channels<S, R>,
) -> Result<(Node, Handle<Result<(), ReplicaError>>), StartFailed>
where
    E: Clock + CryptoRng + Spawner + Storage + Metrics,
    B: Blocker<PublicKey = Key>,
    P: AddressableManager<PublicKey = Key>,
    S: Sender<PublicKey = Key>,
    R: Receiver<PublicKey = Key>,
{
    let Parts {
        replica,
        schemes,
        identity,
        timing,
        partition,
        keep,
        known,
        most,
    } = parts;
    let genesis = Body::new(replica.genesis_block()?).map_err(|_| StartFailed::Genesis)?;
    let mut acquaintances = Acquaintances {
        network: peers.clone(),
        replica: Arc::clone(&replica),
        known,
        most,
        told: BTreeMap::new(),
    };
    acquaintances.update()?;
    let names = context.child("names").shared(true);
    let named = Arc::clone(&replica);
    // It ends by itself, or with the runtime.
    drop(names.spawn(move |_| learn_names(named)));
    let page_cache = CacheRef::new(NZU16!(4084), NZUsize!(512));

    let resolver = backfill::init(
        context.child("backfill"),
        backfill::Config {
            public_key: identity.clone(),
            peer_provider: peers.clone(),
            blocker: blocker.clone(),
            mailbox_size: NZUsize!(1024),
            fetch_timeout: NZDuration!(Duration::from_secs(2)),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        },
        channels.backfill,
    );
    let (broadcast, buffer) = buffered::Engine::new(
        context.child("blocks"),
        buffered::Config {
            public_key: identity.clone(),
            mailbox_size: NZUsize!(1024),
            deque_size: 16,
            priority: true,
            codec_config: (),
            peer_provider: peers,
            strategy: Sequential,
        },
    );
    broadcast.start(channels.blocks);

    let archive = |name: &str| Archive {
        prefix: format!("{partition}-{name}"),
        page_cache: page_cache.clone(),
    };
    let certificates = prunable::Archive::<TwoCap, E, Digest, Finalization>::init(
        context.child("finalizations"),
        archive("finalizations").config(Scheme::certificate_codec_config_unbounded()),
    );
    let certificates = certificates.await.map_err(StartFailed::Archive)?;
    let certificates = History::new(certificates, Arc::clone(&replica));
    let blocks = prunable::Archive::<TwoCap, E, Digest, Arc<Body>>::init(
        context.child("finalized"),
        archive("blocks").config(()),
    );
    let blocks = blocks.await.map_err(StartFailed::Archive)?;
    let blocks = History::new(blocks, Arc::clone(&replica));
    let epoch_len = replica.genesis.file().epoch_len;
    // It has at least two heights.
    let epocher = FixedEpocher::new(NonZeroU64::new(epoch_len).unwrap_or(NZU64!(2)));
    let start = match beyond(&replica, &certificates)? {
        Some(floor) => Start::Floor(floor),
        None => Start::Genesis(genesis.digested()),
    };
    let (actor, marshal, _) = Actor::init(
        context.child("marshal"),
        certificates,
        blocks,
        marshal::Config {
            provider: schemes.clone(),
            epocher: epocher.clone(),
            start,
            partition_prefix: format!("{partition}-marshal"),
            mailbox_size: NZUsize!(1024),
            // Of that many epochs at most something is kept.
            view_retention: ViewDelta::new(VIEWS_KEPT.min(epoch_len)),
            prunable_items_per_section: SECTION_LEN,
            page_cache: page_cache.clone(),
            replay_buffer: NZUsize!(1 << 20),
            key_write_buffer: NZUsize!(1 << 16),
            value_write_buffer: NZUsize!(1 << 20),
            block_codec_config: (),
            max_repair: NZUsize!(32),
            max_pending_acks: NZUsize!(ASKED_AT_ONCE),
            strategy: Sequential,
        },
    )
    .await;
    let (final_blocks, waiting) = channel();
    let marshal_ended = actor.start(final_blocks, buffer, resolver);

    let adapter = Adapter::new(Arc::clone(&replica), timing);
    let automaton = Deferred::new(context.child("app"), adapter, marshal.clone(), epocher);
    let clock: NodeClock = {
        let context = context.child("clock");
        Arc::new(move || now_ms(&context))
    };
    let committed = Arc::new(Notify::new());
    let epochs = Epochs {
        context: context.child("epochs"),
        replica: Arc::clone(&replica),
        schemes,
        blocker,
        acquaintances,
        automaton,
        marshal: marshal.clone(),
        lanes: Lanes::new(
            &context,
            Arc::clone(&clock),
            [channels.votes, channels.certificates, channels.resolver],
        ),
        timing,
        partition,
        page_cache,
    };
    let engines = {
        let (context, committed) = (context.child("engines"), Arc::clone(&committed));
        context.spawn(move |_| epochs.run(committed))
    };

    let (gossip_to, gossip_from) = mpsc::channel::<Arc<Envelope>>(GOSSIP_LEN);
    let node = Node::new(Arc::clone(&replica), clock, gossip_to);
    let (requests_to, requests_from) = channels.requests;
    let gossip = context.child("gossip");
    let telling = gossip.spawn(move |clock| gossip::send_all(clock, gossip_from, requests_to));
    let heard_by = node.clone();
    // Verifying signatures keeps a thread busy.
    let hearing = context.child("hearing").dedicated();
    let hearing = hearing.spawn(move |clock| gossip::hear_all(clock, heard_by, requests_from));

    let commits = context.child("commits").shared(true);
    let commits =
        commits.spawn(move |clock| commit_all(clock, replica, marshal, waiting, (keep, committed)));
    let ended = context.child("node").spawn(move |_| async move {
        // None of these ends while the node runs.
        let others = select_all([marshal_ended, telling, hearing]);
        let deciding = select(commits, engines);
        let ended = match select(deciding, others).await {
            Either::Left((Either::Left((ended, _)) | Either::Right((ended, _)), _)) => ended,
            Either::Right(_) => return Ok(()),
        };
        let ended = ended.unwrap_or(Ok(()));
        if let Err(failure) = &ended {
            error!(%failure, "the node stops");
        }
        ended
    });
    Ok((node, ended))
}

/// The store's last certificate, if the engine's own files know of none so new: they are lost, or the
/// store came from a backup. What lies below it the node has.
fn beyond(
    replica: &Replica,
    certificates: &impl Certificates,
) -> Result<Option<Finalization>, StartFailed> {
    let height = replica.certified();
    if height <= 1 || certificates.last_index() >= Some(engine_height(height)) {
        return Ok(None);
    }
    let Some((block, certificate)) = replica.certificate_at(height)? else {
        return Ok(None);
    };
    replica.learn_block(block, height);
    let form = |_| StartFailed::Certificate { height };
    Ok(Some(finalization(&block, &certificate).map_err(form)?))
}

/// Why a node was not put together.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartFailed {
    /// The genesis block has no form in the engine.
    #[error("the genesis has no block")]
    Genesis,
    /// A certificate of the store has no form in the engine.
    #[error("the certificate at height {height} is none")]
    Certificate {
        /// Of which commit.
        height: u64,
    },
    /// The engine's archives.
    #[error("the engine's archive: {0}")]
    Archive(#[source] commonware_storage::archive::Error),
    /// The replica.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

/// Where one of the engine's archives lies.
struct Archive {
    prefix: String,
    page_cache: CacheRef,
}

impl Archive {
    fn config<C>(self, codec_config: C) -> prunable::Config<TwoCap, C> {
        let prefix = &self.prefix;
        prunable::Config {
            translator: TwoCap,
            metadata_partition: format!("{prefix}-metadata"),
            key_partition: format!("{prefix}-keys"),
            key_page_cache: self.page_cache,
            value_partition: format!("{prefix}-values"),
            compression: None,
            codec_config,
            items_per_section: SECTION_LEN,
            key_write_buffer: NZUsize!(1 << 16),
            value_write_buffer: NZUsize!(1 << 20),
            replay_buffer: NZUsize!(1 << 20),
        }
    }
}
