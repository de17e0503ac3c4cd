//! The genesis: what all nodes and clients of a network begin with (FORMAT.md section 15).
//!
//! Invariants:
//!
//! - the network is the hash of the genesis, whatever its JSON looks like: it is hashed as it is
//!   written by this module, without spaces, fields in one order;
//! - a [`Genesis`] that exists is sound: names and keys are distinct, and every key of a vote comes
//!   with the proof that its owner holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::action::Action;
use crate::committee::{epoch_end, epoch_of};
use crate::keys::{BlsKey, BlsSignature, Ed25519Key};
use crate::names::{Name, NetworkHash};
use crate::policy::Policy;
use crate::role::Roles;
use crate::rule::{Agreement, Party, Rule};

/// Nodes of a network are at most this many.
pub const NODES_MAX: usize = 100;
/// A network of fewer nodes loses what it has with the first fault, and is for development.
pub const NODES_MIN: usize = 4;
/// Heights of an epoch, unless the genesis says otherwise.
pub const EPOCH_LEN: u64 = 256;
/// An epoch has at least so many heights; in development at least [`DEV_EPOCH_LEN_MIN`].
pub const EPOCH_LEN_MIN: u64 = 16;
/// The fewest heights of an epoch in development.
pub const DEV_EPOCH_LEN_MIN: u64 = 4;
/// Users in a genesis are at most this many.
pub const USERS_MAX: usize = 10_000;
/// The longest genesis file that is read, in bytes.
pub const GENESIS_LEN_MAX: usize = 8 << 20;

const VERSION: u32 = 1;

/// A node, as the genesis names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisNode {
    /// What people call it.
    pub alias: Name,
    /// The key it is known by.
    pub ed25519: Ed25519Key,
    /// The key of its votes.
    pub bls: BlsKey,
    /// The proof that it holds the secret of `bls`.
    pub pop: BlsSignature,
    /// Where other nodes reach it.
    pub p2p: SocketAddr,
    /// Where clients reach it.
    pub client: SocketAddr,
}

/// A user, as the genesis names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisUser {
    /// The name that stands in requests.
    pub id: Name,
    /// The key that signs them.
    pub ed25519: Ed25519Key,
    /// What the user may do.
    pub roles: Roles,
    /// The organisation that the user belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Name>,
}

/// What a genesis file holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GenesisFile {
    /// Version of this form: 1.
    pub version: u32,
    /// What people call the network.
    pub name: Name,
    /// When it begins, in milliseconds since 1970-01-01T00:00:00Z.
    pub time_ms: u64,
    /// Heights of an epoch: nodes change between two.
    #[serde(default = "epoch_len")]
    pub epoch_len: u64,
    /// Whether it is for development: it may have fewer than [`NODES_MIN`] nodes, and short epochs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dev: bool,
    /// Its nodes.
    pub nodes: Vec<GenesisNode>,
    /// Its first users.
    pub users: Vec<GenesisUser>,
    /// Its first organisations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<Name>,
    /// Its limits.
    #[serde(default)]
    pub policy: Policy,
    /// Who may do what, and who must agree, where it is not as [`Action::role`] says.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<Action, Rule>,
}

const fn epoch_len() -> u64 {
    EPOCH_LEN
}

/// A genesis that makes sense, and the network that follows from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Genesis {
    file: GenesisFile,
    network: NetworkHash,
}

