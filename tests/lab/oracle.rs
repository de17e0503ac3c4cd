//! The oracle: whether what a store shows is what it must be after a crash.

use std::collections::{BTreeSet, HashMap};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use hash_store::MemStorage;
use hash_store::sim::{Choice, SimStorage};
use ledger::{LedgerSpec, Level, Reader, Snapshot, Store, Verdict, verify};
use merkle_log::{Hash, LeafIndex, TreeSize};
use patricia_state::Direction;

use super::model::{Map, Model, NETWORK, Step, has_lookups, id_of, scheme_of};
use super::workload::{CREATING, open, options, spec};

/// What may be left: the first `least` batches, or up to `most` of them.
#[derive(Clone, Copy, Debug)]
pub struct Expect<'a> {
    /// The content by batch number.
    pub model: &'a Model,
    /// Batches that were acknowledged.
    pub least: u64,
    /// Batches that were written.
    pub most: u64,
    /// The store was being created: there may be none.
    pub creating: bool,
}

impl<'a> Expect<'a> {
    /// What a crash point's mark says.
    #[must_use]
    pub const fn of_mark(model: &'a Model, mark: u64, ledgers: u64) -> Self {
        if mark == CREATING {
            return Self {
                model,
                least: 0,
                most: ledgers,
                creating: true,
            };
        }
        let least = mark >> 1;
        Self {
            model,
            least,
            most: least + (mark & 1),
            creating: false,
        }
    }

    /// Exactly so many batches.
    #[must_use]
    pub const fn exactly(self, batch: u64) -> Self {
        Self {
            least: batch,
            most: batch,
            creating: false,
            ..self
        }
    }
}

/// Runs a check; a panic is a violation like any other.
///
/// # Errors
/// What the check found, or that it panicked.
pub fn guarded<T>(check: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| Err("panicked".to_owned()))
}

/// Disks that were recovered and held against the model before, each with the batches found.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    found: HashMap<SeenKey, Option<u64>>,
    /// How often a disk was one of them.
    pub repeated: u64,
}

