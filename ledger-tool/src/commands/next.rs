//! The commands to run next, as they are printed after what a command found.

use std::path::Path;

use ledger::mend::changed_keys;
use ledger::{Affected, Condition, ConditionKind, Reader};
use serde::Serialize;

use crate::human;

/// Stands for a directory that only the user knows.
const PEER: &str = "PEER";

#[derive(Serialize)]
pub(super) struct AffectedDoc {
    heights: Option<RangeDoc>,
    entries: Vec<EntriesDoc>,
    /// Ledgers with keys that these heights may have written.
    states: Vec<String>,
    /// Which these are, where that was looked at and can be told.
    keys: Option<Vec<KeysDoc>>,
}

#[derive(Serialize)]
struct KeysDoc {
    ledger: String,
    keys_hex: Vec<String>,
    more: bool,
    /// Those of the next height are among them.
    with_next: bool,
}

/// So many keys are named of a ledger.
const KEYS_MAX: usize = 100;

#[derive(Serialize)]
struct RangeDoc {
    begin: u64,
    end: u64,
}

#[derive(Serialize)]
struct EntriesDoc {
    ledger: String,
    begin: u64,
    end: u64,
}

impl AffectedDoc {
    pub(super) fn of(affected: &Affected) -> Self {
        let entries = affected.entries.iter().map(|(ledger, range)| EntriesDoc {
            ledger: ledger.clone(),
            begin: range.start,
            end: range.end,
        });
        Self {
            heights: affected.heights.as_ref().map(|heights| RangeDoc {
                begin: heights.start,
                end: heights.end,
            }),
            entries: entries.collect(),
            states: affected.states.clone(),
            keys: None,
        }
    }

    /// The same with the keys, as a reader of the damaged store still tells them.
    pub(super) fn with_keys(affected: &Affected, reader: Option<&Reader>) -> Self {
        let heights = affected.heights.clone();
        let keys = reader.zip(heights).map(|(reader, heights)| {
            let snapshot = reader.snapshot();
            let states = affected.states.iter();
            let known = states.filter_map(|ledger| {
                let changed = changed_keys(&snapshot, ledger, heights.clone(), KEYS_MAX).ok()?;
                Some(KeysDoc {
                    ledger: ledger.clone(),
                    keys_hex: changed.keys.iter().map(|key| human::hex(key)).collect(),
                    more: changed.more,
                    with_next: changed.with_next,
                })
            });
            known.collect()
        });
        let keys = keys.filter(|_| !affected.states.is_empty());
        Self {
            keys,
            ..Self::of(affected)
        }
    }

    /// The keys in words, a line for each ledger.
    pub(super) fn key_lines(&self) -> Vec<String> {
        let keys = self.keys.iter().flatten();
        keys.map(|of| {
            let more = if of.more { " and more" } else { "" };
            let next = if of.with_next {
                " or in the next commit"
            } else {
                ""
            };
            let (ledger, keys) = (&of.ledger, of.keys_hex.join(" "));
            format!("keys of {ledger} that were written there{next}: {keys}{more}")
        })
        .collect()
    }
}

/// What is affected, in words; empty if that is nothing.
pub(super) fn effect(affected: &Affected) -> String {
    let mut parts = Vec::new();
    for (ledger, range) in &affected.entries {
        parts.push(format!(
            "entries [{},{}) of {ledger}",
            range.start, range.end
        ));
    }
    if let Some(heights) = &affected.heights {
        parts.push(format!("heights [{},{})", heights.start, heights.end));
    }
    for ledger in &affected.states {
        parts.push(format!("keys of {ledger} that these heights wrote"));
    }
    parts.join(", ")
}

/// A path as a word of a command.
pub(super) fn word(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+:@%=,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

/// What to do about what a verification found, the surest first.
pub(super) fn after_verify(dir: &Path, conditions: &[Condition]) -> Vec<String> {
    let Some(gravest) = conditions.iter().map(|condition| condition.kind).max() else {
        return Vec::new();
    };
    let repair = format!("ledger-tool repair {}", word(dir));
    match gravest {
        ConditionKind::Damaged => vec![
            repair.clone(),
            format!("{repair} --from {PEER}"),
            recover(dir),
        ],
        ConditionKind::Unsettled => vec![
            format!("{repair} --from {PEER}"),
            format!("{repair} --drop-last-batch"),
        ],
        _ => vec![format!("{repair} --apply")],
    }
}

/// The command that brings what verifies elsewhere.
pub(super) fn recover(dir: &Path) -> String {
    let mut output = dir.as_os_str().to_owned();
    output.push("-recovered");
    let output = word(Path::new(&output));
    format!("ledger-tool recover {} --output {output}", word(dir))
}

/// The command that repairs from somewhere else.
pub(super) fn repair_from_peer(dir: &Path) -> String {
    format!("ledger-tool repair {} --from {PEER}", word(dir))
}

/// The lines of a text that name the next commands.
pub(super) fn lines(next: &[String]) -> String {
    next.iter().map(|next| format!("next  {next}\n")).collect()
}
