//! Stores that begin at a height: made from what a whole store has there, and held against it.
//!
//! Whatever a whole store says of the height and of later ones, the other one says too, byte for
//! byte; what is before is refused by name, and nothing of a base is believed for what it says.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

mod crashes;
mod damage;
mod mend;
mod refused;
mod stores;
mod verified;
mod whole;