/// Why there is no network that begins like this.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GenesisError {
    /// It is no JSON of the right form.
    #[error("the genesis cannot be read: {0}")]
    Json(#[from] serde_json::Error),
    /// It is longer than [`GENESIS_LEN_MAX`].
    #[error("the genesis has {len} bytes, at most {GENESIS_LEN_MAX} are read")]
    TooLong {
        /// Its length.
        len: usize,
    },
    /// Another version than 1.
    #[error("the genesis is of version {got}, this release reads version {VERSION}")]
    Version {
        /// The version.
        got: u32,
    },
    /// Too many or no nodes or users.
    #[error("the genesis has {got} {what}, 1 to {limit} are possible")]
    Count {
        /// Of what.
        what: &'static str,
        /// How many.
        got: usize,
        /// How many there may be.
        limit: usize,
    },
    /// Too few nodes to bear a fault.
    #[error(
        "a network of {got} nodes bears no fault, {NODES_MIN} bear one; it takes `dev`, for development"
    )]
    FewNodes {
        /// How many.
        got: usize,
    },
    /// Epochs are too short.
    #[error("an epoch of {got} heights is too short, it takes at least {limit}")]
    ShortEpoch {
        /// Its heights.
        got: u64,
        /// How many it takes.
        limit: u64,
    },
    /// Something stands twice that must be one node's or user's own.
    #[error("{what} {text} stands twice in the genesis")]
    Twice {
        /// What.
        what: &'static str,
        /// Its text.
        text: String,
    },
    /// A user or a rule names somebody who is not there.
    #[error("the genesis has no {who}")]
    Missing {
        /// Who.
        who: Party,
    },
    /// A key is none that can be used.
    #[error("the {what} of {owner} is none that can be used")]
    Key {
        /// Which key.
        what: &'static str,
        /// Whose.
        owner: Name,
    },
    /// The proof of possession of a node's key of votes is wrong.
    #[error("node {alias} does not prove that it holds its bls key")]
    Possession {
        /// Which node.
        alias: Name,
    },
    /// A limit makes no sense.
    #[error("the genesis' policy: {0}")]
    Policy(&'static str),
}

impl Genesis {
    /// Takes over what makes sense. About 1 ms a node.
    ///
    /// # Errors
    /// [`GenesisError`]: what does not.
    pub fn new(file: GenesisFile) -> Result<Self, GenesisError> {
        if file.version != VERSION {
            return Err(GenesisError::Version { got: file.version });
        }
        count("nodes", file.nodes.len(), NODES_MAX)?;
        count("users", file.users.len(), USERS_MAX)?;
        if file.nodes.len() < NODES_MIN && !file.dev {
            let got = file.nodes.len();
            return Err(GenesisError::FewNodes { got });
        }
        let limit = match file.dev {
            true => DEV_EPOCH_LEN_MIN,
            false => EPOCH_LEN_MIN,
        };
        if file.epoch_len < limit {
            let got = file.epoch_len;
            return Err(GenesisError::ShortEpoch { got, limit });
        }
        if let Some(fault) = file.policy.fault() {
            return Err(GenesisError::Policy(fault));
        }
        distinct("alias", file.nodes.iter().map(|node| &node.alias))?;
        distinct("node key", file.nodes.iter().map(|node| node.ed25519))?;
        distinct("bls key", file.nodes.iter().map(|node| node.bls))?;
        let addresses = file.nodes.iter().flat_map(|node| [node.p2p, node.client]);
        distinct("address", addresses)?;
        distinct("user", file.users.iter().map(|user| &user.id))?;
        for node in &file.nodes {
            usable("ed25519 key", &node.ed25519, &node.alias)?;
            if !node.bls.is_possessed(&node.pop) {
                let alias = node.alias.clone();
                return Err(GenesisError::Possession { alias });
            }
        }
        distinct("organisation", file.organisations.iter())?;
        let organisations = file
            .users
            .iter()
            .filter_map(|user| user.organisation.clone());
        let agreements = file
            .rules
            .values()
            .filter_map(|rule| rule.agreement.as_ref());
        let parties = agreements.flat_map(Agreement::parties).cloned();
        for who in parties.chain(organisations.map(Party::Organisation)) {
            let found = match &who {
                Party::User(name) => file.users.iter().any(|user| user.id == *name),
                Party::Organisation(name) => file.organisations.contains(name),
            };
            if !found {
                return Err(GenesisError::Missing { who });
            }
        }
        for user in &file.users {
            usable("ed25519 key", &user.ed25519, &user.id)?;
        }
        let canonical = serde_json::to_vec(&file)?;
        let network = NetworkHash::new(Sha256::digest(canonical).into());
        Ok(Self { file, network })
    }

    /// Reads the JSON of a genesis.
    ///
    /// # Errors
    /// [`GenesisError`]: where it is none, or makes no sense.
    pub fn from_json(json: &[u8]) -> Result<Self, GenesisError> {
        if json.len() > GENESIS_LEN_MAX {
            return Err(GenesisError::TooLong { len: json.len() });
        }
        Self::new(serde_json::from_slice(json)?)
    }

