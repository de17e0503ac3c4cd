//! The one writer of a tile index.
//!
//! - The open block of each level is kept in memory as it must be on disk; every byte it has not
//!   reached is zero there.
//! - The first write to a block is always the whole block, so that nothing that a crash left
//!   beyond the believed size ever gets into one.
//! - Nothing is synced but by `sync`.

use std::boxed::Box;
use std::io::ErrorKind;
use std::string::{String, ToString};
use std::sync::Arc;
use std::vec::Vec;

use hash_store::{Access, Storage, StorageFile, read_exact_at};

use super::layout::{
    BLOCK_LEN, Block, CHECK_AT, FILES, LEVELS, TRAILER_AT, block_check, block_offset, bottom_nodes,
    file_name, row_offset, trailer,
};
use super::{TileError, TileIdentity, header};
use crate::growth::{Growth, LevelRun};
use crate::hash::Hash;
use crate::index::TreeSize;

/// New rows of an open block up to this number are written one by one, more as a whole block.
const ROWS_WRITTEN_SINGLY_MAX: usize = 3;
/// Whole blocks are written together up to this many bytes.
const WRITE_BYTES_MAX: usize = 1 << 20;

/// Writes the nodes of one log into its tile files.
#[derive(Debug)]
pub struct TileWriter {
    storage: Arc<dyn Storage>,
    dir: String,
    identity: TileIdentity,
    size: TreeSize,
    /// The levels in use, from the lowest.
    levels: Vec<LevelFile>,
    names_unsynced: bool,
    poisoned: bool,
}

impl TileWriter {
    /// Opens the index in the folder `dir`, believing what it holds up to `size`; what lies beyond
    /// is overwritten as the log grows. Reads and rewrites at most one block a level. Size 0 calls
    /// for no files.
    ///
    /// The stored nodes themselves are checked with
    /// [`TileView::check_open_blocks`](super::TileView::check_open_blocks) and at first touch.
    ///
    /// # Errors
    /// [`TileError::Missing`], [`TileError::TooShort`] or an error of the header where a file is
    /// not what `size` calls for; [`TileError::Io`].
    pub fn open(
        storage: Arc<dyn Storage>,
        dir: &str,
        identity: TileIdentity,
        size: TreeSize,
    ) -> Result<Self, TileError> {
        let mut writer = Self {
            storage,
            dir: dir.to_string(),
            identity,
            size,
            levels: Vec::new(),
            names_unsynced: false,
            poisoned: false,
        };
        for level in (0..FILES).take_while(|level| bottom_nodes(size, *level) != 0) {
            let name = file_name(dir, level);
            let file = match writer.storage.open(&name, Access::Write) {
                Ok(file) => file,
                Err(e) if e.kind() == ErrorKind::NotFound => {
                    return Err(TileError::Missing { file: name });
                }
                Err(e) => return Err(TileError::io(&name, "open")(e)),
            };
            header::read(&*file, &name, &identity, level)?;
            let mut level = LevelFile::new(identity, level, name, file);
            level.load(size)?;
            writer.levels.push(level);
        }
        Ok(writer)
    }

    /// Starts the index anew at size 0, creating the folder and removing the files that are
    /// there. Readers of the removed files keep them, and must be replaced.
    ///
    /// # Errors
    /// [`TileError::Io`].
    pub fn create(
        storage: Arc<dyn Storage>,
        dir: &str,
        identity: TileIdentity,
    ) -> Result<Self, TileError> {
        storage
            .create_dir(dir)
            .map_err(TileError::io(dir, "create"))?;
        for level in 0..FILES {
            let name = file_name(dir, level);
            match storage.remove(&name) {
                Ok(()) => {}
                Err(e) if e.kind() == ErrorKind::NotFound => {}
                Err(e) => return Err(TileError::io(&name, "remove")(e)),
            }
        }
        let mut writer = Self::open(storage, dir, identity, TreeSize(0))?;
        writer.names_unsynced = true;
        Ok(writer)
    }

