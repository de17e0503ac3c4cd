//! Work on whole stores: comparing two, keeping copies, cutting back, making damaged ones whole.
//!
//! Nothing here is part of a commit or an open; each file is one job, and reads or writes stores
//! only through what `store` and `hash-store` offer.

mod backup;
mod changed;
mod diff;
mod recover;
mod repair;
mod salvage;
mod truncate;

pub use backup::Copied;
pub use changed::{ChangedKeys, changed_keys};
pub use diff::{Comparison, Divergence, FirstEntry, FirstKey, LedgerDivergence, compare};
pub use recover::{Proven, RecoverOptions, Recovered, recover};
pub use repair::{
    EntrySource, Origin, Repair, RepairOptions, RepairSource, Step, Unrepaired, plan_repair, repair,
};
pub use salvage::{Salvage, Salvaged, salvage};
pub use truncate::{Truncation, plan_truncation, truncate};
