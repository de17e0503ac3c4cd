//! What a page sees: four functions and the memory.
//!
//! Invariants:
//!
//! - nothing here follows a pointer: a page is told where there is room, and writes there itself;
//! - room is valid until the next call of the same function, the answer until the next
//!   `ledger_verify`.

#![allow(
    unsafe_code,
    reason = "a page finds functions by their bare names, and nothing else has these"
)]

use std::sync::{Mutex, MutexGuard, PoisonError};

use ledger::bundle::BUNDLE_LEN_MAX;

use crate::answer::judge;

static BUNDLE: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static TRUST: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

fn lock(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for that many bytes, all zero; null where no bundle is that long.
fn room(bytes: &Mutex<Vec<u8>>, len: usize) -> *mut u8 {
    let mut bytes = lock(bytes);
    bytes.clear();
    if len > BUNDLE_LEN_MAX {
        return std::ptr::null_mut();
    }
    bytes.resize(len, 0);
    bytes.as_mut_ptr()
}

/// Where a bundle of `len` bytes is to be written; null beyond 64 MiB.
#[unsafe(no_mangle)]
pub extern "C" fn ledger_bundle_room(len: usize) -> *mut u8 {
    room(&BUNDLE, len)
}

/// Where the JSON of what is trusted, `len` bytes, is to be written; null beyond 64 MiB.
#[unsafe(no_mangle)]
pub extern "C" fn ledger_trust_room(len: usize) -> *mut u8 {
    room(&TRUST, len)
}

/// Judges what was written; the length of the answer in bytes.
#[unsafe(no_mangle)]
pub extern "C" fn ledger_verify() -> usize {
    let answer = judge(&lock(&BUNDLE), &lock(&TRUST));
    let len = answer.len();
    *lock(&ANSWER) = answer;
    len
}

/// Where the last answer stands: JSON, see [`judge`].
#[unsafe(no_mangle)]
pub extern "C" fn ledger_answer() -> *const u8 {
    lock(&ANSWER).as_ptr()
}
