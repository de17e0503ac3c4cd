//! Runs a plan: faults at their times, clients that do not give up, and the judgement at the end.
//!
//! Invariants:
//!
//! - a client believes what it holds a proof of, checked against the genesis alone;
//! - at the end all nodes lose their power, and are judged by what their disks have then.
//!
//! `operator` has the nodes changed.

mod operator;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hash_store::Storage;
use hash_store::sim::{Fault, FaultKind, SimStorage};
use ledger::bundle::{BundleTrust, BundleVerdict};
use ledger::{ProofBundle, Severity, Snapshot, VerifyOptions};

use self::operator::Operator;
use super::judge::{History, Requests, audit, judge};
use super::plan::{DOWN, Kind, Plan};
use super::pool::{Conduct, Pool, START_MS, Status, USERS, options as store_options, user_key};
use super::report::{Event, NodeReport, Report, Verdict};
use crate::certificate::GenesisVerifier;
use crate::header::Header;
use crate::names::RequestId;
use crate::node::{Node, NodeError};
use crate::reason::Reason;
use crate::record;
use crate::reply::{Outcome, RequestStatus};
use crate::request::Request;

/// How long after the last planned event all requests must be final.
const PATIENCE: Duration = Duration::from_secs(120);
/// How often clients look, and faults are dealt with.
const TICK_MS: u64 = 100;
/// Handovers that a client asks for at once.
const HANDOVERS: usize = 64;
/// How long a client waits before it asks the next node.
const RETRY_MS: u64 = 4000;
/// Requests do not all come at once.
const LOAD_MS: u64 = 10_000;
/// Clocks of nodes that are in order are off by this at most: half of what nodes bear.
const CLOCKS_OFF_MS: u64 = 1000;
/// Disks fail so often.
const DISK_FAULTS: u64 = 3;

/// Something that is going to happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Next {
    /// Links go up or down.
    Links,
    Crash(u8),
    Restart(u8),
    DiskFault(u8),
    DiskHeals(u8),
}

/// A request that a client has no proof of yet.
struct Open {
    id: RequestId,
    bytes: Vec<u8>,
    /// The node that was asked last.
    asked: u8,
    /// When the next one is.
    retry_ms: u64,
    /// Nodes that refused it for good.
    refused: BTreeSet<u8>,
}

/// A simulation as it goes.
pub(super) struct Story {
    plan: Plan,
    pub(super) pool: Pool,
    verifier: GenesisVerifier,
    /// By time.
    next: BTreeMap<(u64, u64), Next>,
    events: Vec<Event>,
    crashes: Vec<u32>,
    /// Nodes that have been started.
    started: BTreeSet<u8>,
    /// Nodes whose disk has failed since they started.
    failed: BTreeSet<u8>,
    open: Vec<Open>,
    requests: Requests,
    refused: u32,
    stopped: Option<Verdict>,
    operator: Operator,
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// What a liar does to the headers that it proposes: each time something else.
fn lie(header: &mut Header) {
    let wrong = merkle_log::Hash::default();
    match header.height % 4 {
        0 => header.audit_root = wrong,
        1 => header.time_ms = header.time_ms.wrapping_sub(1 << 40),
        2 => header
            .ledgers
            .iter_mut()
            .for_each(|ledger| ledger.root = wrong),
        _ => header
            .ledgers
            .iter_mut()
            .for_each(|ledger| ledger.state_root = wrong),
    }
}

/// Sets all clocks off by less than nodes bear of each other, and as many as may be at fault by more.
fn set_clocks(plan: &Plan, pool: &mut Pool) {
    let at_fault = plan.at_fault();
    let mut wrong = usize::from(plan.faults_max()).saturating_sub(at_fault.len());
    let skew = millis(plan.clock_skew);
    let places = usize::from(plan.places());
    let first = usize::try_from(pool.random.below(plan.places().into())).unwrap_or(0);
    for index in (0..places).map(|n| (first + n) % places) {
        let is_wrong = wrong > 0 && !at_fault.iter().any(|node| usize::from(*node) == index);
        wrong -= usize::from(is_wrong);
        let most = if is_wrong {
            skew
        } else {
            skew.min(CLOCKS_OFF_MS)
        };
        let off = pool.random.below(2 * most + 1);
        if let Some(place) = pool.places.get_mut(index) {
            place.ahead_ms = off.cast_signed() - most.cast_signed();
        }
    }
}

impl Story {
    pub(super) async fn new(plan: Plan, mut pool: Pool) -> Self {
        for byzantine in &plan.byzantine {
            let conduct = match byzantine.kind {
                Kind::Silent => Conduct::Silent,
                Kind::Slow => Conduct::Slow,
                Kind::Lying => Conduct::Lying(lie),
                Kind::Equivocating => Conduct::Equivocating,
                Kind::Altering => Conduct::Altering,
            };
            pool.set_conduct(byzantine.node, conduct).await;
        }
        set_clocks(&plan, &mut pool);
        let mut story = Self {
            verifier: GenesisVerifier::new(&pool.genesis),
            next: BTreeMap::new(),
            events: Vec::new(),
            crashes: vec![0; usize::from(plan.places())],
            started: BTreeSet::new(),
            failed: BTreeSet::new(),
            open: Vec::new(),
            requests: Requests::new(),
            refused: 0,
            stopped: None,
            operator: Operator::new(&plan),
            plan,
            pool,
        };
        story.schedule();
        story
    }

