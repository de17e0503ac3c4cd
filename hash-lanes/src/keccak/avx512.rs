//! Eight messages at once in AVX-512.

use core::arch::x86_64::*;

use super::Function;
use super::message::{BLOCK, block, blocks};
use super::rounds::{ROUNDS, rounds};
use crate::Digest;

/// Messages hashed at once.
pub(super) const LANES: usize = 8;

/// A word of each state.
type Words = __m512i;

rounds!("avx512f");

/// Hashes messages of at most `most` blocks.
#[target_feature(enable = "avx512f")]
pub(super) fn messages(
    function: Function,
    bodies: &[&[u8]; LANES],
    most: usize,
) -> [Digest; LANES] {
    let mut state = [splat(0); 25];
    let mut digests = [splat(0); 4];
    for at in 0..most {
        let mut rows = [[splat(0); LANES]; 2];
        let mut last_words = [0; LANES];
        let mut ending = 0;
        for (lane, body) in bodies.iter().enumerate() {
            let mut space = [0; BLOCK];
            let (words, _) = block(function, body, at, &mut space).as_chunks::<8>();
            let (halves, last) = words.as_chunks::<8>();
            rows[0][lane] = load(&halves[0]);
            rows[1][lane] = load(&halves[1]);
            last_words[lane] = u64::from_le_bytes(last[0]);
            ending |= u8::from(at + 1 == blocks(body)) << lane;
        }
        let columns = rows.map(|rows| transpose(rows));
        let (absorbing, _) = state.split_at_mut(16);
        for (word, column) in absorbing.iter_mut().zip(columns.as_flattened()) {
            *word = xor(*word, *column);
        }
        state[16] = xor(state[16], load_words(&last_words));
        permute(&mut state);
        // A message's hash is there after its last block.
        for (digest, word) in digests.iter_mut().zip(state) {
            *digest = _mm512_mask_mov_epi64(*digest, ending, word);
        }
    }
    let mut words = [[0; LANES]; 4];
    for (to, from) in words.iter_mut().zip(digests) {
        store(to, from);
    }
    core::array::from_fn(|lane| super::digest(words.each_ref().map(|words| words[lane])))
}

/// Word `i` of all rows in vector `i`.
#[inline]
#[target_feature(enable = "avx512f")]
fn transpose([a, b, c, d, e, f, g, h]: [Words; LANES]) -> [Words; LANES] {
    let pairs = [[a, b], [c, d], [e, f], [g, h]];
    let mut columns = [splat(0); LANES];
    for odd in 0..2 {
        let mut quarters = [splat(0); 4];
        for (quarter, [one, other]) in quarters.iter_mut().zip(pairs) {
            *quarter = if odd == 0 {
                _mm512_unpacklo_epi64(one, other)
            } else {
                _mm512_unpackhi_epi64(one, other)
            };
        }
        let [ab, cd, ef, gh] = quarters;
        let (low, high) = (
            _mm512_shuffle_i64x2::<0x44>(ab, cd),
            _mm512_shuffle_i64x2::<0x44>(ef, gh),
        );
        columns[odd] = _mm512_shuffle_i64x2::<0x88>(low, high);
        columns[2 + odd] = _mm512_shuffle_i64x2::<0xDD>(low, high);
        let (low, high) = (
            _mm512_shuffle_i64x2::<0xEE>(ab, cd),
            _mm512_shuffle_i64x2::<0xEE>(ef, gh),
        );
        columns[4 + odd] = _mm512_shuffle_i64x2::<0x88>(low, high);
        columns[6 + odd] = _mm512_shuffle_i64x2::<0xDD>(low, high);
    }
    columns
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(words: &[[u8; 8]; LANES]) -> Words {
    // SAFETY: 64 bytes are read, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load_words(words: &[u64; LANES]) -> Words {
    // SAFETY: eight words are 64 bytes, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(to: &mut [u64; LANES], words: Words) {
    // SAFETY: eight words are 64 bytes, and the store needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), words) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn splat(word: u64) -> Words {
    _mm512_set1_epi64(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f")]
fn xor(a: Words, b: Words) -> Words {
    _mm512_xor_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn xor_three(a: Words, b: Words, c: Words) -> Words {
    _mm512_ternarylogic_epi64::<0x96>(a, b, c)
}

/// `a ^ (!b & c)`.
#[inline]
#[target_feature(enable = "avx512f")]
fn xor_and_not(a: Words, b: Words, c: Words) -> Words {
    _mm512_ternarylogic_epi64::<0xD2>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f")]
fn rotate_left<const BITS: i32>(words: Words) -> Words {
    _mm512_rol_epi64::<BITS>(words)
}
