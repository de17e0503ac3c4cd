//! The arguments of `state` and `proof state`.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::two;
use crate::failure::Failure;
use crate::human;

#[derive(Debug, Subcommand)]
pub(crate) enum StateCommand {
    /// Writes keys of a state: a JSON object a line
    #[command(override_usage = "ledger-tool state put [OPTIONS] --ledger <NAME> [DIR] <FILE>")]
    Put(StatePutArgs),
    /// Prints the value of a key; exit code 4 if the key is absent
    Get(StateGetArgs),
    /// Lists keys and values in order of keys
    Ls(StateLsArgs),
    /// Prints what differs between two heights
    Diff(StateDiffArgs),
    /// Prints the state's root at each height
    Roots(StateRootsArgs),
}

#[derive(Debug, Args)]
pub(crate) struct StatePutArgs {
    /// The store's directory; left out where -C or LEDGER_DIR gives it
    #[arg(value_name = "DIR")]
    first: PathBuf,
    /// The file, or - for standard input. Each line is {"key_hex":HEX,"value_hex":HEX}; null instead
    /// of a value deletes the key, and so does an empty value
    #[arg(value_name = "FILE")]
    second: Option<PathBuf>,
    /// The ledger whose state is written
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// Lines in one commit; of several for one key the last counts. A commit takes at most 16 MiB
    /// of keys and values, unless one line has more
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) batch: u32,
    /// Time of the commits: RFC 3339, or milliseconds since 1970; now, if it is not given. Never
    /// before the last commit's
    #[arg(long, value_name = "T")]
    pub(crate) time: Option<String>,
    /// Prints only the last `committed HEIGHT TREE_SIZE`
    #[arg(long)]
    pub(crate) quiet_commits: bool,
}

impl StatePutArgs {
    /// The directory, if it is given here, and the file.
    pub(crate) fn places(&self) -> (Option<PathBuf>, PathBuf) {
        two(&self.first, self.second.as_ref())
    }
}

/// One key.
#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
pub(crate) struct KeyArgs {
    /// The key, as text
    #[arg(long, value_name = "TEXT")]
    key: Option<String>,
    /// The key, in hex
    #[arg(long, value_name = "HEX")]
    key_hex: Option<String>,
}

impl KeyArgs {
    pub(crate) fn bytes(&self) -> Result<Vec<u8>, Failure> {
        match &self.key {
            Some(text) => Ok(text.clone().into_bytes()),
            None => unhex("--key-hex", self.key_hex.as_deref().unwrap_or_default()),
        }
    }
}

/// The bytes of an argument in hex.
pub(crate) fn unhex(option: &str, text: &str) -> Result<Vec<u8>, Failure> {
    human::unhex(text).ok_or_else(|| {
        Failure::Usage(format!(
            "{option}: not hex digits in pairs: {}",
            human::start_of(text)
        ))
    })
}

#[derive(Debug, Args)]
pub(crate) struct StateGetArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// The state as it was at this height; that of now, if it is not given
    #[arg(long, value_name = "H")]
    pub(crate) height: Option<u64>,
    /// Prints the value's bytes and nothing else
    #[arg(long, conflicts_with = "json")]
    pub(crate) raw: bool,
}

#[derive(Debug, Args)]
pub(crate) struct StateLsArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// Only keys that start with this text
    #[arg(long, value_name = "TEXT")]
    pub(crate) prefix: Option<String>,
    /// Only keys that start with these bytes
    #[arg(long, value_name = "HEX", conflicts_with = "prefix")]
    pub(crate) prefix_hex: Option<String>,
    /// Begins with this key, or where it would stand
    #[arg(long, value_name = "TEXT")]
    pub(crate) from: Option<String>,
    /// Begins with this key, in hex, or where it would stand
    #[arg(long, value_name = "HEX", conflicts_with = "from")]
    pub(crate) from_hex: Option<String>,
    /// At most so many keys, and then says where to go on
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<u64>,
    /// The last keys first
    #[arg(long)]
    pub(crate) reverse: bool,
    /// The state as it was at this height; that of now, if it is not given
    #[arg(long, value_name = "H")]
    pub(crate) height: Option<u64>,
}

