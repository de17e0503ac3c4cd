//! The nodes of a network at one time (FORMAT.md section 15). They stand in the state of the `pool`
//! ledger, as one record; those that stand there after the last block of an epoch are the committee
//! of the next one: they propose and vote.
//!
//! ```text
//! key    "node/set"     value  "LNS1" | nodes u16, each: node
//! node   alias | Ed25519 key 32 | BLS key 96 | p2p address | client address
//! ```
//!
//! Invariants:
//!
//! - nodes stand in the order of their Ed25519 keys: the order of certificates;
//! - no two have an alias, a key or an address in common, and there is at least one.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::genesis::{Genesis, GenesisNode, NODES_MAX, quorum};
use crate::keys::{BlsKey, Ed25519Key};
use crate::names::Name;
use crate::wire::{FormError, Input, put_text};

/// The ledger that it stands in.
pub const NODES_LEDGER: &str = "pool";
/// The state key of the nodes in the `pool` ledger.
pub const NODES_KEY: &[u8] = b"node/set";
/// The state key of the nodes that vote, while those of the next epoch are others.
pub const NODES_BEFORE_KEY: &[u8] = b"node/before";

const MAGIC: &[u8] = b"LNS1";

/// A node of a committee. That it holds its keys was proven when it came in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommitteeNode {
    /// What people call it.
    pub alias: Name,
    /// The key it is known by.
    pub ed25519: Ed25519Key,
    /// The key of its votes.
    pub bls: BlsKey,
    /// Where other nodes reach it.
    pub p2p: SocketAddr,
    /// Where clients reach it.
    pub client: SocketAddr,
}

impl From<&GenesisNode> for CommitteeNode {
    fn from(node: &GenesisNode) -> Self {
        Self {
            alias: node.alias.clone(),
            ed25519: node.ed25519,
            bls: node.bls,
            p2p: node.p2p,
            client: node.client,
        }
    }
}

impl CommitteeNode {
    pub(crate) fn write(&self, to: &mut Vec<u8>) {
        put_text(to, self.alias.as_str());
        to.extend_from_slice(self.ed25519.as_bytes());
        to.extend_from_slice(self.bls.as_bytes());
        put_text(to, &self.p2p.to_string());
        put_text(to, &self.client.to_string());
    }

    pub(crate) fn read(input: &mut Input<'_>) -> Result<Self, FormError> {
        Ok(Self {
            alias: input.text("alias")?,
            ed25519: Ed25519Key::new(input.array()?),
            bls: BlsKey::new(input.array()?),
            p2p: input.text::<Address>("p2p address")?.0,
            client: input.text::<Address>("client address")?.0,
        })
    }
}

/// An address in the one spelling that it is written in.
struct Address(SocketAddr);

impl FromStr for Address {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let address: SocketAddr = text.parse().map_err(|_| ())?;
        match address.to_string() == text {
            true => Ok(Self(address)),
            false => Err(()),
        }
    }
}

/// The nodes that propose and vote in an epoch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Committee {
    nodes: Vec<CommitteeNode>,
}

/// Nodes are no committee.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CommitteeError {
    /// Too many, or none.
    #[error("{got} nodes, 1 to {NODES_MAX} are possible")]
    Count {
        /// How many.
        got: usize,
    },
    /// Two have something in common that must be one node's own.
    #[error("two nodes have the {what} {text}")]
    Twice {
        /// What.
        what: &'static str,
        /// Its text.
        text: String,
    },
}

impl Committee {
    /// The committee of these nodes, in whatever order they come.
    ///
    /// # Errors
    /// [`CommitteeError`]: why they are none.
    pub fn new(mut nodes: Vec<CommitteeNode>) -> Result<Self, CommitteeError> {
        if nodes.is_empty() || nodes.len() > NODES_MAX {
            return Err(CommitteeError::Count { got: nodes.len() });
        }
        distinct("alias", nodes.iter().map(|node| &node.alias))?;
        distinct("ed25519 key", nodes.iter().map(|node| node.ed25519))?;
        distinct("bls key", nodes.iter().map(|node| node.bls))?;
        let addresses = nodes.iter().flat_map(|node| [node.p2p, node.client]);
        distinct("address", addresses)?;
        nodes.sort_by_key(|node| node.ed25519);
        Ok(Self { nodes })
    }

    /// The first committee: the nodes of the genesis, which has checked that they are one.
    #[must_use]
    pub fn of_genesis(genesis: &Genesis) -> Self {
        let nodes = genesis.validators().into_iter();
        Self {
            nodes: nodes.map(CommitteeNode::from).collect(),
        }
    }

    /// The nodes, in the order of their Ed25519 keys.
    #[must_use]
    pub fn nodes(&self) -> &[CommitteeNode] {
        &self.nodes
    }

    /// How many there are: n.
    #[must_use]
    pub const fn size(&self) -> usize {
        self.nodes.len()
    }

    /// How many of them may be at fault: f = floor((n - 1) / 3).
    #[must_use]
    pub const fn faults(&self) -> usize {
        self.size() - self.quorum()
    }

    /// How many must vote for a block: n - f.
    #[must_use]
    pub const fn quorum(&self) -> usize {
        quorum(self.size())
    }

    /// The node that is known by a key.
    #[must_use]
    pub fn by_key(&self, key: &Ed25519Key) -> Option<&CommitteeNode> {
        let found = self.nodes.binary_search_by_key(key, |node| node.ed25519);
        self.nodes.get(found.ok()?)
    }

    /// The node of an alias.
    #[must_use]
    pub fn by_alias(&self, alias: &str) -> Option<&CommitteeNode> {
        self.nodes.iter().find(|node| node.alias.as_str() == alias)
    }

