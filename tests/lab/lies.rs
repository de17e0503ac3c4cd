//! Every operation of the disk lies once: a write is lost or lands elsewhere, a read is stale or
//! has one bit flipped. Nothing is lost silently and nothing wrong is served.
//!
//! A lie of a read leaves the disk as it was: once it is over everything is there. After a lie of
//! a write opening may refuse; if it does not, everything is there but, where the lost write was
//! the last batch itself, that batch: this is told from a tear by nothing on the disk. An index
//! entry of attachments that was lost is noticed by verification alone.

use std::sync::Arc;

use hash_store::sim::{Choice, Fault, FaultKind, Op, OpKind, SimStorage};
use ledger::{Level, Store, Verdict, verify};

use super::Counts;
use super::model::Model;
use super::oracle::{Served, guarded, serves};
use super::workload::{Event, Workload, open, perform};

/// The lies that are tried at each operation.
const fn lies(seed: u64) -> [FaultKind; 7] {
    [
        FaultKind::LostWrite,
        FaultKind::Misdirected(512),
        FaultKind::Misdirected(4096),
        FaultKind::StaleRead,
        FaultKind::FlippedRead(seed),
        FaultKind::FlippedRead(seed.wrapping_mul(0x9e37_79b9) >> 7),
        FaultKind::Overlooked,
    ]
}

const fn name_of(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::LostWrite => "a write is lost",
        FaultKind::Misdirected(_) => "a write lands elsewhere",
        FaultKind::StaleRead => "a read is stale",
        FaultKind::Overlooked => "what was written is overlooked",
        _ => "a read has one bit flipped",
    }
}

/// A store under way on a disk that lies once.
struct Run<'a> {
    workload: &'a Workload,
    model: &'a Model,
    op: &'a Op,
    disk: SimStorage,
    acknowledged: u64,
    /// The operation that the last batch began with.
    last_began: u64,
    /// The operations until the last event was done.
    ended: u64,
}

/// Lets every `stride`-th operation of a workload lie in every way.
#[must_use]
pub fn lie_everywhere(workload: &Workload, stride: usize, seed: u64) -> Counts {
    let model = workload.model();
    let mut counts = Counts::default();
    let offset = usize::try_from(seed).unwrap_or(0) % stride;
    for op in operations(workload, &model)
        .iter()
        .skip(offset)
        .step_by(stride)
    {
        counts.points += 1;
        for kind in lies(seed ^ op.number << 9) {
            if !kind.concerns(op.kind) {
                continue;
            }
            let verdict = guarded(|| lie(workload, &model, op, kind));
            let named = verdict.map_err(|violation| {
                format!(
                    "{}!{}={kind:?} ({}): {violation}",
                    workload.name, op.number, op.name
                )
            });
            counts.note(name_of(kind), named);
        }
    }
    counts
}

fn lie(workload: &Workload, model: &Model, op: &Op, kind: FaultKind) -> Result<(), String> {
    let disk = SimStorage::new();
    disk.inject(Fault {
        op: op.number,
        sticky: false,
        kind,
    });
    Run::new(workload, model, op, disk).drive()
}

/// What a run does on a disk that does not lie: it also reads what the store shows whenever it was
/// opened again, so these are not the operations of the workload alone.
fn operations(workload: &Workload, model: &Model) -> Vec<Op> {
    let none = Op {
        number: u64::MAX,
        kind: OpKind::Sync,
        name: String::new(),
    };
    let disk = SimStorage::new();
    disk.record_ops();
    let mut run = Run::new(workload, model, &none, disk);
    run.drive().unwrap();
    let mut ops = run.disk.take_ops();
    ops.retain(|op| op.number < run.ended);
    ops
}

impl<'a> Run<'a> {
    const fn new(workload: &'a Workload, model: &'a Model, op: &'a Op, disk: SimStorage) -> Self {
        Self {
            workload,
            model,
            op,
            disk,
            acknowledged: 0,
            last_began: 0,
            ended: 0,
        }
    }

