//! What simulated storage keeps and loses.

use super::*;

fn storage_with(name: &str, bytes: &[u8]) -> (SimStorage, Arc<dyn StorageFile>) {
    let storage = SimStorage::new();
    let file = storage.create(name).unwrap();
    file.write_at(bytes, 0).unwrap();
    file.sync_data().unwrap();
    storage.sync_dir("").unwrap();
    (storage, file)
}

#[test]
fn a_crash_leaves_what_was_synced_and_any_subset_of_the_rest() {
    let (storage, file) = storage_with("a", &[1; 2048]);
    file.write_at(&[2; 1024], 512).unwrap();
    let point = storage.here();
    assert_eq!(point.pending(), 2);
    let mut seen: Vec<Vec<u8>> = point
        .choices(12, 0)
        .into_iter()
        .map(|choice| point.image(choice).bytes("a").unwrap())
        .collect();
    seen.sort();
    seen.dedup();
    let expect = |first: u8, second: u8| {
        let sectors = [[1; 512], [first; 512], [second; 512], [1; 512]];
        sectors.concat()
    };
    let all = [expect(1, 1), expect(1, 2), expect(2, 1), expect(2, 2)];
    assert_eq!(seen, all);
    file.sync_data().unwrap();
    assert_eq!(storage.here().choices(12, 9), [Choice::None]);
    assert_eq!(storage.crash(Choice::None).bytes("a").unwrap(), all[3]);
    assert!(file.write_at(&[3], 0).is_err(), "a handle from before");
}

#[test]
fn length_data_and_names_are_lost_apart() {
    let (storage, file) = storage_with("a", &[1; 512]);
    file.write_at(&[2; 512], 512).unwrap();
    let point = storage.here();
    let mut lens: Vec<Vec<u8>> = point
        .choices(12, 40)
        .into_iter()
        .map(|choice| point.image(choice).bytes("a").unwrap())
        .collect();
    lens.sort();
    lens.dedup();
    assert!(lens.contains(&vec![1; 512]), "length lost");
    assert!(lens.contains(&[[1; 512], [0; 512]].concat()), "zero tail");
    assert!(lens.contains(&[[1; 512], [2; 512]].concat()));
    assert!(
        lens.iter().any(|bytes| bytes.len() == 1024
            && bytes[512..] != [0; 512]
            && bytes[512..] != [2; 512]),
        "garbage tail"
    );

    let next = storage.create("next").unwrap();
    next.write_at(b"x", 0).unwrap();
    next.sync_data().unwrap();
    storage.rename("next", "b").unwrap();
    let names = |choice| storage.here().image(choice).file_names();
    assert_eq!(names(Choice::None), ["a"]);
    assert_eq!(names(Choice::All), ["a", "b"]);
    storage.sync_dir("").unwrap();
    assert_eq!(names(Choice::None), ["a", "b"]);
    storage.remove("a").unwrap();
    assert_eq!(names(Choice::None), ["a", "b"]);
}

#[test]
fn a_folder_that_was_not_synced_takes_its_files_along() {
    let storage = SimStorage::new();
    storage.create_dir("x/y").unwrap();
    let file = storage.create("x/y/z").unwrap();
    file.sync_data().unwrap();
    storage.sync_dir("x/y").unwrap();
    storage.sync_dir("x").unwrap();
    assert!(storage.here().image(Choice::None).file_names().is_empty());
    storage.sync_dir("").unwrap();
    assert_eq!(storage.here().image(Choice::None).file_names(), ["x/y/z"]);
}

#[test]
fn a_failed_sync_is_not_made_good_by_the_next() {
    for keep in [true, false] {
        let (storage, file) = storage_with("a", &[1; 4096]);
        file.write_at(&[2; 4096], 0).unwrap();
        let kind = FaultKind::FailedSync { keep, seed: 5 };
        storage.inject(Fault {
            op: storage.ops(),
            sticky: false,
            kind,
        });
        assert!(file.sync_data().is_err());
        assert_eq!(storage.heal().len(), 1);
        file.sync_data().unwrap();
        let seen = storage.bytes("a").unwrap();
        let disk = storage.here().image(Choice::All).bytes("a").unwrap();
        let mut direct = vec![0; 4096];
        file.read_direct(&mut direct, 0).unwrap();
        assert_eq!(direct, disk);
        assert!(
            disk.contains(&1) && disk.contains(&2),
            "some sectors made it"
        );
        assert_eq!(seen == disk, !keep);
        // Another write to the page brings all of it to the disk.
        file.write_at(&[3], 100).unwrap();
        file.sync_data().unwrap();
        let disk = storage.here().image(Choice::None).bytes("a").unwrap();
        assert_eq!(disk, storage.bytes("a").unwrap());
    }
}

