//! Writing a directory of tiles.
//!
//! Invariants:
//!
//! - each file is complete under its name, and on the disk, before the checkpoint is;
//! - a full tile of an earlier export is not written again; partial ones that a longer tile stands
//!   for are removed once the checkpoint that needed them is replaced.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::string::ToString;
use std::vec::Vec;

use merkle_log::note::{Checkpoint, NOTE_LEN_MAX, SignedNote};
use merkle_log::tlog::{
    BundleError, ENTRY_LEN_MAX, Resource, TILE_WIDTH, TilePath, encode_bundle, read_tile,
    tiles_between,
};
use merkle_log::{TreeSize, TreeType};

use super::{CHECKPOINT, TlogError, io_error, read};
use crate::store::TreeView;

/// What an export wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The size that the directory had before; 0 for a new one.
    pub before: TreeSize,
    /// The size that it has now.
    pub after: TreeSize,
    /// Tiles and entry bundles written.
    pub files: u64,
}

/// Writes a tree's tiles, entry bundles and `checkpoint`, a signed one of the tree as it is, to the
/// directory `to`; of what an earlier export wrote only what is new. Reads the new entries and one
/// node for each new hash; memory for one bundle.
///
/// # Errors
/// [`TlogError::TreeType`], [`TlogError::EntryTooLong`], [`TlogError::Io`], [`TlogError::Store`];
/// [`TlogError::Checkpoint`] where a checkpoint cannot be read; [`TlogError::OtherOrigin`],
/// [`TlogError::OtherRoot`] or [`TlogError::OtherSize`] where the directory's checkpoint or the new
/// one is not of this tree. The directory's checkpoint is as it was before after any error.
pub fn export(
    tree: &TreeView<'_>,
    checkpoint: &SignedNote,
    to: &Path,
) -> Result<Exported, TlogError> {
    if tree.tree() != TreeType::Sha256 {
        return Err(TlogError::TreeType { tree: tree.tree() });
    }
    let place = to.join(CHECKPOINT);
    let new = stated(checkpoint, &place)?;
    must_be_of(tree, &new)?;
    let after = new.size();
    if after != tree.size() {
        let (stated, size) = (after, tree.size());
        return Err(TlogError::OtherSize { stated, size });
    }
    let before = size_before(tree, new.origin(), &place)?;
    let mut exported = Exported {
        before,
        after,
        files: 0,
    };
    fs::create_dir_all(to).map_err(io_error("create", to))?;
    for path in tiles_between(before, after) {
        let bytes = match path.resource() {
            Resource::Hashes { level } => read_tile(tree, level, path.index(), path.width())?,
            Resource::Entries => bundle(tree, &path)?,
        };
        write(&to.join(path.to_string()), &bytes)?;
        exported.files += 1;
    }
    write(&place, checkpoint.to_string().as_bytes())?;
    remove_superseded(to, before, after)?;
    Ok(exported)
}

fn stated(note: &SignedNote, place: &Path) -> Result<Checkpoint, TlogError> {
    let parsed: Result<Checkpoint, _> = note.text().parse();
    parsed.map_err(|e| TlogError::Checkpoint {
        file: place.display().to_string(),
        source: e.into(),
    })
}

/// That the tree has the checkpoint's root at its size.
fn must_be_of(tree: &TreeView<'_>, checkpoint: &Checkpoint) -> Result<(), TlogError> {
    let (size, stated) = (checkpoint.size(), *checkpoint.root());
    if size > tree.size() {
        let (stated, size) = (size, tree.size());
        return Err(TlogError::OtherSize { stated, size });
    }
    let computed = tree.root_at(size)?;
    if computed == stated {
        return Ok(());
    }
    Err(TlogError::OtherRoot {
        size,
        stated,
        computed,
    })
}

/// The size that an earlier export reached.
fn size_before(tree: &TreeView<'_>, origin: &str, place: &Path) -> Result<TreeSize, TlogError> {
    let bytes = match read::read_file(place, NOTE_LEN_MAX) {
        Err(TlogError::Io { source, .. }) if source.kind() == ErrorKind::NotFound => {
            return Ok(TreeSize(0));
        }
        read => read?,
    };
    let note = SignedNote::parse(&bytes).map_err(|source| TlogError::Checkpoint {
        file: place.display().to_string(),
        source,
    })?;
    let earlier = stated(&note, place)?;
    if earlier.origin() != origin {
        return Err(TlogError::OtherOrigin {
            expected: origin.into(),
            got: earlier.origin().into(),
        });
    }
    must_be_of(tree, &earlier)?;
    Ok(earlier.size())
}

fn bundle(tree: &TreeView<'_>, path: &TilePath) -> Result<Vec<u8>, TlogError> {
    let begin = path.index() * u64::from(TILE_WIDTH);
    let mut entries = Vec::new();
    for entry in tree.entries(begin..begin + u64::from(path.width()))? {
        let (index, entry) = entry?;
        if entry.len() > ENTRY_LEN_MAX {
            return Err(TlogError::EntryTooLong {
                index: index.0,
                len: entry.len(),
                limit: ENTRY_LEN_MAX,
            });
        }
        entries.push(entry);
    }
    encode_bundle(&entries).map_err(|source: BundleError| TlogError::Bundle {
        file: path.to_string(),
        source,
    })
}

/// Writes a file under another name and gives it its own when it is on the disk.
fn write(place: &Path, bytes: &[u8]) -> Result<(), TlogError> {
    let folder = place.parent().unwrap_or(Path::new("."));
    fs::create_dir_all(folder).map_err(io_error("create", folder))?;
    let mut name = place.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut file = File::create(&new).map_err(io_error("create", &new))?;
    file.write_all(bytes)
        .and_then(|()| file.sync_all())
        .map_err(io_error("write", &new))?;
    fs::rename(&new, place).map_err(io_error("rename", &new))?;
    let synced = File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(io_error("sync", folder))
}

/// Removes the partial tiles of the tree of size `before` that the one of size `after` has longer.
fn remove_superseded(to: &Path, before: TreeSize, after: TreeSize) -> Result<(), TlogError> {
    let of_after: Vec<TilePath> = last_tiles(before, after);
    for path in last_tiles(TreeSize(0), before) {
        let longer = |other: &&TilePath| {
            (other.resource(), other.index()) == (path.resource(), path.index())
                && other.width() > path.width()
        };
        if path.width() == TILE_WIDTH || of_after.iter().find(longer).is_none() {
            continue;
        }
        let file = to.join(path.to_string());
        match fs::remove_file(&file) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(io_error("remove", &file)(error));
            }
            _ => {}
        }
        if let Some(folder) = file.parent() {
            // It stays where another partial tile is in it.
            let _ = fs::remove_dir(folder);
        }
    }
    Ok(())
}

/// The tiles between two sizes that can stand for, or be, the last one of their level at one of
/// them: partial ones, and the first of each level.
fn last_tiles(before: TreeSize, after: TreeSize) -> Vec<TilePath> {
    let mut kept: Vec<TilePath> = Vec::new();
    for path in tiles_between(before, after) {
        let first = kept
            .last()
            .is_none_or(|last| last.resource() != path.resource());
        if first || path.width() < TILE_WIDTH {
            kept.push(path);
        }
    }
    kept
}
