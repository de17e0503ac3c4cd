//! The offline admin tool of ledger stores: parse arguments, call a library, render the answer.
//!
//! Rules that every command keeps:
//!
//! - stdout is the answer, stderr the talk; a reader that goes away is no error;
//! - exit code 4 means that the answer is no, 1 that there is none;
//! - nothing is written unless the command's name says so;
//! - input is streamed: memory does not grow with the store or the file.

#![forbid(unsafe_code)]

mod cli;
mod commands;
mod evidence;
mod explain;
#[cfg(feature = "explore")]
mod explore;
mod failure;
mod fields;
mod human;
pub mod input;
mod listing;
mod lock;
mod lookup;
mod picture;
mod progress;
pub mod proof;
mod session;
mod signed;
mod sqlite;
pub mod state_proof;
mod stop;
mod trace;
mod watched;
mod writes;

use std::process::ExitCode;

use clap::FromArgMatches;

pub use failure::Exit;

use cli::Cli;
use session::Session;

/// Runs the command that this process was started with.
#[must_use]
pub fn run() -> ExitCode {
    let parsed = cli::command().try_get_matches().and_then(|matches| {
        // What the derived parser misses was reported above.
        Cli::from_arg_matches(&matches)
    });
    let cli = match parsed {
        Ok(cli) => cli,
        Err(error) => {
            let code = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Ok
            };
            // Printing help to a reader that went away is no error.
            let _ = error.print();
            return code.into();
        }
    };
    let session = Session::new(&cli.global);
    match trace::listen().and_then(|()| commands::run(&session, cli.command)) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            session.report(&failure);
            failure.exit().into()
        }
    }
}
