//! Changes of the nodes, one by one and against a model.

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::app::tests::{State, at, name};
use crate::app::{ReadState, Scope};
use crate::genesis::tests::{example_node as node, node_keys};
use crate::role::Role;

/// The state of a network of so many nodes.
fn network(nodes: u8) -> State {
    let mut state = State::with_users();
    state.enrol("op", [Role::NodeInvoker]);
    state.name_nodes(nodes);
    state
}

fn rotation(index: u8, key: u8) -> Operation {
    Operation::RotateKey {
        alias: node(index).alias,
        bls: node_keys(key).voting(),
        pop: node_keys(key).possession(),
    }
}

fn removal(index: u8) -> Operation {
    Operation::Remove {
        alias: node(index).alias,
    }
}

fn ask(state: &mut State, operation: &Operation) -> Result<(), Reason> {
    state.execute(&Nodes, "op", &operation.encode())
}

fn end_block(state: &mut State, height: u64, dev: bool) {
    let mut scope = Scope::new(View::new(&Nodes, state));
    let at = BlockContext { dev, ..at(height) };
    Nodes.end_block(&mut scope, &at).unwrap();
    let (writes, _) = scope.finish();
    state.apply(writes);
}

fn read(state: &State, key: &[u8]) -> Option<Committee> {
    let key = [b"node/", key].concat();
    decode(state.read(NODES_LEDGER, &key).unwrap())
}

fn aliases(committee: &Committee) -> BTreeSet<&str> {
    let nodes = committee.nodes().iter();
    nodes.map(|node| node.alias.as_str()).collect()
}

#[test]
fn each_change_has_its_rules() {
    let changed = |change: fn(&mut GenesisNode)| {
        let mut node = node(5);
        change(&mut node);
        Operation::Add(node)
    };
    let cases = [
        (changed(|n| n.alias = name("node2")), Reason::NodeExists),
        (
            changed(|n| n.ed25519 = node(2).ed25519),
            Reason::NodeKeyTaken,
        ),
        (
            changed(|n| (n.bls, n.pop) = (node(2).bls, node(2).pop)),
            Reason::NodeKeyTaken,
        ),
        (changed(|n| n.p2p = node(2).client), Reason::AddressTaken),
        (changed(|n| n.client = node(2).client), Reason::AddressTaken),
        (changed(|n| n.client = n.p2p), Reason::AddressTaken),
        (changed(|n| n.pop = node(2).pop), Reason::NotPossessed),
        (
            changed(|n| n.ed25519 = crate::keys::Ed25519Key::new([0; 32])),
            Reason::BadKey,
        ),
        (removal(7), Reason::NoSuchNode),
        (rotation(7, 9), Reason::NoSuchNode),
        (rotation(1, 1), Reason::NodeKeyTaken),
        (rotation(1, 2), Reason::NodeKeyTaken),
        (
            Operation::RotateKey {
                alias: name("node1"),
                bls: node_keys(9).voting(),
                pop: node_keys(8).possession(),
            },
            Reason::NotPossessed,
        ),
    ];
    for (operation, reason) in cases {
        let mut state = network(5);
        let before = state.clone();
        assert_eq!(ask(&mut state, &operation), Err(reason), "{operation:?}");
        assert!(state == before, "{operation:?}");
    }
    let four = &mut network(4);
    assert_eq!(ask(four, &removal(3)), Err(Reason::TooFewNodes));
    let full = &mut network(100);
    let more = Operation::Add(node(100));
    assert_eq!(ask(full, &more), Err(Reason::TooManyNodes));
}

#[test]
fn a_change_waits_for_the_end_of_its_epoch() {
    let mut state = network(4);
    let first = read(&state, SET).unwrap();
    assert_eq!(read(&state, BEFORE), None);
    ask(&mut state, &Operation::Add(node(4))).unwrap();
    let second = read(&state, SET).unwrap();
    assert_eq!(aliases(&second).len(), 5);
    assert_eq!(read(&state, BEFORE), Some(first.clone()));
    // Epochs have four heights.
    end_block(&mut state, 7, false);
    assert_eq!(read(&state, BEFORE), Some(first));
    end_block(&mut state, 8, false);
    assert_eq!(
        (read(&state, BEFORE), read(&state, SET)),
        (None, Some(second))
    );

    // What a node had when the epoch began is its own until the end.
    ask(&mut state, &rotation(1, 8)).unwrap();
    let old_key = Operation::Add(GenesisNode {
        bls: node(1).bls,
        pop: node(1).pop,
        ..node(6)
    });
    assert_eq!(ask(&mut state, &old_key), Err(Reason::NodeKeyTaken));
    assert_eq!(ask(&mut state, &rotation(2, 1)), Err(Reason::NodeKeyTaken));
    end_block(&mut state, 12, false);
    let rotated = read(&state, SET).unwrap();
    let key = rotated.by_alias("node1").unwrap().bls;
    assert_eq!(key, node_keys(8).voting());
    assert_eq!(ask(&mut state, &old_key), Ok(()));
}