    /// The JSON that people read.
    ///
    /// # Errors
    /// [`GenesisError::Json`]: never seen, as names, numbers and hex have JSON.
    pub fn to_json(&self) -> Result<String, GenesisError> {
        Ok(serde_json::to_string_pretty(&self.file)?)
    }

    /// The network that begins with it.
    #[must_use]
    pub const fn network(&self) -> NetworkHash {
        self.network
    }

    /// What it says.
    #[must_use]
    pub const fn file(&self) -> &GenesisFile {
        &self.file
    }

    /// The epoch of a height.
    #[must_use]
    pub fn epoch_of(&self, height: u64) -> u64 {
        epoch_of(height, self.file.epoch_len)
    }

    /// The last height of an epoch: the nodes in the state after its block are the committee of the
    /// next one.
    #[must_use]
    pub const fn epoch_end(&self, epoch: u64) -> u64 {
        epoch_end(epoch, self.file.epoch_len)
    }

    /// The nodes in the order of their Ed25519 keys: the order of certificates.
    #[must_use]
    pub fn validators(&self) -> Vec<&GenesisNode> {
        let mut nodes: Vec<_> = self.file.nodes.iter().collect();
        nodes.sort_by_key(|node| node.ed25519);
        nodes
    }

    /// The node with that alias.
    #[must_use]
    pub fn node(&self, alias: &str) -> Option<&GenesisNode> {
        let mut nodes = self.file.nodes.iter();
        nodes.find(|node| node.alias.as_str() == alias)
    }
}

/// How many of `nodes` must vote for a block: all but the f = floor((nodes - 1) / 3) that may lie.
#[must_use]
pub const fn quorum(nodes: usize) -> usize {
    nodes - nodes.saturating_sub(1) / 3
}

const fn count(what: &'static str, got: usize, limit: usize) -> Result<(), GenesisError> {
    if got == 0 || got > limit {
        return Err(GenesisError::Count { what, got, limit });
    }
    Ok(())
}

fn distinct<T: Ord + ToString>(
    what: &'static str,
    items: impl Iterator<Item = T>,
) -> Result<(), GenesisError> {
    let mut seen = BTreeSet::new();
    for item in items {
        let text = item.to_string();
        if !seen.insert(item) {
            return Err(GenesisError::Twice { what, text });
        }
    }
    Ok(())
}

