//! What a node says to clients: one form for HTTP, the command line and tests.

use ledger::ProofBundle;
use merkle_log::Hash;
use serde::{Deserialize, Serialize};

use crate::keys::Ed25519Key;
use crate::names::{BlockHash, Name, NetworkHash, RequestId};
use crate::reason::Reason;

/// A request that was not taken. Nothing was logged, no state changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{reason}: {detail}")]
pub struct Refusal {
    /// The stable code.
    pub reason: Reason,
    /// What was found, for people.
    pub detail: String,
}

impl Refusal {
    /// A refusal that says what was found.
    #[must_use]
    pub fn new(reason: Reason, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { reason, detail }
    }
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "status")]
pub enum RequestStatus {
    /// The node does not know it.
    Unknown,
    /// It waits to be put into a block that becomes final.
    Pending,
    /// It will never be done: it expired, or came in twice.
    Dropped {
        /// Why.
        reason: Reason,
    },
    /// It stands in the log.
    Final(Outcome),
}

/// Where a request stands in the log, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The request.
    pub id: RequestId,
    /// Height of its commit.
    pub height: u64,
    /// Time of its block, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Its ledger.
    pub ledger: String,
    /// Its entry there, from 0.
    pub index: u64,
    /// Why it was rejected; absent if it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rejected: Option<Reason>,
}

/// What a node says of itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeStatus {
    /// The network.
    pub network: NetworkHash,
    /// The node's alias.
    pub node: Name,
    /// Its key.
    pub ed25519: Ed25519Key,
    /// Height of its last commit.
    pub height: u64,
    /// Time of that commit, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// The block of that commit.
    pub block: BlockHash,
    /// Root of the audit tree after it.
    pub audit_root: Hash,
    /// Every ledger after it, in order of declaration.
    pub ledgers: Vec<LedgerStatus>,
    /// Requests that wait.
    pub pending: u64,
    /// Bytes of them.
    pub pending_bytes: u64,
    /// The height that its history begins with; null if it has all of it.
    #[serde(default)]
    pub base: Option<u64>,
}

/// One ledger of a node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerStatus {
    /// Its name.
    pub name: String,
    /// Its entries.
    pub size: u64,
    /// Root of its tree.
    pub root: Hash,
    /// Root of its state; zero without state.
    pub state_root: Hash,
}

/// A block became final and its commit is durable on this node.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Committed {
    /// Its height.
    pub height: u64,
    /// Its time, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// The block.
    pub block: BlockHash,
    /// What came of its requests, in their order.
    pub outcomes: Vec<Outcome>,
}

/// The answer to a query, with what proves it.
#[derive(Clone, Debug, PartialEq)]
pub struct QueryReply {
    /// Height of the state that was asked.
    pub height: u64,
    /// The answer.
    pub value: serde_json::Value,
    /// A bundle for each key that the answer rests on, with header and certificate.
    pub proofs: Vec<ProofBundle>,
}
