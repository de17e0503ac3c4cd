//! The engine without a ledger: four nodes agree on blocks of opaque transactions whose signatures
//! each of them verifies together, with the settings of the real nodes (`src/engine`). It keeps no
//! log, no state and no pool of requests, and every proposal is a full block.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use bytes::{BufMut, Bytes};
use commonware_actor::Feedback;
use commonware_broadcast::buffered;
use commonware_codec::{Buf, DecodeExt, EncodeSize, Error, Read, ReadExt, Write};
use commonware_consensus::marshal::ancestry::Ancestry;
use commonware_consensus::marshal::core::Actor;
use commonware_consensus::marshal::resolver::p2p as backfill;
use commonware_consensus::marshal::standard::{Deferred, Standard};
use commonware_consensus::marshal::{self, Start, Update};
use commonware_consensus::simplex::config::{ForwardPolicy, SkipBudget, SkipPolicy};
use commonware_consensus::simplex::elector::RoundRobin;
use commonware_consensus::simplex::scheme::bls12381_multisig;
use commonware_consensus::simplex::types::{Context, Finalization};
use commonware_consensus::simplex::{self, Engine, Floor};
use commonware_consensus::types::{Epoch, FixedEpocher, Height, Round, View, ViewDelta};
use commonware_consensus::{Application, BoundedBlock, CertifiableBlock, Heightable, Reporter};
use commonware_cryptography::bls12381::primitives::group::Private;
use commonware_cryptography::bls12381::primitives::variant::{MinSig, Variant};
use commonware_cryptography::certificate::{ConstantProvider, Verifier as _};
use commonware_cryptography::{
    BatchEntry, BatchVerifier, ChaCha20Poly1305, Digested, Digestible, Sha256, Signer, ed25519,
    sha256,
};
use commonware_p2p::authenticated::lookup;
use commonware_p2p::{Address, AddressableManager};
use commonware_parallel::Sequential;
use commonware_runtime::buffer::paged::CacheRef;
use commonware_runtime::{Quota, Runner, Spawner, Supervisor, tokio as runtime};
use commonware_storage::archive::prunable;
use commonware_storage::translator::TwoCap;
use commonware_stream::cups::{self, Cups};
use commonware_stream::sake::{self, Sake};
use commonware_utils::acknowledgement::{Acknowledgement, Exact};
use commonware_utils::ordered::{BiMap, Map};
use commonware_utils::{NZDuration, NZU16, NZU32, NZU64, NZUsize};
use sha2::Digest as _;

use super::NODES;

type Key = ed25519::PublicKey;
type Digest = sha256::Digest;
type Scheme = bls12381_multisig::Scheme<Key, MinSig>;
type Turn = Context<Digest, Key>;

const NAMESPACE: &[u8] = b"bare";
/// Key, signature and what is signed.
const TRANSACTION_LEN: usize = 200;
const BLOCK_LEN_MAX: usize = 2 << 20;
const TRANSACTIONS: usize = 1 << 15;

/// Transactions, signed beforehand, one after another.
pub(crate) fn transactions() -> Bytes {
    let keys: Vec<_> = (0..16).map(ed25519::PrivateKey::from_seed).collect();
    let mut all = Vec::with_capacity(TRANSACTIONS * TRANSACTION_LEN);
    for (number, key) in (0..TRANSACTIONS).zip(keys.iter().cycle()) {
        let mut body = [7; TRANSACTION_LEN - 96];
        body[..8].copy_from_slice(&(number as u64).to_le_bytes());
        all.extend_from_slice(key.public_key().as_ref());
        all.extend_from_slice(key.sign(NAMESPACE, &body).as_ref());
        all.extend_from_slice(&body);
    }
    all.into()
}

#[derive(Clone, Debug)]
struct Block {
    context: Turn,
    parent: Digest,
    height: u64,
    /// Since the start of the process, in microseconds.
    proposed_us: u64,
    payload: Bytes,
    digest: Digest,
}

impl Block {
    fn new(context: Turn, parent: Digest, height: u64, proposed_us: u64, payload: Bytes) -> Self {
        let hash = sha2::Sha256::new()
            .chain_update(parent)
            .chain_update(context.round.view().get().to_le_bytes())
            .chain_update(height.to_le_bytes())
            .chain_update(proposed_us.to_le_bytes())
            .chain_update(&payload);
        Self {
            context,
            parent,
            height,
            proposed_us,
            payload,
            digest: sha256::Digest(hash.finalize().into()),
        }
    }

