//! What a node knows of the heights before its store's base: who voted when.
//!
//! The handovers from before the base are attached to it, as is its block. They were checked from the
//! genesis on before the store was made.

use std::sync::Arc;

use ledger::Snapshot;

use super::open::attached;
use super::replica::ReplicaError;
use crate::block::Block;
use crate::committee::Committee;
use crate::genesis::Genesis;
use crate::handover::Handover;

/// Kind of an attachment of a base that is a handover from before it: one each, in order.
pub const HANDOVER_ATTACHMENT: u32 = 4;
/// Kind of the attachment of a base that is its block.
pub const BLOCK_ATTACHMENT: u32 = 5;

/// Where the history of a store begins, if not with the genesis.
#[derive(Debug)]
pub(crate) struct Base {
    pub(crate) height: u64,
    pub(crate) handovers: Vec<Handover>,
    /// The first committee, and those that handovers name, by the epochs that they begin with.
    committees: Vec<(u64, Arc<Committee>)>,
}

impl Base {
    /// The base of a store; none if all history is there.
    pub(crate) fn of(genesis: &Genesis, snapshot: &Snapshot) -> Result<Option<Self>, ReplicaError> {
        let Some(height) = snapshot.base() else {
            return Ok(None);
        };
        let broken = || ReplicaError::NoNodes { height };
        let mut committees = vec![(0, Arc::new(Committee::of_genesis(genesis)))];
        let mut handovers = Vec::new();
        let attached = snapshot.attachments(height)?.into_iter();
        for kept in attached.filter(|kept| kept.kind == HANDOVER_ATTACHMENT) {
            let handover = Handover::decode(&kept.bytes).map_err(|_| broken())?;
            let committee = handover.committee().map_err(|_| broken())?;
            committees.push((handover.header.epoch + 1, Arc::new(committee)));
            handovers.push(handover);
        }
        Ok(Some(Self {
            height,
            handovers,
            committees,
        }))
    }

    /// Who voted in an epoch up to that of the base.
    pub(crate) fn committee(&self, epoch: u64) -> Option<Arc<Committee>> {
        let mut known = self.committees.iter().rev();
        let (_, committee) = known.find(|(from, _)| *from <= epoch)?;
        Some(Arc::clone(committee))
    }
}

/// The block of a base.
pub(super) fn block_of(snapshot: &Snapshot, height: u64) -> Result<Option<Block>, ReplicaError> {
    let bytes = attached(snapshot, height, BLOCK_ATTACHMENT)?;
    Ok(bytes.and_then(|bytes| Block::decode(&bytes).ok()))
}

#[cfg(test)]
#[cfg(feature = "server")]
mod tests {
    use super::*;
    use crate::certificate::Certificate;
    use crate::committee::{NODES_KEY, NODES_LEDGER};
    use crate::genesis::tests::example;
    use crate::header::Header;
    use crate::keys::BlsSignature;
    use crate::node::executor::{LEDGERS, ledger_specs};
    use crate::node::open::{header_at, open_store};
    use crate::node::tests::{Solo, put};
    use crate::node::{CERTIFICATE_ATTACHMENT, HEADER_ATTACHMENT, NodeError};
    use crate::reply::RequestStatus;
    use crate::snapshot::pieces;
    use hash_store::{MemStorage, Storage};
    use ledger::{Attachment, Options, Store};

    /// The end of the second epoch.
    const BASE: u64 = 8;

    /// Nobody signed it: what is attached to a base was checked before.
    fn certificate(epoch: u64) -> Certificate {
        Certificate {
            epoch,
            view: 1,
            parent_view: 0,
            signers: vec![true],
            signature: BlsSignature::new([7; 48]),
        }
    }

    fn handover(snapshot: &Snapshot, height: u64, epoch: u64) -> Handover {
        let state = snapshot.at_height(height).unwrap();
        let proof = state.state(NODES_LEDGER).unwrap().prove(&[NODES_KEY]);
        Handover {
            header: Header {
                epoch,
                ..header_at(snapshot, height).unwrap()
            },
            certificate: certificate(epoch),
            proof: proof.unwrap().0.nodes().to_vec(),
        }
    }

    /// A handover after the first epoch, to those who vote in another network.
    fn kept() -> Handover {
        let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
        let store = open_store(&others(), &storage, [6; 16], options()).unwrap();
        handover(&store.snapshot(), 1, 0)
    }

    fn others() -> Genesis {
        Genesis::new(example(4)).unwrap()
    }

    fn options() -> Options {
        Options {
            background: false,
            ..Options::default()
        }
    }

