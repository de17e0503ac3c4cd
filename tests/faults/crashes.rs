//! Cases 1 to 9 and 18: crashes and errors of the disk, at every operation.

use std::sync::Arc;

use hash_store::sim::{Choice, Fault, FaultKind, Op, OpKind, SimStorage};
use ledger::{LedgerSpec, Level, Options, StateSuite, Store, TreeType, Verdict};
use ledger_tests::lab::Counts;
use ledger_tests::lab::crash::{points, recovery_points};
use ledger_tests::lab::errors::{fail, operations};
use ledger_tests::lab::oracle::{Expect, guarded, holds, recover};
use ledger_tests::lab::workload::{Event, mark_of, open, perform};

use super::{Built, closed, commit, exactly, killed, refused, tiny};

const EAGAIN: i32 = 11;
const EFBIG: i32 = 27;
const EDQUOT: i32 = 122;

#[test]
fn fault_01_kill_at_every_operation_simulated() {
    let (workload, mut counts) = (tiny(), Counts::default());
    let model = workload.model();
    for point in points(&workload) {
        counts.points += 1;
        let expect = Expect::of_mark(&model, point.mark, 1);
        let verdict = guarded(|| recover(&point.killed(), expect).map(|_| ()));
        counts.note("kill", verdict.map_err(|e| format!("{}: {e}", point.op)));
    }
    counts.report("kills");
    assert!(counts.points > 100);
}

#[test]
fn fault_02_power_cut_with_every_subset_of_sectors() {
    let (workload, mut counts) = (tiny(), Counts::default());
    let model = workload.model();
    let mut most = 0;
    for point in points(&workload) {
        counts.points += 1;
        most = most.max(point.pending());
        let expect = Expect::of_mark(&model, point.mark, 1);
        for choice in point.choices(4, 2) {
            let verdict = guarded(|| recover(&point.image(choice), expect).map(|_| ()));
            let named = verdict.map_err(|e| format!("{}={choice}: {e}", point.op));
            counts.note("power cut", named);
        }
    }
    counts.report("power cuts");
    assert!(most >= 8, "a batch of several sectors was in flight");
}

#[test]
fn fault_03_lengths_before_data_and_garbage_for_zeros() {
    let built = killed(vec![commit(&[10]), commit(&[20])]);
    let (file, last) = built.batch(2);
    // A length that was persisted, its bytes not: zeros behind the log are nothing.
    let zeros = built.with(&file, |bytes| {
        let len = bytes.len();
        bytes[last.end..len].fill(0);
    });
    let store = open(&zeros).unwrap();
    assert_eq!(
        (store.report().torn.as_ref(), store.snapshot().height()),
        (None, 2)
    );
    // Garbage in a segment that was synced is damage.
    let garbage = built.with(&file, |bytes| bytes[last.end..last.end + 512].fill(0xa7));
    assert!(refused(&garbage).damage().is_some());
    // In a segment whose creation was never synced it is made anew.
    let unfinished = built.copy();
    unfinished.put_bytes("log/next", Some(vec![0xa7; 5000]));
    holds(&open(&unfinished).unwrap().snapshot(), built.whole()).unwrap();
}

/// A recovery crashed at every operation, and each of these recoveries again.
#[test]
fn fault_04_recovery_crashed_at_every_operation_twice() {
    let (workload, mut counts) = (tiny(), Counts::default());
    let model = workload.model();
    // The last commit in flight, half of its sectors on the disk.
    let points = points(&workload);
    let in_flight = |mark: u64| mark == mark_of(model.last() - 1, true);
    let last = points.iter().filter(|point| in_flight(point.mark));
    let expect = Expect::of_mark(&model, mark_of(model.last() - 1, true), 1);
    let seeds = (0..8).map(Choice::Seed);
    let mut images = last.flat_map(|point| seeds.clone().map(|seed| point.image(seed)));
    let is_torn = |image: &SimStorage| {
        let store = open(&image.here().killed()).unwrap();
        store.report().torn.is_some()
    };
    let image = images.find(is_torn).unwrap();
    for first in recovery_points(&image) {
        counts.points += 1;
        for choice in [Choice::None, Choice::All, Choice::Seed(first.op)] {
            let name = format!("{}={choice}", first.op);
            let recovered = guarded(|| recover(&first.image(choice), expect).map(|_| ()));
            let named = recovered.map_err(|e| format!("{name}: {e}"));
            counts.note("crash in a recovery", named);
            for second in recovery_points(&first.image(choice)) {
                counts.points += 1;
                let choice = Choice::Seed(second.op);
                let recovered = guarded(|| recover(&second.image(choice), expect).map(|_| ()));
                let named = recovered.map_err(|e| format!("{name}@{}={choice}: {e}", second.op));
                counts.note("crash in the recovery of a crashed recovery", named);
            }
        }
    }
    counts.report("recoveries");
    assert!(counts.points > 1000);
}

