//! Reading a directory of tiles, as one who trusts nothing in it but what a known key signed.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::string::ToString;
use std::vec::Vec;

use merkle_log::note::{Checkpoint, NOTE_LEN_MAX, SignedNote, VerifiedCheckpoint, VerifierKeys};
use merkle_log::tlog::{ENTRY_LEN_MAX, Resource, TILE_WIDTH, TilePath, decode_bundle, decode_tile};
use merkle_log::{
    Hash, LeafIndex, NodeId, NodeReader, PlanError, ProofError, ProveError, TreeSize, TreeType,
    prove_consistency, prove_range,
};

use super::{CHECKPOINT, TlogError, io_error};
use crate::store::TreeView;

const TREE: TreeType = TreeType::Sha256;
const WIDTH: u64 = TILE_WIDTH as u64;
/// Bytes of the longest bundle.
const BUNDLE_LEN_MAX: usize = TILE_WIDTH as usize * (2 + ENTRY_LEN_MAX);

/// A directory of tiles whose checkpoint a known key signed.
#[derive(Debug)]
pub struct TileDirectory {
    dir: PathBuf,
    checkpoint: VerifiedCheckpoint,
    /// Of each level the tile that was read last.
    tiles: RefCell<BTreeMap<u8, (u64, Vec<Hash>)>>,
}

impl TileDirectory {
    /// Opens a directory whose checkpoint is of `origin` and signed by one of `keys`.
    ///
    /// # Errors
    /// [`TlogError::Io`], [`TlogError::Checkpoint`] or [`TlogError::OtherOrigin`].
    pub fn open(dir: &Path, origin: &str, keys: &VerifierKeys) -> Result<Self, TlogError> {
        let place = dir.join(CHECKPOINT);
        let bytes = read_file(&place, NOTE_LEN_MAX)?;
        let verified = SignedNote::parse(&bytes).and_then(|note| keys.verify_checkpoint(&note));
        let checkpoint = verified.map_err(|source| TlogError::Checkpoint {
            file: place.display().to_string(),
            source,
        })?;
        let got = checkpoint.checkpoint().origin();
        if got != origin {
            return Err(TlogError::OtherOrigin {
                expected: origin.into(),
                got: got.into(),
            });
        }
        Ok(Self {
            dir: dir.to_path_buf(),
            checkpoint,
            tiles: RefCell::default(),
        })
    }

