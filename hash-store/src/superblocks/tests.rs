//! Superblocks and the tip file on a simulated disk, one thing wrong at a time.

use super::*;
use crate::position::Position;
use crate::sim::{Choice, Fault, FaultKind, SimStorage};

fn superblock(generation: u64, batch: u64) -> Superblock {
    Superblock {
        uuid: [3; 16],
        generation,
        clean: true,
        cut: false,
        batch,
        height: batch,
        end: Position::new(0, 4096 + 512 * batch),
        last_body: None,
        chain: [1; 32],
        network: "net".to_owned(),
        ledgers: Vec::new(),
        watermarks: Vec::new(),
        base: None,
    }
}

fn fail_at(disk: &SimStorage, op: u64, kind: FaultKind) {
    let _ = disk.heal();
    disk.inject(Fault {
        op,
        sticky: false,
        kind,
    });
}

fn fail_next(disk: &SimStorage, kind: FaultKind) {
    fail_at(disk, disk.ops(), kind);
}

fn put(disk: &SimStorage, superblock: &Superblock, slot: u64) {
    let bytes = superblock.encode(slot).unwrap();
    disk.put_bytes(name_of(slot), Some(bytes));
}

#[test]
fn a_founded_store_has_two_generations_in_their_slots() {
    let disk = SimStorage::new();
    disk.create(UNFINISHED).unwrap();
    Superblocks::found(&disk, &superblock(0, 4)).unwrap();
    for slot in [0, 1] {
        let bytes = disk.bytes(name_of(slot)).unwrap();
        let decoded = Superblock::decode(&bytes, slot).unwrap();
        assert_eq!(decoded, superblock(2 - slot, 4));
    }
    // Durably, and a second time over the first.
    let disk = disk.crash(Choice::None);
    Superblocks::found(&disk, &superblock(0, 5)).unwrap();
    let (superblocks, state) = Superblocks::open(&disk).unwrap();
    assert_eq!(
        (superblocks.current(), state.clean),
        (&superblock(2, 5), true)
    );
    assert_eq!(Superblocks::open(&disk).unwrap_err().code(), "E-LOCKED");
    // What cannot be removed is told as that.
    disk.create(UNFINISHED).unwrap();
    fail_next(&disk, FaultKind::Error);
    let refused = Superblocks::found(&disk, &superblock(0, 6)).unwrap_err();
    assert!(refused.to_string().starts_with("remove"), "{refused}");
}

#[test]
fn each_write_goes_over_the_older_one() {
    let disk = SimStorage::new();
    Superblocks::found(&disk, &superblock(0, 0)).unwrap();
    let (mut superblocks, _) = Superblocks::open(&disk).unwrap();
    for batch in 1..5 {
        let before = superblocks.current().clone();
        superblocks.write(superblock(0, batch)).unwrap();
        let left = disk.here().image(Choice::None);
        let state = Superblocks::read(&left).unwrap();
        assert_eq!(state.current, superblock(batch + 2, batch));
        let slot = before.generation % 2;
        let kept = Superblock::decode(&left.bytes(name_of(slot)).unwrap(), slot);
        assert_eq!(kept, Ok(before));
    }
}

#[test]
fn the_pair_is_judged_by_generation_store_and_claim() {
    let disk = SimStorage::new();
    put(&disk, &superblock(4, 1), 0);
    put(&disk, &superblock(5, 2), 1);
    let read = || Superblocks::read(&disk);
    let state = read().unwrap();
    assert_eq!((state.current.batch, state.clean), (2, true));
    assert_eq!(state.other, None);
    // A gap between them: one was lost.
    put(&disk, &superblock(3, 1), 0);
    assert!(!read().unwrap().clean);
    // Of equal ones that which claims less.
    for batches in [[0, 3], [3, 0]] {
        put(&disk, &superblock(5, batches[0]), 0);
        put(&disk, &superblock(5, batches[1]), 1);
        assert_eq!(read().unwrap().current.batch, 0);
    }
    // Of another store: the older one is named.
    let foreign = Superblock {
        uuid: [9; 16],
        ..superblock(4, 1)
    };
    put(&disk, &foreign, 0);
    let error = read().unwrap_err();
    let damage = error.damage().unwrap();
    assert_eq!(
        (damage.file.as_str(), damage.flaw.kind),
        ("SUPER.0", FlawKind::Foreign)
    );
    // One missing, both missing.
    disk.put_bytes("SUPER.0", None);
    let state = read().unwrap();
    assert_eq!((state.current.batch, state.clean), (0, false));
    assert_eq!(state.other.unwrap().file, "SUPER.0");
    disk.put_bytes("SUPER.1", None);
    assert_eq!(read().unwrap_err().code(), "E-NO-STORE");
    assert_eq!(Superblocks::open(&disk).unwrap_err().code(), "E-NO-STORE");
}

