//! Nodes that are behind by more than their peers' engines keep: the peers' stores give the rest.

use hash_store::sim::SimStorage;

use super::super::simulate::pool::{self, Pool, Shape, user_key};
use super::FOUR;
use crate::RequestId;
use crate::header::Header;
use crate::member::{self, Member, Operation};
use crate::node::{CERTIFICATE_ATTACHMENT, ORDER_ATTACHMENT, Replica};
use crate::role::Roles;

/// The engine's archives and caches drop whole sections of 64: at this height they have lost the first.
const HEIGHT: u64 = 200;

const SMALL: Shape = Shape {
    epoch_len: 7,
    keep: 8,
    idle_ms: 20,
    ..FOUR
};

impl Pool {
    /// Hands an enrolment by admin to a node.
    fn enrol(&mut self, index: u8) -> RequestId {
        let member = Member {
            ed25519: user_key("somebody").public(),
            roles: Roles::default(),
            organisation: None,
        };
        let user = format!("user{}", self.nonce).parse().unwrap();
        let operation = Operation::AddUser { user, member };
        self.ask(index, ("admin", member::APP), operation.encode())
    }

    /// Three nodes alone, until their engines have lost the first blocks; answers with the puts.
    async fn without_the_fourth(&mut self) -> Vec<RequestId> {
        for index in 0..3 {
            self.start(index).await;
        }
        let (mut puts, mut enrolments) = (Vec::new(), Vec::new());
        while self.node(0).status().height < HEIGHT {
            for index in 0..3 {
                puts.push(self.put(index));
                enrolments.push(self.enrol(index));
                puts.push(self.put(index));
            }
            self.pass(700).await;
        }
        self.wait_final(0, &puts).await;
        self.wait_final(0, &enrolments).await;
        puts
    }

    /// How many commits of a node have an attachment of this kind.
    fn attached(&self, index: u8, kind: u32) -> usize {
        let snapshot = self.node(index).snapshot();
        let has = |height: &u64| {
            let attachments = snapshot.attachments(*height).unwrap();
            attachments.iter().any(|attachment| attachment.kind == kind)
        };
        (1..=snapshot.height()).filter(has).count()
    }
}

/// Some commits have no certificate, at none of the three: their blocks are known by name alone. One of
/// the three alters what it gives.
fn with_gaps_and_a_liar(index: u8, replica: &mut Replica) {
    replica.uncertified_heights = Some(|height| matches!(height % 7, 2 | 3));
    let lie: fn(&mut Header) = |header| header.time_ms += 1;
    replica.lie_of_history = (index == 1).then_some(lie);
}

#[test]
fn a_new_node_comes_level_with_what_its_peers_engines_have_lost() {
    pool::simulate(SMALL, 9, |mut pool| async move {
        pool.rig = with_gaps_and_a_liar;
        let mut ids = pool.without_the_fourth().await;
        let commits = usize::try_from(pool.node(0).snapshot().height()).unwrap();
        assert!(pool.attached(0, CERTIFICATE_ATTACHMENT) <= commits * 5 / 7 + 2);
        assert!(pool.attached(0, ORDER_ATTACHMENT) > 0);
        // Who starts anew has to learn again what can be asked for by name.
        for index in [0, 2] {
            pool.crash(index).await;
            pool.start(index).await;
        }
        pool.start(3).await;
        // It is killed on the way, twice.
        for height in [20, 50] {
            pool.until_height(3, height).await;
            assert!(pool.node(3).status().height < HEIGHT);
            pool.crash(3).await;
            pool.start(3).await;
        }
        ids.push(pool.put(2));
        pool.wait_final(3, &ids).await;
        pool.until_height(3, HEIGHT).await;
        pool.check(&ids);
        // The liar was cut off, and nobody else.
        let blocked = pool.oracle.blocked().await.unwrap();
        assert_eq!(blocked, [(pool.identity(3), pool.identity(1))]);
    });
}

/// What all but one give of their history is altered: whoever asks for it cuts them off.
fn with_liars(index: u8, replica: &mut Replica) {
    let lie: fn(&mut Header) = |header| header.time_ms += 1;
    replica.lie_of_history = (index != 2).then_some(lie);
}

/// As after a restore from a backup: what it has it neither asks for nor goes through again, so the
/// engine's archives begin at the height at which it starts.
#[test]
fn a_node_with_nothing_but_its_store_goes_on_from_there() {
    pool::simulate(SMALL, 11, |mut pool| async move {
        pool.rig = with_liars;
        for index in 0..4 {
            pool.start(index).await;
        }
        pool.until_height(2, 100).await;
        pool.crash(2).await;
        pool.places[2].engine = SimStorage::new();
        // What it voted for is over then.
        let height = pool.node(0).status().height;
        pool.until_height(0, height + 10).await;
        pool.start(2).await;
        pool.until_height(2, height + 10).await;
        assert!(pool.node(2).status().height < 128);
        let files = pool.places[2].engine.file_names();
        let first_of = |archive: &str| files.contains(&format!("engine-{archive}/{:016x}", 0));
        assert!(!first_of("blocks-keys") && !first_of("finalizations-keys"));
        pool.crash(3).await;
        // Without it the other two are no quorum.
        let ids = [pool.put(0)];
        for index in 0..3 {
            pool.wait_final(index, &ids).await;
        }
        assert_eq!(pool.oracle.blocked().await.unwrap(), []);
    });
}
