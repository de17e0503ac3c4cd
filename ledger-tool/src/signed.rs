//! Files of keys and signed checkpoints.
//!
//! Invariants:
//!
//! - a secret key is read into nothing but a [`SigningKey`], and never printed;
//! - what a checkpoint states is a claim until a known key was found to have signed it.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::Path;

use merkle_log::note::{
    Checkpoint, KeyError, NOTE_LEN_MAX, NoteError, Quorum, SignedNote, SigningKey, VerifierKey,
    VerifierKeys,
};

use crate::failure::{Exit, Failure};
use crate::input;
use crate::proof::Anchor;

/// The longest file of keys that is read.
const KEYS_LEN_MAX: u64 = 1 << 20;

/// A key or a signed checkpoint cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignedError {
    #[error("{file}, line {line}: {source}")]
    Key {
        file: String,
        line: usize,
        #[source]
        source: KeyError,
    },
    #[error("{file} has no key in it")]
    NoKey { file: String },
    #[error("{file}: {source}")]
    Note {
        file: String,
        #[source]
        source: NoteError,
    },
    #[error("{file} has {got} keys in it, {quorum} must sign")]
    TooFewKeys {
        file: String,
        got: usize,
        quorum: u32,
    },
    #[error("the checkpoint states the root {stated}, the tree has {computed}")]
    OtherRoot { stated: Anchor, computed: Anchor },
    #[error(
        "the last commits of the store may still be taken away, as it was not closed in order: \
         what is signed must stay"
    )]
    NotDurable,
}

impl SignedError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Key { .. } | Self::NoKey { .. } | Self::TooFewKeys { .. } => "E-KEY",
            Self::Note { .. } | Self::OtherRoot { .. } => "E-CHECKPOINT",
            Self::NotDurable => "E-NOT-DURABLE",
        }
    }

    pub(crate) const fn exit(&self) -> Exit {
        match self {
            Self::Key { .. } | Self::NoKey { .. } | Self::TooFewKeys { .. } => Exit::Failed,
            Self::Note { .. } | Self::OtherRoot { .. } => Exit::No,
            Self::NotDurable => Exit::Incomplete,
        }
    }
}

/// The bytes of a file of at most so many, and one more if there are more.
pub(crate) fn read_short(path: &Path, limit: u64) -> Result<Vec<u8>, Failure> {
    let (file, _) = input::open(path)?;
    let mut bytes = Vec::new();
    file.take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(Failure::io("read", path.display().to_string()))?;
    Ok(bytes)
}

/// The lines of a key file that are neither empty nor comments, with their numbers from 1.
fn key_lines(path: &Path) -> Result<Vec<(usize, String)>, Failure> {
    let mut bytes = read_short(path, KEYS_LEN_MAX)?;
    let file = path.display().to_string();
    if bytes.len() as u64 > KEYS_LEN_MAX {
        return Err(SignedError::NoKey { file }.into());
    }
    let text = String::from_utf8_lossy(&bytes);
    let lines = (1..).zip(text.lines().map(str::trim));
    let lines: Vec<_> = lines
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| (number, line.to_owned()))
        .collect();
    bytes.fill(0);
    if lines.is_empty() {
        return Err(SignedError::NoKey { file }.into());
    }
    Ok(lines)
}

fn of_line(path: &Path, line: usize) -> impl FnOnce(KeyError) -> Failure {
    let file = path.display().to_string();
    move |source| SignedError::Key { file, line, source }.into()
}

/// The verifier keys of a file, one a line.
pub(crate) fn read_keys(path: &Path) -> Result<VerifierKeys, Failure> {
    VerifierKeys::new(keys_in(path)?).map_err(of_line(path, 1))
}

fn keys_in(path: &Path) -> Result<Vec<VerifierKey>, Failure> {
    let parse = |(number, line): (usize, String)| line.parse().map_err(of_line(path, number));
    key_lines(path)?.into_iter().map(parse).collect()
}

/// The keys of a file, of which so many must sign.
pub(crate) fn read_trust(path: &Path, quorum: u32) -> Result<Quorum, Failure> {
    let keys = keys_in(path)?;
    let publics: BTreeSet<_> = keys.iter().map(VerifierKey::public_key).collect();
    let (got, needed) = (publics.len(), usize::try_from(quorum).unwrap_or(usize::MAX));
    if got < needed {
        let file = path.display().to_string();
        return Err(SignedError::TooFewKeys { file, got, quorum }.into());
    }
    let keys = VerifierKeys::new(keys).map_err(of_line(path, 1))?;
    Ok(Quorum::new(keys, needed))
}

/// The verifier keys of a file of secret or public keys.
pub(crate) fn read_any_keys(path: &Path) -> Result<Vec<VerifierKey>, Failure> {
    let parse = |(number, line): (usize, String)| {
        let secret: Result<SigningKey, _> = line.parse();
        let key = match secret {
            Ok(secret) => Ok(secret.verifier_key().clone()),
            Err(KeyError::NotAKey) => line.parse(),
            Err(error) => Err(error),
        };
        key.map_err(of_line(path, number))
    };
    key_lines(path)?.into_iter().map(parse).collect()
}

/// The secret key in a file.
pub(crate) fn read_secret(path: &Path) -> Result<SigningKey, Failure> {
    let mut lines = key_lines(path)?.into_iter();
    let file = path.display().to_string();
    let (number, line) = lines.next().ok_or(SignedError::NoKey { file })?;
    line.parse().map_err(of_line(path, number))
}

/// A signed checkpoint whose signatures were not checked.
pub(crate) fn read_checkpoint(path: &Path) -> Result<(SignedNote, Checkpoint), Failure> {
    let bytes = read_short(path, NOTE_LEN_MAX as u64)?;
    let file = path.display().to_string();
    Ok(parse_checkpoint(&bytes).map_err(|source| SignedError::Note { file, source })?)
}

pub(crate) fn parse_checkpoint(bytes: &[u8]) -> Result<(SignedNote, Checkpoint), NoteError> {
    let note = SignedNote::parse(bytes)?;
    let checkpoint = note.text().parse()?;
    Ok((note, checkpoint))
}
