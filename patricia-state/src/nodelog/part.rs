//! One file of a node log: all records from a location on, or what is kept of them.
//!
//! # Format of a file of kept records (FORMAT.md section 12)
//!
//! ```text
//! end u64 | number of runs u64 | bytes of records u64 | zero u32 | check u32
//! records, as they stood in the log
//! per run: location u64 | offset among these records u64
//! ```
//!
//! A run is a part of the log without gaps. The check covers the 28 bytes before it. The runs are
//! hints like distances: where one is wrong, the node it leads to has another hash.
//!
//! # Invariants
//!
//! - a record keeps its location for ever, and its bytes; what is dropped has no place any more;
//! - a file of kept records is complete before it has its name, and never changes.

use std::boxed::Box;
use std::sync::{Arc, OnceLock};
use std::vec::Vec;

use hash_store::{
    Access, Damage, Error, Flaw, FlawKind, GrownFile, HEADER_LEN, Result, StorageFile,
};

use super::FILE_LEN;
use super::place::{Form, Name, NodeLogPlace};

/// Bytes before the records of a file of kept ones.
const INFO_LEN: u64 = 32;
const RUN_LEN: u64 = size_of::<StoredRun>() as u64;
/// Of so many runs, the location of one is known in memory once the part was read from: what finds
/// these runs is in the caches then, and they are read together.
const RUNS_A_SAMPLE: usize = 32;
/// Bytes that are gathered before they are written.
const WRITTEN_AT_ONCE: usize = 1 << 16;

/// One file.
#[derive(Debug)]
pub(super) struct Part {
    start: u64,
    kept: Option<Kept>,
    samples: OnceLock<Box<[u64]>>,
    pub(super) file: GrownFile,
}

/// What the start of a file of kept records says.
#[derive(Clone, Copy, Debug)]
struct Kept {
    end: u64,
    runs: u64,
    records_len: u64,
}

/// Location and offset of a run, as they stand in the file.
type StoredRun = [u8; 16];

/// A part of the log without gaps.
#[derive(Clone, Copy, Debug)]
struct Run {
    location: u64,
    /// Where it starts among the records.
    offset: u64,
    len: u64,
}

#[allow(clippy::cast_possible_truncation, reason = "the halves of 128 bits")]
const fn location_of(run: &StoredRun) -> u64 {
    u128::from_le_bytes(*run) as u64
}

#[allow(clippy::cast_possible_truncation, reason = "the halves of 128 bits")]
const fn offset_of(run: &StoredRun) -> u64 {
    (u128::from_le_bytes(*run) >> 64) as u64
}

impl Part {
    /// A part that takes all records from `start` on.
    pub(super) const fn whole(start: u64, file: GrownFile) -> Self {
        Self {
            start,
            kept: None,
            samples: OnceLock::new(),
            file,
        }
    }

    /// Opens a file; `None` where it is not there any more.
    pub(super) fn open(place: &NodeLogPlace, name: Name, access: Access) -> Result<Option<Self>> {
        let (file, seed) = (place.file(name), place.seed(name));
        let (start, form) = name;
        if form == Form::Whole {
            let file = GrownFile::open(&*place.storage, &file, &seed, FILE_LEN, access)?;
            return Ok(file.map(|file| Self::whole(start, file)));
        }
        let Some(file) = GrownFile::open(&*place.storage, &file, &seed, 0, Access::Read)? else {
            return Ok(None);
        };
        file.reach(INFO_LEN)?;
        let damaged = |at, found| {
            Error::DamagedHeader(Damage {
                file: file.name().into(),
                offset: HEADER_LEN + at,
                batch: 0,
                flaw: Flaw {
                    kind: FlawKind::HeaderCheck,
                    at,
                    expected: 0,
                    found,
                },
            })
        };
        let info: &[u8; 32] = file.bytes_from(0)?.first_chunk().unwrap_or(&[0; 32]);
        let ([end, runs, records_len, last], _) = info.as_chunks::<8>() else {
            return Err(damaged(0, 0));
        };
        let [end, runs, records_len, last] =
            [end, runs, records_len, last].map(|field| u64::from_le_bytes(*field));
        let check = seed.check(HEADER_LEN, &[info.get(..28).unwrap_or(&[])]);
        if last != u64::from(check) << 32 || end <= start {
            return Err(damaged(28, last >> 32));
        }
        let len = runs.checked_mul(RUN_LEN);
        let len = len.and_then(|len| len.checked_add(records_len)?.checked_add(INFO_LEN));
        file.reach(len.ok_or_else(|| damaged(8, runs))?)?;
        let kept = Some(Kept {
            end,
            runs,
            records_len,
        });
        Ok(Some(Self {
            start,
            kept,
            samples: OnceLock::new(),
            file,
        }))
    }

