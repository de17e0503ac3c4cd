//! Damage to a small store: every bit flipped, every sector zeroed, every file cut.
//!
//! Whatever is done to whatever file, nothing is lost silently and no wrong byte is served:
//! opening for writing shows everything or refuses; what a reader serves is right, and it says so
//! when there is less; the verification notices all damage to what counts.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

use std::num::NonZeroU64;
use std::sync::Arc;

use hash_store::MemStorage;
use hash_store::sim::{Choice, SimStorage};
use ledger::{Keep, Level, Reader, Snapshot, Verdict, verify};
use ledger_tests::lab::Counts;
use ledger_tests::lab::model::{Model, id_of};
use ledger_tests::lab::oracle::{Served, guarded, lookups, serves};
use ledger_tests::lab::workload::{Event, Workload, open, perform};
use merkle_log::LeafIndex;

const SECTOR: usize = 512;

/// How the store came to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Closed,
    Killed,
    /// Only what was synced is left: the log, and derived files up to the watermark.
    PowerCut,
}

const ENDS: [End; 3] = [End::Closed, End::Killed, End::PowerCut];

/// A store of several segments.
struct Subject {
    name: String,
    disk: SimStorage,
    model: Model,
    closed: bool,
    derived_behind: bool,
    /// All bits of each byte that is used are flipped, not one.
    all_bits: bool,
}

fn subject(end: End) -> Subject {
    let all_bits = end == End::Closed;
    Subject {
        all_bits,
        ..subject_of(&logs(), end)
    }
}

/// Two ledgers without state, batches of every kind.
fn logs() -> Workload {
    let commit = |entries: &[(usize, &[usize])]| {
        let entries = entries.iter().map(|(l, lens)| (*l, lens.to_vec()));
        Event::Commit(entries.collect(), None)
    };
    Workload {
        name: "flips".to_owned(),
        ledgers: vec!["a", "b"],
        events: vec![
            commit(&[(0, &[100, 20]), (1, &[700])]),
            commit(&[(1, &[300, 0, 30])]),
            Event::Attach(0, 60),
            Event::Watermark,
            commit(&[(0, &[2500, 10])]),
            commit(&[(0, &[900]), (1, &[1000, 1, 2])]),
            // The last batch holds sectors that are zero by content.
            commit(&[(1, &[4000, 1, 1, 1, 3000])]),
        ],
    }
}

/// A ledger with state: written, changed, removed.
fn states() -> Workload {
    let put = |writes: &[(u8, usize)]| Event::Put(vec![(0, writes.to_vec())]);
    Workload {
        name: "state flips".to_owned(),
        ledgers: vec!["state"],
        events: vec![
            put(&[(1, 10), (2, 40), (17, 3), (200, 100)]),
            put(&[(1, 0), (3, 300), (18, 31), (19, 33)]),
            Event::Watermark,
            Event::Commit(vec![(0, vec![50])], None),
            // Longer than what is zeroed at once: two batches are not lost together.
            put(&[(2, 0), (3, 30), (20, 5000), (201, 1)]),
        ],
    }
}

fn subject_of(workload: &Workload, end: End) -> Subject {
    let (disk, store) = workload.run(&SimStorage::new());
    if end == End::Closed {
        store.close().unwrap();
    }
    let point = disk.here();
    Subject {
        name: format!("{} {end:?}", workload.name),
        disk: match end {
            End::PowerCut => point.image(Choice::None),
            End::Closed | End::Killed => point.killed(),
        },
        model: workload.model(),
        closed: end == End::Closed,
        derived_behind: end == End::PowerCut,
        all_bits: false,
    }
}

