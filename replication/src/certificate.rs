//! Finality certificates: one reply is checked with them alone (FORMAT.md section 15).
//!
//! ```text
//! "LFC1" | epoch u64 | view u64 | parent_view u64 | nodes u16 | a bit a node, in bytes | signature 48
//! ```
//!
//! Node i is the i-th of the committee in the order of Ed25519 keys; its bit is bit i % 8 of byte i / 8.
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

use std::borrow::Cow;
use std::sync::Arc;

use blst::BLST_ERROR;
use blst::min_sig::{AggregatePublicKey, PublicKey};
use ledger::bundle::{CertificateError, CertificateVerifier, CertifiedRoot};

use crate::committee::{Committee, epoch_end, epoch_of};
use crate::genesis::Genesis;
use crate::handover::{CertificateChain, Handover, HandoverError};
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

/// A committee, and the first epoch that it votes in.
#[derive(Debug)]
struct Voters {
    from: u64,
    committee: Committee,
    /// In the order of Ed25519 keys.
    keys: Vec<PublicKey>,
}

impl Voters {
    /// None if a key is none that can be used.
    fn new(from: u64, committee: Committee) -> Option<Self> {
        let keys = committee.nodes().iter().map(|node| node.bls.point());
        Some(Self {
            from,
            keys: keys.collect::<Option<_>>()?,
            committee,
        })
    }

    fn check(
        &self,
        network: &NetworkHash,
        block: &BlockHash,
        certificate: &Certificate,
    ) -> Result<(), CertificateError> {
        if certificate.signers.len() != self.keys.len() {
            return Err(CertificateError::WrongSignature);
        }
        let pairs = self.keys.iter().zip(&certificate.signers);
        let signers: Vec<_> = pairs
            .filter(|(_, signed)| **signed)
            .map(|(key, _)| key)
            .collect();
        let (needed, got) = (self.committee.quorum(), signers.len());
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
        let statement = certificate.statement(network, block);
        match signature.verify(true, &statement, VOTE_DOMAIN, &[], &sum, false) {
            BLST_ERROR::BLST_SUCCESS => Ok(()),
            _ => Err(CertificateError::WrongSignature),
        }
    }
}

/// Checks certificates with nothing but the genesis, and the handovers that lead from it to those who
/// signed.
///
/// A certificate is one of the committee of its epoch, as far as handovers were [taken](Self::take):
/// the last committee that is known counts for all epochs that follow.
#[derive(Clone, Debug)]
pub struct GenesisVerifier {
    network: NetworkHash,
    epoch_len: u64,
    first: Arc<Voters>,
    /// In the order of the epochs that they begin with.
    later: Vec<Arc<Voters>>,
}

