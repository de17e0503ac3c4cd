//! The fields of superblocks, each by itself: what mutated code got past the tests of whole ones.

use super::tests::{example, with_base, with_lookups};
use super::*;

/// An encoded superblock after a change, with a length and a check that fit it.
fn sealed(mut bytes: Vec<u8>, change: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    change(&mut bytes);
    let len = bytes.len();
    put(&mut bytes, 76, &u32::try_from(len).unwrap().to_le_bytes());
    let check = Superblock::seed([3; 16], 1).check(0, &[&bytes[..len - 4]]);
    put(&mut bytes, len - 4, &check.to_le_bytes());
    bytes
}

fn flaw_of(bytes: &[u8]) -> Flaw {
    match Superblock::decode(bytes, 1) {
        Err(HeaderFlaw::Flaw(flaw)) => flaw,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_highest_batch_is_the_tips_or_a_watermarks() {
    let mut superblock = example();
    assert_eq!(superblock.covered_batch(), 9);
    superblock.watermarks[0].batch = 31;
    assert_eq!(superblock.covered_batch(), 31);
    superblock.watermarks.clear();
    assert_eq!(superblock.covered_batch(), 9);
}

#[test]
fn the_longest_superblock_is_written_and_a_longer_one_is_not() {
    let mut superblock = example();
    superblock.watermarks.clear();
    let short = superblock.encode(1).unwrap().len();
    superblock.network = "n".repeat(3 + SUPERBLOCK_LEN_MAX - short);
    let bytes = superblock.encode(1).unwrap();
    assert_eq!(bytes.len(), SUPERBLOCK_LEN_MAX);
    assert_eq!(Superblock::decode(&bytes, 1), Ok(superblock.clone()));
    for more in [8, 80] {
        superblock.network = "n".repeat(3 + SUPERBLOCK_LEN_MAX - short + more);
        let (limit, len) = (
            SUPERBLOCK_LEN_MAX as u64,
            (SUPERBLOCK_LEN_MAX + more) as u64,
        );
        let refused = superblock.encode(1).unwrap_err();
        assert_eq!(refused, Flaw::new(FlawKind::Length, 76, limit, len));
    }
}

#[test]
fn lengths_are_held_against_what_they_hold() {
    let bytes = example().encode(1).unwrap();
    let limit = SUPERBLOCK_LEN_MAX as u64;
    for len in [152, 160] {
        let short = sealed(bytes.clone(), |bytes| bytes.truncate(len));
        let expected = Flaw::new(FlawKind::Length, 76, limit, len as u64);
        assert_eq!(flaw_of(&short), expected);
    }
    let len = bytes.len();
    let longer = sealed(bytes, |bytes| {
        bytes.truncate(len - 8);
        bytes.resize(len + 8, 0);
    });
    let expected = Flaw::new(FlawKind::Length, 76, len as u64, len as u64 + 8);
    assert_eq!(flaw_of(&longer), expected);
}

#[test]
fn unknown_flags_and_bytes_that_must_be_zero_are_refused() {
    let bytes = example().encode(1).unwrap();
    for flags in [4, 0x8000_0001u32] {
        let bad = sealed(bytes.clone(), |bytes| put(bytes, 72, &flags.to_le_bytes()));
        assert_eq!(flaw_of(&bad).kind, FlawKind::Kind);
    }
    for (flags, clean, cut) in [
        (0u32, false, false),
        (1, true, false),
        (2, false, true),
        (3, true, true),
    ] {
        let good = sealed(bytes.clone(), |bytes| put(bytes, 72, &flags.to_le_bytes()));
        let decoded = Superblock::decode(&good, 1).unwrap();
        assert_eq!((decoded.clean, decoded.cut), (clean, cut));
    }
    for at in [156, 159, bytes.len() - 8, bytes.len() - 5] {
        let bad = sealed(bytes.clone(), |bytes| bytes[at] = 1);
        assert_eq!(flaw_of(&bad), Flaw::new(FlawKind::Padding, at as u64, 0, 1));
    }
    // Unknown features in each of the two fields.
    for (at, writing) in [(16, false), (24, true)] {
        let bad = sealed(bytes.clone(), |bytes| bytes[at + 3] = 1);
        let features = HeaderFlaw::Features {
            bits: 1 << 24,
            writing,
        };
        assert_eq!(Superblock::decode(&bad, 1), Err(features));
        let read = Superblock::decode_for(Access::Read, &bad, 1);
        assert_eq!(read.is_ok(), writing);
    }
}

#[test]
fn the_feature_of_lookups_goes_with_lookups() {
    let mut all = with_lookups();
    all.ledgers.remove(0);
    let bytes = all.encode(1).unwrap();
    assert_eq!(Superblock::decode(&bytes, 1), Ok(all));
    // Look-ups of the only ledger taken back, the feature not.
    let none = sealed(bytes, |bytes| {
        let at = bytes.iter().position(|byte| *byte == b'p').unwrap();
        assert_eq!(bytes[at + 4], 3);
        bytes[at + 4] = 0;
    });
    assert_eq!(flaw_of(&none), Flaw::new(FlawKind::Kind, 16, 0, LOOKUPS));
}

#[test]
fn a_base_has_a_height_and_no_more_ledgers_than_there_are() {
    let bytes = with_base().encode(1).unwrap();
    let at = bytes.len() - 8 - 24;
    let changed = |by: usize, value: u64| {
        sealed(bytes.clone(), |bytes| {
            put(bytes, at + by, &value.to_le_bytes());
        })
    };
    let place = at as u64;
    let no_height = Flaw::new(FlawKind::Height, place, 1, 0);
    assert_eq!(flaw_of(&changed(0, 0)), no_height);
    for count in [3, u64::MAX] {
        let flaw = Flaw::new(FlawKind::Count, place + 8, 2, count);
        assert_eq!(flaw_of(&changed(8, count)), flaw);
    }
    // As many as there are, and fewer: what follows does not fit.
    for count in [0, 2] {
        assert!(Superblock::decode(&changed(8, count), 1).is_err());
    }
    let two = sealed(changed(8, 2), |bytes| {
        bytes.splice(at + 24..at + 24, 7u64.to_le_bytes());
    });
    let sizes = Superblock::decode(&two, 1).unwrap().base.unwrap().sizes;
    assert_eq!(sizes, [1 << 40, 7]);
}

#[test]
fn text_that_is_no_text_is_told_at_its_place() {
    let bytes = example().encode(1).unwrap();
    let bad = sealed(bytes, |bytes| bytes[162] = 0xff);
    assert_eq!(flaw_of(&bad), Flaw::new(FlawKind::Payload, 162, 0, 0));
}