    pub(super) const fn start(&self) -> u64 {
        self.start
    }

    pub(super) const fn name(&self) -> Name {
        match self.kept {
            None => (self.start, Form::Whole),
            Some(_) => (self.start, Form::Kept),
        }
    }

    /// Where the part ends, if that stands in its own file: a whole part ends where the next one
    /// starts, or with the log.
    pub(super) fn end(&self) -> Option<u64> {
        self.kept.map(|kept| kept.end)
    }

    /// Bytes of the records in the file, as far as they are known.
    pub(super) fn records_len(&self) -> u64 {
        self.kept
            .map_or_else(|| self.file.len(), |kept| kept.records_len)
    }

    /// Where a location lies in the file, behind its header, and how many bytes from there on
    /// belong together; `None` if it was dropped.
    fn find(&self, location: u64) -> Result<Option<(u64, u64)>> {
        let Some(kept) = &self.kept else {
            return Ok(Some((location - self.start, u64::MAX)));
        };
        let Some((_, run)) = self.run_before(kept, location)? else {
            return Ok(None);
        };
        let inside = location.saturating_sub(run.location);
        Ok((inside < run.len).then(|| (INFO_LEN + run.offset + inside, run.len - inside)))
    }

    /// The last run that starts at a location or before it, and its number.
    fn run_before(&self, kept: &Kept, location: u64) -> Result<Option<(u64, Run)>> {
        let samples = self.samples(kept)?;
        let sampled = samples.partition_point(|sample| *sample <= location) as u64;
        let Some(first) = sampled
            .checked_sub(1)
            .map(|last| last * RUNS_A_SAMPLE as u64)
        else {
            return Ok(None);
        };
        let runs = self.runs_from(kept, first)?;
        let sampled = runs.iter().take(RUNS_A_SAMPLE);
        // All of them are looked at, since none has to wait for another.
        let before = sampled.filter(|run| location_of(run) <= location).count();
        let last = before.saturating_sub(1);
        let run = self.run(kept, runs.get(last..).unwrap_or(&[]))?;
        Ok(Some((first + last as u64, run)))
    }

    /// The location of the first of every [`RUNS_A_SAMPLE`] runs.
    fn samples(&self, kept: &Kept) -> Result<&[u64]> {
        if let Some(samples) = self.samples.get() {
            return Ok(samples);
        }
        let runs = self.runs_from(kept, 0)?;
        let samples = runs.iter().step_by(RUNS_A_SAMPLE);
        let samples = samples.map(location_of).collect();
        Ok(self.samples.get_or_init(|| samples))
    }

    /// The runs from one on.
    fn runs_from(&self, kept: &Kept, index: u64) -> Result<&[StoredRun]> {
        let at = INFO_LEN + kept.records_len + RUN_LEN * index;
        Ok(self.file.bytes_from(at)?.as_chunks().0)
    }

    /// The first of some runs, which are all from that one on.
    fn run(&self, kept: &Kept, runs: &[StoredRun]) -> Result<Run> {
        let first = runs.first().ok_or_else(|| self.short())?;
        let offset = offset_of(first).min(kept.records_len);
        let end = runs.get(1).map_or(kept.records_len, offset_of);
        let end = end.min(kept.records_len);
        Ok(Run {
            location: location_of(first),
            offset,
            len: end.saturating_sub(offset),
        })
    }

    fn short(&self) -> Error {
        Error::Io {
            op: "read",
            file: self.file.name().into(),
            source: std::io::ErrorKind::UnexpectedEof.into(),
        }
    }

    /// Records from `location` on, which is not before the part; `None` if it was dropped.
    #[inline(always)]
    pub(super) fn bytes_from(&self, location: u64) -> Result<Option<&[u8]>> {
        if self.kept.is_none() {
            return self.file.bytes_from(location - self.start).map(Some);
        }
        let Some((at, len)) = self.find(location)? else {
            return Ok(None);
        };
        let bytes = self.file.bytes_from(at)?;
        let len = usize::try_from(len).unwrap_or(usize::MAX);
        Ok(Some(bytes.get(..len).unwrap_or(bytes)))
    }

