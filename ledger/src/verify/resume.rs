//! Where a verification was stopped, as a file for the next one.
//!
//! | size | field |
//! |---|---|
//! | 4 | `LVRS` |
//! | 4 | version, 1 |
//! | 8 | length of the fields |
//! | n | fields, a bincode value |
//! | 32 | SHA-256 of all before |
//!
//! It is no part of a store's format: it lives as long as one verification takes.
//!
//! Invariants: a file is taken for the store and the question that it was made for, or refused;
//! decoding allocates by what the file holds.

use std::collections::{BTreeMap, BTreeSet};

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use hash_store::{LogTip, Position, Superblock, check_reached};
use merkle_log::{CompactRange, Hash};
use patricia_state::Location;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::codes::known_code;
use super::log::{Attached, Walk};
use super::options::{AuditRoot, Level, VerifyOptions};
use super::runs::{RunRead, SeenRuns};
use super::states::Counted;
use super::{Finding, Severity};
use crate::body::{LedgerRoots, state_codes, state_of_codes};
use crate::error::{Error, Result};
use crate::state::StatePlace;
use crate::store::Roots;
use merkle_log::TreeType;

const MAGIC: &[u8; 4] = b"LVRS";
const VERSION: u32 = 1;
const HEAD: usize = 16;
const SUM: usize = 32;
/// No field is longer, whatever a length in the file says.
const LIMIT: usize = 1 << 30;

const CONFIG: Configuration<LittleEndian, Fixint, Limit<LIMIT>> =
    bincode::config::legacy().with_limit::<LIMIT>();

