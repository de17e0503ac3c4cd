//! One replica without an engine: blocks are made final by the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use hash_store::{MemStorage, Storage};
use ledger::{Options, Store};
use tokio::sync::mpsc;

use super::executor::{Unfit, ledger_tips};
use super::handle::{Clock, Node, NodeError};
use super::mempool::PoolLimits;
use super::open::open_store;
use super::replica::{Fault, ORDER_ATTACHMENT, Replica, ReplicaError, Turn, Verdict};
use crate::block::{Block, Envelope, payload_hash};
use crate::committee::Committee;
use crate::genesis::Genesis;
use crate::genesis::tests::{example, node_keys};
use crate::header::Header;
use crate::keys::{Ed25519Key, UserKey};
use crate::member::{self, Member};
use crate::names::{BlockHash, RequestId};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::record::Operation;
use crate::reply::RequestStatus;
use crate::request::Request;
use crate::role::Roles;

pub(crate) struct Solo {
    pub(crate) replica: Arc<Replica>,
    pub(crate) node: Node,
    now: Arc<AtomicU64>,
    view: u64,
}

impl Solo {
    fn open(storage: &Arc<dyn Storage>) -> Self {
        Self::of(storage, Policy::default())
    }

    fn of(storage: &Arc<dyn Storage>, policy: Policy) -> Self {
        let mut file = example(1);
        file.policy = policy;
        file.epoch_len = 4;
        let genesis = Genesis::new(file).unwrap();
        let options = Options {
            background: false,
            ..Options::default()
        };
        let store = open_store(&genesis, storage, [9; 16], options).unwrap();
        Self::on(genesis, store)
    }

    /// On a store that is open.
    pub(crate) fn on(genesis: Genesis, store: Store) -> Self {
        let named = ("node0".parse().unwrap(), node_keys(0).identity());
        let replica = Replica::new(genesis, named, store, PoolLimits::default()).unwrap();
        let replica = Arc::new(replica);
        let now = Arc::new(AtomicU64::new(1_700_000_000_000));
        let clock: Clock = {
            let now = Arc::clone(&now);
            Arc::new(move || now.load(Ordering::Relaxed))
        };
        let node = Node::new(Arc::clone(&replica), clock, mpsc::channel(16).0);
        Self {
            replica,
            node,
            now,
            view: 1,
        }
    }

    pub(crate) fn new() -> Self {
        Self::open(&(Arc::new(MemStorage::new()) as Arc<dyn Storage>))
    }

    fn tip(&self) -> BlockHash {
        self.replica.chain.lock().unwrap().tip_hash()
    }

    fn propose_on(&mut self, parent: BlockHash) -> Arc<Block> {
        self.view += 1;
        let turn = Turn {
            epoch: 0,
            view: self.view,
            proposer: Ed25519Key::new([1; 32]),
            parent_view: self.view - 1,
            parent,
        };
        let now = self.now.load(Ordering::Relaxed);
        self.replica.propose(turn, now).unwrap().unwrap()
    }

    /// A block of these requests on the last commit, with all that comes of it.
    fn block_of(&self, requests: &[Arc<Envelope>]) -> Arc<Block> {
        let chain = self.replica.chain.lock().unwrap();
        let (batch, parent) = chain.on(&chain.tip_hash()).unwrap();
        drop(chain);
        let at = (parent.height + 1, self.now.load(Ordering::Relaxed));
        let executor = &self.replica.executor;
        let executed = executor
            .execute(batch, at, requests, Unfit::Refuse)
            .unwrap();
        let header = Header {
            height: at.0,
            time_ms: at.1,
            parent: self.tip(),
            view: 5,
            payload_hash: payload_hash(requests),
            audit_root: executed.sealed.audit_root(),
            ledgers: ledger_tips(&executed.sealed),
            ..parent
        };
        Arc::new(Block::new(header, requests.to_vec()))
    }

