//! Block headers: what nodes vote for (FORMAT.md section 15).
//!
//! ```text
//! "LBH1" | network 32 | height u64 | epoch u64 | view u64 | proposer 32
//! parent_view u64 | parent 32 | time_ms u64 | payload_hash 32 | audit_root 32
//! ledgers u32, each: name | size u64 | root 32 | state_root 32
//! ```
//!
//! Invariants:
//!
//! - a header has exactly one encoding, and nothing else decodes to it; the block is named by the
//!   hash of these bytes;
//! - every root is the one AFTER executing the block: who votes for a header has executed it.

use ledger::{LEDGERS_MAX, LedgerName};
use merkle_log::Hash;
use sha2::{Digest, Sha256};

use crate::keys::Ed25519Key;
use crate::names::{BlockHash, NetworkHash};
use crate::wire::{FormError, Input, put_text};

const MAGIC: &[u8] = b"LBH1";

/// One ledger after a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerTip {
    /// Its name.
    pub name: LedgerName,
    /// Its entries.
    pub size: u64,
    /// Root of its tree.
    pub root: Hash,
    /// Root of its state; zero without state.
    pub state_root: Hash,
}

/// What nodes vote for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The network.
    pub network: NetworkHash,
    /// Height of the block's commit in the store, from 1; the genesis has height 1.
    pub height: u64,
    /// The epoch of its proposal: a set of nodes.
    pub epoch: u64,
    /// The view of its proposal: a turn of one node.
    pub view: u64,
    /// The node that proposed it; zeros in the genesis.
    pub proposer: Ed25519Key,
    /// The view of its parent's proposal.
    pub parent_view: u64,
    /// The block before; zeros in the genesis.
    pub parent: BlockHash,
    /// Its time, in milliseconds since 1970-01-01T00:00:00Z; never before its parent's.
    pub time_ms: u64,
    /// SHA-256 of its requests, as the block holds them.
    pub payload_hash: Hash,
    /// Root of the audit tree after its commit.
    pub audit_root: Hash,
    /// Every ledger after its commit, in order of declaration.
    pub ledgers: Vec<LedgerTip>,
}

impl Header {
    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256 + self.ledgers.len() * 96);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.network.as_bytes());
        bytes.extend_from_slice(&self.height.to_le_bytes());
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.view.to_le_bytes());
        bytes.extend_from_slice(self.proposer.as_bytes());
        bytes.extend_from_slice(&self.parent_view.to_le_bytes());
        bytes.extend_from_slice(self.parent.as_bytes());
        bytes.extend_from_slice(&self.time_ms.to_le_bytes());
        bytes.extend_from_slice(self.payload_hash.as_bytes());
        bytes.extend_from_slice(self.audit_root.as_bytes());
        let count = u32::try_from(self.ledgers.len()).unwrap_or(u32::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for ledger in &self.ledgers {
            put_text(&mut bytes, ledger.name.as_str());
            bytes.extend_from_slice(&ledger.size.to_le_bytes());
            bytes.extend_from_slice(ledger.root.as_bytes());
            bytes.extend_from_slice(ledger.state_root.as_bytes());
        }
        bytes
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a header.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("header", MAGIC, bytes)?;
        let hash = |input: &mut Input<'_>| input.array().map(Hash::new);
        let mut header = Self {
            network: NetworkHash::new(input.array()?),
            height: input.u64()?,
            epoch: input.u64()?,
            view: input.u64()?,
            proposer: Ed25519Key::new(input.array()?),
            parent_view: input.u64()?,
            parent: BlockHash::new(input.array()?),
            time_ms: input.u64()?,
            payload_hash: hash(&mut input)?,
            audit_root: hash(&mut input)?,
            ledgers: Vec::new(),
        };
        let at = input.at();
        let count = input.u32()?;
        if count as usize > LEDGERS_MAX {
            return Err(input.field("number of ledgers", at));
        }
        for _ in 0..count {
            header.ledgers.push(LedgerTip {
                name: input.text("ledger name")?,
                size: input.u64()?,
                root: hash(&mut input)?,
                state_root: hash(&mut input)?,
            });
        }
        input.finish()?;
        Ok(header)
    }

    /// The block's name: SHA-256 of the canonical bytes.
    #[must_use]
    pub fn hash(&self) -> BlockHash {
        BlockHash::new(Sha256::digest(self.encode()).into())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn example() -> Header {
        Header {
            network: NetworkHash::new([1; 32]),
            height: 2,
            epoch: 3,
            view: 4,
            proposer: Ed25519Key::new([5; 32]),
            parent_view: 6,
            parent: BlockHash::new([7; 32]),
            time_ms: 8,
            payload_hash: Hash::new([9; 32]),
            audit_root: Hash::new([10; 32]),
            ledgers: vec![LedgerTip {
                name: "domain".parse().unwrap(),
                size: 11,
                root: Hash::new([12; 32]),
                state_root: Hash::new([13; 32]),
            }],
        }
    }

    #[test]
    fn encodes_as_the_format_says() {
        let eight = |byte: u8| [byte, 0, 0, 0, 0, 0, 0, 0];
        let expected = [
            b"LBH1".as_slice(),
            &[1; 32],
            &eight(2),
            &eight(3),
            &eight(4),
            &[5; 32],
            &eight(6),
            &[7; 32],
            &eight(8),
            &[9; 32],
            &[10; 32],
            &[1, 0, 0, 0],
            b"\x06domain",
            &eight(11),
            &[12; 32],
            &[13; 32],
        ];
        assert_eq!(example().encode(), expected.concat());
        assert_eq!(Header::decode(&expected.concat()), Ok(example()));
        let hash: [u8; 32] = Sha256::digest(expected.concat()).into();
        assert_eq!(example().hash(), BlockHash::new(hash));
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in 0usize..8,
        ) {
            let mut bytes = example().encode();
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut);
            if let Ok(header) = Header::decode(&bytes) {
                prop_assert_eq!(header.encode(), bytes);
            }
        }
    }
}
