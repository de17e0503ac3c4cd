//! Who comes in: nodes that this one talks to alone, each of which proves its key. The engine's
//! handshake refuses the others; here it is told.
//!
//! A key that a stranger names is not proven: what is logged says "claimed".

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, OnceLock};

use commonware_actor::Feedback;
use commonware_cryptography::ed25519;
use commonware_cryptography::transcript::Transcript;
use commonware_p2p::{
    Address, AddressableManager, AddressableTrackedPeers, PeerSetSubscription, Provider,
    TrackedPeers,
};
use commonware_runtime::{Clock, Sink, Stream};
use commonware_stream::Handshake;
use commonware_stream::sake::{Error, Sake};
use commonware_utils::ordered::Map;
use rand_core::CryptoRng;
use tracing::{debug, info, warn};

use super::types::Key;
use crate::node::lock;

/// The nodes that a node talks to.
pub(super) type Nodes = Arc<Mutex<BTreeSet<Key>>>;

/// The handshake of a node that knows who is one.
#[derive(Clone)]
pub(super) struct Door {
    handshake: Sake<ed25519::PrivateKey>,
    nodes: Nodes,
}

impl Door {
    pub(super) const fn new(handshake: Sake<ed25519::PrivateKey>, nodes: Nodes) -> Self {
        Self { handshake, nodes }
    }

    fn tell(&self, claimed: Option<&Key>, error: &Error) {
        match (claimed, error) {
            (Some(claimed), Error::PeerRejected(_)) if !lock(&self.nodes).contains(claimed) => {
                warn!(%claimed, "a stranger was refused");
            }
            // Nodes that call each other at the same time meet so.
            (Some(node), Error::PeerRejected(_)) => debug!(%node, "a second link was refused"),
            (Some(node), Error::Frame(_)) => debug!(%node, %error, "a link broke"),
            (Some(claimed), _) => warn!(%claimed, %error, "a wrong key was refused"),
            (None, _) => warn!(%error, "somebody who names no key was refused"),
        }
    }
}

impl Handshake for Door {
    type PublicKey = Key;
    type Error = Error;

    fn public_key(&self) -> Key {
        self.handshake.public_key()
    }

    async fn dial<E, I, O>(
        self,
        context: E,
        namespace: &[u8],
        peer: Key,
        stream: &mut I,
        sink: &mut O,
    ) -> Result<Transcript, Error>
    where
        E: Clock + CryptoRng,
        I: Stream,
        O: Sink,
    {
        let handshake = self.handshake.clone();
        let dialled = handshake.dial(context, namespace, peer.clone(), stream, sink);
        let dialled = dialled.await;
        match &dialled {
            // Whoever answers at its address may be another, and close.
            Err(error @ Error::Frame(_)) => {
                info!(node = %peer, %error, "a handshake was broken off");
            }
            Err(error) => self.tell(Some(&peer), error),
            Ok(_) => {}
        }
        dialled
    }

    async fn listen<E, I, O, B, F>(
        self,
        context: E,
        namespace: &[u8],
        bouncer: B,
        stream: &mut I,
        sink: &mut O,
    ) -> Result<(Key, Transcript), Error>
    where
        E: Clock + CryptoRng,
        I: Stream,
        O: Sink,
        B: FnOnce(Key) -> F + Send,
        F: Future<Output = bool> + Send,
    {
        let claimed = OnceLock::new();
        let bouncer = |peer: Key| {
            // It is asked once.
            let _ = claimed.set(peer.clone());
            bouncer(peer)
        };
        let handshake = self.handshake.clone();
        let heard = handshake.listen(context, namespace, bouncer, stream, sink);
        let heard = heard.await;
        if let Err(error) = &heard {
            self.tell(claimed.get(), error);
        }
        heard
    }
}

/// The network, which tells the door too whom the node talks to.
#[derive(Clone, Debug)]
pub(super) struct Told<M> {
    pub(super) network: M,
    pub(super) nodes: Nodes,
}

impl<M: AddressableManager<PublicKey = Key>> Provider for Told<M> {
    type PublicKey = Key;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<Key>> {
        self.network.peer_set(id).await
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<Key> {
        self.network.subscribe().await
    }
}

impl<M: AddressableManager<PublicKey = Key>> AddressableManager for Told<M> {
    fn track<R>(&mut self, id: u64, peers: R) -> Feedback
    where
        R: Into<AddressableTrackedPeers<Key>> + Send,
    {
        let peers = peers.into();
        *lock(&self.nodes) = peers.primary.keys().iter().cloned().collect();
        self.network.track(id, peers)
    }

    fn overwrite(&mut self, peers: Map<Key, Address>) -> Feedback {
        self.network.overwrite(peers)
    }
}
