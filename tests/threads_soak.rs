//! Eight threads that write and eight that read one store, until stopped: `threads-soak --seconds N`.
//!
//! Every commit brings each of three ledgers the same number of entries, and both states the same
//! writes: a snapshot of a mixed height would show. Readers prove, follow, look back and reopen
//! beside the writers; at the end the store is closed and verified in full.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a command for people, made of test code"
)]

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::Duration;

use hash_store::FileStorage;
use hash_store::sim::Random;
use ledger::{
    Error, Keep, LedgerSpec, Level, Options, QueueLimits, Reader, Snapshot, StateSuite, Store,
    Submission, TreeType, Verdict, verify,
};
use merkle_log::LeafIndex;

const NAMES: [&str; 3] = ["pool", "domain", "config"];
const STATES: [&str; 2] = ["domain", "config"];

/// What was done, by kind.
#[derive(Debug, Default)]
struct Tally {
    commits: AtomicU64,
    stale: AtomicU64,
    submissions: AtomicU64,
    busy: AtomicU64,
    attachments: AtomicU64,
    upkeep: AtomicU64,
    snapshots: AtomicU64,
    proofs: AtomicU64,
    delivered: AtomicU64,
    looks_back: AtomicU64,
    refreshes: AtomicU64,
}

fn one_more(count: &AtomicU64) {
    count.fetch_add(1, Ordering::Relaxed);
}

struct Soak {
    store: Store,
    tally: Tally,
    over: Mutex<bool>,
    ends: Condvar,
}

/// Says that a thread ended, however it did.
struct Ended(Sender<()>);

impl Drop for Ended {
    fn drop(&mut self) {
        // Nobody listens once it is over.
        let _ = self.0.send(());
    }
}

impl Soak {
    fn goes_on(&self) -> bool {
        !*self.over.lock().unwrap()
    }

    /// Lets others go on for so long, or until it is over.
    fn pause(&self, millis: u64) {
        let over = self.over.lock().unwrap();
        let time = Duration::from_millis(millis);
        let waited = self.ends.wait_timeout_while(over, time, |over| !*over);
        drop(waited.unwrap());
    }

    fn end(&self) {
        *self.over.lock().unwrap() = true;
        self.ends.notify_all();
    }

    /// The same for every ledger and state: entry and value say who wrote them, and when.
    fn submits(&self, writer: u64, patient: bool) {
        let mut turn = 0u64;
        while self.goes_on() {
            turn += 1;
            let mut submission = Submission::new(turn);
            for name in NAMES {
                let text = format!("{name} {writer} {turn}");
                submission.append(name, text).unwrap();
            }
            for name in STATES {
                let value = turn.to_le_bytes();
                submission.put(name, writer.to_le_bytes(), value).unwrap();
            }
            let answer = if patient {
                self.store.submit(submission)
            } else {
                self.store.try_submit(submission)
            };
            match answer {
                Ok(_) => one_more(&self.tally.submissions),
                Err(Error::Busy { .. }) => one_more(&self.tally.busy),
                Err(error) => panic!("{error}"),
            }
        }
    }

    /// Two siblings and a child on the tip of the moment: at most one sibling is committed.
    fn forks(&self, writer: u64) {
        let mut turn = 0u64;
        while self.goes_on() {
            turn += 1;
            let seal = |mut batch: ledger::Batch| {
                for name in NAMES {
                    batch
                        .append(name, format!("{name} {writer} {turn}"))
                        .unwrap();
                }
                for name in STATES {
                    let value = turn.to_le_bytes();
                    batch.put(name, writer.to_le_bytes(), value).unwrap();
                }
                batch.seal(u64::MAX >> 1, b"fork")
            };
            let base = self.store.batch();
            let Ok(first) = seal(base) else { continue };
            let second = seal(self.store.batch()).unwrap();
            let child = seal(first.child()).unwrap();
            let mut won = 0;
            for sealed in [first, second, child] {
                match self.store.commit(sealed) {
                    Ok(_) => {
                        won += 1;
                        one_more(&self.tally.commits);
                    }
                    Err(Error::StaleParent { .. }) => one_more(&self.tally.stale),
                    Err(error) => panic!("{error}"),
                }
            }
            // Two siblings of one tip and a child of the first: never all three.
            assert!(won < 3);
        }
    }

