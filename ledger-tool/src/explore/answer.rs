//! What a request is answered with.

use ledger::Error;

use super::page::Page;
use crate::failure::{Exit, Failure};

/// An answer of the explorer.
pub(super) enum Answer {
    /// A page, or its JSON twin.
    Page(Box<Page>),
    /// A file to keep: its name, its type, its bytes.
    File(String, &'static str, Vec<u8>),
    /// Go there: to a path of this server.
    Elsewhere(String),
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum No {
    /// There is no such page, ledger, entry, key, height.
    NotFound(String),
    /// The question cannot be.
    Wrong(String),
    /// The store cannot tell.
    Failed(Failure),
}

impl No {
    pub(super) const fn status(&self) -> u16 {
        match self {
            Self::NotFound(_) => 404,
            Self::Wrong(_) => 400,
            Self::Failed(_) => 500,
        }
    }

    pub(super) fn message(&self) -> String {
        match self {
            Self::NotFound(text) | Self::Wrong(text) => text.clone(),
            Self::Failed(failure) => format!("{failure} [{}]", failure.code()),
        }
    }
}

impl From<Failure> for No {
    fn from(failure: Failure) -> Self {
        let text = failure.to_string();
        match failure {
            Failure::Store(
                Error::NoSuchLedger { .. }
                | Error::NoSuchHeight { .. }
                | Error::BeforeBase { .. }
                | Error::OutOfRange { .. }
                | Error::NoState { .. }
                | Error::Dropped { .. },
            )
            | Failure::Plan(_) => Self::NotFound(text),
            failure if failure.exit() == Exit::Usage => Self::Wrong(text),
            failure => Self::Failed(failure),
        }
    }
}

impl From<Error> for No {
    fn from(error: Error) -> Self {
        Failure::from(error).into()
    }
}
