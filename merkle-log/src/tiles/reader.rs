//! Reading tile files beside their writer.
//!
//! - A file is opened when the first node of its level is read, and mapped in chunks that double:
//!   chunk 0 covers the blocks 0 to 63, chunk k the blocks 64 * 2^(k-1) to 64 * 2^k - 1. Each
//!   map has one page more than its blocks, since blocks are a page off the maps' alignment.
//! - Each block has two bits. `present` says that the file has the whole block and that it was
//!   brought into memory; `verified` that it was full and its check was right. No byte of a map
//!   is read before the first, no node of a full block given before the second.
//! - Bits are only ever set, and setting one twice does no harm: there are no locks.
//!
//! `hash_store::MappedFile` touches a 64th of a chunk at once and remembers only parts that the file
//! fills, so that each read near the file's end is a system call (6 us, measured). Proofs read there
//! all the time; here a block is touched once.

use std::boxed::Box;
use std::io::ErrorKind;
use std::string::{String, ToString};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::vec::Vec;

use hash_store::{Access, Map, Storage, StorageFile, read_exact_at};

use super::layout::{
    BLOCK_LEN, Block, CHECK_AT, FILES, HEADER_LEN, LEVELS, Place, TRAILER_AT, block_check,
    block_offset, bottom_nodes, file_name, is_full, row_offset, trailer,
};
use super::{TileError, TileIdentity, header};
use crate::growth::LevelRun;
use crate::hash::Hash;
use crate::index::{NodeId, TreeSize};
use crate::reader::NodeReader;
use crate::tree::TreeType;

/// Blocks of the first chunk of a file: 1 MiB, the hashes of 16,384 leaves.
const FIRST_CHUNK_BLOCKS: u64 = 64;
/// Nodes that are asked for together: the path of a leaf among 2^32.
const NODES_TOGETHER: usize = 32;
/// Chunks that hold 2^56 blocks, all there can be.
const CHUNKS: usize = 51;

/// Reads the tile files of one log. Clones share what they have opened, mapped and verified.
#[derive(Clone, Debug)]
pub struct TileReader {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    storage: Arc<dyn Storage>,
    dir: String,
    identity: TileIdentity,
    levels: [OnceLock<LevelFile>; FILES as usize],
}

impl TileReader {
    /// A reader of the index in the folder `dir`. Nothing is opened before it is read.
    #[must_use]
    pub fn new(storage: Arc<dyn Storage>, dir: &str, identity: TileIdentity) -> Self {
        Self {
            shared: Arc::new(Shared {
                storage,
                dir: dir.to_string(),
                identity,
                levels: [const { OnceLock::new() }; FILES as usize],
            }),
        }
    }

    /// The nodes that are complete at `size`, which must have been published by the writer's
    /// owner; any earlier size is as good.
    #[must_use]
    pub const fn at(&self, size: TreeSize) -> TileView<'_> {
        TileView { reader: self, size }
    }

    /// How many blocks are known as verified. Reads a word for each 64 blocks that were touched.
    #[must_use]
    pub fn verified_blocks(&self) -> u64 {
        let files = self.shared.levels.iter().filter_map(OnceLock::get);
        let chunks = files.flat_map(|file| file.chunks.iter().filter_map(OnceLock::get));
        chunks.map(|chunk| chunk.verified.count()).sum()
    }

    #[inline]
    fn level(&self, level: u8) -> Result<&LevelFile, TileError> {
        let shared = &*self.shared;
        let Some(slot) = shared.levels.get(usize::from(level)) else {
            return Err(TileError::Missing {
                file: file_name(&shared.dir, level),
            });
        };
        match slot.get() {
            Some(file) => Ok(file),
            None => {
                let file = LevelFile::open(shared, level)?;
                Ok(slot.get_or_init(|| file))
            }
        }
    }
}

/// The nodes of a tile index up to a published size.
#[derive(Clone, Copy, Debug)]
pub struct TileView<'a> {
    reader: &'a TileReader,
    size: TreeSize,
}