/// Fingerprint, what was expected, and whether it was the first recovery or which later open.
type SeenKey = ([u64; 4], u64, u64, bool, &'static str);

impl Seen {
    /// Checks a disk unless the same disk has passed the same check.
    fn check(
        &mut self,
        disk: &SimStorage,
        (expect, when): (Expect<'_>, &'static str),
        check: impl FnOnce(&mut Self) -> Result<Option<u64>, String>,
    ) -> Result<Option<u64>, String> {
        let Some(fingerprint) = disk.fingerprint() else {
            return check(self);
        };
        let key = (
            fingerprint,
            expect.least,
            expect.most,
            expect.creating,
            when,
        );
        if let Some(found) = self.found.get(&key) {
            self.repeated += u64::from(when.is_empty());
            return Ok(*found);
        }
        let found = check(self)?;
        self.found.insert(key, found);
        Ok(found)
    }
}

/// As [`recover`], passing over what was seen before of the same workload.
///
/// # Errors
/// What differs.
pub fn recover_unseen(
    disk: &SimStorage,
    expect: Expect<'_>,
    seen: &mut Seen,
) -> Result<Option<u64>, String> {
    seen.check(disk, (expect, ""), |seen| recover_with(disk, expect, seen))
}

/// Recovers an image, holds it against the model, and recovers it again after a kill, a power cut
/// and an orderly end. Answers with the number of batches found; `None` for a store that was never
/// created.
///
/// # Errors
/// What differs.
pub fn recover(disk: &SimStorage, expect: Expect<'_>) -> Result<Option<u64>, String> {
    recover_with(disk, expect, &mut Seen::default())
}

fn recover_with(
    disk: &SimStorage,
    expect: Expect<'_>,
    seen: &mut Seen,
) -> Result<Option<u64>, String> {
    let store = match open(disk) {
        Ok(store) => store,
        Err(error) if expect.creating => return create_again(disk, expect, &error),
        Err(error) => return Err(format!("open: {error}")),
    };
    // A store that is there at all has all of its ledgers.
    let expect = if expect.creating {
        expect.exactly(expect.most)
    } else {
        expect
    };
    let found = holds(&store.snapshot(), expect)?;
    let again = expect.exactly(found);
    // All that was found is durable, and nothing is left to settle.
    let point = disk.here();
    let mut unseen = |disk: &SimStorage, when| {
        seen.check(disk, (again, when), |_| {
            reopens(disk, again, when).map(|()| Some(found))
        })
    };
    unseen(&point.image(Choice::None), "after a power cut")?;
    if found.is_multiple_of(3) {
        unseen(&point.killed(), "after a kill")?;
        store.close().map_err(|error| format!("close: {error}"))?;
        unseen(&disk.here().image(Choice::None), ORDERLY_END)?;
    }
    Ok(Some(found))
}

const ORDERLY_END: &str = "after an orderly end";

/// What is left of a creation that was cut short says so, and gives way to the next one.
fn create_again(
    disk: &SimStorage,
    expect: Expect<'_>,
    error: &ledger::Error,
) -> Result<Option<u64>, String> {
    if !matches!(error.code(), "E-NO-STORE" | "E-UNFINISHED") {
        return Err(format!("open of what was not created: {error}"));
    }
    let count = usize::try_from(expect.most).unwrap();
    let names = expect.model.ledgers.iter().take(count);
    let specs: Vec<LedgerSpec> = names.map(|(name, _)| spec(name)).collect();
    let network = NETWORK.parse().unwrap();
    let storage = Arc::new(disk.clone());
    let store = Store::create_in(storage, [9; 16], network, &specs, options())
        .map_err(|error| format!("create again: {error}"))?;
    let again = expect.exactly(expect.most);
    holds(&store.snapshot(), again)?;
    let image = disk.here().image(Choice::None);
    reopens(&image, again, "after creating again")?;
    Ok(None)
}

fn reopens(disk: &SimStorage, expect: Expect<'_>, when: &str) -> Result<(), String> {
    let store = open(disk).map_err(|error| format!("second open {when}: {error}"))?;
    holds(&store.snapshot(), expect).map_err(|e| format!("second open {when}: {e}"))?;
    let report = store.report();
    if report.torn.is_some() || report.stray.is_some() || report.rebuilt || report.replayed > 0 {
        return Err(format!("second open {when} found work to do: {report:?}"));
    }
    if when == ORDERLY_END && !report.clean {
        return Err("an orderly end was not clean".to_owned());
    }
    Ok(())
}

/// Looks at an image without writing: a reader serves it, and nothing in it is damaged.
///
/// # Errors
/// What differs.
pub fn look(disk: &SimStorage, expect: Expect<'_>) -> Result<(), String> {
    let scratch = Arc::new(MemStorage::new());
    let reader = match Reader::open_in(Arc::new(disk.clone()), scratch) {
        Ok(reader) => reader,
        Err(_) if expect.creating => return Ok(()),
        Err(error) => return Err(format!("reader: {error}")),
    };
    holds(&reader.snapshot(), expect).map_err(|error| format!("reader: {error}"))?;
    let report = verify(Arc::new(disk.clone()), Level::Full, &mut |_| true)
        .map_err(|error| format!("verify: {error}"))?;
    if report.verdict == Verdict::Damaged {
        return Err(format!("verify finds damage: {:?}", report.findings));
    }
    Ok(())
}

/// Holds a snapshot against the model; answers with the number of batches it shows.
///
/// # Errors
/// What differs.
pub fn holds(snapshot: &Snapshot, expect: Expect<'_>) -> Result<u64, String> {
    let seen = observe(snapshot)?;
    let candidates = expect.least..=expect.most;
    let found = candidates
        .rev()
        .find(|batch| expect.model.after(*batch) == Some(&seen));
    let Some(found) = found else {
        let Expect { least, most, .. } = expect;
        let wanted = expect.model.after(least);
        return Err(format!(
            "expected batch {least} to {most}\n of which {wanted:?}\nfound {seen:?}"
        ));
    };
    for (name, entries) in &expect.model.ledgers {
        let Ok(view) = snapshot.ledger(name) else {
            continue;
        };
        let size = view.size().0;
        for (item, expected) in view.entries(0..size).map_err(text)?.zip(entries) {
            let (index, bytes) = item.map_err(text)?;
            if bytes != *expected {
                return Err(format!("entry {} of {name} differs", index.0));
            }
        }
        if size > 0 {
            proofs(&view, size).map_err(text)?;
        }
        if has_lookups(name) {
            lookups(snapshot, name, entries)?;
        }
    }
    for (i, (name, _)) in expect.model.ledgers.iter().enumerate() {
        let Some(ledger) = snapshot.ledgers().get(i).filter(|l| l.state.is_some()) else {
            continue;
        };
        state_proof(snapshot, name).map_err(text)?;
        // An earlier height opens with the root it had.
        let height = snapshot.height() / 2;
        let mut steps = expect.model.steps.iter();
        let step = steps.rfind(|step| step.height == height && height > 0);
        if let Some((root, _)) = step.and_then(|step| step.states.get(i)) {
            let before = snapshot.at_height(height).map_err(text)?;
            if before.state(ledger.name.as_str()).map_err(text)?.root() != *root {
                return Err(format!("the state of height {height} is another"));
            }
        }
    }
    Ok(found)
}

/// Looks up some entries, and what is not there, of a ledger with these entries and maybe more to
/// come.
///
/// # Errors
/// What differs.
pub fn lookups(snapshot: &Snapshot, name: &str, entries: &[Vec<u8>]) -> Result<(), String> {
    let view = snapshot.ledger(name).map_err(text)?;
    let size = view.size().0;
    let step = (size / 9).max(1);
    for index in (0..size + 2)
        .step_by(usize::try_from(step).unwrap())
        .chain([size])
    {
        let is_there = index < size;
        let id = id_of(name, index).unwrap_or_else(|| b"unknown".to_vec());
        let named = is_there && id_of(name, index).is_some();
        let found = snapshot.find_id(name, &id).map_err(text)?;
        let found = found.map(|found| (found.ledger, found.index.0));
        if found != named.then(|| (name.to_owned(), index)) {
            return Err(format!("id of {index} of {name} leads to {found:?}"));
        }
        let Some(entry) = entries.get(usize::try_from(index).unwrap()) else {
            continue;
        };
        let first = (0u64..).zip(entries).find(|(_, other)| *other == entry);
        let first = first.map(|(first, _)| LeafIndex(first));
        let found = snapshot.find_leaf(name, &view.tree().leaf(entry));
        let found = found.map_err(text)?;
        if found != first.filter(|first| first.0 < size) {
            return Err(format!("hash of {index} of {name} leads to {found:?}"));
        }
    }
    Ok(())
}

/// Proves a key that a state has, if there is one, and one that it has not.
fn state_proof(snapshot: &Snapshot, name: &str) -> Result<(), Box<dyn std::error::Error>> {
    let view = snapshot.state(name)?;
    let first = view.entries(Direction::Forward).next().transpose()?;
    let (key, value) = first.map_or((vec![1, 2], None), |(key, value)| (key, Some(value)));
    let keys = [&key[..], b"absent"];
    let proof = view.prove(&keys)?;
    let verified = proof.verify(view.scheme(), view.root().as_bytes(), &keys)?;
    if verified.get(&key)? != value || verified.get(b"absent")?.is_some() {
        return Err("a state proof proves something else".into());
    }
    Ok(())
}

/// Proves the first, middle and last entry, and the growth from the middle.
fn proofs(view: &ledger::TreeView<'_>, size: u64) -> Result<(), Box<dyn std::error::Error>> {
    for index in [0, size / 2, size - 1] {
        let leaf = view.tree().leaf(&view.entry(LeafIndex(index))?);
        let proof = view.prove_inclusion(LeafIndex(index), TreeSize(size))?;
        let _verified = proof.verify(view.tree(), &leaf, &view.root())?;
    }
    let half = TreeSize(size.div_ceil(2));
    let proof = view.prove_consistency(half, TreeSize(size))?;
    let _verified = proof.verify(view.tree(), &view.root_at(half)?, &view.root())?;
    Ok(())
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn observe(snapshot: &Snapshot) -> Result<Step, String> {
    let mut attachments = Vec::new();
    for height in 1..=snapshot.height() {
        for kept in snapshot.attachments(height).map_err(text)? {
            attachments.push((height, kept.kind, kept.bytes));
        }
    }
    let ledgers = snapshot.ledgers().iter();
    let mut states = Vec::new();
    for ledger in ledgers.clone() {
        if ledger.state.is_none() {
            states.push((Hash::default(), Map::new()));
            continue;
        }
        let view = snapshot.state(ledger.name.as_str()).map_err(text)?;
        let entries = view.entries(Direction::Forward);
        let entries = entries.map(|entry| entry.map(|(key, value)| (key, value.to_vec())));
        let map: Result<Map, _> = entries.collect();
        states.push((view.root(), map.map_err(text)?));
    }
    Ok(Step {
        states,
        height: snapshot.height(),
        ledgers: ledgers
            .map(|ledger| (ledger.name.as_str().to_owned(), ledger.size, ledger.root))
            .collect(),
        audit_root: snapshot.audit().root(),
        attachments,
    })
}

/// The store that a recovery left goes on: events, then whatever the caller does with it.
///
/// # Errors
/// What the store answers.
pub fn go_on(
    store: &Store,
    model: &mut Model,
    events: &[super::workload::Event],
) -> Result<(), String> {
    for event in events {
        super::workload::perform(store, event).map_err(text)?;
        model.apply(event);
    }
    Ok(())
}

/// What a snapshot serves; nothing wrong may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    /// Everything.
    Whole,
    /// Every ledger is as long as it must be, and what is damaged is an error.
    WithErrors,
    /// Ledgers are shorter than they must be.
    Less,
}

/// Holds what a snapshot serves against all of a model: errors are allowed, wrong answers not.
///
/// # Errors
/// What is wrong.
pub fn serves(snapshot: &Snapshot, model: &Model) -> Result<Served, String> {
    let last = model.steps.last().unwrap();
    let mut less = snapshot.height() != last.height;
    let mut whole = true;
    for (name, entries) in &model.ledgers {
        let Ok(view) = snapshot.ledger(name) else {
            less = true;
            continue;
        };
        less |= view.size().0 != entries.len() as u64;
        for (index, expected) in (0..view.size().0).zip(entries) {
            let index = LeafIndex(index);
            let Ok(bytes) = view.entry(index) else {
                whole = false;
                continue;
            };
            if bytes != *expected {
                return Err(format!("entry {} of {name} is wrong", index.0));
            }
            match view.prove_inclusion(index, view.size()) {
                Ok(proof) => {
                    let leaf = view.tree().leaf(&bytes);
                    let verified = proof.verify(view.tree(), &leaf, &view.root());
                    let _proven = verified.map_err(|e| format!("a wrong proof: {e}"))?;
                }
                Err(_) => whole = false,
            }
        }
    }
    for (i, (name, _)) in model.ledgers.iter().enumerate() {
        let (root, map) = &last.states[i];
        if scheme_of(name).is_none() || less {
            continue;
        }
        let Ok(view) = snapshot.state(name) else {
            whole = false;
            continue;
        };
        if view.root() != *root {
            return Err(format!("the state root of {name} is wrong"));
        }
        let keys = model.steps.iter().flat_map(|step| step.states.get(i));
        let keys: BTreeSet<&Vec<u8>> = keys.flat_map(|(_, map)| map.keys()).collect();
        for key in keys {
            match view.get(key) {
                Ok(value) if value == map.get(key).map(Vec::as_slice) => {}
                Ok(_) => return Err(format!("the value of {key:?} in {name} is wrong")),
                Err(_) => whole = false,
            }
        }
    }
    for height in 1..=snapshot.height() {
        let kept = last.attachments.iter().filter(|kept| kept.0 == height);
        match snapshot.attachments(height) {
            Ok(served) => {
                let served = served
                    .into_iter()
                    .map(|kept| (height, kept.kind, kept.bytes));
                if !served.eq(kept.cloned()) {
                    return Err(format!("the attachments of height {height} are wrong"));
                }
            }
            Err(_) => whole = false,
        }
    }
    Ok(match (less, whole) {
        (true, _) => Served::Less,
        (false, true) => Served::Whole,
        (false, false) => Served::WithErrors,
    })
}
