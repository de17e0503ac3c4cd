//! The one address that a joining node knows lies to it: the node ends with what is wrong, or goes on
//! with what is true.
//!
//! The history is a true one of epochs of four heights: node4 comes after the first, node0 leaves after
//! the second, and in the third node5 is on its way. All lies are told at once, so that those that are
//! waited for end together.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hash_store::MemStorage;
use ledger::bundle::{BundleError, CertificateError, Evidence};
use ledger::{Options, ProofBundle};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use super::*;
use crate::certificate::tests::certify;
use crate::client::{CheckError, FaultKind};
use crate::committee::{Committee, CommitteeNode};
use crate::genesis::tests::{example, example_node, node_keys};
use crate::handover::{Handover, HandoverError};
use crate::hex::to_hex;
use crate::keys::UserKey;
use crate::names::BlockHash;
use crate::node::{Clock, Node, PoolLimits, Replica, Turn, open_store};
use crate::nodes::{APP, Operation, SET};
use crate::request::Request;

/// Time from one block to the next: an answer two blocks old is too old.
const STEP_MS: u64 = 20_000;
/// For lies that are told again and again.
const A_WHILE: Duration = Duration::from_secs(4);

/// What a network came to, as one replica has it. Every block has a certificate of all who vote.
struct History {
    replica: Arc<Replica>,
    node: Node,
    now_ms: Arc<AtomicU64>,
    tip: BlockHash,
}

impl History {
    fn new(name: &str) -> Self {
        let mut file = example(4);
        file.name = name.parse().unwrap();
        (file.epoch_len, file.dev) = (4, true);
        let now_ms = Arc::new(AtomicU64::new(file.time_ms));
        let genesis = Genesis::new(file).unwrap();
        let options = Options {
            background: false,
            ..Options::default()
        };
        let storage = Arc::new(MemStorage::new()) as Arc<dyn hash_store::Storage>;
        let store = open_store(&genesis, &storage, [9; 16], options).unwrap();
        let named = ("node1".parse().unwrap(), node_keys(1).identity());
        let replica = Replica::new(genesis, named, store, PoolLimits::default());
        let replica = Arc::new(replica.unwrap());
        let clock: Clock = {
            let now_ms = Arc::clone(&now_ms);
            Arc::new(move || now_ms.load(Ordering::Relaxed))
        };
        let node = Node::new(Arc::clone(&replica), clock, mpsc::channel(16).0);
        let tip = replica.before_epoch(0).unwrap();
        Self {
            replica,
            node,
            now_ms,
            tip,
        }
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn ask(&self, change: &Operation) {
        let request = Request {
            network: self.node.genesis().network(),
            sender: "alice".parse().unwrap(),
            app: APP.parse().unwrap(),
            nonce: self.now_ms(),
            expires_ms: self.now_ms() + 2 * STEP_MS,
            payload: change.encode(),
        };
        let signed = request.sign(&UserKey::from_seed(&[201; 32]));
        self.node.submit(&signed.encode()).unwrap();
    }

    /// One more block.
    fn step(&mut self) {
        let now_ms = self.now_ms.fetch_add(STEP_MS, Ordering::Relaxed) + STEP_MS;
        let epoch = self.replica.epoch();
        let turn = Turn {
            epoch,
            view: 300,
            proposer: node_keys(1).identity(),
            parent_view: 299,
            parent: self.tip,
        };
        let block = self.replica.propose(turn, now_ms).unwrap().unwrap();
        self.tip = block.hash();
        let voting = self.committee(epoch);
        let network = self.node.genesis().network();
        let certificate = certify(&network, &self.tip, epoch, &voting, voting.size());
        self.replica.commit(&block, Some(&certificate)).unwrap();
    }

    /// To the end of the epoch in which this changes.
    fn change(&mut self, change: &Operation) {
        let epoch = self.replica.epoch();
        self.ask(change);
        while self.replica.epoch() == epoch {
            self.step();
        }
    }

    fn committee(&self, epoch: u64) -> Arc<Committee> {
        self.replica.committee(epoch).unwrap().unwrap()
    }

    /// The proofs of who the nodes are, now.
    fn proofs(&self) -> [ProofBundle; 2] {
        let reply = self.node.query(APP, SET, true).unwrap();
        reply.proofs.try_into().unwrap()
    }

    fn handovers(&self) -> Vec<Handover> {
        self.node.handovers(0, 64).unwrap()
    }
}

/// What somebody answers who is asked.
#[derive(Clone)]
struct Answers {
    /// The handovers: first, then, and from then on.
    handovers: Vec<Value>,
    nodes: Value,
}

fn told<'a>(handovers: impl IntoIterator<Item = &'a Handover>) -> Value {
    let told = handovers.into_iter().map(|handover| {
        let epoch = handover.header.epoch;
        json!({"epoch": epoch, "handover": to_hex(&handover.encode())})
    });
    json!({"handovers": told.collect::<Vec<_>>()})
}

