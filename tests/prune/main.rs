//! Keeping some heights of a state: what is kept is right for everyone at any time, what is not is
//! refused by name, and the space comes back.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "all of this is test code"
)]

mod beside;
mod crashes;
mod kept;
mod large;
mod leftovers;
mod orders;
mod states;
