//! Handovers that hold, and everything that is not one.

use std::sync::OnceLock;

use merkle_log::Hash;
use patricia_state::{Batch, NodeStore, Overlay, Trie};
use proptest::prelude::*;

use super::*;
use crate::certificate::GenesisVerifier;
use crate::certificate::tests::certify;
use crate::committee::CommitteeNode;
use crate::genesis::tests::{example, example_node, node_keys};
use crate::genesis::{EPOCH_LEN, Genesis};
use crate::header::LedgerTip;
use ledger::bundle::CertificateVerifier;

fn genesis() -> &'static Genesis {
    static GENESIS: OnceLock<Genesis> = OnceLock::new();
    GENESIS.get_or_init(|| Genesis::new(example(4)).unwrap())
}

/// The committee of the nodes of these indices; the votes of the one at `rotated` have another key.
fn committee(nodes: &[u8], rotated: Option<u8>) -> Committee {
    let node = |index: &u8| {
        let mut node = CommitteeNode::from(&example_node(*index));
        if rotated == Some(*index) {
            node.bls = node_keys(*index + 20).voting();
        }
        node
    };
    Committee::new(nodes.iter().map(node).collect()).unwrap()
}

/// A header of that height, over a state that names these nodes, and the proof that it does.
fn header(height: u64, nodes: &Committee) -> (Header, Vec<Vec<u8>>) {
    let genesis = genesis();
    let suite = StateSuite::Blake3;
    let log = NodeStore::new();
    let mut batch = Batch::new(suite);
    let value = nodes.encode();
    batch.set(NODES_KEY, &value);
    batch.set(b"node/before", b"x");
    let changes = batch.changes();
    let sealed = Overlay::empty(suite).seal(&log, suite, &changes).unwrap();
    let view = sealed.on(&log);
    let proof = Trie::new(&view, suite, *sealed.root())
        .prove(&[NODES_KEY])
        .unwrap();
    let header = Header {
        network: genesis.network(),
        height,
        epoch: genesis.epoch_of(height),
        ledgers: vec![LedgerTip {
            name: NODES_LEDGER.parse().unwrap(),
            size: height,
            root: Hash::new([1; 32]),
            state_root: Hash::new(sealed.root().hash),
        }],
        ..crate::header::tests::example()
    };
    (header, proof.0.nodes().to_vec())
}

/// The handover at the end of an epoch, signed by all of a committee.
pub(crate) fn handover(epoch: u64, by: &Committee, to: &Committee) -> Handover {
    let (header, proof) = header(genesis().epoch_end(epoch), to);
    let certificate = certify(&header.network, &header.hash(), epoch, by, by.size());
    Handover {
        header,
        certificate,
        proof,
    }
}

/// Node 4 comes after epoch 2, node 0 leaves after epoch 3, node 1 has another key after epoch 7.
fn history() -> (Vec<Committee>, Vec<Handover>) {
    let committees = vec![
        committee(&[0, 1, 2, 3], None),
        committee(&[0, 1, 2, 3, 4], None),
        committee(&[1, 2, 3, 4], None),
        committee(&[1, 2, 3, 4], Some(1)),
    ];
    let pairs = committees.windows(2).zip([2, 3, 7]);
    let handovers = pairs.map(|(pair, epoch)| handover(epoch, &pair[0], &pair[1]));
    let handovers = handovers.collect();
    (committees, handovers)
}

/// A header in the middle of an epoch, and its certificate by all of a committee.
fn certified(epoch: u64, by: &Committee) -> (Header, Certificate) {
    let (header, _) = header(genesis().epoch_end(epoch) - 5, by);
    let certificate = certify(&header.network, &header.hash(), epoch, by, by.size());
    (header, certificate)
}

fn verify(header: &Header, handovers: &[Handover], certificate: &Certificate) -> bool {
    let chain = CertificateChain {
        handovers: handovers.to_vec(),
        certificate: certificate.clone(),
    };
    let verifier = GenesisVerifier::new(genesis());
    let bytes = chain.encode();
    assert_eq!(CertificateChain::decode(&bytes), Ok(chain));
    verifier.verify(&header.encode(), &bytes).is_ok()
}

#[test]
fn trust_goes_from_the_genesis_to_each_committee() {
    let (committees, handovers) = history();
    for (epoch, known) in [(0, 0), (2, 0), (3, 1), (4, 2), (7, 2), (8, 3), (900, 3)] {
        let (header, certificate) = certified(epoch, &committees[known]);
        let needed = &handovers[..known];
        assert!(verify(&header, needed, &certificate), "epoch {epoch}");
        for (other, committee) in committees.iter().enumerate() {
            let (header, certificate) = certified(epoch, committee);
            let verified = verify(&header, needed, &certificate);
            assert_eq!(verified, other == known, "epoch {epoch} by {other}");
        }
    }
}

