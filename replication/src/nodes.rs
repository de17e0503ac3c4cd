//! Requests that change the nodes of a network (FORMAT.md section 15).
//!
//! ```text
//! key    "node/set"       value  the nodes: the committee of the next epoch
//! key    "node/before"    value  the nodes that vote, while those of the next epoch are others
//!
//! payload of application "node"
//! 1 | node | proof of possession 48             a new node
//! 2 | alias                                     a node leaves
//! 3 | alias | BLS key 96 | its proof 48         a node votes with another key
//! ```

use serde::Serialize;

use crate::action::Action;
use crate::committee::CommitteeNode;
use crate::genesis::GenesisNode;
use crate::keys::{BlsKey, BlsSignature};
use crate::names::Name;
use crate::wire::{FormError, Input, put_text};

/// Name of the application.
pub const APP: &str = "node";
/// The query for the nodes, and their state key within the application's own.
pub const SET: &[u8] = b"set";
/// The query for the nodes that vote while those of the next epoch are others, and their state key.
pub const BEFORE: &[u8] = b"before";

/// What the application does, from the next epoch on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "op")]
pub enum Operation {
    /// A node votes too.
    Add(GenesisNode),
    /// A node votes no longer.
    Remove {
        /// Which.
        alias: Name,
    },
    /// A node votes with another key. The key that it is known by stays.
    RotateKey {
        /// Which.
        alias: Name,
        /// Its new key.
        bls: BlsKey,
        /// The proof that it holds the secret of `bls`.
        pop: BlsSignature,
    },
}

impl Operation {
    /// Which action it is.
    #[must_use]
    pub const fn action(&self) -> Action {
        match self {
            Self::Add(_) => Action::AddNode,
            Self::Remove { .. } => Action::RemoveNode,
            Self::RotateKey { .. } => Action::RotateKey,
        }
    }

    /// The payload of a request.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        match self {
            Self::Add(node) => {
                bytes.push(1);
                CommitteeNode::from(node).write(&mut bytes);
                bytes.extend_from_slice(node.pop.as_bytes());
            }
            Self::Remove { alias } => {
                bytes.push(2);
                put_text(&mut bytes, alias.as_str());
            }
            Self::RotateKey { alias, bls, pop } => {
                bytes.push(3);
                put_text(&mut bytes, alias.as_str());
                bytes.extend_from_slice(bls.as_bytes());
                bytes.extend_from_slice(pop.as_bytes());
            }
        }
        bytes
    }

    /// Decodes the payload of a request.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being an operation.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("node operation", &[], bytes)?;
        let operation = match input.u8()? {
            1 => {
                let node = CommitteeNode::read(&mut input)?;
                Self::Add(GenesisNode {
                    alias: node.alias,
                    ed25519: node.ed25519,
                    bls: node.bls,
                    pop: BlsSignature::new(input.array()?),
                    p2p: node.p2p,
                    client: node.client,
                })
            }
            2 => Self::Remove {
                alias: input.text("alias")?,
            },
            3 => Self::RotateKey {
                alias: input.text("alias")?,
                bls: BlsKey::new(input.array()?),
                pop: BlsSignature::new(input.array()?),
            },
            _ => return Err(input.field("operation", 0)),
        };
        input.finish()?;
        Ok(operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis::tests::example_node;
    use proptest::prelude::*;

    fn operations() -> Vec<(Operation, Vec<u8>)> {
        let node = example_node(0);
        let (alias, bls, pop) = (node.alias.clone(), node.bls, node.pop);
        let add = [
            b"\x01\x05node0".as_slice(),
            node.ed25519.as_bytes(),
            bls.as_bytes(),
            b"\x0e127.0.0.1:9000\x0e127.0.0.1:9001",
            pop.as_bytes(),
        ];
        let rotate = [b"\x03\x05node0", &bls.as_bytes()[..], pop.as_bytes()];
        vec![
            (Operation::Add(node.clone()), add.concat()),
            (
                Operation::Remove {
                    alias: alias.clone(),
                },
                b"\x02\x05node0".to_vec(),
            ),
            (Operation::RotateKey { alias, bls, pop }, rotate.concat()),
        ]
    }

    #[test]
    fn operations_have_one_form() {
        for (operation, bytes) in operations() {
            assert_eq!(operation.encode(), bytes);
            assert_eq!(Operation::decode(&bytes), Ok(operation.clone()));
            for len in 0..bytes.len() {
                assert!(Operation::decode(&bytes[..len]).is_err(), "{len}");
            }
            let json = serde_json::to_value(&operation).unwrap();
            let op = json["op"].as_str().unwrap();
            assert_eq!(operation.action().name(), format!("node.{op}"));
            assert_eq!(json["alias"], "node0");
        }
        assert!(Operation::decode(b"\x04\x05node0").is_err());
        assert!(Operation::decode(b"\x02\x05node0\0").is_err());
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            which in 0usize..3,
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            cut in 0usize..4,
        ) {
            let mut bytes = operations().swap_remove(which).1;
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut);
            if let Ok(operation) = Operation::decode(&bytes) {
                prop_assert_eq!(operation.encode(), bytes);
            }
        }
    }
}
