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

use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use crate::api::ErrorReply;
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
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            age_max: Duration::from_secs(30),
            patience: Duration::from_secs(30),
            tls: None,
        }
    }
}

/// A node that is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What people call it.
    pub alias: Name,
    /// Where clients reach it.
    pub client: SocketAddr,
}

/// A client of one network.
#[derive(Debug)]
pub struct Client {
    verifier: Verifier,
    nodes: Vec<Asked>,
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
    /// A client of the network that begins with this genesis. It asks the nodes that the genesis names,
    /// in turn.
    #[must_use]
    pub fn new(genesis: Genesis, options: ClientOptions) -> Self {
        let nodes = genesis.file().nodes.iter();
        let nodes = nodes.map(|node| (node.alias.clone(), node.client));
        let nodes: Vec<_> = nodes.collect();
        Self::asking(genesis, options, nodes)
    }

    /// One that asks other nodes than the genesis names, as many as there are, but at least one.
    #[must_use]
    pub fn asking(
        genesis: Genesis,
        options: ClientOptions,
        nodes: impl IntoIterator<Item = (Name, SocketAddr)>,
    ) -> Self {
        let mut asking = Self {
            verifier: Verifier::new(genesis),
            nodes: Vec::new(),
            options,
            idle: Vec::new(),
        };
        for (alias, client) in nodes {
            asking.also(alias, client);
        }
        asking
    }

    /// Has one more node asked, unless it is: then it has this name from now on.
    pub fn also(&mut self, alias: Name, client: SocketAddr) {
        match self.nodes.iter_mut().find(|node| node.client == client) {
            Some(known) => known.alias = alias,
            None => {
                self.nodes.push(Asked { alias, client });
                self.idle.push(Mutex::default());
            }
        }
    }

    /// Has one node alone asked.
    ///
    /// # Errors
    /// [`ClientError::NoSuchNode`]: it was not among those that were asked before.
    pub fn only(&mut self, alias: &Name) -> Result<(), ClientError> {
        let found = self.nodes.iter().find(|node| node.alias == *alias);
        let found = found.ok_or_else(|| ClientError::NoSuchNode(alias.clone()))?;
        self.nodes = vec![found.clone()];
        self.idle = vec![Mutex::default()];
        Ok(())
    }

    /// Asks one node after the other who votes, until one has told, and has those asked too who vote
    /// and were not named before. Without an answer nothing changes.
    pub async fn update(&mut self, patience: Duration) {
        for node in 0..self.nodes.len() {
            if self.learn(node, patience).await.is_ok() {
                break;
            }
        }
        for node in self.verifier.committee().nodes() {
            self.also(node.alias.clone(), node.client);
        }
    }

    /// The nodes of the last committee that is known, among those that are asked.
    #[must_use]
    pub fn voting(&self) -> Vec<usize> {
        let committee = self.verifier.committee();
        let votes = |node: &Asked| {
            let named = committee.by_alias(node.alias.as_str());
            named.is_some_and(|named| named.client == node.client)
        };
        let nodes = self.nodes.iter().enumerate();
        nodes
            .filter(|(_, node)| votes(node))
            .map(|(index, _)| index)
            .collect()
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
    pub fn nodes(&self) -> &[Asked] {
        &self.nodes
    }
}
