//! Who talks to whom in a simulation. The simulated network carries what anybody says to anybody;
//! real nodes take what those say whom they talk to themselves, and refuse the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use commonware_actor::Feedback;
use commonware_p2p::{
    Address, AddressableManager, AddressableTrackedPeers, PeerSetSubscription, PeerSetUpdate,
    Provider, TrackedPeers,
};
use commonware_utils::channel::mpsc;
use commonware_utils::ordered::Map;

use crate::engine::types::Key;
use crate::node::lock;

/// By node, whom it talks to.
pub(super) type Directory = Arc<Mutex<BTreeMap<Key, BTreeSet<Key>>>>;

/// A node's network, which learns whom the node talks to.
#[derive(Clone)]
pub(super) struct Desk {
    me: Key,
    directory: Directory,
    told: Arc<Mutex<Told>>,
}

#[derive(Default)]
struct Told {
    last: Option<PeerSetUpdate<Key>>,
    subscribers: Vec<mpsc::UnboundedSender<PeerSetUpdate<Key>>>,
}

impl Desk {
    /// The network of a node that starts, and talks to nobody yet.
    pub(super) fn new(me: Key, directory: Directory) -> Self {
        lock(&directory).remove(&me);
        let told = Arc::default();
        Self {
            me,
            directory,
            told,
        }
    }

    /// Whether this node and another talk to each other.
    pub(super) fn talks_to(&self, other: &Key) -> bool {
        let directory = lock(&self.directory);
        let has = |one, other| {
            directory
                .get(one)
                .is_some_and(|known| known.contains(other))
        };
        has(&self.me, other) && has(other, &self.me)
    }
}

impl fmt::Debug for Desk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Desk({})", self.me)
    }
}

impl Provider for Desk {
    type PublicKey = Key;

    async fn peer_set(&mut self, id: u64) -> Option<TrackedPeers<Key>> {
        let told = lock(&self.told);
        let last = told.last.as_ref().filter(|last| last.index == id);
        last.map(|last| last.latest.clone())
    }

    async fn subscribe(&mut self) -> PeerSetSubscription<Key> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let mut told = lock(&self.told);
        if let Some(last) = &told.last {
            // It is there.
            let _ = sender.send(last.clone());
        }
        told.subscribers.push(sender);
        receiver
    }
}

impl AddressableManager for Desk {
    fn track<R>(&mut self, id: u64, peers: R) -> Feedback
    where
        R: Into<AddressableTrackedPeers<Key>> + Send,
    {
        let peers = peers.into().primary.into_keys();
        let known = peers.iter().cloned().collect();
        lock(&self.directory).insert(self.me.clone(), known);
        let peers = TrackedPeers::from(peers);
        let update = PeerSetUpdate {
            index: id,
            latest: peers.clone(),
            all: peers,
        };
        let mut told = lock(&self.told);
        told.subscribers
            .retain(|subscriber| subscriber.send(update.clone()).is_ok());
        told.last = Some(update);
        Feedback::Ok
    }

    fn overwrite(&mut self, _: Map<Key, Address>) -> Feedback {
        Feedback::Ok
    }
}
