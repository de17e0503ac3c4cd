//! Index files: one u64 per slot (FORMAT.md section 8). Derived, so nothing here is believed
//! without the log's word: a position is only a hint where to look. That there is nothing to look
//! for cannot be held against the log, so a slot says it with a mark that has a check.

use std::io;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::layout::Seed;
use crate::layout::header::{FileHeader, HEADER_LEN};
use crate::log::segments::read_header;
use crate::mapped::MappedFile;
use crate::position::Position;
use crate::storage::{Access, Storage, StorageFile};

/// An index file, for its one writer and any number of readers.
#[derive(Debug)]
pub struct SlotIndex {
    name: String,
    seed: Seed,
    mapped: MappedFile,
}

/// Slots that are compared at once.
const PIECE: usize = 512;

/// Upper half of the mark of a slot that leads nowhere; no segment has this number.
const NOWHERE: u32 = u32::MAX;

impl SlotIndex {
    /// Opens the file, or answers `None` where there is none.
    ///
    /// # Errors
    /// [`Error::DamagedHeader`], [`Error::FormatVersion`], [`Error::Io`].
    pub fn open(
        storage: &dyn Storage,
        name: &str,
        seed: &Seed,
        access: Access,
    ) -> Result<Option<Self>> {
        let file = match storage.open(name, access) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(|e| Error::io("open", name, e))?,
        };
        read_header(access, &*file, name, seed)?;
        Ok(Some(Self {
            name: name.to_owned(),
            seed: *seed,
            mapped: MappedFile::new(file),
        }))
    }

    /// Creates the file, replacing what has its name.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn create(storage: &dyn Storage, name: &str, seed: &Seed) -> Result<Self> {
        let io = |op: &'static str| move |e| Error::io(op, name, e);
        match storage.remove(name) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io("remove")(e)),
            _ => {}
        }
        let file = storage.create(name).map_err(io("create"))?;
        let header = FileHeader {
            seed: *seed,
            len: 0,
        };
        file.write_at(&header.encode(), 0).map_err(io("write"))?;
        Ok(Self {
            name: name.to_owned(),
            seed: *seed,
            mapped: MappedFile::new(file),
        })
    }

    /// Name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Writes positions from slot `first` on; not synced.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn set(&self, first: u64, positions: &[Position]) -> Result<()> {
        let bytes: Vec<u8> = positions
            .iter()
            .flat_map(|position| position.to_bits().to_le_bytes())
            .collect();
        self.mapped
            .file()
            .write_at(&bytes, slot_offset(first))
            .map_err(|e| Error::io("write", &self.name, e))
    }

    /// Marks a slot as one that leads nowhere; not synced.
    ///
    /// # Errors
    /// [`Error::Io`], [`Error::StoreFull`].
    pub fn set_nowhere(&self, slot: u64) -> Result<()> {
        self.set(slot, &[self.nowhere(slot)])
    }

    /// What a slot holds that leads nowhere.
    #[must_use]
    pub fn nowhere(&self, slot: u64) -> Position {
        let check = self
            .seed
            .check(slot_offset(slot), &[&NOWHERE.to_le_bytes()]);
        Position::from_bits(u64::from(NOWHERE) << 32 | u64::from(check))
    }

    /// How many slots the file has room for.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn slots(&self) -> Result<u64> {
        Ok(self.len()?.saturating_sub(HEADER_LEN).div_ceil(8))
    }

    fn len(&self) -> Result<u64> {
        let len = self.mapped.file().len();
        len.map_err(|e| Error::io("stat", &self.name, e))
    }

    /// The position in a slot; `None` where it was not written.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn get(&self, slot: u64) -> Result<Option<Position>> {
        let mut bytes = [0; 8];
        let offset = slot_offset(slot);
        if offset > i64::MAX.unsigned_abs() {
            // No file is so long.
            return Ok(None);
        }
        match self.mapped.read(offset, &mut bytes) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
            answer => answer.map_err(|e| Error::io("read", &self.name, e))?,
        }
        let bits = u64::from_le_bytes(bytes);
        Ok((bits != 0).then(|| Position::from_bits(bits)))
    }

    /// The first slot from `first` on that does not hold its position, if there is one; a slot that
    /// cannot be read does not.
    #[must_use]
    pub fn first_difference(&self, first: u64, positions: &[Position]) -> Option<u64> {
        let mut slot = first;
        let mut bytes = [0; 8 * PIECE];
        for positions in positions.chunks(PIECE) {
            let read = bytes.get_mut(..8 * positions.len()).unwrap_or_default();
            let offset = slot_offset(slot);
            let is_read =
                offset <= i64::MAX.unsigned_abs() && self.mapped.read(offset, read).is_ok();
            let (stored, _) = read.as_chunks();
            let holds = |(stored, position): (&[u8; 8], &Position)| {
                *stored == position.to_bits().to_le_bytes()
            };
            if !is_read || !stored.iter().zip(positions).all(holds) {
                // Which one it is, read one by one.
                let mut each = (slot..).zip(positions);
                let found = each
                    .find(|(slot, position)| self.get(*slot).ok().flatten() != Some(**position));
                if let Some((slot, _)) = found {
                    return Some(slot);
                }
            }
            slot += positions.len() as u64;
        }
        None
    }

    /// The file itself, to sync it.
    #[must_use]
    pub fn file(&self) -> Arc<dyn StorageFile> {
        Arc::clone(self.mapped.file())
    }
}

const fn slot_offset(slot: u64) -> u64 {
    HEADER_LEN.saturating_add(slot.saturating_mul(8))
}
