//! The files of a store and what each is for.
//!
//! Invariant: every byte of every file counts once. Only names and lengths are looked at, and of
//! what is kept of a node log where it ends.

use std::collections::BTreeMap;

use hash_store::{Access, EntryKind, HEADER_LEN, Storage, read_exact_at};

use crate::error::Result;

/// Folders in folders are looked at down to here.
const DEPTH_MAX: u32 = 8;

/// What a file is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Purpose {
    /// Superblocks, the tip, what says which states are kept.
    Head,
    /// Segments of the record log.
    Log,
    /// Merkle tiles.
    Tiles,
    /// Entry, height, attachment and state indexes.
    Indexes,
    /// Runs of look-ups.
    Lookups,
    /// Nodes of states.
    States,
    /// What no store reads: bytes that a recovery saved, and what was left half made.
    Dead,
    /// Files that are not a store's.
    Foreign,
}

/// One file, folder or other thing in a store's directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreFile {
    /// Its name, from the store's directory on.
    pub name: String,
    /// Whether it is a regular file; others have no length here.
    pub kind: EntryKind,
    /// Its length in bytes.
    pub len: u64,
    /// What it is for.
    pub purpose: Purpose,
    /// The folder of the ledger that it belongs to; `audit` for the audit tree.
    pub ledger: Option<String>,
}

/// Everything in a store's directory, in order of name.
///
/// # Errors
/// `Io` of [`hash_store::Error`] where the directory itself cannot be listed.
pub fn files(storage: &dyn Storage) -> Result<Vec<StoreFile>> {
    let mut found = Vec::new();
    let listed = list(storage, "", 0, &mut found);
    listed.map_err(|source| hash_store::Error::Io {
        op: "list",
        file: storage.location(),
        source,
    })?;
    mark_replaced_nodes(storage, &mut found);
    Ok(found)
}

fn list(
    storage: &dyn Storage,
    dir: &str,
    depth: u32,
    found: &mut Vec<StoreFile>,
) -> std::io::Result<()> {
    for entry in storage.list(dir)? {
        let name = match dir {
            "" => entry.name,
            dir => format!("{dir}/{}", entry.name),
        };
        if entry.kind == EntryKind::Dir && depth < DEPTH_MAX {
            // A folder that cannot be read hides its files and nothing else.
            let _ = list(storage, &name, depth + 1, found);
            continue;
        }
        let (purpose, ledger) = purpose_of(&name);
        found.push(StoreFile {
            kind: entry.kind,
            len: entry.len,
            purpose,
            ledger: ledger.map(str::to_owned),
            name,
        });
    }
    Ok(())
}

/// What a name says (FORMAT.md, the list of files).
fn purpose_of(name: &str) -> (Purpose, Option<&str>) {
    let Some((folder, file)) = name.split_once('/') else {
        let purpose = match name {
            "SUPER.0" | "SUPER.1" | "tip" => Purpose::Head,
            "SUPER.next" => Purpose::Dead,
            _ => Purpose::Foreign,
        };
        return (purpose, None);
    };
    let unfinished = file.ends_with("next");
    match (folder, file) {
        ("lost+found", _) => return (Purpose::Dead, None),
        ("log", "next") => return (Purpose::Dead, None),
        ("log", file) if file.ends_with(".seg") => return (Purpose::Log, None),
        ("log", _) => return (Purpose::Foreign, None),
        _ => {}
    }
    let purpose = match file.split_once('/') {
        Some(("trie", _)) if unfinished => Purpose::Dead,
        Some(("trie", file)) if file.ends_with(".nodes") || file.ends_with(".kept") => {
            Purpose::States
        }
        Some(("hashes" | "ids", file)) if file.ends_with(".run") => Purpose::Lookups,
        Some(_) => Purpose::Foreign,
        None => match file {
            "entries" | "heights" | "attachments" | "states" => Purpose::Indexes,
            "kept" => Purpose::Head,
            "kept.next" => Purpose::Dead,
            _ if file.starts_with("tiles.") => Purpose::Tiles,
            _ => Purpose::Foreign,
        },
    };
    (purpose, Some(folder))
}

/// Files of a node log that start inside of what a `.kept` file stands for are not read
/// (FORMAT.md section 12).
fn mark_replaced_nodes(storage: &dyn Storage, found: &mut [StoreFile]) {
    let mut ends: BTreeMap<(Option<String>, u64), u64> = BTreeMap::new();
    for file in found.iter() {
        if let Some(start) = start_of(&file.name, ".kept")
            && let Some(end) = kept_end(storage, &file.name)
        {
            ends.insert((file.ledger.clone(), start), end);
        }
    }
    for file in found {
        let Some(start) = start_of(&file.name, ".nodes") else {
            continue;
        };
        let key = (file.ledger.clone(), start);
        let replaced = ends.range(..=key).next_back();
        if replaced.is_some_and(|((ledger, _), end)| *ledger == file.ledger && start < *end) {
            file.purpose = Purpose::Dead;
        }
    }
}

fn start_of(name: &str, suffix: &str) -> Option<u64> {
    let (_, file) = name.strip_suffix(suffix)?.rsplit_once('/')?;
    u64::from_str_radix(file, 16).ok()
}

fn kept_end(storage: &dyn Storage, name: &str) -> Option<u64> {
    let file = storage.open(name, Access::Read).ok()?;
    let mut end = [0; 8];
    read_exact_at(&*file, &mut end, HEADER_LEN).ok()?;
    Some(u64::from_le_bytes(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_the_format_has_its_purpose() {
        for (name, purpose, ledger) in [
            ("SUPER.0", Purpose::Head, None),
            ("tip", Purpose::Head, None),
            ("SUPER.next", Purpose::Dead, None),
            ("log/0000000000000000.seg", Purpose::Log, None),
            ("log/next", Purpose::Dead, None),
            ("log/notes.txt", Purpose::Foreign, None),
            ("audit/tiles.0", Purpose::Tiles, Some("audit")),
            ("audit/heights", Purpose::Indexes, Some("audit")),
            ("audit/attachments", Purpose::Indexes, Some("audit")),
            ("domain/entries", Purpose::Indexes, Some("domain")),
            ("domain/states", Purpose::Indexes, Some("domain")),
            ("domain/kept", Purpose::Head, Some("domain")),
            ("domain/kept.next", Purpose::Dead, Some("domain")),
            (
                "domain/trie/0000000000000000.nodes",
                Purpose::States,
                Some("domain"),
            ),
            (
                "domain/trie/0000000000000000.next",
                Purpose::Dead,
                Some("domain"),
            ),
            ("domain/ids/0-1.run", Purpose::Lookups, Some("domain")),
            ("domain/hashes/0-1.run", Purpose::Lookups, Some("domain")),
            ("lost+found/0/tail", Purpose::Dead, None),
            ("notes", Purpose::Foreign, None),
        ] {
            assert_eq!(purpose_of(name), (purpose, ledger), "{name}");
        }
    }
}
