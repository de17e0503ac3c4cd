//! What the suite costs: the input, the trees and the timing that its benches share.
//!
//! - `cargo bench -p ledger-benches` runs the parts under criterion.
//! - `cargo run --release -p ledger-benches --bin table` measures every bar of
//!   `docs/PERFORMANCE.md` beside its peer and says which are reached.
//!
//! Every bench checks the root of what it built before it times anything.

#![forbid(unsafe_code)]

pub mod input;
pub mod state_input;
pub mod timing;
pub mod trees;

/// What goes wrong ends the run.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
