//! Bringing all that verifies of a badly damaged store into a new directory.
//!
//! The commits before the first gap are a store: every byte and root of it verifies. What verifies
//! behind the gap cannot be in one, for its trees start from what is missing: its entries are
//! written as lines, and the segments as they are.
//!
//! Invariants:
//!
//! - the damaged store is only read;
//! - the superblocks are written last: a recovery that was cut short is no store;
//! - a root that the caller trusts is compared before anything is written.

use core::ops::Range;
use std::fmt::Write;
use std::sync::Arc;

use hash_store::{
    Access, Base, LogOptions, Position, Segments, Storage, StorageFile, Superblock, Superblocks,
    copy_log, read_exact_at, segment_files, segment_name,
};
use merkle_log::Hash;

use super::repair::{RepairOptions, Salvage, Unrepaired, survey};
use crate::error::{Error, Result};
use crate::record::Entries;
use crate::store::{Store, check_height, first_tip};
use crate::verify::{Level, Progress, VerifyReport, verify};

/// Where a recovery keeps what is not in the store.
const KEPT_IN: &str = "lost+found/0";
/// Entries behind the first gap, a JSON object a line, as a dump has them.
const SALVAGED: &str = "lost+found/0/entries.jsonl";

/// How a store is recovered.
#[derive(Clone, Copy, Debug, Default)]
pub struct RecoverOptions {
    /// Height and root of the audit tree, as a checkpoint that the caller trusts has them.
    pub expected: Option<(u64, Hash)>,
    /// How the new store is opened.
    pub open: LogOptions,
}

/// What a trusted root says of what was recovered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// No root was given.
    NotAsked,
    /// The store has the root: all commits up to its height are those that were signed.
    UpTo(u64),
    /// The root is of a greater height than could be recovered.
    NotReached(u64),
}

/// What was recovered.
#[derive(Clone, Debug)]
pub struct Recovered {
    /// Height of the last commit in the new store.
    pub height: u64,
    /// Root of its audit tree.
    pub audit_root: Hash,
    /// Whether a trusted root vouches for it.
    pub proven: Proven,
    /// What is missing.
    pub gaps: Vec<Unrepaired>,
    /// Heights that the damaged store reached.
    pub height_before: u64,
    /// Entries that were written as lines, behind the first gap.
    pub salvaged: u64,
    /// The folder in the new directory that keeps what is not in the store; `None` if that is
    /// nothing.
    pub kept_in: Option<String>,
    /// The verification of the new store.
    pub report: VerifyReport,
}

/// Recovers what verifies into `to`, which must be empty or missing. `scratch` has to be empty.
///
/// # Errors
/// [`Error::WrongRoot`] where the root that the caller expected is another; [`Error::BeforeBase`]
/// where not even what the store begins with verifies; `NotEmpty`, `Locked`,
/// `NotAStore`, `NoSuperblock` where neither superblock nor log tell the network, `StoreFull`, `Io`
/// of [`hash_store::Error`].
pub fn recover(
    storage: &Arc<dyn Storage>,
    scratch: &Arc<dyn Storage>,
    to: &Arc<dyn Storage>,
    options: RecoverOptions,
    watch: &mut (dyn FnMut(Progress) -> bool + Send),
) -> Result<Recovered> {
    let _lock = Superblocks::lock_beside(&**storage)?;
    check_empty(&**to)?;
    let mut lines = Lines::new(scratch)?;
    let note = options.expected.map(|(height, _)| height);
    let survey = survey(
        storage,
        scratch,
        &RepairOptions::default(),
        note,
        Some(&mut lines),
    )?;
    let end = survey.prefix.as_ref().unwrap_or(&survey.end);
    let (height, tip) = (end.tip.height, end.tip);
    let audit_root = end.roots.audit_root;
    let base = survey.superblock.base.clone().map(Arc::new);
    // Without all of what it begins with there is no store.
    check_height(base.as_ref(), height)?;
    let proven = match options.expected {
        None => Proven::NotAsked,
        Some((expected_height, _)) if expected_height > height => {
            Proven::NotReached(expected_height)
        }
        Some((expected_height, expected)) => {
            let empty = crate::head::AUDIT_TREE.empty();
            let computed = if expected_height == 0 {
                empty
            } else {
                survey.noted.unwrap_or(empty)
            };
            if computed != expected {
                return Err(Error::WrongRoot {
                    height: expected_height,
                    expected,
                    computed,
                });
            }
            Proven::UpTo(expected_height)
        }
    };
    let kept_in = if survey.unrepaired.is_empty() {
        None
    } else {
        lines.keep(&**to)?;
        keep_segments(&**storage, &**to, tip.end)?;
        Some(KEPT_IN.to_owned())
    };
    let layered = Arc::clone(&survey.work.layered) as Arc<dyn Storage>;
    let uuid = survey.superblock.uuid;
    let segments = Segments::open(layered, uuid, Access::Read)?;
    let begin = first_tip(&survey.network).end;
    copy_log(&segments, &**to, (begin, tip.end), false)?;
    Superblocks::found(
        &**to,
        &Superblock {
            uuid,
            generation: 0,
            clean: true,
            cut: false,
            batch: tip.batch,
            height: tip.height,
            end: tip.end,
            last_body: tip.last_body,
            chain: tip.chain,
            network: survey.network.as_str().to_owned(),
            ledgers: end.declared.clone(),
            watermarks: Vec::new(),
            base: base.map(|base| Base::clone(&base)),
        },
    )?;
    Store::open_in(Arc::clone(to), options.open)?.close()?;
    let report = verify(Arc::clone(to), Level::Full, watch)?;
    let reached = survey.end.height.max(survey.superblock.height);
    Ok(Recovered {
        height,
        audit_root,
        proven,
        height_before: reached.max(height),
        salvaged: lines.count,
        gaps: survey.unrepaired,
        kept_in,
        report,
    })
}

