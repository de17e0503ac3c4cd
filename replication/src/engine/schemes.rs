//! Who votes in which epoch, to the engine: the committees of the [`Replica`].
//!
//! Invariant: what an epoch's certificates are checked with follows from commits alone, so nothing of
//! an epoch is believed before the last block of the one before is committed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use commonware_consensus::types::Epoch;
use commonware_cryptography::certificate::{Provider, Scoped};
use tracing::error;

use super::types::{Scheme, scheme};
use crate::keys::NodeKeys;
use crate::node::{Replica, lock};

/// Epochs whose schemes are kept made.
const KEPT: usize = 4;

/// The schemes of a node.
#[derive(Clone)]
pub(super) struct Schemes {
    replica: Arc<Replica>,
    keys: Arc<NodeKeys>,
    made: Arc<Mutex<BTreeMap<u64, Arc<Scheme>>>>,
}

impl Schemes {
    pub(super) fn new(replica: Arc<Replica>, keys: NodeKeys) -> Self {
        Self {
            replica,
            keys: Arc::new(keys),
            made: Arc::default(),
        }
    }

    /// What votes of an epoch are signed and verified with; `None` before it can be known.
    pub(super) fn of(&self, epoch: u64) -> Option<Arc<Scheme>> {
        if let Some(made) = lock(&self.made).get(&epoch) {
            return Some(Arc::clone(made));
        }
        let committee = match self.replica.committee(epoch) {
            Ok(committee) => committee?,
            Err(failure) => {
                error!(%failure, epoch, "the committee cannot be read");
                return None;
            }
        };
        let network = self.replica.genesis.network();
        let scheme = match scheme(&network, &committee, &self.keys) {
            Ok(scheme) => Arc::new(scheme),
            Err(failure) => {
                error!(%failure, epoch, "the committee has keys that are none");
                return None;
            }
        };
        let mut made = lock(&self.made);
        made.insert(epoch, Arc::clone(&scheme));
        while made.len() > KEPT {
            // The oldest: nodes go forward.
            made.pop_first();
        }
        Some(scheme)
    }
}

impl Provider for Schemes {
    type Scope = Epoch;
    type Scheme = Scheme;

    fn scoped(&self, epoch: Epoch) -> Option<Scoped<Scheme>> {
        self.of(epoch.get()).map(Scoped::scheme)
    }
}
