//! The fields of batches, each by itself: what mutated code got past the tests of whole batches.

use super::*;
use crate::layout::FileKind;

const SEED: Seed = Seed {
    uuid: [3; 16],
    kind: FileKind::Segment,
    number: 2,
};
const AT: u64 = 8192;
const CHAIN: [u8; 32] = [6; 32];

/// A begin header with these fields and a check that fits them.
fn begin(kind: u16, len: u64, height: u64, frames_len: u64) -> Vec<u8> {
    let mut bytes = vec![0; BEGIN_LEN];
    put(&mut bytes, 0, BEGIN_MAGIC);
    put(&mut bytes, 4, &kind.to_le_bytes());
    put(&mut bytes, 8, &11u64.to_le_bytes());
    put(&mut bytes, 16, &len.to_le_bytes());
    put(&mut bytes, 24, &height.to_le_bytes());
    put(&mut bytes, 32, &frames_len.to_le_bytes());
    put(&mut bytes, 40, &1u32.to_le_bytes());
    put(&mut bytes, 48, &CHAIN);
    let check = SEED.check(AT, &[&bytes[..92]]);
    put(&mut bytes, 92, &check.to_le_bytes());
    bytes
}

fn flaw_of(bytes: &[u8]) -> Option<FlawKind> {
    BeginHeader::decode(bytes, &SEED, AT)
        .err()
        .map(|flaw| flaw.kind)
}

#[test]
fn each_kind_has_its_code_and_its_height() {
    for (code, kind, height) in [
        (1, BatchKind::Declaration, 0),
        (2, BatchKind::Commit, 9),
        (3, BatchKind::Attachment, 0),
        (4, BatchKind::Base, 0),
        (4, BatchKind::Base, 9),
    ] {
        let header = BeginHeader::decode(&begin(code, 512, height, 64), &SEED, AT).unwrap();
        assert_eq!((header.kind, header.height), (kind, height));
        assert_eq!((header.number, header.len), (11, 512));
        assert_eq!(header.chain_before, CHAIN);
        assert_eq!(header.zero_map_at(), BEGIN_LEN + 64);
        let other = begin(code, 512, u64::from(height == 0), 64);
        // A part of a base may have either.
        let flaw = (kind != BatchKind::Base).then_some(FlawKind::Height);
        assert_eq!(flaw_of(&other), flaw, "{kind:?}");
    }
    for code in [0, 5, 0x0102] {
        assert_eq!(flaw_of(&begin(code, 512, 0, 64)), Some(FlawKind::Kind));
    }
}

#[test]
fn lengths_are_held_against_each_other() {
    let rest = (BEGIN_LEN + ZERO_MAP_HEAD + TRAILER_LEN) as u64;
    for len in [512, 1024, 1 << 20] {
        let most = len - rest;
        assert_eq!(flaw_of(&begin(2, len, 1, most)), None);
        for wrong in [most + 8, most - 4, most - 1, u64::MAX - 7] {
            let flaw = flaw_of(&begin(2, len, 1, wrong));
            assert_eq!(flaw, Some(FlawKind::Length), "{wrong} of {len}");
        }
        for wrong in [len + 8, len + 1, len + 256] {
            assert_eq!(flaw_of(&begin(2, wrong, 1, 8)), Some(FlawKind::Length));
        }
    }
}

#[test]
fn a_sector_is_like_a_commit_by_magic_and_kind() {
    assert!(BeginHeader::is_like_a_commit(&begin(2, 512, 1, 64)));
    assert!(!BeginHeader::is_like_a_commit(&begin(1, 512, 0, 64)));
    assert!(!BeginHeader::is_like_a_commit(&begin(3, 512, 0, 64)));
    let mut other = begin(2, 512, 1, 64);
    other[0] ^= 1;
    assert!(!BeginHeader::is_like_a_commit(&other));
    assert!(!BeginHeader::is_like_a_commit(&[]));
}

