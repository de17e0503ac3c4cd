//! The arguments of `inspect`.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

#[derive(Debug, Subcommand)]
pub(crate) enum InspectCommand {
    /// Decodes the superblocks, the tip and who is right
    Superblock(InspectSuperblockArgs),
    /// Decodes a segment: its header, the batches in it, its footer
    Segment(InspectSegmentArgs),
    /// Decodes a frame of the log: that of an entry, or the one at a place
    Frame(InspectFrameArgs),
    /// Decodes a block of Merkle tiles, and computes its nodes again
    Tile(InspectTileArgs),
    /// Decodes a node of a state, and computes its hash
    TrieNode(InspectTrieNodeArgs),
}

#[derive(Debug, Args)]
pub(crate) struct InspectSuperblockArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// Only SUPER.0 or SUPER.1
    #[arg(long, value_name = "0|1", value_parser = clap::value_parser!(u64).range(0..=1))]
    pub(crate) slot: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectSegmentArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The segment's number
    #[arg(long, value_name = "N")]
    pub(crate) number: u64,
}

#[derive(Debug, Args)]
pub(crate) struct InspectFrameArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The segment that the frame is in
    #[arg(
        long,
        value_name = "N",
        requires = "offset",
        conflicts_with = "ledger",
        required_unless_present = "ledger"
    )]
    pub(crate) segment: Option<u64>,
    /// Where in the segment the frame's header starts, as `inspect segment` lists it
    #[arg(long, value_name = "BYTES", requires = "segment")]
    pub(crate) offset: Option<u64>,
    /// The ledger of an entry
    #[arg(long, value_name = "NAME", requires = "leaf")]
    pub(crate) ledger: Option<String>,
    /// The entry's leaf index, from 0
    #[arg(long, value_name = "I", requires = "ledger")]
    pub(crate) leaf: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct InspectTileArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME", required_unless_present = "audit")]
    pub(crate) ledger: Option<String>,
    /// The audit tree: its leaves are the commit bodies
    #[arg(long, conflicts_with = "ledger")]
    pub(crate) audit: bool,
    /// The tile level: 0 holds leaves and seven tree levels above them
    #[arg(long, value_name = "L", default_value_t = 0,
          value_parser = clap::value_parser!(u8).range(0..8))]
    pub(crate) level: u8,
    /// The block in the file of that level; of level 0, the leaf index divided by 256
    #[arg(long, value_name = "B")]
    pub(crate) block: u64,
}

#[derive(Debug, Args)]
pub(crate) struct InspectTrieNodeArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// Where the node's record starts in the node log; the topmost node, if it is not given
    #[arg(long, value_name = "BYTES")]
    pub(crate) location: Option<u64>,
    /// The topmost node at this height; that of now, if it is not given
    #[arg(long, value_name = "H", conflicts_with = "location")]
    pub(crate) height: Option<u64>,
    /// The hash that the node has to have, if it is known
    #[arg(long, value_name = "HEX", requires = "location")]
    pub(crate) hash: Option<String>,
}