    fn attaches(&self) {
        while self.goes_on() {
            let height = self.store.snapshot().height();
            if height > 0 {
                self.store.attach(height, 1, b"certificate").unwrap();
                one_more(&self.tally.attachments);
            }
            self.pause(2);
        }
    }

    fn upkeep(&self) {
        let keep = |count: u64| Keep::last(count.try_into().unwrap());
        let mut turn = 0;
        while self.goes_on() {
            turn += 1;
            match turn % 4 {
                0 => self.store.prune("config", &keep(50)).map(|_| ()),
                1 => self.store.set_keep("domain", keep(100 + turn % 50)),
                _ => self.store.sync_derived(),
            }
            .unwrap();
            one_more(&self.tally.upkeep);
            self.pause(50);
        }
    }

    /// All ledgers of a snapshot are of one height, and what it counts is there and proven.
    fn is_whole(&self, snapshot: &Snapshot, random: &mut Random) {
        let roots = snapshot.ledgers();
        assert!(roots.iter().all(|roots| roots.size == roots_size(snapshot)));
        assert_eq!(snapshot.audit().size().0, snapshot.height());
        let states = STATES.map(|name| snapshot.state(name));
        if let [Ok(domain), Ok(config)] = states {
            for writer in 0..8u64 {
                let key = writer.to_le_bytes();
                assert_eq!(domain.get(key).unwrap(), config.get(key).unwrap());
            }
        }
        let size = roots_size(snapshot);
        for name in NAMES {
            let view = snapshot.ledger(name).unwrap();
            if size == 0 {
                continue;
            }
            for index in [size - 1, random.below(size)].map(LeafIndex) {
                let entry = view.entry(index).unwrap();
                assert!(entry.starts_with(name.as_bytes()));
                let proof = view.prove_inclusion(index, view.size()).unwrap();
                let leaf = view.tree().leaf(&entry);
                let proven = proof.verify(view.tree(), &leaf, &view.root()).unwrap();
                assert_eq!(proven.leaf_index(), index);
                one_more(&self.tally.proofs);
            }
        }
        one_more(&self.tally.snapshots);
    }

    fn reads(&self, seed: u64) {
        let mut random = Random::new(seed);
        let (mut height, mut held) = (0, Vec::new());
        while self.goes_on() {
            let snapshot = self.store.snapshot();
            assert!(snapshot.height() >= height);
            height = snapshot.height();
            self.is_whole(&snapshot, &mut random);
            held.push(snapshot);
            if held.len() > 20 {
                // One from a while ago is what it was.
                let old = held.swap_remove(usize::try_from(random.below(20)).unwrap());
                self.is_whole(&old, &mut random);
            }
        }
    }

    /// Without gap or duplicate, each commit on the one before.
    fn follows(&self, from: u64) {
        let mut subscription = self.store.subscribe(from).unwrap();
        let (mut height, mut size) = (from - 1, 0);
        let mut audit_root = None;
        while self.goes_on() {
            let Some(record) = subscription.try_next().unwrap() else {
                thread::yield_now();
                continue;
            };
            height += 1;
            assert_eq!(record.body.height, height);
            assert!(audit_root.is_none_or(|root| root == record.body.audit_root_before));
            audit_root = Some(record.audit_root);
            let ledgers = &record.body.ledgers;
            assert!(ledgers.iter().all(|roots| roots.size == ledgers[0].size));
            assert!(ledgers[0].size > size);
            size = ledgers[0].size;
            one_more(&self.tally.delivered);
        }
    }

