//! Entries from a file, one at a time: lines, JSON lines, or records with a length.
//!
//! Invariant: whatever the file holds, at most one entry of at most 16 MiB is in memory.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::os::fd::AsFd;
use std::path::Path;

use ledger::ENTRY_LEN_MAX;
use serde::de::IgnoredAny;

use crate::failure::Failure;

/// How entries lie in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// An entry a line, without its newline.
    Lines,
    /// An entry a line, which must be JSON.
    JsonLines,
    /// Length (32 bits, little-endian), then the bytes.
    Records,
}

/// What cannot be imported. Lines count from 1, records and bytes from 0.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// It cannot be read.
    #[error("the input cannot be read at byte {at}: {source}")]
    Io {
        /// Where.
        at: u64,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A line is longer than one may be.
    #[error("line {line} at byte {at} is longer than the {limit} bytes that one may have")]
    LineTooLong {
        /// Which line.
        line: u64,
        /// Where it starts.
        at: u64,
        /// The most bytes there can be.
        limit: usize,
    },
    /// A JSON line is no text.
    #[error("line {line} at byte {at} is not UTF-8")]
    NotUtf8 {
        /// Which line.
        line: u64,
        /// Where it starts.
        at: u64,
    },
    /// A line is not JSON.
    #[error("line {line} at byte {at} is not JSON: {source}")]
    NotJson {
        /// Which line.
        line: u64,
        /// Where it starts.
        at: u64,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// A record is longer than an entry may be.
    #[error("record {record} at byte {at} has {len} bytes, an entry may have {limit}")]
    RecordTooLong {
        /// Which record.
        record: u64,
        /// Where it starts.
        at: u64,
        /// Its length.
        len: u32,
        /// The most bytes there can be.
        limit: usize,
    },
    /// A member of a write is not hex.
    #[error("line {line} at byte {at}: {member} is not hex digits in pairs: {found}")]
    NotHex {
        /// Which line.
        line: u64,
        /// Where it starts.
        at: u64,
        /// Which member.
        member: &'static str,
        /// What stands there.
        found: String,
    },
    /// A key or value is longer than one may be.
    #[error("line {line} at byte {at}: the {member} has {len} bytes, it may have {limit}")]
    WriteTooLong {
        /// Which line.
        line: u64,
        /// Where it starts.
        at: u64,
        /// Which member.
        member: &'static str,
        /// Its length.
        len: usize,
        /// The most bytes there can be.
        limit: usize,
    },
    /// A JSON line has no member that can be its id.
    #[error("line {line}: {field} is no text and no number in this entry")]
    NoId {
        /// Which line.
        line: u64,
        /// The member asked for.
        field: String,
    },
    /// The input ends within a record.
    #[error("record {record} at byte {at} ends after {got} of {expected} bytes")]
    Truncated {
        /// Which record.
        record: u64,
        /// Where it starts.
        at: u64,
        /// Its bytes.
        expected: u64,
        /// The bytes there are.
        got: u64,
    },
}

impl InputError {
    pub(crate) const fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "E-IO",
            Self::LineTooLong { .. } | Self::RecordTooLong { .. } | Self::WriteTooLong { .. } => {
                "E-ENTRY-TOO-LARGE"
            }
            Self::NotUtf8 { .. }
            | Self::NotJson { .. }
            | Self::NotHex { .. }
            | Self::NoId { .. } => "E-INPUT",
            Self::Truncated { .. } => "E-INPUT-TRUNCATED",
        }
    }
}

/// The id in a JSON entry: a member, or what a JSON pointer leads to.
pub(crate) fn id_in(entry: &[u8], field: &str, line: u64) -> Result<String, InputError> {
    let parsed: serde_json::Value =
        serde_json::from_slice(entry).map_err(|source| InputError::NotJson {
            line,
            at: 0,
            source,
        })?;
    let member = if field.starts_with('/') {
        parsed.pointer(field)
    } else {
        parsed.get(field)
    };
    match member {
        Some(serde_json::Value::String(text)) => Ok(text.clone()),
        Some(serde_json::Value::Number(number)) => Ok(number.to_string()),
        _ => Err(InputError::NoId {
            line,
            field: field.to_owned(),
        }),
    }
}

