//! Files of the store: headers, batches, superblocks, tips, footers (FORMAT.md sections 2 to 4, 9
//! and 10). Every target tries the bytes as they are and with their checks mended.
//!
//! The encoders here are written from the format's page, not from the crate.

use std::sync::Arc;

use hash_store::{
    Access, BEGIN_LEN, Batch, BeginHeader, FRAME_HEADER_LEN, FileHeader, FileKind, Footer,
    HEADER_LEN, MemStorage, SECTOR, Seed, Segments, Storage, Superblock, Tip, segment_name,
};

/// The store of all seeds.
pub const UUID: [u8; 16] = *b"the fuzzed store";
/// Segment 0 of that store.
pub const SEGMENT: Seed = Seed {
    uuid: UUID,
    kind: FileKind::Segment,
    number: 0,
};
/// Where batches start.
pub const BATCH_AT: u64 = HEADER_LEN;
/// The segment that footers are read from.
pub const SEGMENT_LEN: u64 = 2 * HEADER_LEN;

const PAGE: usize = HEADER_LEN as usize;
const TRAILER_LEN: usize = 64;
const FOOTER_AT: u64 = SEGMENT_LEN - SECTOR as u64;

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..)?.first_chunk().copied()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<usize> {
    usize::try_from(u32::from_le_bytes(array(bytes, at)?)).ok()
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

fn put(bytes: &mut [u8], at: usize, value: &[u8]) -> Option<()> {
    bytes
        .get_mut(at..at.checked_add(value.len())?)?
        .copy_from_slice(value);
    Some(())
}

/// Puts the check of `of` at `at`, if there is room for both.
fn mend(bytes: &mut [u8], seed: &Seed, offset: u64, of: (usize, usize), at: usize) -> Option<()> {
    let check = seed.check(offset, &[bytes.get(of.0..of.1)?]);
    put(bytes, at, &check.to_le_bytes())
}

/// Tries the bytes as they are, and mended.
fn both(
    bytes: &[u8],
    mend: impl Fn(&mut [u8]) -> Option<()>,
    decode: impl Fn(&[u8]) -> bool,
) -> bool {
    let as_they_are = decode(bytes);
    let mut mended = bytes.to_vec();
    let _ = mend(&mut mended);
    decode(&mended) || as_they_are
}

fn own_seed(bytes: &[u8], kind: FileKind) -> Option<Seed> {
    Some(Seed {
        uuid: array(bytes, 40)?,
        kind,
        number: u64_at(bytes, 56)?,
    })
}

fn mend_file_header(page: &mut [u8]) -> Option<()> {
    let seed = own_seed(page, FileKind::Segment)?;
    mend(page, &seed, 0, (0, PAGE - 4), PAGE - 4)
}

/// The header page of a file.
pub fn file_header(bytes: &[u8]) -> bool {
    both(bytes, mend_file_header, |bytes| {
        let Ok(header) = FileHeader::decode(bytes, &SEGMENT) else {
            return false;
        };
        assert_eq!(header.seed, SEGMENT);
        // Compatible features are read over.
        let mut known = bytes[..PAGE].to_vec();
        known[32..40].fill(0);
        mend_file_header(&mut known);
        assert_eq!(header.encode(), known);
        true
    })
}

fn mend_begin(bytes: &mut [u8]) -> Option<()> {
    mend(bytes, &SEGMENT, BATCH_AT, (0, 92), 92)
}

/// The begin header of a batch.
pub fn begin_header(bytes: &[u8]) -> bool {
    both(bytes, mend_begin, |bytes| {
        let Ok(header) = BeginHeader::decode(bytes, &SEGMENT, BATCH_AT) else {
            return false;
        };
        assert_eq!(array(bytes, 4), Some((header.kind as u16).to_le_bytes()));
        assert_eq!(u64_at(bytes, 8), Some(header.number));
        assert_eq!(u64_at(bytes, 16), Some(header.len));
        assert_eq!(u64_at(bytes, 24), Some(header.height));
        assert_eq!(array(bytes, 48), Some(header.chain_before));
        assert!(header.len.is_multiple_of(SECTOR as u64) && header.len > 0);
        true
    })
}

/// Mends every check of a batch that its lengths lead to.
fn mend_batch(bytes: &mut [u8]) -> Option<()> {
    mend_begin(bytes)?;
    let len = usize::try_from(u64_at(bytes, 16)?).ok()?;
    let frames_len = usize::try_from(u64_at(bytes, 32)?).ok()?;
    let map = BEGIN_LEN.checked_add(frames_len)?;
    let mut at = BEGIN_LEN;
    while at < map {
        let place = BATCH_AT + at as u64;
        let payload = at + FRAME_HEADER_LEN;
        let end = payload.checked_add(u32_at(bytes, at)?)?;
        mend(bytes, &SEGMENT, place, (at, at + 16), at + 16)?;
        let header_check = u32::from_le_bytes(array(bytes, at + 16)?);
        let mut check = crc32fast::Hasher::new_with_initial(header_check);
        check.update(bytes.get(payload..end)?);
        put(bytes, at + 20, &check.finalize().to_le_bytes())?;
        at = end.next_multiple_of(8);
    }
    let runs = map + 16;
    let runs_len = u32_at(bytes, map + 4)?.checked_mul(8)?;
    let covered = [
        bytes.get(map..map + 8)?,
        bytes.get(runs..runs.checked_add(runs_len)?)?,
    ];
    let check = SEGMENT.check(BATCH_AT + map as u64, &covered);
    put(bytes, map + 8, &check.to_le_bytes())?;
    let trailer = len
        .checked_sub(TRAILER_LEN)
        .filter(|trailer| *trailer < bytes.len())?;
    let place = BATCH_AT + trailer as u64;
    mend(
        bytes,
        &SEGMENT,
        place,
        (trailer, trailer + 60),
        trailer + 60,
    )
}

/// The only bytes that a batch with these contents has.
fn encode_batch(batch: &Batch<'_>) -> Vec<u8> {
    let header = &batch.header;
    let mut bytes = vec![0; BEGIN_LEN];
    for frame in &batch.frames {
        assert_eq!(frame.offset, BATCH_AT + bytes.len() as u64);
        assert_eq!(frame.batch, header.number);
        let payload_len = u32::try_from(frame.payload.len()).unwrap();
        bytes.extend(payload_len.to_le_bytes());
        bytes.extend((frame.kind as u16).to_le_bytes());
        bytes.extend([0; 2]);
        bytes.extend(header.number.to_le_bytes());
        bytes.extend([0; 8]);
        bytes.extend(frame.payload);
        bytes.resize(bytes.len().next_multiple_of(8), 0);
    }
    let frames_len = (bytes.len() - BEGIN_LEN) as u64;
    put(&mut bytes, 0, b"BEGN");
    put(&mut bytes, 4, &(header.kind as u16).to_le_bytes());
    put(&mut bytes, 8, &header.number.to_le_bytes());
    put(&mut bytes, 24, &header.height.to_le_bytes());
    put(&mut bytes, 32, &frames_len.to_le_bytes());
    let frame_count = u32::try_from(batch.frames.len()).unwrap();
    put(&mut bytes, 40, &frame_count.to_le_bytes());
    put(&mut bytes, 48, &header.chain_before);
    let zero: Vec<u32> = (0..)
        .zip(bytes.chunks_exact(SECTOR))
        .filter(|(_, sector)| sector.iter().all(|byte| *byte == 0))
        .map(|(i, _)| i)
        .collect();
    let runs: Vec<&[u32]> = zero.chunk_by(|a, b| a + 1 == *b).collect();
    bytes.extend(b"ZMAP");
    bytes.extend(u32::try_from(runs.len()).unwrap().to_le_bytes());
    bytes.extend([0; 8]);
    for run in runs {
        bytes.extend(run[0].to_le_bytes());
        bytes.extend(u32::try_from(run.len()).unwrap().to_le_bytes());
    }
    let len = (bytes.len() + TRAILER_LEN).next_multiple_of(SECTOR);
    bytes.resize(len - TRAILER_LEN, 0);
    bytes.extend(b"TAIL\0\0\0\0");
    bytes.extend(header.number.to_le_bytes());
    bytes.extend((len as u64).to_le_bytes());
    bytes.extend(batch.chain_after);
    bytes.extend([0; 8]);
    put(&mut bytes, 16, &(len as u64).to_le_bytes());
    mend_batch(&mut bytes).unwrap();
    bytes
}

/// A batch: begin header, frames, zero map, end trailer.
pub fn batch(bytes: &[u8]) -> bool {
    both(bytes, mend_batch, |bytes| {
        let Ok(batch) = Batch::decode(bytes, &SEGMENT, BATCH_AT) else {
            return false;
        };
        let len = usize::try_from(batch.header.len).unwrap();
        assert_eq!(encode_batch(&batch), bytes[..len]);
        // Another place, file or store has other checks.
        assert!(Batch::decode(bytes, &SEGMENT, BATCH_AT + SECTOR as u64).is_err());
        let elsewhere = Seed {
            number: 1,
            ..SEGMENT
        };
        assert!(Batch::decode(bytes, &elsewhere, BATCH_AT).is_err());
        let mut other_chain = batch.header.chain_before;
        let _ = batch.check_follows(batch.header.number, &other_chain);
        other_chain[0] ^= 1;
        assert!(
            batch
                .check_follows(batch.header.number, &other_chain)
                .is_err()
        );
        true
    })
}

fn mend_superblock(bytes: &mut [u8]) -> Option<()> {
    let seed = Seed {
        uuid: array(bytes, 40)?,
        kind: FileKind::Superblock,
        number: 0,
    };
    let check_at = u32_at(bytes, 76)?.checked_sub(4)?;
    mend(bytes, &seed, 0, (0, check_at), check_at)
}

/// The superblock of slot 0.
pub fn superblock(bytes: &[u8]) -> bool {
    both(bytes, mend_superblock, |bytes| {
        let Ok(superblock) = Superblock::decode(bytes, 0) else {
            return false;
        };
        // Compatible features, and what follows the stated length, are read over.
        let mut known = bytes[..u32_at(bytes, 76).unwrap()].to_vec();
        known[32..40].fill(0);
        mend_superblock(&mut known).unwrap();
        assert_eq!(superblock.encode(0), Ok(known));
        assert!(Superblock::decode(bytes, 1).is_err());
        assert!(superblock.covered_batch() >= superblock.batch);
        true
    })
}

fn mend_tip(bytes: &mut [u8]) -> Option<()> {
    let seed = Seed {
        uuid: array(bytes, 24)?,
        kind: FileKind::Tip,
        number: 0,
    };
    mend(bytes, &seed, 0, (8, 64), 4)
}

/// The bytes of a tip file.
pub fn encode_tip(tip: &Tip) -> Vec<u8> {
    let mut bytes = b"TIP1\0\0\0\0".to_vec();
    bytes.extend(tip.boot_id);
    bytes.extend(tip.uuid);
    for number in [tip.height, tip.batch, tip.end.to_bits()] {
        bytes.extend(number.to_le_bytes());
    }
    mend_tip(&mut bytes).unwrap();
    bytes
}

/// The tip file.
pub fn tip(bytes: &[u8]) -> bool {
    both(bytes, mend_tip, |bytes| {
        let Ok(tip) = Tip::decode(bytes, &UUID) else {
            return false;
        };
        assert_eq!(tip.uuid, UUID);
        assert_eq!(encode_tip(&tip), bytes[..64]);
        true
    })
}

fn mend_footer(bytes: &mut [u8]) -> Option<()> {
    mend(bytes, &SEGMENT, FOOTER_AT, (0, SECTOR - 4), SECTOR - 4)
}

/// The bytes of the footer of [`SEGMENT`].
pub fn encode_footer(footer: &Footer) -> Vec<u8> {
    let mut bytes = b"LDGFOOTR".to_vec();
    bytes.extend(SEGMENT.number.to_le_bytes());
    let Footer {
        first_batch,
        last_batch,
        first_height,
        last_height,
        end,
        chain,
    } = footer;
    for number in [first_batch, last_batch, first_height, last_height, end] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(chain);
    bytes.resize(SECTOR, 0);
    mend_footer(&mut bytes).unwrap();
    bytes
}

/// A segment with these last bytes in an otherwise empty store in memory.
fn segment_with(last: &[u8]) -> Segments {
    let storage = MemStorage::new();
    storage.create_dir("log").unwrap();
    let file = storage.create(&segment_name(SEGMENT.number)).unwrap();
    let header = FileHeader {
        seed: SEGMENT,
        len: SEGMENT_LEN,
    };
    file.write_at(&header.encode(), 0).unwrap();
    file.set_len(SEGMENT_LEN).unwrap();
    file.write_at(last, FOOTER_AT).unwrap();
    Segments::open(Arc::new(storage), UUID, Access::Read).unwrap()
}

/// The footer of a sealed segment, read as the log reads it.
pub fn footer(bytes: &[u8]) -> bool {
    let mut sector = bytes.to_vec();
    sector.resize(SECTOR, 0);
    both(&sector, mend_footer, |sector| {
        let footer = segment_with(sector).get(SEGMENT.number).unwrap().footer();
        let Ok(Some(footer)) = footer else {
            return false;
        };
        assert_eq!(encode_footer(&footer), sector);
        true
    })
}
