//! The arguments of `proof`.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::state::{StateAnchorArgs, StateProofArgs};
use crate::lookup::LookupArgs;

#[derive(Debug, Subcommand)]
pub(crate) enum ProofCommand {
    /// Proves that an entry, or several at any indices, is in a tree
    Inclusion(InclusionArgs),
    /// Proves that a tree begins with an earlier one
    Consistency(ConsistencyArgs),
    /// Proves that consecutive entries are in a tree
    Range(RangeArgs),
    /// Proves the value or the absence of keys of a state
    #[command(
        override_usage = "ledger-tool proof state [OPTIONS] --ledger <NAME> <--key <TEXT>|--key-hex <HEX>|--prefix-hex <HEX>> [DIR]"
    )]
    State(StateProofArgs),
    /// Proves that an entry is in a subtree (Merkle Tree Certificates)
    SubtreeInclusion(SubtreeInclusionArgs),
    /// Proves that a subtree is part of a tree (Merkle Tree Certificates)
    SubtreeConsistency(SubtreeConsistencyArgs),
    /// Proves an entry, or a key present or absent, all the way to the audit root of a checkpoint
    Bundle(BundleArgs),
    /// Carries a proof of an entry on to a later tree; needs no store
    Carry(CarryArgs),
    /// Checks proof files; needs no store
    Check(CheckArgs),
    /// Draws a proof file as a tree; needs no store
    Show(ShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct TreeArgs {
    /// The ledger
    #[arg(long, value_name = "NAME", required_unless_present = "audit")]
    pub(crate) ledger: Option<String>,
    /// The audit tree: its leaves are the commit bodies
    #[arg(long, conflicts_with = "ledger")]
    pub(crate) audit: bool,
}

#[derive(Debug, Args)]
pub(crate) struct InclusionArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// The leaf index, from 0; given several times, one proof is for all of them
    #[arg(long = "leaf", value_name = "I", required_unless_present = "lookup")]
    pub(crate) leaves: Vec<u64>,
    #[command(flatten)]
    pub(crate) lookup: LookupArgs,
    /// The size of the tree; that of now or of the checkpoint, if it is not given
    #[arg(long, value_name = "N")]
    pub(crate) size: Option<u64>,
    #[command(flatten)]
    pub(crate) output: ProofOutput,
    /// Writes the text form of C2SP tlog-proof, of one entry, instead of JSON
    #[arg(long, requires = "checkpoint", conflicts_with = "compact")]
    pub(crate) tlog: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SubtreeInclusionArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// The leaf index in the whole tree, from 0
    #[arg(long, value_name = "I")]
    pub(crate) leaf: u64,
    /// The first entry of the subtree
    #[arg(long, value_name = "A")]
    pub(crate) from: u64,
    /// The entry after its last
    #[arg(long, value_name = "B")]
    pub(crate) to: u64,
    #[command(flatten)]
    pub(crate) output: ProofOutput,
}

#[derive(Debug, Args)]
pub(crate) struct SubtreeConsistencyArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// The first entry of the subtree
    #[arg(long, value_name = "A")]
    pub(crate) from: u64,
    /// The entry after its last
    #[arg(long, value_name = "B")]
    pub(crate) to: u64,
    /// The size of the tree; that of now or of the checkpoint, if it is not given
    #[arg(long, value_name = "N")]
    pub(crate) size: Option<u64>,
    #[command(flatten)]
    pub(crate) output: ProofOutput,
}

