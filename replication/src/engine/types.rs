//! What blocks, votes and keys are to the engine.
//!
//! The engine counts heights from 0, the genesis; the store counts commits from 1, the genesis. Only
//! this file knows of it.

use std::sync::Arc;

use bytes::{BufMut, Bytes};
use commonware_codec::{Buf, DecodeExt, EncodeSize, Error, Read, Write};
use commonware_consensus::simplex::scheme::bls12381_multisig;
use commonware_consensus::simplex::types::{self, Context, Proposal};
use commonware_consensus::types::{Epoch, Height, Round, View};
use commonware_consensus::{BoundedBlock, CertifiableBlock, Heightable};
use commonware_cryptography::bls12381::certificate::multisig;
use commonware_cryptography::bls12381::primitives::group::Private;
use commonware_cryptography::bls12381::primitives::ops::aggregate;
use commonware_cryptography::bls12381::primitives::variant::{MinSig, Variant};
use commonware_cryptography::certificate::{Scheme as _, Signers};
use commonware_cryptography::{Digested, Digestible, ed25519, sha256};
use commonware_utils::Participant;
use commonware_utils::ordered::BiMap;

use crate::block::{BLOCK_LEN_MAX, Block};
use crate::certificate::Certificate;
use crate::committee::Committee;
use crate::keys::{BlsSignature, Ed25519Key, NodeKeys};
use crate::names::{BlockHash, NetworkHash};
use crate::node::Turn;

pub(super) type Key = ed25519::PublicKey;
pub(super) type Digest = sha256::Digest;
pub(super) type Scheme = bls12381_multisig::Scheme<Key, MinSig>;
pub(super) type TurnContext = Context<Digest, Key>;
pub(super) type Finalization = types::Finalization<Scheme, Digest>;

/// A block, with its bytes.
#[derive(Clone, Debug)]
pub(super) struct Body {
    block: Arc<Block>,
    bytes: Bytes,
    context: TurnContext,
}

impl Body {
    /// The block to the engine. Every node that proposes has a key that is one.
    pub(super) fn new(block: Arc<Block>) -> Result<Self, Error> {
        let bytes = Bytes::from(block.encode());
        Self::with_bytes(block, bytes)
    }

    fn with_bytes(block: Arc<Block>, bytes: Bytes) -> Result<Self, Error> {
        let header = block.header();
        let context = Context {
            round: Round::new(Epoch::new(header.epoch), View::new(header.view)),
            leader: key(&header.proposer)?,
            parent: (View::new(header.parent_view), digest(&header.parent)),
        };
        Ok(Self {
            block,
            bytes,
            context,
        })
    }

    pub(super) const fn block(&self) -> &Arc<Block> {
        &self.block
    }

    pub(super) fn digested(self) -> Digested<Self> {
        let digest = self.digest();
        Digested::precomputed(self, digest)
    }
}

impl Write for Body {
    fn write(&self, to: &mut impl BufMut) {
        self.bytes.write(to);
    }
}

impl EncodeSize for Body {
    fn encode_size(&self) -> usize {
        self.bytes.encode_size()
    }
}

impl Read for Body {
    type Cfg = ();

    fn read_cfg(from: &mut impl Buf, (): &()) -> Result<Self, Error> {
        let bytes = Bytes::read_cfg(from, &(..=BLOCK_LEN_MAX).into())?;
        let block = Block::decode(&bytes);
        let block = block.map_err(|_| Error::Invalid("block", "no block in canonical form"))?;
        Self::with_bytes(Arc::new(block), bytes)
    }
}

impl Digestible for Body {
    type Digest = Digest;

    fn digest(&self) -> Digest {
        digest(&self.block.hash())
    }
}

impl Heightable for Body {
    fn height(&self) -> Height {
        engine_height(self.block.header().height)
    }
}

impl commonware_consensus::Block for Body {
    fn parent(&self) -> Digest {
        digest(&self.block.header().parent)
    }
}

impl CertifiableBlock for Body {
    type Context = TurnContext;

    fn context(&self) -> TurnContext {
        self.context.clone()
    }
}

impl BoundedBlock for Body {
    fn max_encode_size((): &()) -> usize {
        BLOCK_LEN_MAX + 5
    }
}

