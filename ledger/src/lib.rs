//! One atomic commit over many verifiable logs.
//!
//! A [`Store`] is a directory with named ledgers. A [`Batch`] gathers entries for any of them; to
//! seal it is to know every root; to commit it is one write and one sync. Each commit's body is a
//! leaf of the audit tree, whose root fixes every ledger at every height. This crate is no
//! consensus and no server: it keeps what others agreed on, and proves it.
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let dir = tempfile::tempdir()?; let dir = dir.path().join("store");
//! use ledger::{LedgerSpec, Options, Store, TreeType};
//!
//! let domain = LedgerSpec::log("domain".parse()?, TreeType::Sha256);
//! let store = Store::create(&dir, "example".parse()?, &[domain], Options::default())?;
//! let mut batch = store.batch();
//! let index = batch.append("domain", b"first entry")?;
//! store.commit(batch.seal(1_700_000_000_000, b"")?)?;
//!
//! let snapshot = store.snapshot();
//! let domain = snapshot.ledger("domain")?;
//! let proof = domain.prove_inclusion(index, domain.size())?;
//! let leaf = domain.tree().leaf(b"first entry");
//! proof.verify(domain.tree(), &leaf, &domain.root())?;
//! # Ok(()) }
//! ```
//!
//! # Durability
//!
//! [`Store::commit`] returns when the batch is on the disk. Everything but the record log is
//! derived from it and rebuilt where it is missing or damaged.
//!
//! # Watching a store
//!
//! [`Store::counters`] counts commits, bytes, syncs, groups, watermarks and how far they lag, what
//! was replayed, and what was found in no cache. How long things take is in spans of `tracing`, all
//! with the target `ledger`: `commit` with `write` (write and sync) and `derive` in it, `group`,
//! `watermark`, `open`, `replay`, `rebuild`; events tell of what failed. Without a subscriber a span
//! costs a load. [`Store::subscribe`] follows the commits themselves.
//!
//! # Features
//!
//! `std` (default): the store. Without it: names, commit bodies, and the verification of [proof
//! bundles](bundle), `no_std` with `alloc`.
//! `plenum`: genesis files of Hyperledger Indy Plenum. `tlog`: directories of C2SP tlog tiles.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

#[cfg(feature = "std")]
mod batch;
mod body;
pub mod bundle;
#[cfg(feature = "std")]
mod delta;
#[cfg(feature = "std")]
mod error;
#[cfg(feature = "std")]
mod head;
#[cfg(feature = "std")]
pub mod inspect;
#[cfg(feature = "std")]
mod keep;
#[cfg(feature = "std")]
pub mod mend;
mod names;
#[cfg(feature = "plenum")]
pub mod plenum;
#[cfg(feature = "std")]
mod record;
#[cfg(feature = "std")]
pub mod stat;
#[cfg(feature = "std")]
mod state;
#[cfg(feature = "std")]
mod store;
#[cfg(feature = "tlog")]
pub mod tlog;
#[cfg(feature = "std")]
mod verdict;
#[cfg(feature = "std")]
mod verify;
#[cfg(feature = "std")]
mod writes;

pub use body::{BodyError, CommitBody, LEDGERS_MAX, LedgerRoots, metadata_hash};
pub use bundle::ProofBundle;
pub use merkle_log::TreeType;
pub use names::{LedgerName, NAME_LEN_MAX, NameError, NetworkId};
pub use patricia_state::{KeyMode, StateScheme, StateSuite};

#[cfg(feature = "std")]
pub use batch::{Batch, ENTRY_LEN_MAX, ID_LEN_MAX, Sealed};
#[cfg(feature = "std")]
pub use error::{Error, Result};
#[cfg(feature = "std")]
pub use hash_store::LogOptions as Options;
#[cfg(feature = "std")]
pub use head::{LedgerSpec, Lookups};
#[cfg(feature = "std")]
pub use keep::{Keep, KeptHeights};
#[cfg(feature = "std")]
pub use record::Attachment;
#[cfg(feature = "std")]
pub use store::{
    BaseWriter, Commit, CommitRecord, Counters, Durability, EntryIter, FoundEntry, OpenReport,
    PrunePlan, QueueLimits, Reader, Receipt, Snapshot, StateNodes, StateView, Store, Submission,
    Subscription, TransferError, TransferredEntry, TreeView, WholeCommit,
};
#[cfg(feature = "std")]
pub use verdict::{Affected, Condition, ConditionKind};
#[cfg(feature = "std")]
pub use verify::{
    AuditRoot, Finding, Level, Progress, Resume, Severity, Verdict, VerifiedLedger, VerifyOptions,
    VerifyReport, Watch, verify, verify_in, verify_with,
};
