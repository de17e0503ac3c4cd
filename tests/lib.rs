//! What the end-to-end tests share: stores to begin with, and the ways to damage them.

pub mod lab;
pub mod store;
