//! Structures on the disk taken apart field by field, also where they do not verify.
//!
//! For people who look at damage: nothing here decides what a store serves.
//!
//! Invariants:
//!
//! - any bytes have an answer: a field that is not what it should be is marked, and the rest of the
//!   structure is still read;
//! - fields stand in the order of FORMAT.md and cover every byte that was looked at.

mod files;
mod flip;
mod log;

pub use files::{file_header, superblock, tip};
pub use flip::{Flip, flipped_bit};
pub use log::{BatchPart, SegmentParts, begin_header, footer, frame, segment};

use crate::layout::FlawKind;

/// Longest run of bytes that a field keeps.
const KEPT_MAX: usize = 4096;

/// One field of a structure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Where it starts in the file.
    pub offset: u64,
    /// Its length in bytes.
    pub len: u64,
    /// Its bytes, the first 4096 of them.
    pub bytes: Vec<u8>,
    /// What FORMAT.md calls it.
    pub name: String,
    /// What it says.
    pub value: String,
    /// What is wrong with it.
    pub flaw: Option<FieldFlaw>,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFlaw {
    /// The stable code.
    pub code: &'static str,
    /// What is wrong, for people.
    pub message: String,
    /// The bytes that are wrong or give it away, as offset in the file and length.
    pub bytes: (u64, u64),
}

/// Reads a structure field by field; past its end it reads nothing and says so once.
#[derive(Clone, Debug)]
pub struct Sheet<'a> {
    bytes: &'a [u8],
    base: u64,
    at: usize,
    fields: Vec<Field>,
    short: bool,
}

impl<'a> Sheet<'a> {
    /// A sheet over bytes that stand at `base` in their file.
    #[must_use]
    pub const fn new(bytes: &'a [u8], base: u64) -> Self {
        Self {
            bytes,
            base,
            at: 0,
            fields: Vec::new(),
            short: false,
        }
    }

    /// The fields read.
    #[must_use]
    pub fn into_fields(self) -> Vec<Field> {
        self.fields
    }

    /// Where the next field starts, from the start of the structure.
    #[must_use]
    pub const fn at(&self) -> usize {
        self.at
    }

