//! The application of the nodes.
//!
//! Invariants:
//!
//! - there are always as many nodes as bear a fault, but in development;
//! - with one epoch no more nodes change than may be at fault: those that stay are a quorum, in the
//!   committee that ends as in the one that begins, so that the network goes on even if none of the
//!   new ones is ready;
//! - `before` stands in the state from the first change in an epoch to its last block.

use serde_json::json;

use super::{Answer, App, AppError, BlockContext, Scope, Sender, View};
use crate::action::Action;
use crate::committee::{Committee, CommitteeNode, NODES_LEDGER, epoch_end, epoch_of};
use crate::genesis::{GenesisNode, NODES_MAX, NODES_MIN};
use crate::keys::{BlsKey, BlsSignature};
use crate::names::Name;
use crate::nodes::{APP, BEFORE, Operation, SET};
use crate::reason::Reason;

/// The nodes of the network: who votes from the next epoch on.
#[derive(Clone, Copy, Debug)]
pub struct Nodes;

impl App for Nodes {
    fn name(&self) -> &'static str {
        APP
    }

    fn ledger(&self) -> &'static str {
        NODES_LEDGER
    }

    fn action(&self, payload: &[u8]) -> Result<Option<Action>, Reason> {
        let operation = Operation::decode(payload).map_err(|_| Reason::Malformed)?;
        Ok(Some(operation.action()))
    }

    fn execute(
        &self,
        scope: &mut Scope<'_>,
        at: &BlockContext,
        _from: Sender<'_>,
        payload: &[u8],
    ) -> Result<(), AppError> {
        let operation = Operation::decode(payload).map_err(|_| Reason::Malformed)?;
        let read = |key| Ok::<_, AppError>(decode(scope.get(key)?));
        let set = read(SET)?.ok_or(Reason::NoSuchNode)?;
        let before = read(BEFORE)?.unwrap_or_else(|| set.clone());
        let nodes = match operation {
            Operation::Add(node) => add(&set, &before, &node)?,
            Operation::Remove { alias } => remove(&set, &alias)?,
            Operation::RotateKey { alias, bls, pop } => rotate(&set, &before, &alias, bls, &pop)?,
        };
        if nodes.len() > NODES_MAX {
            return Err(Reason::TooManyNodes.into());
        }
        if nodes.len() < NODES_MIN && !at.dev {
            return Err(Reason::TooFewNodes.into());
        }
        // What is left to be wrong is that there are none.
        let next = Committee::new(nodes).map_err(|_| Reason::TooFewNodes)?;
        if changed(&before, &next) > before.faults().max(1)
            || changed(&next, &before) > next.faults().max(1)
        {
            return Err(Reason::TooManyChanges.into());
        }
        scope.put(SET, next.encode());
        scope.put(BEFORE, before.encode());
        Ok(())
    }

    fn end_block(&self, scope: &mut Scope<'_>, at: &BlockContext) -> Result<(), ledger::Error> {
        if at.height == epoch_end(epoch_of(at.height, at.epoch_len), at.epoch_len) {
            scope.delete(BEFORE);
        }
        Ok(())
    }

    /// The query is [`SET`]; the answer has both, as what votes now is either.
    fn query(&self, view: View<'_>, query: &[u8]) -> Result<Answer, AppError> {
        if query != SET {
            return Err(Reason::Malformed.into());
        }
        let read = |key| Ok::<_, AppError>(decode(view.get(key)?));
        Ok(Answer {
            value: json!({"nodes": read(SET)?, "before": read(BEFORE)?}),
            keys: vec![SET.to_vec(), BEFORE.to_vec()],
        })
    }

    fn describe(&self, payload: &[u8]) -> serde_json::Value {
        json!(Operation::decode(payload).ok())
    }
}

/// Only committees are written there.
fn decode(value: Option<Vec<u8>>) -> Option<Committee> {
    value.and_then(|value| Committee::decode(&value).ok())
}

/// How many nodes of one committee the other has not, or with another key.
fn changed(from: &Committee, to: &Committee) -> usize {
    let stays = |node: &&CommitteeNode| {
        let found = to.by_key(&node.ed25519);
        found.is_some_and(|found| found.bls == node.bls)
    };
    from.size() - from.nodes().iter().filter(stays).count()
}

fn add(
    set: &Committee,
    before: &Committee,
    node: &GenesisNode,
) -> Result<Vec<CommitteeNode>, Reason> {
    if !node.ed25519.is_usable() {
        return Err(Reason::BadKey);
    }
    for known in set.nodes().iter().chain(before.nodes()) {
        if known.alias == node.alias {
            return Err(Reason::NodeExists);
        }
        if known.ed25519 == node.ed25519 || known.bls == node.bls {
            return Err(Reason::NodeKeyTaken);
        }
        let addresses = [known.p2p, known.client];
        if addresses.contains(&node.p2p) || addresses.contains(&node.client) {
            return Err(Reason::AddressTaken);
        }
    }
    if node.p2p == node.client {
        return Err(Reason::AddressTaken);
    }
    if !node.bls.is_possessed(&node.pop) {
        return Err(Reason::NotPossessed);
    }
    let mut nodes = set.nodes().to_vec();
    nodes.push(CommitteeNode::from(node));
    Ok(nodes)
}

fn remove(set: &Committee, alias: &Name) -> Result<Vec<CommitteeNode>, Reason> {
    let mut nodes = set.nodes().to_vec();
    nodes.retain(|node| node.alias != *alias);
    match nodes.len() == set.size() {
        true => Err(Reason::NoSuchNode),
        false => Ok(nodes),
    }
}

fn rotate(
    set: &Committee,
    before: &Committee,
    alias: &Name,
    bls: BlsKey,
    pop: &BlsSignature,
) -> Result<Vec<CommitteeNode>, Reason> {
    let mut nodes = set.nodes().to_vec();
    let node = nodes.iter_mut().find(|node| node.alias == *alias);
    let node = node.ok_or(Reason::NoSuchNode)?;
    let mut known = set.nodes().iter().chain(before.nodes());
    if known.any(|known| known.bls == bls) {
        return Err(Reason::NodeKeyTaken);
    }
    if !bls.is_possessed(pop) {
        return Err(Reason::NotPossessed);
    }
    node.bls = bls;
    Ok(nodes)
}

#[cfg(test)]
mod tests;
