//! Finality certificates: one reply is checked with them alone (FORMAT.md section 15).
//!
//! ```text
//! "LFC1" | epoch u64 | view u64 | parent_view u64 | nodes u16 | a bit a node, in bytes | signature 48
//! ```
//!
//! Node i is the i-th of the genesis in the order of Ed25519 keys; its bit is bit i % 8 of byte i / 8.
//! The signature is the sum of the signers' BLS signatures over the statement
//!
//! ```text
//! len(domain) varint | domain | epoch varint | view varint | parent_view varint | block hash 32
//! ```
//!
//! with the domain `<network in hex>_FINALIZE`: "in this view, on top of what that earlier view
//! brought, this block is final".
//!
//! Invariant: nothing here shares code with what makes certificates.

use blst::BLST_ERROR;
use blst::min_sig::{AggregatePublicKey, PublicKey};
use ledger::bundle::{CertificateError, CertificateVerifier, CertifiedRoot};

use crate::genesis::{Genesis, quorum};
use crate::header::Header;
use crate::keys::{BlsSignature, VOTE_DOMAIN};
use crate::names::{BlockHash, NetworkHash};
use crate::wire::{FormError, Input};

const MAGIC: &[u8] = b"LFC1";

/// Says that a block is final.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The epoch.
    pub epoch: u64,
    /// The view that made it final.
    pub view: u64,
    /// The view of the proposal that this view's was made on.
    pub parent_view: u64,
    /// Which nodes signed, in the order of Ed25519 keys.
    pub signers: Vec<bool>,
    /// The sum of their signatures.
    pub signature: BlsSignature,
}

impl Certificate {
    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.epoch.to_le_bytes());
        bytes.extend_from_slice(&self.view.to_le_bytes());
        bytes.extend_from_slice(&self.parent_view.to_le_bytes());
        let count = u16::try_from(self.signers.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for eight in self.signers.chunks(8) {
            let bits = eight.iter().rev();
            bytes.push(bits.fold(0, |byte, bit| byte << 1 | u8::from(*bit)));
        }
        bytes.extend_from_slice(self.signature.as_bytes());
        bytes
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a certificate.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("certificate", MAGIC, bytes)?;
        let (epoch, view, parent_view) = (input.u64()?, input.u64()?, input.u64()?);
        let count = usize::from(u16::from_le_bytes(input.array()?));
        let at = input.at();
        let bytes = input.take(count.div_ceil(8))?;
        let bits = bytes
            .iter()
            .flat_map(|byte| (0..8).map(move |bit| byte >> bit & 1 == 1));
        let bits: Vec<bool> = bits.collect();
        let (signers, padding) = bits.split_at(count.min(bits.len()));
        if padding.contains(&true) {
            return Err(input.field("signer", at));
        }
        let signature = BlsSignature::new(input.array()?);
        input.finish()?;
        Ok(Self {
            epoch,
            view,
            parent_view,
            signers: signers.to_vec(),
            signature,
        })
    }

    /// The statement that its signers made of a block.
    fn statement(&self, network: &NetworkHash, block: &BlockHash) -> Vec<u8> {
        let domain = format!("{network}_FINALIZE");
        let mut bytes = Vec::with_capacity(160);
        put_varint(&mut bytes, domain.len() as u64);
        bytes.extend_from_slice(domain.as_bytes());
        put_varint(&mut bytes, self.epoch);
        put_varint(&mut bytes, self.view);
        put_varint(&mut bytes, self.parent_view);
        bytes.extend_from_slice(block.as_bytes());
        bytes
    }
}

/// Seven bits a byte, the lowest first, the high bit set on all but the last.
fn put_varint(to: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        to.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    to.push(value.to_le_bytes()[0]);
}

/// Checks certificates with nothing but the genesis.
#[derive(Clone, Debug)]
pub struct GenesisVerifier {
    network: NetworkHash,
    /// In the order of Ed25519 keys.
    keys: Vec<PublicKey>,
}

impl GenesisVerifier {
    /// The verifier of a network. Its nodes' keys were checked when the genesis was read.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let nodes = genesis.validators();
        Self {
            network: genesis.network(),
            keys: nodes.iter().filter_map(|node| node.bls.point()).collect(),
        }
    }

    /// Checks that a certificate makes a block final. About 1 ms.
    ///
    /// # Errors
    /// [`CertificateError`]: why it does not.
    pub fn check(
        &self,
        block: &BlockHash,
        certificate: &Certificate,
    ) -> Result<(), CertificateError> {
        let nodes = self.keys.len();
        if certificate.signers.len() != nodes {
            return Err(CertificateError::WrongSignature);
        }
        let pairs = self.keys.iter().zip(&certificate.signers);
        let signers: Vec<_> = pairs
            .filter(|(_, signed)| **signed)
            .map(|(key, _)| key)
            .collect();
        let (needed, got) = (quorum(nodes), signers.len());
        if got < needed {
            let (needed, got) = (needed as u64, got as u64);
            return Err(CertificateError::TooFewSigners { needed, got });
        }
        let sum = AggregatePublicKey::aggregate(&signers, false);
        let sum = sum
            .map_err(|_| CertificateError::WrongSignature)?
            .to_public_key();
        let signature = certificate.signature.point();
        let signature = signature.ok_or(CertificateError::WrongSignature)?;
        let statement = certificate.statement(&self.network, block);
        match signature.verify(true, &statement, VOTE_DOMAIN, &[], &sum, false) {
            BLST_ERROR::BLST_SUCCESS => Ok(()),
            _ => Err(CertificateError::WrongSignature),
        }
    }
}