#[test]
fn a_superblock_that_cannot_be_opened_is_not_a_missing_one() {
    let disk = SimStorage::new();
    Superblocks::found(&disk, &superblock(0, 0)).unwrap();
    for op in 0..2 {
        fail_at(&disk, disk.ops() + op, FaultKind::Error);
        let refused = Superblocks::open(&disk).unwrap_err();
        assert!(refused.to_string().starts_with("open SUPER"), "{refused}");
        fail_at(&disk, disk.ops() + op, FaultKind::Error);
        let refused = Superblocks::read(&disk).unwrap_err();
        assert!(refused.to_string().starts_with("open SUPER"), "{refused}");
    }
    disk.put_bytes("SUPER.1", None);
    let (_, state) = Superblocks::open(&disk).unwrap();
    assert!(!state.clean && state.other.is_some());
}

/// Whatever fails while a new store takes its lock is told as it is, not as a directory in use.
#[test]
fn a_new_store_takes_an_empty_directory_only() {
    let disk = SimStorage::new();
    let locked = Superblocks::lock_new(&disk).unwrap();
    let ops = disk.ops();
    assert_eq!(Superblocks::lock_new(&disk).unwrap_err().code(), "E-LOCKED");
    drop(locked);
    for op in 0..ops {
        for (kind, code) in [
            (FaultKind::Error, "E-IO"),
            (FaultKind::Full, "E-STORE-FULL"),
        ] {
            let disk = SimStorage::new();
            fail_at(&disk, op, kind);
            if let Err(error) = Superblocks::lock_new(&disk) {
                assert_eq!(error.code(), code, "operation {op}: {error}");
            }
        }
    }
    let other = SimStorage::new();
    other.create("something").unwrap();
    assert_eq!(
        Superblocks::lock_new(&other).unwrap_err().code(),
        "E-NOT-EMPTY"
    );
    // The second superblock of what was cut short is taken over; no room is no room.
    let disk = SimStorage::new();
    let locked = Superblocks::lock_new(&disk).unwrap();
    fail_next(&disk, FaultKind::Full);
    let create = || Superblocks::create(&disk, Arc::clone(&locked), superblock(0, 0));
    assert_eq!(create().unwrap_err().code(), "E-STORE-FULL");
    create().unwrap();
    assert_eq!(create().unwrap().current(), &superblock(0, 0));
}

#[test]
fn the_tip_speaks_for_its_boot_and_store() {
    let disk = SimStorage::new();
    let tip = Tip {
        boot_id: [0; 16],
        uuid: [3; 16],
        height: 5,
        batch: 6,
        end: Position::new(0, 8192),
    };
    let read = || read_tip(&disk, &[3; 16]).unwrap();
    assert_eq!(read(), None);
    let file = TipFile::open(&disk).unwrap();
    assert_eq!(read(), None);
    file.write(tip).unwrap();
    let boot_id = disk.boot_id().unwrap();
    assert_eq!(read(), Some(Tip { boot_id, ..tip }));
    assert_eq!(read_tip(&disk, &[4; 16]).unwrap(), None);
    fail_next(&disk, FaultKind::Error);
    assert_eq!(read_tip(&disk, &[3; 16]).unwrap_err().code(), "E-IO");
    // Opened again it is what it was; what cannot be opened is not made anew.
    let _ = disk.heal();
    TipFile::open(&disk).unwrap();
    assert!(read().is_some());
    fail_next(&disk, FaultKind::Error);
    let refused = TipFile::open(&disk).unwrap_err();
    match refused {
        Error::Io { source, .. } => assert_eq!(source.raw_os_error(), Some(5)),
        other => panic!("{other}"),
    }
    file.clear().unwrap();
    let before = disk.ops();
    assert_eq!(read(), None);
    // Nothing is said there: no sign of a writer in the middle of it.
    assert_eq!(disk.ops() - before, 2);
    file.write(tip).unwrap();
    let restarted = disk.crash(Choice::All);
    assert_eq!(read_tip(&restarted, &[3; 16]).unwrap(), None);
}