/// Opens a file for reading, `-` being standard input; its length, if it has one.
pub(crate) fn open(path: &Path) -> Result<(File, Option<u64>), Failure> {
    let failed = || Failure::io("open", path.display().to_string());
    let file = if path.as_os_str() == "-" {
        // Of its own, so that nothing is hidden in a buffer of the standard library.
        let owned = io::stdin().as_fd().try_clone_to_owned();
        File::from(owned.map_err(failed())?)
    } else {
        File::open(path).map_err(failed())?
    };
    let metadata = file.metadata().map_err(failed())?;
    if metadata.is_dir() {
        return Err(failed()(io::ErrorKind::IsADirectory.into()));
    }
    let len = metadata.is_file().then_some(metadata.len());
    Ok((file, len))
}

/// Reads entry after entry.
#[derive(Debug)]
pub struct Entries<R> {
    input: R,
    framing: Framing,
    entry: Vec<u8>,
    /// Entries read so far.
    number: u64,
    /// Bytes read so far.
    at: u64,
}

impl<R: BufRead> Entries<R> {
    /// Reads entries from `input`.
    pub const fn new(input: R, framing: Framing) -> Self {
        Self {
            input,
            framing,
            entry: Vec::new(),
            number: 0,
            at: 0,
        }
    }

    /// Bytes read so far.
    pub const fn bytes_read(&self) -> u64 {
        self.at
    }

    /// Reads the next entry; `false` at the end.
    ///
    /// # Errors
    /// Every [`InputError`].
    pub fn advance(&mut self) -> Result<bool, InputError> {
        self.entry.clear();
        let more = match self.framing {
            Framing::Lines => self.line()?,
            Framing::JsonLines => self.json_line()?,
            Framing::Records => self.record()?,
        };
        self.number += u64::from(more);
        Ok(more)
    }

