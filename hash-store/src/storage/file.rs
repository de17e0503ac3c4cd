//! [`Storage`] on a directory of a real file system.
//!
//! Opening never follows into anything but a regular file: a pipe in a file's place is an error,
//! not a hang.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustix::fs::{Advice, FallocateFlags, OFlags, SeekFrom};
use rustix::io::Errno;

use super::{Access, DirEntry, EntryKind, Storage, StorageFile, check_name};
use crate::map::Map;

/// A lock that is held by others is tried again so often, so long apart: a tenth of a second.
const LOCK_TRIES: u32 = 25;
const LOCK_PAUSE: Duration = Duration::from_millis(4);
/// Alignment that direct reads need on every common device.
const DIRECT_ALIGN: usize = 4096;

/// A directory on a file system.
#[derive(Debug, Clone)]
pub struct FileStorage {
    root: PathBuf,
    maps: bool,
}

impl FileStorage {
    /// A store in `root`, which need not exist yet.
    #[must_use]
    pub fn new(root: impl Into<PathBuf>) -> Self {
        Self {
            root: root.into(),
            maps: true,
        }
    }

    /// Reads with plain reads instead of maps, so that an I/O error is an error and no signal.
    #[must_use]
    pub const fn without_maps(mut self) -> Self {
        self.maps = false;
        self
    }

    fn path(&self, name: &str) -> io::Result<PathBuf> {
        check_name(name)?;
        Ok(self.root.join(name))
    }

    fn wrap(&self, file: File, path: PathBuf) -> io::Result<Arc<dyn StorageFile>> {
        if !file.metadata()?.is_file() {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "not a regular file",
            ));
        }
        Ok(Arc::new(OpenFile {
            file,
            path,
            maps: self.maps,
        }))
    }
}

impl Storage for FileStorage {
    fn open(&self, name: &str, access: Access) -> io::Result<Arc<dyn StorageFile>> {
        let path = self.path(name)?;
        // O_NONBLOCK: opening a pipe must not wait for its other end.
        let file = OpenOptions::new()
            .read(true)
            .write(access == Access::Write)
            .custom_flags(flag_bits(OFlags::NONBLOCK | OFlags::CLOEXEC))
            .open(&path)?;
        self.wrap(file, path)
    }

    fn create(&self, name: &str) -> io::Result<Arc<dyn StorageFile>> {
        let path = self.path(name)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create_new(true)
            .open(&path)?;
        self.wrap(file, path)
    }

    fn create_dir(&self, name: &str) -> io::Result<()> {
        std::fs::create_dir_all(self.path(name)?)
    }

    fn list(&self, dir: &str) -> io::Result<Vec<DirEntry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(self.path(dir)?)? {
            let entry = entry?;
            // What was renamed or removed since it was listed is not there.
            let meta = match entry.path().symlink_metadata() {
                Err(e) if e.kind() == io::ErrorKind::NotFound => continue,
                meta => meta?,
            };
            let kind = if meta.is_file() {
                EntryKind::File
            } else if meta.is_dir() {
                EntryKind::Dir
            } else {
                EntryKind::Other
            };
            entries.push(DirEntry {
                name: entry.file_name().to_string_lossy().into_owned(),
                kind,
                len: if meta.is_file() { meta.len() } else { 0 },
            });
        }
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::rename(self.path(from)?, self.path(to)?)
    }

    fn link(&self, from: &str, to: &str) -> io::Result<()> {
        std::fs::hard_link(self.path(from)?, self.path(to)?)
    }

    fn link_file(&self, file: &dyn StorageFile, name: &str) -> io::Result<bool> {
        use rustix::fs::{AtFlags, CWD, linkat};
        let Some(file) = file.os_file() else {
            return Ok(false);
        };
        let opened = format!("/proc/self/fd/{}", file.as_raw_fd());
        match linkat(CWD, opened, CWD, self.path(name)?, AtFlags::SYMLINK_FOLLOW) {
            Ok(()) => Ok(true),
            // Another device, too many names, a file system without links or without /proc.
            Err(Errno::XDEV | Errno::MLINK | Errno::PERM | Errno::OPNOTSUPP | Errno::NOENT) => {
                Ok(false)
            }
            Err(e) => Err(e.into()),
        }
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        std::fs::remove_file(self.path(name)?)
    }

    fn sync_dir(&self, dir: &str) -> io::Result<()> {
        File::open(self.path(dir)?)?.sync_all()
    }

    fn boot_id(&self) -> Option<[u8; 16]> {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        parse_boot_id(&text)
    }

    fn location(&self) -> String {
        self.root.display().to_string()
    }
}

#[derive(Debug)]
struct OpenFile {
    file: File,
    path: PathBuf,
    maps: bool,
}