fn usable(what: &'static str, key: &Ed25519Key, owner: &Name) -> Result<(), GenesisError> {
    if key.is_usable() {
        return Ok(());
    }
    let owner = owner.clone();
    Err(GenesisError::Key { what, owner })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::keys::{NodeKeys, UserKey};
    use crate::role::Role;

    /// Keys of node `index` in tests.
    pub(crate) fn node_keys(index: u8) -> NodeKeys {
        NodeKeys::from_seeds(&[index + 1; 32], &[index + 101; 32])
    }

    /// Node `index` in tests.
    pub(crate) fn example_node(index: u8) -> GenesisNode {
        let keys = node_keys(index);
        GenesisNode {
            alias: format!("node{index}").parse().unwrap(),
            ed25519: keys.identity(),
            bls: keys.voting(),
            pop: keys.possession(),
            p2p: SocketAddr::from(([127, 0, 0, 1], 9000 + 2 * u16::from(index))),
            client: SocketAddr::from(([127, 0, 0, 1], 9001 + 2 * u16::from(index))),
        }
    }

    /// A genesis of so many nodes, and the users alice (admin), bob and carol (may send).
    pub(crate) fn example(nodes: u8) -> GenesisFile {
        let user = |id: &str, seed: u8, role: Role| GenesisUser {
            id: id.parse().unwrap(),
            ed25519: UserKey::from_seed(&[seed; 32]).public(),
            roles: [role].into_iter().collect(),
            organisation: None,
        };
        GenesisFile {
            version: 1,
            name: "test".parse().unwrap(),
            time_ms: 1_700_000_000_000,
            epoch_len: EPOCH_LEN,
            dev: nodes < 4,
            nodes: (0..nodes).map(example_node).collect(),
            users: vec![
                user("alice", 201, Role::Admin),
                user("bob", 202, Role::ContractInvoker),
                user("carol", 203, Role::ContractInvoker),
            ],
            organisations: Vec::new(),
            policy: Policy::default(),
            rules: BTreeMap::new(),
        }
    }

    #[test]
    fn the_network_is_the_hash_of_the_compact_json() {
        let genesis = Genesis::new(example(1)).unwrap();
        let pretty = genesis.to_json().unwrap();
        assert!(pretty.contains("\n  \"nodes\": ["));
        let again = Genesis::from_json(pretty.as_bytes()).unwrap();
        assert_eq!(again, genesis);
        let compact: Vec<u8> = pretty
            .bytes()
            .filter(|b| !b.is_ascii_whitespace())
            .collect();
        let hash: [u8; 32] = Sha256::digest(compact).into();
        assert_eq!(genesis.network(), NetworkHash::new(hash));
        let mut other = example(1);
        other.time_ms += 1;
        assert_ne!(Genesis::new(other).unwrap().network(), genesis.network());
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |change: &dyn Fn(&mut GenesisFile)| {
            let mut file = example(2);
            change(&mut file);
            Genesis::new(file).unwrap_err().to_string()
        };
        type Case<'a> = (&'a dyn Fn(&mut GenesisFile), &'a str);
        let cases: &[Case<'_>] = &[
            (&|f| f.version = 2, "version 2"),
            (&|f| f.nodes.clear(), "0 nodes"),
            (&|f| f.users.clear(), "0 users"),
            (&|f| f.dev = false, "2 nodes bears no fault"),
            (&|f| f.epoch_len = 3, "3 heights is too short"),
            (
                &|f| {
                    *f = GenesisFile {
                        epoch_len: 15,
                        ..example(4)
                    }
                },
                "15 heights is too short, it takes at least 16",
            ),
            (
                &|f| f.nodes[1].alias = f.nodes[0].alias.clone(),
                "alias node0 stands twice",
            ),
            (&|f| f.nodes[1].ed25519 = f.nodes[0].ed25519, "node key"),
            (
                &|f| f.nodes[1].p2p = f.nodes[0].client,
                "address 127.0.0.1:9001",
            ),
            (&|f| f.users[2].id = f.users[1].id.clone(), "user bob"),
            (&|f| f.nodes[1].pop = f.nodes[0].pop, "node1 does not prove"),
            (
                &|f| f.users[0].ed25519 = Ed25519Key::new([0; 32]),
                "ed25519 key of alice",
            ),
            (
                &|f| f.organisations = vec!["bank".parse().unwrap(); 2],
                "organisation bank stands twice",
            ),
            (
                &|f| f.users[0].organisation = Some("bank".parse().unwrap()),
                "no org:bank",
            ),
            (
                &|f| {
                    let of = ["user:eve".parse().unwrap()];
                    let rule = Rule {
                        agreement: Some(Agreement::new(1, of, 1).unwrap()),
                        ..Rule::of(Role::Admin)
                    };
                    f.rules.insert(Action::Put, rule);
                },
                "no user:eve",
            ),
            (&|f| f.policy.request_len_max = 2 << 20, "request_len_max"),
        ];
        for (change, expected) in cases {
            let got = refused(*change);
            assert!(got.contains(expected), "{got}: {expected}");
        }
    }

    #[test]
    fn certificates_list_nodes_by_key() {
        let genesis = Genesis::new(example(4)).unwrap();
        let keys: Vec<_> = genesis.validators().iter().map(|n| n.ed25519).collect();
        assert!(keys.is_sorted() && keys.len() == 4);
    }

    #[test]
    fn a_quorum_is_all_but_a_third() {
        let expected = [
            (1, 1),
            (2, 2),
            (3, 3),
            (4, 3),
            (5, 4),
            (6, 5),
            (7, 5),
            (10, 7),
        ];
        for (nodes, needed) in expected {
            assert_eq!(quorum(nodes), needed, "{nodes}");
        }
    }
}
