//! Puts one node together from a runtime and a network: the same code for real nodes and simulated
//! ones.

use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Duration;

use commonware_broadcast::buffered;
use commonware_consensus::marshal::core::Actor;
use commonware_consensus::marshal::resolver::p2p as backfill;
use commonware_consensus::marshal::standard::{Deferred, Standard};
use commonware_consensus::marshal::{self, Start};
use commonware_consensus::simplex::config::{ForwardPolicy, SkipBudget, SkipPolicy};
use commonware_consensus::simplex::elector::RoundRobin;
use commonware_consensus::simplex::{self, Engine, Floor};
use commonware_consensus::types::{Epoch, FixedEpocher, ViewDelta};
use commonware_cryptography::Sha256;
use commonware_cryptography::certificate::{ConstantProvider, Verifier as _};
use commonware_p2p::{Blocker, Provider, Receiver, Sender};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Clock, Handle, Metrics, Spawner, Storage};
use commonware_storage::archive::prunable;
use commonware_storage::translator::TwoCap;
use commonware_utils::{NZDuration, NZU16, NZU64, NZUsize};
use futures::future::select_all;
use rand_core::CryptoRng;
use tokio::sync::mpsc;
use tracing::error;

use super::adapter::{Adapter, now_ms};
use super::commits::{channel, commit_all};
use super::gossip;
use super::history::{History, learn_names};
use super::types::{Body, Digest, Finalization, Key, Scheme, digest};
use crate::block::Envelope;
use crate::node::{Clock as NodeClock, Node, Replica, ReplicaError, Timing};

/// Heights of one epoch: more than there will be. Epochs come with changes of the node set.
const EPOCH_LEN: NonZeroU64 = NZU64!(1 << 62);
/// Blocks, or views, that the engine's archives and caches drop at once. It must not change under a node.
const SECTION_LEN: NonZeroU64 = NZU64!(64);
/// Views whose votes are kept behind the last final one.
const VIEWS_KEPT: u64 = 64;
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
    pub(super) scheme: Scheme,
    pub(super) identity: Key,
    pub(super) timing: Timing,
    /// Prefix of the engine's own files.
    pub(super) partition: String,
    /// Blocks that the engine's archives keep for nodes that are behind.
    pub(super) keep: u64,
}

/// The largest message that any part sends.
pub(super) fn message_len_max(nodes: usize) -> u32 {
    let nodes = u32::try_from(nodes).unwrap_or(u32::MAX);
    commonware_p2p::max_message_size(&[
        marshal::max_payload_size::<Standard<Body>, Scheme>(nodes, &()),
        simplex::max_payload_size::<Scheme, Digest>(nodes),
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
    P: Provider<PublicKey = Key>,
    S: Sender<PublicKey = Key>,
    R: Receiver<PublicKey = Key>,
{
    let Parts {
        replica,
        scheme,
        identity,
        timing,
        partition,
        keep,
    } = parts;
    let genesis = Body::new(replica.genesis_block()?).map_err(|_| StartFailed::Genesis)?;
    let genesis_digest = digest(&genesis.block().hash());
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
    let epocher = FixedEpocher::new(EPOCH_LEN);
    let (actor, marshal, _) = Actor::init(
        context.child("marshal"),
        certificates,
        blocks,
        marshal::Config {
            provider: ConstantProvider::new(scheme.clone()),
            epocher: epocher.clone(),
            start: Start::Genesis(genesis.digested()),
            partition_prefix: format!("{partition}-marshal"),
            mailbox_size: NZUsize!(1024),
            view_retention: ViewDelta::new(VIEWS_KEPT),
            prunable_items_per_section: SECTION_LEN,
            page_cache: page_cache.clone(),
            replay_buffer: NZUsize!(1 << 20),
            key_write_buffer: NZUsize!(1 << 16),
            value_write_buffer: NZUsize!(1 << 20),
            block_codec_config: (),
            max_repair: NZUsize!(32),
            max_pending_acks: NZUsize!(16),
            strategy: Sequential,
        },
    )
    .await;
    let (final_blocks, waiting) = channel();
    let marshal_ended = actor.start(final_blocks, buffer, resolver);

    let adapter = Adapter::new(Arc::clone(&replica), timing);
    let automaton = Deferred::new(context.child("app"), adapter, marshal.clone(), epocher);
    let millis = Duration::from_millis;
    let engine = Engine::new(
        context.child("simplex"),
        simplex::Config {
            scheme,
            elector: RoundRobin::<Sha256>::default(),
            blocker,
            automaton: automaton.clone(),
            relay: automaton.clone(),
            reporter: automaton,
            track_historical_votes: false,
            strategy: Sequential,
            partition: format!("{partition}-simplex-0"),
            mailbox_size: NZUsize!(1024),
            epoch: Epoch::zero(),
            floor: Floor::Genesis(genesis_digest),
            replay_buffer: NZUsize!(1 << 20),
            write_buffer: NZUsize!(1 << 16),
            page_cache,
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
    let engine_ended = engine.start(channels.votes, channels.certificates, channels.resolver);

    let (gossip_to, gossip_from) = mpsc::channel::<Arc<Envelope>>(GOSSIP_LEN);
    let clock: NodeClock = {
        let context = context.child("clock");
        Arc::new(move || now_ms(&context))
    };
    let node = Node::new(Arc::clone(&replica), clock, gossip_to);
    let (requests_to, requests_from) = channels.requests;
    let gossip = context.child("gossip");
    let telling = gossip.spawn(move |clock| gossip::send_all(clock, gossip_from, requests_to));
    let heard_by = node.clone();
    // Verifying signatures keeps a thread busy.
    let hearing = context.child("hearing").dedicated();
    let hearing = hearing.spawn(move |clock| gossip::hear_all(clock, heard_by, requests_from));

    let commits = context.child("commits").shared(true);
    let commits = commits.spawn(move |_| commit_all(replica, marshal, waiting, keep));
    let ended = context.child("node").spawn(move |_| async move {
        // None of these ends while the node runs.
        let others = select_all([marshal_ended, engine_ended, telling, hearing]);
        match futures::future::select(commits, others).await {
            futures::future::Either::Left((Ok(committed), _)) => {
                if let Err(failure) = &committed {
                    error!(%failure, "the node stops");
                }
                committed
            }
            _ => Ok(()),
        }
    });
    Ok((node, ended))
}

/// Why a node was not put together.
#[derive(Debug, thiserror::Error)]
pub(super) enum StartFailed {
    /// The genesis block has no form in the engine.
    #[error("the genesis has no block")]
    Genesis,
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
