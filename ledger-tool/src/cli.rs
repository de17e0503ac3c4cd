//! The arguments: names and help. Scripts rely on the names.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::num::NonZeroU64;
use std::path::{Path, PathBuf};

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::cli_look::{
    BenchArgs, CompletionsArgs, DebugBundleArgs, InspectCommand, ManArgs, StatArgs,
};
use crate::cli_state::{StateAnchorArgs, StateCommand, StateProofArgs};
use crate::failure::{EXIT_CODES, Failure};
use crate::lookup::LookupArgs;

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

#[derive(Debug, Args)]
pub(crate) struct InitArgs {
    /// The directory to make
    pub(crate) dir: Option<PathBuf>,
    /// Identity of the network, the same on all its replicas
    #[arg(long, value_name = "ID", default_value = "local")]
    pub(crate) network: String,
    /// A ledger; may be given several times. TREE is sha256, which others read too, or blake3,
    /// which is faster. STATE is none, or the hash of a state's nodes: blake3, keccak256 as
    /// Ethereum, sha3-256 as Indy Plenum, or sha256; with `hashed` after it, keys are hashed too
    #[arg(
        long = "ledger",
        value_name = "NAME[:TREE[:STATE[:hashed]]]",
        required = true
    )]
    pub(crate) ledgers: Vec<String>,
    /// How a ledger's entries can be found: by leaf hash (hash), by unique ids that import gives
    /// them (id), or both, with a comma between. Ids are unique over all ledgers with one SPACE,
    /// which is the ledger's name if none is given
    #[arg(long = "lookup", value_name = "NAME=hash,id[:SPACE]")]
    pub(crate) lookups: Vec<String>,
}

#[derive(Debug, Args)]
pub(crate) struct ImportArgs {
    /// The store's directory; left out where -C or LEDGER_DIR gives it
    #[arg(value_name = "DIR")]
    first: PathBuf,
    /// The file, or - for standard input; the directory of tiles
    #[arg(value_name = "FILE")]
    second: Option<PathBuf>,
    /// The ledger to append to
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// What the file holds
    #[arg(long, value_enum)]
    pub(crate) format: ImportFormat,
    /// Entries in one commit; a commit takes at most 16 MiB of them, unless one entry has more
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) batch: u32,
    /// Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never
    /// before the last commit's
    #[arg(long, value_name = "T")]
    pub(crate) time: Option<String>,
    /// Also writes the ledger's state as Plenum's pool and domain ledgers do; for plenum-genesis
    #[arg(long)]
    pub(crate) state: bool,
    /// The member of each JSON entry that is its unique id, a text or a number, or a JSON pointer
    /// to it (/txn/digest); an id that is known ends the import. For jsonl
    #[arg(long, value_name = "MEMBER")]
    pub(crate) id_field: Option<String>,
    /// Verifier keys that you trust to sign the checkpoint of tiles, one a line
    #[arg(long, value_name = "FILE", required_if_eq("format", "tiles"))]
    pub(crate) keys: Option<PathBuf>,
    /// The log that the tiles are of; <network>/<ledger> of the store, if it is not given
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
    /// Prints only the last `committed HEIGHT TREE_SIZE`
    #[arg(long)]
    pub(crate) quiet_commits: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportFormat {
    /// An entry a line, without its newline
    Lines,
    /// Length (32 bits, little-endian), then the bytes, repeated
    Records,
    /// An entry a line, which must be JSON; kept as it is written
    Jsonl,
    /// A genesis file of Hyperledger Indy Plenum, into an empty ledger, in one commit
    PlenumGenesis,
    /// A directory of C2SP tlog tiles, of which the ledger is a beginning; needs --keys
    Tiles,
}

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
pub(crate) struct EntryArgs {
    /// The store's directory; left out where -C or LEDGER_DIR gives it
    #[arg(value_name = "DIR", required_unless_present = "lookup")]
    first: Option<PathBuf>,
    /// The entry's leaf index, from 0
    #[arg(value_name = "INDEX", conflicts_with = "lookup")]
    second: Option<u64>,
    #[command(flatten)]
    pub(crate) lookup: LookupArgs,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// Prints the entry's bytes and nothing else
    #[arg(long, conflicts_with = "json")]
    pub(crate) raw: bool,
}

