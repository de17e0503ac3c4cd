//! Networks of real processes on loopback: `ledgerctl` makes and drives them, `ledgerd` is killed,
//! refused to, and given bad disks. One network at a time, for they share two cores.

#![allow(
    clippy::cast_possible_truncation,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests"
)]

mod daemon;
mod disk;
mod http;
mod links;
mod records;
mod refusals;
mod testnet;
mod tls;
mod world;