    /// The number of leaves the index holds.
    #[must_use]
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// Writes the new nodes of `growth`, brought by the commit at `height`: whole blocks together,
    /// at most three small writes or one block for an open one. On return readers may be given the
    /// new size.
    ///
    /// # Errors
    /// [`TileError::WrongGrowth`] unless the growth starts at [`size`](Self::size);
    /// [`TileError::Io`], after which every call gives [`TileError::Poisoned`].
    ///
    /// # Durability
    /// None before [`sync`](Self::sync).
    pub fn append(&mut self, growth: &Growth, height: u64) -> Result<(), TileError> {
        if growth.size_before() != self.size {
            return Err(TileError::WrongGrowth {
                expected: self.size,
                got: growth.size_before(),
            });
        }
        if self.poisoned {
            return Err(TileError::Poisoned);
        }
        self.poisoned = true;
        for level in (0..FILES).take_while(|level| !growth.runs_of(*level).is_empty()) {
            if self.levels.len() <= usize::from(level) {
                let level = self.attach(level)?;
                self.levels.push(level);
            }
            if let Some(file) = self.levels.get_mut(usize::from(level)) {
                file.append(growth, height)?;
            }
        }
        self.size = growth.size_after();
        self.poisoned = false;
        Ok(())
    }

    /// Makes everything appended so far durable.
    ///
    /// # Errors
    /// [`TileError::Io`], after which every call gives [`TileError::Poisoned`].
    pub fn sync(&mut self) -> Result<(), TileError> {
        if self.poisoned {
            return Err(TileError::Poisoned);
        }
        self.poisoned = true;
        for level in &mut self.levels {
            level.sync()?;
        }
        if self.names_unsynced {
            self.storage
                .sync_dir(&self.dir)
                .map_err(TileError::io(&self.dir, "sync"))?;
            self.names_unsynced = false;
        }
        self.poisoned = false;
        Ok(())
    }

    /// The files in use, for an owner that syncs them beside later appends: what was appended
    /// before this call is durable once they and their folder are synced.
    #[must_use]
    pub fn files(&self) -> Vec<Arc<dyn StorageFile>> {
        self.levels
            .iter()
            .map(|level| Arc::clone(&level.file))
            .collect()
    }

    /// The file of a level that gets its first node: a sound one left by a crash, or a new one.
    fn attach(&mut self, level: u8) -> Result<LevelFile, TileError> {
        let name = file_name(&self.dir, level);
        self.names_unsynced = true;
        match self.storage.open(&name, Access::Write) {
            Ok(file) => {
                if header::read(&*file, &name, &self.identity, level).is_ok() {
                    // It may be in the page cache alone, after a sync that failed.
                    file.write_at(&header::encode(&self.identity, level), 0)
                        .map_err(TileError::io(&name, "write"))?;
                    return Ok(LevelFile::new(self.identity, level, name, file));
                }
                self.storage
                    .remove(&name)
                    .map_err(TileError::io(&name, "remove"))?;
            }
            Err(e) if e.kind() == ErrorKind::NotFound => {}
            Err(e) => return Err(TileError::io(&name, "open")(e)),
        }
        let file = self
            .storage
            .create(&name)
            .map_err(TileError::io(&name, "create"))?;
        file.write_at(&header::encode(&self.identity, level), 0)
            .map_err(TileError::io(&name, "write"))?;
        Ok(LevelFile::new(self.identity, level, name, file))
    }
}

/// The file of one level.
#[derive(Debug)]
struct LevelFile {
    identity: TileIdentity,
    level: u8,
    name: String,
    file: Arc<dyn StorageFile>,
    /// The block that is being filled.
    image: Box<Block>,
    unsynced: bool,
}

impl LevelFile {
    fn new(identity: TileIdentity, level: u8, name: String, file: Arc<dyn StorageFile>) -> Self {
        Self {
            identity,
            level,
            name,
            file,
            image: Box::new([0; BLOCK_LEN]),
            unsynced: false,
        }
    }

    /// Takes over the block that is open at `size`, wiping what lies beyond.
    fn load(&mut self, size: TreeSize) -> Result<(), TileError> {
        let nodes = bottom_nodes(size, self.level);
        let expected = block_offset(nodes.div_ceil(256));
        let got = self
            .file
            .len()
            .map_err(TileError::io(&self.name, "measure"))?;
        if got < expected {
            return Err(TileError::TooShort {
                file: self.name.clone(),
                expected,
                got,
            });
        }
        let (block, filled) = (nodes / 256, usize::try_from(nodes % 256).unwrap_or(0));
        if filled == 0 {
            return Ok(());
        }
        let mut stored = [0; BLOCK_LEN];
        read_exact_at(&*self.file, &mut stored, block_offset(block))
            .map_err(TileError::io(&self.name, "read"))?;
        for height in 0..LEVELS {
            let row = row_offset(height);
            let known = row..row + (filled >> height) * Hash::LEN;
            if let (Some(to), Some(from)) = (self.image.get_mut(known.clone()), stored.get(known)) {
                to.copy_from_slice(from);
            }
        }
        if *self.image != stored {
            self.write(block_offset(block), 0..BLOCK_LEN)?;
        }
        Ok(())
    }

