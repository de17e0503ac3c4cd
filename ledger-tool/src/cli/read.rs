//! The arguments of what reads entries.

#![allow(clippy::doc_markdown, reason = "these comments are help texts")]

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::failure::Failure;
use crate::lookup::LookupArgs;

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
