//! The simulated disk: files by sector, names by folder, and what of both was not synced.
//!
//! Invariants:
//!
//! - `names` and every `live` are what programs see; `synced_names` and every `disk` what a crash
//!   leaves at least;
//! - a page that is not dirty is never written back, even where cache and disk differ: a failed
//!   sync leaves it so;
//! - a page that was reserved and not written since reads as zeros, whatever the medium holds there;
//!   once written it is what the medium holds: where the disk lost that write, old bytes;
//! - bytes are shared between copies of a disk until they change.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use super::choice::{Choice, Rest};
use super::fingerprint::Fingerprint;
use super::random::Random;
use crate::layout::{SECTOR, is_zero};
use crate::storage::{Access, DirEntry, EntryKind};

const PAGE_SECTORS: u64 = 8;
const PAGE: u64 = PAGE_SECTORS * SECTOR as u64;
/// Versions of sectors kept between syncs of one file.
const VERSIONS_MAX: usize = 256;

#[derive(Clone, Debug, Default)]
struct Inode {
    live: Arc<Vec<u8>>,
    disk: Arc<Vec<u8>>,
    /// Pages to be written back.
    dirty: BTreeSet<u64>,
    /// What sectors held between the last sync and now; the disk may have taken any of it.
    older: Vec<(u64, Vec<u8>)>,
    /// Pages that were reserved, and of which no write was synced since.
    unwritten: Arc<BTreeSet<u64>>,
    /// Pages of writes that the disk will lose, until the next sync.
    lost: BTreeSet<u64>,
    /// Clean pages may differ from the disk.
    diverged: bool,
    locked: bool,
    read_only: bool,
    /// When it was changed last.
    touched: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    Dir,
    File(usize),
}

type Names = BTreeMap<String, Entry>;

/// A change of names in one folder, persisted whole or not at all.
#[derive(Clone, Debug)]
struct NameChange {
    dir: String,
    changes: Vec<(String, Option<Entry>)>,
    touched: u64,
}

/// Something that a crash keeps or loses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Name(usize),
    Len(usize),
    Sector(usize, u64),
}

#[derive(Clone, Debug, Default)]
pub(super) struct Disk {
    inodes: Vec<Inode>,
    names: Names,
    synced_names: Names,
    unsynced_names: Vec<NameChange>,
    clock: u64,
    boot: u64,
}

fn parent(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(dir, _)| dir)
}

