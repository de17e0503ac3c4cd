//! The pool against a model that is a list.

use super::*;
use crate::keys::UserKey;
use crate::names::NetworkHash;
use crate::request::Request;
use proptest::prelude::*;

const SENDERS: [&str; 3] = ["a", "b", "c"];

fn envelope(sender: usize, nonce: u64, expires_ms: u64, len: usize) -> Arc<Envelope> {
    let request = Request {
        network: NetworkHash::new([0; 32]),
        sender: SENDERS[sender].parse().unwrap(),
        app: "record".parse().unwrap(),
        nonce,
        expires_ms,
        payload: vec![0; len],
    };
    let signed = request.sign(&UserKey::from_seed(&[1; 32]));
    Arc::new(Envelope::decode(&signed.encode()).unwrap())
}

#[derive(Clone, Debug)]
enum Step {
    Insert {
        sender: usize,
        nonce: u64,
        expires_ms: u64,
        len: usize,
    },
    Remove {
        at: prop::sample::Index,
    },
    Expire {
        time_ms: u64,
    },
    Select {
        count: usize,
        len: usize,
        skip: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let insert = (0..3usize, 0..12u64, 0..6u64, 0..4usize);
    prop_oneof![
        4 => insert.prop_map(|(sender, nonce, expires_ms, len)| Step::Insert { sender, nonce, expires_ms, len }),
        1 => any::<prop::sample::Index>().prop_map(|at| Step::Remove { at }),
        1 => (0..6u64).prop_map(|time_ms| Step::Expire { time_ms }),
        2 => (0..8usize, 0..900usize, 0..4u64).prop_map(|(count, len, skip)| Step::Select { count, len, skip }),
    ]
}

const LIMITS: PoolLimits = PoolLimits {
    requests: 8,
    bytes: 1200,
    requests_per_sender: 4,
};

/// What the model would choose: rounds over the senders, those after the last one first.
fn model_select(
    waiting: &[Arc<Envelope>],
    last: &mut Option<usize>,
    (count, len_max, skip): (usize, usize, u64),
) -> Vec<RequestId> {
    let of = |sender: usize| -> VecDeque<&Arc<Envelope>> {
        let own = waiting
            .iter()
            .filter(|e| e.signed.request.sender.as_str() == SENDERS[sender]);
        own.filter(|e| e.signed.request.nonce % 4 != skip).collect()
    };
    let mut queues: Vec<_> = (0..3).map(of).collect();
    let first = last.take().map_or(0, |last| last + 1);
    let (mut chosen, mut len) = (Vec::new(), 4);
    'rounds: loop {
        let before = chosen.len();
        for turn in 0..3 {
            let sender = (first + turn) % 3;
            if chosen.len() == count {
                break 'rounds;
            }
            if let Some(request) = queues[sender].pop_front() {
                len += 4 + request.bytes.len();
                if len > len_max {
                    break 'rounds;
                }
                chosen.push(request.id);
                *last = Some(sender);
            }
        }
        if chosen.len() == before {
            break;
        }
    }
    chosen
}

proptest! {
    #[test]
    fn behaves_as_a_list_of_requests_does(steps in prop::collection::vec(step(), 1..60)) {
        let (mut pool, mut model, mut last) = (Mempool::new(LIMITS), Vec::<Arc<Envelope>>::new(), None);
        for step in steps {
            match step {
                Step::Insert { sender, nonce, expires_ms, len } => {
                    let new = envelope(sender, nonce, expires_ms, len);
                    let own = model.iter().filter(|e| e.signed.request.sender.as_str() == SENDERS[sender]);
                    let bytes: usize = model.iter().map(|e| e.bytes.len()).sum();
                    let expected = if model.iter().any(|e| e.id == new.id) {
                        Err(Reason::Duplicate)
                    } else if model.len() == 8 || bytes + new.bytes.len() > 1200 {
                        Err(Reason::Busy)
                    } else if own.count() == 4 {
                        Err(Reason::SenderBusy)
                    } else {
                        model.push(Arc::clone(&new));
                        Ok(())
                    };
                    prop_assert_eq!(pool.insert(new), expected);
                }
                Step::Remove { at } => {
                    if !model.is_empty() {
                        let removed = model.remove(at.index(model.len()));
                        pool.remove(&removed);
                        pool.remove(&removed);
                    }
                }
                Step::Expire { time_ms } => {
                    let mut got = pool.expire(time_ms);
                    let gone = |e: &&Arc<Envelope>| e.signed.request.expires_ms < time_ms;
                    let mut expected: Vec<_> = model.iter().filter(gone).map(|e| e.id).collect();
                    got.sort();
                    expected.sort();
                    prop_assert_eq!(got, expected);
                    model.retain(|e| !gone(&e));
                }
                Step::Select { count, len, skip } => {
                    let skipped: Vec<_> = model.iter().filter(|e| e.signed.request.nonce % 4 == skip).map(|e| e.id).collect();
                    let got = pool.select(count, len, |id| skipped.contains(id));
                    let got: Vec<_> = got.iter().map(|e| e.id).collect();
                    prop_assert_eq!(got, model_select(&model, &mut last, (count, len, skip)));
                }
            }
            prop_assert_eq!(pool.len(), model.len());
            prop_assert_eq!(pool.bytes(), model.iter().map(|e| e.bytes.len()).sum::<usize>());
            prop_assert!(model.iter().all(|e| pool.contains(&e.id)));
            prop_assert!(pool.senders.values().all(|queue| !queue.is_empty()));
        }
    }
}

#[test]
fn one_who_floods_does_not_keep_others_out_of_a_block() {
    let mut pool = Mempool::new(PoolLimits {
        requests: 100,
        bytes: 1 << 20,
        requests_per_sender: 90,
    });
    for nonce in 0..90 {
        pool.insert(envelope(0, nonce, 9, 0)).unwrap();
    }
    let (late, later) = (envelope(1, 1, 9, 0), envelope(2, 1, 9, 0));
    pool.insert(Arc::clone(&late)).unwrap();
    pool.insert(Arc::clone(&later)).unwrap();
    let block = pool.select(10, 1 << 20, |_| false);
    assert_eq!(block.len(), 10);
    assert!(block[..3].contains(&late) && block[..3].contains(&later));
}