    /// The entry that was read last.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    fn line(&mut self) -> Result<bool, InputError> {
        let at = self.at;
        let mut limited = (&mut self.input).take(ENTRY_LEN_MAX as u64 + 1);
        let len = limited.read_until(b'\n', &mut self.entry);
        let len = len.map_err(|source| InputError::Io { at, source })?;
        self.at += len as u64;
        if self.entry.last() == Some(&b'\n') {
            self.entry.pop();
        } else if len > ENTRY_LEN_MAX {
            return Err(InputError::LineTooLong {
                line: self.number + 1,
                at,
                limit: ENTRY_LEN_MAX,
            });
        }
        Ok(len > 0)
    }

    fn json_line(&mut self) -> Result<bool, InputError> {
        let (line, at) = (self.number + 1, self.at);
        if !self.line()? {
            return Ok(false);
        }
        let text = str::from_utf8(&self.entry).map_err(|_| InputError::NotUtf8 { line, at })?;
        match serde_json::from_str::<IgnoredAny>(text) {
            Ok(_) => Ok(true),
            Err(source) => Err(InputError::NotJson { line, at, source }),
        }
    }

    fn record(&mut self) -> Result<bool, InputError> {
        let (record, at) = (self.number, self.at);
        let io = |source| InputError::Io { at, source };
        let mut prefix = Vec::with_capacity(4);
        let limited = (&mut self.input).take(4).read_to_end(&mut prefix);
        let got = limited.map_err(io)? as u64;
        self.at += got;
        let Ok(prefix) = <[u8; 4]>::try_from(prefix.as_slice()) else {
            if got == 0 {
                return Ok(false);
            }
            let expected = 4;
            return Err(InputError::Truncated {
                record,
                at,
                expected,
                got,
            });
        };
        let len = u32::from_le_bytes(prefix);
        if len as usize > ENTRY_LEN_MAX {
            return Err(InputError::RecordTooLong {
                record,
                at,
                len,
                limit: ENTRY_LEN_MAX,
            });
        }
        // Grows with what is there, not with what the length says.
        let mut limited = (&mut self.input).take(u64::from(len));
        let got = limited.read_to_end(&mut self.entry).map_err(io)? as u64;
        self.at += got;
        if got < u64::from(len) {
            return Err(InputError::Truncated {
                record,
                at,
                expected: 4 + u64::from(len),
                got: 4 + got,
            });
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(framing: Framing, bytes: &[u8]) -> Result<Vec<Vec<u8>>, InputError> {
        let mut entries = Entries::new(bytes, framing);
        let mut all = Vec::new();
        while entries.advance()? {
            all.push(entries.entry().to_vec());
        }
        assert_eq!(entries.bytes_read(), bytes.len() as u64);
        Ok(all)
    }

    #[test]
    fn lines_lose_their_newline_and_nothing_else() {
        let lines = |bytes: &[u8]| all(Framing::Lines, bytes).unwrap();
        assert!(lines(b"").is_empty());
        assert_eq!(lines(b"\n"), [b""]);
        assert_eq!(lines(b"a\n\nb"), [&b"a"[..], b"", b"b"]);
        assert_eq!(lines(b"a\r\n\xff\n"), [&b"a\r"[..], b"\xff"]);
    }

    #[test]
    fn the_longest_line_fits_and_one_byte_more_does_not() {
        let mut bytes = vec![b'x'; ENTRY_LEN_MAX];
        assert_eq!(all(Framing::Lines, &bytes).unwrap().len(), 1);
        bytes.push(b'\n');
        assert_eq!(all(Framing::Lines, &bytes).unwrap()[0].len(), ENTRY_LEN_MAX);
        bytes.insert(0, b'x');
        let error = all(Framing::Lines, &bytes).unwrap_err();
        assert!(matches!(error, InputError::LineTooLong { line: 1, .. }));
        let endless = io::BufReader::new(io::repeat(0));
        let error = Entries::new(endless, Framing::Lines).advance();
        assert!(matches!(error, Err(InputError::LineTooLong { .. })));
    }

    #[test]
    fn json_lines_are_checked_and_kept_as_they_are() {
        let kept = all(Framing::JsonLines, b"{\"b\" : 1}\n 2 \r\n\"\\u00e9\"").unwrap();
        assert_eq!(kept, [&b"{\"b\" : 1}"[..], b" 2 \r", b"\"\\u00e9\""]);
        let error = all(Framing::JsonLines, b"1\n{\n").unwrap_err();
        assert!(matches!(error, InputError::NotJson { line: 2, at: 2, .. }));
        let error = all(Framing::JsonLines, b"1\n\n2").unwrap_err();
        assert!(matches!(error, InputError::NotJson { line: 2, .. }));
        let error = all(Framing::JsonLines, b"\"\xff\"").unwrap_err();
        assert!(matches!(error, InputError::NotUtf8 { line: 1, at: 0 }));
        let deep = "[".repeat(1 << 20);
        assert!(all(Framing::JsonLines, deep.as_bytes()).is_err());
    }

    #[test]
    fn records_and_where_they_break() {
        let records = |bytes: &[u8]| all(Framing::Records, bytes);
        let two = b"\x01\0\0\0a\0\0\0\0";
        assert_eq!(records(two).unwrap(), [&b"a"[..], b""]);
        for (cut, at, expected, got) in [(3, 0, 4, 3), (4, 0, 5, 4), (6, 5, 4, 1)] {
            let error = records(&two[..cut]).unwrap_err();
            let InputError::Truncated {
                record,
                at: place,
                expected: need,
                got: has,
            } = error
            else {
                panic!("{error}");
            };
            assert_eq!((place, need, has), (at, expected, got));
            assert_eq!(record, u64::from(at > 0));
        }
        let error = records(&[0xff; 8]).unwrap_err();
        assert!(matches!(error, InputError::RecordTooLong { record: 0, .. }));
    }
}
