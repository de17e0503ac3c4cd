//! The tile index: its bytes, what a crash may leave in it, and what damage does to it.

#![cfg(feature = "std")]
#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::cast_possible_truncation,
    reason = "tests"
)]

mod common;

use std::sync::Arc;

use common::reference::Reference;
use common::{TREE, leaves, tree_of};
use hash_store::{Access, FileHeader, FileKind, FileStorage, FlawKind, MemStorage, Seed, Storage};
use merkle_log::tiles::{TileError, TileIdentity, TileReader, TileWriter};
use merkle_log::{
    CompactRange, Growth, LeafIndex, NodeId, NodeReader, TreeSize, prove_consistency,
    prove_inclusion, prove_multi, read_range, root_at,
};
use proptest::prelude::*;

const IDENTITY: TileIdentity = TileIdentity {
    store_uuid: *b"sixteen bytes id",
    ledger: 7,
};
const DIR: &str = "domain";

fn memory() -> Arc<dyn Storage> {
    Arc::new(MemStorage::new())
}

fn create(storage: &Arc<dyn Storage>) -> TileWriter {
    TileWriter::create(Arc::clone(storage), DIR, IDENTITY).unwrap()
}

fn open(storage: &Arc<dyn Storage>, size: u64) -> Result<TileWriter, TileError> {
    TileWriter::open(Arc::clone(storage), DIR, IDENTITY, TreeSize(size))
}

fn reader(storage: &Arc<dyn Storage>) -> TileReader {
    TileReader::new(Arc::clone(storage), DIR, IDENTITY)
}

/// Grows the index to `size` in batches of `batch` leaves; the height is that of the batch's end.
fn grow(writer: &mut TileWriter, size: u64, batch: u64) {
    let log = tree_of(writer.size().0);
    let mut range = log.after().clone();
    while range.end() < size {
        let end = (range.end() + batch).min(size);
        let growth = Growth::new(TREE, &range, leaves(range.end(), end)).unwrap();
        writer.append(&growth, end).unwrap();
        range = growth.after().clone();
    }
    assert_eq!(writer.size(), TreeSize(size));
}

fn bytes(storage: &Arc<dyn Storage>, level: u8) -> Option<Vec<u8>> {
    let file = storage
        .open(&format!("{DIR}/tiles.{level}"), Access::Read)
        .ok()?;
    let mut bytes = vec![0; file.len().unwrap() as usize];
    file.read_at(&mut bytes, 0).unwrap();
    Some(bytes)
}

fn files(storage: &Arc<dyn Storage>) -> Vec<Option<Vec<u8>>> {
    (0..8).map(|level| bytes(storage, level)).collect()
}

fn write(storage: &Arc<dyn Storage>, level: u8, offset: u64, bytes: &[u8]) {
    let file = storage
        .open(&format!("{DIR}/tiles.{level}"), Access::Write)
        .unwrap();
    file.write_at(bytes, offset).unwrap();
}

/// CRC-32 bit by bit, continuing from `crc`.
fn crc32(bytes: &[u8], crc: u32) -> u32 {
    let crc = bytes.iter().fold(!crc, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ (0xEDB8_8320 & 0u32.wrapping_sub(crc & 1))
        })
    });
    !crc
}

