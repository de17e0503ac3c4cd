//! Signed notes and checkpoints: a log's root and size, signed by its keeper and by witnesses.
//!
//! # Format
//!
//! C2SP signed-note, tlog-checkpoint and tlog-cosignature, each with Ed25519. A note is a text, an
//! empty line, and a line for each signature:
//!
//! ```text
//! example.com/log                              origin     \
//! 1024                                         tree size   | the checkpoint, a note's text
//! qINS1GRFhWHwdkUeqLEoP4yEMkTBBzxBkGwGQlVlVcs= root       /
//!
//! (em dash) example.com/log Az3grl...          key name, key id and signature
//! ```
//!
//! # Trust
//!
//! The text means nothing before a known key was found to have signed it: [`VerifierKeys::verify`]
//! gives a [`VerifiedNote`], and that a [`VerifiedCheckpoint`]. Signatures of unknown keys are passed
//! over; a wrong signature of a known key refuses the whole note. A [`Quorum`] asks for several keys;
//! which ones together suffice is otherwise the caller's decision.

mod checkpoint;
mod error;
mod key;
mod quorum;
mod sign;
mod text;
mod verify;

pub use checkpoint::{Checkpoint, CheckpointError};
pub(crate) use checkpoint::{parse_decimal, parse_hash};
pub use error::{KeyError, NoteError};
pub use key::{KeyId, KeyKind, VerifierKey};
pub use quorum::Quorum;
pub use sign::SigningKey;
pub use text::{NOTE_LEN_MAX, NoteSignature, SIGNATURES_MAX, SignedNote};
pub use verify::{VerifiedCheckpoint, VerifiedNote, VerifiedSignature, VerifierKeys};
