//! Sorted runs: what finds the leaves with a fingerprint (FORMAT.md section 14). Derived.
//!
//! A run covers a range of a ledger's leaves and holds a record for each of them that has a
//! fingerprint, in order of fingerprint and leaf. A fingerprint is 8 bytes of a hash, so what is
//! found is only a hint; that nothing is found is an answer, and must never be a wrong one.
//!
//! Invariants:
//!
//! - a run is written once, whole, and never changed;
//! - which runs there are follows from the number of leaves alone ([`run_spans`]), so that no list
//!   of them is kept;
//! - no record is used, and no absence believed, but from blocks that verified in this very read:
//!   as blocks of this run, in this place, with as many behind them as there should be.

use std::io;
use std::ops::Range;
use std::sync::Arc;

use crate::error::{Damage, Error, Result};
use crate::layout::header::{FileHeader, HEADER_LEN};
use crate::layout::{Fields, Flaw, FlawKind, Seed, put};
use crate::log::segments::read_header;
use crate::mapped::MappedFile;
use crate::storage::{Access, Storage, StorageFile};

/// Leaves of the shortest run that is not the last one.
pub const RUN_BASE: u64 = 1024;

const BLOCK_LEN: usize = 4096;
const RECORD_LEN: usize = 16;
/// Records in a full block.
const BLOCK_RECORDS: usize = 254;
const TRAILER: usize = BLOCK_RECORDS * RECORD_LEN;
const CHECK: usize = BLOCK_LEN - 4;
const MAGIC: &[u8; 4] = b"LRUN";
/// Blocks are written so many at a time.
const WRITE_LEN: usize = 16 * BLOCK_LEN;
/// Guesses by interpolation before a search goes on by halves.
const GUESSES: u32 = 5;

/// A leaf and the fingerprint it is found by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunRecord {
    /// The fingerprint.
    pub fingerprint: u64,
    /// The leaf's index.
    pub leaf: u64,
}

/// The leaves that the runs of a ledger of `size` entries cover, largest run first: one run for
/// each bit of `size / 1024`, and one for the rest.
#[must_use]
pub fn run_spans(size: u64) -> Vec<Range<u64>> {
    let (mut spans, mut first) = (Vec::new(), 0);
    for bit in (RUN_BASE.trailing_zeros()..u64::BITS).rev() {
        let len = 1 << bit;
        if size & len != 0 {
            spans.push(first..first + len);
            first += len;
        }
    }
    if first < size {
        spans.push(first..size);
    }
    spans
}

/// One run, for reading.
#[derive(Debug)]
pub struct RunFile {
    name: String,
    seed: Seed,
    end: u64,
    mapped: MappedFile,
    blocks: u64,
}