/// A tile file as docs/FORMAT.md sections 1, 2 and 7 describe it.
fn file_of_the_format(reference: &Reference, size: u64, level: u8, batch: u64) -> Vec<u8> {
    let number = u64::from(IDENTITY.ledger) * 256 + u64::from(level);
    let check = |bytes: &[u8], offset: u64| {
        let mut place = IDENTITY.store_uuid.to_vec();
        for word in [2, number, offset] {
            place.extend(word.to_le_bytes());
        }
        crc32(bytes, crc32(&place, 0)).to_le_bytes()
    };
    let mut file = vec![0; 4096];
    file[..8].copy_from_slice(&[0x89, 0x4c, 0x44, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    file[8] = 2;
    file[12] = 1;
    file[40..56].copy_from_slice(&IDENTITY.store_uuid);
    file[56..64].copy_from_slice(&number.to_le_bytes());
    let header_check = check(&file[..4092], 0);
    file[4092..].copy_from_slice(&header_check);

    let mut block_number = 0u64;
    while block_number << (8 * (level + 1)) < size >> (8 * level) << (8 * level) {
        let mut block = Vec::new();
        for height in 0..8 {
            let span = 1u64 << (8 * level + height);
            for slot in 0..256 >> height {
                let begin = ((block_number << 8 >> height) + slot) * span;
                if begin + span <= size {
                    let hash = reference.hash(begin as usize, (begin + span) as usize);
                    block.extend(hash.as_bytes());
                } else {
                    block.extend([0; 32]);
                }
            }
        }
        block.resize(16384, 0);
        let end = (block_number + 1) << (8 * (level + 1));
        if end <= size {
            block[16320..16324].copy_from_slice(b"TILE");
            block[16324..16328].copy_from_slice(&u32::from(level).to_le_bytes());
            block[16328..16336].copy_from_slice(&block_number.to_le_bytes());
            let height = end.next_multiple_of(batch).min(size);
            block[16336..16344].copy_from_slice(&height.to_le_bytes());
            let check = check(&block[..16380], 4096 + 16384 * block_number);
            block[16380..].copy_from_slice(&check);
        }
        file.extend(block);
        block_number += 1;
    }
    file
}

#[test]
fn the_bytes_are_those_of_the_format() {
    let reference = Reference::new(TREE, leaves(0, 66_000));
    for (size, batch) in [
        (1, 1),
        (5, 2),
        (255, 255),
        (256, 7),
        (257, 100),
        (1000, 64),
        (66_000, 9000),
    ] {
        let storage = memory();
        grow(&mut create(&storage), size, batch);
        for level in 0..8u8 {
            let expected = (size >> (8 * level) != 0)
                .then(|| file_of_the_format(&reference, size, level, batch));
            let got = bytes(&storage, level);
            assert!(got == expected, "tiles.{level} of {size} leaves");
        }
    }
}

#[test]
fn an_empty_log_has_no_files() {
    let storage = memory();
    let mut writer = create(&storage);
    writer.sync().unwrap();
    assert_eq!(files(&storage), vec![None; 8]);
    assert_eq!(open(&storage, 0).unwrap().size(), TreeSize(0));
    assert_eq!(
        root_at(&reader(&storage).at(TreeSize(0)), TREE, TreeSize(0)).unwrap(),
        TREE.empty()
    );
}

/// Everything that a log is asked, on every kind of storage.
#[test]
fn proofs_from_files_maps_and_memory() {
    let folder = tempfile::tempdir().unwrap();
    let unmapped = tempfile::tempdir().unwrap();
    let storages: [Arc<dyn Storage>; 3] = [
        memory(),
        Arc::new(FileStorage::new(folder.path())),
        Arc::new(FileStorage::new(unmapped.path()).without_maps()),
    ];
    let last = 70_000;
    let log = tree_of(last);
    for storage in &storages {
        // The reader is there before the files, and beside the writer.
        let tiles = reader(storage);
        let mut writer = create(storage);
        for size in [100, 256, 300, 16_384, 17_000, 66_000, last] {
            grow(&mut writer, size, 777);
            writer.sync().unwrap();
            let view = tiles.at(TreeSize(size));
            let range = read_range(&view, TreeSize(size)).unwrap();
            assert_eq!(range, read_range(&log, TreeSize(size)).unwrap());
            view.check_open_blocks(TREE).unwrap();
            for index in (0..size).step_by(997).chain([size - 1]) {
                let (index, size) = (LeafIndex(index), TreeSize(size));
                let proof = prove_inclusion(&view, TREE, index, size).unwrap();
                assert_eq!(proof, prove_inclusion(&log, TREE, index, size).unwrap());
            }
            for first in (1..=size).step_by(1999) {
                let (first, size) = (TreeSize(first), TreeSize(size));
                let proof = prove_consistency(&view, TREE, first, size).unwrap();
                assert_eq!(proof, prove_consistency(&log, TREE, first, size).unwrap());
            }
            // More nodes than are asked for at once, and as many.
            let indices: Vec<_> = (0..size).step_by(61).map(LeafIndex).collect();
            let proof = prove_multi(&view, TREE, &indices, TreeSize(size)).unwrap();
            let expected = prove_multi(&log, TREE, &indices, TreeSize(size)).unwrap();
            assert_eq!(proof, expected);
            for count in [1, 31, 32, 33, 64, 100] {
                let ids = (0..count).map(|index| NodeId::new(0, index));
                let (mut stored, mut expected) = (vec![], vec![]);
                view.nodes(ids.clone(), &mut stored).unwrap();
                NodeReader::nodes(&log, ids, &mut expected).unwrap();
                assert_eq!(stored, expected);
                assert_eq!(stored.len() as u64, count);
            }
        }
        // Earlier sizes are as good as the last.
        let earlier = tiles.at(TreeSize(300));
        assert!(earlier.node(NodeId::new(0, 299)).is_ok());
        for id in [
            NodeId::new(0, 300),
            NodeId::new(2, 75),
            NodeId::new(9, 0),
            NodeId::new(63, 0),
        ] {
            assert!(matches!(
                earlier.node(id),
                Err(TileError::NotPublished { id: refused, size: TreeSize(300) }) if refused == id
            ));
        }
        for id in [
            NodeId::new(64, 0),
            NodeId::new(255, 0),
            NodeId::new(0, u64::MAX),
        ] {
            assert!(matches!(
                tiles.at(TreeSize(last)).node(id),
                Err(TileError::NotPublished { .. })
            ));
        }
    }
    assert_eq!(files(&storages[0]), files(&storages[1]));
    assert_eq!(files(&storages[0]), files(&storages[2]));
}

#[test]
fn readers_and_writer_in_threads() {
    let folder = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(folder.path()));
    let (tiles, mut writer) = (reader(&storage), create(&storage));
    let published = std::sync::atomic::AtomicU64::new(0);
    let log = tree_of(5000);
    std::thread::scope(|scope| {
        for thread in 0..3u64 {
            let (tiles, published, log) = (tiles.clone(), &published, &log);
            scope.spawn(move || {
                for step in (0..).map(|n: u64| n * 31 + thread * 7) {
                    let size = published.load(std::sync::atomic::Ordering::Acquire);
                    if size > 0 {
                        let index = LeafIndex(step % size);
                        let size = TreeSize(size);
                        let view = tiles.at(size);
                        let proof = prove_inclusion(&view, TREE, index, size).unwrap();
                        assert_eq!(proof, prove_inclusion(log, TREE, index, size).unwrap());
                    }
                    if size == 5000 {
                        break;
                    }
                }
            });
        }
        let mut range = CompactRange::empty(0);
        while range.end() < 5000 {
            let end = range.end() + 50;
            let growth = Growth::new(TREE, &range, leaves(range.end(), end)).unwrap();
            writer.append(&growth, end).unwrap();
            published.store(end, std::sync::atomic::Ordering::Release);
            range = growth.after().clone();
        }
    });
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 40,
        failure_persistence: None,
        rng_seed: proptest::test_runner::RngSeed::Fixed(2),
        ..ProptestConfig::default()
    })]

    /// Opened at any size at or below what was written, with anything behind it, the index grows
    /// into the same bytes as one that was never interrupted.
    #[test]
    fn a_crash_leaves_no_trace(
        (written, believed, last) in (1..70_000u64)
            .prop_flat_map(|last| (1..=last).prop_map(move |written| (written, last)))
            .prop_flat_map(|(written, last)| {
                (Just(written), 0..=written, Just(last))
            }),
        garbage in 0..3u8,
    ) {
        let storage = memory();
        grow(&mut create(&storage), written, 4096);
        // Heights in trailers tell the batches apart; believe a size where a batch ended.
        let believed = believed / 4096 * 4096;
        for level in 0..8u8 {
            let Some(file) = bytes(&storage, level) else { break };
            let nodes = believed >> (8 * level);
            if garbage == 0 {
                continue;
            }
            // Everything past the believed nodes, in the open block and in those behind it.
            let mut wild = vec![0xA5; file.len()];
            let known = 4096 + (nodes / 256 * 16384) as usize;
            let known = if nodes == 0 && garbage == 2 { 0 } else { known };
            wild[..known].copy_from_slice(&file[..known]);
            for height in 0..8 {
                let row = known + 16384 - (16384 >> height);
                let row = row..row + ((nodes % 256) as usize >> height) * 32;
                if !row.is_empty() {
                    wild[row.clone()].copy_from_slice(&file[row]);
                }
            }
            write(&storage, level, 0, &wild);
        }
        let mut writer = open(&storage, believed).unwrap();
        let view_of = reader(&storage);
        let view = view_of.at(TreeSize(believed));
        view.check_open_blocks(TREE).unwrap();
        let range = read_range(&view, TreeSize(believed)).unwrap();
        prop_assert!(range == *tree_of(believed).after());
        grow(&mut writer, last, 4096);
        let whole = memory();
        grow(&mut create(&whole), last, 4096);
        prop_assert!(files(&storage) == files(&whole));
    }

    /// Small batches cross blocks and levels in every way.
    #[test]
    fn batches_of_any_size_write_the_same_nodes(
        batches in prop::collection::vec(1..600u64, 1..20),
        reopen in any::<u32>(),
    ) {
        let storage = memory();
        let mut writer = create(&storage);
        let mut range = CompactRange::empty(0);
        for (n, batch) in batches.iter().enumerate() {
            let end = range.end() + batch;
            let growth = Growth::new(TREE, &range, leaves(range.end(), end)).unwrap();
            writer.append(&growth, 1).unwrap();
            range = growth.after().clone();
            if reopen >> (n % 32) & 1 == 1 {
                writer = open(&storage, end).unwrap();
            }
        }
        let whole = memory();
        create(&whole).append(&tree_of(range.end()), 1).unwrap();
        prop_assert!(files(&storage) == files(&whole));
    }
}

