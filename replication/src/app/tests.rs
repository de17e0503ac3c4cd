//! The applications against a model that is a map.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{App, AppError, BlockContext, Members, ReadState, Records, Scope, Sender, View};
use crate::keys::{Ed25519Key, UserKey};
use crate::member::{self, Member};
use crate::names::Name;
use crate::policy::Policy;
use crate::reason::Reason;
use crate::record::{self, Record};
use crate::role::{Role, Roles};

/// Keys of all ledgers.
#[derive(Default)]
struct State(BTreeMap<(String, Vec<u8>), Vec<u8>>);

impl ReadState for State {
    fn read(&self, ledger: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ledger::Error> {
        Ok(self.0.get(&(ledger.to_owned(), key.to_vec())).cloned())
    }
}

const USERS: [&str; 3] = ["ann", "bob", "cid"];

impl State {
    fn with_users() -> Self {
        let mut state = Self::default();
        for user in USERS {
            state.enrol(user, [Role::ContractInvoker]);
        }
        state
    }

    fn enrol(&mut self, user: &str, roles: impl IntoIterator<Item = Role>) {
        let key = member::state_key(&name(user));
        let member = Member {
            ed25519: UserKey::from_seed(&[1; 32]).public(),
            roles: roles.into_iter().collect(),
        };
        self.0
            .insert((member::LEDGER.to_owned(), key), member.encode());
    }

    /// What a block does with one request.
    fn execute(&mut self, app: &dyn App, sender: &str, payload: &[u8]) -> Result<(), Reason> {
        let id = name(sender);
        let found = super::find_member(self, &id).unwrap().unwrap();
        let at = BlockContext {
            height: 2,
            time_ms: 0,
            policy: Policy {
                records_max: 2,
                value_len_max: 3,
                ..Policy::default()
            },
        };
        let from = || Sender {
            id: &id,
            member: &found,
        };
        let checked = app.check(View::new(app, self), &at, from(), payload);
        let mut scope = Scope::new(View::new(app, self));
        let result = app.execute(&mut scope, &at, from(), payload);
        assert_eq!(reason(&checked), reason(&result));
        if result.is_ok() {
            let writes: Vec<_> = scope.into_writes().collect();
            for (key, value) in writes {
                assert!(key.starts_with(format!("{}/", app.name()).as_bytes()));
                let place = (app.ledger().to_owned(), key);
                if value.is_empty() {
                    self.0.remove(&place);
                } else {
                    self.0.insert(place, value);
                }
            }
        }
        reason(&result)
    }
}

fn reason(result: &Result<(), AppError>) -> Result<(), Reason> {
    match result {
        Ok(()) => Ok(()),
        Err(AppError::Reject(reason)) => Err(*reason),
        Err(AppError::State(error)) => panic!("{error}"),
    }
}

fn name(text: &str) -> Name {
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
fn users_are_enrolled_by_the_role_and_get_no_more_than_the_enroller_has() {
    let mut state = State::with_users();
    state.enrol("admin", [Role::Admin]);
    state.enrol("desk", [Role::UserInvoker, Role::ContractInvoker]);
    let key = UserKey::from_seed(&[5; 32]).public();
    let enrol = |user: &str, ed25519: Ed25519Key, roles: &[Role]| {
        let roles: Roles = roles.iter().copied().collect();
        let member = Member { ed25519, roles };
        member::Operation::Enrol {
            user: name(user),
            member,
        }
        .encode()
    };
    let sender = enrol("new", key, &[Role::ContractInvoker]);
    let nobody = enrol("nobody", Ed25519Key::new([0; 32]), &[]);
    let boss = enrol("boss", key, &[Role::Admin]);
    let cases = [
        ("ann", &sender, Err(Reason::Role)),
        ("desk", &boss, Err(Reason::Role)),
        ("desk", &nobody, Err(Reason::BadKey)),
        ("desk", &sender, Ok(())),
        ("desk", &sender, Err(Reason::UserExists)),
        ("admin", &boss, Ok(())),
    ];
    for (who, payload, expected) in cases {
        assert_eq!(state.execute(&Members, who, payload), expected, "{who}");
    }
    let new = super::find_member(&state, &name("new")).unwrap().unwrap();
    assert_eq!(
        (new.ed25519, new.roles.allow(Role::ContractInvoker)),
        (key, true)
    );
    assert!(
        super::find_member(&state, &name("nobody"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn records_take_their_role() {
    let mut state = State::with_users();
    state.enrol(
        "desk",
        [Role::UserInvoker, Role::NodeInvoker, Role::PolicyInvoker],
    );
    let put = record::Operation::Put {
        key: b"k".to_vec(),
        value: Vec::new(),
    };
    assert_eq!(
        state.execute(&Records, "desk", &put.encode()),
        Err(Reason::Role)
    );
    state.enrol("desk", [Role::Admin]);
    assert_eq!(state.execute(&Records, "desk", &put.encode()), Ok(()));
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
    let user = Members.query(View::new(&Members, &state), b"ann").unwrap();
    assert_eq!(user.value["roles"], serde_json::json!(["contractinvoker"]));
    let refused = Members.query(View::new(&Members, &state), b"No Name");
    assert!(matches!(refused, Err(AppError::Reject(Reason::Malformed))));
    assert_eq!(Records.describe(&put.encode())["op"], "put");
}
