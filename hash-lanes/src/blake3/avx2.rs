//! Eight messages at once in AVX2.

use super::message::{BLOCK, INITIAL, Mode, blocks, rest};
use super::rounds::rounds;
use crate::Digest;
use crate::x86::avx2::*;

rounds!("avx2");

/// Hashes pairs of digests.
#[target_feature(enable = "avx2")]
pub(super) fn pairs(mode: &Mode, pairs: &[[&Digest; 2]; LANES]) -> [Digest; LANES] {
    let mut halves = [[splat(0); LANES]; 2];
    for (lane, [left, right]) in pairs.iter().enumerate() {
        halves[0][lane] = load(left);
        halves[1][lane] = load(right);
    }
    let flags = splat(mode.flags_of(0, 1));
    digests(compress(
        &splat_key(&mode.key),
        &transpose(halves),
        splat(64),
        flags,
    ))
}

/// Hashes messages of one chunk and at most `most` blocks.
#[target_feature(enable = "avx2")]
pub(super) fn messages(mode: &Mode, bodies: &[&[u8]; LANES], most: usize) -> [Digest; LANES] {
    let mut chaining = splat_key(&mode.key);
    for block in 0..most {
        let mut halves = [[splat(0); LANES]; 2];
        let (mut lens, mut flags, mut active) = ([0; LANES], [0; LANES], [true; LANES]);
        for (lane, body) in bodies.iter().enumerate() {
            let (rest, len) = rest(body, block);
            let mut space = [0; BLOCK];
            let bytes = rest.first_chunk().unwrap_or_else(|| {
                space[..rest.len()].copy_from_slice(rest);
                &space
            });
            let (parts, _) = bytes.as_chunks();
            halves[0][lane] = load(&parts[0]);
            halves[1][lane] = load(&parts[1]);
            lens[lane] = len;
            flags[lane] = mode.flags_of(block, blocks(body));
            active[lane] = block < blocks(body);
        }
        step(&mut chaining, &transpose(halves), &lens, &flags, &active);
    }
    digests(chaining)
}
