//! Index files on a simulated disk.

use super::*;
use crate::layout::FileKind;
use crate::sim::{Fault, FaultKind, SimStorage};

const SEED: Seed = Seed {
    uuid: [1; 16],
    kind: FileKind::EntryIndex,
    number: 0,
};

fn fail_next(disk: &SimStorage, kind: FaultKind) {
    let _ = disk.heal();
    disk.inject(Fault {
        op: disk.ops(),
        sticky: false,
        kind,
    });
}

#[test]
fn slots_hold_what_was_set_and_nothing_else() {
    let disk = SimStorage::new();
    let index = SlotIndex::create(&disk, "index", &SEED).unwrap();
    assert_eq!(index.name(), "index");
    assert_eq!(index.slots().unwrap(), 0);
    let places = [Position::new(1, 4096), Position::new(2, 8)];
    index.set(3, &places).unwrap();
    index.set_nowhere(5).unwrap();
    assert_eq!(index.slots().unwrap(), 6);
    let expected = [
        None,
        None,
        None,
        Some(places[0]),
        Some(places[1]),
        Some(index.nowhere(5)),
        None,
    ];
    for (slot, expected) in (0u64..).zip(expected) {
        assert_eq!(index.get(slot).unwrap(), expected, "{slot}");
    }
    assert_eq!(index.get(u64::MAX).unwrap(), None);
    assert_eq!(index.get(1 << 60).unwrap(), None);
    assert_eq!(index.nowhere(5).segment(), 0xffff_ffff);
    assert_ne!(index.nowhere(5), index.nowhere(6));
    let again = SlotIndex::open(&disk, "index", &SEED, Access::Read).unwrap();
    assert_eq!(again.unwrap().get(4).unwrap(), Some(places[1]));
}

#[test]
fn what_is_missing_is_none_and_what_fails_is_an_error() {
    let disk = SimStorage::new();
    let open = |access| SlotIndex::open(&disk, "index", &SEED, access);
    assert!(open(Access::Read).unwrap().is_none());
    let index = SlotIndex::create(&disk, "index", &SEED).unwrap();
    index.set(0, &[Position::new(0, 4096)]).unwrap();
    fail_next(&disk, FaultKind::Error);
    assert_eq!(open(Access::Read).unwrap_err().code(), "E-IO");
    fail_next(&disk, FaultKind::Error);
    assert_eq!(index.get(0).unwrap_err().code(), "E-IO");
    // Replacing it: the old file cannot be removed.
    fail_next(&disk, FaultKind::Error);
    let refused = SlotIndex::create(&disk, "index", &SEED).unwrap_err();
    assert!(refused.to_string().starts_with("remove index"), "{refused}");
    SlotIndex::create(&disk, "index", &SEED).unwrap();
    assert_eq!(open(Access::Write).unwrap().unwrap().get(0).unwrap(), None);
}
