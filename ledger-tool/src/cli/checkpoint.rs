//! The arguments of `checkpoint`.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::prove::TreeArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum CheckpointCommand {
    /// Signs the size and root that a tree has now
    Sign(CheckpointSignArgs),
    /// Signs another's checkpoint as a witness, after checking it
    Cosign(CheckpointCosignArgs),
    /// Checks who signed a checkpoint, and its root against a store's
    Verify(CheckpointVerifyArgs),
    /// Prints what a checkpoint says, verifying nothing
    Show(CheckpointShowArgs),
    /// Compares two checkpoints of one tree; two roots of one size are evidence of misbehaviour
    Compare(CheckpointCompareArgs),
}

#[derive(Debug, Args)]
pub(crate) struct CheckpointSignArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// The secret key, as `keys new` writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Where to, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckpointCosignArgs {
    /// The checkpoint, or - for standard input
    pub(crate) file: PathBuf,
    /// A copy of the log, whose root at that size must be the checkpoint's; given here or with -C
    pub(crate) dir: Option<PathBuf>,
    /// The secret key, as `keys new` writes it: of a cosigner, or another that signs as it is
    #[arg(long, value_name = "FILE")]
    pub(crate) key: PathBuf,
    /// Verifier keys of which one must have signed the checkpoint, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: PathBuf,
    /// The checkpoint that the key signed before this one
    #[arg(long, value_name = "FILE")]
    pub(crate) old: Option<PathBuf>,
    /// The consistency proof from the old checkpoint to this one
    #[arg(long, value_name = "FILE", requires = "old")]
    pub(crate) proof: Option<PathBuf>,
    /// Time of the cosignature: RFC 3339, or milliseconds since 1970; now, if it is not given
    #[arg(long, value_name = "T")]
    pub(crate) time: Option<String>,
    /// Where to, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckpointVerifyArgs {
    /// The checkpoint, or - for standard input
    pub(crate) file: PathBuf,
    /// The store whose root at that size must be the checkpoint's; given here or with -C
    pub(crate) dir: Option<PathBuf>,
    /// Verifier keys that you trust, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: PathBuf,
    /// How many of the keys must have signed
    #[arg(long, value_name = "N", default_value_t = 1,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) quorum: u32,
}

#[derive(Debug, Args)]
pub(crate) struct CheckpointShowArgs {
    /// The checkpoint, or - for standard input
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckpointCompareArgs {
    /// A checkpoint; or, alone, the evidence that an earlier comparison wrote
    pub(crate) first: PathBuf,
    /// Another checkpoint of the same tree
    pub(crate) second: Option<PathBuf>,
    /// Verifier keys that you trust, one a line
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    /// Where evidence of a conflict is written; without it, it is printed
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}
