//! The applications against a model that is a map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{App, AppError, BlockContext, Members, ReadState, Records, Scope, Sender, View, Write};
use crate::action::Action;
use crate::committee::{Committee, NODES_KEY, NODES_LEDGER};
use crate::genesis::Genesis;
use crate::genesis::tests::example;
use crate::keys::{Ed25519Key, UserKey};
use crate::member::{self, Member, Operation, Place};
use crate::names::Name;
use crate::policy::Policy;
use crate::reason::Reason;
use crate::record::{self, Record};
use crate::role::{Role, Roles};
use crate::rule::{Agreement, Rule};

/// Keys of all ledgers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State(pub(crate) BTreeMap<(String, Vec<u8>), Vec<u8>>);

impl ReadState for State {
    fn read(&self, ledger: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ledger::Error> {
        Ok(self.0.get(&(ledger.to_owned(), key.to_vec())).cloned())
    }
}

const USERS: [&str; 3] = ["ann", "bob", "cid"];

/// The block that requests are executed in.
pub(crate) fn at(height: u64) -> BlockContext {
    BlockContext {
        height,
        time_ms: 0,
        policy: Policy {
            records_max: 2,
            value_len_max: 3,
            ..Policy::default()
        },
        epoch_len: 4,
        dev: false,
    }
}

impl State {
    pub(crate) fn with_users() -> Self {
        let mut state = Self::default();
        for user in USERS {
            state.enrol(user, [Role::ContractInvoker]);
        }
        state
    }

    /// Puts a user there, of the organisation that follows a colon.
    pub(crate) fn enrol(&mut self, user: &str, roles: impl IntoIterator<Item = Role>) {
        let (user, organisation) = user.split_once(':').unwrap_or((user, ""));
        let member = Member {
            ed25519: UserKey::from_seed(&[1; 32]).public(),
            roles: roles.into_iter().collect(),
            organisation: organisation.parse().ok(),
        };
        self.put(&Place::User(name(user)), member.encode());
    }

    /// The nodes of the example.
    pub(crate) fn name_nodes(&mut self, count: u8) {
        let genesis = Genesis::new(example(count)).unwrap();
        let place = (NODES_LEDGER.to_owned(), NODES_KEY.to_vec());
        let nodes = Committee::of_genesis(&genesis);
        self.0.insert(place, nodes.encode());
    }

    pub(crate) fn put(&mut self, place: &Place, value: Vec<u8>) {
        let ledger = member::LEDGER.to_owned();
        self.0.insert((ledger, place.state_key()), value);
    }

    pub(crate) fn member(&self, user: &str) -> Member {
        super::find_member(self, &name(user)).unwrap().unwrap()
    }

    /// What an application does with the request of one who may send it.
    pub(super) fn execute(
        &mut self,
        app: &dyn App,
        sender: &str,
        payload: &[u8],
    ) -> Result<(), Reason> {
        let (id, found) = (name(sender), self.member(sender));
        let from = Sender {
            id: &id,
            member: &found,
        };
        let mut scope = Scope::new(View::new(app, self));
        let result = app.execute(&mut scope, &at(2), from, payload);
        if result.is_ok() {
            let (writes, _) = scope.finish();
            for write in &writes {
                assert!(write.key.starts_with(format!("{}/", app.name()).as_bytes()));
                assert_eq!(write.ledger, app.ledger());
            }
            self.apply(writes);
        }
        reason(result)
    }

