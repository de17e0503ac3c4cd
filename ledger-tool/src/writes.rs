//! Writes to a state from a file: a JSON object a line.
//!
//! Invariants:
//!
//! - whatever the file holds, at most one line is in memory, and no line longer than a longest key
//!   and a longest value in hex;
//! - a line says one thing: unknown, missing and repeated members are refused.

use std::borrow::Cow;
use std::io::{BufRead, Read};

use ledger::ENTRY_LEN_MAX;
use serde::{Deserialize, Deserializer};

use crate::human;
use crate::input::InputError;

/// A key and its value, which is empty where the key is deleted.
pub(crate) type Write = (Vec<u8>, Vec<u8>);

/// Key and value in hex, and what is around them.
const LINE_LEN_MAX: usize = 4 * ENTRY_LEN_MAX + 1024;

/// A line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line<'a> {
    #[serde(borrow)]
    key_hex: Cow<'a, str>,
    /// Must be there: leaving it out is no way to delete.
    #[serde(borrow, deserialize_with = "present")]
    value_hex: Option<Cow<'a, str>>,
}

fn present<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Cow<'de, str>>, D::Error> {
    Option::deserialize(from)
}

/// Reads write after write.
#[derive(Debug)]
pub(crate) struct Writes<R> {
    input: R,
    line: Vec<u8>,
    /// Lines read so far.
    number: u64,
    /// Bytes read so far.
    at: u64,
}

impl<R: BufRead> Writes<R> {
    pub(crate) const fn new(input: R) -> Self {
        Self {
            input,
            line: Vec::new(),
            number: 0,
            at: 0,
        }
    }

    /// Bytes read so far.
    pub(crate) const fn bytes_read(&self) -> u64 {
        self.at
    }

    /// The next key and its value, which is empty where the key is deleted; `None` at the end.
    pub(crate) fn next(&mut self) -> Result<Option<Write>, InputError> {
        let (line, at) = (self.number + 1, self.at);
        self.line.clear();
        let mut limited = (&mut self.input).take(LINE_LEN_MAX as u64 + 1);
        let len = limited.read_until(b'\n', &mut self.line);
        let len = len.map_err(|source| InputError::Io { at, source })?;
        if len == 0 {
            return Ok(None);
        }
        if len > LINE_LEN_MAX {
            let limit = LINE_LEN_MAX;
            return Err(InputError::LineTooLong { line, at, limit });
        }
        self.at += len as u64;
        self.number = line;
        let text = str::from_utf8(&self.line).map_err(|_| InputError::NotUtf8 { line, at })?;
        let read: Line<'_> = serde_json::from_str(text).map_err(|source| InputError::NotJson {
            line,
            at,
            source,
        })?;
        let unhex = |member, text: &str| {
            human::unhex(text).ok_or_else(|| InputError::NotHex {
                line,
                at,
                member,
                found: human::start_of(text),
            })
        };
        let key = unhex("key_hex", &read.key_hex)?;
        let value = match &read.value_hex {
            Some(value) => unhex("value_hex", value)?,
            None => Vec::new(),
        };
        for (member, bytes) in [("key", &key), ("value", &value)] {
            if bytes.len() > ENTRY_LEN_MAX {
                return Err(InputError::WriteTooLong {
                    line,
                    at,
                    member,
                    len: bytes.len(),
                    limit: ENTRY_LEN_MAX,
                });
            }
        }
        Ok(Some((key, value)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Vec<(Vec<u8>, Vec<u8>)>;

    fn all(bytes: &[u8]) -> Result<Read, InputError> {
        let mut writes = Writes::new(bytes);
        let mut all = Vec::new();
        while let Some(write) = writes.next()? {
            all.push(write);
        }
        assert_eq!(writes.bytes_read(), bytes.len() as u64);
        Ok(all)
    }

    #[test]
    fn sets_and_deletes() {
        let lines = b"{\"key_hex\":\"6b\",\"value_hex\":\"00Ff\"}\n\
            \t{ \"value_hex\" : null , \"key_hex\" : \"\" }\r\n\
            {\"key_hex\":\"\\u0030a\",\"value_hex\":\"\"}";
        let expected = [
            (b"k".to_vec(), vec![0, 255]),
            (vec![], vec![]),
            (vec![10], vec![]),
        ];
        assert_eq!(all(lines).unwrap(), expected);
        assert!(all(b"").unwrap().is_empty());
    }

    #[test]
    fn what_is_no_write() {
        let good = "{\"key_hex\":\"6b\",\"value_hex\":null}";
        for bad in [
            "",
            "{}",
            "[]",
            "null",
            "{\"key_hex\":\"6b\"}",
            "{\"value_hex\":\"6b\"}",
            "{\"key_hex\":null,\"value_hex\":\"\"}",
            "{\"key_hex\":\"6b\",\"value_hex\":7}",
            "{\"key_hex\":\"6b\",\"value_hex\":\"\",\"more\":1}",
            "{\"key_hex\":\"6b\",\"value_hex\":\"\",\"value_hex\":\"\"}",
            "{\"key_hex\":\"6b\",\"key_hex\":\"6c\",\"value_hex\":\"\"}",
            "{\"key_hex\":\"6b\",\"value_hex\":\"\"} {}",
            "{\"key_hex\":\"6b\",\"value_hex\":\"",
        ] {
            let error = all(format!("{good}\n{bad}\n{good}").as_bytes()).unwrap_err();
            let InputError::NotJson { line, at, .. } = error else {
                panic!("{bad}: {error}");
            };
            assert_eq!((line, at), (2, good.len() as u64 + 1), "{bad}");
        }
        let deep = "[".repeat(1 << 20);
        assert!(matches!(
            all(deep.as_bytes()),
            Err(InputError::NotJson { .. })
        ));
        for bad in ["6", "6g", "0x6b", "6b ", "\u{e9}"] {
            for line in [
                format!("{{\"key_hex\":\"{bad}\",\"value_hex\":null}}"),
                format!("{{\"key_hex\":\"\",\"value_hex\":\"{bad}\"}}"),
            ] {
                let error = all(line.as_bytes()).unwrap_err();
                assert!(matches!(error, InputError::NotHex { line: 1, .. }));
            }
        }
        let error = all(b"{\"key_hex\":\"\xff\",\"value_hex\":null}").unwrap_err();
        assert!(matches!(error, InputError::NotUtf8 { line: 1, at: 0 }));
    }

    #[test]
    fn keys_and_values_have_a_limit_and_lines_do() {
        let line = |key: usize, value: usize| {
            let (key, value) = ("00".repeat(key), "11".repeat(value));
            format!("{{\"key_hex\":\"{key}\",\"value_hex\":\"{value}\"}}")
        };
        let longest = all(line(ENTRY_LEN_MAX, ENTRY_LEN_MAX).as_bytes()).unwrap();
        assert_eq!(longest[0].1.len(), ENTRY_LEN_MAX);
        for long in [line(ENTRY_LEN_MAX + 1, 0), line(0, ENTRY_LEN_MAX + 1)] {
            let error = all(long.as_bytes()).unwrap_err();
            assert!(matches!(error, InputError::WriteTooLong { line: 1, .. }));
        }
        let endless = std::io::BufReader::new(std::io::repeat(b' '));
        let error = Writes::new(endless).next().unwrap_err();
        assert!(matches!(error, InputError::LineTooLong { line: 1, .. }));
    }
}
