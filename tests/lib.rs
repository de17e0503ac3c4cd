//! What the end-to-end tests share: stores to begin with, and the ways to damage them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

pub mod lab;
pub mod store;
