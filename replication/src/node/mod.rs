//! A node without its engine: the store, the blocks on top of it, the requests that wait, and what
//! clients see of all that.
//!
//! - `executor` says what requests come to on a batch;
//! - `authority` says who may do what;
//! - `chain` keeps the executed blocks that are not final;
//! - `epochs` tells which epoch the node is in;
//! - `mempool` keeps the requests that wait;
//! - `committees` tells who proposes and votes;
//! - `replica` puts them together, and is driven by the engine;
//! - `history` makes blocks anew from commits;
//! - `base` knows of the heights before a store's base;
//! - `handle` is what a server holds.

mod authority;
mod base;
mod chain;
mod committees;
mod config;
mod epochs;
mod executor;
mod handle;
mod history;
mod mempool;
mod open;
mod replica;

pub use base::{BLOCK_ATTACHMENT, HANDOVER_ATTACHMENT};
pub use config::{Known, NodeConfig, Timing};
#[cfg(feature = "daemon")]
pub(crate) use executor::LEDGERS;
#[cfg(all(feature = "daemon", not(test)))]
pub(crate) use executor::ledger_specs;
pub use handle::{Clock, Node, NodeError, Submitted};
#[cfg(feature = "daemon")]
pub(crate) use history::{in_order, order_of};
pub use mempool::PoolLimits;
#[cfg(feature = "engine")]
pub(crate) use open::open_store;
pub use replica::{
    CERTIFICATE_ATTACHMENT, Fault, HEADER_ATTACHMENT, ORDER_ATTACHMENT, ReplicaError,
};
#[cfg(feature = "engine")]
pub(crate) use replica::{Replica, Turn, Verdict, lock};

#[cfg(test)]
pub(crate) mod tests;
