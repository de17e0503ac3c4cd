//! Open files of the simulated disk.

use std::io;
use std::sync::Mutex;
use std::sync::PoisonError;

use super::fault::eio;
use super::{FaultKind, OpKind, SimStorage};
use crate::map::Map;
use crate::storage::{Access, StorageFile};

/// One handle.
#[derive(Debug)]
pub(super) struct SimFile {
    storage: SimStorage,
    inode: usize,
    name: String,
    access: Access,
    holds_lock: Mutex<bool>,
}

impl SimFile {
    pub(super) const fn new(
        storage: SimStorage,
        inode: usize,
        name: String,
        access: Access,
    ) -> Self {
        Self {
            storage,
            inode,
            name,
            access,
            holds_lock: Mutex::new(false),
        }
    }

    fn check_writable(&self) -> io::Result<()> {
        match self.access {
            Access::Write => Ok(()),
            Access::Read => Err(io::ErrorKind::PermissionDenied.into()),
        }
    }

    fn read(&self, buf: &mut [u8], offset: u64, direct: bool) -> io::Result<usize> {
        let (world, fault) = self.storage.step(OpKind::Read, &self.name)?;
        let read = match fault {
            Some(FaultKind::StaleRead) => world.disk.read_disk(self.inode, buf, offset),
            _ if direct => world.disk.read_direct(self.inode, buf, offset),
            _ => world.disk.read_live(self.inode, buf, offset),
        };
        if let Some(FaultKind::FlippedRead(bit)) = fault {
            let at = usize::try_from(bit / 8).unwrap_or(0) % read.max(1);
            if let Some(byte) = buf.get_mut(at) {
                *byte ^= 1 << (bit % 8);
            }
        }
        Ok(read)
    }
}

impl Drop for SimFile {
    fn drop(&mut self) {
        let held = self
            .holds_lock
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        let mut world = self.storage.world();
        if *held && world.epoch == self.storage.epoch {
            world.disk.unlock(self.inode);
        }
    }
}

impl StorageFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        let (world, _) = self.storage.step(OpKind::Read, &self.name)?;
        Ok(world.disk.len(self.inode))
    }

    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read(buf, offset, false)
    }

    fn read_direct(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        self.read(buf, offset, true)
    }

    fn write_at(&self, buf: &[u8], offset: u64) -> io::Result<()> {
        self.check_writable()?;
        let (mut world, fault) = self.storage.step(OpKind::Write, &self.name)?;
        match fault {
            Some(FaultKind::Short(len)) => {
                let written = buf.get(..len).unwrap_or(buf);
                world.disk.write(self.inode, written, offset)?;
                Err(eio())
            }
            Some(FaultKind::LostWrite) => world.disk.write_lost(self.inode, buf, offset),
            Some(FaultKind::Misdirected(by)) => {
                world.disk.write_lost(self.inode, buf, offset)?;
                world.disk.write_disk(self.inode, buf, offset + by)
            }
            _ => world.disk.write(self.inode, buf, offset),
        }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.check_writable()?;
        let (mut world, _) = self.storage.step(OpKind::Length, &self.name)?;
        world.disk.set_len(self.inode, len)
    }

    fn allocate(&self, len: u64) -> io::Result<bool> {
        self.check_writable()?;
        let (mut world, _) = self.storage.step(OpKind::Length, &self.name)?;
        let reserves = world.reserves;
        if world.disk.len(self.inode) < len {
            world.disk.extend(self.inode, len)?;
        }
        Ok(reserves)
    }

    fn first_written(&self, offset: u64) -> io::Result<u64> {
        let (world, fault) = self.storage.step(OpKind::Seek, &self.name)?;
        Ok(match fault {
            Some(FaultKind::Overlooked) => world.disk.len(self.inode).max(offset),
            _ => world.disk.first_written(self.inode, offset),
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        let (mut world, fault) = self.storage.step(OpKind::Sync, &self.name)?;
        match fault {
            Some(FaultKind::LyingSync) => Ok(()),
            Some(FaultKind::FailedSync { keep, seed }) => {
                world.disk.fail_sync(self.inode, keep, seed);
                Err(eio())
            }
            _ => {
                world.disk.sync(self.inode);
                Ok(())
            }
        }
    }

    fn try_lock(&self) -> io::Result<bool> {
        let (mut world, _) = self.storage.step(OpKind::Read, &self.name)?;
        let locked = world.disk.try_lock(self.inode);
        if locked {
            *self
                .holds_lock
                .lock()
                .unwrap_or_else(PoisonError::into_inner) = true;
        }
        Ok(locked)
    }

    fn set_read_only(&self) -> io::Result<()> {
        let (mut world, _) = self.storage.step(OpKind::Name, &self.name)?;
        world.disk.set_read_only(self.inode);
        Ok(())
    }

    fn map(&self, _offset: u64, _len: u64) -> io::Result<Option<Map>> {
        Ok(None)
    }
}