#[test]
fn a_buffer_tells_what_it_gathers() {
    let mut buffer = BatchBuffer::new(BatchKind::Commit, 4);
    assert_eq!((buffer.kind(), buffer.height()), (BatchKind::Commit, 4));
    assert!(buffer.is_empty());
    let empty = buffer.len();
    assert_eq!(empty, BEGIN_LEN);
    buffer
        .push(FrameKind::Body, |to| to.extend_from_slice(b"a body"))
        .unwrap();
    assert!(!buffer.is_empty());
    assert!(buffer.len() >= empty + 6);
    let second = buffer
        .push(FrameKind::Ranges, |to| to.extend_from_slice(b"ranges"))
        .unwrap();
    assert_eq!(buffer.frame_at(FrameKind::Body), Some(BEGIN_LEN as u64));
    assert_eq!(buffer.frame_at(FrameKind::Ranges), Some(second));
    assert_eq!(buffer.frame_at(FrameKind::Delta), None);
}

#[test]
fn runs_of_zero_sectors_are_joined() {
    let mut bytes = vec![0; 6 * SECTOR + 100];
    bytes[2 * SECTOR] = 1;
    bytes[5 * SECTOR + 511] = 1;
    assert_eq!(zero_runs(&bytes), [(0, 2), (3, 2)]);
    bytes.fill(1);
    assert_eq!(zero_runs(&bytes), []);
    bytes[SECTOR..2 * SECTOR].fill(0);
    bytes[3 * SECTOR..4 * SECTOR].fill(0);
    assert_eq!(zero_runs(&bytes), [(1, 1), (3, 1)]);
}

/// FORMAT.md section 4: only a batch with a body moves the chain. BLAKE3 of nothing is a published
/// vector.
#[test]
fn the_chain_moves_with_a_body_and_starts_with_the_network() {
    let entries: (FrameKind, &[u8]) = (FrameKind::Entries, b"entries");
    let body: (FrameKind, &[u8]) = (FrameKind::Body, b"body");
    assert_eq!(chain_over(&CHAIN, [entries].into_iter()), CHAIN);
    let mut hasher = blake3::Hasher::new();
    hasher.update(&CHAIN);
    for (kind, payload) in [entries, body] {
        hasher.update(&u32::from(kind as u16).to_le_bytes());
        hasher.update(&u32::try_from(payload.len()).unwrap().to_le_bytes());
        hasher.update(payload);
    }
    let moved = *hasher.finalize().as_bytes();
    assert_eq!(chain_over(&CHAIN, [entries, body].into_iter()), moved);
    assert_eq!(chain_over(&CHAIN, [body, entries].into_iter()).len(), 32);
    assert_ne!(chain_over(&CHAIN, [body, entries].into_iter()), CHAIN);
    assert_eq!(first_chain("")[..4], [0xaf, 0x13, 0x49, 0xb9]);
}

#[test]
fn a_wrong_chain_is_told_at_its_place() {
    let mut buffer = BatchBuffer::new(BatchKind::Commit, 4);
    buffer
        .push(FrameKind::Body, |to| to.extend_from_slice(b"a body"))
        .unwrap();
    let placed = buffer.place(&SEED, AT, 7, &CHAIN).bytes.to_vec();
    let mut batch = Batch::decode(&placed, &SEED, AT).unwrap();
    batch.chain_after = [1; 32];
    let flaw = batch.check_follows(7, &CHAIN).unwrap_err();
    assert_eq!(flaw.kind, FlawKind::Chain);
    assert_eq!(flaw.at, placed.len() as u64 - 64 + 24);
    assert_eq!(batch.check_follows(7, &[8; 32]).unwrap_err().at, 48);
    assert_eq!(
        batch.check_follows(8, &CHAIN).unwrap_err().kind,
        FlawKind::BatchNumber
    );
}

#[test]
fn each_kind_of_frame_has_its_code() {
    for (code, kind) in [
        (1, FrameKind::Declaration),
        (2, FrameKind::Entries),
        (3, FrameKind::Delta),
        (4, FrameKind::Body),
        (5, FrameKind::Ranges),
        (6, FrameKind::Attachment),
        (7, FrameKind::Ids),
        (8, FrameKind::Padding),
        (9, FrameKind::Leaves),
    ] {
        assert_eq!(kind as u16, code);
        let mut buffer = BatchBuffer::new(BatchKind::Commit, 4);
        buffer
            .push(kind, |to| to.extend_from_slice(b"payload"))
            .unwrap();
        let placed = buffer.place(&SEED, AT, 7, &CHAIN).bytes.to_vec();
        let batch = Batch::decode(&placed, &SEED, AT).unwrap();
        assert_eq!(batch.frames[0].kind, kind);
        assert_eq!(batch.frames[0].payload, b"payload");
    }
}
