//! What goes over HTTP between clients and nodes: one form for both sides (`openapi.json`).
//!
//! Nothing here is to be believed: a client looks at the proofs, and at what they prove alone.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::names::{BlockHash, RequestId};
use crate::reason::Reason;
use crate::reply::{Outcome, RequestStatus};

/// Why a node did not do what it was asked, in the body of every status of 400 and more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReply {
    /// The stable code: a [`Reason`], or one of the server's own.
    pub code: String,
    /// What was found, for people.
    pub detail: String,
}

/// The code of what may stand in a part of the history that the node does not have: another one may.
pub const BEFORE_BASE: &str = "before-base";

/// How far a request is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Stage {
    /// It waits to be put into a block that becomes final.
    Pending,
    /// It will never be done.
    Dropped,
    /// It stands in the log: done, or rejected for a reason.
    Final,
}

/// What became of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RequestReply {
    /// The request.
    pub id: RequestId,
    /// How far it is.
    pub status: Stage,
    /// Why it was dropped or rejected; null if it was done or waits.
    pub reason: Option<Reason>,
    /// Height of its commit, once it is final.
    pub height: Option<u64>,
    /// Time of its block, in milliseconds since 1970-01-01T00:00:00Z, once it is final.
    pub time_ms: Option<u64>,
    /// Its ledger, once it is final.
    pub ledger: Option<String>,
    /// Its entry in the ledger, from 0, once it is final.
    pub index: Option<u64>,
    /// The proof bundle of its entry (`ledger-tool.proof/1`), once something vouches for it.
    pub proof: Option<Value>,
}

impl RequestReply {
    /// The reply for a status; none for a request that the node does not know.
    #[must_use]
    pub fn new(id: RequestId, status: RequestStatus) -> Option<Self> {
        let waiting = |status, reason| Self {
            id,
            status,
            reason,
            height: None,
            time_ms: None,
            ledger: None,
            index: None,
            proof: None,
        };
        match status {
            RequestStatus::Unknown => None,
            RequestStatus::Pending => Some(waiting(Stage::Pending, None)),
            RequestStatus::Dropped { reason } => Some(waiting(Stage::Dropped, Some(reason))),
            RequestStatus::Final(outcome) => Some(outcome.into()),
        }
    }
}

impl From<Outcome> for RequestReply {
    fn from(outcome: Outcome) -> Self {
        Self {
            id: outcome.id,
            status: Stage::Final,
            reason: outcome.rejected,
            height: Some(outcome.height),
            time_ms: Some(outcome.time_ms),
            ledger: Some(outcome.ledger),
            index: Some(outcome.index),
            proof: None,
        }
    }
}

/// The answer to a query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueryAnswer {
    /// Height of the state that was asked.
    pub height: u64,
    /// The answer, null for nothing.
    pub value: Value,
    /// A proof bundle (`ledger-tool.proof/1`) for each state key that the answer rests on.
    pub proofs: Vec<Value>,
}

/// One block header, and what vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeaderReply {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub block: BlockHash,
    /// Its canonical bytes, in hex.
    pub header: String,
    /// The canonical bytes of its certificate in hex; null if it has none of its own.
    pub certificate: Option<String>,
}

/// Handovers: who votes, from one change to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoversReply {
    /// In order of their epochs, as many as one answer holds: none if there are no more.
    pub handovers: Vec<HandoverReply>,
}

/// A handover.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HandoverReply {
    /// The epoch that it ends.
    pub epoch: u64,
    /// Its canonical bytes, in hex.
    pub handover: String,
}

/// Whether a node is ready to serve.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Readiness {
    /// Whether its last commit is not too old.
    pub ready: bool,
    /// Height of its last commit.
    pub height: u64,
    /// Age of the last commit, in milliseconds.
    pub age_ms: u64,
}
