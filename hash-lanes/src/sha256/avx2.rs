//! Eight messages at once in AVX2.

use super::consts::{INITIAL, K, NODE_BITS, NODE_END, NODE_PREFIX};
use super::message::{BLOCK, Message};
use super::rounds::rounds;
use crate::Digest;
use crate::x86::avx2::*;

rounds!("avx2");

/// Hashes the nodes over `pairs` of children.
#[target_feature(enable = "avx2")]
pub(super) fn nodes(pairs: &[[&Digest; 2]; LANES]) -> [Digest; LANES] {
    let mut children = [[splat(0); LANES]; 2];
    let [lefts, rights] = &mut children;
    for ((left, right), pair) in lefts.iter_mut().zip(rights).zip(pairs) {
        *left = reverse_bytes(load(pair[0]));
        *right = reverse_bytes(load(pair[1]));
    }
    digests_of(nodes_of(transpose(children)))
}

/// Hashes messages of at most `blocks` blocks.
#[target_feature(enable = "avx2")]
pub(super) fn messages(
    prefix: Option<u8>,
    bodies: &[&[u8]; LANES],
    blocks: usize,
) -> [Digest; LANES] {
    let mut state = initial();
    for block in 0..blocks {
        let mut halves = [[splat(0); LANES]; 2];
        let mut active = [true; LANES];
        let [firsts, seconds] = &mut halves;
        let rows = firsts.iter_mut().zip(seconds).zip(&mut active);
        for (((first, second), active), body) in rows.zip(bodies) {
            let message = Message { prefix, body };
            let mut space = [0; BLOCK];
            let (parts, _) = message.block(block, &mut space).as_chunks();
            *first = reverse_bytes(load(&parts[0]));
            *second = reverse_bytes(load(&parts[1]));
            *active = block < message.blocks();
        }
        step(&mut state, transpose(halves), &active);
    }
    digests_of(state)
}
