//! What the engine keeps of final blocks and their finalizations, with the store behind it: what was
//! pruned from the engine's archives is made anew from the commits. So a node that is behind by any
//! distance gets every block from its peers, each checked against a certificate before it is taken.
//!
//! Invariants:
//!
//! - what is in an archive is answered from there; the store is only read, for commits after the
//!   genesis;
//! - what an archive has and lacks, by its own account, stays that of the archive: what the engine
//!   still has to fetch does not depend on the store.

use std::sync::Arc;

use commonware_codec::Error as CodecError;
use commonware_consensus::marshal::store::{Blocks, Certificates};
use commonware_consensus::types::Height;
use commonware_runtime::{Handle, reschedule};
use commonware_storage::archive::Identifier;
use tracing::error;

use super::types::{Body, Digest, Finalization, Scheme, block_hash, commit_height, finalization};
use crate::node::{Replica, ReplicaError};

/// Commits that are read before other tasks have their turn.
const LEARNT_AT_ONCE: u64 = 64;

/// An archive of the engine's, with the store behind it.
pub(super) struct History<A> {
    archive: A,
    replica: Arc<Replica>,
}

/// What cannot be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum HistoryError<E: std::error::Error + Send + Sync + 'static> {
    /// The engine's archive failed.
    #[error(transparent)]
    Archive(E),
    /// The store failed.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
    /// What the store holds has no form in the engine.
    #[error("a commit has no form in the engine: {0}")]
    Form(#[from] CodecError),
}

impl<A> History<A> {
    pub(super) const fn new(archive: A, replica: Arc<Replica>) -> Self {
        Self { archive, replica }
    }

    /// The commit that is asked for, if it is one after the genesis, and here.
    fn commit(&self, id: &Identifier<'_, Digest>) -> Option<u64> {
        let height = match id {
            Identifier::Index(height) => commit_height(Height::new(*height)),
            Identifier::Key(digest) => self.replica.height_of(&block_hash(digest))?,
        };
        let is_here = height > 1 && height >= self.replica.base_height();
        (is_here && self.replica.is_committed(height)).then_some(height)
    }
}

/// Learns the names of the commits that have no certificate, the newest first: a read of each commit,
/// besides what else the node does.
pub(super) async fn learn_names(replica: Arc<Replica>) {
    let first = replica.base_height().max(2);
    for height in (first..=replica.store.snapshot().height()).rev() {
        if let Err(failure) = replica.learn_name(height) {
            error!(%failure, height, "older blocks cannot be given by name");
            return;
        }
        if height.is_multiple_of(LEARNT_AT_ONCE) {
            reschedule().await;
        }
    }
}

/// The same place again: what names it can be used once.
const fn again<'a>(id: &Identifier<'a, Digest>) -> Identifier<'a, Digest> {
    match id {
        Identifier::Index(index) => Identifier::Index(*index),
        Identifier::Key(key) => Identifier::Key(*key),
    }
}

impl<A: Blocks<Block = Arc<Body>>> Blocks for History<A> {
    type Block = Arc<Body>;
    type Error = HistoryError<A::Error>;

    async fn put(self, digest: Digest, block: &Arc<Body>) -> Result<Self, Self::Error> {
        let archive = self.archive.put(digest, block).await;
        let archive = archive.map_err(HistoryError::Archive)?;
        Ok(Self { archive, ..self })
    }

    async fn sync(self) -> Result<Self, Self::Error> {
        let archive = self.archive.sync().await;
        let archive = archive.map_err(HistoryError::Archive)?;
        Ok(Self { archive, ..self })
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), Self::Error> {
        let started = self.archive.start_sync().await;
        let (archive, handle) = started.map_err(HistoryError::Archive)?;
        Ok((Self { archive, ..self }, handle))
    }

    async fn get(&self, id: Identifier<'_, Digest>) -> Result<Option<Arc<Body>>, Self::Error> {
        let found = self.archive.get(again(&id)).await;
        if let Some(found) = found.map_err(HistoryError::Archive)? {
            return Ok(Some(found));
        }
        let Some(height) = self.commit(&id) else {
            return Ok(None);
        };
        match self.replica.block_at(height)? {
            Some(block) => Ok(Some(Arc::new(Body::new(Arc::new(block))?))),
            None => Ok(None),
        }
    }

    async fn prune(self, min: Height) -> Result<Self, Self::Error> {
        let archive = self.archive.prune(min).await;
        let archive = archive.map_err(HistoryError::Archive)?;
        Ok(Self { archive, ..self })
    }

    fn missing_items(&self, start: Height, max: usize) -> Vec<Height> {
        self.archive.missing_items(start, max)
    }

    fn next_gap(&self, value: Height) -> (Option<Height>, Option<Height>) {
        self.archive.next_gap(value)
    }

    fn last_index(&self) -> Option<Height> {
        self.archive.last_index()
    }
}

impl<A> Certificates for History<A>
where
    A: Certificates<BlockDigest = Digest, Commitment = Digest, Scheme = Scheme>,
{
    type BlockDigest = Digest;
    type Commitment = Digest;
    type Scheme = Scheme;
    type Error = HistoryError<A::Error>;

    async fn put(
        self,
        height: Height,
        digest: Digest,
        finalization: &Finalization,
    ) -> Result<Self, Self::Error> {
        let archive = self.archive.put(height, digest, finalization).await;
        let archive = archive.map_err(HistoryError::Archive)?;
        Ok(Self { archive, ..self })
    }

    async fn sync(self) -> Result<Self, Self::Error> {
        let archive = self.archive.sync().await;
        let archive = archive.map_err(HistoryError::Archive)?;
        Ok(Self { archive, ..self })
    }

    async fn start_sync(self) -> Result<(Self, Handle<()>), Self::Error> {
        let started = self.archive.start_sync().await;
        let (archive, handle) = started.map_err(HistoryError::Archive)?;
        Ok((Self { archive, ..self }, handle))
    }

    async fn get(&self, id: Identifier<'_, Digest>) -> Result<Option<Finalization>, Self::Error> {
        let found = self.archive.get(again(&id)).await;
        if let Some(found) = found.map_err(HistoryError::Archive)? {
            return Ok(Some(found));
        }
        let Some(height) = self.commit(&id) else {
            return Ok(None);
        };
        match self.replica.certificate_at(height)? {
            Some((block, certificate)) => Ok(Some(finalization(&block, &certificate)?)),
            None => Ok(None),
        }
    }

    async fn has(&self, height: Height) -> Result<bool, Self::Error> {
        let found = self.archive.has(height).await;
        found.map_err(HistoryError::Archive)
    }

    async fn prune(self, min: Height) -> Result<Self, Self::Error> {
        let archive = self.archive.prune(min).await;
        let archive = archive.map_err(HistoryError::Archive)?;
        Ok(Self { archive, ..self })
    }

    fn last_index(&self) -> Option<Height> {
        self.archive.last_index()
    }

    fn ranges_from(&self, from: Height) -> impl Iterator<Item = (Height, Height)> {
        self.archive.ranges_from(from)
    }
}
