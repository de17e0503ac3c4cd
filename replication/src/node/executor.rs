//! Executing requests on a batch: what a block comes to, the same on every node.
//!
//! Invariants:
//!
//! - a request that is not fit (signed by an enrolled sender, in time, new) has no place in a
//!   block; one that is fit and that its application rejects has, with the reason, and changes no
//!   state;
//! - fitness is judged in the state right before the request, within the block.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use ledger::{Batch, LedgerName, LedgerSpec, Sealed, StateSuite, TreeType};

use super::authority::Decision;
use crate::action::Action;
use crate::app::{self, Records};
use crate::app::{App, AppError, BlockContext, ReadState, Scope, Sender, View, Write};
use crate::block::Envelope;
use crate::committee::{Committee, NODES_KEY, NODES_LEDGER};
use crate::genesis::Genesis;
use crate::header::LedgerTip;
use crate::member::{self, Member, Place};
use crate::names::{Name, NetworkHash, RequestId};
use crate::policy::Policy;
use crate::reason::Reason;
use crate::reply::Outcome;
use crate::rule::Rule;
use crate::transaction::Transaction;

/// The ledgers of a node's store, in order of declaration.
pub(crate) const LEDGERS: [&str; 3] = [NODES_LEDGER, "config", "domain"];
/// The space of request ids, over all ledgers.
const ID_SPACE: &str = "requests";
/// Where the policy stands in the state of the `config` ledger.
const POLICY_KEY: &[u8] = b"policy/limits";

/// Executes requests with the applications of a network.
#[derive(Debug)]
pub(crate) struct Executor {
    network: NetworkHash,
    epoch_len: u64,
    dev: bool,
    apps: Vec<Box<dyn App>>,
}

/// What a block comes to.
#[derive(Debug)]
pub(crate) struct Executed {
    pub(crate) sealed: Sealed,
    /// The requests that were fit, in order.
    pub(crate) requests: Vec<Arc<Envelope>>,
    /// What came of each of them.
    pub(crate) outcomes: Vec<Outcome>,
}

/// Why requests are no block.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
    /// A request is not fit.
    #[error("request {id} is not fit: {reason}")]
    Unfit { id: RequestId, reason: Reason },
    /// This node's store failed: says nothing about the requests.
    #[error(transparent)]
    Store(#[from] ledger::Error),
}

/// What to do with a request that is not fit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unfit {
    /// Leave it out: this node is making the block.
    Skip,
    /// Refuse the block: another node made it.
    Refuse,
}

impl Executor {
    pub(crate) fn new(genesis: &Genesis) -> Self {
        Self {
            network: genesis.network(),
            epoch_len: genesis.file().epoch_len,
            dev: genesis.file().dev,
            apps: vec![
                Box::new(app::Members),
                Box::new(Records),
                Box::new(app::Nodes),
            ],
        }
    }

    /// The block of this height and time.
    pub(crate) const fn at(&self, height: u64, time_ms: u64, policy: Policy) -> BlockContext {
        BlockContext {
            height,
            time_ms,
            policy,
            epoch_len: self.epoch_len,
            dev: self.dev,
        }
    }

    /// The application of that name.
    pub(crate) fn app(&self, name: &str) -> Option<&dyn App> {
        let mut apps = self.apps.iter().map(|app| &**app);
        apps.find(|app| app.name() == name)
    }

    /// Executes requests at this height and time and seals what comes of them.
    pub(crate) fn execute(
        &self,
        mut batch: Batch,
        (height, time_ms): (u64, u64),
        requests: &[Arc<Envelope>],
        unfit: Unfit,
    ) -> Result<Executed, ExecuteError> {
        let policy = read_policy(&batch)?;
        let at = self.at(height, time_ms, policy);
        let (mut taken, mut outcomes) = (Vec::new(), Vec::new());
        let mut members = Members::default();
        for request in requests {
            match self.execute_one(&mut batch, &mut members, &at, request)? {
                Ok(outcome) => {
                    taken.push(Arc::clone(request));
                    outcomes.push(outcome);
                }
                Err(_) if unfit == Unfit::Skip => {}
                Err(reason) => {
                    let id = request.id;
                    return Err(ExecuteError::Unfit { id, reason });
                }
            }
        }
        for app in &self.apps {
            let mut scope = Scope::new(View::new(&**app, &batch));
            app.end_block(&mut scope, &at)?;
            let (writes, _) = scope.finish();
            put_all(&mut batch, writes)?;
        }
        Ok(Executed {
            sealed: batch.seal(time_ms, &[])?,
            requests: taken,
            outcomes,
        })
    }

