//! Every operation fails: nothing acknowledged is lost, what failed is there whole or not at all,
//! and a store that refuses to go on says so.

use hash_store::sim::{Choice, Fault, FaultKind, Op, SimStorage};
use ledger::{Error, Store};

use super::Counts;
use super::model::Model;
use super::oracle::{Expect, guarded, holds, recover};
use super::workload::{CREATING, Event, Workload, mark_of, open, perform};

/// A store under way while something goes wrong.
struct Run<'a> {
    workload: &'a Workload,
    model: &'a Model,
    disk: SimStorage,
    acknowledged: u64,
    /// A batch failed and may be there or not.
    in_doubt: bool,
}

/// The faults that are tried at each operation, by name.
#[must_use]
pub fn faults(seed: u64) -> Vec<(&'static str, FaultKind, bool)> {
    let failed = |keep| FaultKind::FailedSync { keep, seed };
    vec![
        ("I/O error once", FaultKind::Error, false),
        ("I/O errors from then on", FaultKind::Error, true),
        ("disk full once", FaultKind::Full, false),
        ("disk full from then on", FaultKind::Full, true),
        ("interrupted", FaultKind::Interrupted, false),
        ("short write", FaultKind::Short(100), false),
        ("short write of sectors", FaultKind::Short(1024), false),
        ("failed sync, cache keeps the bytes", failed(true), false),
        ("failed sync, cache reverts", failed(false), false),
    ]
}

/// Lets every `stride`-th operation of a workload fail in every way.
#[must_use]
pub fn fail_everywhere(workload: &Workload, stride: usize, seed: u64) -> Counts {
    let model = workload.model();
    let mut counts = Counts::default();
    let ops = operations(workload);
    let offset = usize::try_from(seed).unwrap_or(0) % stride;
    for op in ops.iter().skip(offset).step_by(stride) {
        counts.points += 1;
        for (name, kind, sticky) in faults(seed ^ op.number) {
            if !kind.concerns(op.kind) {
                continue;
            }
            let fault = Fault {
                op: op.number,
                sticky,
                kind,
            };
            let verdict = guarded(|| fail(workload, &model, fault));
            let image = format!("{}!{}={name} ({})", workload.name, op.number, op.name);
            let named = verdict.map_err(|violation| format!("{image}: {violation}"));
            counts.note(name, named);
        }
    }
    counts
}

/// The operations of a workload that runs well.
#[must_use]
pub fn operations(workload: &Workload) -> Vec<Op> {
    let disk = SimStorage::new();
    disk.record_ops();
    let (last, store) = workload.run(&disk);
    drop(store);
    last.take_ops()
}

/// Runs a workload with one fault, up to the first event that fails; then ends in every way.
///
/// # Errors
/// What the oracle refuses.
pub fn fail(workload: &Workload, model: &Model, fault: Fault) -> Result<(), String> {
    let disk = SimStorage::new();
    disk.inject(fault);
    let mut run = Run {
        workload,
        model,
        disk,
        acknowledged: 0,
        in_doubt: false,
    };
    run.drive()
}

impl Run<'_> {
    const fn expect(&self) -> Expect<'_> {
        let mark = mark_of(self.acknowledged, self.in_doubt);
        Expect::of_mark(self.model, mark, 0)
    }

    fn drive(&mut self) -> Result<(), String> {
        let workload = self.workload;
        let ledgers = workload.ledgers.len() as u64;
        let Ok(mut store) = workload.create(&self.disk) else {
            let _ = self.disk.heal();
            let expect = Expect::of_mark(self.model, CREATING, ledgers);
            recover(&self.disk.here().killed(), expect)?;
            return Ok(());
        };
        self.acknowledged = ledgers;
        for event in &workload.events {
            match event {
                Event::Reopen => {
                    let closed = store.close();
                    self.disk = self.disk.kill();
                    if closed.is_err() {
                        return self.endings();
                    }
                }
                Event::Kill => self.disk = self.disk.kill(),
                Event::PowerCut(seed) => self.disk = self.disk.crash(Choice::Seed(*seed)),
                _ => {
                    match perform(&store, event) {
                        Ok(batch) => self.acknowledged += u64::from(batch),
                        Err(error) => return self.after_failure(&store, event, &error),
                    }
                    continue;
                }
            }
            store = match open(&self.disk) {
                Ok(opened) => opened,
                Err(_) => return self.endings(),
            };
        }
        self.endings()
    }

    /// An event failed: what was committed is still read; the same event goes well at the second
    /// try, or the store is poisoned and says so.
    fn after_failure(&mut self, store: &Store, event: &Event, error: &Error) -> Result<(), String> {
        let sticky = self.disk.heal().len() > 1;
        let makes_batch = *event != Event::Watermark;
        self.in_doubt = makes_batch;
        // A fault that stays may also keep readers from the disk; it is gone now.
        holds(&store.snapshot(), self.expect().exactly(self.acknowledged))
            .map_err(|e| format!("after {error}: {e}"))?;
        match perform(store, event) {
            Ok(batch) => {
                self.in_doubt = false;
                self.acknowledged += u64::from(batch);
                holds(&store.snapshot(), self.expect())
                    .map_err(|e| format!("second try after {error}: {e}"))?;
            }
            Err(second) => {
                if second.code() != "E-POISONED" {
                    return Err(format!("after {error}: second try: {second}"));
                }
                if error.code() == "E-STORE-FULL" && !sticky {
                    return Err(format!("poisoned by a full disk: {error}"));
                }
            }
        }
        self.endings()
    }

    /// The process ends here: killed, or with the power cut in a few ways. A killed store is
    /// opened, goes on, and loses power then.
    fn endings(&mut self) -> Result<(), String> {
        let _ = self.disk.heal();
        let point = self.disk.here();
        for choice in [Choice::None, Choice::All, Choice::Seed(point.op)] {
            recover(&point.image(choice), self.expect())
                .map_err(|e| format!("power cut {choice}: {e}"))?;
        }
        let killed = point.killed();
        let found = recover(&killed, self.expect()).map_err(|e| format!("kill: {e}"))?;
        self.second_life(&point.killed(), found.unwrap_or(0))
            .map_err(|e| format!("kill, then on: {e}"))
    }

    fn second_life(&self, disk: &SimStorage, found: u64) -> Result<(), String> {
        let mut model = self.model.cut(found);
        let store = open(disk).map_err(|error| error.to_string())?;
        disk.record_points();
        for lens in [vec![20], vec![1500, 3]] {
            let event = Event::Commit(vec![(0, lens)], None);
            perform(&store, &event).map_err(|error| error.to_string())?;
            model.apply(&event);
        }
        drop(store);
        let expect = Expect {
            model: &model,
            least: found,
            most: found + 2,
            creating: false,
        };
        for point in disk.take_points() {
            for choice in [Choice::None, Choice::Seed(point.op)] {
                recover(&point.image(choice), expect)
                    .map_err(|e| format!("power cut at {} {choice}: {e}", point.op))?;
            }
        }
        Ok(())
    }
}
