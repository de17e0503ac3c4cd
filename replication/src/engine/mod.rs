//! The consensus engine: commonware's Simplex with its marshal, one exact version. Nothing outside
//! this module knows it; blocks, headers, certificates and the store are this crate's own.
//!
//! - `types` says what a block and a vote are to the engine;
//! - `adapter` answers the engine's questions from the [`Replica`](crate::node): propose, verify;
//! - `commits` takes final blocks over, in order, and prunes the engine's archives behind them;
//! - `history` gives what the engine's archives have lost from the store;
//! - `epochs` keeps the engine of the epoch in force running, `lanes` its channels by epoch, `schemes`
//!   says to it who votes, and `acquaintances` whom the node talks to;
//! - `gossip` passes requests on to the other nodes;
//! - `door` says who was refused at the links between nodes;
//! - `wiring` puts one node together: the same for real nodes and simulated ones;
//! - `real` runs a node on threads, sockets and files;
//! - `simulate` runs many on a deterministic runtime, and says whether they agree.

mod acquaintances;
mod adapter;
mod commits;
#[cfg(not(test))]
mod door;
mod epochs;
mod gossip;
mod history;
mod lanes;
// Unit tests run simulated nodes: making the generic engine for both takes twice the time.
#[cfg(not(test))]
mod real;
mod schemes;
#[cfg(feature = "simulate")]
pub mod simulate;
mod types;
mod wiring;

#[cfg(not(test))]
pub use real::{RunningNode, StartError, start};

/// What a panic said. The engine panics where it cannot write its files.
#[cfg(any(not(test), feature = "simulate"))]
pub(crate) fn panic_text(panic: &(dyn std::any::Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.unwrap_or_default()
}

#[cfg(test)]
#[cfg(feature = "simulate")]
mod tests;
