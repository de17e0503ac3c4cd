//! The text form of a note, read strictly: what is read is written again as the same bytes.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::error::NoteError;
use super::key::{KeyId, is_key_name};

/// Longest note that is read, in bytes.
pub const NOTE_LEN_MAX: usize = 1_000_000;
/// Most signatures that are read.
pub const SIGNATURES_MAX: usize = 100;

const LINE_START: &str = "\u{2014} ";

/// A text and the signatures that stand below it, none of which was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// A signature that nobody has checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    pub(super) name: String,
    pub(super) id: KeyId,
    pub(super) bytes: Vec<u8>,
}

impl NoteSignature {
    /// The name of the key that is said to have signed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id of that key.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// The signature, in the form of the key's kind.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl SignedNote {
    /// A note that is still to be signed.
    ///
    /// # Errors
    /// [`NoteError::NotText`], [`NoteError::UnendedText`] or [`NoteError::TooLong`].
    pub fn unsigned(text: &str) -> Result<Self, NoteError> {
        check_text(text)?;
        Ok(Self {
            text: text.to_string(),
            signatures: Vec::new(),
        })
    }

    /// Reads a note.
    ///
    /// # Errors
    /// [`NoteError::TooLong`], [`NoteError::NotText`], [`NoteError::NoSignatures`],
    /// [`NoteError::TooManySignatures`] or [`NoteError::BadSignatureLine`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        check_len(bytes.len())?;
        let note = core::str::from_utf8(bytes).map_err(|e| NoteError::NotText {
            at: e.valid_up_to(),
        })?;
        let (before, lines) = note.rsplit_once("\n\n").ok_or(NoteError::NoSignatures)?;
        let text = note.get(..=before.len()).unwrap_or_default();
        check_text(text)?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::NoSignatures)?;
        let mut signatures = Vec::new();
        for (line, content) in lines.split('\n').enumerate() {
            if line == SIGNATURES_MAX {
                let limit = SIGNATURES_MAX;
                return Err(NoteError::TooManySignatures { limit });
            }
            let signature = parse_line(content).ok_or(NoteError::BadSignatureLine { line })?;
            signatures.push(signature);
        }
        Ok(Self {
            text: text.to_string(),
            signatures,
        })
    }

    /// The text that is signed. It is not to be believed before the note was verified.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Adds a signature in place of one by the same key.
    pub(super) fn add(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        self.signatures
            .retain(|other| (&other.name, other.id) != (&signature.name, signature.id));
        if self.signatures.len() == SIGNATURES_MAX {
            let limit = SIGNATURES_MAX;
            return Err(NoteError::TooManySignatures { limit });
        }
        self.signatures.push(signature);
        Ok(())
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        for NoteSignature { name, id, bytes } in &self.signatures {
            let signature = STANDARD.encode([&id.0.to_be_bytes(), &bytes[..]].concat());
            writeln!(f, "{LINE_START}{name} {signature}")?;
        }
        Ok(())
    }
}

const fn check_len(got: usize) -> Result<(), NoteError> {
    let limit = NOTE_LEN_MAX;
    if got > limit {
        return Err(NoteError::TooLong { got, limit });
    }
    Ok(())
}

fn check_text(text: &str) -> Result<(), NoteError> {
    check_len(text.len())?;
    let control = text.bytes().position(|byte| byte < b' ' && byte != b'\n');
    if let Some(at) = control {
        return Err(NoteError::NotText { at });
    }
    if !text.ends_with('\n') {
        return Err(NoteError::UnendedText);
    }
    Ok(())
}

fn parse_line(line: &str) -> Option<NoteSignature> {
    let (name, signature) = line.strip_prefix(LINE_START)?.split_once(' ')?;
    let bytes = STANDARD.decode(signature).ok()?;
    let (id, bytes) = bytes.split_first_chunk()?;
    if !is_key_name(name) || bytes.is_empty() {
        return None;
    }
    Some(NoteSignature {
        name: name.to_string(),
        id: KeyId(u32::from_be_bytes(*id)),
        bytes: bytes.to_vec(),
    })
}