    /// Offset of a location in the file, for messages.
    pub(super) fn offset_of(&self, location: u64) -> u64 {
        let found = self.find(location).ok().flatten();
        HEADER_LEN + found.map_or(0, |(at, _)| at)
    }

    /// How many bytes of records the file has before a location, which may lie behind the part.
    pub(super) fn len_before(&self, location: u64) -> Result<u64> {
        let Some(kept) = &self.kept else {
            return Ok(location.saturating_sub(self.start));
        };
        let Some((_, run)) = self.run_before(kept, location)? else {
            return Ok(0);
        };
        Ok(run.offset + run.len.min(location.saturating_sub(run.location)))
    }

    /// The first stretch of the log between two locations that the part has: where it starts, and
    /// its length.
    pub(super) fn stretch(&self, from: u64, end: u64) -> Result<Option<(u64, u64)>> {
        if from >= end {
            return Ok(None);
        }
        if let Some((_, len)) = self.find(from)? {
            return Ok(Some((from, len.min(end - from))));
        }
        let Some(kept) = &self.kept else {
            return Ok(None);
        };
        let before = self.run_before(kept, from)?;
        let next = before.map_or(0, |(number, _)| number + 1);
        if next == kept.runs {
            return Ok(None);
        }
        let Run { location, len, .. } = self.run(kept, self.runs_from(kept, next)?)?;
        Ok((location < end).then(|| (location, len.min(end - location))))
    }
}

/// Makes a file of kept records, which has no name among the log's until it is finished.
#[derive(Debug)]
pub(super) struct KeptWriter {
    pub(super) start: u64,
    pub(super) end: u64,
    name: Name,
    pub(super) file: Arc<dyn StorageFile>,
    /// Bytes of records so far.
    len: u64,
    /// Of these, the last ones that are not written yet.
    unwritten: Vec<u8>,
    runs: Vec<u8>,
    /// Where the last run ends.
    run_end: Option<u64>,
}

impl KeptWriter {
    pub(super) fn create(place: &NodeLogPlace, start: u64, end: u64) -> Result<Self> {
        let name = (start, Form::Unfinished);
        place.remove(|found| *found == name)?;
        let file = GrownFile::create(&*place.storage, &place.file(name), &place.seed(name), 0)?;
        let file = file
            .file()
            .ok_or_else(|| super::missing(place.file(name)))?;
        Ok(Self {
            start,
            end,
            name,
            file,
            len: 0,
            unwritten: Vec::new(),
            runs: Vec::new(),
            run_end: None,
        })
    }

    /// Appends records that stand at `location`, which is not before what was appended.
    pub(super) fn push(&mut self, place: &NodeLogPlace, location: u64, bytes: &[u8]) -> Result<()> {
        if self.run_end != Some(location) {
            self.runs.extend(location.to_le_bytes());
            self.runs.extend(self.len.to_le_bytes());
        }
        self.run_end = Some(location + bytes.len() as u64);
        self.len += bytes.len() as u64;
        self.unwritten.extend_from_slice(bytes);
        if self.unwritten.len() >= WRITTEN_AT_ONCE {
            self.write_out(place)?;
        }
        Ok(())
    }

    fn write_out(&mut self, place: &NodeLogPlace) -> Result<()> {
        let at = HEADER_LEN + INFO_LEN + self.len - self.unwritten.len() as u64;
        self.write(place, &self.unwritten, at)?;
        self.unwritten.clear();
        Ok(())
    }

    fn write(&self, place: &NodeLogPlace, bytes: &[u8], at: u64) -> Result<()> {
        let written = self.file.write_at(bytes, at);
        written.map_err(|source| Error::Io {
            op: "write",
            file: place.file(self.name),
            source,
        })
    }

    /// Writes what follows the records, and what stands before them.
    pub(super) fn complete(&mut self, place: &NodeLogPlace) -> Result<()> {
        self.write_out(place)?;
        self.write(place, &self.runs, HEADER_LEN + INFO_LEN + self.len)?;
        let runs = self.runs.len() as u64 / RUN_LEN;
        let mut info: Vec<u8> = [self.end, runs, self.len]
            .iter()
            .flat_map(|field| field.to_le_bytes())
            .collect();
        info.extend([0; 4]);
        let check = place.seed(self.name).check(HEADER_LEN, &[&info]);
        info.extend(check.to_le_bytes());
        self.write(place, &info, HEADER_LEN)
    }
}