/// Where a verification was stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resume(Box<Saved>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Saved {
    uuid: [u8; 16],
    level: u8,
    anchors: [Option<(u64, [u8; 32])>; 2],
    log: SavedTip,
    height: u64,
    time_ms: u64,
    audit_root: [u8; 32],
    ledgers: Vec<SavedLedger>,
    /// Per ledger and of the audit tree; `None` behind damage.
    ranges: Option<Vec<Vec<[u8; 32]>>>,
    first_height: u64,
    verified: Vec<Option<u64>>,
    attached: Vec<(u64, u64)>,
    attached_is_all: bool,
    open: Vec<SavedFinding>,
    findings: Vec<SavedFinding>,
    bytes_read: u64,
    bytes_done: u64,
    compared: Option<SavedCompare>,
    closing: Option<Closing>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedTip {
    batch: u64,
    end: u64,
    last_body: Option<u64>,
    chain: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedLedger {
    name: String,
    tree: u8,
    state: [u8; 2],
    size: u64,
    root: [u8; 32],
    state_root: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedFinding {
    code: String,
    is_error: bool,
    file: String,
    offset: u64,
    batch: u64,
    ledger: Option<String>,
    entries: Option<(u64, u64)>,
    heights: Option<(u64, u64)>,
    message: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SavedCompare {
    reach: Option<u64>,
    seen: Vec<(String, u64)>,
    findings: Vec<SavedFinding>,
    /// Height, location of the root, end of the node log.
    lasts: Vec<Option<(u64, Option<u64>, u64)>>,
    runs: Option<SeenRuns>,
}

/// How far the work is that follows the walk over the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Closing {
    /// Where the log ended.
    pub(super) end: u64,
    /// `None` once all runs were read.
    pub(super) runs: Option<RunRead>,
    /// Keys of the states that were counted; none of one that is damaged.
    pub(super) keys: Vec<Option<u64>>,
    /// Keys of the next state that were counted, up to this one.
    counted: u64,
    last: Option<Vec<u8>>,
}

impl Closing {
    /// Nothing of it is done, for a log that ended there.
    pub(super) fn begin(end: u64) -> Self {
        Self {
            end,
            runs: Some(RunRead::default()),
            keys: Vec::new(),
            counted: 0,
            last: None,
        }
    }

    pub(super) fn counted(&self) -> Counted {
        Counted {
            keys: self.counted,
            last: self.last.clone(),
        }
    }

    pub(super) fn set_counted(&mut self, counted: Counted) {
        (self.counted, self.last) = (counted.keys, counted.last);
    }
}

impl Resume {
    /// The file.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let fields = bincode::serde::encode_to_vec(&*self.0, CONFIG).unwrap_or_default();
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&(fields.len() as u64).to_le_bytes());
        bytes.extend_from_slice(&fields);
        let sum = Sha256::digest(&bytes);
        bytes.extend_from_slice(&sum);
        bytes
    }

    /// Reads the file.
    ///
    /// # Errors
    /// [`Error::Resume`] for what is no such file, is damaged, or of another release.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let refused = |what| Error::Resume { what };
        let magic = bytes.get(..4);
        if magic != Some(&MAGIC[..]) {
            return Err(refused("it is none"));
        }
        let version = bytes.get(4..8).and_then(|version| version.try_into().ok());
        if version.map(u32::from_le_bytes) != Some(VERSION) {
            return Err(refused("it is of another release"));
        }
        let damaged = || refused("it is damaged");
        let (before, sum) = bytes
            .len()
            .checked_sub(SUM)
            .and_then(|at| bytes.split_at_checked(at))
            .ok_or_else(damaged)?;
        let (head, fields) = before.split_at_checked(HEAD).ok_or_else(damaged)?;
        let stated = head.get(8..).and_then(|len| len.try_into().ok());
        let stated = stated.map(u64::from_le_bytes);
        if stated != Some(fields.len() as u64) || Sha256::digest(before)[..] != *sum {
            return Err(damaged());
        }
        let decoded = bincode::serde::decode_from_slice::<Saved, _>(fields, CONFIG);
        let (saved, consumed) = decoded.map_err(|_| damaged())?;
        if consumed != fields.len() {
            return Err(damaged());
        }
        Ok(Self(Box::new(saved)))
    }

    /// The height up to which the log was walked.
    #[must_use]
    pub const fn height(&self) -> u64 {
        self.0.height
    }

    /// Bytes that were looked at.
    pub(super) const fn bytes_done(&self) -> u64 {
        self.0.bytes_done
    }

    pub(super) const fn first_height(&self) -> u64 {
        self.0.first_height
    }

    /// What a walk knows.
    pub(super) fn of(walk: &Walk<'_>, first_height: u64, closing: Option<Closing>) -> Self {
        let bytes = |ranges: &CompactRange| {
            let hashes = ranges.hashes().iter();
            hashes.map(|hash| *hash.as_bytes()).collect::<Vec<_>>()
        };
        let ranges = walk.head.as_ref().map(|head| {
            let ledgers = head.ledgers.iter().map(|ledger| &ledger.range);
            ledgers.chain([&head.audit]).map(bytes).collect()
        });
        let (attached, attached_is_all) = match &walk.attached {
            Attached::Seen(seen, is_all) => (seen.clone(), *is_all),
            Attached::Later(_) => (BTreeMap::new(), false),
        };
        let compared = walk.compare.as_ref().map(|compare| SavedCompare {
            reach: compare.reach(),
            seen: compare.seen.iter().cloned().collect(),
            findings: compare.findings.iter().map(SavedFinding::of).collect(),
            lasts: compare
                .lasts
                .iter()
                .map(|last| {
                    let (height, place) = (*last)?;
                    Some((height, place.root.map(|at| at.0), place.end.0))
                })
                .collect(),
            runs: compare.runs.as_ref().map(super::runs::Runs::seen),
        });
        let task = &walk.task;
        let anchor = |anchor: AuditRoot| (anchor.height, *anchor.root.as_bytes());
        Self(Box::new(Saved {
            uuid: task.superblock.uuid,
            level: level_code(task.level),
            anchors: task.anchors.map(|known| known.map(anchor)),
            log: SavedTip {
                batch: walk.log.batch,
                end: walk.log.end.to_bits(),
                last_body: walk.log.last_body.map(Position::to_bits),
                chain: walk.log.chain,
            },
            height: walk.roots.height,
            time_ms: walk.roots.time_ms,
            audit_root: *walk.roots.audit_root.as_bytes(),
            ledgers: walk.roots.ledgers.iter().map(SavedLedger::of).collect(),
            ranges,
            first_height,
            verified: walk.verified.clone(),
            attached: attached
                .iter()
                .map(|(height, at)| (*height, at.to_bits()))
                .collect(),
            attached_is_all,
            open: walk.open.iter().map(SavedFinding::of).collect(),
            findings: walk.findings.iter().map(SavedFinding::of).collect(),
            bytes_read: walk.bytes_read,
            bytes_done: walk.bytes_read,
            compared,
            closing,
        }))
    }

    /// Notes how many bytes were looked at.
    pub(super) fn with_done(mut self, bytes: u64) -> Self {
        self.0.bytes_done = bytes;
        self
    }

    /// Brings a walk to where it was, if it is of the same store, with the same question, and the
    /// log up to there is what it was.
    pub(super) fn apply(
        &self,
        walk: &mut Walk<'_>,
        options: &VerifyOptions,
    ) -> Result<Option<Closing>> {
        let refused = |what| Error::Resume { what };
        let saved = &*self.0;
        let task = walk.task;
        if saved.uuid != task.superblock.uuid {
            return Err(refused("it is of another store"));
        }
        let anchor = |anchor: AuditRoot| (anchor.height, *anchor.root.as_bytes());
        let anchors = task.anchors.map(|known| known.map(anchor));
        if saved.level != level_code(options.level) || saved.anchors != anchors {
            return Err(refused("it was made with another level or root"));
        }
        let log = LogTip {
            batch: saved.log.batch,
            height: saved.height,
            end: Position::from_bits(saved.log.end),
            last_body: saved.log.last_body.map(Position::from_bits),
            chain: saved.log.chain,
        };
        let reached = Superblock {
            batch: log.batch,
            end: log.end,
            chain: log.chain,
            ..task.superblock.clone()
        };
        if check_reached(task.segments, &reached).is_err() {
            return Err(refused("the log is not the one that was verified"));
        }
        let no_fit = || refused("it does not fit together");
        let ledgers = saved.ledgers.iter().map(SavedLedger::roots);
        walk.roots = Roots {
            height: saved.height,
            time_ms: saved.time_ms,
            audit_root: Hash::new(saved.audit_root),
            ledgers: ledgers.collect::<Option<_>>().ok_or_else(no_fit)?,
        };
        walk.log = log;
        walk.head = match &saved.ranges {
            None => None,
            Some(ranges) => Some(saved.head(walk, ranges).ok_or_else(no_fit)?),
        };
        walk.verified.clone_from(&saved.verified);
        let attached = saved.attached.iter();
        let attached = attached.map(|(height, at)| (*height, Position::from_bits(*at)));
        walk.attached = Attached::Seen(attached.collect(), saved.attached_is_all);
        walk.open = findings(&saved.open).ok_or_else(no_fit)?;
        walk.findings = findings(&saved.findings).ok_or_else(no_fit)?;
        walk.bytes_read = saved.bytes_read;
        if walk.compare.is_some() != saved.compared.is_some() {
            return Err(refused("the store was opened for writing since"));
        }
        if let (Some(compare), Some(compared)) = (&mut walk.compare, &saved.compared) {
            // What was left out then because no watermark covered it would be left out for ever.
            if compared.reach.is_some_and(|reach| reach < saved.height)
                && compare.reach() != compared.reach
            {
                return Err(refused("the store was opened for writing since"));
            }
            compare.seen = compared.seen.iter().cloned().collect::<BTreeSet<_>>();
            compare.findings = findings(&compared.findings).ok_or_else(no_fit)?;
            let lasts = compared.lasts.iter().map(|last| {
                let (height, root, end) = (*last)?;
                let (root, end) = (root.map(Location), Location(end));
                Some((height, StatePlace { root, end }))
            });
            compare.lasts = lasts.collect();
            if let (Some(runs), Some(seen)) = (&mut compare.runs, &compared.runs) {
                runs.saw(seen);
            }
        }
        Ok(saved.closing.clone())
    }
}