impl CertificateVerifier for GenesisVerifier {
    fn verify(&self, header: &[u8], certificate: &[u8]) -> Result<CertifiedRoot, CertificateError> {
        let malformed = |what| move |_| CertificateError::Malformed { what };
        let header = Header::decode(header).map_err(malformed("header"))?;
        let certificate = Certificate::decode(certificate).map_err(malformed("certificate"))?;
        if header.network != self.network {
            return Err(CertificateError::WrongSignature);
        }
        self.check(&header.hash(), &certificate)?;
        Ok(CertifiedRoot {
            network: header.network.id(),
            height: header.height,
            audit_root: header.audit_root,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::genesis::tests::{example, node_keys};
    use proptest::prelude::*;

    /// A certificate as RFC-conforming signers make it: `KeyGen`, sign, add up.
    fn certificate(genesis: &Genesis, block: &BlockHash, signing: &[u8]) -> Certificate {
        let mut certificate = Certificate {
            epoch: 0,
            view: 300,
            parent_view: 299,
            signers: Vec::new(),
            signature: BlsSignature::new([0; 48]),
        };
        let statement = certificate.statement(&genesis.network(), block);
        let mut votes = Vec::new();
        for node in genesis.validators() {
            let index = (0..4)
                .find(|i| node_keys(*i).identity() == node.ed25519)
                .unwrap();
            let signs = signing.contains(&index);
            certificate.signers.push(signs);
            if signs {
                let secret = blst::min_sig::SecretKey::key_gen(&[index + 101; 32], &[]).unwrap();
                votes.push(secret.sign(&statement, VOTE_DOMAIN, &[]));
            }
        }
        let votes: Vec<_> = votes.iter().collect();
        let sum = blst::min_sig::AggregateSignature::aggregate(&votes, true).unwrap();
        certificate.signature = BlsSignature::new(sum.to_signature().to_bytes());
        certificate
    }

    #[test]
    fn the_statement_is_as_the_format_says() {
        let genesis = Genesis::new(example(4)).unwrap();
        let block = BlockHash::new([8; 32]);
        let statement =
            certificate(&genesis, &block, &[0, 1, 2]).statement(&genesis.network(), &block);
        let domain = format!("{}_FINALIZE", genesis.network());
        let expected = [&[73], domain.as_bytes(), &[0, 0xac, 2, 0xab, 2], &[8; 32]].concat();
        assert_eq!(statement, expected);
    }

    #[test]
    fn three_of_four_make_a_block_final_and_nobody_else_does() {
        let genesis = Genesis::new(example(4)).unwrap();
        let verifier = GenesisVerifier::new(&genesis);
        let mut header = crate::header::tests::example();
        header.network = genesis.network();
        let block = header.hash();
        let good = certificate(&genesis, &block, &[3, 0, 1]);
        let certified = verifier.verify(&header.encode(), &good.encode()).unwrap();
        assert_eq!(certified.network, genesis.network().id());
        assert_eq!(
            (certified.height, certified.audit_root),
            (2, header.audit_root)
        );

        let wrong = Err(CertificateError::WrongSignature);
        assert_eq!(verifier.check(&BlockHash::new([0; 32]), &good), wrong);
        let two = certificate(&genesis, &block, &[0, 1]);
        let too_few = Err(CertificateError::TooFewSigners { needed: 3, got: 2 });
        assert_eq!(verifier.check(&block, &two), too_few);
        let mut claimed = two;
        claimed.signers = vec![true; 4];
        assert_eq!(verifier.check(&block, &claimed), wrong);
        for change in [
            |c: &mut Certificate| c.epoch += 1,
            |c: &mut Certificate| c.view += 1,
            |c: &mut Certificate| c.parent_view += 1,
            |c: &mut Certificate| c.signers.push(true),
        ] {
            let mut changed = good.clone();
            change(&mut changed);
            assert_eq!(verifier.check(&block, &changed), wrong);
        }

        // Even where the nodes themselves signed it.
        header.network = NetworkHash::new([9; 32]);
        let signed = certificate(&genesis, &header.hash(), &[0, 1, 2]);
        assert_eq!(verifier.check(&header.hash(), &signed), Ok(()));
        let refused = verifier.verify(&header.encode(), &signed.encode());
        assert_eq!(refused.err(), wrong.err());

        let mut other = example(4);
        other.time_ms += 1;
        let other = GenesisVerifier::new(&Genesis::new(other).unwrap());
        assert_eq!(other.check(&block, &good), wrong);
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            signers in prop::collection::vec(any::<bool>(), 0..40),
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let certificate = Certificate {
                epoch: 1,
                view: 2,
                parent_view: 3,
                signers,
                signature: BlsSignature::new([4; 48]),
            };
            let mut bytes = certificate.encode();
            prop_assert_eq!(Certificate::decode(&bytes), Ok(certificate));
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(certificate) = Certificate::decode(&bytes) {
                prop_assert_eq!(certificate.encode(), bytes);
            }
        }
    }
}