#[test]
fn no_more_change_with_an_epoch_than_may_be_at_fault() {
    let state = &mut network(4);
    assert_eq!(ask(state, &rotation(0, 10)), Ok(()));
    assert_eq!(ask(state, &rotation(1, 11)), Err(Reason::TooManyChanges));
    assert_eq!(
        ask(state, &Operation::Add(node(4))),
        Err(Reason::TooManyChanges)
    );
    // The same node may change its mind.
    assert_eq!(ask(state, &rotation(0, 12)), Ok(()));
    end_block(state, 4, false);
    assert_eq!(ask(state, &rotation(1, 11)), Ok(()));

    let state = &mut network(4);
    assert_eq!(ask(state, &Operation::Add(node(4))), Ok(()));
    assert_eq!(ask(state, &removal(0)), Ok(()), "one for another");
    assert_eq!(ask(state, &removal(4)), Err(Reason::TooFewNodes));

    let state = &mut network(7);
    for index in 0..2 {
        assert_eq!(ask(state, &rotation(index, index + 10)), Ok(()));
    }
    assert_eq!(ask(state, &rotation(2, 12)), Err(Reason::TooManyChanges));
    assert_eq!(ask(state, &removal(0)), Ok(()), "it changes anyway");
    assert_eq!(ask(state, &removal(2)), Err(Reason::TooManyChanges));
}

#[test]
fn in_development_there_may_be_few() {
    let mut state = network(2);
    let operation = removal(1).encode();
    let mut ask = |dev| {
        let mut scope = Scope::new(View::new(&Nodes, &state));
        let at = BlockContext { dev, ..at(2) };
        let member = state.member("op");
        let from = Sender {
            id: &name("op"),
            member: &member,
        };
        let done = Nodes.execute(&mut scope, &at, from, &operation);
        let done = crate::app::tests::reason(done);
        if done.is_ok() {
            let (writes, _) = scope.finish();
            state.apply(writes);
        }
        done
    };
    assert_eq!(ask(false), Err(Reason::TooFewNodes));
    assert_eq!(ask(true), Ok(()));
    assert_eq!(aliases(&read(&state, SET).unwrap()), ["node0"].into());
    let mut scope = Scope::new(View::new(&Nodes, &state));
    let member = state.member("op");
    let from = Sender {
        id: &name("op"),
        member: &member,
    };
    let last = Nodes.execute(
        &mut scope,
        &BlockContext { dev: true, ..at(2) },
        from,
        &removal(0).encode(),
    );
    let last = crate::app::tests::reason(last);
    assert_eq!(last, Err(Reason::TooFewNodes), "one is left");
}

#[test]
fn a_query_tells_who_votes_and_who_will() {
    let mut state = network(4);
    ask(&mut state, &Operation::Add(node(4))).unwrap();
    let answer = Nodes.query(View::new(&Nodes, &state), SET).unwrap();
    assert_eq!(answer.keys, [SET.to_vec(), BEFORE.to_vec()]);
    let count = |of: &str| answer.value[of].as_array().map(Vec::len);
    assert_eq!((count("nodes"), count("before")), (Some(5), Some(4)));
    let refused = Nodes.query(View::new(&Nodes, &state), b"x");
    assert!(matches!(refused, Err(AppError::Reject(Reason::Malformed))));
    assert_eq!(Nodes.describe(&removal(1).encode())["op"], "remove");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever is asked, those who vote on are a quorum before and after each epoch.
    #[test]
    fn enough_stay(
        size in 4u8..9,
        steps in prop::collection::vec((0u8..3, 0u8..11, 20u8..24, any::<bool>()), 1..14),
    ) {
        let mut state = network(size);
        let mut height = 1;
        for (kind, index, key, end) in steps {
            let operation = match kind {
                0 => Operation::Add(node(index)),
                1 => removal(index),
                _ => rotation(index, key),
            };
            let before = state.clone();
            if ask(&mut state, &operation).is_err() {
                prop_assert!(state == before);
            }
            let next = read(&state, SET).unwrap();
            let voting = read(&state, BEFORE).unwrap_or_else(|| next.clone());
            let key = |node: &CommitteeNode| (node.ed25519, node.bls);
            let keys: BTreeSet<_> = voting.nodes().iter().map(key).collect();
            let stay = next.nodes().iter().filter(|n| keys.contains(&key(n))).count();
            prop_assert!(stay >= voting.quorum() && stay >= next.quorum());
            prop_assert!(next.size() >= 4);
            height += if end { 4 } else { 0 };
            if end {
                end_block(&mut state, height - 1, false);
                prop_assert_eq!(read(&state, BEFORE), None);
            }
        }
    }
}
