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

/// What came for an epoch other than the one in force.
type Elsewhere = mpsc::Receiver<(u64, Message<Key>)>;

/// The channels, by epoch.
pub(super) struct Lanes<S: Sender<PublicKey = Key>> {
    votes: Parted<S>,
    certificates: Parted<S>,
    resolver: Parted<S>,
    /// The epoch that nothing is lost of.
    next: u64,
    heard: Arc<Heard>,
}

/// One channel, parted by epoch. At most one lane of it is open: the engine's.
struct Parted<S: Sender<PublicKey = Key>> {
    lanes: MuxHandle<S>,
    elsewhere: Elsewhere,
    /// What was said in the next epoch.
    kept: VecDeque<Message<Key>>,
    /// How much of whom that is.
    counts: BTreeMap<Key, u32>,
}

/// One end of a lane, and the other.
type Lane<S> = Ends<SubSender<S>, Early>;

/// The lanes of one epoch: of votes, certificates, and what is asked for them.
pub(super) type Open<S> = [Lane<S>; 3];

impl<S: Sender<PublicKey = Key>> Parted<S> {
    fn new<E, R>(context: E, (sender, receiver): Ends<S, R>) -> Self
    where
        E: Spawner,
        R: Receiver<PublicKey = Key>,
    {
        let parted = Muxer::builder(context, sender, receiver).with_backup();
        let (muxer, lanes, elsewhere) = parted.build();
        // It ends with the network, or with the node.
        drop(muxer.start());
        Self {
            lanes,
            elsewhere,
            kept: VecDeque::new(),
            counts: BTreeMap::new(),
        }
    }

    fn keep(&mut self, message: Message<Key>) {
        let count = self.counts.entry(message.0.clone()).or_default();
        if *count < EARLY_MAX && message.1.len() <= EARLY_LEN_MAX {
            *count += 1;
            self.kept.push_back(message);
        }
    }

    async fn open(&mut self, epoch: u64, heard: &Arc<Heard>) -> Result<Lane<S>, Error> {
        let (sender, rest) = self.lanes.register(epoch).await?;
        // From here on what is said in it comes on the lane.
        while let Ok((of, message)) = self.elsewhere.try_recv() {
            if of == epoch {
                self.keep(message);
            }
        }
        self.counts.clear();
        let early = Early {
            kept: std::mem::take(&mut self.kept),
            rest,
            heard: Arc::clone(heard),
        };
        Ok((sender, early))
    }
}

impl<S: Sender<PublicKey = Key>> Lanes<S> {
    /// Parts the channels of votes, certificates, and what is asked for them.
    pub(super) fn new<E, R>(
        context: &E,
        clock: Clock,
        [votes, certificates, resolver]: [Ends<S, R>; 3],
    ) -> Self
    where
        E: Spawner + Supervisor,
        R: Receiver<PublicKey = Key>,
    {
        Self {
            votes: Parted::new(context.child("votes"), votes),
            certificates: Parted::new(context.child("certificates"), certificates),
            resolver: Parted::new(context.child("resolver"), resolver),
            next: 0,
            heard: Arc::new(Heard::new(clock)),
        }
    }

    /// Opens the lanes of an epoch, when those of the one before are closed. What others said there
    /// already is on them.
    ///
    /// # Errors
    /// The network has ended.
    pub(super) async fn open(&mut self, epoch: u64) -> Result<Open<S>, Error> {
        let parts = [&mut self.votes, &mut self.certificates, &mut self.resolver];
        if self.next != epoch {
            for part in parts {
                part.kept.clear();
            }
        }
        self.next = epoch + 1;
        Ok([
            self.votes.open(epoch, &self.heard).await?,
            self.certificates.open(epoch, &self.heard).await?,
            self.resolver.open(epoch, &self.heard).await?,
        ])
    }

    /// Hears what is said in other epochs: answers with the epoch, and who is there.
    ///
    /// # Errors
    /// The network has ended.
    pub(super) async fn hear(&mut self) -> Result<(u64, Key), Error> {
        let (votes, certificates) = (&mut self.votes, &mut self.certificates);
        let (part, heard) = tokio::select! {
            biased;
            heard = votes.elsewhere.recv() => (votes, heard),
            heard = certificates.elsewhere.recv() => (certificates, heard),
            heard = self.resolver.elsewhere.recv() => (&mut self.resolver, heard),
        };
        let (epoch, message) = heard.ok_or(Error::Closed)?;
        let node = message.0.clone();
        self.heard.note(&node);
        if epoch == self.next {
            part.keep(message);
        }
        Ok((epoch, node))
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

/// The receiving end of a lane, with what came before it was open.
pub(super) struct Early {
    kept: VecDeque<Message<Key>>,
    rest: SubReceiver<Key>,
    heard: Arc<Heard>,
}

impl Early {
    /// Lets the engine of an epoch know who was heard for so long, as if they had just spoken.
    pub(super) fn announce(&mut self, epoch: u64, within_ms: u64) {
        for node in self.heard.lately(within_ms) {
            self.kept.push_front((node, sign_of_life(epoch)));
        }
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
