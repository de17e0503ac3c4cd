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

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use commonware_codec::DecodeExt;
    use commonware_cryptography::{Signer, ed25519};
    use commonware_p2p::Recipients;
    use commonware_p2p::simulated::{self, Link, Network};
    use commonware_runtime::{Clock as _, Quota, Runner, deterministic};
    use commonware_utils::{NZU32, NZUsize, probability};

    use super::*;

    fn key(seed: u8) -> Key {
        let key = ed25519::PrivateKey::decode([seed; 32].to_vec());
        key.unwrap().public_key()
    }

    #[test]
    fn what_was_said_in_the_next_epoch_is_heard_there() {
        deterministic::Runner::timed(Duration::from_secs(60)).start(|context| async move {
            let config = simulated::Config {
                max_size: 1 << 16,
                max_peers_per_set: NZUsize!(2),
                disconnect_on_block: true,
                tracked_peer_sets: NZUsize!(1),
            };
            let (network, oracle) =
                Network::new_with_peers(context.child("network"), config, [key(1), key(2)]).await;
            network.start();
            let link = Link {
                latency: Duration::from_millis(1),
                jitter: Duration::ZERO,
                success_rate: probability!(1.0),
            };
            oracle.add_link(key(2), key(1), link).await.unwrap();
            let mut channels = Vec::new();
            let mut speakers = Vec::new();
            for id in 0..3 {
                let quota = Quota::per_second(NZU32!(1024));
                channels.push(oracle.control(key(1)).register(id, quota).await.unwrap());
                speakers.push(oracle.control(key(2)).register(id, quota).await.unwrap().0);
            }
            let clock: Clock = Arc::new(|| 0);
            let channels = channels.try_into().unwrap_or_else(|_| panic!("three"));
            let mut lanes = Lanes::new(&context, clock, channels);
            let mut say = |epoch: u8, text: &[u8]| {
                let message = IoBuf::from([&[epoch], text].concat());
                speakers[0].send(Recipients::One(key(1)), message, false);
            };
            let [mut now, ..] = lanes.open(0).await.unwrap();
            say(0, b"now");
            assert_eq!(now.1.recv().await.unwrap().1.as_ref(), b"now");
            // As much as an honest node says, in the next epoch alone.
            say(1, &[0; EARLY_LEN_MAX + 1]);
            say(7, b"far off");
            for count in 0..=EARLY_MAX {
                say(1, format!("next {count}").as_bytes());
            }
            for heard in [1, 7, 1] {
                assert_eq!(lanes.hear().await.unwrap(), (heard, key(2)));
            }
            context.sleep(Duration::from_secs(1)).await;
            drop(now);
            // What was not heard yet when the lane opens is not lost either.
            let [mut next, ..] = lanes.open(1).await.unwrap();
            next.1.announce(1, 0);
            say(1, b"later");
            assert_eq!(next.1.recv().await.unwrap().1, sign_of_life(1));
            for count in 0..EARLY_MAX {
                let expected = format!("next {count}");
                assert_eq!(next.1.recv().await.unwrap().1.as_ref(), expected.as_bytes());
            }
            assert_eq!(next.1.recv().await.unwrap().1.as_ref(), b"later");
        });
    }

    /// It means nothing to whoever counts votes: the epoch's first view is nobody's turn.
    #[test]
    fn a_sign_of_life_is_a_vote_for_nothing() {
        let bytes = Bytes::from(sign_of_life(300));
        let vote = Vote::<Scheme, Digest>::decode(bytes).unwrap();
        let Vote::Nullify(nullify) = vote else {
            panic!("{vote:?}");
        };
        let round = Round::new(Epoch::new(300), View::zero());
        assert_eq!(nullify.round, round);
    }
}
