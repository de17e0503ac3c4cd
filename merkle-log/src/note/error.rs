//! What can be wrong with a key or a note. No error repeats text that nobody has verified but the
//! names of keys.

use alloc::string::String;

use super::checkpoint::CheckpointError;
use super::key::{KeyId, KeyKind};

/// A key cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is not `name+id+key`, or does not begin as a signing key does.
    #[error("not the text of a key")]
    NotAKey,
    /// The name is empty, or has a space, a plus or a control character.
    #[error("a key's name is not empty and has no spaces, control characters or plus signs")]
    BadName,
    /// The id is not that of name and key.
    #[error("the key has the id {expected}, its text says {got}")]
    WrongId {
        /// The id of name and key.
        expected: KeyId,
        /// The id stated.
        got: KeyId,
    },
    /// A kind of signature that this crate does not make or check.
    #[error("keys of signature type {code:#04x} are not supported")]
    UnknownKind {
        /// The type's identifier byte (C2SP signed-note).
        code: u8,
    },
    /// The key has not 32 bytes.
    #[error("an Ed25519 key has 32 bytes, got {got}")]
    WrongLength {
        /// Bytes of the key.
        got: usize,
    },
    /// The 32 bytes are not a point of the curve, or one of low order.
    #[error("not a sound Ed25519 public key")]
    UnsoundKey,
    /// Two different keys have the same name and id.
    #[error("two keys have the name {name} and the id {id}")]
    Ambiguous {
        /// The name.
        name: String,
        /// The id.
        id: KeyId,
    },
}

/// A note cannot be read, signed or trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NoteError {
    /// The note is longer than any this crate reads.
    #[error("a note of {got} bytes, at most {limit} are read")]
    TooLong {
        /// Bytes of the note.
        got: usize,
        /// The most there can be.
        limit: usize,
    },
    /// There are more signatures than this crate reads.
    #[error("more than {limit} signatures")]
    TooManySignatures {
        /// The most there can be.
        limit: usize,
    },
    /// The bytes are not UTF-8, or have a control character other than newline.
    #[error("no text at byte {at}")]
    NotText {
        /// Where it stops being text.
        at: usize,
    },
    /// The text does not end with a newline.
    #[error("a note's text ends with a newline")]
    UnendedText,
    /// No empty line stands between text and signatures, or none follow.
    #[error("the note has no signatures")]
    NoSignatures,
    /// A line after the text is no signature.
    #[error("line {line} of the signatures is malformed")]
    BadSignatureLine {
        /// The line, from 0.
        line: usize,
    },
    /// The key is for another kind of signature.
    #[error("a key for {expected} is needed, this is one for {got}")]
    WrongKeyKind {
        /// The kind needed.
        expected: KeyKind,
        /// The key's kind.
        got: KeyKind,
    },
    /// The time of a cosignature is beyond 2^63 - 1 seconds.
    #[error("{time_s} is beyond the last time of a cosignature")]
    BadTime {
        /// Seconds since 1970.
        time_s: u64,
    },
    /// A known key did not sign this text.
    #[error("wrong signature of {name}, key {id}")]
    WrongSignature {
        /// The key's name.
        name: String,
        /// The key's id.
        id: KeyId,
    },
    /// No known key signed.
    #[error("none of the note's signatures is by a known key")]
    NoKnownSigner,
    /// Not as many keys signed as must have.
    #[error("{got} of the known keys signed, {needed} must have")]
    TooFewSigners {
        /// How many keys must sign.
        needed: usize,
        /// How many did.
        got: usize,
    },
    /// The text is not a checkpoint.
    #[error("the note's text is not a checkpoint")]
    NotACheckpoint(#[from] CheckpointError),
}