    fn fault(&self, block: &Arc<Block>) -> Fault {
        match self.replica.verify(block).unwrap() {
            Verdict::Invalid(fault) => fault,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn envelope(&self, nonce: u64) -> Arc<Envelope> {
        let signed = self.request("bob", nonce, &put("k", "v")).sign(&key("bob"));
        Arc::new(Envelope::decode(&signed.encode()).unwrap())
    }

    /// Makes what waits final.
    pub(crate) fn step(&mut self) -> Arc<Block> {
        let block = self.propose_on(self.tip());
        self.replica.commit(&block, None).unwrap();
        block
    }

    fn refusal(&self, bytes: &[u8]) -> Reason {
        match self.node.submit(bytes) {
            Err(NodeError::Refused(refusal)) => refusal.reason,
            other => panic!("{other:?}"),
        }
    }

    fn request(&self, sender: &str, nonce: u64, operation: &Operation) -> Request {
        Request {
            network: self.node.genesis().network(),
            sender: sender.parse().unwrap(),
            app: "record".parse().unwrap(),
            nonce,
            expires_ms: self.now.load(Ordering::Relaxed) + 60_000,
            payload: operation.encode(),
        }
    }

    pub(crate) fn submit(&self, sender: &str, nonce: u64, operation: &Operation) -> RequestId {
        let signed = self.request(sender, nonce, operation).sign(&key(sender));
        self.node.submit(&signed.encode()).unwrap().id
    }

    fn enrol(&self, nonce: u64) {
        let member = Member {
            ed25519: key("dora").public(),
            roles: Roles::default(),
            organisation: None,
        };
        let user = format!("dora{nonce}").parse().unwrap();
        let request = Request {
            app: member::APP.parse().unwrap(),
            payload: member::Operation::AddUser { user, member }.encode(),
            ..self.request("alice", nonce, &put("", ""))
        };
        let signed = request.sign(&key("alice"));
        self.node.submit(&signed.encode()).unwrap();
    }

    /// Makes a block final whose requests go to two ledgers in turns.
    pub(crate) fn commit_two_ledgers(&mut self) -> Arc<Block> {
        for nonce in 1..=2 {
            self.enrol(nonce);
            self.submit("bob", nonce, &put("k", "v"));
        }
        self.step()
    }

    pub(crate) fn commit(&self, block: Block) {
        self.replica.commit(&Arc::new(block), None).unwrap();
    }

    pub(crate) fn block_at(&self, height: u64) -> Block {
        self.replica.block_at(height).unwrap().unwrap()
    }
}

fn key(sender: &str) -> UserKey {
    let seed = match sender {
        "alice" => 201,
        "bob" => 202,
        "carol" => 203,
        _ => 99,
    };
    UserKey::from_seed(&[seed; 32])
}

pub(crate) fn put(key: &str, value: &str) -> Operation {
    Operation::Put {
        key: key.into(),
        value: value.into(),
    }
}

#[test]
fn a_record_goes_from_hand_to_hand() {
    let mut solo = Solo::new();
    let id = solo.submit("bob", 1, &put("k", "v"));
    assert_eq!(solo.node.request(&id).unwrap(), RequestStatus::Pending);
    let block = solo.step();
    assert_eq!((block.header().height, block.requests().len()), (2, 1));
    let RequestStatus::Final(outcome) = solo.node.request(&id).unwrap() else {
        panic!("not final");
    };
    assert_eq!(
        (outcome.height, outcome.index, outcome.rejected),
        (2, 0, None)
    );
    assert_eq!(outcome.ledger, "domain");

    let to = "carol".parse().unwrap();
    let key = b"k".to_vec();
    solo.submit(
        "bob",
        2,
        &Operation::Transfer {
            key: key.clone(),
            to,
        },
    );
    solo.step();
    let theirs = solo
        .request("bob", 3, &put("k", "w"))
        .sign(&self::key("bob"));
    assert_eq!(solo.refusal(&theirs.encode()), Reason::NotOwner);
    solo.submit("carol", 1, &Operation::Delete { key });
    solo.step();
    let state = solo.node.snapshot().state("domain").unwrap();
    assert_eq!(state.get(b"record/r/k").unwrap(), None);
    assert_eq!(state.get(b"record/n/bob").unwrap(), None);
    assert_eq!(state.get(b"record/n/carol").unwrap(), None);
    assert_eq!(solo.node.status().height, 4);
}

#[test]
fn a_request_is_taken_once() {
    let mut solo = Solo::new();
    let signed = solo.request("bob", 1, &put("k", "v")).sign(&key("bob"));
    solo.node.submit(&signed.encode()).unwrap();
    assert_eq!(solo.refusal(&signed.encode()), Reason::Duplicate);
    solo.step();
    assert_eq!(solo.refusal(&signed.encode()), Reason::Duplicate);

    // A block that brings it again is no block.
    let again = Arc::new(Envelope::decode(&signed.encode()).unwrap());
    let chain = solo.replica.chain.lock().unwrap();
    let (batch, parent) = chain.on(&chain.tip_hash()).unwrap();
    drop(chain);
    let at = (parent.height + 1, parent.time_ms);
    let executed = solo
        .replica
        .executor
        .execute(batch, at, &[again], Unfit::Refuse);
    assert!(executed.unwrap_err().to_string().ends_with("duplicate"));
}

#[test]
fn what_loses_a_race_is_logged_and_changes_nothing() {
    let mut solo = Solo::new();
    let bobs = solo.submit("bob", 1, &put("k", "bob's"));
    let carols = solo.submit("carol", 1, &put("k", "carol's"));
    let block = solo.step();
    assert_eq!(block.requests().len(), 2);
    let rejected = |id| match solo.node.request(&id).unwrap() {
        RequestStatus::Final(outcome) => outcome.rejected,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        (rejected(bobs), rejected(carols)),
        (None, Some(Reason::NotOwner))
    );
    let state = solo.node.snapshot().state("domain").unwrap();
    assert_eq!(
        state.get(b"record/r/k").unwrap(),
        Some(b"\x03bobbob's".as_slice())
    );
    assert_eq!(state.get(b"record/n/carol").unwrap(), None);
}

#[test]
fn each_refusal_has_its_reason_and_changes_nothing() {
    let solo = Solo::new();
    let before = solo.node.status();
    let request = |change: &dyn Fn(&mut Request)| {
        let mut request = solo.request("bob", 1, &put("k", "v"));
        change(&mut request);
        let key = key(request.sender.as_str());
        request.sign(&key).encode()
    };
    type Case<'a> = (&'a dyn Fn(&mut Request), Reason);
    let cases: &[Case<'_>] = &[
        (
            &|r| r.network = crate::NetworkHash::new([0; 32]),
            Reason::WrongNetwork,
        ),
        (
            &|r| r.sender = "mallory".parse().unwrap(),
            Reason::NotEnrolled,
        ),
        (&|r| r.app = "no".parse().unwrap(), Reason::NoSuchApp),
        (&|r| r.expires_ms -= 60_001, Reason::Expired),
        (&|r| r.expires_ms += 1 << 40, Reason::ExpiryTooFar),
        (&|r| r.payload = vec![9], Reason::Malformed),
        (&|r| r.payload = put("", "v").encode(), Reason::KeyLength),
        (
            &|r| r.payload = put(&"k".repeat(257), "v").encode(),
            Reason::KeyLength,
        ),
        (
            &|r| r.payload = put("k", &"v".repeat((64 << 10) + 1)).encode(),
            Reason::ValueLength,
        ),
        (&|r| r.payload = vec![0; 128 << 10], Reason::Oversize),
        (
            &|r| r.payload = Operation::Delete { key: b"k".to_vec() }.encode(),
            Reason::NoSuchRecord,
        ),
        (&|r| r.app = "member".parse().unwrap(), Reason::Malformed),
    ];
    for (change, reason) in cases {
        assert_eq!(solo.refusal(&request(*change)), *reason);
    }
    assert!(solo.replica.waiting.lock().unwrap().is_empty());
    let unsigned = request(&|_| {});
    let mut other = unsigned.clone();
    *other.last_mut().unwrap() ^= 1;
    assert_eq!(solo.refusal(&other), Reason::BadSignature);
    assert_eq!(
        solo.refusal(&unsigned[..unsigned.len() - 1]),
        Reason::Malformed
    );
    assert_eq!(solo.node.status(), before);
}

#[test]
fn a_reopened_node_goes_on_where_it_was() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let mut solo = Solo::open(&storage);
    solo.submit("bob", 1, &put("k", "v"));
    solo.step();
    let status = solo.node.status();
    drop(solo);
    let mut solo = Solo::open(&storage);
    assert_eq!(solo.node.status(), status);
    solo.submit("bob", 2, &put("k", "w"));
    assert_eq!(solo.step().header().height, 3);
}