#[test]
fn none_may_be_left_out_stand_elsewhere_or_twice() {
    let (committees, handovers) = history();
    let (header, certificate) = certified(9, &committees[3]);
    let [a, b, c] = [0, 1, 2].map(|index: usize| handovers[index].clone());
    let (early, early_certificate) = certified(3, &committees[1]);
    assert!(verify(&early, std::slice::from_ref(&a), &early_certificate));
    let more = [a.clone(), b.clone()];
    assert!(
        !verify(&early, &more, &early_certificate),
        "it is of a later epoch"
    );
    let wrong = [
        vec![],
        vec![a.clone()],
        vec![a.clone(), b.clone()],
        vec![a.clone(), c.clone()],
        vec![b.clone(), c.clone()],
        vec![b.clone(), a.clone(), c.clone()],
        vec![a.clone(), c.clone(), b.clone()],
        vec![a.clone(), a.clone(), b.clone(), c.clone()],
        vec![a.clone(), b.clone(), c.clone(), c.clone()],
    ];
    for handovers in wrong {
        let epochs: Vec<_> = handovers.iter().map(|h| h.header.epoch).collect();
        assert!(!verify(&header, &handovers, &certificate), "{epochs:?}");
    }
    assert!(verify(&header, &[a, b, c], &certificate));
}

#[test]
fn whoever_knows_a_handover_believes_no_committee_before_it() {
    let (committees, handovers) = history();
    let mut verifier = GenesisVerifier::new(genesis());
    for (handover, committee) in handovers.iter().zip(&committees[1..]) {
        verifier.take(handover).unwrap();
        let from = handover.header.epoch + 1;
        assert_eq!(verifier.known_from(), from);
        assert_eq!(verifier.committee(from), committee);
        assert_eq!(verifier.take(handover), Ok(()), "again");
    }
    let (header, certificate) = certified(5, &committees[1]);
    let wrong = verifier.verify(&header.encode(), &certificate.encode());
    assert_eq!(wrong.err(), Some(CertificateError::WrongSignature));
    let chain = CertificateChain {
        handovers: handovers[..1].to_vec(),
        certificate,
    };
    let wrong = verifier.verify(&header.encode(), &chain.encode());
    assert!(wrong.is_err(), "what leaves one out changes nothing");
    for (epoch, known) in [(1, 0), (3, 1), (5, 2), (8, 3)] {
        let (header, certificate) = certified(epoch, &committees[known]);
        let right = verifier.verify(&header.encode(), &certificate.encode());
        assert!(right.is_ok(), "epoch {epoch}");
    }

    // The same committee signed two: only the first is believed.
    let other = handover(3, &committees[1], &committee(&[0, 1, 2, 3], None));
    let contradicts = HandoverError::Contradicts { epoch: 4 };
    assert_eq!(verifier.take(&other), Err(contradicts));
}

#[test]
fn a_handover_is_what_it_says() {
    let (committees, handovers) = history();
    let [first, second] = [&committees[0], &committees[1]];
    let refused = |handover: &Handover| {
        let mut verifier = GenesisVerifier::new(genesis());
        let error = verifier.take(handover).unwrap_err();
        assert_eq!(verifier.known_from(), 0);
        error
    };
    let signed = |header: Header, proof: Vec<Vec<u8>>, epoch, votes| Handover {
        certificate: certify(&genesis().network(), &header.hash(), epoch, first, votes),
        header,
        proof,
    };
    let made = |change: fn(&mut Header)| {
        let (mut header, proof) = header(EPOCH_LEN, second);
        change(&mut header);
        signed(header, proof, 0, 4)
    };
    assert_eq!(
        refused(&made(|h| h.network = crate::NetworkHash::new([1; 32]))),
        HandoverError::OtherNetwork
    );
    for change in [
        |h: &mut Header| h.height -= 1,
        |h: &mut Header| h.height += 1,
    ] {
        let error = refused(&made(change));
        assert!(matches!(error, HandoverError::NotTheLast { .. }), "{error}");
    }
    let (last, proof) = header(EPOCH_LEN, second);
    let two = HandoverError::TwoEpochs {
        header: 0,
        certificate: 1,
    };
    assert_eq!(refused(&signed(last.clone(), proof.clone(), 1, 4)), two);
    let few = CertificateError::TooFewSigners { needed: 3, got: 2 };
    let few = HandoverError::Certificate(few);
    assert_eq!(refused(&signed(last.clone(), proof.clone(), 0, 2)), few);
    let by_others = handover(0, second, &committees[2]);
    let wrong = HandoverError::Certificate(CertificateError::WrongSignature);
    assert_eq!(refused(&by_others), wrong);
    assert_eq!(
        refused(&made(|h| h.ledgers.clear())),
        HandoverError::NoLedger
    );
    let (_, other_proof) = header(EPOCH_LEN, &committees[2]);
    let error = refused(&signed(last.clone(), other_proof, 0, 4));
    assert!(matches!(error, HandoverError::Proof(_)), "{error}");
    let mut more = proof;
    more.push(vec![0xc0]);
    let error = refused(&signed(last, more, 0, 4));
    assert!(matches!(error, HandoverError::Proof(_)), "{error}");
    assert_eq!(
        refused(&handover(0, first, first)),
        HandoverError::NothingNew
    );
    let mut odd = second.nodes().to_vec();
    odd[0].bls = crate::BlsKey::new([7; 96]);
    let odd = handover(0, first, &Committee::new(odd).unwrap());
    assert_eq!(refused(&odd), HandoverError::Key);
    let mut verifier = GenesisVerifier::new(genesis());
    verifier.take(&handovers[0]).unwrap();
    let earlier = handover(1, first, &committees[2]);
    let (epoch, known) = (1, 3);
    let out = HandoverError::OutOfOrder { epoch, known };
    assert_eq!(verifier.take(&earlier), Err(out));
}