/// A store with runs of look-ups: whole ones, merged ones, and records past them.
fn subject_with_runs(end: End) -> Subject {
    let many = |lens: Vec<usize>| Event::Commit(vec![(0, lens)], None);
    let workload = Workload {
        name: "runs".to_owned(),
        ledgers: vec!["look-a"],
        events: vec![
            many(vec![3; 600]),
            Event::Watermark,
            many(vec![3; 450]),
            Event::Watermark,
            many(vec![40; 3]),
        ],
    };
    let (disk, store) = workload.run(&SimStorage::new());
    if end == End::Closed {
        store.close().unwrap();
    }
    Subject {
        name: format!("runs, {end:?}"),
        disk: disk.here().killed(),
        model: workload.model(),
        closed: end == End::Closed,
        all_bits: false,
        derived_behind: false,
    }
}

/// Opens a store with a damaged run, beside which everything is as it was: every look-up is
/// answered, and rightly, by a writer and by a reader; a verification names the run.
fn judge_run(subject: &Subject, file: &str, bytes: Option<&[u8]>) -> Result<(), String> {
    let damaged = || {
        let disk = subject.disk.here().killed();
        disk.put_bytes(file, bytes.map(<[u8]>::to_vec));
        disk
    };
    let model = &subject.model;
    let (name, entries) = &model.ledgers[0];
    let scratch = Arc::new(MemStorage::new());
    let reader = Reader::open_in(Arc::new(damaged()), scratch).map_err(|e| e.to_string())?;
    lookups(&reader.snapshot(), name, entries).map_err(|e| format!("reader: {e}"))?;
    let disk = damaged();
    let store = open(&disk).map_err(|e| e.to_string())?;
    lookups(&store.snapshot(), name, entries).map_err(|e| format!("writer: {e}"))?;
    let mut batch = store.batch();
    for index in (0..entries.len() as u64).step_by(151) {
        if let Some(id) = id_of(name, index)
            && batch.append_unique(name, id, b"again").is_ok()
        {
            return Err(format!("the id of entry {index} was taken twice"));
        }
    }
    let report = verify(Arc::new(damaged()), Level::Full, &mut |_| true);
    let report = report.map_err(|e| e.to_string())?;
    if !report.findings.iter().any(|finding| finding.file == file) {
        return Err("verify does not name it".to_owned());
    }
    Ok(())
}

#[test]
fn no_damage_to_runs_of_look_ups_makes_an_answer_wrong() {
    let mut counts = Counts::default();
    for end in [End::Closed, End::Killed] {
        let subject = subject_with_runs(end);
        let mut runs = subject.disk.file_names();
        runs.retain(|name| name.ends_with(".run"));
        assert_eq!(runs.len(), 4);
        for file in runs {
            let bytes = subject.disk.bytes(&file).unwrap();
            let mut judge = |kind: &str, bytes: Option<&[u8]>, what: String| {
                let verdict = guarded(|| judge_run(&subject, &file, bytes));
                let named = verdict.map_err(|e| format!("{} {file} {what}: {e}", subject.name));
                counts.note(kind, named);
            };
            // One bit of some bytes of the header page, as of every block: another one of each field.
            for at in (0..bytes.len()).step_by(37) {
                let mut bad = bytes.clone();
                bad[at] ^= 1 << (at / 37 % 8);
                judge(
                    "one bit of a run flipped",
                    Some(&bad),
                    format!("bit in {at}"),
                );
            }
            for at in (0..bytes.len()).step_by(SECTOR) {
                let mut bad = bytes.clone();
                bad[at..at + SECTOR].fill(0);
                if bad != bytes {
                    judge(
                        "sector of a run zeroed",
                        Some(&bad),
                        format!("zeros at {at}"),
                    );
                }
                judge("run cut", Some(&bytes[..at]), format!("cut to {at}"));
            }
            judge("run gone", None, "gone".to_owned());
        }
    }
    counts.report("damaged runs");
}