#[test]
fn who_waits_is_told_what_became_of_a_request() {
    let mut solo = Solo::new();
    let submit = |nonce| {
        let signed = solo.request("bob", nonce, &put("k", "v")).sign(&key("bob"));
        solo.node.submit(&signed.encode()).unwrap()
    };
    let mut done = submit(1);
    assert!(done.status.try_recv().is_err());
    solo.step();
    assert!(matches!(
        done.status.try_recv(),
        Ok(RequestStatus::Final(_))
    ));

    let late = solo.request("carol", 1, &put("c", "v")).sign(&key("carol"));
    let mut late = solo.node.submit(&late.encode()).unwrap();
    let mut commits = solo.node.subscribe();
    solo.now.fetch_add(60_001, Ordering::Relaxed);
    assert_eq!(
        solo.step().requests().len(),
        0,
        "it came too late for this block"
    );
    let reason = Reason::Expired;
    assert_eq!(
        late.status.try_recv(),
        Ok(RequestStatus::Dropped { reason })
    );
    assert!(solo.replica.waiting.lock().unwrap().is_empty());
    let committed = commits.try_recv().unwrap();
    assert_eq!((committed.height, committed.outcomes.len()), (3, 0));
}

#[test]
fn blocks_stack_and_fork_and_only_the_final_ones_stay() {
    let mut solo = Solo::new();
    solo.submit("bob", 1, &put("a", "1"));
    let first = solo.propose_on(solo.tip());
    solo.submit("bob", 2, &put("b", "2"));
    let second = solo.propose_on(first.hash());
    let other = solo.propose_on(solo.tip());
    assert_eq!(
        second.requests().len(),
        1,
        "what its parent holds is not proposed again"
    );
    assert_eq!(other.requests().len(), 2);
    solo.replica.commit(&first, None).unwrap();
    solo.replica.commit(&first, None).unwrap();
    assert!(
        solo.replica
            .chain
            .lock()
            .unwrap()
            .get(&other.hash())
            .is_none()
    );
    assert_eq!(solo.replica.verify(&other).unwrap(), Verdict::NoParent);
    solo.replica.commit(&second, None).unwrap();
    assert!(
        solo.replica.commit(&other, None).is_ok(),
        "an old height is done"
    );
    // Who asked before they were committed is told now.
    for block in [&first, &second] {
        assert_eq!(solo.replica.verify(block).unwrap(), Verdict::Valid);
    }
    assert_eq!(solo.replica.verify(&other).unwrap(), Verdict::NoParent);
    assert_eq!(solo.node.status().height, 3);
    assert_eq!(solo.node.status().pending, 0);
}

