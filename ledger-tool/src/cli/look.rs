//! The arguments of what looks at a store as a whole.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::two;

#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// How much is looked at
    #[arg(long, value_enum, default_value_t)]
    pub(crate) level: VerifyLevel,
    /// Leaves out what this signed checkpoint of the audit tree vouches for, and shows that the log
    /// leads to its root; without --keys the file is trusted as it lies there
    #[arg(long, value_name = "CHECKPOINT")]
    pub(crate) since: Option<PathBuf>,
    /// Verifier keys that must have signed the checkpoint, one a line
    #[arg(long, value_name = "FILE", requires = "since")]
    pub(crate) keys: Option<PathBuf>,
    /// How many of the keys must have signed
    #[arg(long, value_name = "N", default_value_t = 1, requires = "keys",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) quorum: u32,
    /// A root of the audit tree that you know from elsewhere; the size is the height
    #[arg(long, value_name = "HEX@SIZE")]
    pub(crate) trust: Option<String>,
    /// Threads, each in the memory of a segment; as many as there are processors, if not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) threads: Option<u16>,
    /// Reads no faster: so many bytes a second, as 200MiB/s
    #[arg(long, value_name = "B")]
    pub(crate) rate_limit: Option<String>,
    /// Reads past the page cache, and finds damage that it hides
    #[arg(long)]
    pub(crate) direct: bool,
    /// Stops after this time with exit code 3: a number and one of s, m, h, d, w
    #[arg(long, value_name = "T")]
    pub(crate) max_duration: Option<String>,
    /// Goes on from this file if it is there, writes it where the work is stopped, and removes it
    /// when all is done. Not for states made anew (--level deep)
    #[arg(long, value_name = "FILE")]
    pub(crate) resume: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum VerifyLevel {
    /// Headers, superblocks and the end of the log: O(segments)
    Quick,
    /// Every frame, every hash and every node of a state
    #[default]
    Full,
    /// Also makes every state anew from its writes, and compares every root
    Deep,
}

#[derive(Debug, Args)]
pub(crate) struct StatArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// Also a line for each of these
    #[arg(long, value_enum)]
    pub(crate) by: Option<StatBy>,
    /// How much is looked at
    #[arg(long, value_enum, default_value_t)]
    pub(crate) level: StatLevel,
    /// Draws growth with ASCII characters alone
    #[arg(long)]
    pub(crate) ascii: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatLevel {
    /// Files by name and length, and the log
    #[default]
    Full,
    /// Also the nodes of states: how many bytes of them no height that is kept leads to. Takes
    /// memory for the state of the oldest of these heights, some 50 bytes a node
    Deep,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatBy {
    /// Files of the record log
    Segment,
    /// Ledgers and the files derived for them
    Ledger,
}

#[derive(Debug, Args)]
pub(crate) struct DiffArgs {
    /// The first store; left out where -C or LEDGER_DIR gives it
    #[arg(value_name = "DIR")]
    first: PathBuf,
    /// The second store
    #[arg(value_name = "DIR2")]
    second: Option<PathBuf>,
    /// A signed checkpoint of the audit tree of each, in their order: where both reach the height at
    /// which the stores part, they are evidence
    #[arg(long, num_args = 2, value_names = ["FILE", "FILE2"])]
    pub(crate) checkpoints: Option<Vec<PathBuf>>,
    /// Verifier keys that you trust, one a line
    #[arg(long, value_name = "FILE", requires = "checkpoints")]
    pub(crate) keys: Option<PathBuf>,
    /// Where the evidence is written; without it, it is printed
    #[arg(short, long, value_name = "FILE", requires = "checkpoints")]
    pub(crate) output: Option<PathBuf>,
}

impl DiffArgs {
    /// The first store, if it is given here, and the second.
    pub(crate) fn places(&self) -> (Option<PathBuf>, PathBuf) {
        two(&self.first, self.second.as_ref())
    }
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArgs {
    /// The code; without it all are listed
    pub(crate) code: Option<String>,
}