    /// The value in the state.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        let count = u16::try_from(self.nodes.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for node in &self.nodes {
            node.write(&mut bytes);
        }
        bytes
    }

    /// Decodes a value of the state; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a committee.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("node set", MAGIC, bytes)?;
        let at = input.at();
        let count = usize::from(u16::from_le_bytes(input.array()?));
        if count == 0 || count > NODES_MAX {
            return Err(input.field("count", at));
        }
        let mut nodes = Vec::with_capacity(count);
        for _ in 0..count {
            nodes.push(CommitteeNode::read(&mut input)?);
        }
        let wrong = input.field("order or names of nodes", at);
        input.finish()?;
        if !nodes.is_sorted_by_key(|node| node.ed25519) {
            return Err(wrong);
        }
        Self::new(nodes).map_err(|_| wrong)
    }
}

/// The last height of an epoch in a network whose epochs have so many heights: the block there
/// decides who votes in the next one.
#[must_use]
pub const fn epoch_end(epoch: u64, epoch_len: u64) -> u64 {
    epoch.saturating_add(1).saturating_mul(epoch_len)
}

/// The epoch of a height, from 1.
#[must_use]
pub fn epoch_of(height: u64, epoch_len: u64) -> u64 {
    height.saturating_sub(1) / epoch_len.max(1)
}

fn distinct<T: Ord + ToString>(
    what: &'static str,
    items: impl Iterator<Item = T>,
) -> Result<(), CommitteeError> {
    let mut seen = BTreeSet::new();
    for item in items {
        let text = item.to_string();
        if !seen.insert(item) {
            return Err(CommitteeError::Twice { what, text });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis::tests::example;
    use proptest::prelude::*;

    fn committee(nodes: u8) -> Committee {
        Committee::of_genesis(&Genesis::new(example(nodes)).unwrap())
    }

    #[test]
    fn the_record_is_as_the_format_says() {
        let one = committee(1);
        let [node] = one.nodes() else {
            panic!("{one:?}")
        };
        let expected = [
            b"LNS1\x01\0\x05node0".as_slice(),
            node.ed25519.as_bytes(),
            node.bls.as_bytes(),
            b"\x0e127.0.0.1:9000\x0e127.0.0.1:9001",
        ];
        assert_eq!(one.encode(), expected.concat());
    }

    #[test]
    fn nodes_stand_in_order_and_are_found() {
        let seven = committee(7);
        let keys: Vec<_> = seven.nodes().iter().map(|node| node.ed25519).collect();
        assert!(keys.is_sorted() && keys.len() == 7);
        assert_eq!((seven.size(), seven.faults(), seven.quorum()), (7, 2, 5));
        for node in seven.nodes() {
            assert_eq!(seven.by_key(&node.ed25519), Some(node));
            assert_eq!(seven.by_alias(node.alias.as_str()), Some(node));
        }
        assert_eq!(seven.by_key(&Ed25519Key::new([0; 32])), None);
        assert_eq!(seven.by_alias("node7"), None);
    }

    #[test]
    fn nothing_that_is_one_nodes_own_is_anothers() {
        let nodes = committee(2).nodes().to_vec();
        let twice = |change: fn(&mut [CommitteeNode; 2])| {
            let mut nodes: [_; 2] = nodes.clone().try_into().unwrap();
            change(&mut nodes);
            match Committee::new(nodes.into()) {
                Err(CommitteeError::Twice { what, .. }) => what,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(twice(|[a, b]| a.alias = b.alias.clone()), "alias");
        assert_eq!(twice(|[a, b]| a.ed25519 = b.ed25519), "ed25519 key");
        assert_eq!(twice(|[a, b]| a.bls = b.bls), "bls key");
        assert_eq!(twice(|[a, b]| a.p2p = b.client), "address");
        assert_eq!(twice(|[a, _]| a.p2p = a.client), "address");
        let none = Committee::new(Vec::new());
        assert_eq!(none, Err(CommitteeError::Count { got: 0 }));
        let many = vec![nodes[0].clone(); 101];
        let many = Committee::new(many);
        assert_eq!(many, Err(CommitteeError::Count { got: 101 }));
    }

    #[test]
    fn a_record_has_one_form() {
        let two = committee(2);
        let bytes = two.encode();
        assert_eq!(Committee::decode(&bytes), Ok(two.clone()));
        for len in 0..bytes.len() {
            assert!(Committee::decode(&bytes[..len]).is_err(), "{len}");
        }
        let swapped = Committee {
            nodes: two.nodes.iter().rev().cloned().collect(),
        };
        assert!(Committee::decode(&swapped.encode()).is_err());
        let mut twice = two;
        twice.nodes[1].alias = twice.nodes[0].alias.clone();
        assert!(Committee::decode(&twice.encode()).is_err());
        assert!(Committee::decode(b"LNS1\0\0").is_err());
        let port = bytes.windows(5).position(|text| text == b":9000").unwrap();
        let mut odd = bytes;
        odd[port + 1] = b'0';
        assert!(Committee::decode(&odd).is_err(), "a port has one spelling");
    }

    #[test]
    fn epochs_follow_each_other_without_a_gap() {
        for len in [1, 4, 256] {
            assert_eq!((epoch_of(1, len), epoch_end(0, len)), (0, len));
            for epoch in 0..5 {
                let end = epoch_end(epoch, len);
                assert_eq!(
                    (epoch_of(end, len), epoch_of(end + 1, len)),
                    (epoch, epoch + 1)
                );
            }
        }
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        ) {
            let mut bytes = committee(2).encode();
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(committee) = Committee::decode(&bytes) {
                prop_assert_eq!(committee.encode(), bytes);
            }
        }
    }
}
