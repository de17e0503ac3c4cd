//! Every structure is taken apart whole, and every damaged byte of it is marked.

use super::*;
use crate::layout::batch::{BatchBuffer, BatchKind, first_chain};
use crate::layout::footer::Footer;
use crate::layout::frame::FrameKind;
use crate::layout::header::FileHeader;
use crate::layout::superblock::{Base, Declaration, Superblock, Watermark};
use crate::layout::tip::Tip;
use crate::layout::{FileKind, Seed};
use crate::position::Position;

const UUID: [u8; 16] = [7; 16];
const SEED: Seed = Seed {
    uuid: UUID,
    kind: FileKind::Segment,
    number: 3,
};

/// The fields cover all of `bytes` in order; none is flawed.
#[track_caller]
fn whole(fields: &[Field], bytes: &[u8]) {
    let mut at = fields[0].offset;
    let start = at;
    for field in fields {
        assert_eq!(field.offset, at, "{}", field.name);
        assert_eq!(field.flaw, None, "{}", field.name);
        at += field.len;
    }
    assert_eq!(at - start, bytes.len() as u64);
}

/// Each bit, flipped, is marked at its very byte.
fn every_flip_is_marked(bytes: &[u8], base: u64, inspect: impl Fn(&[u8]) -> Vec<Field>) {
    for bit in 0..bytes.len() * 8 {
        let mut bad = bytes.to_vec();
        bad[bit / 8] ^= 1 << (bit % 8);
        let at = base + (bit / 8) as u64;
        let fields = inspect(&bad);
        let marked = fields.iter().filter_map(|field| field.flaw.as_ref());
        // Where a superblock ends only its length says: then the check is looked for elsewhere.
        let is_length = fields.len() > 20 && (76..80).contains(&at);
        let marks = |flaw: &FieldFlaw| {
            let (start, len) = flaw.bytes;
            (start..start + len).contains(&at) || is_length
        };
        assert!(marked.clone().any(marks), "bit {bit}: {fields:?}");
    }
}

fn a_superblock() -> Superblock {
    let declaration = Declaration {
        tree: 1,
        suite: 3,
        key_mode: 0,
        lookups: 3,
        id_space: "ids".to_owned(),
        name: "domain".to_owned(),
    };
    Superblock {
        uuid: UUID,
        generation: 5,
        clean: true,
        cut: false,
        batch: 9,
        height: 4,
        end: Position::new(2, 8192),
        last_body: Some(Position::new(1, 4096)),
        chain: [9; 32],
        network: "net".to_owned(),
        ledgers: vec![declaration.clone(), declaration],
        watermarks: vec![Watermark {
            kind: 2,
            ledger: u32::MAX,
            batch: 9,
            end: Position::new(2, 8192),
        }],
        base: Some(Base {
            height: 3,
            sizes: vec![70, 0],
        }),
    }
}

#[test]
fn superblocks_tips_headers_and_footers_are_whole_and_every_flip_is_marked() {
    let bytes = a_superblock().encode(1).unwrap();
    let fields = superblock(&bytes, 1, Some(UUID));
    whole(&fields, &bytes);
    let value = |name: &str| {
        fields
            .iter()
            .find(|f| f.name == name)
            .unwrap()
            .value
            .clone()
    };
    assert_eq!(value("generation"), "5");
    assert_eq!(value("flags"), "1, clean");
    assert_eq!(value("position of the tip"), "segment 2 at 8192");
    assert_eq!(value("name of the ledger"), "domain");
    assert_eq!(value("state suite"), "3, sha3-256");
    assert_eq!(value("base: height"), "3");
    assert_eq!(value("base: size of a ledger"), "70");
    every_flip_is_marked(&bytes, 0, |bytes| superblock(bytes, 1, Some(UUID)));

    let tip_bytes = Tip {
        boot_id: [1; 16],
        uuid: UUID,
        height: 3,
        batch: 4,
        end: Position::new(5, 4096),
    }
    .encode();
    whole(&tip(&tip_bytes, Some(UUID)), &tip_bytes);
    every_flip_is_marked(&tip_bytes, 0, |bytes| tip(bytes, Some(UUID)));

    let page = FileHeader {
        seed: SEED,
        len: 1 << 16,
    }
    .encode();
    whole(&file_header(&page, &SEED), &page);
    let some = |bytes: &[u8]| file_header(bytes, &SEED);
    for at in (0..80).chain(2000..2010).chain(4090..4096) {
        let mut bad = page.clone();
        bad[at] ^= 4;
        let fields = some(&bad);
        let flaws = fields.iter().filter_map(|field| field.flaw.as_ref());
        assert!(
            flaws
                .clone()
                .any(|flaw| flaw.bytes == (at as u64, 1) || at < 64),
            "{at}"
        );
        assert!(flaws.count() > 0);
    }

    let sector = Footer {
        first_batch: 1,
        last_batch: 2,
        first_height: 1,
        last_height: 1,
        end: 8192,
        chain: [4; 32],
    }
    .encode(&SEED, 65_024);
    let inspect = |bytes: &[u8]| footer(bytes, &SEED, 65_024);
    whole(&inspect(&sector), &sector);
    every_flip_is_marked(&sector, 65_024, inspect);
}

