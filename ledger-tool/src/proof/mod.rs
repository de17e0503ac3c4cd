//! Proofs as files: written by one who has a store, judged by one who has not.
//!
//! [`Decoded::of`] reads a file in any form. [`judge`] holds a proof of a Merkle log against the
//! [`Anchors`] that its reader brings along, [`judge_bundle`] a bundle; [`Drawing`] shows a proof of
//! a log as a tree. No part reads a store or a clock.

mod anchor;
mod bundle;
mod carry;
mod check;
mod claim;
mod compact;
mod drawing;
mod file;
mod json;

pub(crate) use anchor::signer_names;
pub use anchor::{Anchor, Anchors};
pub(crate) use bundle::shown;
pub use bundle::{BundleAnchors, judge_bundle};
pub use carry::{CarryError, carried_on};
pub use check::{Judgement, Verdict, judge, judge_all};
pub use claim::Claim;
pub use compact::CompactFileError;
pub use drawing::{Drawing, Glyphs};
pub(crate) use drawing::{Node, Role, Tree};
pub(crate) use file::FILE_LEN_MAX;
pub use file::{Decoded, FileError, Form, ProofFile, Source, TlogFile};
pub(crate) use json::SCHEMA;
