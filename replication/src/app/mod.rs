//! Applications: deterministic state machines that are compiled in.
//!
//! Invariants:
//!
//! - an application does no I/O, reads no clock and draws no random numbers: the same blocks on the
//!   same genesis give the same roots on every node;
//! - it reads and writes below its own key prefix only, in one ledger;
//! - it is asked only to do what the sender may do: the executor knows roles and agreements;
//! - what it rejects changes nothing: the writes of one request are taken all or none.

pub(crate) mod agreement;
mod members;
mod nodes;
mod records;
mod state;

use std::fmt;

use crate::action::Action;
use crate::member::Member;
use crate::policy::Policy;
use crate::reason::Reason;

pub use members::Members;
pub use nodes::Nodes;
pub use records::Records;
pub use state::{ReadState, Scope, View};
pub(crate) use state::{Write, find_member, find_rule};

/// The block that a request is executed in.
#[derive(Clone, Copy, Debug)]
pub struct BlockContext {
    /// Its height.
    pub height: u64,
    /// Its time, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// The limits of the network.
    pub policy: Policy,
    /// Heights of an epoch.
    pub epoch_len: u64,
    /// Whether the network is for development.
    pub dev: bool,
}

/// Who sent a request.
#[derive(Clone, Copy, Debug)]
pub struct Sender<'a> {
    /// The name.
    pub id: &'a crate::names::Name,
    /// What is known of the user.
    pub member: &'a Member,
}

/// Why an application did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// It must not be done, on any node.
    #[error("{0}")]
    Reject(Reason),
    /// This node's state could not be read: says nothing about the request.
    #[error(transparent)]
    State(#[from] ledger::Error),
}

impl From<Reason> for AppError {
    fn from(reason: Reason) -> Self {
        Self::Reject(reason)
    }
}

/// What an application says to a query.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The answer, for people and programs.
    pub value: serde_json::Value,
    /// The state keys, within the application's own, whose proofs show it.
    pub keys: Vec<Vec<u8>>,
}

/// A deterministic state machine.
pub trait App: fmt::Debug + Send + Sync {
    /// Its name in requests, and its key prefix.
    fn name(&self) -> &'static str;

    /// The ledger that it writes to.
    fn ledger(&self) -> &'static str;

    /// Which action a request asks for, whose rule says who may; none for what every user may.
    ///
    /// # Errors
    /// It is none of this application: [`Reason::Malformed`].
    fn action(&self, payload: &[u8]) -> Result<Option<Action>, Reason>;

    /// Does what a request asks.
    ///
    /// # Errors
    /// [`AppError::Reject`]: why it must not be done; what was written to the scope is dropped.
    fn execute(
        &self,
        scope: &mut Scope<'_>,
        at: &BlockContext,
        from: Sender<'_>,
        payload: &[u8],
    ) -> Result<(), AppError>;

    /// Does what is due at the end of each block, after its requests.
    ///
    /// # Errors
    /// The state could not be read.
    fn end_block(&self, scope: &mut Scope<'_>, at: &BlockContext) -> Result<(), ledger::Error> {
        let _ = (scope, at);
        Ok(())
    }

    /// Answers a query from a state.
    ///
    /// # Errors
    /// [`AppError::Reject`]: why there is no answer.
    fn query(&self, view: View<'_>, query: &[u8]) -> Result<Answer, AppError>;

    /// The payload of a request, for people; null if it is none.
    fn describe(&self, payload: &[u8]) -> serde_json::Value;
}

#[cfg(test)]
pub(crate) mod tests;
