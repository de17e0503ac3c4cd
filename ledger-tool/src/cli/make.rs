//! The arguments of what makes stores and keys, and fills ledgers.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::two;

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

impl ImportArgs {
    /// The directory, if it is given here, and the file.
    pub(crate) fn places(&self) -> (Option<PathBuf>, PathBuf) {
        two(&self.first, self.second.as_ref())
    }
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

#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// An empty or missing directory; a new temporary one, if it is not given
    pub(crate) dir: Option<PathBuf>,
}
