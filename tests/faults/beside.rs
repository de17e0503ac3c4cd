//! Derived files that a thread of its own writes while the log is replayed. Which operation comes
//! when differs from run to run there, so that what must hold is held against the same replay
//! without threads: same answers, same bytes.

use std::sync::Arc;

use hash_store::sim::{Fault, FaultKind, Op, OpKind, SimStorage};
use ledger::{Options, Store};
use ledger_tests::lab::crash::points;
use ledger_tests::lab::oracle::{Expect, holds};
use ledger_tests::lab::workload::{Workload, open, options};

use super::{closed, commit, exactly};

fn open_beside(disk: &SimStorage) -> ledger::Result<Store> {
    let background = Options {
        background: true,
        ..options()
    };
    Store::open_in(Arc::new(disk.clone()), background)
}

/// Names and bytes of the derived files.
fn derived(disk: &SimStorage) -> Vec<(String, Option<Vec<u8>>)> {
    let mut names = disk.file_names();
    names
        .retain(|name| name.contains('/') && !name.starts_with("log") && !name.starts_with("lost"));
    names.sort();
    names
        .into_iter()
        .map(|n| (n.clone(), disk.bytes(&n)))
        .collect()
}

#[test]
fn replayed_by_a_thread_files_have_the_same_bytes() {
    let mut replayed = 0;
    for (name, stride) in [
        ("rotate:0", 29),
        ("mixed:1", 23),
        ("states:3", 31),
        ("state:0", 17),
    ] {
        let workload = Workload::named(name).unwrap();
        let (model, ledgers) = (workload.model(), workload.ledgers.len() as u64);
        for (turn, point) in points(&workload).iter().step_by(stride).enumerate() {
            let expect = Expect::of_mark(&model, point.mark, ledgers);
            let (alone, beside) = (point.killed(), point.killed());
            if turn % 2 == 0 {
                // Nothing is believed without it: all files are made anew.
                alone.put_bytes("audit/heights", None);
                beside.put_bytes("audit/heights", None);
            }
            let Ok(store) = open(&alone) else {
                assert!(open_beside(&beside).is_err(), "{name}@{}", point.op);
                continue;
            };
            let threaded = open_beside(&beside).unwrap();
            assert_eq!(threaded.report(), store.report());
            holds(&threaded.snapshot(), expect).unwrap();
            replayed += threaded.report().replayed;
            threaded.close().unwrap();
            store.close().unwrap();
            assert_eq!(derived(&beside), derived(&alone), "{name}@{}", point.op);
        }
    }
    assert!(replayed > 100, "{replayed} batches were replayed");
}

/// Whatever operation fails, of the thread's or of the reader's: the store opens or says why not, and
/// opens once the disk is well.
#[test]
fn what_fails_beside_the_replay_is_an_error_or_mended_later() {
    let built = closed(vec![commit(&[10, 20]), commit(&[700, 3]), commit(&[1500])]);
    let (mut refused, mut slots, mut op) = (0, 0, 0);
    loop {
        let disk = built.without("audit/heights");
        let (op_now, sticky) = (disk.ops() + op, op % 2 == 0);
        let kind = FaultKind::Error;
        disk.inject(Fault {
            op: op_now,
            sticky,
            kind,
        });
        disk.record_ops();
        let opened = open_beside(&disk);
        let ops = disk.take_ops();
        let met = disk.heal();
        // Behind trees and look-ups that say so themselves, this one's errors are the replay's.
        let failed = ops.iter().find(|op| op.number == op_now);
        let is_slot = |op: &Op| op.name == "audit/attachments" && op.kind == OpKind::Write;
        if failed.is_some_and(is_slot) && !met.is_empty() {
            assert!(opened.is_err(), "{failed:?}");
            slots += 1;
        }
        refused += u64::from(opened.is_err());
        drop(opened);
        let store = open(&disk).unwrap();
        holds(&store.snapshot(), exactly(&built.model)).unwrap();
        if met.is_empty() {
            break;
        }
        op += 1;
    }
    assert!(refused > 20 && op > refused, "{refused} of {op}");
    assert!(slots > 0);
}