    fn signed(&self) -> bool {
        if self.payload.is_empty() {
            return self.height == 0;
        }
        let transaction = |bytes: &[u8]| {
            let (key, rest) = bytes.split_at_checked(32)?;
            let (signature, body) = rest.split_at_checked(64)?;
            let key = Key::decode(key.to_vec()).ok()?;
            Some((
                key,
                ed25519::Signature::decode(signature.to_vec()).ok()?,
                body.to_vec(),
            ))
        };
        let all: Option<Vec<_>> = self
            .payload
            .chunks(TRANSACTION_LEN)
            .map(transaction)
            .collect();
        all.is_some_and(|all| {
            Key::verify_batch(
                &mut rand_core::UnwrapErr(getrandom::SysRng),
                &all,
                |_, (public_key, signature, message)| BatchEntry {
                    namespace: NAMESPACE,
                    message,
                    public_key,
                    signature,
                },
                &Sequential,
            )
        })
    }
}

impl Write for Block {
    fn write(&self, to: &mut impl BufMut) {
        self.context.write(to);
        self.parent.write(to);
        self.height.write(to);
        self.proposed_us.write(to);
        self.payload.write(to);
    }
}

impl EncodeSize for Block {
    fn encode_size(&self) -> usize {
        self.context.encode_size() + self.parent.encode_size() + 16 + self.payload.encode_size()
    }
}

impl Read for Block {
    type Cfg = ();

    fn read_cfg(from: &mut impl Buf, (): &()) -> Result<Self, Error> {
        let context = Turn::read(from)?;
        let parent = Digest::read(from)?;
        let (height, proposed_us) = (u64::read(from)?, u64::read(from)?);
        let payload = Bytes::read_cfg(from, &(..=BLOCK_LEN_MAX).into())?;
        Ok(Self::new(context, parent, height, proposed_us, payload))
    }
}

impl Digestible for Block {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        self.digest
    }
}

impl Heightable for Block {
    fn height(&self) -> Height {
        Height::new(self.height)
    }
}

impl commonware_consensus::Block for Block {
    fn parent(&self) -> Digest {
        self.parent
    }
}

impl CertifiableBlock for Block {
    type Context = Turn;

    fn context(&self) -> Turn {
        self.context.clone()
    }
}

impl BoundedBlock for Block {
    fn max_encode_size((): &()) -> usize {
        BLOCK_LEN_MAX + 1024
    }
}

/// What one node saw become final: digest, transactions, and how long after its proposal.
type Seen = Arc<Mutex<Vec<(Instant, Digest, usize, Duration)>>>;

#[derive(Clone)]
struct App {
    transactions: Bytes,
    per_block: usize,
    started: Instant,
    seen: Seen,
}

impl<E: Send> Application<E> for App {
    type SigningScheme = Scheme;
    type Context = Turn;
    type Block = Block;
    type Input = ();

    async fn propose(
        &mut self,
        (_, context): (E, Turn),
        ancestry: impl Ancestry<Block>,
        (): (),
    ) -> Option<Digested<Block>> {
        let parent = ancestry.peek()?.inner();
        let (height, parent) = (parent.height + 1, parent.digest);
        let len = self.per_block * TRANSACTION_LEN;
        let blocks = self.transactions.len() / len;
        let from = usize::try_from(height).ok()? % blocks * len;
        let payload = self.transactions.slice(from..from + len);
        let now = u64::try_from(self.started.elapsed().as_micros()).ok()?;
        let block = Block::new(context, parent, height, now, payload);
        let digest = block.digest;
        Some(Digested::precomputed(block, digest))
    }

    async fn verify(&mut self, _: (E, Turn), mut ancestry: impl Ancestry<Block>) -> bool {
        use futures::StreamExt;
        match ancestry.next().await {
            Some(block) => block.inner().signed(),
            None => false,
        }
    }
}

impl Reporter for App {
    type Activity = Update<Block>;

    fn report(&mut self, update: Update<Block>) -> Feedback {
        if let Update::Block(block, acknowledgement) = update {
            acknowledge(acknowledgement);
            let block = block.inner();
            let took = self.started.elapsed() - Duration::from_micros(block.proposed_us);
            let count = block.payload.len() / TRANSACTION_LEN;
            let seen = (Instant::now(), block.digest, count, took);
            self.seen.lock().unwrap().push(seen);
        }
        Feedback::Ok
    }
}

fn acknowledge(acknowledgement: Exact) {
    acknowledgement.acknowledge();
}

/// What came of a run.
pub(crate) struct Figures {
    pub(crate) per_second: f64,
    pub(crate) p50: Duration,
    pub(crate) blocks_per_second: f64,
}

