//! Files of secret keys: 64 hex digits and a newline, for the owner's eyes alone.
//!
//! Invariant: what stands in such a file stands in no error and in no log.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::hex::{from_hex, to_hex};

/// Modes other than this one may let others read the file.
const MODE: u32 = 0o600;
/// 64 digits and a newline.
const LEN: u64 = 65;

/// A key cannot be had from its file.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// The file.
    #[error("{file}: {source}")]
    Io {
        /// Its path.
        file: PathBuf,
        /// What happened.
        #[source]
        source: io::Error,
    },
    /// Others may read or change it.
    #[error("{file} is of mode {mode:04o}: a file of a secret key must be of mode 0600")]
    Mode {
        /// Its path.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds something else.
    #[error("{file} is no file of a secret key: 64 lower-case hex digits and a newline")]
    Form {
        /// Its path.
        file: PathBuf,
    },
}

/// Writes a seed to a new file.
///
/// # Errors
/// [`KeyFileError::Io`]: the file exists, or cannot be written.
pub fn write_seed(file: &Path, seed: &[u8; 32]) -> Result<(), KeyFileError> {
    let in_file = |source| KeyFileError::Io {
        file: file.to_owned(),
        source,
    };
    let mut options = OpenOptions::new();
    let options = options.write(true).create_new(true).mode(MODE);
    let mut open = options.open(file).map_err(in_file)?;
    writeln!(open, "{}", to_hex(seed)).map_err(in_file)
}

/// Opens a file that only its owner may read.
///
/// # Errors
/// [`KeyFileError::Io`], [`KeyFileError::Mode`].
pub fn open_private(file: &Path) -> Result<File, KeyFileError> {
    let in_file = |source| KeyFileError::Io {
        file: file.to_owned(),
        source,
    };
    let open = File::open(file).map_err(in_file)?;
    let mode = open.metadata().map_err(in_file)?.permissions().mode() & 0o7777;
    if mode != MODE {
        let file = file.to_owned();
        return Err(KeyFileError::Mode { file, mode });
    }
    Ok(open)
}

/// Reads a seed.
///
/// # Errors
/// [`KeyFileError`].
pub fn read_seed(file: &Path) -> Result<[u8; 32], KeyFileError> {
    let in_file = |source| KeyFileError::Io {
        file: file.to_owned(),
        source,
    };
    let open = open_private(file)?;
    let mut text = String::new();
    let read = open.take(LEN + 1).read_to_string(&mut text);
    read.map_err(in_file)?;
    let seed = from_hex(text.trim_end_matches('\n')).and_then(|bytes| bytes.try_into().ok());
    seed.ok_or_else(|| KeyFileError::Form {
        file: file.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_comes_back_while_the_file_is_private() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        write_seed(&file, &[7; 32]).unwrap();
        assert_eq!(read_seed(&file).unwrap(), [7; 32]);
        assert!(
            write_seed(&file, &[8; 32]).is_err(),
            "no key is written over"
        );
        for mode in [0o640, 0o604, 0o660, 0o700, 0o400] {
            std::fs::set_permissions(&file, PermissionsExt::from_mode(mode)).unwrap();
            let error = read_seed(&file).unwrap_err();
            assert!(matches!(error, KeyFileError::Mode { mode: found, .. } if found == mode));
        }
    }

    #[test]
    fn what_is_no_key_is_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("key");
        for text in ["", "hunter2\n", &"0g".repeat(32), &"00".repeat(33)] {
            let _ = std::fs::remove_file(&file);
            let mut options = OpenOptions::new();
            let mut open = options
                .write(true)
                .create(true)
                .mode(MODE)
                .open(&file)
                .unwrap();
            open.write_all(text.as_bytes()).unwrap();
            let error = read_seed(&file).unwrap_err();
            assert!(matches!(error, KeyFileError::Form { .. }));
            assert!(text.is_empty() || !error.to_string().contains(text.trim()));
        }
    }
}
