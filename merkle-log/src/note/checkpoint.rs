//! Checkpoints (C2SP tlog-checkpoint): the text of a note that states a log's size and root.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::hash::Hash;
use crate::index::TreeSize;

/// A text is not a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// There are fewer than three lines, or the last one does not end.
    #[error("a checkpoint has at least three lines, each ended by a newline")]
    TooFewLines,
    /// A line is empty or has a control character.
    #[error("line {line} of the checkpoint is empty or no text")]
    BadLine {
        /// The line, from 0.
        line: usize,
    },
    /// The size is not a decimal number below 2^64 without leading zeros.
    #[error("the checkpoint's size is no number")]
    BadSize,
    /// The root is not 32 bytes in Base64.
    #[error("the checkpoint's root is not 32 bytes in Base64")]
    BadRoot,
}

/// The size and root of a log, whose name is the origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    size: TreeSize,
    root: Hash,
    extensions: Vec<String>,
}

impl Checkpoint {
    /// A checkpoint without extension lines.
    ///
    /// # Errors
    /// [`CheckpointError::BadLine`] where the origin is empty or not one line of text.
    pub fn new(origin: &str, size: TreeSize, root: Hash) -> Result<Self, CheckpointError> {
        check_line(0, origin)?;
        Ok(Self {
            origin: origin.to_string(),
            size,
            root,
            extensions: Vec::new(),
        })
    }

    /// The name of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The size of the log.
    #[must_use]
    pub const fn size(&self) -> TreeSize {
        self.size
    }

    /// The root of the log at that size.
    #[must_use]
    pub const fn root(&self) -> &Hash {
        &self.root
    }

    /// Lines that the log added to its checkpoint; their meaning is the log's.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let root = STANDARD.encode(self.root.as_bytes());
        write!(f, "{}\n{}\n{root}\n", self.origin, self.size)?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl FromStr for Checkpoint {
    type Err = CheckpointError;

    /// Reads the text of a note, just as it is written.
    fn from_str(text: &str) -> Result<Self, CheckpointError> {
        let text = text
            .strip_suffix('\n')
            .ok_or(CheckpointError::TooFewLines)?;
        for (line, content) in text.split('\n').enumerate() {
            check_line(line, content)?;
        }
        let mut lines = text.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next())
        else {
            return Err(CheckpointError::TooFewLines);
        };
        Ok(Self {
            origin: origin.to_string(),
            size: TreeSize(parse_decimal(size).ok_or(CheckpointError::BadSize)?),
            root: parse_hash(root).ok_or(CheckpointError::BadRoot)?,
            extensions: lines.map(ToString::to_string).collect(),
        })
    }
}

fn check_line(line: usize, content: &str) -> Result<(), CheckpointError> {
    if content.is_empty() || content.bytes().any(|byte| byte < b' ') {
        return Err(CheckpointError::BadLine { line });
    }
    Ok(())
}

/// A decimal number, written in the only way: no sign, no leading zeros.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// 32 bytes in Base64.
pub(crate) fn parse_hash(text: &str) -> Option<Hash> {
    let bytes: [u8; Hash::LEN] = STANDARD.decode(text).ok()?.try_into().ok()?;
    Some(Hash::new(bytes))
}
