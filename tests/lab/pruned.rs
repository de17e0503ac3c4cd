//! A store with a state that drops old heights: crashed at every operation of a simulated disk, or
//! driven by a process on a real one (`drive prune DIR`).
//!
//! What is held against the model: nothing acknowledged is missing, every height that the store
//! says it keeps is right to the last key, the last heights and the named single ones are always
//! among these, what is not kept is refused by name, no recovery has to make the node log anew, and a
//! second one finds nothing to do.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;

use hash_store::Storage;
use hash_store::sim::{Choice, CrashPoint, SimStorage};
use ledger::{Error, Keep, LedgerSpec, Snapshot, StateSuite, Store, TreeType};
use merkle_log::Hash;
use patricia_state::{Batch, Direction, NodeStore, Overlay};

use super::Counts;
use super::oracle::guarded;
use super::workload::{mark_of, open, options};

/// Keys and values of a state.
pub type Map = BTreeMap<Vec<u8>, Vec<u8>>;

/// So many of the last heights are kept at any time.
const LEAST: u64 = 2;
/// Kept from the first pruning on.
const SINGLE: u64 = 2;
const SUITE: StateSuite = StateSuite::Blake3;

/// One thing done to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// Commits writes that follow from the height.
    Commit,
    /// Says that the last three heights, and the single one, are kept.
    Keep,
    /// Drops all heights but the last two and the single one.
    Prune,
    /// Derived files are synced and the watermarks moved.
    Watermark,
    /// Closed in order and opened again.
    Reopen,
    /// The process is killed and the store opened again.
    Kill,
}

fn events() -> Vec<Event> {
    use Event::{Commit, Keep, Kill, Prune, Reopen, Watermark};
    let mut events = vec![Commit; 4];
    events.extend([Prune, Commit, Watermark, Keep]);
    // Enough for passes to begin, go on and end beside commits.
    events.extend([Commit; 14]);
    events.extend([Kill, Commit, Prune, Reopen]);
    events.extend([Commit; 9]);
    events
}

/// The same on real disks: states dropped at once, by a pass beside commits, and at once again.
#[must_use]
pub fn real_events() -> Vec<Event> {
    use Event::{Commit, Keep, Prune, Reopen, Watermark};
    let mut events = vec![Commit; 4];
    events.extend([Prune, Commit, Watermark, Keep]);
    events.extend([Commit; 11]);
    events.extend([Reopen, Commit, Prune, Commit]);
    events
}

/// What a height writes: a few long values, a few short ones, and removals.
fn writes(height: u64) -> Vec<(Vec<u8>, Vec<u8>)> {
    let byte = |n: u64| u8::try_from(n % 251).unwrap();
    (0..6)
        .map(|i| {
            let key = vec![byte(height * 5 + i * i) % 7, byte(i)];
            let len = [5000, 60, 0, 3000, 40, 1][usize::try_from((height + i) % 6).unwrap()];
            (key, vec![byte(height); len])
        })
        .collect()
}

/// The states after each height.
#[must_use]
pub fn history(heights: u64) -> Vec<Map> {
    let mut history = vec![Map::new()];
    for height in 1..=heights {
        let mut map = history[history.len() - 1].clone();
        for (key, value) in writes(height) {
            if value.is_empty() {
                map.remove(&key);
            } else {
                map.insert(key, value);
            }
        }
        history.push(map);
    }
    history
}

fn root_of(map: &Map) -> Hash {
    let mut batch = Batch::new(SUITE);
    map.iter().for_each(|(key, value)| batch.set(key, value));
    let sealed = Overlay::empty(SUITE).seal(&NodeStore::new(), SUITE, &batch.changes());
    Hash::new(sealed.unwrap().root().hash)
}

fn commit(store: &Store) -> Result<(), Error> {
    let height = store.snapshot().height() + 1;
    let mut batch = store.batch();
    for (key, value) in writes(height) {
        batch.put("a", key, value)?;
    }
    store.commit(batch.seal(height, b"")?)?;
    Ok(())
}

fn keep(heights: u64) -> Keep {
    Keep::last(NonZeroU64::new(heights).unwrap()).and([SINGLE])
}

/// Creates the store.
///
/// # Errors
/// As `Store::create_in`.
pub fn create(storage: Arc<dyn Storage>) -> Result<Store, Error> {
    let spec = LedgerSpec::with_state("a".parse().unwrap(), TreeType::Sha256, SUITE);
    Store::create_in(storage, [7; 16], "lab".parse().unwrap(), &[spec], options())
}

/// Does an event that needs no reopening; answers whether it was a commit.
///
/// # Errors
/// What the store answers.
pub fn perform(store: &Store, event: Event) -> Result<bool, Error> {
    match event {
        Event::Commit => commit(store)?,
        Event::Keep => store.set_keep("a", keep(3))?,
        Event::Prune => drop(store.prune("a", &keep(LEAST))?),
        Event::Watermark => store.sync_derived()?,
        Event::Reopen | Event::Kill => {}
    }
    Ok(event == Event::Commit)
}