#[test]
fn a_block_with_another_root_is_invalid() {
    let mut proposer = Solo::new();
    proposer.submit("bob", 1, &put("a", "1"));
    let block = proposer.propose_on(proposer.tip());
    let voter = Solo::new();
    assert_eq!(voter.replica.verify(&block).unwrap(), Verdict::Valid);
    let voter = Solo::new();
    for at in 0..3 {
        let mut header = block.header().clone();
        match at {
            0 => header.audit_root = merkle_log::Hash::new([0; 32]),
            1 => header.ledgers[2].state_root = merkle_log::Hash::new([0; 32]),
            _ => header.time_ms -= 1,
        }
        let lie = Arc::new(Block::new(header, block.requests().to_vec()));
        let verdict = voter.replica.verify(&lie).unwrap();
        assert!(matches!(verdict, Verdict::Invalid(_)), "{verdict:?}");
    }
    assert_eq!(voter.node.status().height, 1);
}

#[test]
fn a_header_follows_from_its_parents_and_from_its_requests() {
    let solo = Solo::new();
    let block = solo.block_of(&[solo.envelope(1)]);
    let before = solo.replica.genesis.file().time_ms - 1;
    let fault = |change: &dyn Fn(&mut Header)| {
        let mut header = block.header().clone();
        change(&mut header);
        solo.fault(&Arc::new(Block::new(header, block.requests().to_vec())))
    };
    let none = merkle_log::Hash::new([0; 32]);
    let network = crate::NetworkHash::new([0; 32]);
    assert_eq!(fault(&|h| h.network = network), Fault::Header("network"));
    assert_eq!(fault(&|h| h.height += 1), Fault::Header("height"));
    assert_eq!(fault(&|h| h.time_ms = before), Fault::Header("time"));
    assert_eq!(
        fault(&|h| h.audit_root = none),
        Fault::Outcome("audit root")
    );
    let ledgers = Fault::Outcome("ledger root");
    assert_eq!(fault(&|h| h.ledgers[2].state_root = none), ledgers);
    assert_eq!(solo.replica.verify(&block).unwrap(), Verdict::Valid);
}

