//! The arguments of what copies, mends and cuts a store.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::num::NonZeroU64;
use std::path::PathBuf;

use clap::Args;

use super::two;

#[derive(Debug, Args)]
pub(crate) struct RepairArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// Where damaged records may come from: a replica or backup of this store, or what
    /// `dump --format jsonl` wrote; may be given several times. Only what leads to the recorded
    /// chain is taken
    #[arg(long = "from", value_name = "DIR2|DUMP")]
    pub(crate) sources: Vec<PathBuf>,
    /// Gives up the last batch where nothing can tell whether it was acknowledged
    #[arg(long)]
    pub(crate) drop_last_batch: bool,
    /// Does it, and keeps what is changed in lost+found
    #[arg(long)]
    pub(crate) apply: bool,
}

#[derive(Debug, Args)]
pub(crate) struct RecoverArgs {
    /// The damaged store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The directory to make, new or empty
    #[arg(short, long, value_name = "DIR2")]
    pub(crate) output: PathBuf,
    /// Root and size of the audit tree, from a source you trust
    #[arg(long, value_name = "HEX@SIZE", conflicts_with = "checkpoint")]
    pub(crate) root: Option<String>,
    /// A signed checkpoint of the audit tree
    #[arg(long, value_name = "FILE", requires = "keys")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Verifier keys that you trust to sign it, one a line
    #[arg(long, value_name = "FILE", requires = "checkpoint")]
    pub(crate) keys: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct TruncateArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The last height that stays
    #[arg(long, value_name = "HEIGHT")]
    pub(crate) to: u64,
    /// Does it, and keeps what is cut off in lost+found
    #[arg(long)]
    pub(crate) apply: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger whose states are dropped
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// How many of the last heights keep their states
    #[arg(long, value_name = "N")]
    pub(crate) keep: NonZeroU64,
    /// An older height that keeps its state too; may be given several times
    #[arg(long = "height", value_name = "H")]
    pub(crate) heights: Vec<u64>,
    /// Does it; without it nothing is changed
    #[arg(long)]
    pub(crate) apply: bool,
}

#[derive(Debug, Args)]
pub(crate) struct BackupArgs {
    /// The store; left out where -C or LEDGER_DIR gives it
    #[arg(value_name = "DIR")]
    first: PathBuf,
    /// The copy: a new or empty directory, or an earlier copy of the same store
    #[arg(value_name = "DEST")]
    second: Option<PathBuf>,
    /// Shares sealed segments with the store where the file system can: no second copy of them, and
    /// what damages one damages both
    #[arg(long)]
    pub(crate) hard_links: bool,
}

impl BackupArgs {
    /// The store, if it is given here, and the copy.
    pub(crate) fn places(&self) -> (Option<PathBuf>, PathBuf) {
        two(&self.first, self.second.as_ref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct RestoreArgs {
    /// The copy that `backup` made
    #[arg(value_name = "SRC")]
    pub(crate) source: PathBuf,
    /// The directory to make, new or empty
    #[arg(value_name = "DIR")]
    pub(crate) dir: PathBuf,
    /// Root and size of the audit tree, from a source you trust
    #[arg(long, value_name = "HEX@SIZE")]
    pub(crate) root: Option<String>,
}
