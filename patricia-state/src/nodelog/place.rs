//! Where a node log lies, and the names of its files.

use std::format;
use std::string::String;
use std::sync::Arc;
use std::vec::Vec;

use hash_store::{EntryKind, Error, FileKind, Result, Seed, Storage};

/// Bits of a location in a file's number: the ledger's ordinal stands above them.
const LOCATION_BITS: u32 = 48;

/// Where a node log lies and whose it is.
#[derive(Clone, Debug)]
pub struct NodeLogPlace {
    /// The storage that has the folder.
    pub storage: Arc<dyn Storage>,
    /// The folder of the log's files.
    pub dir: String,
    /// The store.
    pub store_uuid: [u8; 16],
    /// The ledger's ordinal, below 2^16.
    pub ledger: u32,
}

/// What a file of a log holds; in this order, where two start at one location.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Form {
    /// What is kept of the records from its location on.
    Kept,
    /// All records from its location on.
    Whole,
    /// What was being made to be kept when its maker ended.
    Unfinished,
}

const FORMS: [(Form, &str); 3] = [
    (Form::Kept, ".kept"),
    (Form::Whole, ".nodes"),
    (Form::Unfinished, ".next"),
];

/// A file of a log: where it starts and what it holds.
pub(super) type Name = (u64, Form);

impl NodeLogPlace {
    pub(super) fn seed(&self, (start, form): Name) -> Seed {
        Seed {
            uuid: self.store_uuid,
            kind: match form {
                Form::Whole => FileKind::TrieNodes,
                Form::Kept | Form::Unfinished => FileKind::KeptNodes,
            },
            number: u64::from(self.ledger) << LOCATION_BITS | start,
        }
    }

    pub(super) fn file(&self, (start, form): Name) -> String {
        let suffix = FORMS.iter().find(|(known, _)| *known == form);
        format!("{}/{start:016x}{}", self.dir, suffix.map_or("", |s| s.1))
    }

    /// The files that are there, in order.
    pub(super) fn names(&self) -> Result<Vec<Name>> {
        let listed = match self.storage.list(&self.dir) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            answer => answer.map_err(self.io("list"))?,
        };
        let files = listed.iter().filter(|entry| entry.kind == EntryKind::File);
        let mut names: Vec<Name> = files.filter_map(|entry| name_of(&entry.name)).collect();
        names.sort_unstable();
        Ok(names)
    }

    pub(super) fn create_dir(&self) -> Result<()> {
        self.storage
            .create_dir(&self.dir)
            .map_err(self.io("create"))
    }

    pub(super) fn sync_dir(&self) -> Result<()> {
        self.storage.sync_dir(&self.dir).map_err(self.io("sync"))
    }

    /// Removes the files of which `is_needless` says so.
    pub(super) fn remove(&self, is_needless: impl Fn(&Name) -> bool) -> Result<()> {
        for name in self.names()?.into_iter().filter(is_needless) {
            let file = self.file(name);
            let removed = self.storage.remove(&file);
            removed.map_err(|source| Error::Io {
                op: "remove",
                file,
                source,
            })?;
        }
        Ok(())
    }

    /// Gives what was being made its place among the files that count, durably.
    pub(super) fn finish(&self, start: u64) -> Result<()> {
        let from = self.file((start, Form::Unfinished));
        let renamed = self.storage.rename(&from, &self.file((start, Form::Kept)));
        renamed.map_err(|source| Error::Io {
            op: "rename",
            file: from,
            source,
        })?;
        self.sync_dir()
    }

    fn io(&self, op: &'static str) -> impl FnOnce(std::io::Error) -> Error + '_ {
        move |source| Error::Io {
            op,
            file: self.dir.clone(),
            source,
        }
    }
}

/// What a file's name says; other names are not files of a log.
fn name_of(name: &str) -> Option<Name> {
    let (digits, form) = FORMS
        .iter()
        .find_map(|(form, suffix)| Some((name.strip_suffix(suffix)?, *form)))?;
    let is_plain = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() != 16 || !digits.bytes().all(is_plain) {
        return None;
    }
    let start = u64::from_str_radix(digits, 16).ok()?;
    (start >> LOCATION_BITS == 0).then_some((start, form))
}
