//! The table of roles, and agreement against a model that is a list.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Decision;
use crate::action::Action;
use crate::app::tests::{State, at, name, reason};
use crate::app::{App, Members as MembersApp, Scope, Sender, View};
use crate::genesis::Genesis;
use crate::genesis::tests::{example, example_node, node_keys};
use crate::keys::UserKey;
use crate::member::{self, Member, Operation, Place};
use crate::names::{NetworkHash, RequestId};
use crate::node::executor::{Executor, Members};
use crate::nodes;
use crate::reason::Reason;
use crate::record::{self, Record};
use crate::request::Request;
use crate::role::{Role, Roles};
use crate::rule::{Agreement, Rule};

const NETWORK: NetworkHash = NetworkHash::new([1; 32]);

#[derive(Debug, PartialEq)]
enum Came {
    Done,
    Waits(RequestId),
}

/// Requests decided one after the other.
struct Desk {
    executor: Executor,
    state: State,
    height: u64,
    nonce: u64,
}

impl Desk {
    fn new(state: State) -> Self {
        Self {
            executor: Executor::new(&Genesis::new(example(5)).unwrap()),
            state,
            height: 2,
            nonce: 0,
        }
    }

    fn decide(&mut self, sender: &str, app: &str, payload: Vec<u8>) -> Result<Came, Reason> {
        self.nonce += 1;
        let request = Request {
            network: NETWORK,
            sender: name(sender),
            app: name(app),
            nonce: self.nonce,
            expires_ms: 1,
            payload,
        };
        let found = self.state.member(sender);
        let from = Sender {
            id: &request.sender,
            member: &found,
        };
        let (app, id) = (self.executor.app(app).unwrap(), request.id());
        let state = (
            &self.state as &dyn crate::app::ReadState,
            &mut Members::default(),
        );
        let decided = self
            .executor
            .decide(state, &at(self.height), from, app, (&id, &request));
        let (came, writes) = match reason(decided)? {
            Decision::Done(writes) => (Came::Done, writes),
            Decision::Waits(writes) => (Came::Waits(id), writes),
        };
        self.state.apply(writes);
        Ok(came)
    }

    fn member(&mut self, sender: &str, operation: &Operation) -> Result<Came, Reason> {
        self.decide(sender, member::APP, operation.encode())
    }

    fn put(&mut self, sender: &str, key: &str) -> Result<Came, Reason> {
        let put = record::Operation::Put {
            key: key.into(),
            value: Vec::new(),
        };
        self.decide(sender, record::APP, put.encode())
    }

    fn agree(&mut self, sender: &str, request: RequestId) -> Result<Came, Reason> {
        self.member(sender, &Operation::Agree { request })
    }

    fn end_block(&mut self) {
        let mut scope = Scope::new(View::new(&MembersApp, &self.state));
        MembersApp.end_block(&mut scope, &at(self.height)).unwrap();
        let (writes, _) = scope.finish();
        self.state.apply(writes);
        self.height += 1;
    }

    fn owner(&self, key: &str) -> Option<String> {
        let place = (record::LEDGER.to_owned(), record::state_key(key.as_bytes()));
        let value = self.state.0.get(&place)?;
        Some(Record::decode(value).unwrap().owner.to_string())
    }

    /// Keys that requests leave while they wait.
    fn left(&self) -> usize {
        let prefixes = ["member/e/", "member/n/", "member/x/"];
        let keys = self.state.0.keys();
        keys.filter(|(_, key)| prefixes.iter().any(|p| key.starts_with(p.as_bytes())))
            .count()
    }
}

fn agreement(needed: u16, of: &[&str], blocks: u64) -> Rule {
    let of = of.iter().map(|party| party.parse().unwrap());
    Rule {
        agreement: Some(Agreement::new(needed, of, blocks).unwrap()),
        ..Rule::of(Role::ContractInvoker)
    }
}