#[test]
fn lies_and_misdirections_show_after_a_crash() {
    let (storage, file) = storage_with("a", &[1; 8192]);
    let fault = |op, kind| Fault {
        op,
        sticky: false,
        kind,
    };
    storage.inject(fault(storage.ops() + 1, FaultKind::LyingSync));
    file.write_at(&[2; 512], 0).unwrap();
    file.sync_data().unwrap();
    assert_eq!(storage.here().image(Choice::None).bytes("a").unwrap()[0], 1);
    file.sync_data().unwrap();
    storage.inject(fault(storage.ops(), FaultKind::Misdirected(4096)));
    file.write_at(&[3; 512], 512).unwrap();
    file.sync_data().unwrap();
    assert_eq!(storage.bytes("a").unwrap()[512], 3);
    let after = storage.here().image(Choice::All).bytes("a").unwrap();
    assert_eq!((after[0], after[512], after[4608]), (2, 1, 3));
    storage.inject(fault(storage.ops(), FaultKind::Short(100)));
    assert!(file.write_at(&[4; 512], 0).is_err());
    assert_eq!(storage.bytes("a").unwrap()[98..102], [4, 4, 2, 2]);
}

#[test]
fn choices_print_and_parse() {
    for choice in [
        Choice::None,
        Choice::All,
        Choice::Bits(0x5a, Rest::None),
        Choice::Bits(u64::MAX << 3, Rest::All),
        Choice::Seed(77),
    ] {
        assert_eq!(choice.to_string().parse(), Ok(choice));
    }
    assert!("bits-5".parse::<Choice>().is_err());
}

#[test]
fn the_same_calls_give_the_same_operations() {
    let run = || {
        let storage = SimStorage::new();
        storage.record_ops();
        storage.record_points();
        let file = storage.create("a").unwrap();
        file.write_at(&[1; 600], 0).unwrap();
        assert_eq!(file.len().unwrap(), 600);
        file.sync_data().unwrap();
        (storage.take_ops(), storage.take_points().len())
    };
    let (ops, points) = run();
    assert_eq!((ops.clone(), points), run());
    let kinds: Vec<OpKind> = ops.iter().map(|op| op.kind).collect();
    assert_eq!(
        kinds,
        [OpKind::Name, OpKind::Write, OpKind::Read, OpKind::Sync]
    );
    assert_eq!(points, 3);
}

#[test]
fn reserved_room_is_zeros_until_a_write_is_kept() {
    let storage = SimStorage::new();
    let file = storage.create("a").unwrap();
    assert!(file.allocate(20_000).unwrap());
    file.sync_data().unwrap();
    storage.sync_dir("").unwrap();
    let first = |storage: &SimStorage, from| {
        let file = storage.open("a", Access::Read).unwrap();
        file.first_written(from).unwrap()
    };
    assert_eq!(first(&storage, 0), 20_000);
    assert_eq!(first(&storage, 30_000), 30_000);
    file.write_at(&[1; 600], 8000).unwrap();
    let pages = |storage: &SimStorage| {
        [
            first(storage, 0),
            first(storage, 8100),
            first(storage, 12_288),
        ]
    };
    assert_eq!(pages(&storage), [4096, 8100, 20_000], "the cache counts");
    let point = storage.here();
    assert_eq!(first(&point.image(Choice::None), 0), 20_000);
    assert_eq!(pages(&point.image(Choice::All)), [4096, 8100, 20_000]);
    assert_eq!(pages(&point.killed()), [4096, 8100, 20_000]);
    file.sync_data().unwrap();
    assert_eq!(
        pages(&storage.here().image(Choice::None)),
        [4096, 8100, 20_000]
    );
    // What is put there as damage is read.
    storage.put_bytes("a", Some(vec![0; 20_000]));
    assert_eq!(first(&storage, 13_000), 13_000);
}

#[test]
fn a_lost_write_shows_what_reserved_room_held_before() {
    for (filled, synced) in [(false, false), (false, true), (true, true)] {
        let storage = SimStorage::new();
        let file = storage.create("a").unwrap();
        file.allocate(8192).unwrap();
        if filled {
            file.write_at(&[0; 8192], 0).unwrap();
        }
        file.sync_data().unwrap();
        storage.sync_dir("").unwrap();
        let (op, sticky, kind) = (storage.ops(), false, FaultKind::LostWrite);
        storage.inject(Fault { op, sticky, kind });
        file.write_at(&[1; 512], 0).unwrap();
        if synced {
            file.sync_data().unwrap();
        }
        let bytes = storage.crash(Choice::None).bytes("a").unwrap();
        let is_zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
        assert_eq!(is_zero(&bytes[..4096]), filled || !synced);
        assert!(is_zero(&bytes[4096..]) && bytes[..512] != [1; 512]);
    }
}

#[test]
fn a_file_system_that_cannot_reserve_says_so() {
    let storage = SimStorage::new().without_reserving();
    let file = storage.create("a").unwrap();
    assert!(!file.allocate(9000).unwrap());
    assert_eq!(file.len().unwrap(), 9000);
    assert_eq!(file.first_written(5000).unwrap(), 9000);
}
