//! The tool as a whole: what every command prints and answers, what is shipped with it, and what
//! it does where a user, a disk or a stranger does their worst.
//!
//! `LEDGER_TOOL_BLESS=1 cargo test -p ledger-tool --test whole` writes the files anew that are held
//! against the tool here: completions, manual pages and snapshots. Read what changed before you
//! commit it.

#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;
mod exits;
mod explore;
mod hostile;
mod look;
mod manual;
mod pictures;
mod sample;
mod schemas;
mod shipped;
mod snapshots;
mod tables;
mod terminal;
mod user;