/// Leaves of a lost tail stay neither in the open block, nor in those that follow it.
#[test]
fn opening_wipes_the_rest_of_the_open_block() {
    for steps in 0..10 {
        let storage = memory();
        grow(&mut create(&storage), 500, 500);
        let mut writer = open(&storage, 301).unwrap();
        grow(&mut writer, 301 + steps, 1);
        let whole = memory();
        grow(&mut create(&whole), 301 + steps, 500);
        assert_eq!(bytes(&storage, 1), bytes(&whole, 1));
        let (grown, expected) = (bytes(&storage, 0).unwrap(), bytes(&whole, 0).unwrap());
        // The full block before has the height of its first filling.
        assert!(
            grown[4096 + 16384..] == expected[4096 + 16384..],
            "{steps} steps"
        );
    }
}

#[test]
fn every_flipped_bit_of_a_full_block_is_found_at_first_touch() {
    let storage = memory();
    grow(&mut create(&storage), 600, 600);
    let original = bytes(&storage, 0).unwrap();
    let begin = 4096 + 16384;
    for byte in 0..16384u64 {
        let offset = begin + byte;
        for bit in 0..8 {
            write(
                &storage,
                0,
                offset,
                &[original[offset as usize] ^ (1 << bit)],
            );
            let damaged = reader(&storage).at(TreeSize(600)).node(NodeId::new(7, 2));
            assert!(
                matches!(&damaged, Err(TileError::TileDamaged { block: 1, offset, expected, computed, file })
                    if *offset == begin && expected != computed && file == "domain/tiles.0"),
                "{damaged:?} for bit {bit} of byte {byte}"
            );
        }
        write(
            &storage,
            0,
            offset,
            &original[offset as usize..=offset as usize],
        );
    }
    // The damage stays in its block, and a healed one is read again.
    let tiles = reader(&storage);
    write(&storage, 0, begin, &[original[begin as usize] ^ 1]);
    assert!(tiles.at(TreeSize(600)).node(NodeId::new(0, 300)).is_err());
    assert!(tiles.at(TreeSize(600)).node(NodeId::new(0, 3)).is_ok());
    write(
        &storage,
        0,
        begin,
        &original[begin as usize..=begin as usize],
    );
    assert!(tiles.at(TreeSize(600)).node(NodeId::new(0, 300)).is_ok());
}

