//! What applications see of the state: their own keys, and who is a user.

use std::collections::BTreeMap;
use std::fmt;

use crate::action::Action;
use crate::member::{self, Member, Place};
use crate::names::Name;
use crate::open_request::OpenRequest;
use crate::rule::Rule;

/// States of ledgers that can be read: committed, or with batches on top.
pub trait ReadState {
    /// The value of a key in a ledger's state.
    ///
    /// # Errors
    /// The state could not be read.
    fn read(&self, ledger: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ledger::Error>;
}

impl ReadState for ledger::Batch {
    fn read(&self, ledger: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ledger::Error> {
        self.get(ledger, key)
    }
}

impl ReadState for ledger::Snapshot {
    fn read(&self, ledger: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ledger::Error> {
        Ok(self.state(ledger)?.get(key)?.map(<[u8]>::to_vec))
    }
}

/// The keys of one application.
#[derive(Clone, Copy)]
pub struct View<'a> {
    app: &'static str,
    ledger: &'static str,
    state: &'a dyn ReadState,
}

impl<'a> View<'a> {
    /// The keys of an application in a state.
    #[must_use]
    pub fn new(app: &dyn super::App, state: &'a dyn ReadState) -> Self {
        Self {
            app: app.name(),
            ledger: app.ledger(),
            state,
        }
    }

    /// The value of a key.
    ///
    /// # Errors
    /// The state could not be read.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ledger::Error> {
        self.state.read(self.ledger, &self.state_key(key))
    }

    /// What is known of a user as of the block before; `None` if there is no such user.
    ///
    /// # Errors
    /// The state could not be read.
    pub fn member(&self, user: &Name) -> Result<Option<Member>, ledger::Error> {
        find_member(self.state, user)
    }

    fn state_key(&self, key: &[u8]) -> Vec<u8> {
        [self.app.as_bytes(), b"/", key].concat()
    }
}

impl fmt::Debug for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "View({}/ in {})", self.app, self.ledger)
    }
}

/// What is known of a user in a state.
pub(crate) fn find_member(
    state: &dyn ReadState,
    user: &Name,
) -> Result<Option<Member>, ledger::Error> {
    let value = state.read(member::LEDGER, &member::state_key(user))?;
    // Only members are written below that prefix.
    Ok(value.and_then(|value| Member::decode(&value).ok()))
}

/// A change of one key of a ledger's state; an empty value removes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Write {
    pub(crate) ledger: &'static str,
    pub(crate) key: Vec<u8>,
    pub(crate) value: Vec<u8>,
}

/// The rule of an action in a state.
pub(crate) fn find_rule(state: &dyn ReadState, action: Action) -> Result<Rule, ledger::Error> {
    let value = state.read(member::LEDGER, &Place::Rule(action).state_key())?;
    let set = value.and_then(|value| Rule::decode(&value).ok());
    Ok(set.unwrap_or_else(|| Rule::of(action.role())))
}

/// The keys of one application, with the writes of one request on top.
#[derive(Debug)]
pub struct Scope<'a> {
    view: View<'a>,
    /// The last write of each key; an empty value removes it.
    writes: BTreeMap<Vec<u8>, Vec<u8>>,
    /// What is to be done besides.
    perform: Option<OpenRequest>,
}

impl<'a> Scope<'a> {
    /// A scope without writes.
    #[must_use]
    pub const fn new(view: View<'a>) -> Self {
        Self {
            view,
            writes: BTreeMap::new(),
            perform: None,
        }
    }

    /// The value of a key, with this scope's writes.
    ///
    /// # Errors
    /// The state could not be read.
    pub fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, ledger::Error> {
        match self.writes.get(key) {
            Some(value) if value.is_empty() => Ok(None),
            Some(value) => Ok(Some(value.clone())),
            None => self.view.get(key),
        }
    }

    /// What is known of a user, without this scope's writes.
    ///
    /// # Errors
    /// The state could not be read.
    pub fn member(&self, user: &Name) -> Result<Option<Member>, ledger::Error> {
        self.view.member(user)
    }

    /// Sets a key; an empty value removes it, for no state has empty values.
    pub fn put(&mut self, key: &[u8], value: Vec<u8>) {
        self.writes.insert(key.to_vec(), value);
    }

    /// Removes a key, which may be absent.
    pub fn delete(&mut self, key: &[u8]) {
        self.put(key, Vec::new());
    }

    /// Has a request done to which enough have agreed; all or nothing of both is done.
    pub(crate) fn perform(&mut self, request: OpenRequest) {
        self.perform = Some(request);
    }

    /// The writes, and what is to be done besides.
    pub(crate) fn finish(self) -> (Vec<Write>, Option<OpenRequest>) {
        let View { app, ledger, .. } = self.view;
        let writes = self.writes.into_iter().map(|(key, value)| Write {
            ledger,
            key: [app.as_bytes(), b"/", &key].concat(),
            value,
        });
        (writes.collect(), self.perform)
    }
}
