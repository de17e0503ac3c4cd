//! Checking who signed a note.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::checkpoint::Checkpoint;
use super::error::{KeyError, NoteError};
use super::key::{KeyId, KeyKind, VerifierKey};
use super::text::{NoteSignature, SignedNote};

/// The keys that are known, each by its name and id.
#[derive(Clone, Debug, Default)]
pub struct VerifierKeys {
    keys: BTreeMap<(String, KeyId), VerifierKey>,
}

impl VerifierKeys {
    /// These keys; one that is given twice counts once.
    ///
    /// # Errors
    /// [`KeyError::Ambiguous`] where two different ones have the same name and id.
    pub fn new(keys: impl IntoIterator<Item = VerifierKey>) -> Result<Self, KeyError> {
        let mut known = Self::default();
        for key in keys {
            let place = (key.name().to_string(), key.id());
            match known.keys.get(&place) {
                Some(other) if *other != key => {
                    let (name, id) = place;
                    return Err(KeyError::Ambiguous { name, id });
                }
                _ => known.keys.insert(place, key),
            };
        }
        Ok(known)
    }

    /// Checks the signatures of known keys; those of other keys are passed over, and of several by
    /// one key the first counts.
    ///
    /// # Errors
    /// [`NoteError::WrongSignature`] where a known key did not sign this text,
    /// [`NoteError::NoKnownSigner`] where none did.
    pub fn verify(&self, note: &SignedNote) -> Result<VerifiedNote, NoteError> {
        let mut signatures: Vec<VerifiedSignature> = Vec::new();
        for signature in note.signatures() {
            let place = (signature.name.clone(), signature.id);
            let Some(key) = self.keys.get(&place) else {
                continue;
            };
            if signatures.iter().any(|verified| verified.key == *key) {
                continue;
            }
            let (name, id) = place;
            let time_s =
                check(key, note.text(), signature).ok_or(NoteError::WrongSignature { name, id })?;
            signatures.push(VerifiedSignature {
                key: key.clone(),
                time_s,
            });
        }
        if signatures.is_empty() {
            return Err(NoteError::NoKnownSigner);
        }
        Ok(VerifiedNote {
            text: note.text().to_string(),
            signatures,
        })
    }

    /// Checks a note whose text is a checkpoint.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and [`NoteError::NotACheckpoint`].
    pub fn verify_checkpoint(&self, note: &SignedNote) -> Result<VerifiedCheckpoint, NoteError> {
        let VerifiedNote { text, signatures } = self.verify(note)?;
        Ok(VerifiedCheckpoint {
            checkpoint: text.parse()?,
            signatures,
        })
    }
}

/// The time of a right signature, if its kind has one; nothing if it is wrong.
fn check(key: &VerifierKey, text: &str, signature: &NoteSignature) -> Option<Option<u64>> {
    match key.kind() {
        KeyKind::Ed25519 => {
            let signature = signature.bytes().try_into().ok()?;
            key.has_signed(text.as_bytes(), signature).then_some(None)
        }
        KeyKind::Cosignature => {
            let (time, signature) = signature.bytes().split_first_chunk()?;
            let time_s = u64::from_be_bytes(*time);
            let _in_bounds = i64::try_from(time_s).ok()?;
            let message = format!("cosignature/v1\ntime {time_s}\n{text}");
            let signature = signature.try_into().ok()?;
            key.has_signed(message.as_bytes(), signature)
                .then_some(Some(time_s))
        }
    }
}

/// A signature that was found to be right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedSignature {
    key: VerifierKey,
    time_s: Option<u64>,
}

impl VerifiedSignature {
    /// The key that signed.
    #[must_use]
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Of a cosignature, the time the cosigner states, in seconds since 1970.
    #[must_use]
    pub const fn time_s(&self) -> Option<u64> {
        self.time_s
    }
}

/// A note that at least one known key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a note answers only after its signatures were checked"]
pub struct VerifiedNote {
    text: String,
    signatures: Vec<VerifiedSignature>,
}

impl VerifiedNote {
    /// The text that was signed.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures of known keys, at least one.
    #[must_use]
    pub fn signatures(&self) -> &[VerifiedSignature] {
        &self.signatures
    }
}

/// A checkpoint that at least one known key has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "a checkpoint answers only after its signatures were checked"]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
    signatures: Vec<VerifiedSignature>,
}

impl VerifiedCheckpoint {
    /// The checkpoint that was signed.
    #[must_use]
    pub const fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The signatures of known keys, at least one.
    #[must_use]
    pub fn signatures(&self) -> &[VerifiedSignature] {
        &self.signatures
    }
}
