//! Networks of real processes on loopback: `ledgerctl` makes and drives them, `ledgerd` is killed,
//! refused to, lied for, and given bad disks. One network at a time, for they share two cores.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod daemon;
mod disk;
mod full;
mod http;
mod liars;
mod links;
mod members;
mod nodes;
mod records;
mod refusals;
mod snapshots;
mod strangers;
mod testnet;
mod tls;
mod world;