/// Lets the operations of the tiny workload that `which` picks fail, each by itself.
fn failing(which: impl Fn(&Op) -> bool, kinds: &[(FaultKind, bool)]) -> Counts {
    let (workload, mut counts) = (tiny(), Counts::default());
    let model = workload.model();
    for op in operations(&workload).iter().filter(|op| which(op)) {
        counts.points += 1;
        for (kind, sticky) in kinds.iter().copied() {
            if kind.concerns(op.kind) {
                let fault = Fault {
                    op: op.number,
                    sticky,
                    kind,
                };
                let verdict = guarded(|| fail(&workload, &model, fault));
                let named = verdict.map_err(|e| format!("{kind:?} at {op:?}: {e}"));
                counts.note(&format!("{kind:?}"), named);
            }
        }
    }
    counts
}

/// Segments are written through the handle that made them, under the name they had then.
fn is_segment(name: &str) -> bool {
    name.starts_with("log/")
}

/// A store of which the next commit meets a fault at its sync.
fn commit_without_sync(kind: FaultKind) -> (SimStorage, ledger::Store, Built) {
    let built = closed(vec![commit(&[10]), commit(&[20])]);
    let disk = built.copy();
    let store = open(&disk).unwrap();
    perform(&store, &commit(&[30])).unwrap();
    // The write of the batch comes first, its sync next.
    let fault = Fault {
        op: disk.ops() + 1,
        sticky: false,
        kind,
    };
    disk.inject(fault);
    let error = perform(&store, &commit(&[40])).unwrap_err();
    assert_eq!(error.code(), "E-IO");
    assert_eq!(disk.heal().len(), 1);
    (disk, store, built)
}

/// The handle is poisoned although the next sync would go well; what was committed is read.
fn check_poisoned(disk: &SimStorage, store: &ledger::Store, built: &Built) {
    for event in [commit(&[50]), Event::Attach(0, 5)] {
        let error = perform(store, &event).unwrap_err();
        assert_eq!(error.code(), "E-POISONED");
    }
    let mut model = built.model.clone();
    model.apply(&commit(&[30]));
    holds(&store.snapshot(), exactly(&model)).unwrap();
    model.apply(&commit(&[40]));
    let expect = Expect {
        least: model.last() - 1,
        ..exactly(&model)
    };
    recover(&disk.here().killed(), expect).unwrap();
    for choice in disk.here().choices(4, 4) {
        recover(&disk.here().image(choice), expect).unwrap();
    }
}

/// Derived files are made anew, and that is crashed at every operation: halves of them never look
/// whole.
#[test]
fn fault_04_a_rebuild_crashed_at_every_operation() {
    let built = closed(tiny().events);
    let mut counts = Counts::default();
    for file in ["audit/heights", "audit/attachments", "a/entries"] {
        for point in recovery_points(&built.without(file)) {
            counts.points += 1;
            for choice in point.choices(3, 2) {
                let verdict = guarded(|| recover(&point.image(choice), built.whole()).map(|_| ()));
                counts.note(file, verdict.map_err(|e| format!("{file}: {choice}: {e}")));
            }
        }
    }
    counts.report("rebuilds");
    assert!(counts.points > 100);
}

#[test]
fn fault_05_fdatasync_eio_simulated() {
    let (disk, store, built) = commit_without_sync(FaultKind::Error);
    check_poisoned(&disk, &store, &built);
    let of_segments = |op: &Op| op.kind == OpKind::Sync && is_segment(&op.name);
    let counts = failing(
        of_segments,
        &[(FaultKind::Error, false), (FaultKind::Error, true)],
    );
    counts.report("EIO of fdatasync");
    assert!(counts.points >= 5);
}

#[test]
fn fault_06_failed_fsync_drops_the_page_simulated() {
    for keep in [true, false] {
        for seed in 0..8 {
            let (disk, store, built) = commit_without_sync(FaultKind::FailedSync { keep, seed });
            check_poisoned(&disk, &store, &built);
        }
    }
}

#[test]
fn fault_07_eio_of_segments_folders_watermarks_and_superblocks() {
    let elsewhere = |op: &Op| {
        (op.kind == OpKind::Name && is_segment(&op.name))
            || op.kind == OpKind::SyncDir
            || matches!(op.kind, OpKind::Sync | OpKind::Write)
    };
    let failed = FaultKind::FailedSync {
        keep: true,
        seed: 3,
    };
    let counts = failing(
        elsewhere,
        &[
            (FaultKind::Error, false),
            (FaultKind::Error, true),
            (failed, false),
        ],
    );
    counts.report("EIO elsewhere");
    assert!(counts.points > 50);
}

