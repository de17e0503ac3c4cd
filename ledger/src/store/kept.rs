//! The heights whose states are kept: the file that says so, and who needs others a while longer.
//!
//! # Format
//!
//! FORMAT.md section 12, `<ledger>/kept`. A ledger without the file keeps all heights.
//!
//! # Invariants
//!
//! - the file says which heights are dropped before the first of their nodes is removed, durably;
//! - it is replaced as a whole, never changed, and made anew from nothing: where it is damaged, a
//!   writer refuses, and a reader serves what the node log holds;
//! - a height that a snapshot or an uncommitted batch of this process stands on is kept while it
//!   does, if it was kept when that began.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind::UnexpectedEof;
use std::num::NonZeroU64;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use hash_store::{
    Access, Damage, Error, Flaw, FlawKind, GrownFile, HEADER_LEN, Result, Seed, Storage,
};

use crate::keep::{Keep, KeptHeights};

/// Bytes before the single heights.
const FIXED_LEN: u64 = 24;

/// Where the file lies.
#[derive(Clone, Debug)]
pub(crate) struct KeptPlace {
    pub(crate) storage: Arc<dyn Storage>,
    pub(crate) dir: String,
    pub(crate) seed: Seed,
}

impl KeptPlace {
    fn name(&self) -> String {
        format!("{}/kept", self.dir)
    }

    /// Reads the file.
    ///
    /// # Errors
    /// `DamagedKept` where it does not verify; `FormatVersion`, `UnknownFeatures`, `Io` of
    /// [`hash_store::Error`].
    pub(crate) fn read(&self) -> crate::error::Result<KeptHeights> {
        self.decode().map_err(|error| match error {
            Error::DamagedHeader(damage) => crate::error::Error::DamagedKept(damage),
            error => error.into(),
        })
    }

    fn decode(&self) -> Result<KeptHeights> {
        let name = self.name();
        let file = GrownFile::open(&*self.storage, &name, &self.seed, 0, Access::Read)?;
        let Some(file) = file else {
            return Ok(KeptHeights::default());
        };
        let flawed = |kind, at: u64, expected: u64, found: u64| {
            Error::DamagedHeader(Damage {
                file: name.clone(),
                offset: HEADER_LEN + at,
                batch: 0,
                flaw: Flaw {
                    kind,
                    at,
                    expected,
                    found,
                },
            })
        };
        let reach = |len| {
            file.reach(len).map_err(|error| match error {
                Error::Io { source, .. } if source.kind() == UnexpectedEof => {
                    flawed(FlawKind::Short, 0, len, file.len())
                }
                error => error,
            })
        };
        reach(FIXED_LEN)?;
        let fixed = file.bytes_from(0)?.get(..24).unwrap_or_default().to_vec();
        let field = |at: usize| {
            let bytes = fixed.get(at..).and_then(|bytes| bytes.first_chunk());
            bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
        };
        let (last, oldest, count) = (field(0), field(8), field(16) & u64::from(u32::MAX));
        reach(FIXED_LEN + 8 * count)?;
        let listed = if count == 0 {
            &[]
        } else {
            file.bytes_from(FIXED_LEN)?
        };
        let listed = usize::try_from(8 * count)
            .ok()
            .and_then(|len| listed.get(..len));
        let listed = listed.unwrap_or_default();
        let before = fixed.get(..20).unwrap_or_default();
        let computed = u64::from(self.seed.check(HEADER_LEN, &[before, listed]));
        let stored = field(16) >> 32;
        if computed != stored || oldest == 0 {
            return Err(flawed(FlawKind::HeaderCheck, 20, computed, stored));
        }
        let heights = listed.as_chunks().0;
        Ok(KeptHeights {
            keep: Keep {
                last: NonZeroU64::new(last),
                heights: heights.iter().map(|h| u64::from_le_bytes(*h)).collect(),
            },
            oldest,
        })
    }

