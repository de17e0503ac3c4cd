//! Every operation as a crash point, every subset of what was not synced as an image; recoveries
//! are crashed at every operation too.

use hash_store::sim::{Choice, CrashPoint, SimStorage};

use super::Counts;
use super::model::Model;
use super::oracle::{Expect, Seen, go_on, guarded, look, recover, recover_unseen};
use super::workload::{Event, Workload, open};

/// How much is tried.
#[derive(Clone, Copy, Debug)]
pub struct Effort {
    /// All subsets of so many things that were not synced.
    pub all_up_to: u32,
    /// Seeded images of each crash point.
    pub seeds: u64,
    /// One in so many images is also read and verified without recovering it.
    pub look_every: u64,
    /// One in so many images has its recovery crashed at every operation.
    pub recovery_every: u64,
    /// One in so many of those crashes has its own recovery crashed at every operation.
    pub twice_every: u64,
    /// One in so many images goes on after its recovery, and crashes again.
    pub go_on_every: u64,
}

/// Everything tried so far in one run, and what is left to try.
struct Lab<'a> {
    workload: &'a Workload,
    model: Model,
    effort: Effort,
    counts: Counts,
    seen: Seen,
    turn: u64,
}

/// Runs a workload once and crashes it everywhere.
#[must_use]
pub fn crash_everywhere(workload: &Workload, effort: Effort) -> Counts {
    let mut lab = Lab {
        workload,
        model: workload.model(),
        effort,
        counts: Counts::default(),
        seen: Seen::default(),
        turn: 0,
    };
    for point in points(workload) {
        lab.counts.points += 1;
        lab.point(&point);
    }
    lab.counts.repeated = lab.seen.repeated;
    lab.counts
}

/// The crash points of a workload.
#[must_use]
pub fn points(workload: &Workload) -> Vec<CrashPoint> {
    let disk = SimStorage::new();
    disk.record_points();
    let (last, store) = workload.run(&disk);
    drop(store);
    let end = last.here();
    let mut points = last.take_points();
    points.push(end);
    points
}

/// Makes the image of a name `<workload>@<operation>=<choice>[@<operation>=<choice>...]` again:
/// the workload crashed at the operation, its recovery crashed at the next one, and so on.
///
/// # Errors
/// Where the name has no image.
pub fn replay(name: &str) -> Result<(Workload, Model, u64, SimStorage), String> {
    let mut parts = name.split('@');
    let workload = Workload::named(parts.next().unwrap_or_default())?;
    let mut points = points(&workload);
    let mut image = None;
    for part in parts {
        let (op, choice) = part.split_once('=').ok_or("a crash is <op>=<choice>")?;
        let op: u64 = op.parse().map_err(|_| format!("{op:?} is no operation"))?;
        let point = points.iter().find(|point| point.op == op);
        let point = point.ok_or_else(|| format!("no crash point {op}"))?;
        let mark = image.as_ref().map_or(point.mark, |(mark, _)| *mark);
        let disk = image_of(point, choice)?;
        points = recovery_points(&disk.here().killed());
        image = Some((mark, disk));
    }
    let (mark, disk) = image.ok_or("the name has no crash")?;
    let model = workload.model();
    Ok((workload, model, mark, disk))
}

fn image_of(point: &CrashPoint, choice: &str) -> Result<SimStorage, String> {
    if choice == "kill" {
        return Ok(point.killed());
    }
    Ok(point.image(choice.parse()?))
}

/// The crash points of opening a store for writing.
#[must_use]
pub fn recovery_points(disk: &SimStorage) -> Vec<CrashPoint> {
    disk.record_points();
    let store = open(disk);
    let points = disk.take_points();
    drop(store);
    points
}

impl Lab<'_> {
    fn point(&mut self, point: &CrashPoint) {
        let ledgers = self.workload.ledgers.len() as u64;
        let model = self.model.clone();
        let expect = Expect::of_mark(&model, point.mark, ledgers);
        let name = format!("{}@{}=", self.workload.name, point.op);
        let killed = guarded(|| recover(&point.killed(), expect).map(|_| ()));
        self.note("kill", &format!("{name}kill"), killed);
        for choice in point.choices(self.effort.all_up_to, self.effort.seeds) {
            let name = format!("{name}{choice}");
            self.image(point, choice, expect, &name);
        }
    }

    fn image(&mut self, point: &CrashPoint, choice: Choice, expect: Expect<'_>, name: &str) {
        self.turn += 1;
        let turn = self.turn;
        let found = guarded(|| recover_unseen(&point.image(choice), expect, &mut self.seen));
        let kind = match choice {
            Choice::None | Choice::All => "power cut: none or all of the un-synced",
            Choice::Bits(..) => "power cut: subset of sectors, lengths and names",
            Choice::Seed(_) => "power cut: drawn sectors, pages, versions, garbage, names",
        };
        self.note(kind, name, found.clone().map(|_| ()));
        if turn.is_multiple_of(self.effort.look_every) {
            let looked = guarded(|| look(&point.image(choice), expect));
            self.note("read and verified as the crash left it", name, looked);
        }
        if turn.is_multiple_of(self.effort.recovery_every) {
            self.crash_recovery(&point.image(choice), expect, name, 1);
        }
        if let (Ok(Some(found)), 0) = (found, turn % self.effort.go_on_every) {
            let went = guarded(|| goes_on(&point.image(choice), &self.model.cut(found), turn));
            self.note("second life: more batches, then another crash", name, went);
        }
    }

    /// Crashes a recovery at every operation, and some of these recoveries again.
    fn crash_recovery(&mut self, disk: &SimStorage, expect: Expect<'_>, name: &str, depth: u32) {
        for point in recovery_points(disk) {
            self.counts.points += 1;
            for choice in point.choices(1, 1) {
                self.turn += 1;
                let turn = self.turn;
                let name = format!("{name}@{}={choice}", point.op);
                let again =
                    guarded(|| recover_unseen(&point.image(choice), expect, &mut self.seen));
                let again = again.map(|_| ());
                let kind = if depth == 1 {
                    "crash in a recovery"
                } else {
                    "crash in the recovery of a crashed recovery"
                };
                self.note(kind, &name, again);
                if depth == 1 && turn.is_multiple_of(self.effort.twice_every) {
                    self.crash_recovery(&point.image(choice), expect, &name, 2);
                }
            }
        }
    }

    fn note(&mut self, kind: &str, name: &str, verdict: Result<(), String>) {
        let named = verdict.map_err(|violation| format!("{name}: {violation}"));
        self.counts.note(kind, named);
    }
}

/// A recovered store takes more batches and crashes again in the middle of one.
fn goes_on(disk: &SimStorage, model: &Model, seed: u64) -> Result<(), String> {
    let mut model = model.clone();
    let store = open(disk).map_err(|error| error.to_string())?;
    let before = model.last();
    let small = Event::Commit(vec![(0, vec![30])], None);
    let large = Event::Commit(vec![(0, vec![2000, 7])], None);
    go_on(&store, &mut model, std::slice::from_ref(&small))?;
    disk.record_points();
    go_on(&store, &mut model, std::slice::from_ref(&large))?;
    let points = disk.take_points();
    drop(store);
    for point in points {
        let expect = Expect {
            model: &model,
            least: before + 1,
            most: before + 2,
            creating: false,
        };
        for choice in [Choice::None, Choice::Seed(seed ^ point.op << 32)] {
            recover(&point.image(choice), expect)
                .map_err(|error| format!("then at {} {choice}: {error}", point.op))?;
        }
    }
    Ok(())
}