/// A segment of two batches, the second with two frames.
fn a_segment() -> Vec<u8> {
    let mut bytes = FileHeader {
        seed: SEED,
        len: 65_536,
    }
    .encode();
    bytes.resize(65_536, 0);
    let mut at = 4096;
    let mut chain = first_chain("net");
    for (number, payloads) in [(1u64, 1usize), (2, 2)] {
        let mut buffer = BatchBuffer::new(BatchKind::Commit, number);
        for i in 0..payloads {
            let payload = [b'a' + u8::try_from(i).unwrap(); 100];
            buffer
                .push(FrameKind::Body, |to| to.extend_from_slice(&payload))
                .unwrap();
        }
        let placed = buffer.place(&SEED, at as u64, number, &chain);
        bytes[at..at + placed.bytes.len()].copy_from_slice(placed.bytes);
        at += placed.bytes.len();
        chain = placed.chain_after;
    }
    bytes
}

#[test]
fn a_segment_is_listed_around_what_is_damaged() {
    let bytes = a_segment();
    let parts = segment(&bytes, &SEED);
    whole(&parts.header, &bytes[..4096]);
    assert_eq!(parts.batches.len(), 2);
    assert_eq!(parts.batches[1].frames.len(), 2);
    assert!(parts.batches.iter().all(|batch| batch.flaw.is_none()));
    assert!(parts.footer.is_empty());
    let first_len = usize::try_from(parts.batches[0].len).unwrap();
    // A payload, a begin header, the file header: the rest is still listed.
    for (at, flawed) in [(4096 + 130, 0), (4096 + 9, 0), (4096 + first_len + 130, 1)] {
        let mut bad = bytes.clone();
        bad[at] ^= 1;
        let parts = segment(&bad, &SEED);
        let flaws: Vec<bool> = parts.batches.iter().map(|b| b.flaw.is_some()).collect();
        assert_eq!(flaws.len(), 2, "{at}");
        assert!(flaws[flawed] && !flaws[1 - flawed], "{at}: {flaws:?}");
    }
    let mut bad = bytes.clone();
    bad[100] ^= 1;
    let parts = segment(&bad, &SEED);
    assert!(parts.header.iter().any(|field| field.flaw.is_some()));
    assert!(parts.batches.iter().all(|batch| batch.flaw.is_none()));
    // Of another store: said once, and read as what it is.
    let other = Seed {
        uuid: [8; 16],
        ..SEED
    };
    let parts = segment(&bytes, &other);
    let flaw = parts.header.iter().find_map(|field| field.flaw.as_ref());
    assert_eq!(flaw.unwrap().code, "E-FOREIGN");
    assert_eq!(parts.batches.len(), 2);
}

#[test]
fn a_frame_is_whole_and_every_flip_is_marked() {
    let bytes = a_segment();
    let parts = segment(&bytes, &SEED);
    let (kind, at) = parts.batches[0].frames[0];
    assert_eq!(kind, FrameKind::Body);
    let start = usize::try_from(at).unwrap();
    let inspect = |bytes: &[u8]| frame(bytes, &SEED, at).0;
    let (fields, payload) = frame(&bytes[start..], &SEED, at);
    whole(&fields, &bytes[..24]);
    assert_eq!(payload.unwrap(), (FrameKind::Body, &[b'a'; 100][..]));
    every_flip_is_marked(&bytes[start..start + 124], at, inspect);
    let begin = |bytes: &[u8]| begin_header(bytes, &SEED, 4096);
    whole(&begin(&bytes[4096..]), &bytes[..96]);
    every_flip_is_marked(&bytes[4096..4096 + 96], 4096, begin);
}

#[test]
fn any_bytes_have_an_answer() {
    let full = a_superblock().encode(0).unwrap();
    for len in 0..full.len() {
        let fields = superblock(&full[..len], 0, None);
        assert!(fields.iter().any(|field| field.flaw.is_some()), "{len}");
        let _ = tip(&full[..len], None);
        let _ = file_header(&full[..len], &SEED);
        let _ = segment(&full[..len], &SEED);
        let _ = frame(&full[..len], &SEED, 0);
        let _ = footer(&full[..len], &SEED, 0);
    }
    let noise: Vec<u8> = (0..20_000u32)
        .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    assert!(!superblock(&noise, 0, None).is_empty());
    assert!(
        segment(&noise, &SEED)
            .batches
            .iter()
            .all(|b| b.flaw.is_some())
    );
    // A stated length of 4 GiB allocates nothing.
    let mut frame_bytes = vec![0xff; 24];
    frame_bytes.resize(64, 0);
    assert_eq!(frame(&frame_bytes, &SEED, 0).1, None);
}