impl Saved {
    fn head(&self, walk: &Walk<'_>, ranges: &[Vec<[u8; 32]>]) -> Option<crate::head::Head> {
        let sizes = walk.roots.ledgers.iter().map(|ledger| ledger.size);
        let sizes = sizes.chain([self.height]);
        let range = |(size, hashes): (u64, &Vec<[u8; 32]>)| {
            let hashes = hashes.iter().copied().map(Hash::new).collect();
            CompactRange::from_hashes(0, size, hashes).ok()
        };
        if ranges.len() != walk.roots.ledgers.len() + 1 {
            return None;
        }
        let mut all = sizes.zip(ranges).map(range).collect::<Option<Vec<_>>>()?;
        let audit = all.pop()?;
        walk.head_of(self.height, self.time_ms, &walk.roots.ledgers, all, audit)
    }
}

impl SavedLedger {
    fn of(ledger: &LedgerRoots) -> Self {
        let (suite, key_mode) = state_codes(ledger.state);
        Self {
            name: ledger.name.as_str().to_owned(),
            tree: ledger.tree.code(),
            state: [suite, key_mode],
            size: ledger.size,
            root: *ledger.root.as_bytes(),
            state_root: *ledger.state_root.as_bytes(),
        }
    }

    fn roots(&self) -> Option<LedgerRoots> {
        let [suite, key_mode] = self.state;
        Some(LedgerRoots {
            name: self.name.parse().ok()?,
            tree: TreeType::from_code(self.tree)?,
            state: state_of_codes(suite, key_mode).ok()?,
            size: self.size,
            root: Hash::new(self.root),
            state_root: Hash::new(self.state_root),
        })
    }
}

impl SavedFinding {
    fn of(finding: &Finding) -> Self {
        Self {
            code: finding.code.to_owned(),
            is_error: finding.severity == Severity::Error,
            file: finding.file.clone(),
            offset: finding.offset,
            batch: finding.batch,
            ledger: finding.ledger.clone(),
            entries: finding
                .entries
                .as_ref()
                .map(|range| (range.start, range.end)),
            heights: finding
                .heights
                .as_ref()
                .map(|range| (range.start, range.end)),
            message: finding.message.clone(),
        }
    }

    fn finding(&self) -> Option<Finding> {
        Some(Finding {
            code: known_code(&self.code)?,
            severity: if self.is_error {
                Severity::Error
            } else {
                Severity::Warning
            },
            file: self.file.clone(),
            offset: self.offset,
            batch: self.batch,
            ledger: self.ledger.clone(),
            entries: self.entries.map(|(begin, end)| begin..end),
            heights: self.heights.map(|(begin, end)| begin..end),
            message: self.message.clone(),
        })
    }
}

fn findings(saved: &[SavedFinding]) -> Option<Vec<Finding>> {
    saved.iter().map(SavedFinding::finding).collect()
}

const fn level_code(level: Level) -> u8 {
    match level {
        Level::Quick => 0,
        Level::Full => 1,
        Level::Deep => 2,
    }
}