#[test]
fn a_header_is_of_one_epoch() {
    let (committees, handovers) = history();
    let verifier = GenesisVerifier::new(genesis());
    let (mut header, _) = certified(2, &committees[0]);
    let check = |header: &Header, epoch| {
        let by = &committees[0];
        let certificate = certify(&header.network, &header.hash(), epoch, by, 4);
        verifier.verify(&header.encode(), &certificate.encode())
    };
    assert!(check(&header, 2).is_ok());
    let wrong = Some(CertificateError::WrongEpoch { epoch: 2 });
    assert_eq!(check(&header, 1).err(), wrong);
    header.height += EPOCH_LEN;
    assert_eq!(check(&header, 2).err(), wrong);
    // Those who are gone cannot sign a block of a later height as if it were of their time.
    let chain = CertificateChain {
        handovers: handovers[..1].to_vec(),
        certificate: certify(&header.network, &header.hash(), 2, &committees[0], 4),
    };
    assert!(verifier.check_chain(&header, &chain).is_err());
}

/// Every bit of a chain of one handover.
#[test]
fn no_bit_may_be_another() {
    let (committees, handovers) = history();
    let (header, certificate) = certified(3, &committees[1]);
    let chain = CertificateChain {
        handovers: handovers[..1].to_vec(),
        certificate,
    };
    let verifier = GenesisVerifier::new(genesis());
    let (header, bytes) = (header.encode(), chain.encode());
    assert!(verifier.verify(&header, &bytes).is_ok());
    for at in 0..bytes.len() * 8 {
        let mut changed = bytes.clone();
        changed[at / 8] ^= 1 << (at % 8);
        assert!(verifier.verify(&header, &changed).is_err(), "bit {at}");
    }
    for len in 0..bytes.len() {
        assert!(CertificateChain::decode(&bytes[..len]).is_err(), "{len}");
    }
}

#[test]
fn the_bytes_are_as_the_format_says() {
    let (_, handovers) = history();
    let one = &handovers[0];
    let len = |len: usize| u32::try_from(len).unwrap().to_le_bytes();
    let (header, certificate) = (one.header.encode(), one.certificate.encode());
    let mut expected = [
        b"LHO1".as_slice(),
        &len(header.len()),
        &header,
        &len(certificate.len()),
        &certificate,
    ]
    .concat();
    expected.extend(u16::try_from(one.proof.len()).unwrap().to_le_bytes());
    for node in &one.proof {
        expected.extend(len(node.len()));
        expected.extend(node);
    }
    assert_eq!(one.encode(), expected);
    let chain = CertificateChain {
        handovers: vec![one.clone()],
        certificate: one.certificate.clone(),
    };
    let chained = [
        b"LCC1\x01\0".as_slice(),
        &len(expected.len()),
        &expected,
        &certificate,
    ];
    assert_eq!(chain.encode(), chained.concat());
    let none = CertificateChain {
        handovers: Vec::new(),
        ..chain
    };
    assert_eq!(none.encode(), certificate);
    let none = [b"LCC1\0\0".as_slice(), &certificate].concat();
    assert!(CertificateChain::decode(&none).is_err());
}

proptest! {
    #[test]
    fn what_decodes_encodes_back(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
        cut in 0usize..4,
    ) {
        static BYTES: OnceLock<Vec<u8>> = OnceLock::new();
        let bytes = BYTES.get_or_init(|| {
            let (_, mut handovers) = history();
            handovers.truncate(2);
            let certificate = handovers[0].certificate.clone();
            CertificateChain { handovers, certificate }.encode()
        });
        let mut bytes = bytes.clone();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(bytes.len() - cut);
        if let Ok(chain) = CertificateChain::decode(&bytes) {
            prop_assert_eq!(chain.encode(), bytes);
        }
    }
}