    /// Executes one request; `Err` within says why it is not fit.
    fn execute_one(
        &self,
        batch: &mut Batch,
        members: &mut Members,
        at: &BlockContext,
        request: &Envelope,
    ) -> Result<Result<Outcome, Reason>, ledger::Error> {
        let fit = self.fit((batch, members), at, request)?;
        let (app, member) = match fit {
            Ok(fit) => fit,
            Err(reason) => return Ok(Err(reason)),
        };
        let asked = &request.signed.request;
        let from = Sender {
            id: &asked.sender,
            member: &member,
        };
        let decided = self.decide((batch, members), at, from, app, (&request.id, asked));
        let (rejected, writes) = match decided {
            Ok(Decision::Done(writes)) => (None, writes),
            Ok(Decision::Waits(writes)) => (Some(Reason::AwaitsAgreement), writes),
            Err(AppError::Reject(reason)) => (Some(reason), Vec::new()),
            Err(AppError::State(error)) => return Err(error),
        };
        let entry = Transaction::encode_parts(rejected, &request.bytes);
        let appended = batch.append_unique(app.ledger(), request.id.as_bytes(), entry);
        let index = match appended {
            Err(ledger::Error::DuplicateId { .. }) => return Ok(Err(Reason::Duplicate)),
            appended => appended?,
        };
        if writes.iter().any(|write| write.ledger == member::LEDGER) {
            *members = Members::default();
        }
        put_all(batch, writes)?;
        Ok(Ok(Outcome {
            id: request.id,
            height: at.height,
            time_ms: at.time_ms,
            ledger: app.ledger().to_owned(),
            index: index.0,
            rejected,
        }))
    }

    /// The application and the sender of a request that may stand in a block; `Err` within says why
    /// it may not. That it is new is left to the log.
    pub(crate) fn fit(
        &self,
        (state, members): (&dyn ReadState, &mut Members),
        at: &BlockContext,
        request: &Envelope,
    ) -> Result<Result<(&dyn App, Member), Reason>, ledger::Error> {
        let asked = &request.signed.request;
        if request.bytes.len() > at.policy.request_len_max as usize {
            return Ok(Err(Reason::Oversize));
        }
        if asked.network != self.network {
            return Ok(Err(Reason::WrongNetwork));
        }
        let Some(app) = self.app(asked.app.as_str()) else {
            return Ok(Err(Reason::NoSuchApp));
        };
        if asked.expires_ms < at.time_ms {
            return Ok(Err(Reason::Expired));
        }
        if asked.expires_ms - at.time_ms > at.policy.lifetime_ms_max {
            return Ok(Err(Reason::ExpiryTooFar));
        }
        let Some(member) = members.find(state, &asked.sender)? else {
            return Ok(Err(Reason::NotEnrolled));
        };
        if !request.is_signed_by(&member.ed25519) {
            return Ok(Err(Reason::BadSignature));
        }
        Ok(Ok((app, member)))
    }
}

/// Users and rules that were looked up in one state: many requests are of one sender and kind.
#[derive(Debug, Default)]
pub(crate) struct Members {
    users: HashMap<Name, Option<Member>>,
    rules: BTreeMap<Action, Rule>,
}

impl Members {
    fn find(
        &mut self,
        state: &dyn ReadState,
        user: &Name,
    ) -> Result<Option<Member>, ledger::Error> {
        if let Some(found) = self.users.get(user) {
            return Ok(found.clone());
        }
        let found = app::find_member(state, user)?;
        self.users.insert(user.clone(), found.clone());
        Ok(found)
    }

    pub(super) fn rule(
        &mut self,
        state: &dyn ReadState,
        action: Action,
    ) -> Result<&Rule, ledger::Error> {
        match self.rules.entry(action) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(app::find_rule(state, action)?)),
        }
    }
}

