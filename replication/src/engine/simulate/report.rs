//! What a simulation came to.

use std::fmt;
use std::time::Duration;

use merkle_log::Hash;

use super::plan::{Kind, Plan};
use crate::names::RequestId;

/// What a simulation came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// What was planned.
    pub plan: Plan,
    /// What happened to nodes and links, and when.
    pub events: Vec<Event>,
    /// The nodes, in order.
    pub nodes: Vec<NodeReport>,
    /// Requests that clients made.
    pub requests: u32,
    /// Requests that clients hold a proof of.
    pub proven: u32,
    /// Requests that more nodes refused than may lie.
    pub refused: u32,
    /// Proven requests that were rejected: they stand in the log and changed nothing.
    pub rejected: u32,
    /// Simulated time until the end.
    pub time: Duration,
    /// Stands for everything that happened, in order: the same for the same plan.
    pub account: String,
    /// The answer.
    pub verdict: Verdict,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// When.
    pub at: Duration,
    /// What.
    pub what: String,
}

/// A node at the end, as its disk has it after a power cut.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeReport {
    /// Which.
    pub node: u8,
    /// What it did instead of keeping to the protocol, if it did.
    pub kind: Option<Kind>,
    /// Height of its last commit.
    pub height: u64,
    /// Entries of its domain ledger.
    pub entries: u64,
    /// Root of its audit tree.
    pub audit: Hash,
    /// Root of its domain state.
    pub state: Hash,
    /// How often it lost its power.
    pub crashes: u32,
    /// Nodes that no longer listen to it.
    pub blocked_by: u8,
}

/// Whether the nodes agree.
///
/// Only [`Verdict::Agree`] says that they do: all nodes that are not at fault have one history, with
/// each proven request in it once, and all requests became final.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// They do.
    Agree {
        /// How many nodes are not at fault, and agree.
        nodes: u8,
        /// The last height that all of them have.
        height: u64,
        /// Root of the audit tree there.
        audit: Hash,
        /// Root of the domain state there.
        state: Hash,
    },
    /// Two nodes have different commits.
    Differ {
        /// The first height where they do.
        height: u64,
        /// One node, and its audit root there.
        one: (u8, Hash),
        /// The other.
        other: (u8, Hash),
    },
    /// A node's log does not have a proven request where it was proven.
    Lost {
        /// The node.
        node: u8,
        /// The request.
        id: RequestId,
    },
    /// A node's log has a request twice.
    Doubled {
        /// The node.
        node: u8,
        /// The request.
        id: RequestId,
    },
    /// A node's log has something that no client asked for.
    Forged {
        /// The node.
        node: u8,
        /// Its entry of the domain ledger.
        entry: u64,
    },
    /// A node stopped by itself, or did not start, though its disk did not fail.
    Stopped {
        /// The node.
        node: u8,
        /// What it said.
        why: String,
    },
    /// A node's store does not verify, or lost a commit that it had.
    Damaged {
        /// The node.
        node: u8,
        /// What was found.
        found: String,
    },
    /// Not all requests became final on all nodes.
    Stalled {
        /// How many clients still wait for.
        open: u32,
        /// Of how many.
        requests: u32,
        /// The heights of the nodes that are not at fault; none of those that do not run.
        heights: Vec<Option<u64>>,
    },
    /// Nothing is wrong to be seen, but more nodes are at fault than may be.
    Unsure {
        /// How many nodes are at fault.
        at_fault: u8,
        /// How many may be.
        faults_max: u8,
    },
}

impl Verdict {
    /// Whether the nodes agree.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        matches!(self, Self::Agree { .. })
    }

    /// One word for it, which stays the same.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Agree { .. } => "agree",
            Self::Differ { .. } => "differ",
            Self::Lost { .. } => "lost",
            Self::Doubled { .. } => "doubled",
            Self::Forged { .. } => "forged",
            Self::Stopped { .. } => "stopped",
            Self::Damaged { .. } => "damaged",
            Self::Stalled { .. } => "stalled",
            Self::Unsure { .. } => "unsure",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Agree {
                nodes,
                audit,
                state,
                ..
            } => write!(f, "agree {nodes}/{nodes} audit={audit} state={state}"),
            Self::Differ { height, one, other } => {
                let ((one, one_root), (other, other_root)) = (one, other);
                write!(f, "differ at height {height}: ")?;
                write!(
                    f,
                    "node{one} audit={one_root}, node{other} audit={other_root}"
                )
            }
            Self::Lost { node, id } => write!(f, "lost by node{node}: request {id}"),
            Self::Doubled { node, id } => write!(f, "twice on node{node}: request {id}"),
            Self::Forged { node, entry } => {
                write!(
                    f,
                    "forged on node{node}: entry {entry}, which no client sent"
                )
            }
            Self::Stopped { node, why } => write!(f, "node{node} stopped: {why}"),
            Self::Damaged { node, found } => write!(f, "damaged on node{node}: {found}"),
            Self::Stalled {
                open,
                requests,
                heights,
            } => {
                write!(
                    f,
                    "stalled: {open} of {requests} requests not proven; heights"
                )?;
                for height in heights {
                    match height {
                        Some(height) => write!(f, " {height}")?,
                        None => f.write_str(" down")?,
                    }
                }
                Ok(())
            }
            Self::Unsure {
                at_fault,
                faults_max,
            } => write!(
                f,
                "unsure: {at_fault} nodes are at fault, and {faults_max} may be"
            ),
        }
    }
}
