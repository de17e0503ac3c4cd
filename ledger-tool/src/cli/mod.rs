//! The arguments: names and help, a module an area of commands. Scripts rely on the names.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

mod checkpoint;
mod help;
mod inspect;
mod look;
mod make;
mod mend;
mod picture;
mod prove;
mod read;
mod state;
mod transfer;

use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::failure::EXIT_CODES;
pub(crate) use checkpoint::{
    CheckpointCommand, CheckpointCompareArgs, CheckpointCosignArgs, CheckpointShowArgs,
    CheckpointSignArgs, CheckpointVerifyArgs,
};
pub(crate) use help::{BenchArgs, CompletionsArgs, DebugBundleArgs, ManArgs};
pub(crate) use inspect::{
    InspectCommand, InspectFrameArgs, InspectSegmentArgs, InspectSuperblockArgs, InspectTileArgs,
    InspectTrieNodeArgs,
};
pub(crate) use look::{
    DiffArgs, ExplainArgs, StatArgs, StatBy, StatLevel, VerifyArgs, VerifyLevel,
};
pub(crate) use make::{
    DemoArgs, ImportArgs, ImportFormat, InitArgs, KeysCommand, KeysNewArgs, KeysShowArgs,
};
pub(crate) use mend::{BackupArgs, PruneArgs, RecoverArgs, RepairArgs, RestoreArgs, TruncateArgs};
#[cfg(feature = "explore")]
pub(crate) use picture::ExploreArgs;
pub(crate) use picture::{
    PictureFormat, PictureOutput, RenderCommand, RenderProofArgs, RenderStoreArgs, RenderTreeArgs,
    ReportArgs,
};
pub(crate) use prove::{
    BundleArgs, CarryArgs, CheckArgs, ConsistencyArgs, InclusionArgs, ProofCommand, ProofOutput,
    RangeArgs, ShowArgs, SubtreeConsistencyArgs, SubtreeInclusionArgs, TreeArgs,
};
pub(crate) use read::{DumpArgs, DumpFormat, EntryArgs};
pub(crate) use state::{
    StateAnchorArgs, StateCommand, StateDiffArgs, StateGetArgs, StateLsArgs, StateProofArgs,
    StatePutArgs, StateRootsArgs, unhex,
};
pub(crate) use transfer::{ExportCommand, ExportTilesArgs};

/// Makes, fills, verifies and reads ledger stores; makes and checks proofs. Works offline.
#[derive(Debug, Parser)]
#[command(name = "ledger-tool", version, propagate_version = false)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// The store, where no DIR is given; otherwise LEDGER_DIR is
    #[arg(short = 'C', value_name = "DIR", global = true)]
    pub(crate) directory: Option<PathBuf>,
    /// Prints one JSON document instead of text
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Colours; `auto` heeds NO_COLOR and CLICOLOR_FORCE
    #[arg(long, value_enum, default_value_t, global = true, value_name = "WHEN")]
    pub(crate) color: When,
    /// Progress on stderr: `auto` draws a bar on a terminal, `json` prints a line at once and then one a second
    #[arg(long, value_enum, default_value_t, global = true, value_name = "HOW")]
    pub(crate) progress: ProgressMode,
    /// Reads files without memory maps: an I/O error is an error and no signal
    #[arg(long, global = true)]
    pub(crate) no_mmap: bool,
    /// Prints sizes as numbers of bytes
    #[arg(long, global = true)]
    pub(crate) bytes: bool,
    /// Says more on stderr
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) verbose: bool,
    /// Says only errors on stderr
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
}