    /// A store of what a node gives of itself at the height.
    fn begun(solo: &Solo) -> Store {
        let (node, snapshot) = (&solo.node, solo.node.snapshot());
        let (storage, network) = (Arc::new(MemStorage::new()), node.genesis().network().id());
        let specs = ledger_specs().unwrap();
        let mut writer = Store::begin_in(storage, [5; 16], network, &specs, options()).unwrap();
        for name in LEDGERS {
            let piece = node.leaves_at(BASE, name, 0).unwrap();
            let (two, rest) = piece.split_at(piece.len().min(64));
            for part in [two, rest] {
                let leaves = pieces::leaves(part).unwrap();
                writer.leaves(name, &leaves).unwrap();
            }
            assert_eq!(node.leaves_at(BASE, name, 2).unwrap(), rest);
            let piece = node.pairs_at(BASE, name, b"").unwrap();
            let pairs = pieces::pairs(&piece).unwrap();
            for (key, value) in &pairs {
                writer.set(name, key, value).unwrap();
            }
            let mut after = pairs.last().unwrap().0.to_vec();
            after.push(0);
            assert_eq!(node.pairs_at(BASE, name, &after).unwrap(), b"");
        }
        let audit = node.leaves_at(BASE - 1, "audit", 0).unwrap();
        writer
            .audit_leaves(&pieces::leaves(&audit).unwrap())
            .unwrap();
        let attach = |kind, bytes| Attachment { kind, bytes };
        let commit = snapshot.commit(BASE).unwrap();
        let attached = [
            attach(
                HEADER_ATTACHMENT,
                header_at(&snapshot, BASE).unwrap().encode(),
            ),
            attach(CERTIFICATE_ATTACHMENT, certificate(1).encode()),
            attach(BLOCK_ATTACHMENT, solo.block_at(BASE).encode()),
            attach(HANDOVER_ATTACHMENT, kept().encode()),
        ];
        let store = writer.finish(&commit.body_bytes, &commit.metadata, &attached);
        store.unwrap()
    }

    #[test]
    fn a_node_whose_history_begins_at_a_height_knows_what_it_must_of_the_time_before() {
        let mut solo = Solo::new();
        let mut blocks = Vec::new();
        let mut ids = Vec::new();
        for nonce in 1..=10 {
            ids.push(solo.submit("bob", nonce, &put("k", "v")));
            blocks.push(solo.step());
        }
        let genesis = solo.node.genesis().clone();
        let light = Solo::on(genesis.clone(), begun(&solo));
        assert_eq!(light.node.status().base, Some(BASE));
        assert_eq!(light.node.certified(), BASE);
        let first = |solo: &Solo| solo.replica.genesis_block().unwrap().hash();
        assert_eq!(first(&light), first(&solo));
        for block in blocks.iter().filter(|block| block.header().height > BASE) {
            light.commit(Block::clone(block));
        }
        let roots = |solo: &Solo| (solo.node.status().height, solo.node.status().audit_root);
        assert_eq!(roots(&light), roots(&solo));

        // Others voted in the epoch that the base ends.
        let committees = [&genesis, &others(), &genesis].map(Committee::of_genesis);
        for (epoch, committee) in (0..).zip(&committees) {
            assert_eq!(*light.node.committee(epoch).unwrap(), *committee);
        }
        let snapshot = solo.node.snapshot();
        let last = Handover {
            header: header_at(&snapshot, BASE).unwrap(),
            ..handover(&snapshot, BASE, 1)
        };
        let all = [kept(), last.clone()];
        assert_eq!(light.node.handovers(0, 64).unwrap(), all);
        assert_eq!(light.node.handovers(1, 64).unwrap(), [last]);
        assert_eq!(light.node.handovers(2, 64).unwrap(), []);

        for height in [BASE, BASE + 1, 11] {
            let block = light.replica.block_at(height).unwrap();
            assert_eq!(block.unwrap(), solo.block_at(height));
        }
        assert!(light.replica.block_at(BASE - 1).is_err());
        let before = |found: Result<Vec<u8>, NodeError>| {
            let store = ledger::Error::BeforeBase {
                what: "",
                asked: 0,
                base: BASE,
            };
            matches!(found, Err(NodeError::Store(error)) if error.code() == store.code())
        };
        assert!(before(light.node.commits_from(BASE, 1)));
        assert!(before(light.node.leaves_at(BASE - 1, "audit", 0)));
        assert!(before(light.node.pairs_at(BASE - 1, "domain", b"")));
        let whole = |solo: &Solo| solo.node.commits_from(BASE + 1, 64).unwrap();
        assert_eq!(pieces::commits(&whole(&light)).unwrap().len(), 3);
        assert_eq!(whole(&light), whole(&solo));

        // Requests from up to the base are not known, later ones are found where they are.
        let status = |solo: &Solo, id| solo.node.request(id).unwrap();
        for (id, block) in ids.iter().zip(&blocks) {
            let known = block.header().height > BASE;
            let expected = match known {
                true => status(&solo, id),
                false => RequestStatus::Unknown,
            };
            assert_eq!(status(&light, id), expected);
        }
        // The newest end of an epoch that is whole here.
        assert!(matches!(
            light.node.commit_before(u64::MAX),
            Err(NodeError::NotFound { .. })
        ));
        let offered = solo.node.commit_before(u64::MAX).unwrap();
        assert_eq!(offered, solo.node.snapshot().transfer(BASE).unwrap());
        assert!(matches!(
            solo.node.commit_before(0),
            Err(NodeError::NotFound { .. })
        ));
    }
}
