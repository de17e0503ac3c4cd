//! One module a command: call the library, render the answer as text or JSON.

mod checkpoint;
mod demo;
mod dump;
mod entry;
mod explain;
mod export;
mod import;
mod info;
mod init;
mod keys;
mod proof;
mod prune;
mod verify;

use serde::Serialize;

use crate::cli::{CheckpointCommand, Command, ExportCommand, KeysCommand, ProofCommand};
use crate::failure::{Exit, Failure};
use crate::session::Session;

/// Runs a command.
pub(crate) fn run(session: &Session, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Init(args) => init::run(session, args),
        Command::Import(args) => import::run(session, &args),
        Command::Info(args) => info::run(session, args),
        Command::Verify(args) => verify::run(session, args),
        Command::Entry(args) => entry::run(session, &args),
        Command::Dump(args) => dump::run(session, args),
        Command::Proof(ProofCommand::Inclusion(args)) => proof::inclusion(session, args),
        Command::Proof(ProofCommand::Consistency(args)) => proof::consistency(session, args),
        Command::Proof(ProofCommand::Range(args)) => proof::range(session, args),
        Command::Proof(ProofCommand::Check(args)) => proof::check(session, &args),
        Command::Proof(ProofCommand::Show(args)) => proof::show(session, &args),
        Command::Keys(KeysCommand::New(args)) => keys::new(session, &args),
        Command::Keys(KeysCommand::Show(args)) => keys::show(session, &args),
        Command::Checkpoint(CheckpointCommand::Sign(args)) => checkpoint::sign(session, args),
        Command::Checkpoint(CheckpointCommand::Verify(args)) => checkpoint::verify(session, args),
        Command::Checkpoint(CheckpointCommand::Show(args)) => checkpoint::show(session, &args),
        Command::Checkpoint(CheckpointCommand::Compare(args)) => {
            checkpoint::compare(session, &args)
        }
        Command::Export(ExportCommand::Tiles(args)) => export::tiles(session, args),
        Command::Prune(args) => prune::run(session, args),
        Command::Demo(args) => demo::run(session, args),
        Command::Explain(args) => explain::run(session, &args),
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
