//! The arguments of what draws.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::{TreeArgs, VerifyLevel};

#[derive(Debug, Subcommand)]
pub(crate) enum RenderCommand {
    /// Draws a Merkle tree: a small one in full, of a large one the ways to some leaves
    Tree(RenderTreeArgs),
    /// Draws a proof of any kind; needs no store
    Proof(RenderProofArgs),
    /// Draws what each segment of the log holds
    Segments(RenderStoreArgs),
    /// Draws how the log grew
    Growth(RenderStoreArgs),
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum PictureFormat {
    /// For a terminal
    #[default]
    Text,
    /// A picture, light or dark as its reader is, with full hashes on hover
    Svg,
    /// For Graphviz; of trees and proofs
    Dot,
    /// A page with the picture and all hashes as a table, without scripts
    Html,
}

#[derive(Debug, Args)]
pub(crate) struct PictureOutput {
    /// The form of the picture
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: PictureFormat,
    /// Draws text with ASCII characters alone
    #[arg(long)]
    pub(crate) ascii: bool,
    /// Where to, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct RenderTreeArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// The size of the tree; that of now, if it is not given
    #[arg(long, value_name = "N")]
    pub(crate) size: Option<u64>,
    /// A leaf to draw the way to, from 0; may be given several times. Otherwise the first and the
    /// last of a tree of more than 32 leaves
    #[arg(long = "leaf", value_name = "I")]
    pub(crate) leaves: Vec<u64>,
    #[command(flatten)]
    pub(crate) output: PictureOutput,
}

#[derive(Debug, Args)]
pub(crate) struct RenderProofArgs {
    /// The proof, or - for standard input
    pub(crate) file: PathBuf,
    /// The entry of a tlog proof, which does not hold its hash
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: PictureOutput,
}

#[derive(Debug, Args)]
pub(crate) struct RenderStoreArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: PictureOutput,
}

#[derive(Debug, Args)]
pub(crate) struct ReportArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The page to write, or - for standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) html: PathBuf,
    /// How much is verified
    #[arg(long, value_enum, default_value_t)]
    pub(crate) level: VerifyLevel,
    /// A proof to draw; may be given several times
    #[arg(long = "proof", value_name = "FILE")]
    pub(crate) proofs: Vec<PathBuf>,
    /// A signed checkpoint to hold against the store; may be given several times
    #[arg(long = "checkpoint", value_name = "FILE", requires = "keys")]
    pub(crate) checkpoints: Vec<PathBuf>,
    /// Verifier keys that you trust to sign the checkpoints, one a line
    #[arg(long, value_name = "FILE", requires = "checkpoints")]
    pub(crate) keys: Option<PathBuf>,
}

#[cfg(feature = "explore")]
#[derive(Debug, Args)]
pub(crate) struct ExploreArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// Where to listen; port 0 takes a free one, and the address is printed
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787")]
    pub(crate) listen: std::net::SocketAddr,
    /// Also listens where others reach it: whoever does reads every entry and key
    #[arg(long)]
    pub(crate) allow_remote: bool,
}
