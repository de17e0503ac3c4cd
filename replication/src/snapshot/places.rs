//! The directories of a node that begins with a state, and how one takes another's place.
//!
//! ```text
//! data      the store that the node runs on
//! data.new  one that is being made from a state: never used unless it was finished
//! history   one with all history that is being filled, beside a `data` that begins at a height
//! data.old  what `data` was before `history` took its place
//! ```
//!
//! Invariants:
//!
//! - a node has `data`, or none of these is used but `history`, to go on filling it;
//! - each step is one rename or removal, and the directory is synced behind it: whatever step was the
//!   last, the next start goes on from there;
//! - `data.old` is there only after `history` was found to be level with `data`.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// The names of the directories.
pub(crate) const DATA: &str = "data";
const NEW: &str = "data.new";
const HISTORY: &str = "history";
const OLD: &str = "data.old";

/// Where the store lies that the node runs on.
pub(crate) fn data(dir: &Path) -> PathBuf {
    dir.join(DATA)
}

/// Where the store lies that is filled with all history.
pub(crate) fn history(dir: &Path) -> PathBuf {
    dir.join(HISTORY)
}

/// Does what a process that ended left undone: before anything else looks at the directories.
pub(crate) fn settle(dir: &Path) -> io::Result<()> {
    remove(dir, NEW)?;
    if dir.join(OLD).exists() {
        if !dir.join(DATA).exists() {
            rename(dir, HISTORY, DATA)?;
        }
        remove(dir, OLD)?;
    }
    Ok(())
}

/// An empty place for a store that is being made.
pub(crate) fn begin(dir: &Path) -> io::Result<PathBuf> {
    remove(dir, NEW)?;
    let new = dir.join(NEW);
    fs::create_dir_all(&new)?;
    Ok(new)
}

/// Puts a store that was made and closed in the place of the one that there is not.
pub(crate) fn use_new(dir: &Path) -> io::Result<()> {
    rename(dir, NEW, DATA)
}

/// Puts the store with all history, which is closed and level, in the place of the one that begins at
/// a height.
pub(crate) fn change_over(dir: &Path) -> io::Result<()> {
    rename(dir, DATA, OLD)?;
    settle(dir)
}

fn rename(dir: &Path, from: &str, to: &str) -> io::Result<()> {
    fs::rename(dir.join(from), dir.join(to))?;
    sync(dir)
}

fn remove(dir: &Path, name: &str) -> io::Result<()> {
    match fs::remove_dir_all(dir.join(name)) {
        Ok(()) => sync(dir),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    }
}

fn sync(dir: &Path) -> io::Result<()> {
    File::open(dir)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;
    use tempfile::TempDir;

    /// A directory, and what stands in its file `store`.
    type Place<'a> = (&'a str, &'a str);

    fn made(places: &[Place<'_>]) -> TempDir {
        let dir = tempfile::tempdir().unwrap();
        for (name, holds) in places {
            let place = dir.path().join(name);
            fs::create_dir_all(place.join("log")).unwrap();
            fs::write(place.join("store"), holds).unwrap();
        }
        dir
    }

    fn found(dir: &TempDir) -> BTreeMap<String, String> {
        let entries = fs::read_dir(dir.path()).unwrap();
        let entries = entries.map(|entry| {
            let entry = entry.unwrap();
            let holds = fs::read_to_string(entry.path().join("store"));
            let name = entry.file_name().into_string().unwrap();
            (name, holds.unwrap_or_default())
        });
        entries.collect()
    }

    fn places(places: &[Place<'_>]) -> BTreeMap<String, String> {
        let places = places.iter();
        let owned = places.map(|(name, holds)| ((*name).to_owned(), (*holds).to_owned()));
        owned.collect()
    }

    #[test]
    fn whatever_step_was_the_last_the_next_start_goes_on_from_there() {
        let (light, whole) = ((DATA, "light"), (DATA, "whole"));
        let cases: [(&[Place<'_>], &[Place<'_>]); 9] = [
            // Nothing was begun, or nothing is to be done.
            (&[], &[]),
            (&[light], &[light]),
            (&[light, (HISTORY, "part")], &[light, (HISTORY, "part")]),
            // A base was being made.
            (&[(NEW, "part")], &[]),
            (&[(NEW, "part"), (HISTORY, "part")], &[(HISTORY, "part")]),
            (&[light, (NEW, "part")], &[light]),
            // After the first rename, the second, and in the removal.
            (&[(OLD, "light"), (HISTORY, "whole")], &[whole]),
            (&[(OLD, "light"), whole], &[whole]),
            (&[(OLD, ""), whole], &[whole]),
        ];
        for (before, after) in cases {
            let dir = made(before);
            settle(dir.path()).unwrap();
            assert_eq!(found(&dir), places(after), "{before:?}");
            settle(dir.path()).unwrap();
            assert_eq!(found(&dir), places(after), "{before:?}");
        }
    }

    #[test]
    fn a_store_that_was_made_is_used_and_the_one_with_all_history_takes_its_place() {
        let dir = made(&[(NEW, "left over")]);
        let new = begin(dir.path()).unwrap();
        assert_eq!(fs::read_dir(&new).unwrap().count(), 0);
        fs::write(new.join("store"), "light").unwrap();
        use_new(dir.path()).unwrap();
        assert_eq!(found(&dir), places(&[(DATA, "light")]));
        assert!(data(dir.path()).join("store").exists());
        fs::create_dir(history(dir.path())).unwrap();
        fs::write(history(dir.path()).join("store"), "whole").unwrap();
        change_over(dir.path()).unwrap();
        assert_eq!(found(&dir), places(&[(DATA, "whole")]));
        // Nothing takes the place of nothing.
        assert!(change_over(dir.path()).is_err());
        assert!(use_new(dir.path()).is_err());
    }
}
