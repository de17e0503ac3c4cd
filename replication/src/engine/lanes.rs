//! The channels of votes, certificates and what is asked for them: a lane of each for every epoch.
//!
//! Invariants:
//!
//! - what is said in one epoch never reaches the engine of another;
//! - what nodes say in the next epoch before this one is there waits for its engine: as much of each
//!   node as an honest one can have said, and no more;
//! - an engine knows from its beginning who was heard shortly before: otherwise it would skip the
//!   first turns of those who are a little later than the others.

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use commonware_codec::Encode;
use commonware_codec::types::lazy::Lazy;
use commonware_consensus::simplex::types::{Nullify, Vote};
use commonware_consensus::types::{Epoch, Round, View};
use commonware_cryptography::certificate::Attestation;
use commonware_p2p::utils::mux::{Builder, Error, MuxHandle, Muxer, SubReceiver, SubSender};
use commonware_p2p::{Message, Receiver, Sender};
use commonware_runtime::{IoBuf, Spawner, Supervisor};
use commonware_utils::Participant;
use tokio::sync::mpsc;

use super::types::{Digest, Key, Scheme};
use super::wiring::Ends;
use crate::node::{Clock, lock};

/// Early messages of one node on one lane that are kept: those of some twenty views.
const EARLY_MAX: u32 = 64;
/// The longest early message that is kept: votes and certificates of the largest committee are
/// shorter.
const EARLY_LEN_MAX: usize = 1024;

/// What came for an epoch that has no lane here.
type Elsewhere = mpsc::Receiver<(u64, Message<Key>)>;

/// The channels, by epoch.
pub(super) struct Lanes<S: Sender<PublicKey = Key>> {
    votes: MuxHandle<S>,
    certificates: MuxHandle<S>,
    resolver: MuxHandle<S>,
    heard: Arc<Heard>,
    pub(super) other_votes: Elsewhere,
    pub(super) other_certificates: Elsewhere,
}

/// The lanes of one epoch.
pub(super) struct Lane<S: Sender<PublicKey = Key>> {
    pub(super) votes: Ends<SubSender<S>, Early>,
    pub(super) certificates: Ends<SubSender<S>, Early>,
    pub(super) resolver: Ends<SubSender<S>, SubReceiver<Key>>,
}

impl<S: Sender<PublicKey = Key>> Lanes<S> {
    /// Parts the channels.
    pub(super) fn new<E, R>(
        context: &E,
        clock: Clock,
        votes: Ends<S, R>,
        certificates: Ends<S, R>,
        resolver: Ends<S, R>,
    ) -> Self
    where
        E: Spawner + Supervisor,
        R: Receiver<PublicKey = Key>,
    {
        let parted = |name, (sender, receiver): Ends<S, R>| {
            let parted = Muxer::builder(context.child(name), sender, receiver);
            let (muxer, handle, elsewhere) = parted.with_backup().build();
            // It ends with the network, or with the node.
            drop(muxer.start());
            (handle, elsewhere)
        };
        let (votes, other_votes) = parted("votes", votes);
        let (certificates, other_certificates) = parted("certificates", certificates);
        let (muxer, resolver) = Muxer::new(context.child("resolver"), resolver.0, resolver.1);
        drop(muxer.start());
        Self {
            votes,
            certificates,
            resolver,
            heard: Arc::new(Heard::new(clock)),
            other_votes,
            other_certificates,
        }
    }

    /// Opens the lanes of an epoch.
    ///
    /// # Errors
    /// They are open, or the network has ended.
    pub(super) async fn open(&mut self, epoch: u64) -> Result<Lane<S>, Error> {
        let (votes, certificates) = (&mut self.votes, &mut self.certificates);
        let (said, heard) = votes.register(epoch).await?;
        let votes = (said, Early::new(heard, Arc::clone(&self.heard)));
        let (said, heard) = certificates.register(epoch).await?;
        let certificates = (said, Early::new(heard, Arc::clone(&self.heard)));
        Ok(Lane {
            votes,
            certificates,
            resolver: self.resolver.register(epoch).await?,
        })
    }
}

/// When nodes were heard last, in milliseconds.
struct Heard {
    clock: Clock,
    last: Mutex<BTreeMap<Key, u64>>,
}

impl Heard {
    const fn new(clock: Clock) -> Self {
        let last = Mutex::new(BTreeMap::new());
        Self { clock, last }
    }

    fn note(&self, node: &Key) {
        let now = (self.clock)();
        lock(&self.last).insert(node.clone(), now);
    }

    /// Who was heard for so long; the others are forgotten.
    fn lately(&self, within_ms: u64) -> Vec<Key> {
        let from = (self.clock)().saturating_sub(within_ms);
        let mut last = lock(&self.last);
        last.retain(|_, at| *at >= from);
        last.keys().cloned().collect()
    }
}

/// A vote for nothing: to skip the turn that an epoch begins on, which nobody has. The engine takes from
/// it who has spoken, and reads no further.
fn sign_of_life(epoch: u64) -> IoBuf {
    let round = Round::new(Epoch::new(epoch), View::zero());
    let attestation = Attestation::<Scheme> {
        signer: Participant::new(0),
        signature: Lazy::deferred(&mut Bytes::from_static(&[0; 48]), ()),
    };
    let vote: Vote<Scheme, Digest> = Vote::Nullify(Nullify { round, attestation });
    vote.encode().into()
}

/// The receiving end of a lane, with what came before it was used.
pub(super) struct Early {
    kept: VecDeque<Message<Key>>,
    /// How much of whom was kept.
    counts: BTreeMap<Key, u32>,
    rest: SubReceiver<Key>,
    heard: Arc<Heard>,
}

impl Early {
    const fn new(rest: SubReceiver<Key>, heard: Arc<Heard>) -> Self {
        Self {
            kept: VecDeque::new(),
            counts: BTreeMap::new(),
            rest,
            heard,
        }
    }

    /// Lets the engine of an epoch know who was heard for so long, as if they had just spoken.
    pub(super) fn announce(&mut self, epoch: u64, within_ms: u64) {
        for node in self.heard.lately(within_ms) {
            self.kept.push_front((node, sign_of_life(epoch)));
        }
    }

    /// Keeps the next message for later; answers with whose it is.
    pub(super) async fn hear(&mut self) -> Result<Key, Error> {
        let (peer, message) = self.rest.recv().await?;
        self.heard.note(&peer);
        let count = self.counts.entry(peer.clone()).or_default();
        if *count < EARLY_MAX && message.len() <= EARLY_LEN_MAX {
            *count += 1;
            self.kept.push_back((peer.clone(), message));
        }
        Ok(peer)
    }
}

impl fmt::Debug for Early {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Early({})", self.kept.len())
    }
}

impl Receiver for Early {
    type Error = Error;
    type PublicKey = Key;

    async fn recv(&mut self) -> Result<Message<Key>, Error> {
        match self.kept.pop_front() {
            Some(kept) => Ok(kept),
            None => {
                let received = self.rest.recv().await?;
                self.heard.note(&received.0);
                Ok(received)
            }
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.rest.capacity()
    }
}