#[test]
fn a_block_in_the_place_of_another_is_found() {
    let storage = memory();
    grow(&mut create(&storage), 1024, 1024);
    let file = bytes(&storage, 0).unwrap();
    let block = |number: usize| &file[4096 + 16384 * number..][..16384];
    write(&storage, 0, 4096, block(1));
    let moved = reader(&storage).at(TreeSize(1024)).node(NodeId::new(0, 0));
    assert!(matches!(
        moved,
        Err(TileError::TileDamaged { block: 0, .. })
    ));
    // A sound check over the wrong trailer.
    let mut wrong = block(2).to_vec();
    wrong[16344] = 1;
    let mut place = IDENTITY.store_uuid.to_vec();
    for word in [2, u64::from(IDENTITY.ledger) * 256, 4096 + 2 * 16384] {
        place.extend(word.to_le_bytes());
    }
    let check = crc32(&wrong[..16380], crc32(&place, 0));
    wrong[16380..].copy_from_slice(&check.to_le_bytes());
    write(&storage, 0, 4096 + 2 * 16384, &wrong);
    let odd = reader(&storage)
        .at(TreeSize(1024))
        .node(NodeId::new(0, 512));
    assert!(matches!(odd, Err(TileError::WrongTrailer { block: 2, .. })));
}