/// A closed store that dropped some of its states, and the roots of all of them.
fn subject_with_kept() -> Subject {
    let put = |key: u8| Event::Put(vec![(0, vec![(key, 40), (7, usize::from(key))])]);
    let workload = Workload {
        name: "kept".to_owned(),
        ledgers: vec!["state"],
        events: (1..=6).map(put).collect(),
    };
    let (disk, store) = workload.run(&SimStorage::new());
    let keep = Keep::last(NonZeroU64::new(2).unwrap()).and([2]);
    store.prune("state", &keep).unwrap();
    store.close().unwrap();
    Subject {
        name: "kept heights".to_owned(),
        disk: disk.here().killed(),
        model: workload.model(),
        closed: true,
        all_bits: true,
        derived_behind: false,
    }
}

const KEPT: &str = "state/kept";

/// Opens a store whose file of kept heights is damaged or gone. Gone, everything is kept. Damaged, a
/// writer refuses by name and changes nothing, a reader serves what the nodes are there for and
/// refuses the rest by name, and a verification names it.
fn judge_kept(subject: &Subject, bytes: Option<&[u8]>) -> Result<(), String> {
    let damaged = || {
        let disk = subject.disk.here().killed();
        disk.put_bytes(KEPT, bytes.map(<[u8]>::to_vec));
        disk
    };
    let all = |disk: &SimStorage| -> Vec<_> {
        let names = disk.file_names().into_iter();
        names.map(|name| (disk.bytes(&name), name)).collect()
    };
    let names = |error: &ledger::Error| {
        let code = matches!(error.code(), "E-KEPT" | "E-FORMAT-VERSION" | "E-FEATURES");
        code && error.to_string().contains(KEPT)
    };
    let roots = subject
        .model
        .steps
        .iter()
        .skip(2)
        .map(|step| step.states[0].0);
    let states = |snapshot: &Snapshot| -> Result<Vec<u64>, String> {
        let mut served = Vec::new();
        for (height, root) in (1..).zip(roots.clone()) {
            match snapshot.at_height(height).and_then(|at| at.state("state")) {
                Ok(view) if view.root() == root => served.push(height),
                Ok(_) => return Err(format!("the state of height {height} is another")),
                Err(error) if names(&error) => {}
                Err(error) => return Err(format!("height {height}: {error}")),
            }
        }
        Ok(served)
    };
    let disk = damaged();
    let before = all(&disk);
    match (open(&disk), bytes) {
        (Ok(store), None) => {
            let served = states(&store.snapshot()).map_err(|e| format!("writer: {e}"))?;
            return (served.len() == 6)
                .then_some(())
                .ok_or(format!("{served:?}"));
        }
        (Err(error), Some(_)) if names(&error) => {}
        (opened, _) => return Err(format!("writer: {:?}", opened.map(|_| ()))),
    }
    if all(&disk) != before {
        return Err("a writer that refused has changed files".to_owned());
    }
    let reader = Reader::open_in(Arc::new(damaged()), Arc::new(MemStorage::new()));
    let snapshot = reader.map_err(|e| format!("reader: {e}"))?.snapshot();
    if serves(&snapshot, &subject.model)? != Served::Whole {
        return Err("a reader serves less at the tip".to_owned());
    }
    if states(&snapshot).map_err(|e| format!("reader: {e}"))? != [2, 5, 6] {
        return Err("a reader serves other heights than the nodes are there for".to_owned());
    }
    let report = verify(Arc::new(damaged()), Level::Full, &mut |_| true);
    let findings = report.map_err(|e| e.to_string())?.findings;
    match &findings[..] {
        [found] if found.file == KEPT || found.message.contains(KEPT) => Ok(()),
        _ => Err(format!("verify finds {findings:?}")),
    }
}

