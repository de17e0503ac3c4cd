//! The engine's storage on a simulated disk: a power cut takes what was not synced, and faults meet
//! the engine's files as they meet the store's.
//!
//! A blob is one file, `partition/name in hex`. It begins with 8 bytes: `SIM1`, its version as u16,
//! two zeros. A file without them was being created when the power went, and is begun anew.

use std::io;
use std::ops::RangeInclusive;
use std::sync::Arc;

use commonware_runtime::{
    Blob, BlobVersion, Error, Handle, IoBufMut, IoBufs, IoBufsMut, ReadOptions, WriteOptions,
};
use hash_store::sim::SimStorage;
use hash_store::{Access, Storage, StorageFile};

use crate::hex;

const MAGIC: [u8; 4] = *b"SIM1";
const HEADER: usize = 8;
const HEADER_LEN: u64 = HEADER as u64;

/// An open file of the engine.
pub(super) struct SimBlob {
    file: Arc<dyn StorageFile>,
}

fn failed(error: io::Error) -> Error {
    Error::Io(Arc::new(error))
}

/// Opens a blob, or makes it durably.
pub(super) fn open(
    disk: &SimStorage,
    partition: &str,
    name: &[u8],
    versions: &RangeInclusive<BlobVersion>,
) -> Result<(SimBlob, u64, BlobVersion), Error> {
    let path = format!("{partition}/{}", hex::to_hex(name));
    let file = match disk.open(&path, Access::Write) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            disk.create_dir(partition).map_err(failed)?;
            disk.sync_dir("").map_err(failed)?;
            disk.create(&path)
        }
        opened => opened,
    };
    let file = file.map_err(failed)?;
    let mut header = [0; HEADER];
    let read = file.read_at(&mut header, 0).map_err(failed)?;
    let [m0, m1, m2, m3, v0, v1, _, _] = header;
    let version = if read == header.len() && [m0, m1, m2, m3] == MAGIC {
        BlobVersion::new(u16::from_le_bytes([v0, v1]))
    } else {
        let version = *versions.end();
        let [v0, v1] = version.get().to_le_bytes();
        let [m0, m1, m2, m3] = MAGIC;
        disk.sync_dir(partition).map_err(failed)?;
        file.set_len(0).map_err(failed)?;
        let header = [m0, m1, m2, m3, v0, v1, 0, 0];
        file.write_at(&header, 0).map_err(failed)?;
        version
    };
    if !versions.contains(&version) {
        return Err(Error::BlobVersionMismatch {
            expected: versions.clone(),
            found: version,
        });
    }
    // What can be read must be there after a power cut.
    file.sync_data().map_err(failed)?;
    let len = file.len().map_err(failed)?;
    Ok((SimBlob { file }, len.saturating_sub(HEADER_LEN), version))
}

/// Removes a blob, or all of a partition, durably.
pub(super) fn remove(disk: &SimStorage, partition: &str, name: Option<&[u8]>) -> Result<(), Error> {
    match name {
        Some(name) => {
            let name = hex::to_hex(name);
            match disk.remove(&format!("{partition}/{name}")) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    return Err(Error::BlobMissing(partition.to_owned(), name));
                }
                removed => removed.map_err(failed)?,
            }
        }
        None => {
            for entry in list(disk, partition)? {
                let removed = disk.remove(&format!("{partition}/{entry}"));
                removed.map_err(failed)?;
            }
        }
    }
    disk.sync_dir(partition).map_err(failed)
}

/// The names of a partition's blobs, in order.
pub(super) fn scan(disk: &SimStorage, partition: &str) -> Result<Vec<Vec<u8>>, Error> {
    let names = list(disk, partition)?;
    disk.sync_dir(partition).map_err(failed)?;
    let name = |text: String| {
        hex::from_hex(&text).ok_or_else(|| Error::PartitionCorrupt(partition.to_owned()))
    };
    names.into_iter().map(name).collect()
}

fn list(disk: &SimStorage, partition: &str) -> Result<Vec<String>, Error> {
    match disk.list(partition) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Err(Error::PartitionMissing(partition.to_owned()))
        }
        listed => {
            let listed = listed.map_err(failed)?;
            Ok(listed.into_iter().map(|entry| entry.name).collect())
        }
    }
}

impl SimBlob {
    fn read(&self, offset: u64, len: usize) -> Result<IoBufsMut, Error> {
        let offset = offset
            .checked_add(HEADER_LEN)
            .ok_or(Error::OffsetOverflow)?;
        let end = offset
            .checked_add(len as u64)
            .ok_or(Error::OffsetOverflow)?;
        if end > self.file.len().map_err(failed)? {
            return Err(Error::BlobInsufficientLength);
        }
        let mut bytes = vec![0; len];
        let read = self.file.read_at(&mut bytes, offset).map_err(failed)?;
        if read < len {
            return Err(Error::BlobInsufficientLength);
        }
        Ok(IoBufMut::from(bytes).into())
    }
}

impl Blob for SimBlob {
    async fn read_at(
        &self,
        offset: u64,
        len: usize,
        _options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.read(offset, len)
    }

    /// Answers in a buffer of its own.
    async fn read_at_buf(
        &self,
        offset: u64,
        len: usize,
        _bufs: impl Into<IoBufsMut> + Send,
        _options: ReadOptions,
    ) -> Result<IoBufsMut, Error> {
        self.read(offset, len)
    }

    async fn write_at(
        &self,
        offset: u64,
        bufs: impl Into<IoBufs> + Send,
        options: WriteOptions,
    ) -> Result<(), Error> {
        let bytes = bufs.into().coalesce();
        let offset = offset
            .checked_add(HEADER_LEN)
            .ok_or(Error::OffsetOverflow)?;
        self.file.write_at(bytes.as_ref(), offset).map_err(failed)?;
        if options.contains(WriteOptions::SYNC) {
            self.file.sync_data().map_err(failed)?;
        }
        Ok(())
    }

    async fn resize(&self, len: u64) -> Result<(), Error> {
        let len = len.checked_add(HEADER_LEN).ok_or(Error::OffsetOverflow)?;
        self.file.set_len(len).map_err(failed)
    }

    async fn sync(&self) -> Result<(), Error> {
        self.file.sync_data().map_err(failed)
    }

    async fn start_sync(&self) -> Handle<()> {
        Handle::ready(self.sync().await)
    }
}
