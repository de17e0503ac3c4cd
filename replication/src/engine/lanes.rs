//! The channels of votes, certificates and what is asked for them: a lane of each for every epoch.
//!
//! Invariants:
//!
//! - what is said in one epoch never reaches the engine of another;
//! - what nodes say in the next epoch before this one is there waits for its engine: as much of each
//!   node as an honest one can have said, and no more.

use std::collections::{BTreeMap, VecDeque};
use std::num::NonZeroUsize;

use commonware_p2p::utils::mux::{Builder, Error, MuxHandle, Muxer, SubReceiver, SubSender};
use commonware_p2p::{Message, Receiver, Sender};
use commonware_runtime::{Spawner, Supervisor};
use tokio::sync::mpsc;

use super::types::Key;
use super::wiring::Ends;

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
        let votes = (said, Early::new(heard));
        let (said, heard) = certificates.register(epoch).await?;
        let certificates = (said, Early::new(heard));
        Ok(Lane {
            votes,
            certificates,
            resolver: self.resolver.register(epoch).await?,
        })
    }
}

/// The receiving end of a lane, with what came before it was used.
#[derive(Debug)]
pub(super) struct Early {
    kept: VecDeque<Message<Key>>,
    /// How much of whom was kept.
    counts: BTreeMap<Key, u32>,
    rest: SubReceiver<Key>,
}

impl Early {
    const fn new(rest: SubReceiver<Key>) -> Self {
        Self {
            kept: VecDeque::new(),
            counts: BTreeMap::new(),
            rest,
        }
    }

    /// Keeps the next message for later; answers with whose it is.
    pub(super) async fn hear(&mut self) -> Result<Key, Error> {
        let (peer, message) = self.rest.recv().await?;
        let count = self.counts.entry(peer.clone()).or_default();
        if *count < EARLY_MAX && message.len() <= EARLY_LEN_MAX {
            *count += 1;
            self.kept.push_back((peer.clone(), message));
        }
        Ok(peer)
    }
}

impl Receiver for Early {
    type Error = Error;
    type PublicKey = Key;

    async fn recv(&mut self) -> Result<Message<Key>, Error> {
        match self.kept.pop_front() {
            Some(kept) => Ok(kept),
            None => self.rest.recv().await,
        }
    }

    fn capacity(&self) -> NonZeroUsize {
        self.rest.capacity()
    }
}