/// Every bit of every node of the open blocks is covered by the refolding or by the root.
#[test]
fn every_flipped_bit_of_an_open_block_is_found_on_opening() {
    let storage = memory();
    let size = 256 * 3 + 77;
    grow(&mut create(&storage), size, size);
    let root = tree_of(size).after().root(TREE).unwrap();
    for level in 0..2u8 {
        let original = bytes(&storage, level).unwrap();
        let nodes = size >> (8 * level);
        let block = 4096 + nodes / 256 * 16384;
        for height in 0..8 {
            let row = block + 16384 - (16384 >> height);
            for offset in row..row + ((nodes % 256) >> height) * 32 {
                let byte = original[offset as usize];
                write(&storage, level, offset, &[byte ^ (1 << (offset % 8))]);
                let tiles = reader(&storage);
                let view = tiles.at(TreeSize(size));
                let range = read_range(&view, TreeSize(size)).unwrap();
                let folds = view.check_open_blocks(TREE).is_ok();
                assert!(!folds || range.root(TREE) != Ok(root), "offset {offset}");
                write(&storage, level, offset, &[byte]);
            }
        }
    }
    let tiles = reader(&storage);
    tiles.at(TreeSize(size)).check_open_blocks(TREE).unwrap();
    write(&storage, 0, 4096 + 3 * 16384 + 8192 + 32, &[0; 32]);
    assert!(matches!(
        tiles.at(TreeSize(size)).check_open_blocks(TREE),
        Err(TileError::OpenBlockDamaged { id, stored, .. })
            if id == NodeId::new(1, 385) && stored == [0; 32].into()
    ));
}

#[test]
fn what_was_never_written_is_not_a_hash() {
    let storage = memory();
    grow(&mut create(&storage), 300, 300);
    // The owner publishes more than it wrote.
    let tiles = reader(&storage);
    assert!(tiles.at(TreeSize(310)).node(NodeId::new(0, 299)).is_ok());
    assert!(matches!(
        tiles.at(TreeSize(310)).node(NodeId::new(0, 300)),
        Err(TileError::NotStored { id, file }) if id == NodeId::new(0, 300) && file == "domain/tiles.0"
    ));
    assert!(matches!(
        tiles.at(TreeSize(512)).node(NodeId::new(0, 299)),
        Err(TileError::TileDamaged { block: 1, .. })
    ));
    // The same of many, through a map too.
    let folder = tempfile::tempdir().unwrap();
    let mapped: Arc<dyn Storage> = Arc::new(FileStorage::new(folder.path()));
    grow(&mut create(&mapped), 300, 300);
    for storage in [&storage, &mapped] {
        let tiles = reader(storage);
        let view = tiles.at(TreeSize(310));
        let ids = (280..310).map(|index| NodeId::new(0, index));
        assert!(view.nodes(ids.clone().take(20), &mut vec![]).is_ok());
        assert!(matches!(
            view.nodes(ids, &mut vec![]),
            Err(TileError::NotStored { id, .. }) if id == NodeId::new(0, 300)
        ));
        let inner = [NodeId::new(1, 149), NodeId::new(3, 37)];
        assert!(matches!(
            view.nodes(inner.into_iter(), &mut vec![]),
            Err(TileError::NotStored { id, .. }) if id == inner[1]
        ));
    }
}

