//! Append-only, crash-safe files for verifiable ledgers.

#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "memory maps; the module states its contract")]
mod map;
mod storage;

pub use map::Map;
pub use storage::{
    Access, DirEntry, EntryKind, FileStorage, MemStorage, Storage, StorageFile, read_exact_at,
};
