//! What is the matter with a store, or was until it was set right: one kind of value for opening,
//! verifying and repairing.

use core::ops::Range;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use hash_store::{Damage, TornTail};

use crate::error::Error;
use crate::store::OpenReport;
use crate::verify::{Finding, Severity, VerifyReport};

/// What is the matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum ConditionKind {
    /// A batch that was never acknowledged is written in part.
    TornTail,
    /// One bit is set where nothing was written.
    StrayBit,
    /// One of the two superblocks does not verify; the other one counts.
    Superblock,
    /// A derived file is missing, or not what the log makes it.
    Derived,
    /// The last batch does not verify, and this disk alone cannot tell a tear from damage.
    Unsettled,
    /// Data that was acknowledged does not verify.
    Damaged,
}

impl ConditionKind {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::TornTail => "torn_tail",
            Self::StrayBit => "stray_bit",
            Self::Superblock => "superblock",
            Self::Derived => "derived",
            Self::Unsettled => "unsettled",
            Self::Damaged => "damaged",
        }
    }

    /// Whether the next open for writing sets it right by itself.
    #[must_use]
    pub const fn heals(self) -> bool {
        matches!(self, Self::TornTail | Self::StrayBit | Self::Superblock)
    }
}

/// What cannot be read or proven because of a condition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// The heights whose commits are affected.
    pub heights: Option<Range<u64>>,
    /// The entries, per ledger.
    pub entries: Vec<(String, Range<u64>)>,
    /// The ledgers whose states may have keys that these heights wrote.
    pub states: Vec<String>,
}

impl Affected {
    /// Whether nothing that was committed is.
    #[must_use]
    pub const fn is_nothing(&self) -> bool {
        self.heights.is_none() && self.entries.is_empty() && self.states.is_empty()
    }
}

/// One thing that is the matter with a store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// What it is.
    pub kind: ConditionKind,
    /// Whether it was set right.
    pub healed: bool,
    /// The stable code of what was found.
    pub code: &'static str,
    /// The file, as named in the store's directory; empty where it is no single file.
    pub file: String,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// Number of the batch; 0 where none is known.
    pub batch: u64,
    /// What it affects.
    pub affected: Affected,
}

impl OpenReport {
    /// What opening found and set right, in the form that verifying gives it too.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let tail = |kind, code, found: &TornTail| Condition {
            kind,
            healed: true,
            code,
            file: hash_store::segment_name(found.at.segment()),
            offset: found.at.offset(),
            batch: found.batch,
            affected: Affected::default(),
        };
        let torn = self.torn.iter();
        let torn = torn.map(|torn| tail(ConditionKind::TornTail, "E-TORN-TAIL", torn));
        let stray = self.stray.iter();
        let stray = stray.map(|stray| tail(ConditionKind::StrayBit, "E-STRAY-BIT", stray));
        let superblock = self.superblock.iter().map(|damage| Condition {
            healed: true,
            ..Condition::of_damage(ConditionKind::Superblock, damage)
        });
        let rebuilt = self.rebuilt.then(|| Condition {
            kind: ConditionKind::Derived,
            healed: true,
            code: "E-INDEX",
            file: String::new(),
            offset: 0,
            batch: 0,
            affected: Affected::default(),
        });
        torn.chain(stray).chain(superblock).chain(rebuilt).collect()
    }
}

impl VerifyReport {
    /// What was found, each thing once with all that it affects, the gravest first.
    #[must_use]
    pub fn conditions(&self) -> Vec<Condition> {
        let mut conditions: Vec<Condition> = Vec::new();
        for finding in &self.findings {
            let kind = kind_of(finding);
            let entries = finding.ledger.clone().zip(finding.entries.clone());
            let known = conditions.iter_mut().find(|known| {
                (known.code, known.offset) == (finding.code, finding.offset)
                    && known.file == finding.file
                    && known.kind == kind
            });
            if let Some(known) = known {
                known.affected.entries.extend(entries);
                continue;
            }
            let heights = finding.heights.clone();
            let states = self.ledgers.iter();
            let states = states.filter(|ledger| ledger.state.is_some() && heights.is_some());
            conditions.push(Condition {
                kind,
                healed: false,
                code: finding.code,
                file: finding.file.clone(),
                offset: finding.offset,
                batch: finding.batch,
                affected: Affected {
                    heights: heights.clone(),
                    entries: entries.into_iter().collect(),
                    states: states.map(|ledger| ledger.name.clone()).collect(),
                },
            });
        }
        conditions.sort_by_key(|condition| core::cmp::Reverse(condition.kind));
        conditions
    }
}

fn kind_of(finding: &Finding) -> ConditionKind {
    let is_derived = !finding.file.is_empty()
        && !finding.file.starts_with("log/")
        && !finding.file.starts_with("SUPER.");
    match finding.code {
        "E-TORN-TAIL" => ConditionKind::TornTail,
        "E-STRAY-BIT" => ConditionKind::StrayBit,
        "E-UNSETTLED" => ConditionKind::Unsettled,
        _ if finding.severity == Severity::Warning => ConditionKind::Superblock,
        _ if is_derived => ConditionKind::Derived,
        _ => ConditionKind::Damaged,
    }
}

impl Condition {
    fn of_damage(kind: ConditionKind, damage: &Damage) -> Self {
        Self {
            kind,
            healed: false,
            code: damage.flaw.kind.code(),
            file: damage.file.clone(),
            offset: damage.offset,
            batch: damage.batch,
            affected: Affected::default(),
        }
    }
}

impl Error {
    /// The condition of the store that made opening it fail, where it is one and not, say, an I/O
    /// error or a lock.
    #[must_use]
    pub fn condition(&self) -> Option<Condition> {
        use hash_store::Error as Log;
        let nowhere = |code, file: &str, batch| Condition {
            kind: ConditionKind::Damaged,
            healed: false,
            code,
            file: file.to_owned(),
            offset: 0,
            batch,
            affected: Affected::default(),
        };
        match self {
            Self::Log(Log::Unsettled(damage)) => Some(Condition {
                code: self.code(),
                ..Condition::of_damage(ConditionKind::Unsettled, damage)
            }),
            Self::Log(Log::CorruptCommitted(damage) | Log::DamagedHeader(damage)) => {
                let is_log = damage.file.starts_with("log/") || damage.file.starts_with("SUPER.");
                let kind = if is_log {
                    ConditionKind::Damaged
                } else {
                    ConditionKind::Derived
                };
                Some(Condition::of_damage(kind, damage))
            }
            Self::Log(Log::NoSuperblock(_)) => Some(nowhere(self.code(), "SUPER.0", 0)),
            Self::Log(Log::MissingSegment { number }) => {
                let file = hash_store::segment_name(*number);
                Some(nowhere(self.code(), &file, 0))
            }
            Self::Log(Log::LogBehind { expected }) => Some(nowhere(self.code(), "", *expected)),
            Self::Mismatch { batch, .. } | Self::Payload { batch, .. } => {
                Some(nowhere(self.code(), "", *batch))
            }
            _ => None,
        }
    }
}