fn answer<'a>(proofs: impl IntoIterator<Item = &'a ProofBundle>) -> Value {
    let json = |bundle: &ProofBundle| {
        let json = bundle.to_json(true).unwrap();
        serde_json::from_slice::<Value>(&json).unwrap()
    };
    let proofs: Vec<_> = proofs.into_iter().map(json).collect();
    json!({"height": 1, "value": null, "proofs": proofs})
}

/// Serves these answers until the runtime ends.
async fn serve(mut answers: Answers) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (mut client, _) = listener.accept().await.unwrap();
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(client.read_u8().await.unwrap());
            }
            let body = if head.starts_with(b"GET /v1/handovers?from=") {
                match answers.handovers.len() {
                    1 => answers.handovers[0].clone(),
                    _ => answers.handovers.remove(0),
                }
            } else {
                assert!(head.starts_with(b"GET /v1/query/node?hex="), "{head:?}");
                answers.nodes.clone()
            };
            let body = body.to_string();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}", body.len());
            let whole = format!("{head}\r\nconnection: close\r\n\r\n{body}");
            // The client may have gone.
            let _ = client.write_all(whole.as_bytes()).await;
        }
    });
    address
}

/// Asks whoever answers so, as a node of this name and these keys would at this time.
async fn join(
    answers: Answers,
    genesis: Genesis,
    (name, key, now_ms): (&str, u8, u64),
) -> Result<Known, JoinError> {
    let address = serve(answers).await;
    let options = ClientOptions {
        patience: A_WHILE,
        ..ClientOptions::default()
    };
    let (alias, keys) = (name.parse().unwrap(), node_keys(key));
    let joined = ask(&genesis, address, options, (&alias, &keys), || now_ms).await?;
    // It asks all that it learnt of, and knows when that was so.
    assert!(joined.client.nodes().len() > joined.known.nodes.len());
    assert!(joined.time_ms <= now_ms);
    Ok(joined.known)
}

/// What was asked in vain, and what was wrong with the answer.
fn fault(error: &JoinError) -> Option<(&'static str, &FaultKind)> {
    match error {
        JoinError::Handovers { source, .. } => Some(("handovers", &source.kind)),
        JoinError::Nodes {
            source: ClientError::Unknown { last },
            ..
        } => Some(("nodes", &last.kind)),
        _ => None,
    }
}

type Ends = fn(&JoinError) -> bool;

macro_rules! ends {
    ($of:literal, $fault:pat) => {
        (|error: &JoinError| matches!(fault(error), Some(($of, $fault)))) as Ends
    };
}

/// A handover is not taken.
macro_rules! not_taken {
    ($epoch:literal, $source:pat) => {
        ends!(
            "handovers",
            FaultKind::Check(CheckError::Handover {
                epoch: $epoch,
                source: $source,
            })
        )
    };
}

/// A proof is not believed.
macro_rules! not_believed {
    ($error:pat) => {
        ends!("nodes", FaultKind::Check($error))
    };
}

/// What a network of this name came to, the proofs at two times before, and now.
fn history(name: &str) -> (History, [[ProofBundle; 2]; 3]) {
    let mut history = History::new(name);
    history.step();
    let long_ago = history.proofs();
    history.change(&Operation::Add(example_node(4)));
    let alias = example_node(0).alias;
    history.change(&Operation::Remove { alias });
    history.ask(&Operation::Add(example_node(5)));
    history.step();
    let before = history.proofs();
    history.step();
    let now = history.proofs();
    (history, [long_ago, before, now])
}