#[test]
fn no_damage_to_what_is_kept_is_taken_for_another_choice() {
    let mut counts = Counts::default();
    let subject = subject_with_kept();
    let bytes = subject.disk.bytes(KEPT).unwrap();
    assert_eq!(bytes.len(), 4096 + 24 + 8);
    let mut judge = |kind: &str, bytes: Option<&[u8]>, what: String| {
        let verdict = guarded(|| judge_kept(&subject, bytes));
        counts.note(kind, verdict.map_err(|e| format!("{what}: {e}")));
    };
    for at in 0..bytes.len() {
        let is_used = !(72..4092).contains(&at);
        for bit in (0..8).filter(|bit| is_used || at % 64 == 8 * bit) {
            let mut bad = bytes.clone();
            bad[at] ^= 1 << bit;
            judge(
                "one bit flipped",
                Some(&bad),
                format!("byte {at} bit {bit}"),
            );
        }
    }
    for len in (0..4096).step_by(SECTOR).chain(4096..bytes.len()) {
        judge("cut", Some(&bytes[..len]), format!("cut to {len}"));
        let mut bad = bytes.clone();
        bad[len..].fill(0);
        if bad != bytes {
            judge("zeroed", Some(&bad), format!("zeros from {len}"));
        }
    }
    judge("gone", None, "gone".to_owned());
    counts.report("damaged files of kept heights");
}

/// What happened to a file, in one case.
struct Case<'a> {
    subject: &'a Subject,
    file: &'a str,
    bytes: Vec<u8>,
    /// One bit differs: never taken for a tear.
    one_bit: bool,
    /// Entries that a reader may not serve any more.
    may_lose: usize,
    what: String,
}

impl Case<'_> {
    fn disk(&self) -> SimStorage {
        let disk = self.subject.disk.here().killed();
        disk.put_bytes(self.file, Some(self.bytes.clone()));
        disk
    }

    /// Opens for writing, reads and verifies the damaged store.
    fn judge(&self) -> Result<(), String> {
        let model = &self.subject.model;
        // Opening for writing: everything, or a refusal; a last batch behind the watermark that
        // lost a sector is taken for torn, which is reported.
        match open(&self.disk()) {
            Err(_) => {}
            Ok(store) => {
                let torn = u64::from(store.report().torn.is_some());
                if torn > 0 && self.one_bit {
                    return Err("one flipped bit was taken for a tear".to_owned());
                }
                let left = model.cut(model.last() - torn);
                let whole = serves(&store.snapshot(), &left)
                    .map_err(|e| format!("open for writing: {e}"))?;
                // What lies behind the watermark is not read by opening; where it is damaged,
                // reading it is an error.
                if whole == Served::Less {
                    return Err("opened for writing with less".to_owned());
                }
            }
        }
        // Reading: everything that is served is right, and less is not served silently.
        let scratch = Arc::new(MemStorage::new());
        let noticed = self.noticed()?;
        match Reader::open_in(Arc::new(self.disk()), scratch) {
            Err(_) if noticed && self.may_lose == usize::MAX => {}
            Err(error) => return Err(format!("reader refuses, verify does not: {error}")),
            Ok(reader) => {
                let whole = serves(&reader.snapshot(), model)?;
                // One place damaged costs the entries of one commit at most.
                let lost = model
                    .ledgers
                    .iter()
                    .map(|(_, entries)| entries.len())
                    .sum::<usize>()
                    - readable(&reader.snapshot(), model);
                if lost > self.may_lose {
                    return Err(format!("a reader serves {lost} entries less"));
                }
                if whole != Served::Whole && !noticed {
                    return Err("a reader serves less, and verify finds nothing".to_owned());
                }
            }
        }
        Ok(())
    }

    /// A damaged node is noticed when it is read, the deltas answer, and the next open for writing
    /// makes the node log anew.
    fn heals(&self) -> Result<(), String> {
        let disk = self.disk();
        for round in ["first", "second"] {
            let store = open(&disk).map_err(|e| format!("{round} open: {e}"))?;
            let served = serves(&store.snapshot(), &self.subject.model)?;
            if served != Served::Whole {
                return Err(format!("{round} open serves {served:?}"));
            }
            let snapshot = store.snapshot();
            for height in 1..=snapshot.height() {
                let before = snapshot.at_height(height);
                let state = before.and_then(|before| before.state("state"));
                let all = state.and_then(|state| state.prove_prefix([]).map(|_| ()));
                all.map_err(|e| format!("{round} open, height {height}: {e}"))?;
            }
            store.close().map_err(|e| format!("{round} close: {e}"))?;
        }
        let report = verify(Arc::new(disk), Level::Full, &mut |_| true);
        match report.map_err(|e| e.to_string())?.verdict {
            Verdict::Verified => Ok(()),
            verdict => Err(format!("{verdict:?} after two orderly ends")),
        }
    }

    fn noticed(&self) -> Result<bool, String> {
        match verify(Arc::new(self.disk()), Level::Full, &mut |_| true) {
            Err(_) => Ok(true),
            Ok(report) => Ok(report.verdict != Verdict::Verified),
        }
    }
}