impl StateLsArgs {
    /// What every key starts with.
    pub(crate) fn prefix(&self) -> Result<Vec<u8>, Failure> {
        let text = self.prefix.clone().map(String::into_bytes);
        let hex = self.prefix_hex.as_deref();
        let hex = hex.map(|hex| unhex("--prefix-hex", hex)).transpose()?;
        Ok(text.or(hex).unwrap_or_default())
    }

    /// Where the list begins.
    pub(crate) fn from(&self) -> Result<Option<Vec<u8>>, Failure> {
        let text = self.from.clone().map(String::into_bytes);
        let hex = self.from_hex.as_deref();
        let hex = hex.map(|hex| unhex("--from-hex", hex)).transpose()?;
        Ok(text.or(hex))
    }
}

#[derive(Debug, Args)]
pub(crate) struct StateDiffArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// The one height
    #[arg(long, value_name = "H")]
    pub(crate) from: u64,
    /// The other height
    #[arg(long, value_name = "H")]
    pub(crate) to: u64,
}

#[derive(Debug, Args)]
pub(crate) struct StateRootsArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// The first height
    #[arg(long, value_name = "H", default_value_t = 1)]
    pub(crate) from: u64,
    /// The height after the last; all, if it is not given
    #[arg(long, value_name = "H")]
    pub(crate) to: Option<u64>,
}

#[derive(Debug, Args)]
pub(crate) struct StateProofArgs {
    /// The store's directory
    pub(crate) dir: Option<PathBuf>,
    /// The ledger
    #[arg(long, value_name = "NAME")]
    pub(crate) ledger: String,
    /// A key, as text; several keys make one proof
    #[arg(
        long,
        value_name = "TEXT",
        required_unless_present_any = ["key_hex", "prefix_hex"]
    )]
    key: Vec<String>,
    /// A key, in hex
    #[arg(long, value_name = "HEX")]
    key_hex: Vec<String>,
    /// All keys that start with these bytes, and that there are no others
    #[arg(long, value_name = "HEX", conflicts_with_all = ["key", "key_hex"])]
    prefix_hex: Option<String>,
    /// The state as it was at this height; that of now, if it is not given
    #[arg(long, value_name = "H")]
    pub(crate) height: Option<u64>,
    /// Writes the compact binary form instead of JSON
    #[arg(long)]
    pub(crate) compact: bool,
    /// Where to, or - for standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    pub(crate) output: PathBuf,
}

impl StateProofArgs {
    /// The keys asked for, in order, each once.
    pub(crate) fn keys(&self) -> Result<Vec<Vec<u8>>, Failure> {
        let hex = self.key_hex.iter().map(|hex| unhex("--key-hex", hex));
        let text = self.key.iter().map(|text| Ok(text.clone().into_bytes()));
        let mut keys = text.chain(hex).collect::<Result<Vec<_>, Failure>>()?;
        keys.sort_unstable();
        keys.dedup();
        Ok(keys)
    }

    /// The prefix asked for, if it is one.
    pub(crate) fn prefix(&self) -> Result<Option<Vec<u8>>, Failure> {
        let hex = self.prefix_hex.as_deref();
        hex.map(|hex| unhex("--prefix-hex", hex)).transpose()
    }
}

/// What a state proof is compared with.
#[derive(Debug, Args)]
pub(crate) struct StateAnchorArgs {
    /// The key that a state proof is for, in hex; for `eth_getProof`, the address or storage key
    #[arg(long, value_name = "HEX")]
    pub(crate) key_hex: Option<String>,
    /// The value that the key has
    #[arg(long, value_name = "HEX")]
    pub(crate) value_hex: Option<String>,
    /// The key is to be absent
    #[arg(long, conflicts_with = "value_hex")]
    pub(crate) absent: bool,
    /// What the state is computed with, as given to `init`; sha3-256 for Plenum's proofs, if it is
    /// not given
    #[arg(long, value_name = "STATE[:hashed]")]
    pub(crate) state: Option<String>,
}

impl StateAnchorArgs {
    /// Whether anything was given.
    pub(crate) const fn is_given(&self) -> bool {
        self.key_hex.is_some() || self.value_hex.is_some() || self.absent || self.state.is_some()
    }
}
