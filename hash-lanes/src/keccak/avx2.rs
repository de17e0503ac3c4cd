//! Four messages at once in AVX2.

use core::arch::x86_64::*;

use super::Function;
use super::message::{BLOCK, block, blocks};
use super::rounds::{ROUNDS, rounds};
use crate::Digest;

/// Messages hashed at once.
pub(super) const LANES: usize = 4;

/// A word of each state.
type Words = __m256i;

rounds!("avx2");

/// Hashes messages of at most `most` blocks.
#[target_feature(enable = "avx2")]
pub(super) fn messages(
    function: Function,
    bodies: &[&[u8]; LANES],
    most: usize,
) -> [Digest; LANES] {
    let mut state = [splat(0); 25];
    let mut digests = [[0; 4]; LANES];
    for at in 0..most {
        let mut columns = [[0; LANES]; BLOCK / 8];
        for (lane, body) in bodies.iter().enumerate() {
            let mut space = [0; BLOCK];
            let (words, _) = block(function, body, at, &mut space).as_chunks();
            for (column, word) in columns.iter_mut().zip(words) {
                column[lane] = u64::from_le_bytes(*word);
            }
        }
        for (word, column) in state.iter_mut().zip(&columns) {
            *word = xor(*word, load_words(column));
        }
        permute(&mut state);
        // A message's hash is there after its last block.
        for (word, words) in state.iter().take(4).enumerate() {
            let mut lanes = [0; LANES];
            store(&mut lanes, *words);
            for (lane, body) in bodies.iter().enumerate() {
                if at + 1 == blocks(body) {
                    digests[lane][word] = lanes[lane];
                }
            }
        }
    }
    digests.map(super::digest)
}

#[inline]
#[target_feature(enable = "avx2")]
fn load_words(words: &[u64; LANES]) -> Words {
    // SAFETY: four words are 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(to: &mut [u64; LANES], words: Words) {
    // SAFETY: four words are 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(to.as_mut_ptr().cast(), words) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn splat(word: u64) -> Words {
    _mm256_set1_epi64x(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor(a: Words, b: Words) -> Words {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
fn xor_three(a: Words, b: Words, c: Words) -> Words {
    xor(xor(a, b), c)
}

/// `a ^ (!b & c)`.
#[inline]
#[target_feature(enable = "avx2")]
fn xor_and_not(a: Words, b: Words, c: Words) -> Words {
    xor(a, _mm256_andnot_si256(b, c))
}

#[inline]
#[target_feature(enable = "avx2")]
fn rotate_left<const BITS: i64>(words: Words) -> Words {
    let left = _mm256_set1_epi64x(BITS);
    let right = _mm256_set1_epi64x(64 - BITS);
    _mm256_or_si256(
        _mm256_sllv_epi64(words, left),
        _mm256_srlv_epi64(words, right),
    )
}