fn readable(snapshot: &Snapshot, model: &Model) -> usize {
    let mut count = 0;
    for (name, _) in &model.ledgers {
        let Ok(view) = snapshot.ledger(name) else {
            continue;
        };
        let served = (0..view.size().0).map(LeafIndex).filter(|index| {
            view.entry(*index).is_ok() && view.prove_inclusion(*index, view.size()).is_ok()
        });
        count += served.count();
    }
    count
}

/// Whether verification must notice any change of this file: it holds nothing that may differ.
fn counts_for_verify(subject: &Subject, file: &str, at: usize) -> bool {
    let bytes = subject.disk.bytes(file).unwrap();
    let footer = bytes.len().saturating_sub(SECTOR);
    match file {
        "tip" => false,
        // Nodes that only earlier heights lead to are checked when they are read.
        _ if file.contains("/trie/") => false,
        // All of what batches cover, their padding too.
        _ if file.starts_with("log/") => {
            let used = bytes[..footer].iter().rposition(|byte| *byte != 0).unwrap();
            at <= used
        }
        _ if file.starts_with("SUPER") => true,
        // Derived files of a killed store are believed by nobody behind the watermark.
        _ => bytes[at] != 0 && subject.closed,
    }
}

fn flip(subject: &Subject) -> Counts {
    let mut counts = Counts::default();
    for file in subject.disk.file_names() {
        let bytes = subject.disk.bytes(&file).unwrap();
        for at in 0..bytes.len() {
            // All bits of what is used, or one of each byte; of zeros one bit in 64 bytes.
            let used = bytes[at] != 0 || at.checked_sub(1).is_some_and(|i| bytes[i] != 0);
            let bits = match (used, at % 64) {
                (true, _) if subject.all_bits => 0..8,
                (true, _) => at % 8..at % 8 + 1,
                (false, 0) => at / 64 % 8..at / 64 % 8 + 1,
                _ => continue,
            };
            for bit in bits {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                let case = Case {
                    subject,
                    file: &file,
                    bytes: flipped,
                    // A version or feature word that is not known refuses the whole file.
                    one_bit: true,
                    // After a power cut the log alone answers for nodes, and cannot past damage.
                    may_lose: if (12..32).contains(&at) || subject.derived_behind {
                        usize::MAX
                    } else {
                        6
                    },
                    what: format!("{} {file} byte {at} bit {bit}", subject.name),
                };
                note(&mut counts, "one bit flipped", &case, at);
            }
        }
    }
    counts
}

fn note(counts: &mut Counts, kind: &str, case: &Case<'_>, at: usize) {
    let verdict = guarded(|| {
        case.judge()?;
        if case.file.contains("/trie/") {
            case.heals()?;
        }
        let must = counts_for_verify(case.subject, case.file, at);
        let changed = case.subject.disk.bytes(case.file) != Some(case.bytes.clone());
        if must && changed && !case.noticed()? {
            return Err("verify finds nothing".to_owned());
        }
        Ok(())
    });
    counts.note(kind, verdict.map_err(|e| format!("{}: {e}", case.what)));
}