#[derive(Debug, Args)]
pub(crate) struct DumpArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// The first entry
    #[arg(long, value_name = "I", default_value_t = 0)]
    pub(crate) from: u64,
    /// The entry after the last; all, if it is not given
    #[arg(long, value_name = "I")]
    pub(crate) to: Option<u64>,
    /// Prints the ledger's state instead, a {"key_hex","value_hex"} a line as `state put` reads it,
    /// or key and value as two records
    #[arg(long, conflicts_with_all = ["from", "to"])]
    pub(crate) state: bool,
    /// The state as it was at this height; that of now, if it is not given
    #[arg(long, value_name = "H", requires = "state")]
    pub(crate) height: Option<u64>,
    /// How entries are printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: DumpFormat,
    /// Prints every entry that a damaged log still has, and says which are lost: on stderr, and in
    /// jsonl as {"ledger","lost":{"begin","end"}} in their place. Exit code 4 if any are
    #[arg(long, conflicts_with = "state")]
    pub(crate) salvage: bool,
    /// Where to, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum DumpFormat {
    /// A JSON object a line: ledger, leaf_index, seq_no, height, data_hex, and data if it is UTF-8
    #[default]
    Jsonl,
    /// Length (32 bits, little-endian), then the bytes, repeated
    Records,
    /// The bytes one after another, with nothing between them
    Raw,
    /// A table with a head, for spreadsheets: the members of jsonl
    Csv,
    /// An SQLite database: a table `entries` or `state`, and a table `store` that says of what
    Sqlite,
}

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

#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Makes a key; prints the verifier key, which is public
    New(KeysNewArgs),
    /// Prints the verifier keys of a key file, secret or public
    Show(KeysShowArgs),
}

#[derive(Debug, Args)]
pub(crate) struct KeysNewArgs {
    /// The key's name: no spaces and no plus signs
    #[arg(long, value_name = "NAME")]
    pub(crate) name: String,
    /// The file of the secret key, which must not exist; only its owner may read it
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Makes a key that cosigns the checkpoints of others, with the time (C2SP tlog-cosignature)
    #[arg(long)]
    pub(crate) cosigner: bool,
}

#[derive(Debug, Args)]
pub(crate) struct KeysShowArgs {
    /// The key file
    pub(crate) file: PathBuf,
}

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
pub(crate) struct ExplainArgs {
    /// The code; without it all are listed
    pub(crate) code: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// An empty or missing directory; a new temporary one, if it is not given
    pub(crate) dir: Option<PathBuf>,
}

impl DiffArgs {
    /// The first store, if it is given here, and the second.
    pub(crate) fn places(&self) -> (Option<PathBuf>, PathBuf) {
        two(&self.first, self.second.as_ref())
    }
}

impl BackupArgs {
    /// The store, if it is given here, and the copy.
    pub(crate) fn places(&self) -> (Option<PathBuf>, PathBuf) {
        two(&self.first, self.second.as_ref())
    }
}

/// Of one or two paths the last, and the one before.
fn two(first: &Path, second: Option<&PathBuf>) -> (Option<PathBuf>, PathBuf) {
    match second {
        Some(second) => (Some(first.to_owned()), second.clone()),
        None => (None, first.to_owned()),
    }
}

impl ImportArgs {
    /// The directory, if it is given here, and the file.
    pub(crate) fn places(&self) -> (Option<PathBuf>, PathBuf) {
        two(&self.first, self.second.as_ref())
    }
}

impl EntryArgs {
    /// The directory, if it is given here, and the index, unless the entry is looked up.
    pub(crate) fn places(&self) -> Result<(Option<PathBuf>, Option<u64>), Failure> {
        if self.second.is_some() || self.lookup.is_given() {
            return Ok((self.first.clone(), self.second));
        }
        let first = self.first.clone().unwrap_or_default();
        let index = first.to_str().and_then(|text| text.parse().ok());
        let index =
            index.ok_or_else(|| Failure::Usage(format!("{} is no leaf index", first.display())))?;
        Ok((None, Some(index)))
    }
}

/// The whole command line, every command with the exit codes in its help.
pub(crate) fn command() -> clap::Command {
    with_exit_codes(Cli::command())
}

fn with_exit_codes(command: clap::Command) -> clap::Command {
    let command = command.after_help(EXIT_CODES);
    command.mut_subcommands(with_exit_codes)
}