    fn append(&mut self, growth: &Growth, height: u64) -> Result<(), TileError> {
        let before = bottom_nodes(growth.size_before(), self.level);
        let after = bottom_nodes(growth.size_after(), self.level);
        let runs = growth.runs_of(self.level);
        let mut whole_blocks = Vec::new();
        // After the last block of the files there is no next one: 2^56 blocks end the numbers.
        for block in before / 256..after.div_ceil(256) {
            let is_new = block * 256 >= before;
            if is_new {
                self.image.fill(0);
            }
            let rows = self.fill_rows(block, runs);
            let is_full = after / 256 > block;
            if is_full {
                self.seal(block, height);
            }
            if is_new || is_full || rows.len() > ROWS_WRITTEN_SINGLY_MAX {
                whole_blocks.extend_from_slice(&*self.image);
                if whole_blocks.len() >= WRITE_BYTES_MAX {
                    self.write_blocks(block, &mut whole_blocks)?;
                }
            } else {
                for row in rows {
                    self.write(block_offset(block), row)?;
                }
            }
        }
        if let Some(last) = after.div_ceil(256).checked_sub(1) {
            self.write_blocks(last, &mut whole_blocks)?;
        }
        Ok(())
    }

    /// Copies the nodes of `runs` that lie in `block` into the image, and says where.
    fn fill_rows(&mut self, block: u64, runs: &[LevelRun]) -> Vec<core::ops::Range<usize>> {
        let mut rows = Vec::new();
        for (height, run) in (0..LEVELS).zip(runs) {
            let slots = 256 >> height;
            let (slot, hashes) = part(run, block * slots, slots);
            if hashes.is_empty() {
                continue;
            }
            let begin = row_offset(height) + slot * Hash::LEN;
            let row = begin..begin + hashes.len() * Hash::LEN;
            if let Some(to) = self.image.get_mut(row.clone()) {
                for (to, hash) in to.chunks_exact_mut(Hash::LEN).zip(hashes) {
                    to.copy_from_slice(hash.as_bytes());
                }
            }
            rows.push(row);
        }
        rows
    }

    /// Adds the trailer to the image of a block that is now full.
    fn seal(&mut self, block: u64, height: u64) {
        let trailer = trailer(self.level, block, height.to_le_bytes());
        if let Some(to) = self.image.get_mut(TRAILER_AT..CHECK_AT) {
            to.copy_from_slice(&trailer);
        }
        let check = block_check(&self.image, &self.identity, self.level, block);
        if let Some(to) = self.image.get_mut(CHECK_AT..) {
            to.copy_from_slice(&check.to_le_bytes());
        }
    }

    /// Writes consecutive whole blocks, the last of which is `last`.
    fn write_blocks(&mut self, last: u64, blocks: &mut Vec<u8>) -> Result<(), TileError> {
        if blocks.is_empty() {
            return Ok(());
        }
        self.unsynced = true;
        let end = block_offset(last + 1);
        self.file
            .write_at(blocks, end - blocks.len() as u64)
            .map_err(TileError::io(&self.name, "write"))?;
        blocks.clear();
        Ok(())
    }

    /// Writes a part of the image of the block at `offset`.
    fn write(&mut self, offset: u64, part: core::ops::Range<usize>) -> Result<(), TileError> {
        self.unsynced = true;
        let at = offset + part.start as u64;
        self.file
            .write_at(self.image.get(part).unwrap_or(&[]), at)
            .map_err(TileError::io(&self.name, "write"))
    }

    fn sync(&mut self) -> Result<(), TileError> {
        if self.unsynced {
            self.file
                .sync_data()
                .map_err(TileError::io(&self.name, "sync"))?;
            self.unsynced = false;
        }
        Ok(())
    }
}

/// The hashes of a run among the `count` nodes from `first` on, and the slot of the first of them.
fn part(run: &LevelRun, first: u64, count: u64) -> (usize, &[Hash]) {
    let run_end = run.first() + run.hashes().len() as u64;
    let begin = first.max(run.first());
    let end = first.saturating_add(count).min(run_end);
    let position = |index: u64, from: u64| usize::try_from(index.saturating_sub(from)).unwrap_or(0);
    let hashes = run
        .hashes()
        .get(position(begin, run.first())..position(end, run.first()));
    (position(begin, first), hashes.unwrap_or(&[]))
}
