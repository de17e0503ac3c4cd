//! Verifier keys: who is expected to sign, in the text form `name+id+key`.
//!
//! A key is known by its name and a short id, which is a part of the hash of name, kind and public
//! key (C2SP signed-note). The same public key under another name or of another kind is another
//! key.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, VerifyingKey};
use sha2::{Digest, Sha256};

use super::error::KeyError;

/// Bytes of an Ed25519 public key or seed.
const KEY_LEN: usize = 32;

/// The short name of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub u32);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08x}", self.0)
    }
}

/// What a key signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
#[repr(u8)]
pub enum KeyKind {
    /// A note's text, as it is (C2SP signed-note).
    Ed25519 = 1,
    /// A checkpoint and the time at which it was seen (C2SP tlog-cosignature).
    Cosignature = 4,
}

impl KeyKind {
    pub(super) const fn from_code(code: u8) -> Result<Self, KeyError> {
        match code {
            1 => Ok(Self::Ed25519),
            4 => Ok(Self::Cosignature),
            code => Err(KeyError::UnknownKind { code }),
        }
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ed25519 => "notes",
            Self::Cosignature => "cosignatures",
        })
    }
}

/// A public key with its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: KeyId,
    kind: KeyKind,
    public: VerifyingKey,
}

impl VerifierKey {
    /// The key with this name and these 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::BadName`] or [`KeyError::UnsoundKey`].
    pub fn new(name: &str, kind: KeyKind, public: &[u8; KEY_LEN]) -> Result<Self, KeyError> {
        if !is_key_name(name) {
            return Err(KeyError::BadName);
        }
        let public = VerifyingKey::from_bytes(public).map_err(|_| KeyError::UnsoundKey)?;
        // A key of low order would take one signature for any text.
        if public.is_weak() {
            return Err(KeyError::UnsoundKey);
        }
        let mut hasher = Sha256::new();
        hasher.update(name);
        hasher.update([b'\n', kind as u8]);
        hasher.update(public.as_bytes());
        let [a, b, c, d, ..]: [u8; 32] = hasher.finalize().into();
        Ok(Self {
            name: name.to_string(),
            id: KeyId(u32::from_be_bytes([a, b, c, d])),
            kind,
            public,
        })
    }

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The id.
    #[must_use]
    pub const fn id(&self) -> KeyId {
        self.id
    }

    /// What the key signs.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        self.kind
    }

    /// The 32 bytes of the public key.
    #[must_use]
    pub fn public_key(&self) -> &[u8; KEY_LEN] {
        self.public.as_bytes()
    }

    pub(super) fn has_signed(&self, message: &[u8], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        self.public.verify_strict(message, &signature).is_ok()
    }
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = key_text(self.kind, self.public_key());
        write!(f, "{}+{}+{key}", self.name, self.id)
    }
}

impl FromStr for VerifierKey {
    type Err = KeyError;

    /// Reads `name+id+key`, just as it is written.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let (name, got, kind, public) = parse(text)?;
        let key = Self::new(name, kind, &public)?;
        key.check_id(got)?;
        Ok(key)
    }
}

impl VerifierKey {
    pub(super) fn check_id(&self, got: KeyId) -> Result<(), KeyError> {
        if self.id == got {
            return Ok(());
        }
        let expected = self.id;
        Err(KeyError::WrongId { expected, got })
    }
}

/// The parts of `name+id+key`, where the key is public or a seed.
pub(super) fn parse(text: &str) -> Result<(&str, KeyId, KeyKind, [u8; KEY_LEN]), KeyError> {
    let mut parts = text.splitn(3, '+');
    let (Some(name), Some(id), Some(key)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(KeyError::NotAKey);
    };
    let is_digit = |digit: u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    if id.len() != 8 || !id.bytes().all(is_digit) {
        return Err(KeyError::NotAKey);
    }
    let id = u32::from_str_radix(id, 16).map_err(|_| KeyError::NotAKey)?;
    let bytes = STANDARD.decode(key).map_err(|_| KeyError::NotAKey)?;
    let (code, key) = bytes.split_first().ok_or(KeyError::NotAKey)?;
    let kind = KeyKind::from_code(*code)?;
    let got = key.len();
    let key = key.try_into().map_err(|_| KeyError::WrongLength { got })?;
    Ok((name, KeyId(id), kind, key))
}

/// A key's kind and bytes in Base64.
pub(super) fn key_text(kind: KeyKind, key: &[u8; KEY_LEN]) -> String {
    let mut bytes = Vec::with_capacity(1 + KEY_LEN);
    bytes.push(kind as u8);
    bytes.extend(key);
    STANDARD.encode(bytes)
}

/// What C2SP signed-note allows as the name of a key.
pub(super) fn is_key_name(name: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c < ' ' || c == '+';
    !name.is_empty() && !name.contains(forbidden)
}