#[test]
fn fault_08_no_room_at_every_operation() {
    let kinds = [
        (FaultKind::Full, false),
        (FaultKind::Full, true),
        (FaultKind::Errno(EDQUOT), false),
        (FaultKind::Errno(EFBIG), false),
    ];
    let room = |op: &Op| FaultKind::Full.concerns(op.kind);
    failing(room, &kinds).report("no room");
}

/// A full disk, a quota and a limit on file sizes are told as what they are, poison nothing that
/// was not begun, and the commit goes on once there is room.
#[test]
fn fault_08_no_room_for_a_segment_is_not_the_end() {
    for kind in [
        FaultKind::Full,
        FaultKind::Errno(EDQUOT),
        FaultKind::Errno(EFBIG),
    ] {
        let disk = SimStorage::new();
        let workload = tiny();
        let store = workload.create(&disk).unwrap();
        perform(&store, &commit(&[10])).unwrap();
        disk.inject(Fault {
            op: disk.ops(),
            sticky: true,
            kind,
        });
        // Longer than any segment that is ready.
        let large = commit(&[60_000]);
        assert_eq!(perform(&store, &large).unwrap_err().code(), "E-STORE-FULL");
        let _ = disk.heal();
        perform(&store, &large).unwrap();
        assert_eq!(store.snapshot().height(), 2);
    }
}

/// A derived file for which there is no room falls behind the commit, which is durable: after a kill
/// it is made anew, and verifying takes it for no damage.
#[test]
fn fault_08_a_derived_file_without_room_is_no_damage() {
    let spec = || {
        let name = "a".parse().unwrap();
        LedgerSpec::with_state(name, TreeType::Sha256, StateSuite::Blake3)
    };
    let put = |store: &Store, number: u8| {
        let mut batch = store.batch();
        batch.append("a", [number; 40]).unwrap();
        batch.put("a", [number; 9], [number; 50]).unwrap();
        store.commit(batch.seal(number.into(), b"").unwrap())
    };
    let mut fell_behind = 0;
    for op in 0..40 {
        let disk = SimStorage::new();
        let options = Options {
            background: false,
            ..Options::default()
        };
        let storage = Arc::new(disk.clone());
        let network = "no-room".parse().unwrap();
        let store = Store::create_in(storage, [1; 16], network, &[spec()], options).unwrap();
        for number in 1..4 {
            put(&store, number).unwrap();
        }
        let fault = Fault {
            op: disk.ops() + op,
            sticky: false,
            kind: FaultKind::Errno(EFBIG),
        };
        disk.inject(fault);
        let committed = put(&store, 4).is_ok();
        fell_behind += u32::from(committed && !disk.heal().is_empty());
        let killed = Arc::new(disk.here().killed());
        let report = ledger::verify(Arc::clone(&killed) as _, Level::Deep, &mut |_| true).unwrap();
        assert_eq!(
            report.verdict,
            Verdict::Verified,
            "{op}: {:?}",
            report.findings
        );
        let store = Store::open_in(killed, options).unwrap();
        let snapshot = store.snapshot();
        assert!(snapshot.height() >= 3 + u64::from(committed), "{op}");
        for number in 1..=u8::try_from(snapshot.height()).unwrap() {
            let state = snapshot.state("a").unwrap();
            let value = state.get([number; 9]).unwrap();
            assert_eq!(value, Some([number; 50].as_slice()), "{op}");
        }
    }
    assert!(fell_behind >= 4, "{fell_behind}");
}

#[test]
fn fault_09_short_interrupted_and_refused_writes() {
    let kinds = [
        (FaultKind::Short(100), false),
        (FaultKind::Short(512), true),
        (FaultKind::Interrupted, false),
        (FaultKind::Errno(EAGAIN), false),
    ];
    failing(|op| op.kind == OpKind::Write, &kinds).report("short writes");
}

/// What a recovery took away never comes back, whatever is written in its place and lost then.
#[test]
fn fault_18_stale_frames_are_never_resurrected() {
    let events = vec![commit(&[10]), commit(&[400, 600, 900])];
    let workload = super::workload(events);
    let model = workload.model();
    let points = points(&workload);
    let in_flight = mark_of(model.last() - 1, true);
    let mut torn = 0;
    for point in points.iter().filter(|point| point.mark == in_flight) {
        for choice in point.choices(4, 4) {
            let disk = point.image(choice);
            let store = open(&disk).unwrap();
            if store.report().torn.is_none() {
                continue;
            }
            torn += 1;
            let mut model = model.cut(model.last() - 1);
            let end = store.snapshot().log_end();
            let name = hash_store::segment_name(end.segment());
            let rest = disk.bytes(&name).unwrap().split_off(super::at(end));
            assert!(rest.iter().all(|byte| *byte == 0));
            perform(&store, &commit(&[5])).unwrap();
            model.apply(&commit(&[5]));
            recover(&disk.here().image(Choice::None), exactly(&model)).unwrap();
        }
    }
    assert!(torn > 20, "{torn}");
}