#[test]
fn a_block_keeps_the_limits_of_the_policy() {
    let judged = |change: &dyn Fn(&mut Policy)| {
        let mut policy = Policy::default();
        change(&mut policy);
        let solo = Solo::of(&(Arc::new(MemStorage::new()) as _), policy);
        let requests = vec![solo.envelope(1), solo.envelope(2)];
        let header = Header {
            payload_hash: payload_hash(&requests),
            ..solo.block_of(&[]).header().clone()
        };
        solo.fault(&Arc::new(Block::new(header, requests)))
    };
    let len = u32::try_from(Solo::new().envelope(1).bytes.len()).unwrap();
    assert_eq!(judged(&|p| p.block_requests_max = 1), Fault::Oversize);
    let narrow = |p: &mut Policy| {
        (p.block_len_max, p.request_len_max) = (2 * len + 11, len);
    };
    assert_eq!(judged(&narrow), Fault::Oversize);
    // Just wide enough: it is another fault then.
    let wide = |p: &mut Policy| {
        (p.block_len_max, p.request_len_max) = (2 * len + 12, len);
    };
    assert_eq!(judged(&wide), Fault::Outcome("ledger root"));
    let short = judged(&|p| p.request_len_max = len - 1);
    assert!(
        matches!(
            short,
            Fault::Request {
                reason: Reason::Oversize,
                ..
            }
        ),
        "{short}"
    );
}

#[test]
fn the_signature_in_a_block_is_the_one_that_is_verified() {
    let solo = Solo::new();
    let good = solo.envelope(1);
    solo.node.submit(&good.bytes).unwrap();
    let block = solo.block_of(&[Arc::clone(&good)]);
    let mut bytes = good.bytes.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let bad = Arc::new(Envelope::decode(&bytes).unwrap());
    assert_eq!(bad.id, good.id);
    let requests = vec![bad];
    let payload_hash = payload_hash(&requests);
    let header = Header {
        payload_hash,
        ..block.header().clone()
    };
    let fault = solo.fault(&Arc::new(Block::new(header, requests)));
    assert!(
        matches!(
            fault,
            Fault::Request {
                reason: Reason::BadSignature,
                ..
            }
        ),
        "{fault}"
    );
}

