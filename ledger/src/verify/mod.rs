//! Verifying a store: everything on the disk is held against everything else.
//!
//! Nothing is written, no lock is taken, and damage in one place never keeps the rest from being
//! looked at: each finding says what it affects, in entries of which ledger.

mod derived;
mod log;
mod runs;
mod states;

use std::ops::Range;
use std::sync::Arc;

use hash_store::{
    Access, Damage, MemStorage, Segments, Storage, SuperblockState, Superblocks, check_reached,
    is_quiet_after, read_tip,
};
use merkle_log::{Hash, TreeType};
use patricia_state::StateScheme;

use crate::error::{Error, Result};
use crate::names::NetworkId;
use log::Walk;

/// How much is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// Superblocks, headers and footers of all segments, the log behind the superblock, the last
    /// roots: O(segments) and what was written since the last watermark.
    Quick,
    /// Every batch, every hash of every tree, every derived file; of states every node that a
    /// recorded root leads to.
    Full,
    /// All of that, and every state made anew from nothing by replaying its writes, each of its
    /// roots compared with the recorded one.
    Deep,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Everything that was looked at verifies.
    Verified,
    /// Nothing is damaged, but the last batch is torn, or the verification was stopped.
    Incomplete,
    /// Something does not verify.
    Damaged,
}

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// Something does not verify.
    Error,
    /// Something is as a crash leaves it; the next open for writing heals it.
    Warning,
}

/// One thing that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Stable code.
    pub code: &'static str,
    /// How grave it is.
    pub severity: Severity,
    /// The file, as named in the store's directory; empty where it is no single file.
    pub file: String,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Number of the batch; 0 where none is known.
    pub batch: u64,
    /// The ledger whose entries are affected.
    pub ledger: Option<String>,
    /// The entries that cannot be read or proven because of it.
    pub entries: Option<Range<u64>>,
    /// The heights whose commits cannot.
    pub heights: Option<Range<u64>>,
    /// What was found, for people.
    pub message: String,
}

/// One ledger as verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedLedger {
    /// Its name.
    pub name: String,
    /// Type of its tree.
    pub tree: TreeType,
    /// Entries it has.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// Entries from the first on whose every byte and root verified; at [`Level::Quick`] those
    /// that the last root was checked for.
    pub verified_size: u64,
    /// What its state is computed with, if it has one.
    pub state: Option<StateScheme>,
    /// Root of its state; zero without one.
    pub state_root: Hash,
    /// Keys of its state, where all of them were read: from [`Level::Full`] on.
    pub state_keys: Option<u64>,
}

/// What a verification found.
#[derive(Clone, Debug)]
pub struct VerifyReport {
    /// The answer.
    pub verdict: Verdict,
    /// The network.
    pub network: String,
    /// Height of the last commit.
    pub height: u64,
    /// Number of the last batch.
    pub batches: u64,
    /// Segments that hold batches.
    pub segments: u64,
    /// Bytes of the log that were read.
    pub bytes_read: u64,
    /// Root of the audit tree.
    pub audit_root: Hash,
    /// Every ledger.
    pub ledgers: Vec<VerifiedLedger>,
    /// Everything that was found.
    pub findings: Vec<Finding>,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Bytes of the log looked at.
    pub bytes_done: u64,
    /// Bytes of the log in all.
    pub bytes_total: u64,
}

