//! The operator of a simulated network: has its nodes changed as the plan says, starts those that come
//! and ends those that left.
//!
//! Invariant: one change is asked for at a time, so that the committees which the network comes to are
//! those of the plan, or skip some of them.

use std::collections::{BTreeSet, VecDeque};

use super::{Open, RETRY_MS, Story, millis};
use crate::committee::Committee;
use crate::engine::simulate::plan::{Change, ChangeKind, Plan};
use crate::engine::simulate::pool::{alias, named, next_voting_seed};
use crate::keys::voting_key;
use crate::node::{Known, Node};
use crate::nodes::{self, Operation};
use crate::reason::Reason;

/// What an operator has to do, and has done.
pub(super) struct Operator {
    /// The changes that are not done, in order.
    todo: VecDeque<Change>,
    /// The request for the first of them.
    asked: Option<Open>,
    /// When it is asked for at the earliest.
    from_ms: u64,
    /// Requests made so far.
    nonce: u64,
    /// The nodes that vote when everything that was done is in force.
    pub(super) members: BTreeSet<u8>,
    /// Nodes that heard that they had left, and ended.
    pub(super) gone: BTreeSet<u8>,
}

impl Operator {
    pub(super) fn new(plan: &Plan) -> Self {
        Self {
            todo: plan.changes.iter().copied().collect(),
            asked: None,
            from_ms: 0,
            nonce: 0,
            members: (0..plan.nodes).collect(),
            gone: BTreeSet::new(),
        }
    }

    /// Whether the network was asked for everything, and has done it.
    pub(super) fn is_done(&self) -> bool {
        self.todo.is_empty()
    }
}

impl Story {
    /// Goes on with what is to change.
    pub(super) async fn operate(&mut self) {
        self.end_who_left().await;
        let now = self.pool.now_ms();
        let Some(change) = self.operator.todo.front().copied() else {
            return;
        };
        let Some(mut open) = self.operator.asked.take() else {
            if now >= millis(change.at).max(self.operator.from_ms) {
                self.begin(change).await;
            }
            return;
        };
        let asked = self.pool.running(open.asked);
        let proof = asked.and_then(|node| Some((self.proof(&node, &open.id)?, node)));
        match proof {
            Some((outcome, node)) => match outcome.rejected {
                None => {
                    self.operator.todo.pop_front();
                    self.done(change, &node).await;
                }
                // With this epoch as many change as may.
                Some(Reason::TooManyChanges) => self.operator.from_ms = now + RETRY_MS,
                Some(reason) => self.give_up(change, reason.code()),
            },
            None if open.refused.len() > usize::from(self.plan.faults_max()) => {
                self.give_up(change, "refused");
            }
            None => {
                if now >= open.retry_ms {
                    self.hand_over(&mut open);
                }
                self.operator.asked = Some(open);
            }
        }
    }

    fn give_up(&mut self, change: Change, why: &str) {
        self.operator.todo.pop_front();
        self.tell(format!("{change} is not done: {why}"));
    }

    /// Asks for a change.
    async fn begin(&mut self, change: Change) {
        let node = change.node;
        let Some(place) = self.pool.places.get_mut(usize::from(node)) else {
            return;
        };
        let operation = match change.kind {
            ChangeKind::Add => Operation::Add(named((node, &place.keys))),
            ChangeKind::Remove => Operation::Remove { alias: alias(node) },
            ChangeKind::Rotate => {
                let seed = next_voting_seed(node);
                let (bls, pop) = voting_key(&seed);
                if !place.keys.has(&bls) {
                    place.keys = place.keys.clone().with_next(&seed);
                    if self.pool.running(node).is_some() {
                        self.crash(node, "is given its next key").await;
                    }
                }
                let alias = alias(node);
                Operation::RotateKey { alias, bls, pop }
            }
        };
        self.operator.nonce += 1;
        let nonce = self.operator.nonce;
        let open = self.request("admin", nodes::APP, nonce, operation.encode());
        self.operator.asked = open.map(|mut open| {
            self.hand_over(&mut open);
            open
        });
    }

    /// A node has proven that a change is final.
    async fn done(&mut self, change: Change, by: &Node) {
        let node = change.node;
        match change.kind {
            ChangeKind::Add => {
                self.operator.members.insert(node);
                self.tell(format!("node{node} is one of the network's, and starts"));
                if let Some(place) = self.pool.places.get_mut(usize::from(node)) {
                    place.known = known(by);
                }
                self.start(node).await;
            }
            ChangeKind::Remove => {
                self.operator.members.remove(&node);
                self.tell(format!("node{node} is removed"));
            }
            ChangeKind::Rotate => self.tell(format!("node{node} is known by its next key")),
        }
    }

    /// Ends those nodes whose own stores say that they have left, as the command does.
    async fn end_who_left(&mut self) {
        for node in self.pool.indices() {
            let Some(running) = self.pool.running(node) else {
                continue;
            };
            if !self.operator.members.contains(&node) && has_left(&running) {
                self.tell(format!("node{node} ends: it was removed"));
                self.operator.gone.insert(node);
                self.pool.crash(node).await;
            }
        }
    }

    /// Whether all that changed is in force, as a node has it.
    pub(super) fn is_in_force(&self, node: &Node) -> bool {
        let voting = voting(node);
        self.plan.changes.is_empty() || node.node_set().ok() == voting
    }
}

/// Who votes on the next block.
fn voting(node: &Node) -> Option<Committee> {
    let epoch = node.genesis().epoch_of(node.status().height + 1);
    let voting = node.committee(epoch).ok();
    voting.map(|voting| (*voting).clone())
}

/// Whether a node neither votes nor will.
fn has_left(node: &Node) -> bool {
    let key = node.status().ed25519;
    let sets = [voting(node), node.node_set().ok()];
    sets.iter()
        .all(|set| set.as_ref().is_some_and(|set| set.by_key(&key).is_none()))
}

/// What a node tells one that joins.
fn known(node: &Node) -> Option<Known> {
    let sets = [node.node_set().ok()?, voting(node)?];
    let mut nodes: Vec<_> = sets.iter().flat_map(Committee::nodes).cloned().collect();
    nodes.sort_by_key(|node| node.ed25519);
    nodes.dedup_by_key(|node| node.ed25519);
    let height = node.status().height;
    Some(Known { height, nodes })
}
