//! Proofs as files: written by one who has a store, judged by one who has not.

mod check;
mod compact;
mod drawing;
mod file;

pub(crate) use check::{Anchor, Anchors, Judgement, Verdict, anchor_of, judge, signer_names};
pub(crate) use drawing::{Drawing, Glyphs, Node, Role};
pub(crate) use file::{Claim, FILE_LEN_MAX, FileError, Form, ProofFile, SCHEMA, Source};