/// Verifies a store; at [`Level::Deep`] states are made anew in memory. As [`verify_in`].
///
/// # Errors
/// As [`verify_in`].
pub fn verify(
    storage: Arc<dyn Storage>,
    level: Level,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<VerifyReport> {
    verify_in(storage, Arc::new(MemStorage::new()), level, watch)
}

/// Verifies a store. At [`Level::Deep`] states are made anew in `scratch`, which has to be empty;
/// they take what the store's own node logs do. `watch` is told of progress and stops the verification by answering `false`.
///
/// # Errors
/// Where there is nothing to verify or it cannot be read: `NotAStore`, `NoSuperblock`,
/// `FormatVersion`, `UnknownFeatures`, `Io` of [`hash_store::Error`]. Damage is no error: it is a
/// finding.
#[expect(
    clippy::needless_pass_by_value,
    reason = "as the other openers of a store"
)]
pub fn verify_in(
    storage: Arc<dyn Storage>,
    scratch: Arc<dyn Storage>,
    level: Level,
    watch: &mut dyn FnMut(Progress) -> bool,
) -> Result<VerifyReport> {
    let state = Superblocks::read(&*storage)?;
    let network: NetworkId = state.current.network.parse()?;
    let mut findings = Vec::new();
    if let Some(damage) = &state.other {
        // A crash while it was written leaves one superblock so; the other one counts.
        findings.push(Finding {
            severity: Severity::Warning,
            ..of_damage(damage)
        });
    }
    let uuid = state.current.uuid;
    let segments = match Segments::open(Arc::clone(&storage), uuid, Access::Read) {
        Ok(segments) => Arc::new(segments),
        Err(error) => {
            findings.push(of_log_error(&error));
            return Ok(nothing_read(&network, findings));
        }
    };
    if let Err(error) = check_reached(&segments, &state.current) {
        findings.push(of_log_error(&error));
    }
    let bound = bound(&segments, &state)?;
    let mut walk = Walk::new(
        &segments,
        network.clone(),
        &state.current,
        level,
        bound,
        scratch,
    )?;
    walk.run(watch, &mut findings)?;
    log::check_segments(&segments, walk.tip(), &mut findings);
    let known = findings.len();
    let keys = derived::check(&segments, &state.current, &walk, bound, &mut findings);
    // Nodes that a root of an earlier height leads to too were found before.
    let found = findings.split_off(known);
    for finding in found {
        let same = |other: &Finding| {
            (other.code, &other.file, other.offset) == (finding.code, &finding.file, finding.offset)
        };
        if !findings.iter().any(same) {
            findings.push(finding);
        }
    }
    let mut ledgers = walk.ledgers();
    for (ledger, keys) in ledgers.iter_mut().zip(keys) {
        ledger.state_keys = keys;
    }
    let errors = findings.iter().any(|f| f.severity == Severity::Error);
    Ok(VerifyReport {
        verdict: if errors {
            Verdict::Damaged
        } else if walk.stopped || !findings.is_empty() {
            Verdict::Incomplete
        } else {
            Verdict::Verified
        },
        network: network.as_str().to_owned(),
        height: walk.roots.height,
        batches: walk.tip().batch,
        segments: walk.tip().end.segment() + 1,
        bytes_read: walk.bytes_read,
        audit_root: walk.roots.audit_root,
        ledgers,
        findings,
    })
}

/// Up to where the log is verified, and whether derived files must reach as far.
#[derive(Clone, Copy, Debug)]
struct Bound {
    /// Beside a live writer or in a closed store: the end of what it said is committed.
    end: Option<hash_store::Position>,
    /// Derived files were written up to the end, not only up to the superblock.
    derived_reach_it: bool,
    /// The superblock vouches for derived files; a backup has none.
    derived_are_there: bool,
}

fn bound(segments: &Segments, state: &SuperblockState) -> Result<Bound> {
    let superblock = &state.current;
    let marks = &superblock.watermarks;
    let covered = marks.iter().all(|mark| mark.batch == superblock.batch);
    let derived_are_there = covered && !marks.is_empty();
    if superblock.cut {
        return Ok(Bound {
            end: Some(superblock.end),
            derived_reach_it: false,
            derived_are_there,
        });
    }
    let tip = read_tip(&**segments.storage(), &superblock.uuid)?
        .filter(|tip| tip.batch >= superblock.batch);
    if let Some(tip) = tip {
        return Ok(Bound {
            end: Some(tip.end),
            derived_reach_it: true,
            derived_are_there,
        });
    }
    let quiet = is_quiet_after(segments, superblock.end).unwrap_or(false);
    Ok(Bound {
        end: None,
        derived_reach_it: state.clean && quiet && derived_are_there,
        derived_are_there,
    })
}

fn nothing_read(network: &NetworkId, findings: Vec<Finding>) -> VerifyReport {
    VerifyReport {
        verdict: Verdict::Damaged,
        network: network.as_str().to_owned(),
        height: 0,
        batches: 0,
        segments: 0,
        bytes_read: 0,
        audit_root: Hash::default(),
        ledgers: Vec::new(),
        findings,
    }
}

fn of_damage(damage: &Damage) -> Finding {
    Finding {
        code: damage.flaw.kind.code(),
        severity: Severity::Error,
        file: damage.file.clone(),
        offset: damage.offset,
        batch: damage.batch,
        ledger: None,
        entries: None,
        heights: None,
        message: damage.flaw.to_string(),
    }
}

fn of_log_error(error: &hash_store::Error) -> Finding {
    if let Some(damage) = error.damage() {
        return of_damage(damage);
    }
    Finding {
        code: error.code(),
        message: error.to_string(),
        ..nowhere()
    }
}

fn of_error(error: &Error, batch: u64) -> Finding {
    Finding {
        code: error.code(),
        batch,
        message: error.to_string(),
        ..nowhere()
    }
}

const fn nowhere() -> Finding {
    Finding {
        code: "",
        severity: Severity::Error,
        file: String::new(),
        offset: 0,
        batch: 0,
        ledger: None,
        entries: None,
        heights: None,
        message: String::new(),
    }
}