/// Runs four nodes for a while; what the first of them saw after `warm`.
pub(crate) fn run(
    dir: &Path,
    transactions: &Bytes,
    per_block: usize,
    (warm, measured): (Duration, Duration),
) -> Figures {
    let stop = Arc::new(AtomicBool::new(false));
    let started = Instant::now();
    let addresses = super::free_addresses(NODES);
    let mut seen = Vec::new();
    let mut threads = Vec::new();
    for index in 0..NODES {
        let app = App {
            transactions: transactions.clone(),
            per_block,
            started,
            seen: Seen::default(),
        };
        seen.push(Arc::clone(&app.seen));
        let (dir, stop) = (dir.join(format!("bare{index}")), Arc::clone(&stop));
        let addresses = addresses.clone();
        threads.push(std::thread::spawn(move || {
            node(&dir, index, &addresses, app, &stop);
        }));
    }
    std::thread::sleep(warm + measured);
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        thread.join().unwrap();
    }
    let chains: Vec<_> = seen
        .iter()
        .map(|seen| seen.lock().unwrap().clone())
        .collect();
    let common = chains.iter().map(Vec::len).min().unwrap();
    assert!(common > 1, "the bare engine made no blocks");
    for chain in &chains[1..] {
        for (mine, first) in chain.iter().zip(&chains[0]) {
            assert_eq!(mine.1, first.1, "the bare engine's nodes disagree");
        }
    }
    let window = started + warm..started + warm + measured;
    let within: Vec<_> = chains[0]
        .iter()
        .filter(|one| window.contains(&one.0))
        .collect();
    let count: usize = within.iter().map(|one| one.2).sum();
    let mut took: Vec<_> = within.iter().map(|one| one.3).collect();
    took.sort_unstable();
    Figures {
        per_second: count as f64 / measured.as_secs_f64(),
        p50: took[took.len() / 2],
        blocks_per_second: within.len() as f64 / measured.as_secs_f64(),
    }
}

fn identity(index: usize) -> ed25519::PrivateKey {
    ed25519::PrivateKey::from_seed(1000 + index as u64)
}

fn voting(index: usize) -> Private {
    let scalar = [vec![0; 31], vec![1 + u8::try_from(index).unwrap()]].concat();
    Private::decode(scalar).unwrap()
}

fn scheme(index: usize) -> Scheme {
    use commonware_cryptography::bls12381::primitives::ops::compute_public;
    let nodes: Vec<(Key, <MinSig as Variant>::Public)> = (0..NODES)
        .map(|index| {
            let public = compute_public::<MinSig>(&voting(index));
            (identity(index).public_key(), public)
        })
        .collect();
    Scheme::signer(NAMESPACE, BiMap::try_from(nodes).unwrap(), voting(index)).unwrap()
}

fn node(dir: &Path, index: usize, addresses: &[SocketAddr], app: App, stop: &AtomicBool) {
    let config = runtime::Config::new().with_storage_directory(dir);
    runtime::Runner::new(config).start(|context| async move {
        start(&context, index, addresses, app).await;
        while !stop.load(Ordering::Relaxed) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let _ = context.stop(0, Some(Duration::from_secs(5))).await;
    });
}