    /// Writes the file anew, durably.
    ///
    /// # Errors
    /// `Io`, `StoreFull`.
    pub(crate) fn write(&self, kept: &KeptHeights) -> Result<()> {
        let heights = &kept.keep.heights;
        let count = u32::try_from(heights.len()).map_err(|_| Error::TooLarge {
            what: "list of heights",
            len: heights.len() as u64,
            limit: u64::from(u32::MAX),
        })?;
        let last = kept.keep.last.map_or(0, NonZeroU64::get);
        let mut bytes = [last.to_le_bytes(), kept.oldest.to_le_bytes()].concat();
        bytes.extend(count.to_le_bytes());
        let listed: Vec<u8> = heights.iter().flat_map(|h| h.to_le_bytes()).collect();
        let check = self.seed.check(HEADER_LEN, &[&bytes, &listed]);
        bytes.extend(check.to_le_bytes());
        bytes.extend(listed);
        let (new, name) = (format!("{}.next", self.name()), self.name());
        let io = |op: &'static str, file: &str| {
            let file = file.to_owned();
            move |source| Error::Io { op, file, source }
        };
        match self.storage.remove(&new) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                return Err(io("remove", &new)(e));
            }
            _ => {}
        }
        let len = bytes.len() as u64;
        let file = GrownFile::create(&*self.storage, &new, &self.seed, len)?;
        file.append(&bytes)?;
        if let Some(file) = file.file() {
            file.sync_data().map_err(io("sync", &new))?;
        }
        self.storage
            .rename(&new, &name)
            .map_err(io("rename", &new))?;
        self.storage
            .sync_dir(&self.dir)
            .map_err(io("sync", &self.dir))
    }
}

/// What is kept of one state, for its writer or a reader.
#[derive(Debug)]
pub(crate) struct Retention {
    /// `None` for nodes that are not a store's own: all are kept.
    place: Option<KeptPlace>,
    /// Another process writes the file.
    is_reader: bool,
    now: Mutex<Now>,
}

#[derive(Debug, Default)]
struct Now {
    kept: KeptHeights,
    /// Dropped heights whose nodes are still there for those who stand on them.
    held: BTreeSet<u64>,
}

impl Retention {
    /// Keeps everything.
    pub(crate) fn of_all() -> Self {
        Self {
            place: None,
            is_reader: false,
            now: Mutex::default(),
        }
    }

    pub(crate) fn of_writer(place: KeptPlace) -> crate::error::Result<Self> {
        let kept = place.read()?;
        let held = BTreeSet::new();
        Ok(Self {
            place: Some(place),
            is_reader: false,
            now: Mutex::new(Now { kept, held }),
        })
    }

    pub(crate) fn of_reader(place: KeptPlace) -> Self {
        Self {
            place: Some(place),
            is_reader: true,
            now: Mutex::default(),
        }
    }

    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is kept, as the writer last said.
    ///
    /// # Errors
    /// As [`KeptPlace::read`], for a reader.
    pub(crate) fn kept(&self) -> crate::error::Result<KeptHeights> {
        match self.place.as_ref().filter(|_| self.is_reader) {
            Some(place) => place.read(),
            None => Ok(self.now().kept.clone()),
        }
    }

    /// Whether the state of a height can be read; if not, from which height on all can.
    ///
    /// # Errors
    /// As [`Retention::kept`].
    pub(crate) fn check(&self, height: u64) -> crate::error::Result<core::result::Result<(), u64>> {
        let kept = self.kept()?;
        let is_there = kept.holds(height) || self.now().held.contains(&height);
        Ok(is_there.then_some(()).ok_or(kept.oldest))
    }

    /// What would be kept at a tip, if that is less than what is.
    pub(crate) fn lagging(&self, tip: u64) -> Option<KeptHeights> {
        let now = self.now();
        let oldest = now.kept.keep.first_at(tip);
        (oldest > now.kept.oldest).then(|| KeptHeights {
            oldest,
            ..now.kept.clone()
        })
    }