impl TileView<'_> {
    /// The published size.
    #[must_use]
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// Hashes the bottom nodes of each open block up to the inner nodes that it stores. What this
    /// does not cover are the nodes without a parent: their fold is the tree's root
    /// ([`read_range`](crate::read_range)), which the caller compares with a root it trusts. At
    /// most 255 hashes and one block read a level.
    ///
    /// # Errors
    /// [`TileError::OpenBlockDamaged`], or what reading a block gives.
    pub fn check_open_blocks(&self, tree: TreeType) -> Result<(), TileError> {
        for tile_level in 0..FILES {
            let nodes = bottom_nodes(self.size, tile_level);
            let (block, filled) = (nodes / 256, usize::try_from(nodes % 256).unwrap_or(0));
            if filled != 0 {
                self.reader
                    .level(tile_level)?
                    .check_open_block(tree, block, filled)?;
            }
        }
        Ok(())
    }

    /// The first node of a run that is not stored as it is there, if there is one: its place, and
    /// the hash that is stored or why none can be read. A block is looked up once.
    #[must_use]
    pub fn first_difference(&self, run: &LevelRun) -> Option<(NodeId, Result<Hash, TileError>)> {
        let mut row = [0; Hash::LEN * 256];
        let (level, mut first, mut expected) = (run.level(), run.first(), run.hashes());
        let slots = 256 >> (level % LEVELS);
        while !expected.is_empty() {
            let room = usize::try_from(slots - first % slots).unwrap_or(expected.len());
            let (here, rest) = expected.split_at(room.min(expected.len()));
            let read = row.get_mut(..here.len() * Hash::LEN).unwrap_or_default();
            let is_read = self.row(NodeId::new(level, first), here.len(), read);
            let (stored, _) = read.as_chunks::<{ Hash::LEN }>();
            let equal =
                |(stored, expected): (&[u8; Hash::LEN], &Hash)| stored == expected.as_bytes();
            if is_read.is_err() || !stored.iter().zip(here).all(equal) {
                // Which one it is, read one by one.
                for (index, expected) in (first..).zip(here) {
                    let id = NodeId::new(level, index);
                    match self.node(id) {
                        Ok(stored) if stored == *expected => {}
                        answer => return Some((id, answer)),
                    }
                }
            }
            first += here.len() as u64;
            expected = rest;
        }
        None
    }

    /// Copies so many nodes of one row of a block, stored or not.
    fn row(&self, first: NodeId, count: usize, to: &mut [u8]) -> Result<(), TileError> {
        let last = NodeId::new(first.level, first.index + (count as u64).saturating_sub(1));
        let (place, _) = (self.place(first)?, self.place(last)?);
        let (file, chunk) = self.chunk(place.tile_level, place.block)?;
        file.copy(chunk, place.block, place.offset, to)
    }
}

impl NodeReader for TileView<'_> {
    type Error = TileError;

    fn node(&self, id: NodeId) -> Result<Hash, TileError> {
        let place = self.place(id)?;
        let (file, chunk) = self.chunk(place.tile_level, place.block)?;
        let mut hash = Hash::default();
        file.copy(chunk, place.block, place.offset, hash.as_bytes_mut())?;
        // No hash of anything is zero: the place was never written.
        if hash == Hash::default() && !is_full(self.size, place.tile_level, place.block) {
            return Err(TileError::NotStored {
                file: file.name.clone(),
                id,
            });
        }
        Ok(hash)
    }

    /// All nodes are found and asked for before the first is copied, so that their loads wait for
    /// nothing but memory, and all at once. A path lies in few blocks, one after another: each is
    /// looked up once.
    #[inline]
    fn nodes(
        &self,
        mut ids: impl Iterator<Item = NodeId>,
        out: &mut Vec<Hash>,
    ) -> Result<(), TileError> {
        let mut last: Option<BlockView<'_>> = None;
        loop {
            let (mut found, mut count) = ([(None, 0); NODES_TOGETHER], 0);
            for (slot, id) in found.iter_mut().zip(&mut ids) {
                let place = self.place(id)?;
                let block = match last {
                    Some(block) if block.has(&place) => block,
                    _ => self.block(&place)?,
                };
                last = Some(block);
                *slot = (Some(block.chunk), block.offset + place.offset);
                if let Some(map) = &block.chunk.map {
                    map.prefetch(block.offset + place.offset);
                }
                count += 1;
            }
            let before = out.len();
            out.resize(before + count, Hash::default());
            for (hash, (chunk, offset)) in out.iter_mut().skip(before).zip(found) {
                if let Some(chunk) = chunk
                    && !chunk.read(offset, hash)
                {
                    *hash = self.node(chunk.node_at(offset))?;
                }
            }
            if count < NODES_TOGETHER {
                return Ok(());
            }
        }
    }
}

impl<'a> TileView<'a> {
    #[inline]
    fn place(&self, id: NodeId) -> Result<Place, TileError> {
        if id.is_complete_in(self.size) {
            return Ok(Place::of(id));
        }
        Err(TileError::NotPublished {
            id,
            size: self.size,
        })
    }

    #[inline]
    fn block(&self, place: &Place) -> Result<BlockView<'a>, TileError> {
        let (_, chunk) = self.chunk(place.tile_level, place.block)?;
        Ok(BlockView {
            chunk,
            tile_level: place.tile_level,
            number: place.block,
            offset: map_offset(place.block - chunk.first_block),
        })
    }

    /// The file and the chunk of a block, which is present, and verified if it is full.
    fn chunk(&self, tile_level: u8, block: u64) -> Result<(&'a LevelFile, &'a Chunk), TileError> {
        let file = self.reader.level(tile_level)?;
        let chunk = file.chunk(block)?;
        let position = block - chunk.first_block;
        if is_full(self.size, tile_level, block) {
            if !chunk.verified.has(position) {
                file.verify(chunk, block)?;
            }
        } else if !chunk.present.has(position) {
            file.fetch(chunk, block)?;
        }
        Ok((file, chunk))
    }
}