impl RunFile {
    /// Writes the run of the leaves up to `end`, replacing what has its name; not synced. The
    /// records come in order.
    ///
    /// # Errors
    /// What the records bring; [`Error::Io`], [`Error::StoreFull`].
    pub fn write(
        storage: &dyn Storage,
        name: &str,
        seed: &Seed,
        end: u64,
        records: impl Iterator<Item = Result<RunRecord>>,
    ) -> Result<Self> {
        let io = |op: &'static str| move |e| Error::io(op, name, e);
        match storage.remove(name) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(io("remove")(e)),
            _ => {}
        }
        let file = storage.create(name).map_err(io("create"))?;
        let header = FileHeader {
            seed: *seed,
            len: 0,
        };
        let mut bytes = header.encode();
        let (mut written, mut blocks) = (0, 0);
        let mut records = records.peekable();
        loop {
            let mut block = [0; BLOCK_LEN];
            let (mut count, mut at) = (0u32, 0);
            while at < TRAILER
                && let Some(record) = records.next()
            {
                let record = record?;
                put(&mut block, at, &record.fingerprint.to_le_bytes());
                put(&mut block, at + 8, &record.leaf.to_le_bytes());
                at += RECORD_LEN;
                count += 1;
            }
            let is_last = records.peek().is_none();
            put(&mut block, TRAILER, MAGIC);
            put(&mut block, TRAILER + 4, &count.to_le_bytes());
            put(&mut block, TRAILER + 8, &end.to_le_bytes());
            put(&mut block, TRAILER + 16, &u32::from(is_last).to_le_bytes());
            let checked = block.get(..CHECK).unwrap_or_default();
            let check = seed.check(block_offset(blocks), &[checked]);
            put(&mut block, CHECK, &check.to_le_bytes());
            bytes.extend_from_slice(&block);
            blocks += 1;
            if is_last || bytes.len() >= WRITE_LEN {
                file.write_at(&bytes, written).map_err(io("write"))?;
                written += bytes.len() as u64;
                bytes.clear();
            }
            if is_last {
                break;
            }
        }
        Ok(Self {
            name: name.to_owned(),
            seed: *seed,
            end,
            mapped: MappedFile::new(file),
            blocks,
        })
    }

    /// Opens the run of the leaves up to `end`, or answers `None` where there is no such file.
    ///
    /// # Errors
    /// [`Error::DamagedHeader`], [`Error::FormatVersion`], [`Error::Io`].
    pub fn open(storage: &dyn Storage, name: &str, seed: &Seed, end: u64) -> Result<Option<Self>> {
        let file = match storage.open(name, Access::Read) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(None),
            answer => answer.map_err(|e| Error::io("open", name, e))?,
        };
        read_header(Access::Read, &*file, name, seed)?;
        let len = file.len().map_err(|e| Error::io("stat", name, e))?;
        let mut run = Self {
            name: name.to_owned(),
            seed: *seed,
            end,
            mapped: MappedFile::new(file),
            blocks: 0,
        };
        let bytes = len.saturating_sub(HEADER_LEN);
        run.blocks = bytes / BLOCK_LEN as u64;
        if run.blocks == 0 || bytes % BLOCK_LEN as u64 != 0 {
            return Err(run.damaged(0, Flaw::new(FlawKind::Length, 0, 0, len)));
        }
        Ok(Some(run))
    }

    /// Adds the leaves with a fingerprint to `found`, in order. Reads two or three blocks.
    ///
    /// # Errors
    /// [`Error::DamagedHeader`] where a block does not verify, [`Error::Io`].
    pub fn find(&self, fingerprint: u64, found: &mut Vec<u64>) -> Result<()> {
        // The first block whose last record is not before the fingerprint is in `low..=high`.
        let (mut low, mut high) = (0, self.blocks);
        let (mut from, mut until) = (0, u64::MAX);
        let mut guesses = 0;
        let mut at_high = None;
        while low < high {
            let middle = if guesses < GUESSES {
                let share = u128::from(fingerprint.saturating_sub(from)) * u128::from(high - low)
                    / (u128::from(until.saturating_sub(from)) + 1);
                low + u64::try_from(share).map_or(0, |share| share.min(high - low - 1))
            } else {
                low + (high - low) / 2
            };
            guesses += 1;
            let block = self.block(middle)?;
            match (block.first(), block.last()) {
                (_, Some(last)) if last.fingerprint < fingerprint => {
                    (low, from) = (middle + 1, last.fingerprint);
                }
                (Some(first), _) if first.fingerprint >= fingerprint => {
                    (high, until) = (middle, first.fingerprint);
                    at_high = Some(block);
                }
                _ => {
                    (low, high) = (middle, middle);
                    at_high = Some(block);
                }
            }
        }
        let Some(mut block) = at_high else {
            return Ok(());
        };
        loop {
            let records = block.records();
            let equal = records.skip_while(|record| record.fingerprint < fingerprint);
            let equal = equal.take_while(|record| record.fingerprint == fingerprint);
            found.extend(equal.map(|record| record.leaf));
            let goes_on = block
                .last()
                .is_some_and(|last| last.fingerprint == fingerprint);
            low += 1;
            if !goes_on || low >= self.blocks {
                return Ok(());
            }
            block = self.block(low)?;
        }
    }

    /// All records in order; ends at the first block that does not verify.
    pub fn records(&self) -> impl Iterator<Item = Result<RunRecord>> + '_ {
        let mut failed = false;
        let blocks = (0..self.blocks).map_while(move |number| {
            let block = (!failed).then(|| self.block(number))?;
            failed = block.is_err();
            Some(block)
        });
        blocks.flat_map(|block| {
            let (block, error) = match block {
                Ok(block) => (Some(block), None),
                Err(error) => (None, Some(error)),
            };
            let records = block.into_iter().flat_map(Block::into_records).map(Ok);
            records.chain(error.map(Err))
        })
    }

    /// Name of the file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The file itself, to sync it.
    #[must_use]
    pub fn file(&self) -> Arc<dyn StorageFile> {
        Arc::clone(self.mapped.file())
    }

    /// Reads and verifies a block.
    fn block(&self, number: u64) -> Result<Block> {
        let mut bytes = [0; BLOCK_LEN];
        let offset = block_offset(number);
        match self.mapped.read(offset, &mut bytes) {
            Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.damaged(offset, Flaw::new(FlawKind::Short, 0, 0, 0)));
            }
            answer => answer.map_err(|e| Error::io("read", &self.name, e))?,
        }
        self.decode(number, &bytes)
            .map_err(|flaw| self.damaged(offset, flaw))
    }

    fn decode(&self, number: u64, bytes: &[u8; BLOCK_LEN]) -> std::result::Result<Block, Flaw> {
        let fields = Fields(bytes);
        let check = self
            .seed
            .check(block_offset(number), &[fields.bytes(0, CHECK)?]);
        fields.check(CHECK, check, FlawKind::HeaderCheck)?;
        fields.magic(TRAILER, MAGIC)?;
        fields.zero(TRAILER + 20, 8)?;
        let is_last = u32::from(number + 1 == self.blocks);
        let count = fields.size32(TRAILER + 4)?;
        for (at, expected, stored) in [
            (8, self.end, fields.u64(TRAILER + 8)?),
            (16, u64::from(is_last), fields.u32(TRAILER + 16)?.into()),
        ] {
            if stored != expected {
                let at = TRAILER as u64 + at;
                return Err(Flaw::new(FlawKind::Length, at, expected, stored));
            }
        }
        // Only the last block may be short, and empty only the only one.
        let least = match (is_last, number) {
            (0, _) => BLOCK_RECORDS,
            (_, 0) => 0,
            _ => 1,
        };
        if !(least..=BLOCK_RECORDS).contains(&count) {
            let at = TRAILER as u64 + 4;
            return Err(Flaw::new(FlawKind::Count, at, least as u64, count as u64));
        }
        Ok(Block {
            bytes: *bytes,
            count,
        })
    }

    fn damaged(&self, offset: u64, flaw: Flaw) -> Error {
        Error::DamagedHeader(Damage {
            file: self.name.clone(),
            offset,
            batch: 0,
            flaw,
        })
    }
}