#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub(crate) enum When {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProgressMode {
    #[default]
    Auto,
    Json,
    None,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Creates a store in an empty or missing directory
    Init(InitArgs),
    /// Appends the entries of a file to a ledger
    #[command(
        override_usage = "ledger-tool import [OPTIONS] --ledger <NAME> --format <FORMAT> [DIR] <FILE>"
    )]
    Import(ImportArgs),
    /// Says what a store holds: height, sizes, roots
    Info(StoreArgs),
    /// Checks a store: frames, chain, trees, indexes
    Verify(VerifyArgs),
    /// Says what takes how much space: log, tiles, states, what is dead or torn; and how it grows
    Stat(StatArgs),
    /// Prints one entry
    #[command(
        override_usage = "ledger-tool entry [OPTIONS] --ledger <NAME> [DIR] <INDEX|--hash|--id>"
    )]
    Entry(EntryArgs),
    /// Prints the entries of a ledger
    Dump(DumpArgs),
    /// Writes and reads states: keys and values beside a ledger's entries
    #[command(subcommand)]
    State(StateCommand),
    /// Makes, checks and draws proofs
    #[command(subcommand)]
    Proof(ProofCommand),
    /// Makes and shows keys that sign checkpoints
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Decodes bytes on the disk as far as they can be, damaged ones too
    #[command(subcommand)]
    Inspect(InspectCommand),
    /// Draws trees, proofs, segments and growth: as text, SVG, DOT or HTML
    #[command(subcommand)]
    Render(RenderCommand),
    /// Writes one page to attach to a ticket: verdict, findings, roots, sizes, growth, proofs; no
    /// scripts, nothing to be fetched, and no entry, key or value but those of the proofs given
    #[command(override_usage = "ledger-tool report [OPTIONS] --html <FILE> [DIR]")]
    Report(ReportArgs),
    /// Serves pages to browse a store, for this machine alone; nothing can be changed by them. Runs
    /// until Ctrl-C
    #[cfg(feature = "explore")]
    Explore(ExploreArgs),
    /// Signs, verifies and compares checkpoints: a tree's size and root, signed
    #[command(subcommand)]
    Checkpoint(CheckpointCommand),
    /// Writes a ledger in a form that others read
    #[command(subcommand)]
    Export(ExportCommand),
    /// Says where two stores part: the first height, entry and key
    #[command(override_usage = "ledger-tool diff [OPTIONS] [DIR] <DIR2>")]
    Diff(DiffArgs),
    /// Makes a copy of a store, beside its writer if there is one, or brings one up to date
    #[command(override_usage = "ledger-tool backup [OPTIONS] [DIR] <DEST>")]
    Backup(BackupArgs),
    /// Makes a store from a copy, in a new directory, and verifies it
    Restore(RestoreArgs),
    /// Takes a store back to an earlier height; plans, unless --apply is given
    Truncate(TruncateArgs),
    /// Makes a damaged store whole again, as far as that can be proven; plans, unless --apply is
    /// given
    Repair(RepairArgs),
    /// Brings all that verifies of a damaged store into a new directory, and says what is missing
    Recover(RecoverArgs),
    /// Drops the states of old heights and gives their space back; says what it would do, and does
    /// it with --apply. Entries, roots and proofs of entries stay
    Prune(PruneArgs),
    /// Shows the main job on real data: two genesis ledgers, two proofs, one verification
    Demo(DemoArgs),
    /// Explains a code such as E-FRAME-CRC: cause, effect, remedy
    Explain(ExplainArgs),
    /// Measures this machine: commits, appending, proofs, states; checks the results first
    Bench(BenchArgs),
    /// Writes what helps others to help: sizes, superblocks, findings, roots; no entry, key or value
    #[command(override_usage = "ledger-tool debug-bundle [OPTIONS] --output <FILE> [DIR]")]
    DebugBundle(DebugBundleArgs),
    /// Prints a script that makes a shell complete commands and options
    Completions(CompletionsArgs),
    /// Prints the manual page of a command, for `man -l -`
    Man(ManArgs),
    /// Prints the version of the tool and of the format it reads and writes
    Version,
}

#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
}

/// Of one or two paths the last, and the one before.
fn two(first: &Path, second: Option<&PathBuf>) -> (Option<PathBuf>, PathBuf) {
    match second {
        Some(second) => (Some(first.to_owned()), second.clone()),
        None => (None, first.to_owned()),
    }
}

/// What the environment says, for the help of the tool itself.
const ENVIRONMENT: &str = "\
Environment:
    LEDGER_DIR       the store, where neither DIR nor -C gives it
    LEDGER_TOOL_LOG  what the libraries do and how long it takes, on stderr: a level (error,
                     warn, info, debug, trace), or levels of parts, as info,ledger=debug
    NO_COLOR         no colours, whatever it holds; CLICOLOR_FORCE=1 asks for them in a pipe";

/// The whole command line, every command with the exit codes in its help.
pub(crate) fn command() -> clap::Command {
    with_exit_codes(Cli::command()).after_help(format!("{ENVIRONMENT}\n\n{EXIT_CODES}"))
}

fn with_exit_codes(command: clap::Command) -> clap::Command {
    let command = command.after_help(EXIT_CODES);
    command.mut_subcommands(with_exit_codes)
}