/// The table of roles: what each may do where no rule was set. `+` it is done, `-` it is refused.
#[test]
fn each_role_may_do_what_the_table_says() {
    #[rustfmt::skip]
    let table = [
        //                 admin  contract  user  node  policy  none
        ("record.put",      ["+",   "+",    "-",  "-",   "-",   "-"]),
        ("record.transfer", ["+",   "+",    "-",  "-",   "-",   "-"]),
        ("record.delete",   ["+",   "+",    "-",  "-",   "-",   "-"]),
        ("member.add-user", ["+",   "-",    "+",  "-",   "-",   "-"]),
        ("member.grant",    ["+",   "-",    "+",  "-",   "-",   "-"]),
        ("member.revoke",   ["+",   "-",    "+",  "-",   "-",   "-"]),
        ("member.add-org",  ["+",   "-",    "+",  "-",   "-",   "-"]),
        ("member.policy",   ["+",   "-",    "-",  "-",   "+",   "-"]),
        ("node.add",        ["+",   "-",    "-",  "+",   "-",   "-"]),
        ("node.remove",     ["+",   "-",    "-",  "+",   "-",   "-"]),
        ("node.rotate-key", ["+",   "-",    "-",  "+",   "-",   "-"]),
    ];
    let users = ["admin", "contract", "user", "node", "policy", "none"];
    let subject = || name("subject");
    let invoker: Roles = [Role::UserInvoker].into_iter().collect();
    let of_record = |operation: record::Operation| (record::APP, operation.encode());
    let of_node = |operation: nodes::Operation| (nodes::APP, operation.encode());
    let of_member = |operation: Operation| (member::APP, operation.encode());
    let key = || b"k".to_vec();
    let payload = |action: Action| match action {
        Action::Put => of_record(record::Operation::Put {
            key: key(),
            value: Vec::new(),
        }),
        Action::Transfer => of_record(record::Operation::Transfer {
            key: key(),
            to: subject(),
        }),
        Action::Delete => of_record(record::Operation::Delete { key: key() }),
        Action::AddUser => of_member(Operation::AddUser {
            user: name("new"),
            member: Member {
                ed25519: UserKey::from_seed(&[1; 32]).public(),
                roles: invoker,
                organisation: None,
            },
        }),
        Action::Grant => of_member(Operation::Grant {
            user: subject(),
            roles: invoker,
        }),
        Action::Revoke => of_member(Operation::Revoke {
            user: subject(),
            roles: invoker,
        }),
        Action::AddOrganisation => of_member(Operation::AddOrg {
            organisation: name("bank"),
        }),
        Action::SetRule => of_member(Operation::Policy {
            action: Action::Put,
            rule: Rule::of(Role::Admin),
        }),
        Action::AddNode => of_node(nodes::Operation::Add(example_node(5))),
        Action::RemoveNode => of_node(nodes::Operation::Remove {
            alias: name("node1"),
        }),
        Action::RotateKey => of_node(nodes::Operation::RotateKey {
            alias: name("node1"),
            bls: node_keys(5).voting(),
            pop: node_keys(5).possession(),
        }),
    };
    assert_eq!(
        table.map(|(action, _)| action),
        Action::ALL.map(Action::name)
    );
    for (action, row) in table {
        let (app, payload) = payload(action.parse().unwrap());
        for (column, expected) in row.into_iter().enumerate() {
            let mut state = State::default();
            let role = Role::ALL.get(column).copied();
            state.enrol(users[column], role);
            state.enrol("subject", []);
            let owned = Record {
                owner: name(users[column]),
                value: Vec::new(),
            };
            let place = (record::LEDGER.to_owned(), record::state_key(b"k"));
            state.0.insert(place, owned.encode());
            state.name_nodes(5);
            let mut desk = Desk::new(state.clone());
            let got = desk.decide(users[column], app, payload.clone());
            let allowed = match expected {
                "+" => Ok(Came::Done),
                _ => Err(Reason::Role),
            };
            assert_eq!(got, allowed, "{action} by {}", users[column]);
            if expected == "-" {
                assert!(desk.state == state, "{action} by {}", users[column]);
            }
        }
    }
}

#[test]
fn a_rule_changes_who_may() {
    let mut state = State::with_users();
    state.enrol("admin", [Role::Admin]);
    state.enrol("guest", []);
    let mut desk = Desk::new(state);
    let rule = |roles: &[Role]| Operation::Policy {
        action: Action::Put,
        rule: Rule {
            roles: roles.iter().copied().collect(),
            agreement: None,
        },
    };
    assert_eq!(
        desk.member("admin", &rule(&[Role::NodeInvoker])),
        Ok(Came::Done)
    );
    assert_eq!(desk.put("ann", "k"), Err(Reason::Role));
    assert_eq!(desk.member("admin", &rule(&[])), Ok(Came::Done));
    assert_eq!(desk.put("guest", "k"), Ok(Came::Done));
    assert_eq!(desk.owner("k").as_deref(), Some("guest"));
}

