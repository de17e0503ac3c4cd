//! States through the store: roots, reads, proofs, history, reopening, readers, damage.
//!
//! Held against sorted maps and the trie in memory, which `patricia-state` holds against published
//! vectors; and against the state roots of real Plenum ledgers.

mod damage;
mod history;
mod real;
mod stores;
