//! Sixteen messages at once in AVX-512.

use super::message::{INITIAL, Mode, blocks, rest};
use super::rounds::rounds;
use crate::Digest;
use crate::x86::avx512::*;

rounds!("avx512f,avx512bw");

/// Hashes pairs of digests.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn pairs(mode: &Mode, pairs: &[[&Digest; 2]; LANES]) -> [Digest; LANES] {
    let mut rows = [splat(0); LANES];
    for (row, pair) in rows.iter_mut().zip(pairs) {
        *row = load_pair(*pair);
    }
    let flags = splat(mode.flags_of(0, 1));
    digests(compress(
        &splat_key(&mode.key),
        &transpose(rows),
        splat(64),
        flags,
    ))
}

/// Hashes messages of one chunk and at most `most` blocks.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn messages(mode: &Mode, bodies: &[&[u8]; LANES], most: usize) -> [Digest; LANES] {
    let mut chaining = splat_key(&mode.key);
    for block in 0..most {
        let mut rows = [splat(0); LANES];
        let (mut lens, mut flags, mut active) = ([0; LANES], [0; LANES], [true; LANES]);
        for (lane, body) in bodies.iter().enumerate() {
            let (rest, len) = rest(body, block);
            rows[lane] = load(0, rest);
            lens[lane] = len;
            flags[lane] = mode.flags_of(block, blocks(body));
            active[lane] = block < blocks(body);
        }
        step(&mut chaining, &transpose(rows), &lens, &flags, &active);
    }
    digests(chaining)
}
