//! Many keys and commits, of which the last ten heights are kept: the node log comes down to less
//! than 1.3 times that of a store which never held anything else, and readers of a kept height are
//! right all the while.
//!
//! The test command runs a small one. The full size is a soak command, which says what it measured:
//! `LEDGER_PRUNE_KEYS=1000000 LEDGER_PRUNE_COMMITS=1000 LEDGER_PRUNE_DIR=. cargo test --release -p
//! ledger-tests --test prune -- --nocapture large`.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use ledger::{Options, Reader, StateView, Store, Verdict};
use patricia_state::Direction;

use super::states::{create_with, last, log_len, state, verdict};

/// Commits that the keys are built in, as an importer would: a range of keys each.
const BUILD: u64 = 8;
const KEPT: u64 = 10;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |text| text.parse().unwrap())
}

fn mix(number: u64) -> u64 {
    let mixed = (number ^ number >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ mixed >> 31
}

/// Keys, rising, and for each the height at which it was written last.
#[derive(Clone)]
struct Written {
    keys: Vec<[u8; 32]>,
    at: Vec<u64>,
}

impl Written {
    fn new(keys: u64) -> Self {
        let word = |key: u64, word: u64| mix((key * 4 + word + 1).wrapping_mul(0x9E37_79B9));
        let mut keys: Vec<[u8; 32]> = (0..keys)
            .map(|key| {
                let words = [0, 1, 2, 3].map(|i| word(key, i).to_le_bytes());
                words.concat().try_into().unwrap()
            })
            .collect();
        keys.sort_unstable();
        let at = vec![0; keys.len()];
        Self { keys, at }
    }

    /// Follows from the key and the height that wrote it: 64 to 100 bytes.
    fn value(&self, key: usize) -> Vec<u8> {
        let seed = mix(self.at[key] << 32 | key as u64);
        let words = (0..13).flat_map(|i| mix(seed + i).to_le_bytes());
        words
            .take(64 + usize::try_from(seed % 37).unwrap())
            .collect()
    }

    fn commit(&mut self, store: &Store, height: u64, keys: impl Iterator<Item = usize>) {
        let mut batch = store.batch();
        for key in keys {
            self.at[key] = height;
            batch
                .put("domain", self.keys[key], self.value(key))
                .unwrap();
        }
        let done = store.commit(batch.seal(height, b"").unwrap()).unwrap();
        assert_eq!(done.height, height);
    }

    /// New values for a thousandth of the keys.
    fn update(&mut self, store: &Store, height: u64) {
        let len = self.keys.len();
        let picked = (0..len.div_ceil(1000) as u64).map(|i| pick(height << 32 | i, len));
        self.commit(store, height, picked);
    }

    /// Bytes of the node log of a store that holds nothing else, and its root.
    fn fresh(&self, dir: &Path) -> (u64, StateView) {
        let store = create_with(dir, Options::default());
        for (height, range) in (1..).zip(self.ranges()) {
            let mut batch = store.batch();
            for key in range {
                batch
                    .put("domain", self.keys[key], self.value(key))
                    .unwrap();
            }
            store.commit(batch.seal(height, b"").unwrap()).unwrap();
        }
        let view = store.snapshot().state("domain").unwrap();
        store.close().unwrap();
        (log_len(dir), view)
    }

    fn ranges(&self) -> impl Iterator<Item = std::ops::Range<usize>> + use<> {
        let len = self.keys.len();
        let cut = move |n: u64| len * usize::try_from(n).unwrap() / BUILD as usize;
        (0..BUILD).map(move |n| cut(n)..cut(n + 1))
    }

    /// Every key of a view in order, with its value.
    fn is_all_of(&self, view: &StateView) {
        let mut entries = view.entries(Direction::Forward);
        for (key, bytes) in self.keys.iter().enumerate() {
            let (found, value) = entries.next().unwrap().unwrap();
            assert_eq!((&found[..], value), (&bytes[..], &self.value(key)[..]));
        }
        assert!(entries.next().is_none());
    }

    /// Some keys of a view, read and proven.
    fn has(&self, view: &StateView, round: u64, count: u64) {
        for i in 0..count {
            let key = pick(round << 32 | i, self.keys.len());
            let (name, value) = (&self.keys[key][..], self.value(key));
            assert_eq!(view.get(name).unwrap(), Some(&value[..]));
            if i % 8 == 0 {
                let proof = view.prove(&[name]).unwrap();
                let root = *view.root().as_bytes();
                let verified = proof.verify(view.scheme(), &root, &[name]).unwrap();
                assert_eq!(verified.get(name), Ok(Some(&value[..])));
            }
        }
        assert!(!view.is_made_anew());
    }

    /// Microseconds a read and a proof of random keys: the best of three passes, after one.
    fn timed(&self, view: &StateView) -> (f64, f64) {
        let picks: Vec<&[u8]> = (0..self.keys.len().min(100_000) as u64)
            .map(|i| &self.keys[pick(i, self.keys.len())][..])
            .collect();
        let best = |call: &dyn Fn(&[u8])| {
            let pass = |_| {
                let start = Instant::now();
                picks.iter().for_each(|key| call(key));
                start.elapsed().as_secs_f64() * 1e6 / picks.len() as f64
            };
            (0..4).map(pass).skip(1).fold(f64::MAX, f64::min)
        };
        let get = best(&|key| assert!(view.get(key).unwrap().is_some()));
        let prove = best(&|key| assert!(view.prove(&[key]).unwrap().0.byte_len() > 0));
        (get, prove)
    }
}

fn pick(seed: u64, len: usize) -> usize {
    usize::try_from(mix(seed.wrapping_add(0x9E37_79B9_7F4A_7C15)) % len as u64).unwrap()
}

#[test]
fn large_state_of_which_the_last_ten_heights_are_kept() {
    let keys = number("LEDGER_PRUNE_KEYS", 10_000);
    let commits = number("LEDGER_PRUNE_COMMITS", 100);
    let dir = std::env::var_os("LEDGER_PRUNE_DIR").map_or_else(std::env::temp_dir, Into::into);
    let dir = tempfile::tempdir_in(dir).unwrap();
    let home = dir.path().join("store");
    let start = Instant::now();
    let say = |what: &str| println!("{:6.1} s  {what}", start.elapsed().as_secs_f64());

    let store = create_with(&home, Options::default());
    let mut written = Written::new(keys);
    for (height, range) in (1..).zip(written.ranges()) {
        written.commit(&store, height, range);
    }
    let built = log_len(&home);
    let (pinned, mut then) = (commits - KEPT / 2, None);
    for height in BUILD + 1..=commits {
        written.update(&store, height);
        if height == pinned {
            then = Some(written.clone());
        }
    }
    let then = then.unwrap();
    let before = log_len(&home);
    say(&format!(
        "{keys} keys: log {built}, after {commits} commits {before}"
    ));
    let (fresh, fresh_view) = written.fresh(&dir.path().join("fresh"));
    let tip = store.snapshot().state("domain").unwrap();
    assert_eq!(tip.root(), fresh_view.root());
    say(&format!("fresh log {fresh}"));
    for (name, view) in [("fresh", &fresh_view), ("unpruned", &tip)] {
        let (get, prove) = written.timed(view);
        say(&format!("{name}: get {get:.2} us, proof {prove:.2} us"));
    }
    drop((fresh_view, tip));

    // At once, beside readers of a kept height: one of this process, one that is as another's.
    let reader = Reader::open(&home).unwrap();
    let views = [store.snapshot(), reader.snapshot()].map(|snapshot| state(&snapshot, pinned));
    let views = views.map(Result::unwrap);
    let done = AtomicBool::new(false);
    let sizes = std::thread::scope(|scope| {
        for view in &views {
            let (then, done) = (&then, &done);
            scope.spawn(move || {
                let mut round = 0;
                while !done.load(Ordering::Acquire) || round < 3 {
                    then.has(view, round, 64);
                    round += 1;
                }
            });
        }
        let pruned = Instant::now();
        let sizes = store.prune("domain", &last(KEPT));
        done.store(true, Ordering::Release);
        say(&format!(
            "pruned in {:.1} s",
            pruned.elapsed().as_secs_f64()
        ));
        sizes.unwrap()
    });
    assert_eq!(sizes.after.oldest(), commits - KEPT + 1);
    let pruned = log_len(&home);
    say(&format!(
        "pruned log {pruned}, {:.3} of the fresh one, {} of it records",
        pruned as f64 / fresh as f64,
        sizes.sizes.after
    ));
    assert!(pruned * 10 < fresh * 13 && pruned < before);
    let late = state(&Reader::open(&home).unwrap().snapshot(), pinned).unwrap();
    for view in views.iter().chain([&late]) {
        then.is_all_of(view);
    }
    drop((views, late, reader));
    let tip = store.snapshot().state("domain").unwrap();
    written.is_all_of(&tip);
    let (get, prove) = written.timed(&tip);
    say(&format!("pruned: get {get:.2} us, proof {prove:.2} us"));
    drop(tip);

    // And by passes of their own, beside commits and a height that falls behind what is kept.
    store.set_keep("domain", last(KEPT)).unwrap();
    let held = store.snapshot().state("domain").unwrap();
    let then = written.clone();
    let end = commits + commits / 2;
    let mut most = 0;
    for height in commits + 1..=end {
        written.update(&store, height);
        then.has(&held, height, 8);
        most = most.max(log_len(&home));
    }
    let oldest = store.snapshot().kept("domain").unwrap().oldest();
    say(&format!(
        "{} commits with passes: at most {:.2} of the fresh log; kept from {oldest}",
        commits / 2,
        most as f64 / fresh as f64
    ));
    assert!(oldest > commits, "{oldest}");
    then.is_all_of(&held);
    drop(held);
    store.prune("domain", &last(KEPT)).unwrap();
    let pruned = log_len(&home);
    say(&format!(
        "pruned again: {:.3} of the first fresh log",
        pruned as f64 / fresh as f64
    ));
    assert!(pruned * 10 < fresh * 13);
    written.is_all_of(&state(&store.snapshot(), end).unwrap());
    store.close().unwrap();
    assert_eq!(verdict(&home), (Verdict::Verified, vec![]));
    say("verified");
}