    fn schedule(&mut self) {
        let plan = self.plan.clone();
        for partition in &plan.partitions {
            self.put_off(millis(partition.from), Next::Links);
            self.put_off(millis(partition.to), Next::Links);
        }
        for crash in &plan.crashes {
            self.put_off(millis(crash.at), Next::Crash(crash.node));
        }
        if plan.disk_faults {
            for _ in 0..DISK_FAULTS {
                let node = self.drawn_node();
                let at = 1000 + self.pool.random.below(LOAD_MS);
                self.put_off(at, Next::DiskFault(node));
            }
        }
    }

    fn drawn_node(&mut self) -> u8 {
        let drawn = self.pool.random.below(self.plan.places().into());
        u8::try_from(drawn).unwrap_or(0)
    }

    /// Has something happen at a time.
    fn put_off(&mut self, at_ms: u64, next: Next) {
        let number = self.next.len() as u64;
        let free = (number..).find(|number| !self.next.contains_key(&(at_ms, *number)));
        self.next.insert((at_ms, free.unwrap_or(number)), next);
    }

    fn tell(&mut self, what: String) {
        let at = Duration::from_millis(self.pool.now_ms());
        self.events.push(Event { at, what });
    }

    /// Runs to the end.
    pub(super) async fn run(mut self) -> Report {
        self.tell(format!("{} nodes start", self.plan.nodes));
        for node in 0..self.plan.nodes {
            self.start(node).await;
        }
        let planned = self.next.last_key_value().map_or(0, |((at, _), _)| *at);
        let changes = self.plan.changes.iter().map(|change| millis(change.at));
        let load_ms = changes.fold(planned.max(LOAD_MS), u64::max);
        let mut until = load_ms + millis(PATIENCE);
        let is_final = loop {
            let now = self.pool.now_ms();
            while let Some(entry) = self.next.first_entry()
                && entry.key().0 <= now
            {
                let next = entry.remove();
                self.happen(next).await;
                // Whatever comes late is given its time too.
                until = until.max(now + millis(PATIENCE));
            }
            self.look_after().await;
            self.operate().await;
            let due = u64::from(self.plan.txs) * now.min(load_ms) / load_ms;
            while self.pool.nonce < due {
                self.ask_for_more();
                // Both users want every fifth key: one is too late.
                if self.pool.nonce % 5 == 4 && self.pool.nonce < u64::from(self.plan.txs) {
                    self.ask_for_more();
                }
            }
            self.look_for_proofs();
            if self.is_final() {
                break true;
            }
            if self.stopped.is_some() || self.pool.now_ms() >= until {
                break false;
            }
            self.pool.pass(TICK_MS).await;
        };
        self.end(is_final).await
    }

    async fn start(&mut self, node: u8) {
        self.started.insert(node);
        self.pool.start(node).await;
        self.look_after_one(node).await;
    }

    async fn happen(&mut self, next: Next) {
        match next {
            Next::Links => {
                let now = self.pool.now_ms();
                let plan = self.plan.clone();
                let cut = |a: u8, b: u8| {
                    plan.partitions.iter().any(|partition| {
                        let of = |node| partition.groups.iter().position(|g| g.contains(&node));
                        let apart = of(a).zip(of(b)).is_some_and(|(a, b)| a != b);
                        apart && (millis(partition.from)..millis(partition.to)).contains(&now)
                    })
                };
                self.pool.connect(|a, b| !cut(a, b)).await;
                let nodes = self.plan.places();
                let pairs = (0..nodes).flat_map(|a| (0..a).map(move |b| (a, b)));
                let apart = pairs.filter(|(a, b)| cut(*a, *b)).count();
                self.tell(match apart {
                    0 => "every node reaches every other".to_owned(),
                    apart => format!("{apart} pairs of nodes do not reach each other"),
                });
            }
            Next::Crash(node) => {
                if self.pool.running(node).is_some() {
                    self.crash(node, "loses its power").await;
                }
            }
            // It is started no more.
            Next::Restart(node) if self.operator.gone.contains(&node) => {}
            Next::Restart(node) => {
                self.tell(format!("node{node} starts"));
                self.start(node).await;
            }
            Next::DiskFault(node) => {
                let kind = self.drawn_fault();
                let after = self.pool.random.below(60);
                let on_data = self.pool.random.one_in(2);
                if let Some(place) = self.pool.places.get(usize::from(node)) {
                    let disk = if on_data { &place.data } else { &place.engine };
                    disk.inject(Fault {
                        op: disk.ops() + after,
                        sticky: true,
                        kind,
                    });
                }
                self.put_off(self.pool.now_ms() + 3000, Next::DiskHeals(node));
            }
            Next::DiskHeals(node) => self.heal(node),
        }
    }