#[test]
fn what_takes_agreement_waits_for_it() {
    let mut state = State::with_users();
    state.enrol("clerk:bank", []);
    state.enrol("chief:bank", []);
    state.enrol("guest", []);
    let rule = agreement(2, &["org:bank", "user:ann", "user:bob"], 5);
    state.put(&Place::Rule(Action::Put), rule.encode());
    let mut desk = Desk::new(state);

    // One who is a party asks, one of an organisation agrees.
    let Ok(Came::Waits(id)) = desk.put("ann", "k") else {
        panic!("it takes two");
    };
    assert_eq!(desk.owner("k"), None);
    assert_eq!(desk.agree("ann", id), Err(Reason::AlreadyAgreed));
    assert_eq!(desk.agree("guest", id), Err(Reason::NotAParty));
    assert_eq!(
        desk.agree("clerk", RequestId::new([0; 32])),
        Err(Reason::NotOpen)
    );
    assert_eq!(desk.agree("clerk", id), Ok(Came::Done));
    assert_eq!(desk.owner("k").as_deref(), Some("ann"));
    assert_eq!(desk.agree("bob", id), Err(Reason::NotOpen));

    // Two of one organisation are one party; who asks need be none.
    let Ok(Came::Waits(id)) = desk.put("cid", "l") else {
        panic!("it takes two");
    };
    assert_eq!(desk.agree("clerk", id), Ok(Came::Done));
    assert_eq!(desk.agree("chief", id), Err(Reason::AlreadyAgreed));
    assert_eq!(desk.owner("l"), None);
    assert_eq!(desk.agree("bob", id), Ok(Came::Done));
    assert_eq!(desk.owner("l").as_deref(), Some("cid"));

    // What cannot be done is refused before anybody is asked.
    assert_eq!(desk.put("cid", "k"), Err(Reason::NotOwner));
    assert_eq!(desk.put("guest", "m"), Err(Reason::Role));

    // The last block in which it can be done is the fifth after its own.
    let Ok(Came::Waits(id)) = desk.put("cid", "m") else {
        panic!("it takes two");
    };
    assert_eq!(desk.agree("ann", id), Ok(Came::Done));
    for _ in 0..5 {
        desk.end_block();
        assert!(desk.left() > 0);
    }
    let mut early = Desk::new(desk.state.clone());
    assert_eq!(early.agree("bob", id), Ok(Came::Done));
    assert_eq!(early.owner("m").as_deref(), Some("cid"));
    desk.end_block();
    assert_eq!(desk.agree("bob", id), Err(Reason::NotOpen));
    assert_eq!((desk.owner("m"), desk.left()), (None, 0));
}

