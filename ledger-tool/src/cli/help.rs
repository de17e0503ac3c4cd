//! The arguments of what tries a machine, or helps.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;

#[derive(Debug, Args)]
pub(crate) struct BenchArgs {
    /// A directory on the disk to measure; a scratch store is made in it and removed again. The
    /// directory for temporary files, if it is not given
    pub(crate) dir: Option<PathBuf>,
    /// How long each measurement takes, in seconds
    #[arg(long, value_name = "N", default_value_t = 2,
          value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(crate) seconds: u64,
}

#[derive(Debug, Args)]
pub(crate) struct DebugBundleArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The file to write, or - for standard output
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// The command, as `proof inclusion`; the tool itself, if it is not given
    pub(crate) command: Vec<String>,
}
