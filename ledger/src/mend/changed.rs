//! Which keys of a state some commits changed, for saying what damage to them affects.
//!
//! The writes themselves may be what is damaged. The states before and after them are derived from
//! the log and lie elsewhere, so mostly they still tell; where they do not, it is not known.

use core::ops::Range;

use crate::error::Result;
use crate::store::{Snapshot, StateView};

/// Keys of the trie that have other values after some commits than before them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedKeys {
    /// The keys in the trie's order: in the hashed key mode their hashes.
    pub keys: Vec<Vec<u8>>,
    /// There are more than were asked for.
    pub more: bool,
    /// The commit behind these had to be counted in, as the last one cannot be read.
    pub with_next: bool,
}

/// The keys of a ledger's state that the commits of these heights changed, at most `limit` of them.
/// O(what differs).
///
/// # Errors
/// As [`Snapshot::at_height`] and [`Snapshot::state`] for the states around: where neither that of the
/// last height can be read nor that of the next one.
pub fn changed_keys(
    snapshot: &Snapshot,
    ledger: &str,
    heights: Range<u64>,
    limit: usize,
) -> Result<ChangedKeys> {
    let at = |height: u64| -> Result<StateView> { snapshot.at_height(height)?.state(ledger) };
    let before = at(heights.start.saturating_sub(1))?;
    let (after, with_next) = match at(heights.end.saturating_sub(1)) {
        Ok(after) => (after, false),
        Err(_) => (at(heights.end)?, true),
    };
    let mut changed = ChangedKeys {
        with_next,
        ..ChangedKeys::default()
    };
    for difference in before.diff(&after) {
        if changed.keys.len() == limit {
            changed.more = true;
            break;
        }
        changed.keys.push(difference?.key);
    }
    Ok(changed)
}