/// A block whose nodes may be handed out.
#[derive(Clone, Copy)]
struct BlockView<'a> {
    chunk: &'a Chunk,
    tile_level: u8,
    number: u64,
    /// Where it begins in the chunk's map.
    offset: usize,
}

impl BlockView<'_> {
    #[inline]
    const fn has(&self, place: &Place) -> bool {
        self.number == place.block && self.tile_level == place.tile_level
    }
}

/// The file of one level.
#[derive(Debug)]
struct LevelFile {
    identity: TileIdentity,
    level: u8,
    name: String,
    file: Arc<dyn StorageFile>,
    chunks: [OnceLock<Chunk>; CHUNKS],
}

/// Blocks that are mapped together.
#[derive(Debug)]
struct Chunk {
    level: u8,
    first_block: u64,
    /// `None` where the storage has no maps.
    map: Option<Map>,
    present: BitSet,
    verified: BitSet,
}

impl Chunk {
    /// Copies the node at an offset of the map, and says whether there is one: a map, and a node.
    #[inline]
    fn read(&self, offset: usize, to: &mut Hash) -> bool {
        let copied = |map: &Map| map.copy_to(offset, to.as_bytes_mut()).is_ok();
        self.map.as_ref().is_some_and(copied) && *to != Hash::default()
    }

    /// The node at an offset of the map.
    fn node_at(&self, offset: usize) -> NodeId {
        let offset = offset.saturating_sub(HEADER_LEN);
        let place = Place {
            tile_level: self.level,
            block: self.first_block + (offset / BLOCK_LEN) as u64,
            offset: offset % BLOCK_LEN,
        };
        place.id()
    }
}

impl LevelFile {
    fn open(shared: &Shared, level: u8) -> Result<Self, TileError> {
        let name = file_name(&shared.dir, level);
        let file = match shared.storage.open(&name, Access::Read) {
            Ok(file) => file,
            Err(e) if e.kind() == ErrorKind::NotFound => {
                return Err(TileError::Missing { file: name });
            }
            Err(e) => return Err(TileError::io(&name, "open")(e)),
        };
        header::read(&*file, &name, &shared.identity, level)?;
        Ok(Self {
            identity: shared.identity,
            level,
            name,
            file,
            chunks: [const { OnceLock::new() }; CHUNKS],
        })
    }

    /// The chunk of a block that the file has.
    #[inline]
    fn chunk(&self, block: u64) -> Result<&Chunk, TileError> {
        let number = (block / FIRST_CHUNK_BLOCKS)
            .checked_ilog2()
            .map_or(0, |log2| log2 as usize + 1);
        match self.chunks.get(number).and_then(OnceLock::get) {
            Some(chunk) => Ok(chunk),
            None => self.map_chunk(block, number),
        }
    }

    #[cold]
    fn map_chunk(&self, block: u64, number: usize) -> Result<&Chunk, TileError> {
        // A chunk is at most twice as long as the file, so neither its map nor its bits can be
        // larger than the file warrants.
        self.check_has(block)?;
        let first_block = match number.checked_sub(1) {
            Some(doublings) => FIRST_CHUNK_BLOCKS << doublings,
            None => 0,
        };
        let blocks = first_block.max(FIRST_CHUNK_BLOCKS);
        let map = self
            .file
            .map(
                first_block * BLOCK_LEN as u64,
                blocks * BLOCK_LEN as u64 + HEADER_LEN as u64,
            )
            .map_err(TileError::io(&self.name, "map"))?;
        let chunk = Chunk {
            level: self.level,
            first_block,
            map,
            present: BitSet::new(blocks),
            verified: BitSet::new(blocks),
        };
        match self.chunks.get(number) {
            Some(slot) => Ok(slot.get_or_init(|| chunk)),
            None => Err(self.too_short(block)?),
        }
    }