/// The crash points of the whole run, and how many heights it commits.
struct Run {
    points: Vec<CrashPoint>,
    heights: u64,
}

fn run() -> Run {
    let mut disk = SimStorage::new();
    let mut store = create(Arc::new(disk.clone())).unwrap();
    disk.record_points();
    let mut heights = 0;
    let mut points = Vec::new();
    for event in events() {
        disk.mark(mark_of(heights, matches!(event, Event::Commit)));
        match event {
            Event::Reopen => {
                store.close().unwrap();
                store = open(&disk).unwrap();
            }
            Event::Kill => {
                points.extend(disk.take_points());
                disk = disk.kill();
                disk.record_points();
                store = open(&disk).unwrap();
            }
            _ => heights += u64::from(perform(&store, event).unwrap()),
        }
        disk.mark(mark_of(heights, false));
    }
    points.extend(disk.take_points());
    drop(store);
    Run { points, heights }
}

/// Holds a snapshot against the model; answers with its height.
///
/// # Errors
/// What is not as it must be.
pub fn holds(snapshot: &Snapshot, history: &[Map], least: u64, most: u64) -> Result<u64, String> {
    let tip = snapshot.height();
    if tip < least || tip > most {
        return Err(format!("height {tip}, expected {least} to {most}"));
    }
    let kept = snapshot.kept("a").map_err(|error| error.to_string())?;
    if kept.oldest() > (tip + 1).saturating_sub(LEAST).max(1) {
        return Err(format!("{kept:?} at height {tip}"));
    }
    for (height, map) in (0u64..)
        .zip(history)
        .take(usize::try_from(tip).unwrap() + 1)
        .skip(1)
    {
        let view = snapshot.at_height(height).and_then(|at| at.state("a"));
        let view = match view {
            Err(Error::Dropped { .. }) if !kept.holds(height) && height != SINGLE => continue,
            Err(error) => return Err(format!("height {height}: {error}")),
            Ok(_) if !kept.holds(height) => return Err(format!("height {height} is served")),
            Ok(view) => view,
        };
        if view.root() != root_of(map) {
            return Err(format!("root of height {height}"));
        }
        let found: Result<Map, Error> = view
            .entries(Direction::Forward)
            .map(|entry| entry.map(|(key, value)| (key, value.to_vec())))
            .collect();
        if found.map_err(|error| format!("height {height}: {error}"))? != *map {
            return Err(format!("entries of height {height}"));
        }
    }
    Ok(tip)
}

fn recovers(disk: &SimStorage, history: &[Map], mark: u64) -> Result<(), String> {
    let (least, most) = (mark >> 1, (mark >> 1) + (mark & 1));
    let store = open(disk).map_err(|error| format!("open: {error}"))?;
    // At any time one of the files that hold a node is there, and the other not missed.
    if store.report().rebuilt {
        return Err("the node log had to be made anew".to_owned());
    }
    let tip = holds(&store.snapshot(), history, least, most)?;
    let again = disk.here().image(Choice::None);
    let second = open(&again).map_err(|error| format!("second open: {error}"))?;
    holds(&second.snapshot(), history, tip, tip).map_err(|e| format!("second open: {e}"))?;
    if second.report().rebuilt || second.report().replayed > 0 {
        return Err(format!("second open: {:?}", second.report()));
    }
    goes_on(&store, history, tip)
}

/// Commits on, with what is left of the passes.
///
/// # Errors
/// What is not as it must be.
pub fn goes_on(store: &Store, history: &[Map], tip: u64) -> Result<(), String> {
    for height in tip + 1..=(tip + 2).min(history.len() as u64 - 1) {
        commit(store).map_err(|error| format!("goes on: {error}"))?;
        holds(&store.snapshot(), history, height, height).map_err(|e| format!("goes on: {e}"))?;
    }
    Ok(())
}

/// Crashes the store at every operation: killed, and with the power cut. `all_up_to` and `seeds` say
/// which images of a power cut there are, as for the other workloads; one in `every` images is tried.
#[must_use]
pub fn crash_everywhere(all_up_to: u32, seeds: u64, every: u64) -> Counts {
    let Run { points, heights } = run();
    let history = history(heights);
    let mut counts = Counts::default();
    let mut turn = 0;
    for point in points {
        counts.points += 1;
        let mut image = |kind, name: &str, image: &dyn Fn() -> SimStorage| {
            turn += 1;
            if turn % every != 0 {
                return;
            }
            let verdict = guarded(|| recovers(&image(), &history, point.mark));
            let name = format!("pruned@{}={name}", point.op);
            counts.note(kind, verdict.map_err(|why| format!("{name}: {why}")));
        };
        image("kill", "kill", &|| point.killed());
        for choice in point.choices(all_up_to, seeds) {
            image("power cut", &choice.to_string(), &|| point.image(choice));
        }
    }
    counts
}