/// The proofs with another certificate of their header.
fn certified_by(proofs: &[ProofBundle; 2], by: &Committee, votes: usize) -> Value {
    let mut proofs = proofs.clone();
    for proof in &mut proofs {
        let Evidence::Finality {
            header,
            certificate,
        } = &mut proof.evidence
        else {
            panic!("{proof:?}");
        };
        let header = crate::header::Header::decode(header).unwrap();
        *certificate = certify(&header.network, &header.hash(), header.epoch, by, votes).encode();
    }
    answer(&proofs)
}

fn flipped(mut proofs: Value, at: &str) -> Value {
    let Some(Value::String(hex)) = proofs.pointer_mut(at) else {
        panic!("{at}: {proofs}");
    };
    let mut bytes = hex.clone().into_bytes();
    let middle = bytes.len() / 2;
    bytes[middle] = if bytes[middle] == b'0' { b'1' } else { b'0' };
    *hex = String::from_utf8(bytes).unwrap();
    proofs
}

#[tokio::test]
async fn whoever_joins_believes_no_lie_of_the_one_that_it_asks() {
    let (history, [long_ago, before, now]) = history("test");
    let (other, [.., others_now]) = self::history("other");
    let genesis = history.node.genesis().clone();
    let handovers = history.handovers();
    let [first, second] = &handovers[..] else {
        panic!("{handovers:?}");
    };
    let (both, one, none) = (told([first, second]), told([first]), told([]));
    let hands = |handovers: &[&Value]| Answers {
        handovers: handovers.iter().copied().cloned().collect(),
        nodes: answer(&now),
    };
    let names = |nodes: Value| Answers {
        nodes,
        ..hands(&[&both])
    };
    let me = ("node5", 5, history.now_ms());
    let ask = |answers| tokio::spawn(join(answers, genesis.clone(), me));

    // Who is told the truth, or told it a little later, goes on with it.
    let good = [
        hands(&[&both]),
        hands(&[&one, &both]),
        hands(&[&one, &one, &both]),
        hands(&[&none, &both]),
        hands(&[&told([first, first, second, first])]),
        names(json!({"height": 77, "value": "x", "proofs": answer(&now)["proofs"]})),
    ];
    let good = good.map(ask);

    let [gone, voting] = [0, 2].map(|epoch| history.committee(epoch));
    let signed = |handover: &Handover, by: &Committee, votes| {
        let Handover { header, proof, .. } = handover.clone();
        let certificate = certify(&header.network, &header.hash(), header.epoch, by, votes);
        Handover {
            header,
            certificate,
            proof,
        }
    };
    let proven_otherwise = Handover {
        proof: second.proof.clone(),
        ..first.clone()
    };
    let not_even_one = json!({"handovers": [{"epoch": 0, "handover": "00"}]});
    let (value, header, certificate) = (
        "/proofs/0/state/value_hex",
        "/proofs/0/finality/header_hex",
        "/proofs/0/finality/certificate_hex",
    );
    let bad = [
        // Handovers: one left out, in another order, by those who left, by too few, with another
        // committee, of another network, altered, none at all.
        (
            hands(&[&told([second])]),
            not_taken!(
                1,
                HandoverError::Certificate(CertificateError::WrongSignature)
            ),
        ),
        (
            hands(&[&told([second, first])]),
            not_taken!(
                1,
                HandoverError::Certificate(CertificateError::WrongSignature)
            ),
        ),
        (
            hands(&[&told([first, &signed(second, &gone, 4)])]),
            not_taken!(
                1,
                HandoverError::Certificate(CertificateError::WrongSignature)
            ),
        ),
        (
            hands(&[&told([&signed(first, &gone, 2)])]),
            not_taken!(
                0,
                HandoverError::Certificate(CertificateError::TooFewSigners { needed: 3, got: 2 })
            ),
        ),
        (
            hands(&[&told([&proven_otherwise, second])]),
            not_taken!(0, HandoverError::Proof(_)),
        ),
        (
            hands(&[&told(&other.handovers())]),
            not_taken!(0, HandoverError::OtherNetwork),
        ),
        (
            hands(&[&flipped(both.clone(), "/handovers/1/handover")]),
            not_taken!(1, _),
        ),
        (
            hands(&[&not_even_one]),
            ends!("handovers", FaultKind::Check(CheckError::Header(_))),
        ),
        (
            hands(&[&json!({"nodes": []})]),
            ends!("handovers", FaultKind::Form(_)),
        ),
        // Handovers held back: those who vote now are not known to.
        (
            hands(&[&one]),
            not_believed!(CheckError::Invalid(BundleError::Certificate(
                CertificateError::WrongSignature
            ))),
        ),
        (
            hands(&[&none]),
            not_believed!(CheckError::Invalid(BundleError::Certificate(
                CertificateError::WrongSignature
            ))),
        ),
        // An older set of nodes; the right one by those who left, by too few, of another network.
        (
            names(answer(&long_ago)),
            not_believed!(CheckError::Stale {
                age_ms_max: 30_000,
                ..
            }),
        ),
        (
            Answers {
                nodes: answer(&long_ago),
                ..hands(&[&none])
            },
            not_believed!(CheckError::Stale {
                age_ms_max: 30_000,
                ..
            }),
        ),
        (
            names(certified_by(&now, &gone, 4)),
            not_believed!(CheckError::Invalid(BundleError::Certificate(
                CertificateError::WrongSignature
            ))),
        ),
        (
            names(certified_by(&now, &voting, 2)),
            not_believed!(CheckError::Invalid(BundleError::Certificate(
                CertificateError::TooFewSigners { needed: 3, got: 2 }
            ))),
        ),
        (
            names(answer(&others_now)),
            not_believed!(CheckError::Invalid(BundleError::OtherNetwork { .. })),
        ),
        // Altered, put together of two times, of something else, none at all.
        (
            names(flipped(answer(&now), value)),
            not_believed!(CheckError::Invalid(BundleError::OtherValue)),
        ),
        (
            names(flipped(answer(&now), header)),
            not_believed!(CheckError::Invalid(BundleError::Certificate(_))),
        ),
        (
            names(flipped(answer(&now), certificate)),
            not_believed!(CheckError::Invalid(BundleError::Certificate(_))),
        ),
        (
            names(answer([&now[0], &before[1]])),
            not_believed!(CheckError::OfAnother("height")),
        ),
        (
            names(answer([&now[1], &now[0]])),
            not_believed!(CheckError::OfAnother("key")),
        ),
        (names(answer([&now[0]])), not_believed!(CheckError::NoProof)),
        (names(json!("none")), ends!("nodes", FaultKind::Form(_))),
    ];
    let bad = bad.map(|(answers, ends)| (ask(answers), ends));

    let voting = (1..=5).map(|index| CommitteeNode::from(&example_node(index)));
    let mut nodes: Vec<_> = voting.collect();
    nodes.sort_by_key(|node| node.ed25519);
    let height = history.replica.height();
    let known = Known { height, nodes };
    for (number, asked) in good.into_iter().enumerate() {
        assert_eq!(asked.await.unwrap().unwrap(), known, "{number}");
    }
    let mut otherwise = Vec::new();
    for (number, (asked, ends)) in bad.into_iter().enumerate() {
        let came = asked.await.unwrap();
        if !came.as_ref().is_err_and(ends) {
            otherwise.push((number, came));
        }
    }
    assert!(otherwise.is_empty(), "{otherwise:#?}");
}

#[tokio::test]
async fn whoever_is_not_named_does_not_join() {
    let (history, [.., now]) = history("test");
    let genesis = history.node.genesis();
    let answers = Answers {
        handovers: vec![told(&history.handovers())],
        nodes: answer(&now),
    };
    let join = async |name, key| {
        let me = (name, key, history.now_ms());
        join(answers.clone(), genesis.clone(), me).await
    };
    for (name, key) in [("node6", 6), ("node0", 0)] {
        let error = join(name, key).await.unwrap_err();
        let identity = node_keys(key).identity();
        assert!(
            matches!(error, JoinError::NotNamed { key } if key == identity),
            "{name}: {error:?}"
        );
    }
    let error = join("node3", 5).await.unwrap_err();
    assert!(
        matches!(error, JoinError::Otherwise { what: "name", .. }),
        "{error:?}"
    );
    assert!(join("node4", 4).await.is_ok());
}