    /// Makes sure that the file has a block, and brings it into memory.
    #[cold]
    fn fetch(&self, chunk: &Chunk, block: u64) -> Result<(), TileError> {
        let position = block - chunk.first_block;
        if chunk.present.has(position) {
            return Ok(());
        }
        self.check_has(block)?;
        if let Some(map) = &chunk.map {
            match map.touch(map_offset(position), BLOCK_LEN) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::UnexpectedEof => {
                    return Err(self.too_short(block)?);
                }
                Err(e) => return Err(TileError::io(&self.name, "read")(e)),
            }
        }
        chunk.present.set(position);
        Ok(())
    }

    /// Checks a full block as a whole.
    #[cold]
    fn verify(&self, chunk: &Chunk, block: u64) -> Result<(), TileError> {
        let bytes = self.block(chunk, block)?;
        let (before_check, stored) = bytes.split_at(CHECK_AT);
        let expected = stored.try_into().map_or(0, u32::from_le_bytes);
        let computed = block_check(&bytes, &self.identity, self.level, block);
        let offset = block_offset(block);
        if computed != expected {
            return Err(TileError::TileDamaged {
                file: self.name.clone(),
                block,
                offset,
                expected,
                computed,
            });
        }
        let (_, stored) = before_check.split_at(TRAILER_AT);
        let height = stored
            .get(16..24)
            .and_then(|height| height.try_into().ok())
            .unwrap_or([0; 8]);
        if stored != trailer(self.level, block, height) {
            return Err(TileError::WrongTrailer {
                file: self.name.clone(),
                block,
                offset,
            });
        }
        chunk.verified.set(block - chunk.first_block);
        Ok(())
    }

    fn check_open_block(&self, tree: TreeType, block: u64, filled: usize) -> Result<(), TileError> {
        let bytes = self.block(self.chunk(block)?, block)?;
        let row = |height: u8| -> Vec<Hash> {
            let begin = row_offset(height);
            let stored = bytes.get(begin..begin + (filled >> height) * Hash::LEN);
            let (hashes, _) = stored.unwrap_or(&[]).as_chunks();
            hashes.iter().copied().map(Hash::new).collect()
        };
        let mut children = row(0);
        for height in 1..LEVELS {
            let mut parents = Vec::with_capacity(children.len() / 2);
            tree.nodes(&children, &mut parents);
            let first = block * (256 >> height);
            for (index, (stored, computed)) in (first..).zip(row(height).iter().zip(&parents)) {
                if stored != computed {
                    return Err(TileError::OpenBlockDamaged {
                        file: self.name.clone(),
                        id: NodeId::new(LEVELS * self.level + height, index),
                        stored: *stored,
                        computed: *computed,
                    });
                }
            }
            children = parents;
        }
        Ok(())
    }

    /// A copy of a whole block.
    fn block(&self, chunk: &Chunk, block: u64) -> Result<Box<Block>, TileError> {
        self.fetch(chunk, block)?;
        let mut bytes = Box::new([0; BLOCK_LEN]);
        self.copy(chunk, block, 0, &mut *bytes)?;
        Ok(bytes)
    }

    /// Copies bytes of a block that is present.
    #[inline]
    fn copy(
        &self,
        chunk: &Chunk,
        block: u64,
        offset: usize,
        to: &mut [u8],
    ) -> Result<(), TileError> {
        match &chunk.map {
            Some(map) => map.copy_to(map_offset(block - chunk.first_block) + offset, to),
            None => read_exact_at(&*self.file, to, block_offset(block) + offset as u64),
        }
        .map_err(TileError::io(&self.name, "read"))
    }

    fn check_has(&self, block: u64) -> Result<(), TileError> {
        match self.too_short(block)? {
            TileError::TooShort { expected, got, .. } if got >= expected => Ok(()),
            error => Err(error),
        }
    }

    /// The error for a block that the file does not have.
    fn too_short(&self, block: u64) -> Result<TileError, TileError> {
        let got = self
            .file
            .len()
            .map_err(TileError::io(&self.name, "measure"))?;
        Ok(TileError::TooShort {
            file: self.name.clone(),
            expected: block_offset(block + 1),
            got,
        })
    }
}

/// Where a block begins in the map of its chunk.
fn map_offset(position: u64) -> usize {
    usize::try_from(block_offset(position)).unwrap_or(usize::MAX)
}

/// Bits that threads set.
#[derive(Debug)]
struct BitSet(Box<[AtomicU64]>);

impl BitSet {
    fn new(bits: u64) -> Self {
        Self((0..bits.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    #[inline]
    fn has(&self, bit: u64) -> bool {
        self.word(bit)
            .is_some_and(|word| word.load(Ordering::Acquire) >> (bit % 64) & 1 == 1)
    }

    fn set(&self, bit: u64) {
        if let Some(word) = self.word(bit) {
            word.fetch_or(1 << (bit % 64), Ordering::Release);
        }
    }

    fn count(&self) -> u64 {
        let words = self.0.iter();
        let set = words.map(|word| u64::from(word.load(Ordering::Relaxed).count_ones()));
        set.sum()
    }

    #[inline]
    fn word(&self, bit: u64) -> Option<&AtomicU64> {
        self.0.get(usize::try_from(bit / 64).ok()?)
    }
}
