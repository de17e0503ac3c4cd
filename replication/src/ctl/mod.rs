//! The command `ledgerctl`: a client, and what makes and runs local networks.
//!
//! - `cli` says what the arguments are;
//! - `directory` knows where the parts of a local network lie, `init` makes one, `process` runs its
//!   nodes, `testnet` puts these to use;
//! - `node` makes what a node is started with;
//! - `records`, `member`, `status`, `watch` and `bench` are the client's commands;
//! - `simulate` prints what a simulation came to (feature `simulate`);
//! - `output` prints, and says how it ended.

mod bench;
mod cli;
mod directory;
mod init;
mod member;
mod node;
mod output;
mod process;
mod records;
#[cfg(feature = "simulate")]
mod simulate;
mod status;
mod testnet;
mod watch;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser;
use clap::error::ErrorKind;

use cli::{Cli, Command};
use output::{Exit, Failure, Output};

/// Runs the command with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    run_with(std::env::args_os()).into()
}

fn run_with(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // A closed terminal is no failure.
            let _ = error.print();
            return match error.kind() {
                ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Exit::Done,
                _ => Exit::Usage,
            };
        }
    };
    let output = Output::new(cli.global.json);
    let ended = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime.block_on(dispatch(cli, &output)),
        Err(source) => Err(Failure::io("start threads", "")(source)),
    };
    match ended {
        Ok(exit) => exit,
        Err(failure) => output.failed(&failure),
    }
}

async fn dispatch(cli: Cli, output: &Output) -> Result<Exit, Failure> {
    let global = cli.global;
    match cli.command {
        Command::Testnet(command) => testnet::run(command, &global, output).await,
        Command::Put { key, value } => records::put(&global, output, &key, &value).await,
        Command::Get { key } => records::get(&global, output, &key).await,
        Command::Transfer { key, to } => records::transfer(&global, output, &key, to).await,
        Command::Delete { key } => records::delete(&global, output, &key).await,
        Command::Tx(cli::Tx::Show { id }) => records::show(&global, output, &id).await,
        Command::Member(command) => member::run(&global, output, command).await,
        Command::Node(command) => node::run(&global, output, command),
        Command::Status { all } => status::run(&global, output, all).await,
        Command::Watch { commits } => watch::run(&global, output, commits).await,
        Command::Bench(arguments) => bench::run(&global, output, arguments).await,
        #[cfg(feature = "simulate")]
        Command::Simulate(arguments) => simulate::run(output, arguments),
    }
}