impl GenesisVerifier {
    /// The verifier of a network. Its nodes' keys were checked when the genesis was read.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        let committee = Committee::of_genesis(genesis);
        let keys = committee.nodes().iter().filter_map(|node| node.bls.point());
        Self {
            network: genesis.network(),
            epoch_len: genesis.file().epoch_len,
            first: Arc::new(Voters {
                from: 0,
                keys: keys.collect(),
                committee,
            }),
            later: Vec::new(),
        }
    }

    /// The committee of an epoch, as far as is known.
    #[must_use]
    pub fn committee(&self, epoch: u64) -> &Committee {
        &self.voters(epoch).committee
    }

    /// The first epoch of the last committee that is known: a handover that is yet to be taken ends
    /// this one or a later one.
    #[must_use]
    pub fn known_from(&self) -> u64 {
        self.last().from
    }

    fn last(&self) -> &Voters {
        self.later.last().unwrap_or(&self.first)
    }

    fn voters(&self, epoch: u64) -> &Voters {
        let later = self.later.iter().rev();
        later
            .chain([&self.first])
            .find(|voters| voters.from <= epoch)
            .unwrap_or(&self.first)
    }

    /// Takes a handover of the last committee that is known to the next one. One that was taken before
    /// changes nothing. About 1 ms, and a little for each node.
    ///
    /// # Errors
    /// [`HandoverError`]: why it carries no trust; nothing has changed then.
    pub fn take(&mut self, handover: &Handover) -> Result<(), HandoverError> {
        let Handover {
            header,
            certificate,
            ..
        } = handover;
        let (epoch, height, known) = (header.epoch, header.height, self.known_from());
        if header.network != self.network {
            return Err(HandoverError::OtherNetwork);
        }
        if height != epoch_end(epoch, self.epoch_len) {
            return Err(HandoverError::NotTheLast { height, epoch });
        }
        if certificate.epoch != epoch {
            let (header, certificate) = (epoch, certificate.epoch);
            return Err(HandoverError::TwoEpochs {
                header,
                certificate,
            });
        }
        let from = epoch.saturating_add(1);
        if epoch < known && self.voters(from).from != from {
            return Err(HandoverError::OutOfOrder { epoch, known });
        }
        let before = self.voters(epoch);
        let committee = handover.committee()?;
        before.check(&self.network, &header.hash(), certificate)?;
        if epoch < known {
            return match self.voters(from).committee == committee {
                true => Ok(()),
                false => Err(HandoverError::Contradicts { epoch: from }),
            };
        }
        if committee == before.committee {
            return Err(HandoverError::NothingNew);
        }
        let voters = Voters::new(from, committee).ok_or(HandoverError::Key)?;
        self.later.push(Arc::new(voters));
        Ok(())
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
        let voters = self.voters(certificate.epoch);
        voters.check(&self.network, block, certificate)
    }

    /// Checks that a certificate, with the handovers that come before it, makes a header's block final.
    ///
    /// # Errors
    /// [`CertificateError`]: why it does not.
    pub fn check_chain(
        &self,
        header: &Header,
        chain: &CertificateChain,
    ) -> Result<(), CertificateError> {
        if header.network != self.network {
            return Err(CertificateError::WrongSignature);
        }
        let epoch = header.epoch;
        if epoch != chain.certificate.epoch || epoch != epoch_of(header.height, self.epoch_len) {
            return Err(CertificateError::WrongEpoch { epoch });
        }
        let mut verifier = Cow::Borrowed(self);
        let mut before = None;
        for handover in &chain.handovers {
            let ended = handover.header.epoch;
            let refused = CertificateError::Handover { epoch: ended };
            if ended >= epoch || before.is_some_and(|before| before >= ended) {
                return Err(refused);
            }
            before = Some(ended);
            verifier.to_mut().take(handover).map_err(|_| refused)?;
        }
        verifier.check(&header.hash(), &chain.certificate)
    }
}

impl CertificateVerifier for GenesisVerifier {
    fn verify(&self, header: &[u8], certificate: &[u8]) -> Result<CertifiedRoot, CertificateError> {
        let malformed = |what| move |_| CertificateError::Malformed { what };
        let header = Header::decode(header).map_err(malformed("header"))?;
        let chain = CertificateChain::decode(certificate).map_err(malformed("certificate"))?;
        self.check_chain(&header, &chain)?;
        Ok(CertifiedRoot {
            network: header.network.id(),
            height: header.height,
            audit_root: header.audit_root,
        })
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::OnceLock;

    use super::*;
    use crate::genesis::tests::{example, node_keys};
    use crate::keys::BlsKey;
    use proptest::prelude::*;

    /// The voting keys of nodes in tests, by their indices.
    fn voting_keys() -> &'static [BlsKey] {
        static KEYS: OnceLock<Vec<BlsKey>> = OnceLock::new();
        KEYS.get_or_init(|| (0..32).map(|index| node_keys(index).voting()).collect())
    }

    /// A certificate as RFC-conforming signers make it: `KeyGen`, sign, add up. The nodes of a
    /// committee whose indices satisfy `signs` sign; their keys are those of the tests.
    fn signed(
        network: &NetworkHash,
        block: &BlockHash,
        epoch: u64,
        committee: &Committee,
        signs: impl Fn(usize, u8) -> bool,
    ) -> Certificate {
        let mut certificate = Certificate {
            epoch,
            view: 300,
            parent_view: 299,
            signers: Vec::new(),
            signature: BlsSignature::new([0; 48]),
        };
        let statement = certificate.statement(network, block);
        let mut votes = Vec::new();
        for (place, node) in committee.nodes().iter().enumerate() {
            let index = voting_keys().iter().position(|key| *key == node.bls);
            let index = u8::try_from(index.unwrap_or(0)).unwrap();
            let signs = signs(place, index);
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

    /// One by the first nodes of a committee.
    pub(crate) fn certify(
        network: &NetworkHash,
        block: &BlockHash,
        epoch: u64,
        committee: &Committee,
        votes: usize,
    ) -> Certificate {
        signed(network, block, epoch, committee, |place, _| place < votes)
    }

    /// One by nodes of the genesis.
    fn certificate(genesis: &Genesis, block: &BlockHash, signing: &[u8]) -> Certificate {
        let committee = Committee::of_genesis(genesis);
        let signs = |_, index: u8| signing.contains(&index);
        signed(&genesis.network(), block, 0, &committee, signs)
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
        header.epoch = 0;
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