#[test]
fn the_last_agreement_is_rejected_if_the_request_can_no_longer_be_done() {
    let mut state = State::with_users();
    state.enrol("admin", [Role::Admin]);
    let rule = agreement(1, &["user:bob"], 5);
    state.put(&Place::Rule(Action::Put), rule.encode());
    let mut desk = Desk::new(state);
    let mut ids = Vec::new();
    for (sender, key) in [("ann", "k"), ("cid", "k"), ("cid", "l")] {
        match desk.put(sender, key) {
            Ok(Came::Waits(id)) => ids.push(id),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(desk.agree("bob", ids[0]), Ok(Came::Done));
    let before = desk.state.clone();
    assert_eq!(desk.agree("bob", ids[1]), Err(Reason::NotOwner));
    assert!(desk.state == before);
    let revoke = Operation::Revoke {
        user: name("cid"),
        roles: [Role::ContractInvoker].into_iter().collect(),
    };
    assert_eq!(desk.member("admin", &revoke), Ok(Came::Done));
    assert_eq!(desk.agree("bob", ids[2]), Err(Reason::Role));
    assert_eq!(desk.owner("l"), None);
}

#[test]
fn one_user_does_not_fill_the_state_with_what_waits() {
    let mut state = State::with_users();
    let rule = agreement(1, &["user:bob"], 5);
    state.put(&Place::Rule(Action::Delete), rule.encode());
    for user in ["ann", "cid"] {
        let count = 999_u64.to_le_bytes().to_vec();
        let key = format!("member/n/{user}").into_bytes();
        state.0.insert((member::LEDGER.to_owned(), key), count);
    }
    let mut desk = Desk::new(state);
    desk.put("ann", "a").unwrap();
    let delete = record::Operation::Delete { key: b"a".to_vec() };
    let mut ask = || desk.decide("ann", record::APP, delete.encode());
    assert!(matches!(ask(), Ok(Came::Waits(_))));
    assert_eq!(ask(), Err(Reason::TooManyOpen));
}

/// What the model knows of a request that waits.
struct Open {
    id: RequestId,
    key: String,
    sender: usize,
    last: u64,
    agreed: [bool; 3],
}

#[derive(Clone, Debug)]
enum Step {
    Put(usize),
    Agree(usize, prop::sample::Index),
    EndBlock,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        2 => (0..4usize).prop_map(Step::Put),
        3 => (0..4usize, any::<prop::sample::Index>()).prop_map(|(u, at)| Step::Agree(u, at)),
        2 => Just(Step::EndBlock),
    ]
}

proptest! {
    #[test]
    fn agreement_behaves_as_a_list_does(
        needed in 1..=3u16,
        blocks in 1..4u64,
        steps in prop::collection::vec(step(), 1..60),
    ) {
        // The fourth is no party.
        let users = ["ann", "bob", "cid", "dan"];
        let mut state = State::with_users();
        state.enrol("dan", [Role::ContractInvoker]);
        let rule = agreement(needed, &["user:ann", "user:bob", "user:cid"], blocks);
        state.put(&Place::Rule(Action::Put), rule.encode());
        let mut desk = Desk::new(state);
        let (mut open, mut all): (Vec<Open>, Vec<RequestId>) = (Vec::new(), Vec::new());
        let mut owners = BTreeMap::<String, usize>::new();
        let enough = |agreed: &[bool; 3]| {
            agreed.iter().filter(|agreed| **agreed).count() >= usize::from(needed)
        };
        for step in steps {
            match step {
                Step::Put(user) => {
                    let key = format!("k{}", desk.nonce);
                    let mut agreed = [false; 3];
                    if let Some(agreed) = agreed.get_mut(user) {
                        *agreed = true;
                    }
                    let full = owners.values().filter(|owner| **owner == user).count() == 2;
                    match desk.put(users[user], &key) {
                        Err(reason) => prop_assert!(full && reason == Reason::TooManyRecords),
                        Ok(Came::Done) => {
                            prop_assert!(enough(&agreed) && !full);
                            owners.insert(key, user);
                        }
                        Ok(Came::Waits(id)) => {
                            prop_assert!(!enough(&agreed) && !full);
                            let last = desk.height + blocks;
                            open.push(Open { id, key, sender: user, last, agreed });
                            all.push(id);
                        }
                    }
                }
                Step::Agree(user, which) => {
                    if all.is_empty() {
                        continue;
                    }
                    let id = *which.get(&all);
                    let found = open.iter().position(|open| open.id == id);
                    let expected = match found {
                        None => Err(Reason::NotOpen),
                        Some(_) if user == 3 => Err(Reason::NotAParty),
                        Some(at) if open[at].agreed[user] => Err(Reason::AlreadyAgreed),
                        Some(at) => {
                            let mut agreed = open[at].agreed;
                            agreed[user] = true;
                            let sender = open[at].sender;
                            let full = owners.values().filter(|o| **o == sender).count() == 2;
                            if enough(&agreed) && full {
                                Err(Reason::TooManyRecords)
                            } else {
                                open[at].agreed = agreed;
                                if enough(&agreed) {
                                    let done = open.remove(at);
                                    owners.insert(done.key, done.sender);
                                }
                                Ok(Came::Done)
                            }
                        }
                    };
                    prop_assert_eq!(desk.agree(users[user], id), expected);
                }
                Step::EndBlock => {
                    let height = desk.height;
                    desk.end_block();
                    open.retain(|open| open.last > height);
                }
            }
            for (key, owner) in &owners {
                let found = desk.owner(key);
                prop_assert_eq!(found.as_deref(), Some(users[*owner]));
            }
            let waiting = desk.state.0.keys().filter(|(_, key)| key.starts_with(b"member/e/"));
            prop_assert_eq!(waiting.count(), open.len());
        }
        for _ in 0..=blocks {
            desk.end_block();
        }
        prop_assert_eq!(desk.left(), 0);
    }
}
