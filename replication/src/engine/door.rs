//! Whom a node talks to: nodes of the genesis alone, each of which proves its key. The engine's
//! handshake refuses the others; here it is told.
//!
//! A key that a stranger names is not proven: what is logged says "claimed".

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use commonware_cryptography::ed25519;
use commonware_cryptography::transcript::Transcript;
use commonware_runtime::{Clock, Sink, Stream};
use commonware_stream::Handshake;
use commonware_stream::sake::{Error, Sake};
use rand_core::CryptoRng;
use tracing::{debug, info, warn};

use super::types::Key;

/// The handshake of a node that knows who is one.
#[derive(Clone)]
pub(super) struct Door {
    handshake: Sake<ed25519::PrivateKey>,
    nodes: Arc<HashSet<Key>>,
}

impl Door {
    pub(super) fn new(
        handshake: Sake<ed25519::PrivateKey>,
        nodes: impl IntoIterator<Item = Key>,
    ) -> Self {
        let nodes = Arc::new(nodes.into_iter().collect());
        Self { handshake, nodes }
    }

    fn tell(&self, claimed: Option<&Key>, error: &Error) {
        match (claimed, error) {
            (Some(claimed), Error::PeerRejected(_)) if !self.nodes.contains(claimed) => {
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