#[test]
fn fault_10_no_flipped_bit_of_a_closed_store_goes_unnoticed() {
    flip(&subject(End::Closed)).report("flips in a closed store");
}

#[test]
fn fault_10_no_flipped_bit_of_a_killed_store_goes_unnoticed() {
    flip(&subject(End::Killed)).report("flips in a killed store");
}

#[test]
fn fault_10_no_flipped_bit_goes_unnoticed_after_a_power_cut() {
    flip(&subject(End::PowerCut)).report("flips after a power cut");
}

#[test]
fn fault_10_no_flipped_bit_of_a_store_with_state_goes_unnoticed() {
    for end in ENDS {
        flip(&subject_of(&states(), end)).report(&format!("flips in a state, {end:?}"));
    }
}

#[test]
fn fault_12_no_zeroed_sector_goes_unnoticed() {
    let mut counts = Counts::default();
    let subjects = ENDS.map(|end| [subject(end), subject_of(&states(), end)]);
    for subject in subjects.into_iter().flatten() {
        for file in subject.disk.file_names() {
            let bytes = subject.disk.bytes(&file).unwrap();
            for len in [SECTOR, 8 * SECTOR] {
                for at in (0..bytes.len()).step_by(len) {
                    let mut zeroed = bytes.clone();
                    let end = (at + len).min(bytes.len());
                    zeroed[at..end].fill(0);
                    let case = Case {
                        subject: &subject,
                        file: &file,
                        bytes: zeroed,
                        one_bit: false,
                        may_lose: usize::MAX,
                        what: format!("{} {file} {len} zeroed at {at}", subject.name),
                    };
                    note(&mut counts, "zeroed", &case, at);
                }
            }
        }
    }
    counts.report("zeroed sectors");
}

#[test]
fn fault_14_no_cut_goes_unnoticed() {
    let mut counts = Counts::default();
    for end in ENDS {
        let subject = subject(end);
        for file in subject.disk.file_names() {
            let bytes = subject.disk.bytes(&file).unwrap();
            let near_sectors = |len: &usize| len % SECTOR < 2 || len.is_multiple_of(61);
            for len in (0..bytes.len()).filter(near_sectors) {
                let case = Case {
                    subject: &subject,
                    file: &file,
                    bytes: bytes[..len].to_vec(),
                    one_bit: false,
                    may_lose: usize::MAX,
                    what: format!("{} {file} cut to {len}", subject.name),
                };
                note(&mut counts, "cut", &case, len);
            }
        }
    }
    counts.report("cuts");
}

/// A batch of another store that would be the next one, at the very place: only the seed of its
/// checks tells it from one of this store.
#[test]
fn fault_16_a_batch_of_another_store_is_refused() {
    let workload = Workload::named("small:0").unwrap();
    let (ours, theirs) = (SimStorage::new(), SimStorage::new());
    let stores = [
        workload.create_as(&ours, [7; 16]).unwrap(),
        workload.create_as(&theirs, [8; 16]).unwrap(),
    ];
    for store in &stores {
        perform(store, &workload.events[0]).unwrap();
    }
    perform(&stores[1], &workload.events[1]).unwrap();
    let segment = hash_store::segment_name(0);
    let (mut mixed, other) = (
        ours.bytes(&segment).unwrap(),
        theirs.bytes(&segment).unwrap(),
    );
    let end = usize::try_from(stores[0].snapshot().log_end().offset()).unwrap();
    mixed[end..].copy_from_slice(&other[end..]);
    let disk = ours.here().killed();
    disk.put_bytes(&segment, Some(mixed));
    let error = open(&disk).unwrap_err();
    assert_eq!(error.damage().unwrap().offset, end as u64 + 92);
}
