//! The arguments of `export`.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum ExportCommand {
    /// Writes a directory of C2SP tlog tiles with a signed checkpoint, or what is new to it
    Tiles(ExportTilesArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ExportTilesArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger, whose tree is sha256
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// The secret key that signs the checkpoint, as `keys new` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// The directory: a new one, or that of an earlier export
    #[arg(short, long, value_name = "DEST")]
    pub(crate) output: PathBuf,
}