async fn start(context: &runtime::Context, index: usize, addresses: &[SocketAddr], app: App) {
    let signer = identity(index);
    let public_key = signer.public_key();
    let message_len = commonware_p2p::max_message_size(&[
        marshal::max_payload_size::<Standard<Block>, Scheme>(4, &()),
        simplex::max_payload_size::<Scheme, Digest>(4),
    ]);
    let handshake = Cups::<_, ChaCha20Poly1305>::new(
        Sake {
            signer,
            synchrony_bound: Duration::from_secs(5),
            max_handshake_age: Duration::from_secs(10),
            version: sake::Version::V1,
        },
        cups::Version::V1,
    );
    let mut network = lookup::Config::local(
        handshake,
        NAMESPACE,
        addresses[index],
        NZUsize!(5),
        message_len,
        NZUsize!(1024),
    );
    network.tracked_peer_sets = NZUsize!(1);
    let (mut network, mut oracle) = lookup::Network::new(context.child("network"), network);
    let mut ids = 0..;
    let mut channel = || network.register(ids.next().unwrap(), Quota::per_second(NZU32!(1024)));
    let (votes, certificates, resolver) = (channel(), channel(), channel());
    let (backfill_ends, blocks_ends) = (channel(), channel());
    let peers: Vec<(Key, Address)> = addresses
        .iter()
        .enumerate()
        .map(|(index, address)| (identity(index).public_key(), (*address).into()))
        .collect();
    oracle.track(0, Map::try_from(peers).unwrap());
    network.start();

    let resolver_of_blocks = backfill::init(
        context.child("backfill"),
        backfill::Config {
            public_key: public_key.clone(),
            peer_provider: oracle.clone(),
            blocker: oracle.clone(),
            mailbox_size: NZUsize!(1024),
            fetch_timeout: NZDuration!(Duration::from_secs(2)),
            fetch_retry_delay: Duration::from_millis(100),
            priority_requests: false,
            priority_responses: false,
        },
        backfill_ends,
    );
    let (broadcast, buffer) = buffered::Engine::new(
        context.child("blocks"),
        buffered::Config {
            public_key,
            mailbox_size: NZUsize!(1024),
            deque_size: 16,
            priority: true,
            codec_config: (),
            peer_provider: oracle.clone(),
            strategy: Sequential,
        },
    );
    broadcast.start(blocks_ends);
    let page_cache = CacheRef::new(NZU16!(4084), NZUsize!(512));
    let certificates_archive =
        prunable::Archive::<TwoCap, _, Digest, Finalization<Scheme, Digest>>::init(
            context.child("finalizations"),
            archive(
                "finalizations",
                &page_cache,
                Scheme::certificate_codec_config_unbounded(),
            ),
        );
    let certificates_archive = certificates_archive.await.unwrap();
    let blocks = prunable::Archive::<TwoCap, _, Digest, Arc<Block>>::init(
        context.child("finalized"),
        archive("blocks", &page_cache, ()),
    );
    let blocks = blocks.await.unwrap();
    let epocher = FixedEpocher::new(NZU64!(1 << 62));
    let genesis = {
        let context = Context {
            round: Round::new(Epoch::zero(), View::zero()),
            leader: identity(0).public_key(),
            parent: (View::zero(), sha256::Digest([0; 32])),
        };
        Block::new(context, sha256::Digest([0; 32]), 0, 0, Bytes::new())
    };
    let genesis_digest = genesis.digest;
    let scheme = scheme(index);
    let (actor, marshal, _) = Actor::init(
        context.child("marshal"),
        certificates_archive,
        blocks,
        marshal::Config {
            provider: ConstantProvider::new(scheme.clone()),
            epocher: epocher.clone(),
            start: Start::Genesis(Digested::precomputed(genesis, genesis_digest)),
            partition_prefix: "marshal".to_owned(),
            mailbox_size: NZUsize!(1024),
            view_retention: ViewDelta::new(64),
            prunable_items_per_section: NZU64!(256),
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
    actor.start(app.clone(), buffer, resolver_of_blocks);
    let automaton = Deferred::new(context.child("app"), app, marshal, epocher);
    let engine = Engine::new(
        context.child("simplex"),
        simplex::Config {
            scheme,
            elector: RoundRobin::<Sha256>::default(),
            blocker: oracle,
            automaton: automaton.clone(),
            relay: automaton.clone(),
            reporter: automaton,
            track_historical_votes: false,
            strategy: Sequential,
            partition: "simplex".to_owned(),
            mailbox_size: NZUsize!(1024),
            epoch: Epoch::zero(),
            floor: Floor::Genesis(genesis_digest),
            replay_buffer: NZUsize!(1 << 20),
            write_buffer: NZUsize!(1 << 16),
            page_cache,
            leader_timeout: Duration::from_millis(2000),
            certification_timeout: Duration::from_millis(3000),
            timeout_retry: Duration::from_millis(2000),
            view_retention: ViewDelta::new(64),
            skip: SkipPolicy::Enabled {
                timeout: Duration::from_millis(4000),
                budget: SkipBudget::Participants,
            },
            fetch_timeout: NZDuration!(Duration::from_secs(2)),
            fetch_retry_delay: Duration::from_millis(100),
            forward: ForwardPolicy::SilentVoters,
        },
    );
    engine.start(votes, certificates, resolver);
}

fn archive<C>(name: &str, page_cache: &CacheRef, codec_config: C) -> prunable::Config<TwoCap, C> {
    prunable::Config {
        translator: TwoCap,
        metadata_partition: format!("{name}-metadata"),
        key_partition: format!("{name}-keys"),
        key_page_cache: page_cache.clone(),
        value_partition: format!("{name}-values"),
        compression: None,
        codec_config,
        items_per_section: NZU64!(256),
        key_write_buffer: NZUsize!(1 << 16),
        value_write_buffer: NZUsize!(1 << 20),
        replay_buffer: NZUsize!(1 << 20),
    }
}