#[test]
fn what_another_node_passes_on_is_judged_one_by_one_but_for_signatures() {
    let mut solo = Solo::new();
    let (first, second) = (solo.envelope(1), solo.envelope(2));
    let mut bad = solo.envelope(3).bytes.to_vec();
    *bad.last_mut().unwrap() ^= 1;
    let hear = |heard: &[&[u8]]| -> Vec<String> {
        let refused = solo.node.hear(heard);
        refused.iter().map(ToString::to_string).collect()
    };
    let refused = hear(&[&first.bytes, &bad, &second.bytes]);
    assert_eq!(refused.len(), 1, "{refused:?}");
    assert!(refused[0].starts_with("bad-signature"), "{refused:?}");
    assert_eq!(
        solo.node.status().pending,
        0,
        "whoever passed it on is wrong"
    );
    let heard: [&[u8]; 4] = [&first.bytes, &second.bytes, &first.bytes, b"nothing"];
    let refused = hear(&heard);
    assert_eq!(refused.len(), 2, "{refused:?}");
    assert!(refused[0].starts_with("malformed"), "{refused:?}");
    assert!(refused[1].starts_with("duplicate"), "{refused:?}");
    assert_eq!(solo.step().requests().len(), 2);
    assert_eq!(solo.node.hear(&heard[..1]).len(), 1, "it is in the log");
}

#[test]
fn what_a_block_holds_need_not_be_heard_of() {
    let mut solo = Solo::new();
    let (first, second) = (solo.envelope(1), solo.envelope(2));
    let block = solo.block_of(std::slice::from_ref(&first));
    assert_eq!(solo.replica.verify(&block).unwrap(), Verdict::Valid);
    assert!(solo.node.hear(&[&first.bytes, &second.bytes]).is_empty());
    assert_eq!(solo.node.status().pending, 1, "the second one");
    // The block does not become final: the request is taken from whoever hands it in again.
    solo.step();
    assert!(solo.node.submit(&first.bytes).is_ok());
    assert_eq!(solo.step().requests(), [first]);
}

#[test]
fn several_are_taken_in_each_for_itself() {
    let mut solo = Solo::new();
    let (first, second) = (solo.envelope(1), solo.envelope(2));
    let mut bad = solo.envelope(3).bytes.to_vec();
    *bad.last_mut().unwrap() ^= 1;
    let all: [&[u8]; 5] = [&first.bytes, b"nothing", &bad, &second.bytes, &first.bytes];
    let submitted = solo.node.submit_all(&all).into_iter();
    let outcomes: Vec<_> = submitted
        .map(|one| match one {
            Ok(taken) => Ok(taken.id),
            Err(NodeError::Refused(refusal)) => Err(refusal.reason),
            Err(other) => panic!("{other}"),
        })
        .collect();
    assert_eq!(
        outcomes,
        [
            Ok(first.id),
            Err(Reason::Malformed),
            Err(Reason::BadSignature),
            Ok(second.id),
            Err(Reason::Duplicate)
        ]
    );
    assert_eq!(solo.step().requests(), [first, second]);
}

/// A transfer takes from the giver before the receiver turns out to have too many.
#[test]
fn what_is_rejected_halfway_changes_nothing() {
    let policy = Policy {
        records_max: 1,
        ..Policy::default()
    };
    let mut solo = Solo::of(&(Arc::new(MemStorage::new()) as _), policy);
    solo.submit("bob", 1, &put("b", "1"));
    solo.step();
    let to = "carol".parse().unwrap();
    let transfer = Operation::Transfer {
        key: b"b".to_vec(),
        to,
    };
    let requests = [("carol", put("c", "1")), ("bob", transfer)].map(|(sender, operation)| {
        let signed = solo.request(sender, 2, &operation).sign(&key(sender));
        Arc::new(Envelope::decode(&signed.encode()).unwrap())
    });
    let block = solo.block_of(&requests);
    solo.replica.commit(&block, None).unwrap();
    let RequestStatus::Final(outcome) = solo.node.request(&requests[1].id).unwrap() else {
        panic!("not final");
    };
    assert_eq!(outcome.rejected, Some(Reason::TooManyRecords));
    let state = solo.node.snapshot().state("domain").unwrap();
    let one = 1_u64.to_le_bytes();
    assert_eq!(state.get(b"record/n/bob").unwrap(), Some(one.as_slice()));
    assert_eq!(state.get(b"record/n/carol").unwrap(), Some(one.as_slice()));
    assert_eq!(
        state.get(b"record/r/b").unwrap(),
        Some(b"\x03bob1".as_slice())
    );
}

