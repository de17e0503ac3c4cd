//! Verifying a store: everything on the disk is held against everything else.
//!
//! Nothing is written, no lock is taken, and damage in one place never keeps the rest from being
//! looked at: each finding says what it affects, in entries of which ledger.

mod ahead;
mod codes;
mod derived;
mod log;
mod options;
mod resume;
mod run;
mod runs;
mod since;
mod states;

use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use hash_store::{
    Damage, MemStorage, Position, Segments, Storage, SuperblockState, is_quiet_after, read_tip,
};
use merkle_log::{Hash, TreeType};
use patricia_state::StateScheme;

use crate::error::{Error, Result};
use crate::names::NetworkId;
pub use options::{AuditRoot, Level, Progress, VerifyOptions, Watch};
pub use resume::Resume;
pub use run::verify_with;

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
    /// The first height that was looked at: 1, or a later one where a root vouched for what is
    /// before.
    pub first_height: u64,
    /// Where to go on, if it was stopped; none of a deep verification of states, which are gone
    /// then, and none amid what a store begins with that does not begin with height 1.
    pub resume: Option<Resume>,
}

/// Verifies a store; at [`Level::Deep`] states are made anew in memory. As [`verify_in`].
///
/// # Errors
/// As [`verify_in`].
pub fn verify(
    storage: Arc<dyn Storage>,
    level: Level,
    watch: &mut (dyn FnMut(Progress) -> bool + Send),
) -> Result<VerifyReport> {
    verify_in(storage, Arc::new(MemStorage::new()), level, watch)
}

/// Verifies a store on the calling thread, from its beginning. As [`verify_with`].
///
/// # Errors
/// As [`verify_with`].
#[expect(
    clippy::needless_pass_by_value,
    reason = "as the other openers of a store"
)]
pub fn verify_in(
    storage: Arc<dyn Storage>,
    scratch: Arc<dyn Storage>,
    level: Level,
    watch: &mut (dyn FnMut(Progress) -> bool + Send),
) -> Result<VerifyReport> {
    let watch = Mutex::new(watch);
    let watch = |progress| watch.lock().unwrap_or_else(PoisonError::into_inner)(progress);
    verify_with(&storage, &scratch, &VerifyOptions::new(level), &watch)
}

/// Up to where the log is verified, and whether derived files must reach as far.
#[derive(Clone, Copy, Debug)]
struct Bound {
    /// Beside a live writer or in a closed store: the end of what it said is committed.
    end: Option<Position>,
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
        first_height: 1,
        resume: None,
    }
}

/// Adds a finding that is not there yet.
fn note(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

/// The store does not have a root that is known from elsewhere.
fn wrong_root(anchor: &AuditRoot, found: &str) -> Finding {
    let AuditRoot { height, root } = anchor;
    Finding {
        code: "E-WRONG-ROOT",
        message: format!("the audit root after height {height} is to be {root}; {found}"),
        ..nowhere()
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