impl StorageFile for OpenFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.file.metadata()?.len())
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        read_full(&self.file, buf, offset)
    }

    fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        match open_direct(&self.path) {
            Ok(direct) => match read_aligned(&direct, buf, offset) {
                Err(e) if e.kind() == io::ErrorKind::InvalidInput => {}
                answer => return answer,
            },
            Err(e) if e.kind() == io::ErrorKind::InvalidInput => {}
            Err(e) => return Err(e),
        }
        // No direct reads on this file system (tmpfs): ask for the clean pages to be dropped.
        rustix::fs::fadvise(&self.file, 0, None, Advice::DontNeed)?;
        self.read_at(buf, offset)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_all_at(buf, offset)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.file.set_len(len)
    }

    fn allocate(&self, len: u64) -> io::Result<bool> {
        match rustix::fs::fallocate(&self.file, FallocateFlags::empty(), 0, len) {
            // A file system without fallocate: the writes that follow meet a full disk instead.
            Err(Errno::OPNOTSUPP) => {
                if self.len()? < len {
                    self.file.set_len(len)?;
                }
                Ok(false)
            }
            answer => Ok(answer.map(|()| true)?),
        }
    }

    fn first_written(&self, offset: u64) -> io::Result<u64> {
        match rustix::fs::seek(&self.file, SeekFrom::Data(offset)) {
            // Nothing behind it, or nothing to ask.
            Err(Errno::NXIO) => Ok(self.len()?.max(offset)),
            Err(Errno::INVAL | Errno::OPNOTSUPP) => Ok(offset),
            answer => Ok(answer?),
        }
    }

    fn sync_data(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    fn try_lock(&self) -> io::Result<bool> {
        // A child that another thread has just forked holds its parent's locks until it begins its
        // own program: such a lock, of a store that was closed, is gone in a moment.
        for _ in 0..LOCK_TRIES {
            match self.file.try_lock() {
                Ok(()) => return Ok(true),
                Err(TryLockError::WouldBlock) => std::thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(e)) => return Err(e),
            }
        }
        Ok(false)
    }

    fn set_read_only(&self) -> io::Result<()> {
        let mut permissions = self.file.metadata()?.permissions();
        permissions.set_readonly(true);
        self.file.set_permissions(permissions)
    }

    fn map(&self, offset: u64, len: u64) -> io::Result<Option<Map>> {
        if self.maps {
            Map::of_file(&self.file, offset, len).map(Some)
        } else {
            Ok(None)
        }
    }

    fn os_file(&self) -> Option<&File> {
        Some(&self.file)
    }
}

/// Copies `begin..end` inside the kernel, as far as it can; answers with how far.
pub(super) fn copy_range(from: &File, to: &File, begin: u64, end: u64) -> u64 {
    let (mut read_at, mut write_at) = (begin, begin);
    while write_at < end {
        let len = usize::try_from(end - write_at).unwrap_or(usize::MAX);
        let copied =
            rustix::fs::copy_file_range(from, Some(&mut read_at), to, Some(&mut write_at), len);
        if !matches!(copied, Ok(1..)) {
            break;
        }
    }
    write_at
}

fn read_full(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = buf.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset.saturating_add(done as u64)) {
            Ok(0) => break,
            Ok(n) => done += n,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
    Ok(done)
}

fn open_direct(path: &Path) -> io::Result<File> {
    OpenOptions::new()
        .read(true)
        .custom_flags(flag_bits(OFlags::DIRECT | OFlags::CLOEXEC))
        .open(path)
}

/// Reads through an aligned window, since direct reads take aligned memory, offset and length.
fn read_aligned(file: &File, buf: &mut [u8], offset: u64) -> io::Result<usize> {
    const WINDOW: usize = 1 << 20;
    let align = DIRECT_ALIGN;
    let room = (align + buf.len()).next_multiple_of(align).min(WINDOW);
    let mut memory = vec![0u8; room + align];
    let start = memory.as_ptr().align_offset(align);
    let Some(window) = memory.get_mut(start..start + room) else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let mut done = 0;
    while done < buf.len() {
        let at = offset + done as u64;
        let aligned = at - at % DIRECT_ALIGN as u64;
        let skip = usize::try_from(at - aligned).unwrap_or(0);
        let wanted = (skip + buf.len() - done).next_multiple_of(align).min(room);
        let Some(target) = window.get_mut(..wanted) else {
            break;
        };
        let n = file.read_at(target, aligned)?;
        let take = n.saturating_sub(skip).min(buf.len() - done);
        let (Some(to), Some(from)) = (
            buf.get_mut(done..done + take),
            window.get(skip..skip + take),
        ) else {
            break;
        };
        to.copy_from_slice(from);
        done += take;
        if take == 0 || n < wanted {
            break;
        }
    }
    Ok(done)
}

