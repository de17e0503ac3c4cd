//! A client: sends requests to nodes, asks them, and believes nothing but proofs.
//!
//! Invariants:
//!
//! - what a method returns was checked against the genesis: certificate, header, and the proof of
//!   the very thing that was asked for; the words of a node beside its proofs are not looked at;
//! - a request is refused, or final, or it could not be told: never mistaken for one another. The
//!   same signed request may be sent to several nodes, for it is done once;
//! - every wait ends.
//!
//! `connection` speaks HTTP, `check` judges proofs, `nodes` asks single nodes, `submit` sees a
//! request through.

mod check;
mod connection;
mod nodes;
mod submit;

use std::sync::Mutex;
use std::time::Duration;

use crate::api::ErrorReply;
use crate::committee::CommitteeNode;
use crate::genesis::Genesis;
use crate::names::{Name, RequestId};

pub use check::{CheckError, Entry, Found, NodeSet, Verifier};
pub use connection::{Connection, HttpError, Tls, TlsFileError};

/// How a client deals with nodes.
#[derive(Clone, Debug)]
pub struct ClientOptions {
    /// Answers about the state must be of a header at most this old.
    pub age_max: Duration,
    /// How long to try before it could not be told.
    pub patience: Duration,
    /// TLS, if the nodes serve it.
    pub tls: Option<Tls>,
    /// The one node to ask; all in turn if it is not given.
    pub node: Option<Name>,
    /// Nodes to ask, besides those of the genesis.
    pub also: Vec<CommitteeNode>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            age_max: Duration::from_secs(30),
            patience: Duration::from_secs(30),
            tls: None,
            node: None,
            also: Vec::new(),
        }
    }
}

/// A client of one network.
#[derive(Debug)]
pub struct Client {
    verifier: Verifier,
    nodes: Vec<CommitteeNode>,
    options: ClientOptions,
    /// Open connections that nobody uses, by node.
    idle: Vec<Mutex<Vec<Connection>>>,
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// A node refused, with a stable code.
    #[error("refused: {}: {}", .0.code, .0.detail)]
    Refused(ErrorReply),
    /// No node gave an answer that could be checked.
    #[error("could not tell: {last}")]
    Unknown {
        /// What the last node's answer was.
        last: NodeFault,
    },
    /// A request was sent, and no node could tell what became of it.
    #[error("could not tell what became of request {id}: {last}")]
    InDoubt {
        /// The request.
        id: RequestId,
        /// What the last node's answer was.
        last: NodeFault,
    },
    /// The network has no such node.
    #[error("the network has no node {0}")]
    NoSuchNode(Name),
}

/// What was wrong with a node's answer.
#[derive(Debug, thiserror::Error)]
#[error("{node}: {kind}")]
pub struct NodeFault {
    /// The node.
    pub node: Name,
    /// What was wrong.
    #[source]
    pub kind: Box<FaultKind>,
}

/// What was wrong with an answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FaultKind {
    /// There was none.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// It is none that this client knows.
    #[error("the answer is not of the API: {0}")]
    Form(#[from] serde_json::Error),
    /// It does not prove what it should.
    #[error(transparent)]
    Check(#[from] CheckError),
    /// The node cannot do it now.
    #[error("{}: {}", .0.code, .0.detail)]
    Later(ErrorReply),
    /// It was not final in time.
    #[error("not final in time")]
    NotFinal,
}

impl Client {
    /// A client of the network that begins with this genesis.
    ///
    /// # Errors
    /// [`ClientError::NoSuchNode`].
    pub fn new(genesis: Genesis, options: ClientOptions) -> Result<Self, ClientError> {
        let first = genesis.file().nodes.iter().map(CommitteeNode::from);
        let mut nodes: Vec<_> = first.chain(options.also.clone()).collect();
        if let Some(wanted) = &options.node {
            nodes.retain(|node| node.alias == *wanted);
            if nodes.is_empty() {
                return Err(ClientError::NoSuchNode(wanted.clone()));
            }
        }
        Ok(Self {
            idle: nodes.iter().map(|_| Mutex::default()).collect(),
            verifier: Verifier::new(genesis),
            nodes,
            options,
        })
    }

    /// The genesis.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        self.verifier.genesis()
    }

    /// What judges the proofs.
    #[must_use]
    pub const fn verifier(&self) -> &Verifier {
        &self.verifier
    }

    /// The nodes that are asked.
    #[must_use]
    pub fn nodes(&self) -> &[CommitteeNode] {
        &self.nodes
    }
}
