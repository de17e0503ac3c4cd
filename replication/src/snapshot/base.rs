//! Makes a store that begins at a certified height, of what several nodes give of it at once.
//!
//! Invariants:
//!
//! - the height is one whose certificate holds, and whose time is so long before that of the network's
//!   last known block that no request from up to then can come again;
//! - every tree and every state comes from one node, different ones from different nodes, and is held
//!   against its root: so it is known who gave what does not come out;
//! - the store is made in a place of its own, and is used only when it is whole.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use hash_store::{FileStorage, Storage};
use ledger::{Attachment, BaseWriter, CommitBody, Options, Store, WholeCommit};
use merkle_log::Hash;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, spawn_blocking};
use tracing::info;

use super::given::{Given, NotGiven};
use super::peers::{Peer, Peers};
use super::served::AUDIT;
use super::{pieces, places};
use crate::certificate::GenesisVerifier;
use crate::client::Client;
use crate::genesis::Genesis;
use crate::handover::Handover;
use crate::hex::to_hex;
use crate::names::Name;
use crate::node::{
    BLOCK_ATTACHMENT, CERTIFICATE_ATTACHMENT, HANDOVER_ATTACHMENT, HEADER_ATTACHMENT, ledger_specs,
};
use crate::wire::FormError;

/// Pieces of each tree and state that wait to be written.
const PIECES_AHEAD: usize = 2;
/// No store can be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BaseError {
    /// The directories.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// The store.
    #[error(transparent)]
    Store(#[from] ledger::Error),
    /// A uuid cannot be drawn.
    #[error("no randomness: {0}")]
    Random(#[from] getrandom::Error),
    /// The process ends.
    #[error("the node stops")]
    Stopping,
}

/// What does not come out of what one node gave.
#[derive(Debug, thiserror::Error)]
enum Wrong {
    #[error(transparent)]
    Form(#[from] FormError),
    #[error("the {what} of {name} is {got}, expected {expected}")]
    Root {
        what: &'static str,
        name: String,
        expected: Hash,
        got: Hash,
    },
    #[error("{0} has more or fewer leaves than it should")]
    Length(String),
    #[error(transparent)]
    Store(#[from] ledger::Error),
}

/// Why one try came to nothing.
enum Broken {
    /// A node gave what does not come out.
    Wrong(Peer, Box<Wrong>),
    /// A node gave no more.
    Late(Peer),
    /// This node failed.
    Failed(BaseError),
}

impl<E: Into<BaseError>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The height that a store begins at, with everything of its commit.
#[derive(Clone, Debug)]
struct Target {
    height: u64,
    /// The whole commit.
    bytes: Bytes,
    /// Who gave it.
    peer: Peer,
}

/// What is got piece by piece.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// The leaves of a ledger, or the audit tree, of so many.
    Leaves(String, u64),
    /// The state of a ledger.
    State(String),
}

/// A part on its way, and who gives it.
struct Coming {
    part: Part,
    peer: Peer,
    pieces: mpsc::Receiver<Bytes>,
}

/// Makes a store that begins at the newest height that nodes show and that is long enough ago; the
/// height, or none if there is no such height or nobody gives all of it.
pub(crate) async fn make(
    client: Client,
    (own, tip_ms): (&Name, u64),
    dir: &Path,
) -> Result<Option<u64>, BaseError> {
    let genesis = client.genesis().clone();
    // The limits of the genesis hold for ever: nothing writes them.
    let lifetime_ms = genesis.file().policy.lifetime_ms_max;
    let before_ms = tip_ms.saturating_sub(lifetime_ms);
    let (verifier, handovers) = {
        let known = client.verifier();
        (known.certificates(), known.handovers())
    };
    let mut peers = Peers::new(client, own);
    while let Some(target) = newest(&mut peers, &genesis, &verifier, before_ms).await {
        let height = target.height;
        info!(height, nodes = peers.count(), "getting the state");
        match attempt(&mut peers, &genesis, &target, &handovers, dir).await {
            Ok(()) => {
                places::use_new(dir)?;
                info!(height, "the store begins here");
                return Ok(Some(height));
            }
            Err(Broken::Wrong(peer, found)) => peers.refuse(&peer, &found),
            Err(Broken::Late(peer)) => peers.leave(&peer),
            Err(Broken::Failed(error)) => return Err(error),
        }
    }
    info!(
        before_ms,
        "nobody gives a state of before this time: all history is taken"
    );
    Ok(None)
}

/// The newest height before a time that a node shows to be the last of an epoch.
async fn newest(
    peers: &mut Peers,
    genesis: &Genesis,
    verifier: &GenesisVerifier,
    before_ms: u64,
) -> Option<Target> {
    let mut best: Option<Target> = None;
    for _ in 0..peers.count() {
        let peer = peers.next()?;
        let path = format!("/v1/snapshot?before_ms={before_ms}");
        let Ok(bytes) = peer.get(path).await else {
            continue;
        };
        match judge(&bytes, genesis, verifier, before_ms) {
            Ok(height) if best.as_ref().is_none_or(|best| best.height < height) => {
                best = Some(Target {
                    height,
                    bytes,
                    peer,
                });
            }
            Ok(_) => {}
            Err(found) => peers.refuse(&peer, &found),
        }
    }
    best
}

/// The height of a commit, if it is final, the last of an epoch, and before a time.
fn judge(
    bytes: &[u8],
    genesis: &Genesis,
    verifier: &GenesisVerifier,
    before_ms: u64,
) -> Result<u64, NotGiven> {
    let given = Given::judge(bytes, &genesis.network())?;
    let (height, time_ms) = (given.header().height, given.header().time_ms);
    let other = |what| NotGiven::Other { what, height };
    if given.certificate.is_none() {
        return Err(other("certificate"));
    }
    given.check_certificate(verifier)?;
    if height != genesis.epoch_end(genesis.epoch_of(height)) || time_ms >= before_ms {
        return Err(other("height"));
    }
    Ok(height)
}

/// Makes the store once.
async fn attempt(
    peers: &mut Peers,
    genesis: &Genesis,
    target: &Target,
    handovers: &[Handover],
    dir: &Path,
) -> Result<(), Broken> {
    let body = WholeCommit::decode(&target.bytes)?.body().clone();
    let mut getting = JoinSet::new();
    let mut coming = Vec::new();
    for part in parts(&body) {
        // Only together with the body these are right or wrong.
        let peer = match &part {
            Part::Leaves(name, _) if name == AUDIT => None,
            _ => peers.next(),
        };
        let peer = peer.unwrap_or_else(|| target.peer.clone());
        let (to, pieces) = mpsc::channel(PIECES_AHEAD);
        getting.spawn(get(peer.clone(), target.height, part.clone(), to));
        coming.push(Coming { part, peer, pieces });
    }
    let place = places::begin(dir)?;
    let mut uuid = [0; 16];
    getrandom::fill(&mut uuid)?;
    // It was judged when it came.
    let attachments = attachments(target, handovers, genesis).unwrap_or_default();
    let (network, target) = (genesis.network().id(), target.clone());
    let written = spawn_blocking(move || {
        let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(&place));
        let specs = ledger_specs()?;
        let writer = Store::begin_in(storage, uuid, network, &specs, Options::default())?;
        write(writer, coming, &target, &attachments)
    });
    // What is still being got ends with the set.
    written.await.unwrap_or(Err(BaseError::Stopping.into()))
}

/// Everything that is to be got, in the order in which it is written.
fn parts(body: &CommitBody) -> Vec<Part> {
    let name = |ledger: &ledger::LedgerRoots| ledger.name.as_str().to_owned();
    let trees = body.ledgers.iter();
    let trees = trees.map(|ledger| Part::Leaves(name(ledger), ledger.size));
    let audit = Part::Leaves(AUDIT.to_owned(), body.audit_size_before());
    let states = body.ledgers.iter().filter(|ledger| ledger.state.is_some());
    let states = states.map(|ledger| Part::State(name(ledger)));
    trees.chain([audit]).chain(states).collect()
}

/// What is attached to the base: header, certificate and block, and the handovers from before it.
fn attachments(
    target: &Target,
    handovers: &[Handover],
    genesis: &Genesis,
) -> Result<Vec<Attachment>, NotGiven> {
    let given = Given::judge(&target.bytes, &genesis.network())?;
    let epoch = given.header().epoch;
    let attach = |kind, bytes| Attachment { kind, bytes };
    let certificate = given.certificate.iter();
    let earlier = handovers.iter();
    let earlier = earlier.filter(|earlier| earlier.header.epoch < epoch);
    let mut attached = vec![attach(HEADER_ATTACHMENT, given.header().encode())];
    attached.extend(certificate.map(|kept| attach(CERTIFICATE_ATTACHMENT, kept.encode())));
    attached.push(attach(BLOCK_ATTACHMENT, given.block.encode()));
    attached.extend(earlier.map(|kept| attach(HANDOVER_ATTACHMENT, kept.encode())));
    Ok(attached)
}

/// Gets a part of one node, piece by piece, until it is over or nobody takes it.
async fn get(peer: Peer, height: u64, part: Part, to: mpsc::Sender<Bytes>) {
    let (mut from, mut key) = (0, Vec::new());
    loop {
        let path = match &part {
            Part::Leaves(ledger, size) if from < *size => {
                // The audit tree had so many leaves at the height before.
                let at = if ledger == AUDIT { *size } else { height };
                format!("/v1/snapshot/{at}/leaves/{ledger}?from={from}")
            }
            Part::Leaves(..) => return,
            Part::State(ledger) => {
                let key = to_hex(&key);
                format!("/v1/snapshot/{height}/state/{ledger}?from={key}")
            }
        };
        let Ok(piece) = peer.get(path).await else {
            return;
        };
        let is_over = piece.is_empty();
        match &part {
            Part::Leaves(..) => from += piece.len() as u64 / 32,
            Part::State(_) => {
                let last = pieces::pairs(&piece).ok();
                let last = last.and_then(|pairs| pairs.last().map(|(key, _)| key.to_vec()));
                // The next key that there can be.
                key = last.unwrap_or_default();
                key.push(0);
            }
        }
        // An empty piece says that there is no more.
        if to.send(piece).await.is_err() || is_over {
            return;
        }
    }
}

/// Writes everything as it comes.
fn write(
    mut writer: BaseWriter,
    coming: Vec<Coming>,
    target: &Target,
    attachments: &[Attachment],
) -> Result<(), Broken> {
    let given = WholeCommit::decode(&target.bytes)?;
    let body = given.body();
    for mut one in coming {
        let written = match &one.part {
            Part::Leaves(name, size) => leaves(&mut writer, &mut one.pieces, (name, *size), body),
            Part::State(name) => pairs(&mut writer, &mut one.pieces, name, body),
        };
        match written {
            Ok(true) => {}
            Ok(false) => return Err(Broken::Late(one.peer)),
            Err(Wrong::Store(error @ ledger::Error::Log(_))) => return Err(error.into()),
            Err(found) => return Err(Broken::Wrong(one.peer, found.into())),
        }
    }
    let wrong = |found: Wrong| Broken::Wrong(target.peer.clone(), found.into());
    let store = match writer.finish(&body.encode(), given.metadata(), attachments) {
        Ok(store) => store,
        Err(error @ ledger::Error::Log(_)) => return Err(error.into()),
        Err(error) => return Err(wrong(error.into())),
    };
    // The header vouches for the body by this root alone.
    let root = store.snapshot().audit().root();
    same("root after it", AUDIT, given.audit_root(), root).map_err(wrong)?;
    Ok(store.close()?)
}

/// Writes the leaves of a tree, and holds them against its root; whether all came.
fn leaves(
    writer: &mut BaseWriter,
    coming: &mut mpsc::Receiver<Bytes>,
    (name, size): (&str, u64),
    body: &CommitBody,
) -> Result<bool, Wrong> {
    let mut left = size;
    while left > 0 {
        let Some(piece) = coming.blocking_recv() else {
            return Ok(false);
        };
        let hashes = pieces::leaves(&piece)?;
        let len = hashes.len() as u64;
        if len == 0 || len > left {
            return Err(Wrong::Length(name.to_owned()));
        }
        left -= len;
        match name {
            AUDIT => writer.audit_leaves(&hashes)?,
            name => writer.leaves(name, &hashes)?,
        }
    }
    let (expected, got) = match body.ledger(name) {
        Some(ledger) => (ledger.root, writer.roots(name)?.root),
        None => (body.audit_root_before, writer.audit_roots()?.1),
    };
    same("root", name, expected, got).map(|()| true)
}

/// Writes the pairs of a state, and holds them against its root; whether all came.
fn pairs(
    writer: &mut BaseWriter,
    coming: &mut mpsc::Receiver<Bytes>,
    name: &str,
    body: &CommitBody,
) -> Result<bool, Wrong> {
    loop {
        let Some(piece) = coming.blocking_recv() else {
            return Ok(false);
        };
        if piece.is_empty() {
            break;
        }
        for (key, value) in pieces::pairs(&piece)? {
            writer.set(name, key, value)?;
        }
    }
    let got = writer.roots(name)?.state_root;
    let expected = body.ledger(name).map_or(got, |ledger| ledger.state_root);
    same("state root", name, expected, got).map(|()| true)
}

fn same(what: &'static str, name: &str, expected: Hash, got: Hash) -> Result<(), Wrong> {
    let name = name.to_owned();
    match expected == got {
        true => Ok(()),
        false => Err(Wrong::Root {
            what,
            name,
            expected,
            got,
        }),
    }
}