    /// Has a node's disks work again, and notes whether they had failed.
    fn heal(&mut self, node: u8) {
        let place = self.pool.places.get(usize::from(node));
        let fired = place.is_some_and(|place| {
            let (data, engine) = (place.data.heal(), place.engine.heal());
            !data.is_empty() || !engine.is_empty()
        });
        if fired {
            self.failed.insert(node);
        }
    }

    fn drawn_fault(&mut self) -> FaultKind {
        let random = &mut self.pool.random;
        match random.below(5) {
            0 => FaultKind::Error,
            1 => FaultKind::Full,
            2 => FaultKind::Short(usize::try_from(random.below(64)).unwrap_or(0)),
            drawn => FaultKind::FailedSync {
                keep: drawn == 3,
                seed: random.next(),
            },
        }
    }

    async fn crash(&mut self, node: u8, why: &str) {
        self.tell(format!("node{node} {why}"));
        if let Some(crashes) = self.crashes.get_mut(usize::from(node)) {
            *crashes += 1;
        }
        let at = self.pool.now_ms() + millis(DOWN);
        self.heal(node);
        self.failed.remove(&node);
        self.pool.crash(node).await;
        self.put_off(at, Next::Restart(node));
    }

    async fn look_after(&mut self) {
        for node in self.pool.indices() {
            self.look_after_one(node).await;
        }
    }

    /// Sees to a node that stopped by itself: where its disk failed, it is started anew later.
    async fn look_after_one(&mut self, node: u8) {
        let Status::Stopped(why) = self.pool.status(node) else {
            return;
        };
        self.heal(node);
        if self.failed.contains(&node) {
            self.crash(node, "stops: its disk failed").await;
        } else if self.plan.at_fault().contains(&node) {
            self.crash(node, "stops").await;
        } else if self.stopped.is_none() {
            self.tell(format!("node{node} stops"));
            self.stopped = Some(Verdict::Stopped { node, why });
        }
    }

    /// Has a client make a request and hand it to a node, or to two.
    #[allow(clippy::indexing_slicing, reason = "there are users")]
    fn ask_for_more(&mut self) {
        self.pool.nonce += 1;
        let nonce = self.pool.nonce;
        let user = USERS[usize::try_from(nonce).unwrap_or(0) % USERS.len()];
        // Every fifth request is for the key of the one before.
        let of = nonce - u64::from(nonce.is_multiple_of(5));
        let put = record::Operation::Put {
            key: format!("key {of}").into_bytes(),
            value: format!("value {nonce}").into_bytes(),
        };
        let Some(mut open) = self.request(user, record::APP, nonce, put.encode()) else {
            return;
        };
        self.requests.insert(open.id, None);
        if nonce.is_multiple_of(3) {
            self.hand_over(&mut open);
        }
        self.hand_over(&mut open);
        self.open.push(open);
    }

    /// A request of a user, which nobody was handed yet.
    fn request(&mut self, user: &str, app: &str, nonce: u64, payload: Vec<u8>) -> Option<Open> {
        let request = Request {
            network: self.pool.genesis.network(),
            sender: user.parse().ok()?,
            app: app.parse().ok()?,
            nonce,
            expires_ms: START_MS + self.pool.now_ms() + 12 * 3_600_000,
            payload,
        };
        let signed = request.sign(&user_key(user));
        Some(Open {
            id: signed.request.id(),
            bytes: signed.encode(),
            asked: self.drawn_node(),
            retry_ms: 0,
            refused: BTreeSet::new(),
        })
    }