#[test]
fn files_that_are_not_what_they_should_be() {
    let built = || {
        let storage = memory();
        grow(&mut create(&storage), 300, 300);
        storage
    };
    let both = |storage: &Arc<dyn Storage>| {
        let opened = open(storage, 300).unwrap_err();
        let read = reader(storage)
            .at(TreeSize(300))
            .node(NodeId::new(0, 0))
            .unwrap_err();
        assert_eq!(
            std::mem::discriminant(&opened),
            std::mem::discriminant(&read)
        );
        opened
    };
    let damage = |offset: u64, bytes: &[u8]| {
        let storage = built();
        write(&storage, 0, offset, bytes);
        both(&storage)
    };
    let storage = memory();
    assert!(matches!(both(&storage), TileError::Missing { file } if file == "domain/tiles.0"));
    storage
        .create("domain/tiles.0")
        .unwrap()
        .write_at(&[0; 4000], 0)
        .unwrap();
    assert!(matches!(
        both(&storage),
        TileError::TooShort {
            expected: 4096,
            got: 4000,
            ..
        }
    ));

    let storage = built();
    let header = bytes(&storage, 0).unwrap()[..4096].to_vec();
    for offset in 0..4096 {
        let byte = header[offset as usize];
        let error = damage(offset, &[byte ^ 0x10]);
        match offset {
            12..16 => assert!(matches!(
                error,
                TileError::UnknownVersion { expected: 1, .. }
            )),
            16..32 => assert!(matches!(error, TileError::UnknownFeatures { .. })),
            _ => {
                let kind = match offset {
                    0..8 => FlawKind::Magic,
                    8..12 => FlawKind::Kind,
                    _ => FlawKind::HeaderCheck,
                };
                assert!(
                    matches!(&error, TileError::BadHeader { flaw, .. } if flaw.kind == kind),
                    "{error} at {offset}"
                );
            }
        }
    }

    let storage = built();
    let other_store = TileIdentity {
        store_uuid: [9; 16],
        ..IDENTITY
    };
    let other_ledger = TileIdentity {
        ledger: 8,
        ..IDENTITY
    };
    for (identity, differs) in [
        (other_store, FlawKind::Foreign),
        (other_ledger, FlawKind::Kind),
    ] {
        let foreign = TileWriter::open(Arc::clone(&storage), DIR, identity, TreeSize(300));
        assert!(matches!(foreign, Err(TileError::BadHeader { flaw, .. }) if flaw.kind == differs));
        let foreign = TileReader::new(Arc::clone(&storage), DIR, identity);
        assert!(matches!(
            foreign.at(TreeSize(300)).node(NodeId::new(0, 0)),
            Err(TileError::BadHeader { flaw, .. }) if flaw.kind == differs
        ));
    }

    // Tile files state no length of their own.
    let seed = Seed {
        uuid: IDENTITY.store_uuid,
        kind: FileKind::Tiles,
        number: 7 * 256,
    };
    let page = FileHeader { seed, len: 1 << 16 }.encode();
    assert!(matches!(
        damage(0, &page),
        TileError::BadHeader { flaw, .. } if flaw.at == 64 && flaw.found == 1 << 16
    ));

    // A file that lost its end.
    let storage = built();
    let file = storage.open("domain/tiles.0", Access::Write).unwrap();
    file.set_len(4096 + 16384 + 100).unwrap();
    assert!(matches!(
        open(&storage, 300),
        Err(TileError::TooShort {
            expected: 36864,
            ..
        })
    ));
    let tiles = reader(&storage);
    assert!(tiles.at(TreeSize(300)).node(NodeId::new(0, 0)).is_ok());
    assert!(matches!(
        tiles.at(TreeSize(300)).node(NodeId::new(0, 256)),
        Err(TileError::TooShort { .. })
    ));
    assert!(matches!(
        tiles
            .at(TreeSize(u64::MAX))
            .node(NodeId::new(0, u64::MAX - 1)),
        Err(TileError::TooShort { .. })
    ));

    // All of it heals by building anew.
    grow(&mut create(&storage), 300, 300);
    assert!(files(&storage) == files(&built()));
}

#[test]
fn a_mapped_file_that_lost_its_end_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let storage: Arc<dyn Storage> = Arc::new(FileStorage::new(folder.path()));
    grow(&mut create(&storage), 600, 600);
    storage
        .open("domain/tiles.0", Access::Write)
        .unwrap()
        .set_len(4096 + 16384)
        .unwrap();
    let tiles = reader(&storage);
    assert!(tiles.at(TreeSize(600)).node(NodeId::new(0, 0)).is_ok());
    for index in [256, 512] {
        assert!(matches!(
            tiles.at(TreeSize(600)).node(NodeId::new(0, index)),
            Err(TileError::TooShort { got: 20480, .. })
        ));
    }
}

#[test]
fn only_the_growth_from_its_size_is_written() {
    let storage = memory();
    let mut writer = create(&storage);
    let growth = tree_of(10);
    writer.append(&growth, 1).unwrap();
    assert!(matches!(
        writer.append(&growth, 1),
        Err(TileError::WrongGrowth {
            expected: TreeSize(10),
            got: TreeSize(0)
        })
    ));
    let more = Growth::new(TREE, growth.after(), leaves(10, 12)).unwrap();
    writer.append(&more, 2).unwrap();
    assert_eq!(writer.size(), TreeSize(12));
}