    /// Bytes that are left.
    #[must_use]
    pub const fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    /// Adds a field of `len` bytes and answers with them; fewer at the end of the structure.
    pub fn bytes(&mut self, name: &str, len: usize) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let taken = rest.get(..len.min(rest.len())).unwrap_or_default();
        if self.short {
            return &[];
        }
        self.fields.push(Field {
            offset: self.base + self.at as u64,
            len: taken.len() as u64,
            bytes: taken.iter().take(KEPT_MAX).copied().collect(),
            name: name.to_owned(),
            value: String::new(),
            flaw: None,
        });
        self.at += taken.len();
        if taken.len() < len {
            self.short = true;
            let message = format!("{len} bytes expected, {} are there", taken.len());
            self.flaw(FlawKind::Short, message);
        }
        taken
    }

    /// Goes on at a place of `bytes`, which are those read so far and what follows them; what lies
    /// before it and was not read is a field of its own.
    fn go_on(&mut self, bytes: &'a [u8], at: usize) {
        self.bytes = bytes;
        self.short = false;
        if let Some(left) = at.checked_sub(self.at).filter(|left| *left > 0) {
            self.bytes("left over", left);
            self.flaw(FlawKind::Length, "nothing says what these bytes are");
        }
    }

    /// Says what the last field means.
    pub fn means(&mut self, value: impl Into<String>) {
        if let Some(field) = self.fields.last_mut() {
            field.value = value.into();
        }
    }

    /// Says that the last field is wrong; the first thing said stays.
    pub fn flaw(&mut self, kind: FlawKind, message: impl Into<String>) {
        if let Some(field) = self.fields.last_mut().filter(|field| field.flaw.is_none()) {
            field.flaw = Some(FieldFlaw {
                code: kind.code(),
                message: message.into(),
                bytes: (field.offset, field.len),
            });
        }
    }

    fn number(&mut self, name: &str, len: usize) -> u64 {
        let bytes = self.bytes(name, len);
        let value = bytes
            .iter()
            .rev()
            .fold(0, |n, byte| n << 8 | u64::from(*byte));
        if !self.short {
            self.means(value.to_string());
        }
        value
    }

    /// A field of one byte.
    pub fn u8(&mut self, name: &str) -> u64 {
        self.number(name, 1)
    }

    /// A field of two bytes.
    pub fn u16(&mut self, name: &str) -> u64 {
        self.number(name, 2)
    }

    /// A field of four bytes.
    pub fn u32(&mut self, name: &str) -> u64 {
        self.number(name, 4)
    }

    /// A field of eight bytes.
    pub fn u64(&mut self, name: &str) -> u64 {
        self.number(name, 8)
    }

    /// A number that names one of several things, the first of them 1 or what `names` says.
    pub fn named(&mut self, name: &str, len: usize, names: &[(u64, &str)]) -> u64 {
        let code = self.number(name, len);
        match names.iter().find(|(known, _)| *known == code) {
            Some((_, known)) => self.means(format!("{code}, {known}")),
            None => self.flaw(FlawKind::Kind, format!("{code} names nothing")),
        }
        code
    }

    /// Bytes that are always the same.
    pub fn magic(&mut self, expected: &[u8]) {
        let found = self.bytes("magic", expected.len());
        if found != expected {
            self.flaw(FlawKind::Magic, format!("{} expected", hex(expected)));
        }
    }

    /// A hash, a root, a chain, a uuid.
    pub fn hash(&mut self, name: &str, len: usize) -> &'a [u8] {
        let hash = self.bytes(name, len);
        self.means(hex(hash));
        hash
    }

    /// Text of `len` bytes.
    pub fn text(&mut self, name: &str, len: usize) -> String {
        let bytes = self.bytes(name, len);
        let text = String::from_utf8_lossy(bytes).into_owned();
        self.means(text.clone());
        if str::from_utf8(bytes).is_err() {
            self.flaw(FlawKind::Payload, "not UTF-8");
        }
        text
    }

    /// Bytes that have to be zero; the flaw names those that are not.
    pub fn zero(&mut self, len: usize) {
        if len == 0 {
            return;
        }
        let bytes = self.bytes("zero", len);
        let first = bytes.iter().position(|byte| *byte != 0);
        let last = bytes.iter().rposition(|byte| *byte != 0);
        if let (Some(first), Some(last)) = (first, last) {
            self.flaw(FlawKind::Padding, "not zero");
            if let Some(field) = self.fields.last_mut()
                && let Some(flaw) = &mut field.flaw
            {
                flaw.bytes = (field.offset + first as u64, (last - first + 1) as u64);
            }
        }
    }

    /// A stored check and the one computed over `covered`, which are bytes `from..` of this very
    /// structure. Where one flipped bit explains the difference, its byte is marked.
    pub fn check(&mut self, name: &str, kind: FlawKind, computed: u32, covered: (usize, usize)) {
        let at = self.at;
        let stored = self.number(name, 4);
        if self.short {
            return;
        }
        self.means(format!("{stored:08x}"));
        if stored == u64::from(computed) {
            return;
        }
        let mut message = format!("stored {stored:08x}, computed {computed:08x}");
        let mut bytes = (self.base + at as u64, 4);
        let stored = u32::try_from(stored).unwrap_or(0);
        if let Some(flip) = flipped_bit(stored, computed, covered.1) {
            let place = match flip {
                Flip::Covered { byte, .. } => covered.0 + byte,
                Flip::Check { byte, .. } => at + byte,
            };
            let place = self.base + place as u64;
            message += &format!("; one flipped bit explains it: {} at {place}", flip.bit());
            bytes = (place, 1);
        }
        self.flaw(kind, message);
        if let Some(flaw) = self.fields.last_mut().and_then(|field| field.flaw.as_mut()) {
            flaw.bytes = bytes;
        }
    }
}

/// Lower-case hex digits.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A uuid as it is in check seeds, where enough bytes are there.
fn uuid_of(bytes: &[u8]) -> [u8; 16] {
    bytes.first_chunk().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests;