    /// Hands a request to the next node that runs.
    fn hand_over(&self, open: &mut Open) {
        open.retry_ms = self.pool.now_ms() + RETRY_MS;
        for _ in self.pool.indices() {
            open.asked = (open.asked + 1) % self.plan.places();
            let Some(node) = self.pool.running(open.asked) else {
                continue;
            };
            if let Err(NodeError::Refused(refusal)) = node.submit(&open.bytes) {
                match refusal.reason {
                    // It has it, or may take it later.
                    Reason::Duplicate
                    | Reason::Busy
                    | Reason::SenderBusy
                    | Reason::TooManyChanges => {}
                    _ => {
                        open.refused.insert(open.asked);
                        open.retry_ms = 0;
                    }
                }
            }
            return;
        }
    }

    fn look_for_proofs(&mut self) {
        let now = self.pool.now_ms();
        let mut open = std::mem::take(&mut self.open);
        open.retain_mut(|open| {
            let asked = self.pool.running(open.asked);
            if let Some(outcome) = asked.and_then(|node| self.proof(&node, &open.id)) {
                self.requests.insert(open.id, Some(outcome));
                return false;
            }
            // As many as cannot all lie.
            if open.refused.len() > usize::from(self.plan.faults_max()) {
                self.refused += 1;
                return false;
            }
            if now >= open.retry_ms {
                self.hand_over(open);
            }
            true
        });
        self.open = open;
    }

    /// What became of a request, if the node has a proof that holds.
    fn proof(&mut self, node: &Node, id: &RequestId) -> Option<Outcome> {
        let status = node.request(id);
        if !matches!(status, Ok(RequestStatus::Final(_))) {
            return None;
        }
        let (outcome, _, bundle) = node.prove_request(id).ok()?;
        (self.holds(&bundle) || self.learn(node) && self.holds(&bundle)).then_some(outcome)
    }

    fn holds(&self, bundle: &ProofBundle) -> bool {
        let trust = BundleTrust {
            certificates: Some(&self.verifier),
            ..BundleTrust::default()
        };
        matches!(bundle.verify(&trust), BundleVerdict::Valid(_))
    }

    /// Asks a node who votes now, where that may change; whether it told of anybody new.
    fn learn(&mut self, node: &Node) -> bool {
        let known = self.verifier.known_from();
        if !self.plan.changes.is_empty() {
            let handovers = node.handovers(known, HANDOVERS).unwrap_or_default();
            let taken = handovers
                .iter()
                .map(|handover| self.verifier.take(handover));
            taken.take_while(Result::is_ok).for_each(drop);
        }
        self.verifier.known_from() > known
    }

    /// The nodes whose histories are judged.
    fn honest(&self) -> Vec<u8> {
        let at_fault = self.plan.at_fault();
        let nodes = self.started.iter().copied();
        nodes.filter(|node| !at_fault.contains(node)).collect()
    }

    /// Those of them that must agree at the end: they have not left.
    fn staying(&self) -> Vec<u8> {
        let mut nodes = self.honest();
        nodes.retain(|node| self.operator.members.contains(node));
        nodes
    }

    /// Whether everything has happened, and all is final on all nodes that are judged.
    fn is_final(&self) -> bool {
        if !self.next.is_empty()
            || !self.open.is_empty()
            || !self.operator.is_done()
            || self.pool.nonce < u64::from(self.plan.txs)
        {
            return false;
        }
        let proven = self.requests.values().flatten();
        let height = proven.map(|outcome| outcome.height).max().unwrap_or(0);
        let reached = |node: u8| {
            let node = self.pool.running(node);
            node.is_some_and(|node| node.snapshot().height() >= height && self.is_in_force(&node))
        };
        self.staying().into_iter().all(reached)
    }

