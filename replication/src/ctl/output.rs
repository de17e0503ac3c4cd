//! What is printed, and how a command ended.
//!
//! Invariants: standard output is the answer, standard error is the talk; "no" is never confused
//! with "could not tell".

use core::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};

use crate::client::{ClientError, TlsFileError};
use crate::genesis::GenesisError;
use crate::keyfile::KeyFileError;

/// The exit codes of every command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Exit {
    /// Done.
    Done = 0,
    /// Could not tell.
    Failed = 1,
    /// Wrong arguments.
    Usage = 2,
    /// Not all nodes answer.
    Incomplete = 3,
    /// Refused, absent, or the nodes differ.
    No = 4,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command was not done.
#[derive(Debug, thiserror::Error)]
pub(super) enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("cannot {op} {file}: {source}")]
    Io {
        op: &'static str,
        file: String,
        #[source]
        source: io::Error,
    },
    #[error("{file}: {source}")]
    Genesis {
        file: String,
        #[source]
        source: GenesisError,
    },
    #[error(transparent)]
    Key(#[from] KeyFileError),
    #[error(transparent)]
    Tls(#[from] TlsFileError),
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("{0}")]
    Node(String),
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

impl Failure {
    pub(super) fn io(op: &'static str, file: impl Display) -> impl FnOnce(io::Error) -> Self {
        let file = file.to_string();
        move |source| Self::Io { op, file, source }
    }

    const fn exit(&self) -> Exit {
        match self {
            Self::Usage(_) | Self::Client(ClientError::NoSuchNode(_)) => Exit::Usage,
            Self::Client(ClientError::Refused(_)) => Exit::No,
            _ => Exit::Failed,
        }
    }
}

/// Prints lines for people, or one JSON document a line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Output {
    json: bool,
}

impl Output {
    pub(super) const fn new(json: bool) -> Self {
        Self { json }
    }

    /// Prints an answer in the form that was asked for. A reader that left is no failure.
    pub(super) fn answer(&self, text: &str, document: impl FnOnce() -> Value) {
        let mut out = io::stdout().lock();
        let _ = match self.json {
            true => writeln!(out, "{}", document()),
            false => writeln!(out, "{text}"),
        };
        let _ = out.flush();
    }

    /// Says something on the way.
    pub(super) fn say(&self, text: &str) {
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Says why a command was not done.
    pub(super) fn failed(&self, failure: &Failure) -> Exit {
        self.say(&format!("ledgerctl: {failure}"));
        let (id, status, reason) = match failure {
            Failure::Client(ClientError::Refused(refusal)) => {
                (None, "refused", Some(refusal.code.clone()))
            }
            Failure::Client(ClientError::InDoubt { id, .. }) => (Some(*id), "unknown", None),
            _ => (None, "unknown", None),
        };
        if self.json || reason.is_some() {
            let text = format!("refused: {}", reason.as_deref().unwrap_or_default());
            self.answer(&text, || {
                let (height, proof) = (Value::Null, Value::Null);
                json!({"id": id, "height": height, "status": status, "reason": reason, "proof": proof})
            });
        }
        failure.exit()
    }
}
