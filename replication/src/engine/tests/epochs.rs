//! Pools whose epochs end: the engine of one stops, and that of the next begins; nodes come and go
//! between two.

use super::super::simulate::pool::{self, named};
use super::*;
use crate::node::Known;
use crate::nodes::{self, Operation};
use crate::{Ed25519Key, Header, NodeKeys};

/// A new epoch begins within this, with what a block takes anyway: messages take 10 ms.
const PAUSE_MS: u64 = 100;

const SHORT: Shape = Shape {
    others: 1,
    epoch_len: 8,
    idle_ms: 200,
    ..FOUR
};

impl Pool {
    /// Has the pool change its nodes, and waits until it has come to that.
    async fn change(&mut self, index: u8, operation: &Operation) {
        let id = self.ask(index, ("admin", nodes::APP), operation.encode());
        self.wait_final(index, &[id]).await;
        let RequestStatus::Final(outcome) = self.node(index).request(&id).unwrap() else {
            panic!("{id} is not final");
        };
        assert_eq!(outcome.rejected, None, "{operation:?}");
    }

    fn identity_of(&self, index: u8) -> Ed25519Key {
        self.places[usize::from(index)].keys.identity()
    }

    fn joining(&self, index: u8) -> Operation {
        let keys = &self.places[usize::from(index)].keys;
        Operation::Add(named((index, keys)))
    }

    /// Has clients send again what a node does not know of their requests, all of which were puts.
    fn send_again(&mut self, index: u8, ids: &[RequestId]) {
        let asked = std::mem::take(&mut self.nonce);
        for id in ids {
            match self.node(index).request(id).unwrap() {
                RequestStatus::Unknown => assert_eq!(self.put(index), *id),
                _ => self.nonce += 1,
            }
        }
        assert_eq!(self.nonce, asked);
    }

    /// Which epoch a node is in.
    fn epoch(&self, index: u8) -> u64 {
        self.genesis.epoch_of(self.node(index).status().height + 1)
    }

    /// Has clients write, with some nodes in turn, until this holds.
    async fn load(&mut self, at: &[u8], until: impl Fn(&Self) -> bool) -> Vec<RequestId> {
        let mut ids = Vec::new();
        while !until(self) {
            assert!(ids.len() < 2000, "waited in vain");
            ids.push(self.put(at[ids.len() % at.len()]));
            self.pass(40).await;
        }
        ids
    }

    /// Has clients write until a node has seen so many epochs begin.
    async fn load_epochs(&mut self, at: &[u8], epochs: u64) -> Vec<RequestId> {
        let first = at[0];
        let until = self.epoch(first) + epochs;
        self.load(at, |pool| pool.epoch(first) >= until).await
    }

    /// Who votes in the epoch in force, as a node has it.
    fn voting(&self, index: u8) -> Vec<Ed25519Key> {
        let committee = self.node(index).committee(self.epoch(index)).unwrap();
        committee.nodes().iter().map(|node| node.ed25519).collect()
    }

    /// Who made the blocks from a height on.
    fn proposers(&self, index: u8, from: u64) -> BTreeSet<Ed25519Key> {
        let snapshot = self.node(index).snapshot();
        let proposer = |height| {
            let attached = snapshot.attachments(height).unwrap();
            Header::decode(&attached[0].bytes).unwrap().proposer
        };
        (from..=snapshot.height()).map(proposer).collect()
    }
}

/// Lets clients write until a height, with these nodes; answers with their requests, and with the
/// times from one block to the next that were longer than [`PAUSE_MS`].
async fn pauses(pool: &mut Pool, at: &[u8], until: u64) -> (Vec<RequestId>, Vec<u64>) {
    let (mut ids, mut pauses) = (Vec::new(), Vec::new());
    let (mut height, mut since) = (pool.node(0).status().height, pool.now_ms());
    while height < until {
        ids.push(pool.put(at[ids.len() % at.len()]));
        pool.pass(10).await;
        let now = pool.node(0).status().height;
        if now != height {
            pauses.push(pool.now_ms() - since);
            (height, since) = (now, pool.now_ms());
        }
    }
    pauses.retain(|pause| *pause > PAUSE_MS);
    (ids, pauses)
}