#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("subject").required(true))]
pub(crate) struct BundleArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// The leaf index of an entry, from 0
    #[arg(long, value_name = "I", group = "subject")]
    pub(crate) leaf: Option<u64>,
    /// A key of the ledger's state, as text
    #[arg(long, value_name = "TEXT", group = "subject")]
    pub(crate) key: Option<String>,
    /// A key of the ledger's state, in hex
    #[arg(long, value_name = "HEX", group = "subject")]
    pub(crate) key_hex: Option<String>,
    /// The commit whose roots are proven against; that of the checkpoint, or the last one
    #[arg(long, value_name = "H")]
    pub(crate) height: Option<u64>,
    /// A signed checkpoint of the audit tree, which the bundle then carries
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Writes the compact binary form instead of JSON
    #[arg(long)]
    pub(crate) compact: bool,
    /// Where to, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CarryArgs {
    /// The proof of an entry, or - for standard input
    pub(crate) proof: PathBuf,
    /// The consistency proof that starts at its tree
    pub(crate) consistency: PathBuf,
    #[command(flatten)]
    pub(crate) output: ProofOutput,
    /// Writes the text form of C2SP tlog-proof instead of JSON
    #[arg(long, requires = "checkpoint", conflicts_with = "compact")]
    pub(crate) tlog: bool,
}

#[derive(Debug, Args)]
pub(crate) struct ConsistencyArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// The size of the earlier tree, at least 1
    #[arg(long, value_name = "M")]
    pub(crate) from: u64,
    /// The size of the later tree; that of now or of the checkpoint, if it is not given
    #[arg(long, value_name = "N")]
    pub(crate) to: Option<u64>,
    #[command(flatten)]
    pub(crate) output: ProofOutput,
}

#[derive(Debug, Args)]
pub(crate) struct RangeArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) tree: TreeArgs,
    /// The first entry, from 0
    #[arg(long, value_name = "I")]
    pub(crate) from: u64,
    /// The entry after the last
    #[arg(long, value_name = "J")]
    pub(crate) to: u64,
    /// The size of the tree; that of now or of the checkpoint, if it is not given
    #[arg(long, value_name = "N")]
    pub(crate) size: Option<u64>,
    #[command(flatten)]
    pub(crate) output: ProofOutput,
}

#[derive(Debug, Args)]
pub(crate) struct ProofOutput {
    /// Puts this signed checkpoint of the tree into the proof
    #[arg(long, value_name = "FILE")]
    pub(crate) checkpoint: Option<PathBuf>,
    /// Writes the compact binary form instead of JSON
    #[arg(long)]
    pub(crate) compact: bool,
    /// Where to, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// The proofs, or - for standard input; many are held against the same roots and keys
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Root and size of the tree, from a source you trust; of a subtree HEX@BEGIN-END; of a bundle
    /// those of the audit tree; of a state proof the root alone
    #[arg(long, value_name = "HEX@SIZE|HEX")]
    pub(crate) root: Option<String>,
    /// Root and size of the earlier tree, or the root of the subtree as HEX@BEGIN-END, of a proof
    /// between two roots, from a source you trust
    #[arg(long, value_name = "HEX@SIZE")]
    pub(crate) old_root: Option<String>,
    /// The entry that the proof is for: its bytes as they are in the ledger. For a proof of several
    /// entries, all of them as `dump --format records` prints them. For many proofs once for each
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Vec<PathBuf>,
    /// Verifier keys, one a line, that you trust to sign the checkpoint in the proof
    #[arg(long, value_name = "FILE")]
    pub(crate) keys: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) state: StateAnchorArgs,
    /// How many of the keys must have signed
    #[arg(long, value_name = "N", default_value_t = 1, requires = "keys",
          value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) quorum: u32,
    /// Of a bundle: how old its commit may be, as 90s, 15m, 24h, 7d or 2w
    #[arg(long, value_name = "DURATION")]
    pub(crate) max_age: Option<String>,
    /// Of a bundle: the genesis of the network whose nodes must have found its block final
    #[arg(long, value_name = "FILE")]
    pub(crate) genesis: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// The proof, or - for standard input
    pub(crate) file: PathBuf,
    /// Draws with ASCII characters alone
    #[arg(long)]
    pub(crate) ascii: bool,
    /// The entry of a tlog proof, which does not hold its hash
    #[arg(long, value_name = "FILE")]
    pub(crate) data: Option<PathBuf>,
}