const fn block_offset(number: u64) -> u64 {
    HEADER_LEN + number * BLOCK_LEN as u64
}

/// A block that verified.
#[derive(Debug)]
struct Block {
    bytes: [u8; BLOCK_LEN],
    count: usize,
}

impl Block {
    fn record(&self, i: usize) -> Option<RunRecord> {
        let fields = Fields(&self.bytes);
        let at = i * RECORD_LEN;
        (i < self.count).then_some(())?;
        Some(RunRecord {
            fingerprint: fields.u64(at).ok()?,
            leaf: fields.u64(at + 8).ok()?,
        })
    }

    fn first(&self) -> Option<RunRecord> {
        self.record(0)
    }

    fn last(&self) -> Option<RunRecord> {
        self.record(self.count.checked_sub(1)?)
    }

    fn records(&self) -> impl Iterator<Item = RunRecord> + '_ {
        (0..self.count).filter_map(|i| self.record(i))
    }

    fn into_records(self) -> impl Iterator<Item = RunRecord> {
        (0..self.count).filter_map(move |i| self.record(i))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layout::FileKind;
    use crate::storage::MemStorage;
    use proptest::prelude::*;

    const SEED: Seed = Seed {
        uuid: [5; 16],
        kind: FileKind::IdRun,
        number: 2,
    };

    fn write(storage: &MemStorage, records: &[RunRecord]) -> RunFile {
        let records = records.iter().copied().map(Ok);
        RunFile::write(storage, "run", &SEED, 9000, records).unwrap()
    }

    fn bytes(storage: &MemStorage) -> Vec<u8> {
        let file = storage.open("run", Access::Read).unwrap();
        let mut bytes = vec![0; usize::try_from(file.len().unwrap()).unwrap()];
        file.read_at(&mut bytes, 0).unwrap();
        bytes
    }

    fn put_bytes(storage: &MemStorage, bytes: &[u8]) {
        storage.remove("run").unwrap();
        storage.create("run").unwrap().write_at(bytes, 0).unwrap();
    }

    fn find(run: &RunFile, fingerprint: u64) -> Result<Vec<u64>> {
        let mut found = Vec::new();
        run.find(fingerprint, &mut found).map(|()| found)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(60))]
        #[test]
        fn finds_what_a_list_has(
            count in 0u64..3000,
            // Few fingerprints, many times; or spread; or all at one end.
            shape in 0u32..4,
            seed in any::<u64>(),
        ) {
            let mut random = crate::storage::sim::Random::new(seed);
            let mut records: Vec<RunRecord> = (0..count)
                .map(|leaf| RunRecord {
                    fingerprint: match shape {
                        0 => random.below(7),
                        1 => random.next(),
                        2 => u64::MAX - random.below(5000),
                        _ => random.next() >> random.below(64),
                    },
                    leaf,
                })
                .collect();
            records.sort_unstable();
            let storage = MemStorage::new();
            write(&storage, &records);
            let run = RunFile::open(&storage, "run", &SEED, 9000).unwrap().unwrap();
            let read: Vec<RunRecord> = run.records().map(Result::unwrap).collect();
            prop_assert_eq!(&read, &records);
            let mut asked: Vec<u64> = records.iter().map(|record| record.fingerprint).collect();
            asked.dedup();
            let near: Vec<u64> = asked
                .iter()
                .flat_map(|f| [f.wrapping_sub(1), *f, f.wrapping_add(1)])
                .chain([0, 1, u64::MAX])
                .collect();
            for fingerprint in near {
                let expected: Vec<u64> = records
                    .iter()
                    .filter(|record| record.fingerprint == fingerprint)
                    .map(|record| record.leaf)
                    .collect();
                prop_assert_eq!(find(&run, fingerprint).unwrap(), expected);
            }
        }
    }

    #[test]
    fn damage_is_never_an_answer() {
        let records: Vec<RunRecord> = (0..600)
            .map(|leaf| RunRecord {
                fingerprint: leaf << 54,
                leaf,
            })
            .collect();
        let storage = MemStorage::new();
        write(&storage, &records);
        let good = bytes(&storage);
        let judge = |bytes: &[u8]| {
            put_bytes(&storage, bytes);
            let Ok(Some(run)) = RunFile::open(&storage, "run", &SEED, 9000) else {
                return;
            };
            for record in &records {
                if let Ok(found) = find(&run, record.fingerprint) {
                    assert_eq!(found, [record.leaf]);
                }
                if let Ok(found) = find(&run, record.fingerprint + 1) {
                    assert_eq!(found, []);
                }
            }
        };
        for bit in (0..good.len() * 8).step_by(131) {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            judge(&bad);
        }
        for blocks in 1..4 {
            judge(&good[..blocks * BLOCK_LEN]);
        }
        judge(&good[..good.len() - 1]);
        // A block in another's place, and another run's.
        let mut swapped = good.clone();
        swapped.copy_within(BLOCK_LEN..2 * BLOCK_LEN, 2 * BLOCK_LEN);
        judge(&swapped);
        put_bytes(&storage, &good);
        let other = RunFile::open(&storage, "run", &SEED, 9001)
            .unwrap()
            .unwrap();
        assert!(find(&other, 1 << 54).is_err());
        let other = Seed { number: 3, ..SEED };
        assert!(RunFile::open(&storage, "run", &other, 9000).is_err());
    }

    /// The flaw of what is refused, and the offset of the block.
    fn flaw<T: std::fmt::Debug>(answer: Result<T>) -> (u64, Flaw) {
        match answer {
            Err(Error::DamagedHeader(damage)) => (damage.offset, damage.flaw),
            answer => panic!("{answer:?}"),
        }
    }

    #[test]
    fn what_is_wrong_with_a_block_is_said() {
        let records: Vec<RunRecord> = (0..600)
            .map(|leaf| RunRecord {
                fingerprint: leaf << 54,
                leaf,
            })
            .collect();
        let storage = MemStorage::new();
        assert_eq!(write(&storage, &records).name(), "run");
        let good = bytes(&storage);
        let open = |end| RunFile::open(&storage, "run", &SEED, end).unwrap().unwrap();
        let length = |at, expected, found| Flaw::new(FlawKind::Length, at, expected, found);
        let first = HEADER_LEN;
        let end = TRAILER as u64 + 8;
        assert_eq!(flaw(open(9001).block(0)), (first, length(end, 9001, 9000)));
        // The first two of three blocks: the second is not the last one.
        put_bytes(&storage, &good[..3 * BLOCK_LEN]);
        let second = first + BLOCK_LEN as u64;
        assert_eq!(flaw(open(9000).block(1)), (second, length(end + 8, 1, 0)));
        // With a check that is right: a block that is short and not the last, the last one empty.
        for (number, count, least) in [(0, 253, 254), (2, 0, 1), (2, 255, 1)] {
            let mut bad = good.clone();
            let offset = block_offset(number);
            let at = usize::try_from(offset).unwrap();
            let block = &mut bad[at..at + BLOCK_LEN];
            block[TRAILER + 4..TRAILER + 8].copy_from_slice(&u32::to_le_bytes(count));
            let check = SEED.check(offset, &[&block[..CHECK]]);
            block[CHECK..].copy_from_slice(&check.to_le_bytes());
            put_bytes(&storage, &bad);
            let expected = Flaw::new(FlawKind::Count, end - 4, least, count.into());
            assert_eq!(flaw(open(9000).block(number)), (offset, expected));
        }
        // A file that is cut while it is read, and one that cannot be read.
        put_bytes(&storage, &good);
        let run = open(9000);
        let file = storage.open("run", Access::Write).unwrap();
        file.set_len(second).unwrap();
        assert_eq!(
            flaw(run.block(1)),
            (second, Flaw::new(FlawKind::Short, 0, 0, 0))
        );
        let empty = write(&storage, &[]);
        let block = empty.block(0).unwrap();
        assert_eq!((block.first(), block.last()), (None, None));
    }

    #[test]
    fn errors_of_the_disk_are_said() {
        use crate::sim::{Fault, FaultKind, SimStorage};
        let disk = SimStorage::new();
        let fail = |op| {
            disk.inject(Fault {
                op,
                sticky: true,
                kind: FaultKind::Error,
            });
        };
        let failed = |error| match error {
            Error::Io { op, .. } => op,
            error => panic!("{error}"),
        };
        let records = || {
            (0..10).map(|leaf| {
                Ok(RunRecord {
                    fingerprint: leaf,
                    leaf,
                })
            })
        };
        let write = || RunFile::write(&disk, "run", &SEED, 10, records());
        assert!(RunFile::open(&disk, "run", &SEED, 10).unwrap().is_none());
        write().unwrap();
        let run = RunFile::open(&disk, "run", &SEED, 10).unwrap().unwrap();
        fail(disk.ops());
        assert_eq!(failed(run.block(0).unwrap_err()), "read");
        assert_eq!(failed(write().unwrap_err()), "remove");
        let opened = RunFile::open(&disk, "run", &SEED, 10);
        assert_eq!(failed(opened.unwrap_err()), "open");
    }

    #[test]
    fn a_run_of_many_pieces_comes_back() {
        let storage = MemStorage::new();
        let records: Vec<RunRecord> = (0..9000)
            .map(|leaf| RunRecord {
                fingerprint: leaf * leaf,
                leaf,
            })
            .collect();
        let run = write(&storage, &records);
        assert!(run.records().map(Result::unwrap).eq(records));
    }

    #[test]
    fn the_spans_cover_every_leaf_once_and_few_are_enough() {
        assert_eq!(run_spans(3072), [0..2048, 2048..3072]);
        assert_eq!(run_spans(5000), [0..4096, 4096..5000]);
        for size in [
            0,
            1,
            1023,
            1024,
            1025,
            5000,
            1 << 20,
            (1 << 30) - 1,
            1 << 40,
        ] {
            let spans = run_spans(size);
            let ends = spans.iter().map(|span| span.end);
            assert!(
                spans
                    .iter()
                    .map(|span| span.start)
                    .eq([0].into_iter().chain(ends).take(spans.len()))
            );
            assert_eq!(spans.last().map_or(0, |span| span.end), size);
            assert!(spans.len() <= 31);
            // Each run of a smaller ledger is part of one run of a larger one.
            for later in [size + 1, size + 700, size + 5000, size * 2 + 1] {
                for span in &spans {
                    let whole = run_spans(later);
                    assert!(
                        whole
                            .iter()
                            .any(|l| l.start <= span.start && span.end <= l.end)
                    );
                }
            }
        }
    }
}