/// The engine's height of a commit.
pub(super) const fn engine_height(commit: u64) -> Height {
    Height::new(commit.saturating_sub(1))
}

/// The commit of an engine's height.
pub(super) const fn commit_height(height: Height) -> u64 {
    height.get().saturating_add(1)
}

/// The block of a digest.
pub(super) const fn block_hash(digest: &Digest) -> BlockHash {
    BlockHash::new(digest.0)
}

pub(super) const fn digest(hash: &BlockHash) -> Digest {
    sha256::Digest(*hash.as_bytes())
}

pub(super) fn key(key: &Ed25519Key) -> Result<Key, Error> {
    Key::decode(key.as_bytes().to_vec())
}

/// Whose turn it is, in this crate's words.
pub(super) fn turn(context: &TurnContext) -> Turn {
    let mut proposer = [0; 32];
    proposer.copy_from_slice(context.leader.as_ref());
    Turn {
        epoch: context.round.epoch().get(),
        view: context.round.view().get(),
        proposer: Ed25519Key::new(proposer),
        parent_view: context.parent.0.get(),
        parent: BlockHash::new(context.parent.1.0),
    }
}

/// The certificate, in this crate's form.
pub(super) fn certificate(finalization: &Finalization) -> Option<Certificate> {
    let (proposal, certificate) = (&finalization.proposal, &finalization.certificate);
    let mut signers = vec![false; certificate.signers.len()];
    for signer in certificate.signers.iter() {
        *signers.get_mut(usize::from(signer))? = true;
    }
    let signature = commonware_codec::Encode::encode(certificate.signature.get()?);
    let signature = <[u8; 48]>::try_from(signature.as_ref()).ok()?;
    Some(Certificate {
        epoch: proposal.round.epoch().get(),
        view: proposal.round.view().get(),
        parent_view: proposal.parent.get(),
        signers,
        signature: BlsSignature::new(signature),
    })
}

/// A block's certificate, in the engine's form.
pub(super) fn finalization(
    block: &BlockHash,
    certificate: &Certificate,
) -> Result<Finalization, Error> {
    let round = Round::new(Epoch::new(certificate.epoch), View::new(certificate.view));
    let parent = View::new(certificate.parent_view);
    let nodes = u32::try_from(certificate.signers.len()).unwrap_or(u32::MAX);
    let signed = (0..)
        .zip(&certificate.signers)
        .filter(|(_, signed)| **signed);
    let signers = Signers::new(nodes, signed.map(|(node, _)| Participant::new(node)));
    let signers = signers.map_err(|_| Error::Invalid("certificate", "no signers"))?;
    let signature = certificate.signature.as_bytes().to_vec();
    let signature = aggregate::Signature::<MinSig>::decode(signature)?;
    Ok(Finalization {
        proposal: Proposal::new(round, parent, digest(block)),
        certificate: multisig::Certificate {
            signers,
            signature: signature.into(),
        },
    })
}

/// What a node verifies the votes of a committee with; it signs with it too if it has the key that
/// the committee names. That each key is possessed was checked when its node came in.
pub(super) fn scheme(
    network: &NetworkHash,
    committee: &Committee,
    keys: &NodeKeys,
) -> Result<Scheme, Error> {
    let mut nodes = Vec::new();
    for node in committee.nodes() {
        let voting = <MinSig as Variant>::Public::decode(node.bls.as_bytes().to_vec())?;
        nodes.push((key(&node.ed25519)?, voting));
    }
    let nodes = BiMap::try_from(nodes);
    let nodes = nodes.map_err(|_| Error::Invalid("committee", "two nodes of one key"))?;
    let namespace = network.to_string();
    let namespace = namespace.as_bytes();
    let named = committee.by_key(&keys.identity());
    let secret = named.and_then(|node| keys.voting_secret(&node.bls));
    let signer = match secret {
        Some(secret) => Scheme::signer(namespace, nodes.clone(), Private::decode(secret.to_vec())?),
        None => Scheme::member(namespace, nodes.clone(), &key(&keys.identity())?),
    };
    Ok(signer.unwrap_or_else(|| Scheme::verifier(namespace, nodes)))
}

/// Whether votes are signed with it, too.
pub(super) fn signs(scheme: &Scheme) -> bool {
    scheme.me().is_some_and(|member| member.signer().is_some())
}
