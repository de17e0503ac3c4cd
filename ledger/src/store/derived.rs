//! The derived files of one tree, for the writer: Merkle tiles and the index beside them.
//!
//! Invariants:
//!
//! - they are written after the sync of the batch they come from, without a sync of their own;
//! - an error here never makes a durable commit an error: the tree's files are stale from then on,
//!   readers fall back on the log, and the next open rebuilds them.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use hash_store::{Access, FileKind, Position, Seed, SlotIndex, Storage, StorageFile};
use merkle_log::tiles::{TileIdentity, TileReader, TileWriter};
use merkle_log::{CompactRange, Growth, Hash, TreeSize, TreeType, read_range};

use super::shared::TreeFiles;
use super::sync::AtomicU64;
use crate::error::Result;
use crate::record::AUDIT;

/// The writer's side of one tree's derived files.
#[derive(Debug)]
pub(crate) struct TreeWriter {
    tiles: TileWriter,
    /// What readers share.
    pub(crate) files: Arc<TreeFiles>,
    /// Whether a write failed, so that the files fell behind.
    stale: bool,
}

/// Where one tree's files lie and what they are for.
#[derive(Clone, Debug)]
pub(crate) struct TreePlace {
    pub(crate) uuid: [u8; 16],
    pub(crate) ordinal: u32,
    pub(crate) dir: String,
}

impl TreePlace {
    pub(crate) const fn new(uuid: [u8; 16], ordinal: u32, dir: String) -> Self {
        Self { uuid, ordinal, dir }
    }

    pub(crate) fn audit(uuid: [u8; 16]) -> Self {
        Self::new(uuid, AUDIT, "audit".to_owned())
    }

    const fn identity(&self) -> TileIdentity {
        TileIdentity {
            store_uuid: self.uuid,
            ledger: self.ordinal,
        }
    }

    fn index_name(&self) -> String {
        let file = if self.ordinal == AUDIT {
            "heights"
        } else {
            "entries"
        };
        format!("{}/{file}", self.dir)
    }

    fn index_seed(&self) -> Seed {
        let (kind, number) = if self.ordinal == AUDIT {
            (FileKind::HeightIndex, 0)
        } else {
            (FileKind::EntryIndex, u64::from(self.ordinal))
        };
        Seed {
            uuid: self.uuid,
            kind,
            number,
        }
    }

    /// Opens the files for reading, believing the tiles up to `trusted`; what is missing or
    /// damaged is left out, and the log answers for it.
    pub(crate) fn for_reading(&self, storage: &Arc<dyn Storage>, trusted: u64) -> TreeFiles {
        let index = SlotIndex::open(
            &**storage,
            &self.index_name(),
            &self.index_seed(),
            Access::Read,
        );
        TreeFiles {
            ordinal: self.ordinal,
            tiles: TileReader::new(Arc::clone(storage), &self.dir, self.identity()),
            index: index.ok().flatten(),
            trusted: AtomicU64::new(trusted),
        }
    }

    /// Whether the tiles hold the tree of `size` entries with this root: open blocks are folded
    /// again, full ones are checked at first touch.
    pub(crate) fn tiles_hold(
        &self,
        storage: &Arc<dyn Storage>,
        tree: TreeType,
        size: u64,
        root: Hash,
    ) -> bool {
        self.verified_range(storage, tree, size, root).is_some()
    }

    /// The range of the tree of `size` entries, if the tiles hold the tree with this root. It is
    /// the very range that was folded to the root: what is read again may be another.
    pub(crate) fn verified_range(
        &self,
        storage: &Arc<dyn Storage>,
        tree: TreeType,
        size: u64,
        root: Hash,
    ) -> Option<CompactRange> {
        let tiles = TileReader::new(Arc::clone(storage), &self.dir, self.identity());
        let view = tiles.at(TreeSize(size));
        let range = read_range(&view, TreeSize(size)).ok()?;
        let holds = range.root(tree) == Ok(root) && view.check_open_blocks(tree).is_ok();
        holds.then_some(range)
    }

    /// Opens the files for writing, believing them up to `size`.
    ///
    /// # Errors
    /// Whatever is missing or damaged: the caller creates them anew then.
    pub(crate) fn open(&self, storage: &Arc<dyn Storage>, size: u64) -> Result<Option<TreeWriter>> {
        let index = SlotIndex::open(
            &**storage,
            &self.index_name(),
            &self.index_seed(),
            Access::Write,
        )?;
        let Some(index) = index else {
            return Ok(None);
        };
        let tiles = TileWriter::open(
            Arc::clone(storage),
            &self.dir,
            self.identity(),
            TreeSize(size),
        )?;
        Ok(Some(self.writer(storage, tiles, index)))
    }

    /// Creates the files anew, empty.
    pub(crate) fn create(&self, storage: &Arc<dyn Storage>) -> Result<TreeWriter> {
        let tiles = TileWriter::create(Arc::clone(storage), &self.dir, self.identity())?;
        let index = SlotIndex::create(&**storage, &self.index_name(), &self.index_seed())?;
        Ok(self.writer(storage, tiles, index))
    }

    fn writer(
        &self,
        storage: &Arc<dyn Storage>,
        tiles: TileWriter,
        index: SlotIndex,
    ) -> TreeWriter {
        let files = TreeFiles {
            ordinal: self.ordinal,
            tiles: TileReader::new(Arc::clone(storage), &self.dir, self.identity()),
            index: Some(index),
            trusted: AtomicU64::new(tiles.size().0),
        };
        TreeWriter {
            tiles,
            files: Arc::new(files),
            stale: false,
        }
    }
}

impl TreeWriter {
    /// Writes what a commit added: new nodes, and where its leaves lie; the last ones, if there are
    /// more leaves than places.
    pub(crate) fn append(&mut self, growth: &Growth, height: u64, positions: &[Position]) {
        if self.stale {
            return;
        }
        let first = growth.size_after().0 - positions.len() as u64;
        let indexed = positions.is_empty() || self.index(first, positions).is_ok();
        if indexed && self.tiles.append(growth, height).is_ok() {
            let size = growth.size_after().0;
            self.files.trusted.store(size, Ordering::Release);
        } else {
            self.stale = true;
        }
    }

    /// Notes where leaves from `first` on lie, without their nodes.
    pub(crate) fn index(&self, first: u64, positions: &[Position]) -> Result<()> {
        match &self.files.index {
            Some(index) => Ok(index.set(first, positions)?),
            None => Ok(()),
        }
    }

    /// The files no longer hold what was committed.
    pub(crate) const fn mark_stale(&mut self) {
        self.stale = true;
    }

    pub(crate) const fn is_stale(&self) -> bool {
        self.stale
    }

    /// The files to sync before a watermark may cover them.
    pub(crate) fn files(&self) -> Vec<Arc<dyn StorageFile>> {
        let index = self.files.index.as_ref().map(SlotIndex::file);
        self.tiles.files().into_iter().chain(index).collect()
    }
}