    fn replace(&self, now: &mut Now, kept: KeptHeights) -> Result<()> {
        if now.kept == kept {
            return Ok(());
        }
        if let Some(place) = &self.place {
            place.write(&kept)?;
        }
        now.kept = kept;
        Ok(())
    }

    /// Drops the heights that `kept` does not hold, durably, but for those that are pinned. Answers
    /// with the heights whose nodes have to stay, rising: single ones, then the oldest of the rest.
    pub(crate) fn drop_all_but(&self, kept: KeptHeights, pins: &Pins) -> Result<Vec<u64>> {
        let mut now = self.now();
        let is_there = |height: &u64| now.kept.holds(*height) || now.held.contains(height);
        let pinned = pins.heights().into_iter().filter(is_there);
        let held: BTreeSet<u64> = pinned.filter(|height| !kept.holds(*height)).collect();
        let before = kept.keep.heights.range(..kept.oldest);
        let mut heights: BTreeSet<u64> = before.chain(&held).copied().collect();
        heights.insert(kept.oldest);
        self.replace(&mut now, kept)?;
        now.held = held;
        Ok(heights.into_iter().collect())
    }
}

/// The heights that snapshots and batches of this process stand on.
#[derive(Debug, Default)]
pub(crate) struct Pins(Mutex<BTreeMap<u64, usize>>);

impl Pins {
    fn counts(&self) -> MutexGuard<'_, BTreeMap<u64, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn heights(&self) -> Vec<u64> {
        self.counts().keys().copied().collect()
    }

    /// Pins a height until the answer is dropped.
    pub(crate) fn pin(self: &Arc<Self>, height: u64) -> Arc<Pin> {
        *self.counts().entry(height).or_insert(0) += 1;
        Arc::new(Pin {
            pins: Arc::clone(self),
            height,
        })
    }
}

/// A height that somebody stands on.
#[derive(Debug)]
pub(crate) struct Pin {
    pins: Arc<Pins>,
    height: u64,
}

impl Drop for Pin {
    fn drop(&mut self) {
        let mut counts = self.pins.counts();
        if let Some(count) = counts.get_mut(&self.height) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.height);
            }
        }
    }
}

/// What the states of a head stand on: the nodes of its own commit once it is committed, until
/// then those of the last committed height below it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Footing {
    below: Option<Arc<Pin>>,
    own: OnceLock<Arc<Pin>>,
}

impl Footing {
    /// That of a head which is sealed on this one.
    pub(crate) fn child(&self) -> Self {
        Self {
            below: self.own.get().or(self.below.as_ref()).cloned(),
            own: OnceLock::new(),
        }
    }

