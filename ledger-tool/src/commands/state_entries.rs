//! Entries of a state, and what differs between two, read past damage.
//!
//! A damaged node ends an iterator; the rest is then read from the state made anew from its writes,
//! from the key after the last one on.

use ledger::{Error, Result, StateView};
use patricia_state::Direction;

/// Calls `each` with the keys that start with `prefix`, from `from` on, and their values, until it
/// answers `false`.
pub(crate) fn each_entry<E: From<Error>>(
    view: &StateView,
    prefix: &[u8],
    from: Option<&[u8]>,
    direction: Direction,
    mut each: impl FnMut(&[u8], &[u8]) -> std::result::Result<bool, E>,
) -> std::result::Result<(), E> {
    let reverse = direction == Direction::Backward;
    let mut last: Option<Vec<u8>> = None;
    loop {
        let start = last.as_deref().or(from);
        let entries = match start {
            None => view.entries_under(prefix, direction)?,
            Some(start) if start.starts_with(prefix) => {
                view.entries_under_from(prefix, start, direction)?
            }
            // All keys with the prefix lie on one side of the key to begin with.
            Some(start) if (start < prefix) != reverse => view.entries_under(prefix, direction)?,
            Some(_) => return Ok(()),
        };
        let mut damage = None;
        for entry in entries {
            let (key, value) = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    damage = Some(error);
                    break;
                }
            };
            if last.as_deref() == Some(&key) {
                continue;
            }
            if !each(&key, value)? {
                return Ok(());
            }
            last = Some(key);
        }
        match damage {
            None => return Ok(()),
            Some(error) => go_around(error, &[view])?,
        }
    }
}

/// Calls `each` with the keys that two states do not have the same value for, and the values before
/// and after, until it answers `false`.
pub(super) fn each_difference<E: From<Error>>(
    before: &StateView,
    after: &StateView,
    mut each: impl FnMut(&[u8], Option<&[u8]>, Option<&[u8]>) -> std::result::Result<bool, E>,
) -> std::result::Result<(), E> {
    let mut last: Option<Vec<u8>> = None;
    loop {
        let mut damage = None;
        for difference in before.diff(after) {
            let difference = match difference {
                Ok(difference) => difference,
                Err(error) => {
                    damage = Some(error);
                    break;
                }
            };
            if last.as_ref().is_some_and(|last| *last >= difference.key) {
                continue;
            }
            if !each(&difference.key, difference.before, difference.after)? {
                return Ok(());
            }
            last = Some(difference.key);
        }
        match damage {
            None => return Ok(()),
            Some(error) => go_around(error, &[before, after])?,
        }
    }
}

/// Makes states anew, all of which may have the damaged node; the error, if that was done before.
fn go_around(error: Error, views: &[&StateView]) -> Result<()> {
    if !matches!(error, Error::State(_)) || views.iter().all(|view| view.is_made_anew()) {
        return Err(error);
    }
    for view in views {
        if view.make_anew().is_err() {
            return Err(error);
        }
    }
    Ok(())
}
