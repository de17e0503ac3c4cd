//! Sixteen messages at once in AVX-512.

use super::consts::{INITIAL, K, NODE_BITS, NODE_END, NODE_PREFIX};
use super::message::{BLOCK, Message};
use super::rounds::rounds;
use crate::Digest;
use crate::x86::avx512::*;

rounds!("avx512f,avx512bw");

/// Hashes the nodes over `pairs` of children.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn nodes(pairs: &[[&Digest; 2]; LANES]) -> [Digest; LANES] {
    let mut rows = [splat(0); LANES];
    for (row, pair) in rows.iter_mut().zip(pairs) {
        *row = reverse_bytes(load_pair(*pair));
    }
    digests_of(nodes_of(transpose(rows)))
}

/// Hashes messages of at most `blocks` blocks.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn messages(
    prefix: Option<u8>,
    bodies: &[&[u8]; LANES],
    blocks: usize,
) -> [Digest; LANES] {
    let mut state = initial();
    for block in 0..blocks {
        let mut rows = [splat(0); LANES];
        let mut active = [true; LANES];
        for ((row, active), body) in rows.iter_mut().zip(&mut active).zip(bodies) {
            let message = Message { prefix, body };
            *row = reverse_bytes(load_block(&message, block));
            *active = block < message.blocks();
        }
        step(&mut state, transpose(rows), &active);
    }
    digests_of(state)
}

/// A block of a message.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_block(message: &Message<'_>, block: usize) -> Words {
    let (skip, rest) = message.rest(block);
    let mut words = load(skip, rest);
    if skip == 0 && rest.len() >= BLOCK {
        return words;
    }
    if let (1, Some(prefix)) = (skip, message.prefix) {
        words = set_byte(words, 0, prefix);
    }
    let end = skip + rest.len();
    if end < BLOCK && !message.ends_before(block) {
        words = set_byte(words, end, 0x80);
    }
    if block + 1 == message.blocks() {
        words = set_last_bytes(words, message.bits().to_be_bytes());
    }
    words
}