#[test]
fn a_final_block_above_a_gap_is_not_committed() {
    let mut solo = Solo::new();
    let first = solo.propose_on(solo.tip());
    let second = solo.propose_on(first.hash());
    let gap = solo.replica.commit(&second, None);
    assert!(
        matches!(
            gap,
            Err(ReplicaError::Gap {
                height: 3,
                tip: 1,
                ..
            })
        ),
        "{gap:?}"
    );
    assert_eq!(solo.node.status().height, 1);
}

#[test]
fn a_store_of_another_network_or_without_its_header_is_not_gone_on_with() {
    let storage: Arc<dyn Storage> = Arc::new(MemStorage::new());
    let solo = Solo::open(&storage);
    let genesis = solo.replica.genesis.clone();
    drop(solo);
    let mut file = example(1);
    file.time_ms += 1;
    let other = Genesis::new(file).unwrap();
    let options = Options {
        background: false,
        ..Options::default()
    };
    let opened = open_store(&other, &storage, [9; 16], options);
    assert!(
        matches!(&opened, Err(ReplicaError::OtherNetwork { expected, .. }) if *expected == other.network()),
        "{opened:?}"
    );
    // A commit with the header of the one before.
    let store = open_store(&genesis, &storage, [9; 16], options).unwrap();
    let before = store.snapshot().attachments(1).unwrap().remove(0);
    let mut sealed = store.batch().seal(store.snapshot().time_ms(), &[]).unwrap();
    sealed.attach(before.kind, &before.bytes).unwrap();
    store.commit(sealed).unwrap();
    let named = ("node0".parse().unwrap(), node_keys(0).identity());
    let replica = Replica::new(genesis, named, store, PoolLimits::default());
    assert!(
        matches!(replica, Err(ReplicaError::NoHeader { height: 2 })),
        "{replica:?}"
    );
}

#[test]
fn blocks_are_made_anew_from_their_commits() {
    let storage = Arc::new(MemStorage::new()) as Arc<dyn Storage>;
    let mut solo = Solo::open(&storage);
    let mut blocks = vec![solo.step()];
    solo.submit("bob", 1, &put("k", "v"));
    solo.submit("bob", 2, &put("l", "v"));
    blocks.push(solo.step());
    // Senders take turns, so that requests of two ledgers alternate.
    for nonce in 1..=3 {
        solo.enrol(nonce);
        solo.submit("bob", 10 + nonce, &put("k", "w"));
    }
    blocks.push(solo.step());
    solo.enrol(4);
    blocks.push(solo.step());
    // None has a certificate, so each is found by its name.
    let found = |solo: &Solo, block: &Block| solo.replica.height_of(&block.hash());
    for block in &blocks {
        assert_eq!(found(&solo, block), Some(block.header().height));
    }
    drop(solo);
    let again = Solo::open(&storage);
    for block in &blocks {
        let height = block.header().height;
        let made = again.replica.block_at(height).unwrap().unwrap();
        assert_eq!(made.encode(), block.encode());
        assert_eq!(found(&again, block), None);
        again.replica.learn_name(height).unwrap();
        assert_eq!(found(&again, block), Some(height));
    }
    let order = |height| {
        let snapshot = again.node.snapshot();
        super::open::attached(&snapshot, height, ORDER_ATTACHMENT).unwrap()
    };
    assert_eq!(order(4), Some(vec![1, 2, 1, 2, 1, 2]));
    assert_eq!((order(2), order(3), order(5)), (None, None, None));
}

#[test]
fn a_committee_is_known_once_the_epoch_before_is_over() {
    let mut solo = Solo::new();
    let first = Committee::of_genesis(solo.node.genesis());
    assert_eq!(*solo.node.committee(0).unwrap(), first);
    for height in 2..=4 {
        let unknown = solo.node.committee(1);
        assert!(matches!(unknown, Err(NodeError::NotFound { .. })));
        assert_eq!(solo.step().header().height, height);
    }
    assert_eq!(*solo.node.committee(1).unwrap(), first);
    assert_eq!(solo.node.node_set().unwrap(), first);
    assert!(solo.node.committee(2).is_err());
}