fn flag_bits(flags: OFlags) -> i32 {
    i32::try_from(flags.bits()).unwrap_or(0)
}

/// `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` to its 16 bytes.
fn parse_boot_id(text: &str) -> Option<[u8; 16]> {
    let hex: Vec<u8> = text.trim().bytes().filter(|b| *b != b'-').collect();
    let mut id = [0u8; 16];
    if hex.len() != 2 * id.len() {
        return None;
    }
    for (byte, pair) in id.iter_mut().zip(hex.chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boot_id_parses_only_32_hex_digits() {
        assert_eq!(
            parse_boot_id("00112233-4455-6677-8899-aabbccddeeff\n"),
            Some([
                0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd,
                0xee, 0xff
            ])
        );
        assert_eq!(parse_boot_id("0011"), None);
        assert_eq!(parse_boot_id("zz112233-4455-6677-8899-aabbccddeeff"), None);
    }

    #[test]
    fn direct_reads_agree_with_cached_reads_at_any_offset() {
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path());
        let file = storage.create("bytes").unwrap();
        let content: Vec<u8> = (0..3_000_000u32).map(|i| (i % 251) as u8).collect();
        file.write_at(&content, 0).unwrap();
        file.sync_data().unwrap();
        for (offset, len) in [
            (0usize, 10usize),
            (511, 5000),
            (4096, 4096),
            (1_048_575, 1_900_000),
        ] {
            let mut direct = vec![0; len];
            assert_eq!(file.read_direct(&mut direct, offset as u64).unwrap(), len);
            assert_eq!(direct, content[offset..offset + len]);
        }
        let mut past = [0; 100];
        assert_eq!(file.read_direct(&mut past, 2_999_990).unwrap(), 10);
    }

    #[test]
    fn nothing_that_was_written_counts_as_unwritten() {
        const MIB: u64 = 1 << 20;
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path());
        let file = storage.create("bytes").unwrap();
        let is_reserved = file.allocate(8 * MIB).unwrap();
        assert_eq!(file.len().unwrap(), 8 * MIB);
        for synced in [false, true] {
            for at in [5 * MIB + 3, 2 * MIB] {
                file.write_at(&[1], at).unwrap();
                let first = file.first_written(MIB).unwrap();
                assert!((MIB..=at).contains(&first), "{first} {at}");
                assert_eq!(file.first_written(at).unwrap(), at);
            }
            if synced {
                file.sync_data().unwrap();
            }
        }
        let behind = file.first_written(6 * MIB).unwrap();
        assert!((6 * MIB..=8 * MIB).contains(&behind), "{is_reserved}");
        assert_eq!(file.first_written(9 * MIB).unwrap(), 9 * MIB);
        let mut bytes = vec![9; 4096];
        assert_eq!(file.read_direct(&mut bytes, 7 * MIB).unwrap(), 4096);
        assert!(bytes.iter().all(|byte| *byte == 0));
    }

    #[test]
    fn a_listing_beside_renames_and_removals_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path());
        let others: Vec<String> = (0..20).map(|n| format!("other-{n:02}")).collect();
        others.iter().for_each(|name| drop(storage.create(name)));
        let done = std::sync::atomic::AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                for round in 0..2000 {
                    let name = format!("{}", round % 50);
                    drop(storage.create("next").unwrap());
                    storage.rename("next", &name).unwrap();
                    storage.remove(&name).unwrap();
                }
                done.store(true, std::sync::atomic::Ordering::Release);
            });
            while !done.load(std::sync::atomic::Ordering::Acquire) {
                let names = storage
                    .list("")
                    .unwrap()
                    .into_iter()
                    .map(|entry| entry.name);
                let stayed = names.filter(|name| name.starts_with("other"));
                assert!(stayed.eq(others.iter().cloned()));
            }
        });
    }

    #[test]
    fn names_stay_inside_the_store() {
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path().join("store"));
        storage.create_dir("").unwrap();
        for name in ["../x", "/etc/passwd", "a/../../x", "a//b", "."] {
            let refused = storage.create(name).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
    }

    #[test]
    fn a_pipe_or_folder_in_a_files_place_is_refused_without_waiting() {
        let dir = tempfile::tempdir().unwrap();
        let storage = FileStorage::new(dir.path());
        rustix::fs::mknodat(
            rustix::fs::CWD,
            dir.path().join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::from_raw_mode(0o600),
            0,
        )
        .unwrap();
        storage.create_dir("folder").unwrap();
        for name in ["pipe", "folder"] {
            let refused = storage.open(name, Access::Read).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::InvalidInput, "{name}");
        }
    }
}