fn size(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

/// The bytes of a sector; fewer at the end of the file, none behind it.
fn sector(bytes: &[u8], index: u64) -> &[u8] {
    let start = size(index) * SECTOR;
    let rest = bytes.get(start..).unwrap_or_default();
    rest.get(..SECTOR).unwrap_or(rest)
}

/// Whether two sectors are the same once the shorter is filled up with zeros.
fn same(a: &[u8], b: &[u8]) -> bool {
    let common = a.len().min(b.len());
    let tail_is_zero = |bytes: &[u8]| bytes.iter().skip(common).all(|byte| *byte == 0);
    a.get(..common) == b.get(..common) && tail_is_zero(a) && tail_is_zero(b)
}

/// Copies into `bytes` from `offset` on as much as it has room for.
fn place(bytes: &mut [u8], offset: u64, from: &[u8]) {
    let to = bytes.get_mut(size(offset)..).unwrap_or_default();
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

fn copy_out(bytes: &[u8], buf: &mut [u8], offset: u64) -> usize {
    let rest = bytes.get(size(offset)..).unwrap_or_default();
    let n = rest.len().min(buf.len());
    place(buf, 0, rest);
    n
}

impl Inode {
    fn write(&mut self, buf: &[u8], offset: u64) -> io::Result<()> {
        let end = offset
            .checked_add(buf.len() as u64)
            .filter(|end| *end < 1 << 32)
            .ok_or(io::ErrorKind::FileTooLarge)?;
        if buf.is_empty() {
            return Ok(());
        }
        let sectors = offset / SECTOR as u64..end.div_ceil(SECTOR as u64);
        for index in sectors {
            let (now, disk) = (sector(&self.live, index), sector(&self.disk, index));
            let is_dirty = self.dirty.contains(&(index / PAGE_SECTORS));
            if is_dirty && self.older.len() < VERSIONS_MAX && !same(now, disk) {
                self.older.push((index, now.to_vec()));
            }
        }
        let live = Arc::make_mut(&mut self.live);
        if live.len() < size(end) {
            live.resize(size(end), 0);
        }
        place(live, offset, buf);
        self.dirty.extend(offset / PAGE..end.div_ceil(PAGE));
        Ok(())
    }

    fn pending(&self) -> impl Iterator<Item = u64> {
        let pages = self.dirty.iter();
        pages
            .flat_map(|page| page * PAGE_SECTORS..(page + 1) * PAGE_SECTORS)
            .filter(|index| !same(sector(&self.live, *index), sector(&self.disk, *index)))
    }

    /// Takes pages that were written from those that never were.
    fn note_written(&mut self, pages: impl Iterator<Item = u64>) {
        let known: Vec<u64> = pages.filter(|page| self.unwritten.contains(page)).collect();
        if !known.is_empty() {
            let unwritten = Arc::make_mut(&mut self.unwritten);
            for page in &known {
                unwritten.remove(page);
            }
        }
    }

    /// Pages that a crash leaves unwritten which left these bytes.
    fn unwritten_in(&self, bytes: &[u8]) -> Arc<BTreeSet<u64>> {
        let pages = self.unwritten.iter().copied().filter(|page| {
            let page = bytes.get(size(page * PAGE)..).unwrap_or_default();
            let page = page.get(..size(PAGE)).unwrap_or(page);
            !page.is_empty() && is_zero(page)
        });
        Arc::new(pages.collect())
    }

    /// Where the first page from an offset on begins that the file system takes for written.
    fn first_written(&self, offset: u64) -> u64 {
        let len = self.live.len() as u64;
        let is_written = |page: &u64| {
            !self.unwritten.contains(page) || self.dirty.contains(page) || self.lost.contains(page)
        };
        let mut pages = offset / PAGE..len.div_ceil(PAGE);
        let first = pages.find(is_written);
        first.map_or(len, |page| page * PAGE).max(offset)
    }

    fn sync(&mut self) {
        if self.diverged {
            let disk = Arc::make_mut(&mut self.disk);
            disk.resize(self.live.len(), 0);
            // The file system takes them for written, and shows what the medium held before.
            for page in self.lost.intersection(&self.unwritten) {
                for index in page * PAGE_SECTORS..(page + 1) * PAGE_SECTORS {
                    place(disk, index * SECTOR as u64, &garbage(index));
                }
            }
            for page in &self.dirty {
                for index in page * PAGE_SECTORS..(page + 1) * PAGE_SECTORS {
                    place(disk, index * SECTOR as u64, sector(&self.live, index));
                }
            }
        } else {
            self.disk = Arc::clone(&self.live);
        }
        let written: Vec<u64> = self.dirty.union(&self.lost).copied().collect();
        self.note_written(written.into_iter());
        self.dirty.clear();
        self.lost.clear();
        self.older.clear();
    }

    /// What a crash leaves of the file, if it keeps these sectors.
    fn after_crash(&self, keep_len: bool, mut keep: impl FnMut(u64) -> Kept) -> Arc<Vec<u8>> {
        let pending: Vec<u64> = self.pending().collect();
        let len = if keep_len { &self.live } else { &self.disk }.len();
        if pending.is_empty() && len == self.disk.len() {
            return Arc::clone(&self.disk);
        }
        let mut bytes = Vec::clone(&self.disk);
        bytes.resize(len, 0);
        for index in pending {
            let at = index * SECTOR as u64;
            match keep(index) {
                Kept::Lost => {}
                Kept::Newest => place(&mut bytes, at, sector(&self.live, index)),
                Kept::Version(n) => {
                    let mut versions = self.older.iter().filter(|(of, _)| *of == index);
                    let count = versions.clone().count();
                    match versions.nth(n % (count + 1)) {
                        Some((_, version)) => place(&mut bytes, at, version),
                        None => place(&mut bytes, at, sector(&self.live, index)),
                    }
                }
                Kept::Garbage(seed) => {
                    if size(at) >= self.disk.len() {
                        place(&mut bytes, at, &garbage(seed));
                    }
                }
            }
        }
        Arc::new(bytes)
    }
}

/// A sector of bytes that nobody wrote there.
fn garbage(seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    let words = (0..SECTOR / 8).map(|_| random.next().to_le_bytes());
    words.flatten().collect()
}

/// What becomes of one sector.
enum Kept {
    Lost,
    Newest,
    /// One of the versions it had, by number.
    Version(usize),
    /// Lost, and garbage where the file was not yet as long.
    Garbage(u64),
}

impl Disk {
    pub(super) const fn boot(&self) -> u64 {
        self.boot
    }

    const fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    fn inode(&mut self, inode: usize) -> io::Result<&mut Inode> {
        let now = self.tick();
        let inode = self.inodes.get_mut(inode).ok_or(io::ErrorKind::NotFound)?;
        inode.touched = now;
        Ok(inode)
    }

    fn live(&self, inode: usize) -> &[u8] {
        self.inodes
            .get(inode)
            .map_or(&[], |inode| inode.live.as_slice())
    }

    // Names.

    fn change(&mut self, dir: &str, changes: Vec<(String, Option<Entry>)>) {
        apply(&mut self.names, &changes);
        let touched = self.tick();
        self.unsynced_names.push(NameChange {
            dir: dir.to_owned(),
            changes,
            touched,
        });
    }

    fn check_dir(&self, dir: &str) -> io::Result<()> {
        let is_dir = dir.is_empty() || self.names.get(dir) == Some(&Entry::Dir);
        if is_dir {
            Ok(())
        } else {
            Err(io::ErrorKind::NotFound.into())
        }
    }

    fn file(&self, name: &str) -> io::Result<usize> {
        match self.names.get(name) {
            Some(Entry::File(inode)) => Ok(*inode),
            Some(Entry::Dir) => Err(io::ErrorKind::InvalidInput.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub(super) fn open(&self, name: &str, access: Access) -> io::Result<usize> {
        let inode = self.file(name)?;
        let read_only = self.inodes.get(inode).is_some_and(|file| file.read_only);
        if read_only && access == Access::Write {
            return Err(io::ErrorKind::PermissionDenied.into());
        }
        Ok(inode)
    }

    pub(super) fn create(&mut self, name: &str) -> io::Result<usize> {
        self.check_dir(parent(name))?;
        if self.names.contains_key(name) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let inode = self.inodes.len();
        self.inodes.push(Inode::default());
        let added = vec![(name.to_owned(), Some(Entry::File(inode)))];
        self.change(parent(name), added);
        Ok(inode)
    }

    pub(super) fn create_dir(&mut self, name: &str) -> io::Result<()> {
        if name.is_empty() {
            return Ok(());
        }
        match self.names.get(name) {
            Some(Entry::Dir) => return Ok(()),
            Some(Entry::File(_)) => return Err(io::ErrorKind::AlreadyExists.into()),
            None => {}
        }
        self.create_dir(parent(name))?;
        let added = vec![(name.to_owned(), Some(Entry::Dir))];
        self.change(parent(name), added);
        Ok(())
    }

    pub(super) fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        self.check_dir(dir)?;
        let inside = self.names.iter().filter(|(name, _)| parent(name) == dir);
        let entries = inside.map(|(name, entry)| {
            let (kind, len) = match entry {
                Entry::Dir => (EntryKind::Dir, 0),
                Entry::File(inode) => (EntryKind::File, self.len(*inode)),
            };
            let name = name.rsplit('/').next().unwrap_or_default().to_owned();
            DirEntry { name, kind, len }
        });
        Ok(entries.collect())
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let inode = self.file(from)?;
        self.check_dir(parent(to))?;
        let changes = vec![
            (from.to_owned(), None),
            (to.to_owned(), Some(Entry::File(inode))),
        ];
        self.change(parent(to), changes);
        Ok(())
    }

    pub(super) fn link(&mut self, from: &str, to: &str) -> io::Result<()> {
        let inode = self.file(from)?;
        self.check_dir(parent(to))?;
        if self.names.contains_key(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.change(parent(to), vec![(to.to_owned(), Some(Entry::File(inode)))]);
        Ok(())
    }

    pub(super) fn remove(&mut self, name: &str) -> io::Result<()> {
        self.file(name)?;
        self.change(parent(name), vec![(name.to_owned(), None)]);
        Ok(())
    }

    pub(super) fn sync_dir(&mut self, dir: &str) -> io::Result<()> {
        self.check_dir(dir)?;
        let synced_names = &mut self.synced_names;
        self.unsynced_names.retain(|change| {
            let here = change.dir == dir;
            if here {
                apply(synced_names, &change.changes);
            }
            !here
        });
        Ok(())
    }

    pub(super) fn file_names(&self) -> Vec<String> {
        let files = self.names.iter().filter(|(_, entry)| **entry != Entry::Dir);
        files.map(|(name, _)| name.clone()).collect()
    }

    // Bytes.

    pub(super) fn len(&self, inode: usize) -> u64 {
        self.live(inode).len() as u64
    }

    pub(super) fn read_live(&self, inode: usize, buf: &mut [u8], offset: u64) -> usize {
        copy_out(self.live(inode), buf, offset)
    }

    /// What the disk holds, cut or filled up to the length that programs see.
    pub(super) fn read_disk(&self, inode: usize, buf: &mut [u8], offset: u64) -> usize {
        let n = copy_out(self.live(inode), buf, offset);
        let read = buf.get_mut(..n).unwrap_or_default();
        read.fill(0);
        if let Some(inode) = self.inodes.get(inode) {
            copy_out(&inode.disk, read, offset);
        }
        n
    }

    /// Dirty pages are written back by a direct read; clean ones come from the disk.
    pub(super) fn read_direct(&self, inode: usize, buf: &mut [u8], offset: u64) -> usize {
        let Some(file) = self.inodes.get(inode) else {
            return 0;
        };
        if !file.diverged {
            return copy_out(&file.live, buf, offset);
        }
        let n = self.read_disk(inode, buf, offset);
        for page in &file.dirty {
            let start = (page * PAGE).max(offset);
            let end = ((page + 1) * PAGE).min(offset + n as u64);
            if start < end {
                let from = file.live.get(size(start)..size(end).min(file.live.len()));
                place(buf, start - offset, from.unwrap_or_default());
            }
        }
        n
    }

    pub(super) fn write(&mut self, inode: usize, buf: &[u8], offset: u64) -> io::Result<()> {
        self.inode(inode)?.write(buf, offset)
    }

    /// A write that is never written back.
    pub(super) fn write_lost(&mut self, inode: usize, buf: &[u8], offset: u64) -> io::Result<()> {
        let file = self.inode(inode)?;
        let dirty = file.dirty.clone();
        file.write(buf, offset)?;
        file.dirty = dirty;
        let end = offset + buf.len() as u64;
        file.lost.extend(offset / PAGE..end.div_ceil(PAGE));
        file.diverged = true;
        Ok(())
    }

    /// A write that the disk does and the page cache does not know of.
    pub(super) fn write_disk(&mut self, inode: usize, buf: &[u8], offset: u64) -> io::Result<()> {
        let file = self.inode(inode)?;
        let disk: &mut Vec<u8> = Arc::make_mut(&mut file.disk);
        place(disk, offset, buf);
        let end = offset + buf.len() as u64;
        file.note_written(offset / PAGE..end.div_ceil(PAGE));
        file.diverged = true;
        Ok(())
    }

    pub(super) fn set_len(&mut self, inode: usize, len: u64) -> io::Result<()> {
        let file = self.inode(inode)?;
        let len = size(len).min(1 << 32);
        Arc::make_mut(&mut file.live).resize(len, 0);
        let end = (len as u64).div_ceil(PAGE);
        if file.unwritten.last().is_some_and(|last| *last >= end) {
            drop(Arc::make_mut(&mut file.unwritten).split_off(&end));
        }
        Ok(())
    }

    /// Makes a file longer, with room that was never written.
    pub(super) fn extend(&mut self, inode: usize, len: u64) -> io::Result<()> {
        let before = self.len(inode);
        self.set_len(inode, len)?;
        let pages = before.div_ceil(PAGE)..len.div_ceil(PAGE);
        let file = self.inode(inode)?;
        Arc::make_mut(&mut file.unwritten).extend(pages);
        Ok(())
    }

    pub(super) fn first_written(&self, inode: usize, offset: u64) -> u64 {
        let file = self.inodes.get(inode);
        file.map_or(offset, |file| file.first_written(offset))
    }

    pub(super) fn sync(&mut self, inode: usize) {
        if let Some(file) = self.inodes.get_mut(inode) {
            file.sync();
        }
    }

    pub(super) fn fail_sync(&mut self, inode: usize, keep: bool, seed: u64) {
        let Some(file) = self.inodes.get_mut(inode) else {
            return;
        };
        let mut random = Random::new(seed);
        file.disk = file.after_crash(true, |_| {
            if random.one_in(2) {
                Kept::Newest
            } else {
                Kept::Lost
            }
        });
        let written: Vec<u64> = file.dirty.iter().copied().collect();
        file.note_written(written.into_iter());
        file.dirty.clear();
        file.older.clear();
        if keep {
            file.diverged = true;
        } else {
            file.live = Arc::clone(&file.disk);
        }
    }

    pub(super) fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        self.file(name).ok().map(|inode| self.live(inode).to_vec())
    }

    pub(super) fn fingerprint(&self) -> Option<[u64; 4]> {
        if !self.unsynced_names.is_empty() {
            return None;
        }
        let mut hasher = Fingerprint::default();
        for (name, entry) in &self.names {
            hasher.update(name.as_bytes());
            let Entry::File(inode) = entry else {
                hasher.update(b"d");
                continue;
            };
            let file = self.inodes.get(*inode)?;
            if !Arc::ptr_eq(&file.live, &file.disk) || !file.dirty.is_empty() {
                return None;
            }
            hasher.update(if file.read_only { b"r" } else { b"w" });
            hasher.update(&file.disk);
            for page in file.unwritten.iter() {
                hasher.update(&page.to_le_bytes());
            }
        }
        Some(hasher.lanes)
    }

    pub(super) fn put_bytes(&mut self, name: &str, bytes: Option<Vec<u8>>) {
        let Some(bytes) = bytes else {
            self.names.remove(name);
            self.synced_names.remove(name);
            return;
        };
        let bytes = Arc::new(bytes);
        let file = Inode {
            live: Arc::clone(&bytes),
            disk: bytes,
            ..Inode::default()
        };
        match self.file(name) {
            Ok(inode) => {
                if let Some(slot) = self.inodes.get_mut(inode) {
                    *slot = file;
                }
            }
            Err(_) => {
                let entry = Entry::File(self.inodes.len());
                self.inodes.push(file);
                self.names.insert(name.to_owned(), entry);
                self.synced_names.insert(name.to_owned(), entry);
            }
        }
    }

    pub(super) fn try_lock(&mut self, inode: usize) -> bool {
        let file = self.inodes.get_mut(inode);
        file.is_some_and(|file| !std::mem::replace(&mut file.locked, true))
    }

    pub(super) fn unlock(&mut self, inode: usize) {
        if let Some(file) = self.inodes.get_mut(inode) {
            file.locked = false;
        }
    }

    pub(super) fn unlock_all(&mut self) {
        for file in &mut self.inodes {
            file.locked = false;
        }
    }

    pub(super) fn set_read_only(&mut self, inode: usize) {
        if let Some(file) = self.inodes.get_mut(inode) {
            file.read_only = true;
        }
    }

    // Crashes.

    /// Inodes that some name leads to, before or after a crash.
    fn reachable(&self) -> BTreeSet<usize> {
        let changed = self
            .unsynced_names
            .iter()
            .flat_map(|change| &change.changes);
        let entries = self.names.values().chain(self.synced_names.values());
        entries
            .copied()
            .chain(changed.filter_map(|(_, entry)| *entry))
            .filter_map(|entry| match entry {
                Entry::File(inode) => Some(inode),
                Entry::Dir => None,
            })
            .collect()
    }

    /// What was not synced, the newest first; with each the time of its file's last change.
    fn dated_units(&self) -> Vec<(u64, Unit)> {
        let mut units: Vec<(u64, Unit)> = self
            .unsynced_names
            .iter()
            .enumerate()
            .map(|(i, change)| (change.touched, Unit::Name(i)))
            .collect();
        for inode in self.reachable() {
            let Some(file) = self.inodes.get(inode) else {
                continue;
            };
            if file.live.len() != file.disk.len() {
                units.push((file.touched, Unit::Len(inode)));
            }
            let sectors = file.pending();
            units.extend(sectors.map(|index| (file.touched, Unit::Sector(inode, index))));
        }
        units.sort_by_key(|(touched, _)| std::cmp::Reverse(*touched));
        units
    }

    pub(super) fn units(&self) -> Vec<Unit> {
        let dated = self.dated_units().into_iter();
        dated.map(|(_, unit)| unit).collect()
    }

    pub(super) fn choices(&self, all_up_to: u32, seeds: u64) -> Vec<Choice> {
        let units = self.dated_units();
        if units.is_empty() {
            return vec![Choice::None];
        }
        let mut choices = vec![Choice::None, Choice::All];
        // All subsets of the file changed last, and of those before it while they stay few.
        let mut some = 0u32;
        for group in units.chunk_by(|(a, _), (b, _)| a == b) {
            let limit = if some == 0 { 2 * all_up_to } else { all_up_to };
            match u32::try_from(group.len()) {
                Ok(len) if some + len <= limit => some += len,
                _ => break,
            }
        }
        let others = units.len() > some as usize;
        if some > 0 {
            for bits in 0..1u64 << some {
                choices.push(Choice::Bits(bits, Rest::None));
                if others {
                    choices.push(Choice::Bits(bits | u64::MAX << some, Rest::All));
                }
            }
        }
        choices.extend((0..seeds).map(|seed| Choice::Seed(seed ^ self.clock << 16)));
        choices
    }

    /// The disk as the machine finds it when it starts again.
    pub(super) fn after_crash(&self, choice: Choice) -> Self {
        let units = self.units();
        let mut fate = Fate::new(choice, &units);
        let mut names = self.synced_names.clone();
        for (i, change) in self.unsynced_names.iter().enumerate() {
            if fate.keeps_name(i, &change.dir) {
                apply(&mut names, &change.changes);
            }
        }
        let lost: Vec<String> = names
            .keys()
            .filter(|name| !has_parents(&names, name))
            .cloned()
            .collect();
        for name in lost {
            names.remove(&name);
        }
        let mut inodes = vec![Inode::default(); self.inodes.len()];
        for inode in self.reachable() {
            let (Some(old), Some(new)) = (self.inodes.get(inode), inodes.get_mut(inode)) else {
                continue;
            };
            let keep_len = fate.keeps_len(inode);
            new.disk = old.after_crash(keep_len, |index| fate.of_sector(inode, index));
            new.live = Arc::clone(&new.disk);
            new.unwritten = old.unwritten_in(&new.disk);
            new.read_only = old.read_only;
        }
        Self {
            inodes,
            synced_names: names.clone(),
            names,
            unsynced_names: Vec::new(),
            clock: self.clock + 1,
            boot: self.boot + 1,
        }
    }
}

fn apply(names: &mut Names, changes: &[(String, Option<Entry>)]) {
    for (name, entry) in changes {
        match entry {
            Some(entry) => names.insert(name.clone(), *entry),
            None => names.remove(name),
        };
    }
}

fn has_parents(names: &Names, name: &str) -> bool {
    let dir = parent(name);
    dir.is_empty() || (names.get(dir) == Some(&Entry::Dir) && has_parents(names, dir))
}

/// A choice being carried out.
struct Fate<'a> {
    choice: Choice,
    units: &'a [Unit],
    drawn: Draw,
}

/// What a seed decides once for a whole crash.
struct Draw {
    random: Random,
    /// Lost is one in so many, or kept is.
    odds: u64,
    mostly_kept: bool,
    /// Pages are kept or lost whole.
    pages: bool,
    garbage: bool,
    /// Names are persisted in order, as by a journal.
    ordered: bool,
    broken: BTreeSet<String>,
    page: Option<(usize, u64, bool)>,
}

impl<'a> Fate<'a> {
    const fn new(choice: Choice, units: &'a [Unit]) -> Self {
        let seed = match choice {
            Choice::Seed(seed) => seed,
            _ => 0,
        };
        let mut random = Random::new(seed);
        let drawn = Draw {
            odds: 2 + random.below(4) * 2,
            mostly_kept: random.one_in(2),
            pages: random.one_in(4),
            garbage: random.one_in(4),
            ordered: random.one_in(2),
            broken: BTreeSet::new(),
            page: None,
            random,
        };
        Self {
            choice,
            units,
            drawn,
        }
    }

    fn keeps(&mut self, unit: Unit) -> bool {
        match self.choice {
            Choice::None => false,
            Choice::All => true,
            Choice::Bits(bits, rest) => {
                let index = self.units.iter().position(|other| *other == unit);
                match index.filter(|index| *index < 64) {
                    Some(index) => bits >> index & 1 == 1,
                    None => rest == Rest::All,
                }
            }
            Choice::Seed(_) => self.drawn.coin(),
        }
    }

    fn keeps_name(&mut self, index: usize, dir: &str) -> bool {
        let keeps = self.keeps(Unit::Name(index));
        if !matches!(self.choice, Choice::Seed(_)) || !self.drawn.ordered {
            return keeps;
        }
        if !keeps {
            self.drawn.broken.insert(dir.to_owned());
        }
        !self.drawn.broken.contains(dir)
    }

    fn keeps_len(&mut self, inode: usize) -> bool {
        self.keeps(Unit::Len(inode))
    }

    fn of_sector(&mut self, inode: usize, index: u64) -> Kept {
        let keeps = match self.drawn.page {
            Some((of, page, keeps)) if of == inode && page == index / PAGE_SECTORS => keeps,
            _ => self.keeps(Unit::Sector(inode, index)),
        };
        if !matches!(self.choice, Choice::Seed(_)) {
            return if keeps { Kept::Newest } else { Kept::Lost };
        }
        let drawn = &mut self.drawn;
        if drawn.pages {
            drawn.page = Some((inode, index / PAGE_SECTORS, keeps));
        }
        if !keeps && drawn.garbage {
            Kept::Garbage(drawn.random.next())
        } else if !keeps {
            Kept::Lost
        } else if !drawn.pages && drawn.random.one_in(4) {
            Kept::Version(size(drawn.random.below(8)))
        } else {
            Kept::Newest
        }
    }
}

impl Draw {
    const fn coin(&mut self) -> bool {
        self.random.one_in(self.odds) != self.mostly_kept
    }
}