/// Verifies the signatures of requests at once, by the keys that their senders have in a state;
/// whether all are right that have a sender there.
pub(crate) fn verify_together(
    (state, members): (&dyn ReadState, &mut Members),
    requests: &[Arc<Envelope>],
) -> Result<bool, ledger::Error> {
    let mut claimed = Vec::with_capacity(requests.len());
    for request in requests {
        let member = members.find(state, &request.signed.request.sender)?;
        claimed.extend(member.map(|member| (&**request, member.ed25519)));
    }
    Ok(Envelope::verify_together(&claimed))
}

/// The limits in a state; the widest if there are none, which is before the genesis alone.
pub(crate) fn read_policy(state: &dyn ReadState) -> Result<Policy, ledger::Error> {
    let value = state.read(member::LEDGER, POLICY_KEY)?;
    let policy = value.and_then(|value| Policy::decode(&value).ok());
    Ok(policy.unwrap_or_default())
}

/// The nodes in a state; none before the genesis.
pub(crate) fn read_nodes(state: &dyn ReadState) -> Result<Option<Committee>, ledger::Error> {
    let value = state.read(NODES_LEDGER, NODES_KEY)?;
    Ok(value.and_then(|value| Committee::decode(&value).ok()))
}

fn put_all(batch: &mut Batch, writes: Vec<Write>) -> Result<(), ledger::Error> {
    for write in writes {
        batch.put(write.ledger, write.key, write.value)?;
    }
    Ok(())
}

/// The ledgers of a node's store.
pub(crate) fn ledger_specs() -> Result<Vec<LedgerSpec>, ledger::Error> {
    let space: LedgerName = ID_SPACE.parse()?;
    let specs = LEDGERS.into_iter().map(|name| {
        let spec = LedgerSpec::with_state(name.parse()?, TreeType::Sha256, StateSuite::Blake3);
        Ok(spec.with_ids_in(space.clone()))
    });
    specs.collect()
}

/// The first commit: the genesis as entries and state.
pub(crate) fn execute_genesis(
    genesis: &Genesis,
    mut batch: Batch,
) -> Result<Sealed, ledger::Error> {
    let file = genesis.file();
    for node in &file.nodes {
        batch.append(NODES_LEDGER, json(node))?;
    }
    let nodes = Committee::of_genesis(genesis).encode();
    batch.put(NODES_LEDGER, NODES_KEY, nodes)?;
    for user in &file.users {
        batch.append(member::LEDGER, json(user))?;
        let member = Member {
            ed25519: user.ed25519,
            roles: user.roles,
            organisation: user.organisation.clone(),
        };
        batch.put(member::LEDGER, member::state_key(&user.id), member.encode())?;
    }
    for organisation in &file.organisations {
        batch.append(member::LEDGER, json(organisation))?;
        let key = Place::Organisation(organisation.clone()).state_key();
        batch.put(member::LEDGER, key, member::ORGANISATION)?;
    }
    batch.append(member::LEDGER, json(&file.policy))?;
    batch.put(member::LEDGER, POLICY_KEY, file.policy.encode())?;
    for (action, rule) in &file.rules {
        batch.append(member::LEDGER, json(&(action, rule)))?;
        let key = Place::Rule(*action).state_key();
        batch.put(member::LEDGER, key, rule.encode())?;
    }
    batch.seal(file.time_ms, &[])
}

/// The compact JSON of a part of the genesis, as it was hashed.
fn json(part: &impl serde::Serialize) -> Vec<u8> {
    // Names, numbers and hex have JSON: the genesis was hashed as such.
    serde_json::to_vec(part).unwrap_or_default()
}

/// The ledgers after a batch, as its header has them.
pub(crate) fn ledger_tips(sealed: &Sealed) -> Vec<LedgerTip> {
    let ledgers = sealed.body().ledgers.iter();
    let tips = ledgers.map(|ledger| LedgerTip {
        name: ledger.name.clone(),
        size: ledger.size,
        root: ledger.root,
        state_root: ledger.state_root,
    });
    tips.collect()
}
