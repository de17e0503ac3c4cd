//! Signing notes and cosigning checkpoints.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use ed25519_dalek::Signer as _;

use super::checkpoint::Checkpoint;
use super::error::{KeyError, NoteError};
use super::key::{KeyKind, VerifierKey, key_text, parse};
use super::text::{NoteSignature, SignedNote};

const SECRET_PREFIX: &str = "PRIVATE+KEY+";

/// A secret key with its name. It is wiped from memory when dropped.
#[derive(Clone)]
pub struct SigningKey {
    secret: ed25519_dalek::SigningKey,
    verifier: VerifierKey,
}

impl SigningKey {
    /// The key of a seed: 32 bytes that nobody else knows or can guess.
    ///
    /// # Errors
    /// [`KeyError::BadName`].
    pub fn from_seed(name: &str, kind: KeyKind, seed: &[u8; 32]) -> Result<Self, KeyError> {
        let secret = ed25519_dalek::SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, kind, secret.verifying_key().as_bytes())?;
        Ok(Self { secret, verifier })
    }

    /// The public key, for those who verify.
    #[must_use]
    pub const fn verifier_key(&self) -> &VerifierKey {
        &self.verifier
    }

    /// The secret text form, `PRIVATE+KEY+name+id+seed`, as Go's notes have it.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let (name, id) = (self.verifier.name(), self.verifier.id());
        let seed = key_text(self.verifier.kind(), self.secret.as_bytes());
        format!("{SECRET_PREFIX}{name}+{id}+{seed}")
    }

    fn must_be(&self, expected: KeyKind) -> Result<(), NoteError> {
        let got = self.verifier.kind();
        if got == expected {
            return Ok(());
        }
        Err(NoteError::WrongKeyKind { expected, got })
    }

    fn signature(&self, message: &[u8], before: &[u8]) -> NoteSignature {
        let mut bytes = Vec::from(before);
        bytes.extend(self.secret.sign(message).to_bytes());
        NoteSignature {
            name: self.verifier.name().to_string(),
            id: self.verifier.id(),
            bytes,
        }
    }
}

impl fmt::Debug for SigningKey {
    /// Shows the public key only.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("verifier", &self.verifier)
            .finish_non_exhaustive()
    }
}

impl FromStr for SigningKey {
    type Err = KeyError;

    /// Reads the secret text form.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let text = text.strip_prefix(SECRET_PREFIX).ok_or(KeyError::NotAKey)?;
        let (name, id, kind, seed) = parse(text)?;
        let key = Self::from_seed(name, kind, &seed)?;
        key.verifier.check_id(id)?;
        Ok(key)
    }
}

impl SignedNote {
    /// Adds the key's signature over the text, in place of an earlier one.
    ///
    /// # Errors
    /// [`NoteError::WrongKeyKind`] unless the key is for notes; [`NoteError::TooManySignatures`].
    pub fn sign(&mut self, key: &SigningKey) -> Result<(), NoteError> {
        key.must_be(KeyKind::Ed25519)?;
        let signature = key.signature(self.text().as_bytes(), &[]);
        self.add(signature)
    }

    /// Adds the key's cosignature: that it saw this checkpoint at `time_s`, in seconds since 1970.
    ///
    /// # Errors
    /// [`NoteError::WrongKeyKind`] unless the key is for cosignatures;
    /// [`NoteError::NotACheckpoint`]; [`NoteError::BadTime`] beyond 2^63 - 1;
    /// [`NoteError::TooManySignatures`].
    pub fn cosign(&mut self, key: &SigningKey, time_s: u64) -> Result<(), NoteError> {
        key.must_be(KeyKind::Cosignature)?;
        let _checkpoint: Checkpoint = self.text().parse()?;
        if i64::try_from(time_s).is_err() {
            return Err(NoteError::BadTime { time_s });
        }
        let message = format!("cosignature/v1\ntime {time_s}\n{}", self.text());
        let signature = key.signature(message.as_bytes(), &time_s.to_be_bytes());
        self.add(signature)
    }
}