    pub(crate) fn apply(&mut self, writes: impl IntoIterator<Item = Write>) {
        for write in writes {
            let place = (write.ledger.to_owned(), write.key);
            if write.value.is_empty() {
                self.0.remove(&place);
            } else {
                self.0.insert(place, write.value);
            }
        }
    }
}

pub(crate) fn reason<T>(result: Result<T, AppError>) -> Result<T, Reason> {
    match result {
        Ok(done) => Ok(done),
        Err(AppError::Reject(reason)) => Err(reason),
        Err(AppError::State(error)) => panic!("{error}"),
    }
}

pub(crate) fn name(text: &str) -> Name {
    text.parse().unwrap()
}

/// Owner and value by key.
type Model = BTreeMap<Vec<u8>, (usize, Vec<u8>)>;

fn model(records: &mut Model, sender: usize, operation: &record::Operation) -> Result<(), Reason> {
    let key = operation.key().to_vec();
    if key.is_empty() {
        return Err(Reason::KeyLength);
    }
    let owner = records.get(&key).map(|(owner, _)| *owner);
    if owner.is_some_and(|owner| owner != sender) {
        return Err(Reason::NotOwner);
    }
    let count =
        |records: &Model, user| records.values().filter(|(owner, _)| *owner == user).count();
    match operation {
        record::Operation::Put { value, .. } => {
            if value.len() > 3 {
                return Err(Reason::ValueLength);
            }
            if owner.is_none() && count(records, sender) == 2 {
                return Err(Reason::TooManyRecords);
            }
            records.insert(key, (sender, value.clone()));
        }
        _ if owner.is_none() => return Err(Reason::NoSuchRecord),
        record::Operation::Transfer { to, .. } => {
            let to = USERS.iter().position(|user| *user == to.as_str());
            let to = to.ok_or(Reason::NoSuchUser)?;
            let (_, value) = records.remove(&key).unwrap();
            if count(records, to) == 2 {
                records.insert(key, (sender, value));
                return Err(Reason::TooManyRecords);
            }
            records.insert(key, (to, value));
        }
        record::Operation::Delete { .. } => {
            records.remove(&key);
        }
    }
    Ok(())
}

fn operation() -> impl Strategy<Value = record::Operation> {
    let key = || prop::sample::select(vec!["", "a", "b", "c", "d", "e"]).prop_map(Vec::from);
    let value = prop::collection::vec(any::<u8>(), 0..5);
    let to = prop::sample::select(vec!["ann", "bob", "cid", "eve"]).prop_map(name);
    prop_oneof![
        3 => (key(), value).prop_map(|(key, value)| record::Operation::Put { key, value }),
        2 => (key(), to).prop_map(|(key, to)| record::Operation::Transfer { key, to }),
        1 => key().prop_map(|key| record::Operation::Delete { key }),
    ]
}

proptest! {
    #[test]
    fn records_behave_as_a_map_does(
        steps in prop::collection::vec((0..3usize, operation()), 1..40),
    ) {
        let (mut state, mut records) = (State::with_users(), Model::new());
        let members = state.0.len();
        for (sender, operation) in steps {
            let expected = model(&mut records, sender, &operation);
            let got = state.execute(&Records, USERS[sender], &operation.encode());
            prop_assert_eq!(got, expected, "{:?}", operation);
            let owners = (0..3).filter(|u| records.values().any(|(owner, _)| owner == u)).count();
            prop_assert_eq!(state.0.len(), members + records.len() + owners);
            for (key, (owner, value)) in &records {
                let stored = state.read(record::LEDGER, &record::state_key(key)).unwrap();
                let owner = name(USERS[*owner]);
                let record = Record { owner, value: value.clone() };
                prop_assert_eq!(stored, Some(record.encode()));
            }
        }
    }

    #[test]
    fn junk_is_malformed_and_changes_nothing(payload in prop::collection::vec(any::<u8>(), 0..20)) {
        let mut state = State::with_users();
        state.enrol("zoe", [Role::Admin]);
        let before = state.0.len();
        if record::Operation::decode(&payload).is_err() {
            prop_assert_eq!(state.execute(&Records, "ann", &payload), Err(Reason::Malformed));
        }
        if member::Operation::decode(&payload).is_err() {
            prop_assert_eq!(state.execute(&Members, "zoe", &payload), Err(Reason::Malformed));
        }
        prop_assert_eq!(state.0.len(), before);
    }
}

#[test]
fn nobody_gives_or_takes_what_they_have_not() {
    let mut state = State::with_users();
    state.enrol("admin", [Role::Admin]);
    state.enrol("desk", [Role::UserInvoker, Role::ContractInvoker]);
    let key = UserKey::from_seed(&[5; 32]).public();
    let add = |user: &str, ed25519: Ed25519Key, role: Option<Role>| Operation::AddUser {
        user: name(user),
        member: Member {
            ed25519,
            roles: role.into_iter().collect(),
            organisation: None,
        },
    };
    let grant = |user: &str, role: Role| Operation::Grant {
        user: name(user),
        roles: [role].into_iter().collect(),
    };
    let revoke = |user: &str, role: Role| Operation::Revoke {
        user: name(user),
        roles: [role].into_iter().collect(),
    };
    let new = add("new", key, Some(Role::ContractInvoker));
    let cases = [
        (
            "desk",
            add("boss", key, Some(Role::Admin)),
            Err(Reason::Role),
        ),
        (
            "desk",
            add("nobody", Ed25519Key::new([0; 32]), None),
            Err(Reason::BadKey),
        ),
        ("desk", new.clone(), Ok(())),
        ("desk", new, Err(Reason::UserExists)),
        ("admin", add("boss", key, Some(Role::Admin)), Ok(())),
        ("desk", grant("new", Role::NodeInvoker), Err(Reason::Role)),
        (
            "desk",
            grant("who", Role::UserInvoker),
            Err(Reason::NoSuchUser),
        ),
        ("desk", grant("new", Role::UserInvoker), Ok(())),
        ("admin", grant("new", Role::NodeInvoker), Ok(())),
        ("desk", revoke("boss", Role::Admin), Err(Reason::Role)),
        ("desk", revoke("new", Role::ContractInvoker), Ok(())),
        ("admin", revoke("admin", Role::Admin), Err(Reason::OwnRole)),
        ("boss", revoke("admin", Role::Admin), Ok(())),
        ("desk", revoke("desk", Role::UserInvoker), Ok(())),
    ];
    for (who, operation, expected) in cases {
        let got = state.execute(&Members, who, &operation.encode());
        assert_eq!(got, expected, "{who}: {operation:?}");
    }
    let roles = |user: &str| state.member(user).roles.iter().collect::<Vec<_>>();
    assert_eq!(roles("new"), [Role::UserInvoker, Role::NodeInvoker]);
    assert_eq!((roles("admin"), roles("boss")), (vec![], vec![Role::Admin]));
    assert_eq!(roles("desk"), [Role::ContractInvoker]);
    assert_eq!(state.member("new").ed25519, key);
}

#[test]
fn an_organisation_enrols_and_empowers_its_own() {
    let mut state = State::with_users();
    let bank = || Some(name("bank"));
    let add = |user: &str, organisation: Option<Name>| Operation::AddUser {
        user: name(user),
        member: Member {
            ed25519: UserKey::from_seed(&[5; 32]).public(),
            roles: Roles::default(),
            organisation,
        },
    };
    let grant = |user: &str| Operation::Grant {
        user: name(user),
        roles: [Role::UserInvoker].into_iter().collect(),
    };
    let organisation = |organisation: &str| Operation::AddOrg {
        organisation: name(organisation),
    };
    state.enrol("root", [Role::UserInvoker]);
    state.enrol("clerk:bank", [Role::UserInvoker]);
    state.enrol("chief:bank", [Role::Admin]);
    let cases = [
        ("root", add("dan", bank()), Err(Reason::NoSuchOrganisation)),
        ("root", organisation("bank"), Ok(())),
        (
            "root",
            organisation("bank"),
            Err(Reason::OrganisationExists),
        ),
        ("clerk", add("dan", None), Err(Reason::OtherOrganisation)),
        (
            "clerk",
            organisation("shop"),
            Err(Reason::OtherOrganisation),
        ),
        ("clerk", add("dan", bank()), Ok(())),
        ("clerk", grant("dan"), Ok(())),
        ("clerk", grant("ann"), Err(Reason::OtherOrganisation)),
        ("chief", organisation("shop"), Ok(())),
        ("chief", grant("ann"), Ok(())),
        ("root", grant("dan"), Ok(())),
    ];
    for (who, operation, expected) in cases {
        let got = state.execute(&Members, who, &operation.encode());
        assert_eq!(got, expected, "{who}: {operation:?}");
    }
    assert_eq!(state.member("dan").organisation, bank());
}

#[test]
fn a_rule_names_parties_that_exist_and_leaves_nothing_where_it_is_the_usual_one() {
    let mut state = State::with_users();
    state.enrol("admin", [Role::Admin]);
    let before = state.clone();
    let rule = |party: &str| Operation::Policy {
        action: Action::Put,
        rule: Rule {
            agreement: Some(Agreement::new(1, [party.parse().unwrap()], 9).unwrap()),
            ..Rule::of(Role::ContractInvoker)
        },
    };
    let usual = Operation::Policy {
        action: Action::Put,
        rule: Rule::of(Role::ContractInvoker),
    };
    let mut set = |operation: &Operation| state.execute(&Members, "admin", &operation.encode());
    assert_eq!(set(&rule("user:eve")), Err(Reason::NoSuchUser));
    assert_eq!(set(&rule("org:eve")), Err(Reason::NoSuchOrganisation));
    assert_eq!(set(&rule("user:ann")), Ok(()));
    let found = super::find_rule(&state, Action::Put).unwrap();
    assert_eq!(
        found.agreement.unwrap().parties(),
        ["user:ann".parse().unwrap()]
    );
    let usual = state.execute(&Members, "admin", &usual.encode());
    assert_eq!((usual, state), (Ok(()), before));
}

#[test]
fn queries_name_the_keys_that_prove_them() {
    let mut state = State::with_users();
    let put = record::Operation::Put {
        key: b"k".to_vec(),
        value: b"v".to_vec(),
    };
    state.execute(&Records, "ann", &put.encode()).unwrap();
    let found = Records.query(View::new(&Records, &state), b"k").unwrap();
    assert_eq!(
        found.value,
        serde_json::json!({"owner": "ann", "value": "76"})
    );
    assert_eq!(found.keys, [b"r/k".to_vec()]);
    let absent = Records.query(View::new(&Records, &state), b"x").unwrap();
    assert_eq!(
        (absent.value, absent.keys),
        (serde_json::Value::Null, vec![b"r/x".to_vec()])
    );
    let ask = |place: &Place| Members.query(View::new(&Members, &state), &place.key());
    let user = ask(&Place::User(name("ann"))).unwrap();
    assert_eq!(user.value["roles"], serde_json::json!(["contractinvoker"]));
    assert_eq!(user.keys, [b"u/ann".to_vec()]);
    let rule = ask(&Place::Rule(Action::Grant)).unwrap();
    assert_eq!(rule.value, serde_json::json!({"roles": ["userinvoker"]}));
    let bank = ask(&Place::Organisation(name("bank"))).unwrap();
    assert_eq!(bank.value, serde_json::Value::Null);
    let refused = Members.query(View::new(&Members, &state), b"u/No Name");
    assert!(matches!(refused, Err(AppError::Reject(Reason::Malformed))));
    assert_eq!(Records.describe(&put.encode())["op"], "put");
}