fn check_empty(to: &dyn Storage) -> Result<()> {
    let location = to.location();
    match to.list("") {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Ok(entries) if entries.is_empty() => Ok(()),
        Ok(_) => Err(hash_store::Error::NotEmpty { location }.into()),
        Err(source) => Err(io("list", &location)(source)),
    }
}

fn io(op: &'static str, file: &str) -> impl FnOnce(std::io::Error) -> Error {
    let file = file.to_owned();
    move |source| hash_store::Error::Io { op, file, source }.into()
}

/// Entries as lines, gathered in scratch storage.
#[derive(Debug)]
struct Lines {
    file: Arc<dyn StorageFile>,
    at: u64,
    count: u64,
}

impl Lines {
    fn new(scratch: &Arc<dyn Storage>) -> Result<Self> {
        let file = scratch.create("entries").map_err(io("create", "entries"))?;
        Ok(Self {
            file,
            at: 0,
            count: 0,
        })
    }

    fn keep(&self, to: &dyn Storage) -> Result<()> {
        to.create_dir("").map_err(io("create", &to.location()))?;
        to.create_dir(KEPT_IN).map_err(io("create", KEPT_IN))?;
        let file = to.create(SALVAGED).map_err(io("create", SALVAGED))?;
        copy(&*self.file, &*file, 0..self.at).map_err(io("write", SALVAGED))?;
        file.sync_data().map_err(io("sync", SALVAGED))
    }
}

impl Salvage for Lines {
    fn entries(&mut self, ledger: &str, height: Option<u64>, entries: &Entries<'_>) -> Result<()> {
        let height = height.map_or_else(|| "null".to_owned(), |height| height.to_string());
        for (index, entry) in entries.iter() {
            let mut line = format!(
                "{{\"ledger\":\"{ledger}\",\"leaf_index\":{index},\"seq_no\":{},\
                 \"height\":{height},\"data_hex\":\"",
                index.saturating_add(1)
            );
            for byte in entry {
                // Writing to a string does not fail.
                let _ = write!(line, "{byte:02x}");
            }
            line.push_str("\"}\n");
            let written = self.file.write_at(line.as_bytes(), self.at);
            written.map_err(io("write", "entries"))?;
            self.at += line.len() as u64;
            self.count += 1;
        }
        Ok(())
    }
}

/// Keeps the segments from the one on that holds the first gap, as they are.
fn keep_segments(from: &dyn Storage, to: &dyn Storage, end: Position) -> Result<()> {
    for segment in segment_files(from)? {
        if segment.number < end.segment() {
            continue;
        }
        let name = segment_name(segment.number);
        let kept = format!("{KEPT_IN}/{}", name.trim_start_matches("log/"));
        let file = from.open(&name, Access::Read).map_err(io("open", &name))?;
        let made = to.create(&kept).map_err(io("create", &kept))?;
        copy(&*file, &*made, 0..segment.len).map_err(io("copy", &kept))?;
        made.sync_data().map_err(io("sync", &kept))?;
    }
    for dir in [KEPT_IN, "lost+found", ""] {
        to.sync_dir(dir).map_err(io("sync", dir))?;
    }
    Ok(())
}

fn copy(from: &dyn StorageFile, to: &dyn StorageFile, range: Range<u64>) -> std::io::Result<()> {
    let mut piece = vec![0; 1 << 20];
    let mut at = range.start;
    while at < range.end {
        let len = usize::try_from(range.end - at).map_or(piece.len(), |rest| rest.min(piece.len()));
        let bytes = piece.get_mut(..len).unwrap_or_default();
        read_exact_at(from, bytes, at)?;
        to.write_at(bytes, at)?;
        at += len as u64;
    }
    Ok(())
}