    fn looks_back(&self, seed: u64) {
        let mut random = Random::new(seed);
        while self.goes_on() {
            let snapshot = self.store.snapshot();
            let height = random.below(snapshot.height() + 1);
            if height == 0 {
                continue;
            }
            let then = snapshot.at_height(height).unwrap();
            assert_eq!(then.height(), height);
            assert!(then.attachments(height).unwrap().len() < 100_000);
            for name in STATES {
                match then.state(name) {
                    Ok(state) => assert_eq!(state.height(), height),
                    Err(Error::Dropped { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
            let counters = self.store.counters();
            assert!(counters.batches >= counters.commits && counters.waiting <= 2);
            one_more(&self.tally.looks_back);
        }
    }

    /// As another process reads.
    fn refreshes(&self, dir: &Path, seed: u64) {
        let mut random = Random::new(seed);
        let reader = Reader::open(dir).unwrap();
        while self.goes_on() {
            reader.refresh().unwrap();
            assert!(reader.problem().is_none(), "{:?}", reader.problem());
            let snapshot = reader.snapshot();
            // Other processes are told of a commit before this one, and of no further one.
            assert!(snapshot.height() <= self.store.snapshot().height() + 1);
            let roots = snapshot.ledgers();
            assert!(
                roots
                    .iter()
                    .all(|roots| roots.size == roots_size(&snapshot))
            );
            if let Some(last) = roots_size(&snapshot).checked_sub(1) {
                let view = snapshot.ledger("pool").unwrap();
                let index = LeafIndex(random.below(last + 1));
                assert!(view.entry(index).unwrap().starts_with(b"pool"));
            }
            one_more(&self.tally.refreshes);
            self.pause(1);
        }
    }
}

fn roots_size(snapshot: &Snapshot) -> u64 {
    snapshot.ledgers()[0].size
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let seconds = match arguments.as_slice() {
        [name, seconds] if name == "--seconds" => seconds.parse().unwrap(),
        _ => panic!("threads-soak --seconds N"),
    };
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("store");
    let specs = [
        LedgerSpec::log("pool".parse().unwrap(), TreeType::Sha256),
        LedgerSpec::with_state(
            "domain".parse().unwrap(),
            TreeType::Blake3,
            StateSuite::Blake3,
        ),
        LedgerSpec::with_state(
            "config".parse().unwrap(),
            TreeType::Sha256,
            StateSuite::Keccak256,
        ),
    ];
    let network = "soak".parse().unwrap();
    let store = Store::create(&dir, network, &specs, Options::default()).unwrap();
    store.limit_queue(QueueLimits {
        submissions: 2,
        bytes: 4096,
    });
    let soak = Soak {
        store,
        tally: Tally::default(),
        over: Mutex::new(false),
        ends: Condvar::new(),
    };
    let (soak, dir) = (&soak, dir.as_path());
    let work: [Box<dyn Fn() + Send + Sync>; 16] = [
        // Eight that write.
        Box::new(|| soak.submits(0, true)),
        Box::new(|| soak.submits(1, true)),
        Box::new(|| soak.submits(2, true)),
        Box::new(|| soak.submits(3, false)),
        Box::new(|| soak.forks(4)),
        Box::new(|| soak.forks(5)),
        Box::new(|| soak.attaches()),
        Box::new(|| soak.upkeep()),
        // Eight that read.
        Box::new(|| soak.reads(1)),
        Box::new(|| soak.reads(2)),
        Box::new(|| soak.reads(3)),
        Box::new(|| soak.follows(1)),
        Box::new(|| soak.follows(100)),
        Box::new(|| soak.looks_back(4)),
        Box::new(|| soak.refreshes(dir, 5)),
        Box::new(|| soak.refreshes(dir, 6)),
    ];
    let (tell, ended) = channel();
    thread::scope(|scope| {
        for work in &work {
            let ended = Ended(tell.clone());
            scope.spawn(move || {
                work();
                drop(ended);
            });
        }
        // It is over earlier if one of them fails.
        let _ = ended.recv_timeout(Duration::from_secs(seconds));
        soak.end();
    });
    println!("{:#?}", soak.tally);
    println!("{:#?}", soak.store.counters());
    let height = soak.store.snapshot().height();
    soak.store.sync_derived().unwrap();
    let report = verify(Arc::new(FileStorage::new(dir)), Level::Full, &mut |_| true).unwrap();
    assert_eq!(report.verdict, Verdict::Verified, "{:?}", report.findings);
    println!("verified at height {height}: no violation");
}