    /// The checkpoint that everything read leads to.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        self.checkpoint.checkpoint()
    }

    /// Checks that the directory's tree begins with a ledger's. O(log n) tiles.
    ///
    /// # Errors
    /// [`TlogError::TreeType`], [`TlogError::OtherSize`], [`TlogError::Unproven`], or that a tile
    /// cannot be read.
    pub fn check_begins_with(&self, tree: &TreeView<'_>) -> Result<(), TlogError> {
        if tree.tree() != TREE {
            return Err(TlogError::TreeType { tree: tree.tree() });
        }
        let (size, root) = (self.checkpoint().size(), self.checkpoint().root());
        if tree.size() > size {
            let (stated, size) = (size, tree.size());
            return Err(TlogError::OtherSize { stated, size });
        }
        let unproven = |source| TlogError::Unproven {
            file: "the ledger as it is".to_string(),
            source,
        };
        if tree.size() == TreeSize(0) {
            return Ok(());
        }
        let proof = prove_consistency(self, TREE, tree.size(), size).map_err(read_or(unproven))?;
        proof
            .verify(TREE, &tree.root(), root)
            .map(|_| ())
            .map_err(unproven)
    }

    /// The entries of the bundle that has the leaf `from`, from that leaf on, every one of them
    /// proven to be in the checkpoint's tree; nothing at the end of the tree. Reads one bundle and
    /// O(log n) tiles.
    ///
    /// # Errors
    /// [`TlogError::Bundle`], [`TlogError::Tile`], [`TlogError::Io`] or [`TlogError::Unproven`].
    pub fn entries_from(&self, from: LeafIndex) -> Result<Vec<Vec<u8>>, TlogError> {
        let size = self.checkpoint().size();
        let index = from.0 / WIDTH;
        let Some(width) = width_at(index, size.0).filter(|_| from.0 < size.0) else {
            return Ok(Vec::new());
        };
        let (path, bytes) = self.read_tile(Resource::Entries, index, width, BUNDLE_LEN_MAX)?;
        let decoded = decode_bundle(&bytes, path.width());
        let mut entries = decoded.map_err(|source| TlogError::Bundle {
            file: path.to_string(),
            source,
        })?;
        // A full bundle may stand where the tree needs a part of it.
        entries.truncate(usize::from(width));
        let unproven = |source| TlogError::Unproven {
            file: path.to_string(),
            source,
        };
        let begin = LeafIndex(index * WIDTH);
        let end = LeafIndex(begin.0 + u64::from(width));
        let proof = prove_range(self, TREE, begin, end, size).map_err(read_or(unproven))?;
        let mut leaves = Vec::with_capacity(entries.len());
        TREE.leaves(&entries, &mut leaves);
        let verified = proof.verify(TREE, &leaves, self.checkpoint().root());
        let _verified = verified.map_err(unproven)?;
        let known = usize::try_from(from.0 % WIDTH).unwrap_or(0);
        let new = entries.into_iter().skip(known);
        Ok(new.map(<[u8]>::to_vec).collect())
    }

    /// The bytes of the tile that a tree of this width needs: the partial one, or the full one
    /// that a later export wrote.
    fn read_tile(
        &self,
        resource: Resource,
        index: u64,
        width: u16,
        limit: usize,
    ) -> Result<(TilePath, Vec<u8>), TlogError> {
        let tile = |width| {
            TilePath::new(resource, index, width).map_err(|source| TlogError::Tile {
                file: "tile".to_string(),
                source,
            })
        };
        let path = tile(width)?;
        match read_file(&self.dir.join(path.to_string()), limit) {
            Err(TlogError::Io { source, .. })
                if source.kind() == ErrorKind::NotFound && width < TILE_WIDTH =>
            {
                let path = tile(TILE_WIDTH)?;
                let bytes = read_file(&self.dir.join(path.to_string()), limit)?;
                Ok((path, bytes))
            }
            read => Ok((path, read?)),
        }
    }

    fn hashes(&self, level: u8, index: u64) -> Result<Vec<Hash>, TlogError> {
        if let Some((cached, hashes)) = self.tiles.borrow().get(&level)
            && *cached == index
        {
            return Ok(hashes.clone());
        }
        let count = self
            .checkpoint()
            .size()
            .complete_nodes(level.saturating_mul(8));
        // A node that the tree has not is in no tile; plans ask for none.
        let width = width_at(index, count).unwrap_or(TILE_WIDTH);
        let limit = usize::from(TILE_WIDTH) * Hash::LEN;
        let resource = Resource::Hashes { level };
        let (path, bytes) = self.read_tile(resource, index, width, limit)?;
        let hashes = decode_tile(&bytes, path.width()).map_err(|source| TlogError::Tile {
            file: path.to_string(),
            source,
        })?;
        let mut tiles = self.tiles.borrow_mut();
        tiles.insert(level, (index, hashes.clone()));
        Ok(hashes)
    }
}

impl NodeReader for TileDirectory {
    type Error = TlogError;

    /// A node as the tiles have it: true only where a proof with it holds.
    fn node(&self, id: NodeId) -> Result<Hash, TlogError> {
        let (level, height) = (id.level / 8, id.level % 8);
        // Below 2^64 leaves a node's first hash in its tile level is below 2^64 too.
        let first = id.index.checked_shl(u32::from(height)).unwrap_or(u64::MAX);
        let hashes = self.hashes(level, first / WIDTH)?;
        let begin = usize::try_from(first % WIDTH).unwrap_or(usize::MAX);
        let below = hashes.get(begin..).and_then(|rest| rest.get(..1 << height));
        let mut row = below.map(<[Hash]>::to_vec).unwrap_or_default();
        while row.len() > 1 {
            let mut parents = Vec::with_capacity(row.len() / 2);
            TREE.nodes(&row, &mut parents);
            row = parents;
        }
        // Without enough hashes there is no node, and no proof with this one holds.
        Ok(row.first().copied().unwrap_or_default())
    }
}

/// The width of the tile at `index` of a level that has `count` hashes, if it has such a tile.
fn width_at(index: u64, count: u64) -> Option<u16> {
    let here = count.checked_sub(index.checked_mul(WIDTH)?)?;
    let width = u16::try_from(here).map_or(TILE_WIDTH, |width| width.min(TILE_WIDTH));
    (width > 0).then_some(width)
}

fn read_or(
    unproven: impl FnOnce(ProofError) -> TlogError,
) -> impl FnOnce(ProveError<TlogError>) -> TlogError {
    |error| match error {
        ProveError::Read(error) => error,
        ProveError::Plan(error) => unproven(error.into()),
        _ => unproven(PlanError::NoLeaves.into()),
    }
}

/// A file, and one byte more than `limit` where it is longer.
pub(super) fn read_file(place: &Path, limit: usize) -> Result<Vec<u8>, TlogError> {
    let file = File::open(place).map_err(io_error("open", place))?;
    let mut bytes = Vec::new();
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(io_error("read", place))?;
    Ok(bytes)
}