    /// The head was committed, at a height that is pinned.
    pub(crate) fn commit(&self, pin: Arc<Pin>) {
        let _ = self.own.set(pin);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hash_store::sim::{Fault, FaultKind, SimStorage};
    use hash_store::{FileKind, MemStorage};

    fn place(storage: Arc<dyn Storage>) -> KeptPlace {
        storage.create_dir("d").unwrap();
        KeptPlace {
            storage,
            dir: "d".to_owned(),
            seed: Seed {
                uuid: [3; 16],
                kind: FileKind::KeptHeights,
                number: 1,
            },
        }
    }

    fn kept(last: u64, oldest: u64, heights: &[u64]) -> KeptHeights {
        KeptHeights {
            keep: Keep {
                last: NonZeroU64::new(last),
                heights: heights.iter().copied().collect(),
            },
            oldest,
        }
    }

    #[test]
    fn what_is_damaged_is_named_with_its_place() {
        let storage = Arc::new(MemStorage::new());
        let place = place(storage.clone());
        let said = kept(5, 8, &[2, 4]);
        place.write(&said).unwrap();
        assert_eq!(place.read().unwrap(), said);
        let file = storage.open("d/kept", Access::Write).unwrap();
        let damage = || place.read().unwrap_err().damage().unwrap().clone();
        file.write_at(&[9], HEADER_LEN).unwrap();
        let flaw = damage().flaw;
        assert_eq!((damage().offset, flaw.at), (HEADER_LEN + 20, 20));
        assert_eq!(flaw.kind, FlawKind::HeaderCheck);
        for len in [39, 24, 23, 0] {
            file.set_len(HEADER_LEN + len).unwrap();
            assert_eq!(
                (damage().offset, damage().flaw.kind),
                (HEADER_LEN, FlawKind::Short)
            );
        }
        // A list that nobody writes, with a check that is right.
        place.write(&kept(5, 0, &[])).unwrap();
        assert_eq!(damage().offset, HEADER_LEN + 20);
    }

    #[test]
    fn errors_of_the_disk_are_no_damage() {
        let disk = SimStorage::new();
        let place = place(Arc::new(disk.clone()));
        place.write(&kept(5, 8, &[2])).unwrap();
        let operations = {
            let before = disk.ops();
            place.read().unwrap();
            disk.ops() - before
        };
        let fail = |after| {
            let op = disk.ops() + after;
            let (sticky, kind) = (false, FaultKind::Error);
            disk.inject(Fault { op, sticky, kind });
        };
        for after in 0..operations {
            fail(after);
            let error = place.read().unwrap_err();
            assert_eq!(error.code(), "E-IO", "{after}: {error}");
            let _ = disk.heal();
        }
        fail(0);
        let refused = place.write(&kept(5, 9, &[]));
        assert!(matches!(refused, Err(Error::Io { op: "remove", .. })));
        let _ = disk.heal();
        assert_eq!(place.read().unwrap(), kept(5, 8, &[2]));
    }

    #[test]
    fn only_what_is_more_than_wanted_lags() {
        let retention = Retention::of_all();
        assert_eq!(retention.lagging(100), None);
        retention.now().kept = kept(5, 1, &[2]);
        assert_eq!(retention.lagging(3), None);
        assert_eq!(retention.lagging(5), None);
        assert_eq!(retention.lagging(10), Some(kept(5, 6, &[2])));
        retention.now().kept = kept(5, 6, &[2]);
        assert_eq!(retention.lagging(10), None);
    }

    #[test]
    fn what_is_pinned_stays_until_it_is_let_go_and_does_not_come_back() {
        let (retention, pins) = (Retention::of_all(), Arc::new(Pins::default()));
        let (early, _late) = (pins.pin(3), pins.pin(9));
        let drop_all_but = |kept| retention.drop_all_but(kept, &pins).unwrap();
        assert_eq!(drop_all_but(kept(2, 8, &[5])), [3, 5, 8]);
        assert_eq!(drop_all_but(kept(2, 12, &[5])), [3, 5, 9, 12]);
        // One that was dropped before it was pinned has no nodes.
        let _dropped = pins.pin(4);
        assert_eq!(drop_all_but(kept(2, 12, &[5])), [3, 5, 9, 12]);
        for height in [3, 5, 9, 12, 13] {
            assert_eq!(retention.check(height).unwrap(), Ok(()));
        }
        drop(early);
        assert_eq!(drop_all_but(kept(2, 12, &[5])), [5, 9, 12]);
        for height in [3, 4, 8, 11] {
            assert_eq!(retention.check(height).unwrap(), Err(12));
        }
    }

    #[test]
    fn a_height_is_pinned_while_anything_stands_on_it() {
        let pins = Arc::new(Pins::default());
        let tip = Footing::default();
        tip.commit(pins.pin(3));
        let sealed = tip.child().child();
        drop(tip);
        assert_eq!(pins.heights(), [3]);
        let child = sealed.child();
        sealed.commit(pins.pin(5));
        drop(sealed);
        assert_eq!(pins.heights(), [3]);
        drop(child);
        assert_eq!(pins.heights(), [] as [u64; 0]);
    }
}