#[test]
fn epochs_follow_each_other_under_load_without_a_pause() {
    let story = async |mut pool: Pool| {
        pool.start_all().await;
        pool.until_height(0, 4).await;
        let (ids, pauses) = pauses(&mut pool, &[0, 1, 2, 3], 60).await;
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        pool.wait_level().await;
        pool.check(&ids);
        assert!(pauses.is_empty(), "{pauses:?}");
        for index in 0..NODES {
            // Of the votes of one epoch in another there is nothing left.
            let epochs = pool.epochs_with_votes(index);
            let now = pool.node(index).status().height / SHORT.epoch_len;
            assert_eq!(epochs, [now - 1, now]);
        }
    };
    let shape = Shape { others: 0, ..SHORT };
    let once = pool::simulate(shape, 1, story).1;
    assert_eq!(pool::simulate(shape, 1, story).1, once);
}

/// All that run are needed.
#[test]
fn epochs_follow_each_other_with_a_node_off() {
    pool::simulate(SHORT, 2, |mut pool| async move {
        for index in 0..3 {
            pool.start(index).await;
        }
        pool.until_height(0, 20).await;
        let (ids, pauses) = pauses(&mut pool, &[0, 1, 2], 120).await;
        for index in 0..3 {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
        // Every fourth epoch begins with the turn of the one that is off.
        assert!(pauses.len() <= 4, "{pauses:?}");
    });
}

#[test]
fn a_node_joins_while_the_pool_goes_on_and_votes_from_the_next_epoch() {
    let story = async |mut pool: Pool| {
        for index in 0..NODES {
            pool.start(index).await;
        }
        let mut ids = pool.load_epochs(&[0, 1, 2, 3], 3).await;
        // Nobody talks to it yet.
        pool.start(4).await;
        ids.extend(pool.load_epochs(&[0, 1, 2, 3], 1).await);
        assert_eq!(pool.node(4).status().height, 1);
        let joining = pool.joining(4);
        pool.change(0, &joining).await;
        let added = pool.node(0).status().height;
        // It comes level before it votes, or after: the others wait for neither.
        let newcomer = pool.identity_of(4);
        ids.extend(
            pool.load(&[0, 1, 2, 3], |pool| pool.voting(0).contains(&newcomer))
                .await,
        );
        assert!(pool.node(0).status().height < added + 2 * 8);
        ids.extend(
            pool.load(&[0, 1, 2, 3], |pool| pool.epoch(4) == pool.epoch(0))
                .await,
        );
        let level = pool.node(4).status().height;
        ids.extend(pool.load_epochs(&[0, 1, 4], 2).await);
        assert!(pool.proposers(1, level).contains(&newcomer));
        assert!(!pool.proposers(1, 2).is_empty());
        // Four of five are needed now: it is one of them.
        pool.crash(0).await;
        ids.extend(pool.load_epochs(&[1, 2, 4], 2).await);
        pool.wait_final(4, &ids).await;
        pool.start(0).await;
        pool.wait_final(0, &ids).await;
        for index in 1..4 {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
    };
    let once = pool::simulate(SHORT, 11, story).1;
    assert_eq!(pool::simulate(SHORT, 11, story).1, once);
}

#[test]
fn a_node_that_was_removed_is_left_behind_and_the_rest_goes_on() {
    let shape = Shape {
        nodes: 5,
        others: 0,
        ..SHORT
    };
    pool::simulate(shape, 12, |mut pool| async move {
        pool.start_all().await;
        let mut ids = pool.load_epochs(&[0, 1, 2, 3, 4], 2).await;
        let alias = pool::alias(1);
        pool.change(2, &Operation::Remove { alias }).await;
        let removed = pool.identity_of(1);
        ids.extend(
            pool.load(&[0, 2, 3], |pool| !pool.voting(0).contains(&removed))
                .await,
        );
        let from = pool.node(0).status().height + 1;
        ids.extend(pool.load_epochs(&[0, 2, 3, 4], 4).await);
        // It has heard that it votes no longer, and nothing of what came later.
        assert!(!pool.voting(1).contains(&removed));
        let left = pool.node(1).status().height;
        assert!((from - 1..from + 3 * 8).contains(&left), "{left}");
        assert!(!pool.proposers(0, from).contains(&removed));
        // Three of four are enough now.
        pool.crash(1).await;
        pool.crash(0).await;
        ids.extend(pool.load_epochs(&[2, 3, 4], 2).await);
        // Started anew it is refused as before.
        pool.start(1).await;
        ids.extend(pool.load_epochs(&[2, 3, 4], 1).await);
        assert_eq!(pool.node(1).status().height, left);
        // It is taken back.
        let joining = pool.joining(1);
        pool.change(2, &joining).await;
        pool.start(0).await;
        ids.extend(
            pool.load(&[2, 3, 4], |pool| {
                pool.voting(1).contains(&removed) && pool.epoch(1) == pool.epoch(2)
            })
            .await,
        );
        for index in 0..5 {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
    });
}

#[test]
fn a_node_votes_with_the_key_that_the_network_knows_of_it() {
    pool::simulate(SHORT, 13, |mut pool| async move {
        for index in 0..NODES {
            pool.start(index).await;
        }
        let seed = [77; 32];
        let (bls, pop) = crate::keys::voting_key(&seed);
        let alias = pool::alias(2);
        let mut ids = pool.load_epochs(&[0, 1, 2, 3], 1).await;
        pool.change(0, &Operation::RotateKey { alias, bls, pop })
            .await;
        // It has not got its new key yet.
        ids.extend(pool.load_epochs(&[0, 1, 3], 2).await);
        pool.crash(3).await;
        let stuck = pool.node(0).status().height;
        pool.pass(10_000).await;
        let height = pool.node(0).status().height;
        assert!(height <= stuck + 2, "two of four decide nothing: {height}");
        pool.crash(2).await;
        let place = &mut pool.places[2];
        let keys: NodeKeys = place.keys.clone().with_next(&seed);
        place.keys = keys;
        pool.start(2).await;
        ids.extend(pool.load_epochs(&[0, 1, 2], 2).await);
        pool.start(3).await;
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
    });
}

#[test]
fn nodes_that_are_killed_where_epochs_meet_come_back() {
    pool::simulate(SHORT, 14, |mut pool| async move {
        for index in 0..NODES {
            pool.start(index).await;
        }
        let mut ids = Vec::new();
        for round in 0..9_u64 {
            let victim = u8::try_from(round % 4).unwrap();
            let others: Vec<u8> = (0..NODES).filter(|index| *index != victim).collect();
            // One before the last block of an epoch, right at it, or one after.
            let next = pool.epoch(victim) + 1;
            let at = pool.genesis.epoch_end(next) - 1 + round % 3;
            ids.extend(
                pool.load(&others, |pool| pool.node(victim).status().height >= at)
                    .await,
            );
            pool.crash(victim).await;
            ids.extend(pool.load_epochs(&others, round % 3).await);
            pool.start(victim).await;
        }
        // All at once, too.
        let at = pool.genesis.epoch_end(pool.epoch(0));
        ids.extend(
            pool.load(&[0, 1], |pool| pool.node(0).status().height >= at)
                .await,
        );
        for index in 0..NODES {
            pool.crash(index).await;
        }
        for index in 0..NODES {
            pool.start(index).await;
        }
        // What was not in a block yet waited in memory alone.
        pool.send_again(3, &ids);
        ids.push(pool.put(3));
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
    });
}

#[test]
fn partitions_over_the_end_of_an_epoch_heal() {
    pool::simulate(SHORT, 15, |mut pool| async move {
        for index in 0..NODES {
            pool.start(index).await;
        }
        let mut ids = pool.load_epochs(&[0, 1, 2, 3], 1).await;
        // One is alone for some epochs.
        pool.connect(|a, b| (a == 3) == (b == 3)).await;
        ids.extend(pool.load_epochs(&[0, 1, 2], 3).await);
        pool.connect(|_, _| true).await;
        ids.extend(
            pool.load(&[0, 1, 2], |pool| pool.epoch(3) == pool.epoch(0))
                .await,
        );
        for height in 0..8 {
            // Two and two, wherever in an epoch that is.
            let at = pool.node(0).status().height + height;
            ids.extend(
                pool.load(&[0, 3], |pool| pool.node(0).status().height >= at)
                    .await,
            );
            pool.connect(|a, b| (a % 2) == (b % 2)).await;
            pool.pass(3000).await;
            pool.connect(|_, _| true).await;
            ids.push(pool.put(0));
            pool.wait_final(0, &ids).await;
        }
        for index in 0..NODES {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
    });
}

#[test]
fn a_node_that_was_off_while_nodes_came_and_went_returns() {
    pool::simulate(SHORT, 16, |mut pool| async move {
        for index in 0..NODES {
            pool.start(index).await;
        }
        let mut ids = pool.load_epochs(&[0, 1, 2, 3], 1).await;
        pool.crash(3).await;
        let off = pool.epoch(0);
        let joining = pool.joining(4);
        pool.change(0, &joining).await;
        pool.start(4).await;
        ids.extend(pool.load_epochs(&[0, 1, 2], 2).await);
        let alias = pool::alias(0);
        pool.change(1, &Operation::Remove { alias }).await;
        ids.extend(pool.load_epochs(&[1, 2, 4], 3).await);
        pool.crash(0).await;
        pool.start(3).await;
        ids.extend(
            pool.load(&[1, 2, 4], |pool| pool.epoch(3) == pool.epoch(1))
                .await,
        );
        assert!(pool.epoch(3) >= off + 5);
        // It votes: three of four are needed.
        pool.crash(1).await;
        ids.extend(pool.load_epochs(&[2, 3, 4], 2).await);
        pool.start(1).await;
        for index in 1..5 {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
    });
}

/// Nobody writes: a block a second, but for the epoch that should come to its end.
#[test]
fn an_epoch_in_which_nodes_change_does_not_wait_for_requests() {
    let shape = Shape {
        idle_ms: 900,
        epoch_len: 64,
        ..SHORT
    };
    pool::simulate(shape, 17, |mut pool| async move {
        for index in 0..NODES {
            pool.start(index).await;
        }
        pool.until_height(0, 4).await;
        pool.pass(5000).await;
        assert!(pool.node(0).status().height < 12);
        let joining = pool.joining(4);
        pool.change(0, &joining).await;
        pool.pass(8000).await;
        assert_eq!(pool.epoch(0), 1);
        let height = pool.node(0).status().height;
        pool.pass(5000).await;
        assert!(pool.node(0).status().height < height + 8);
    });
}

#[test]
fn a_node_joins_where_none_of_the_first_nodes_is_left() {
    let shape = Shape { others: 5, ..SHORT };
    pool::simulate(shape, 18, |mut pool| async move {
        for index in 0..NODES {
            pool.start(index).await;
        }
        let mut ids = Vec::new();
        for old in 0..NODES {
            let (new, at) = (old + NODES, old + 1);
            let joining = pool.joining(new);
            pool.change(at, &joining).await;
            pool.start(new).await;
            ids.extend(pool.load_epochs(&[at], 2).await);
            let alias = pool::alias(old);
            pool.change(at, &Operation::Remove { alias }).await;
            ids.extend(pool.load_epochs(&[at], 2).await);
            pool.crash(old).await;
        }
        let joining = pool.joining(8);
        pool.change(4, &joining).await;
        let nodes = pool.node(4).node_set().unwrap();
        pool.places[8].known = Some(Known {
            height: pool.node(4).status().height,
            nodes: nodes.nodes().to_vec(),
        });
        pool.start(8).await;
        ids.extend(
            pool.load(&[4, 5, 6], |pool| pool.epoch(8) == pool.epoch(4))
                .await,
        );
        ids.extend(pool.load_epochs(&[5, 8], 2).await);
        for index in 4..9 {
            pool.wait_final(index, &ids).await;
        }
        pool.check(&ids);
        let newcomer = pool.identity_of(8);
        let from = pool.node(5).status().height - 2 * 8;
        assert!(pool.proposers(5, from).contains(&newcomer));
    });
}
