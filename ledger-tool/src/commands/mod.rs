//! One module a command: call the library, render the answer as text or JSON.

mod backup;
mod bench;
mod bundle;
mod checkpoint;
mod cosign;
mod debug_bundle;
mod demo;
mod diff;
mod dump;
mod dump_table;
mod entry;
mod explain;
mod export;
mod help;
mod import;
mod info;
mod init;
mod inspect;
mod keys;
mod next;
mod proof;
mod proof_check;
mod proof_state;
mod prune;
mod recover;
mod render;
mod repair;
mod report;
mod stat;
mod state;
mod state_entries;
mod state_put;
mod truncate;
mod verify;
mod verify_question;

#[cfg(feature = "explore")]
pub(crate) use entry::Heights;
#[cfg(feature = "explore")]
pub(crate) use proof::prove_inclusion;
#[cfg(feature = "explore")]
pub(crate) use proof_state::prove_key;
pub(crate) use state::key_mode_name;
#[cfg(feature = "explore")]
pub(crate) use state_entries::each_entry;

use serde::Serialize;

use crate::cli::{
    CheckpointCommand, Command, ExportCommand, InspectCommand, KeysCommand, ProofCommand,
    StateCommand,
};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Entries `[begin, end)`.
#[derive(Serialize)]
struct RangeDoc {
    begin: u64,
    end: u64,
}

/// Runs a command.
pub(crate) fn run(session: &Session, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Init(args) => init::run(session, args),
        Command::Import(args) => import::run(session, &args),
        Command::Info(args) => info::run(session, args),
        Command::Verify(args) => verify::run(session, &args),
        Command::Stat(args) => stat::run(session, args),
        Command::Inspect(InspectCommand::Superblock(args)) => inspect::superblock(session, args),
        Command::Inspect(InspectCommand::Segment(args)) => inspect::segment(session, args),
        Command::Inspect(InspectCommand::Frame(args)) => inspect::frame(session, args),
        Command::Inspect(InspectCommand::Tile(args)) => inspect::tile(session, args),
        Command::Inspect(InspectCommand::TrieNode(args)) => inspect::trie_node(session, args),
        Command::Entry(args) => entry::run(session, &args),
        Command::Dump(args) => dump::run(session, args),
        Command::Proof(ProofCommand::Inclusion(args)) => proof::inclusion(session, args),
        Command::Proof(ProofCommand::Consistency(args)) => proof::consistency(session, args),
        Command::Proof(ProofCommand::Range(args)) => proof::range(session, args),
        Command::State(StateCommand::Put(args)) => state_put::run(session, &args),
        Command::State(StateCommand::Get(args)) => state::get(session, args),
        Command::State(StateCommand::Ls(args)) => state::ls(session, args),
        Command::State(StateCommand::Diff(args)) => state::diff(session, args),
        Command::State(StateCommand::Roots(args)) => state::roots(session, args),
        Command::Proof(ProofCommand::State(args)) => proof_state::prove(session, args),
        Command::Proof(ProofCommand::SubtreeInclusion(args)) => {
            proof::subtree_inclusion(session, args)
        }
        Command::Proof(ProofCommand::SubtreeConsistency(args)) => {
            proof::subtree_consistency(session, args)
        }
        Command::Proof(ProofCommand::Bundle(args)) => bundle::prove(session, &args),
        Command::Proof(ProofCommand::Carry(args)) => proof::carry(session, &args),
        Command::Proof(ProofCommand::Check(args)) => proof_check::check(session, &args),
        Command::Proof(ProofCommand::Show(args)) => proof_check::show(session, &args),
        Command::Report(args) => report::run(session, &args),
        #[cfg(feature = "explore")]
        Command::Explore(args) => crate::explore::run(session, &args),
        Command::Render(command) => render::run(session, command),
        Command::Keys(KeysCommand::New(args)) => keys::new(session, &args),
        Command::Keys(KeysCommand::Show(args)) => keys::show(session, &args),
        Command::Checkpoint(CheckpointCommand::Sign(args)) => checkpoint::sign(session, args),
        Command::Checkpoint(CheckpointCommand::Cosign(args)) => cosign::run(session, args),
        Command::Checkpoint(CheckpointCommand::Verify(args)) => checkpoint::verify(session, args),
        Command::Checkpoint(CheckpointCommand::Show(args)) => checkpoint::show(session, &args),
        Command::Checkpoint(CheckpointCommand::Compare(args)) => {
            checkpoint::compare(session, &args)
        }
        Command::Export(ExportCommand::Tiles(args)) => export::tiles(session, &args),
        Command::Repair(args) => repair::run(session, &args),
        Command::Recover(args) => recover::run(session, args),
        Command::Prune(args) => prune::run(session, args),
        Command::Diff(args) => diff::run(session, &args),
        Command::Backup(args) => backup::backup(session, &args),
        Command::Restore(args) => backup::restore(session, &args),
        Command::Truncate(args) => truncate::run(session, args),
        Command::Demo(args) => demo::run(session, args),
        Command::Explain(args) => explain::run(session, &args),
        Command::Bench(args) => bench::run(session, args),
        Command::DebugBundle(args) => debug_bundle::run(session, args),
        Command::Completions(args) => help::completions(session, &args),
        Command::Man(args) => help::man(session, &args),
        Command::Version => version(session),
    }
}

#[derive(Serialize)]
struct VersionDoc {
    schema: &'static str,
    version: &'static str,
    format_version: u32,
}

fn version(session: &Session) -> Result<Exit, Failure> {
    let document = VersionDoc {
        schema: "ledger-tool.version/1",
        version: env!("CARGO_PKG_VERSION"),
        format_version: hash_store::FORMAT_VERSION,
    };
    if session.json {
        session.document(&document)?;
    } else {
        session.answer(&format!(
            "ledger-tool {}, reads and writes format {}\n",
            document.version, document.format_version
        ))?;
    }
    Ok(Exit::Ok)
}