    /// Cuts everybody's power, and judges what is left.
    async fn end(mut self, is_final: bool) -> Report {
        let time = Duration::from_millis(self.pool.now_ms());
        let heights: Vec<Option<u64>> = {
            let running = self.pool.indices().map(|node| self.pool.running(node));
            running
                .map(|node| node.map(|node| node.snapshot().height()))
                .collect()
        };
        let blocked = self.pool.oracle.blocked().await.unwrap_or_default();
        let mut histories = Vec::new();
        let mut damaged = None;
        let mut reports = Vec::new();
        for (node, height) in self.pool.indices().zip(&heights) {
            if !self.started.contains(&node) {
                continue;
            }
            self.pool.crash(node).await;
            let name = self.pool.identity(node);
            let blocked_by = blocked
                .iter()
                .filter(|(_, blocked)| *blocked == name)
                .count();
            let place = self.pool.places.get(usize::from(node));
            let read = place.map(|place| read(&place.data, height.unwrap_or(0)));
            let (snapshot, found) = match read {
                Some(Ok(snapshot)) => (Some(snapshot), None),
                Some(Err(found)) => (None, Some(found)),
                None => (None, None),
            };
            let ledger = snapshot.as_ref().and_then(|snapshot| {
                let mut ledgers = snapshot.ledgers().iter();
                ledgers
                    .find(|ledger| ledger.name.as_str() == record::LEDGER)
                    .cloned()
            });
            reports.push(NodeReport {
                node,
                kind: self.plan.kind(node),
                height: snapshot.as_ref().map_or(0, Snapshot::height),
                entries: ledger.as_ref().map_or(0, |ledger| ledger.size),
                audit: snapshot
                    .as_ref()
                    .map(|s| s.audit().root())
                    .unwrap_or_default(),
                state: ledger.map(|ledger| ledger.state_root).unwrap_or_default(),
                crashes: self.crashes.get(usize::from(node)).copied().unwrap_or(0),
                blocked_by: u8::try_from(blocked_by).unwrap_or(u8::MAX),
            });
            if self.honest().contains(&node) {
                histories.extend(snapshot.map(|snapshot| (node, snapshot)));
                let found = found.map(|found| Verdict::Damaged { node, found });
                damaged = damaged.or(found);
            }
        }
        let wrong = judge(&histories, &self.requests)
            .or(damaged)
            .or(self.stopped.take());
        let verdict = match wrong {
            Some(wrong) => wrong,
            None if is_final => self.verdict(&histories),
            None => Verdict::Stalled {
                open: u32::try_from(self.open.len()).unwrap_or(u32::MAX),
                requests: self.plan.txs,
                heights: self
                    .staying()
                    .iter()
                    .filter_map(|n| heights.get(usize::from(*n)).copied())
                    .collect(),
            },
        };
        Report {
            proven: self.proven(|_| true),
            rejected: self.proven(|outcome| outcome.rejected.is_some()),
            requests: u32::try_from(self.requests.len()).unwrap_or(u32::MAX),
            refused: self.refused,
            plan: self.plan,
            events: self.events,
            nodes: reports,
            time,
            account: String::new(),
            verdict,
        }
    }

    fn proven(&self, which: impl Fn(&Outcome) -> bool) -> u32 {
        let proven = self.requests.values().flatten();
        u32::try_from(proven.filter(|outcome| which(outcome)).count()).unwrap_or(u32::MAX)
    }

    /// The verdict where nothing is wrong.
    fn verdict(&self, histories: &[History]) -> Verdict {
        let staying = self.staying();
        let histories = histories.iter().filter(|(node, _)| staying.contains(node));
        let histories: Vec<_> = histories.collect();
        let at_fault = self.plan.at_fault().len();
        let at_fault = u8::try_from(at_fault).unwrap_or(u8::MAX);
        let faults_max = self.plan.faults_max();
        let height = histories
            .iter()
            .map(|(_, snapshot)| snapshot.height())
            .min();
        let agreed = height
            .zip(histories.first())
            .and_then(|(height, (_, snapshot))| {
                let audit = audit(snapshot, height).ok()?;
                let then = snapshot.at_height(height).ok()?;
                let mut ledgers = then.ledgers().iter();
                let domain = ledgers.find(|ledger| ledger.name.as_str() == record::LEDGER)?;
                let nodes = u8::try_from(histories.len()).ok()?;
                let state = domain.state_root;
                Some(Verdict::Agree {
                    nodes,
                    height,
                    audit,
                    state,
                })
            });
        agreed
            .filter(|_| at_fault <= faults_max)
            .unwrap_or(Verdict::Unsure {
                at_fault,
                faults_max,
            })
    }
}

/// Verifies and opens a store after a power cut, which must have the commits up to a height.
fn read(disk: &SimStorage, height: u64) -> Result<Snapshot, String> {
    let storage: Arc<dyn Storage> = Arc::new(disk.clone());
    let scratch: Arc<dyn Storage> = Arc::new(SimStorage::new());
    let options = VerifyOptions::new(ledger::Level::Full);
    let verified = ledger::verify_with(&storage, &scratch, &options, &|_| true);
    let verified = verified.map_err(|error| error.to_string())?;
    let mut errors = verified
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error);
    if let Some(finding) = errors.next() {
        return Err(format!("{}: {}", finding.code, finding.message));
    }
    let store =
        ledger::Store::open_in(storage, store_options()).map_err(|error| error.to_string())?;
    let snapshot = store.snapshot();
    if snapshot.height() < height {
        let got = snapshot.height();
        return Err(format!(
            "commit {height} was there, and {got} is the last after a power cut"
        ));
    }
    Ok(snapshot)
}