    fn drive(&mut self) -> Result<(), String> {
        // A creation that fails is tried again by its caller; a lie does not make it a store.
        let Ok(mut store) = self.workload.create(&self.disk) else {
            return Ok(());
        };
        self.acknowledged = self.workload.ledgers.len() as u64;
        for event in &self.workload.events {
            match event {
                Event::Reopen => {
                    let _ = store.close();
                    self.disk = self.disk.kill();
                }
                Event::Kill => self.disk = self.disk.kill(),
                Event::PowerCut(seed) => self.disk = self.disk.crash(Choice::Seed(*seed)),
                _ => {
                    let began = self.disk.ops();
                    match perform(&store, event) {
                        Ok(true) => {
                            self.acknowledged += 1;
                            self.last_began = began;
                        }
                        Ok(false) => {}
                        // A flipped read: told as an error, and nothing was written.
                        Err(_) => break,
                    }
                    continue;
                }
            }
            store = match self.reopened()? {
                Some(opened) => opened,
                None => return Ok(()),
            };
        }
        self.ended = self.disk.ops();
        let _ = self.disk.heal();
        let served = serves(&store.snapshot(), &self.model.cut(self.acknowledged))?;
        if served == Served::Less {
            return Err("the living store shows less".to_owned());
        }
        let point = self.disk.here();
        for choice in [Choice::None, Choice::All, Choice::Seed(point.op)] {
            self.left(&point.image(choice))
                .map_err(|e| format!("power cut {choice}: {e}"))?;
        }
        self.left(&point.killed()).map_err(|e| format!("kill: {e}"))
    }

    /// The store opened again in the middle of the workload; `None` where its end is reached: it
    /// was refused, or the last batch is lost.
    fn reopened(&self) -> Result<Option<Store>, String> {
        let opened = match open(&self.disk) {
            Ok(store) => store,
            Err(_) => {
                let _ = self.disk.heal();
                let again = self.disk.kill();
                self.left(&again)?;
                return Ok(None);
            }
        };
        let whole = serves(&opened.snapshot(), &self.model.cut(self.acknowledged));
        match whole {
            Ok(Served::Whole | Served::WithErrors) => Ok(Some(opened)),
            _ => {
                drop(opened);
                self.left(&self.disk.kill())?;
                Ok(None)
            }
        }
    }

    /// Judges what is left.
    fn left(&self, disk: &SimStorage) -> Result<(), String> {
        let is_read = !self.op.kind.changes();
        let damaged = {
            let copy = Arc::new(disk.here().killed());
            let report = verify(copy, Level::Full, &mut |_| true);
            report.map_or(true, |report| report.verdict == Verdict::Damaged)
        };
        let store = match open(disk) {
            Ok(store) => store,
            Err(error) if is_read => {
                return Err(format!("refused, though nothing is wrong: {error}"));
            }
            Err(_) => return Ok(()),
        };
        let snapshot = store.snapshot();
        let violation = match serves(&snapshot, &self.model.cut(self.acknowledged)) {
            Ok(Served::Whole) => return Ok(()),
            Ok(Served::WithErrors) if !is_read => return Ok(()),
            Ok(served) => format!("{served:?}"),
            Err(wrong) => wrong,
        };
        // Not acknowledged, yet whole: a batch whose commit failed after its sync.
        if self.acknowledged < self.model.last()
            && serves(&snapshot, &self.model.cut(self.acknowledged + 1)) == Ok(Served::Whole)
        {
            return Ok(());
        }
        let was_the_last = self.op.name.starts_with("log/") && self.op.number >= self.last_began;
        let without_it = self.model.cut(self.acknowledged - 1);
        let lost_itself = was_the_last && serves(&snapshot, &without_it) == Ok(Served::Whole);
        let lost_slot = self.op.name == "audit/attachments" && damaged;
        if !is_read && (lost_itself || lost_slot) {
            return Ok(());
        }
        Err(violation)
    }
}
