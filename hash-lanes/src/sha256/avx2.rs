//! Eight messages at once in AVX2: word `i` of all of them in one vector.

use core::arch::x86_64::*;

use super::consts::{INITIAL, K, NODE_BITS, NODE_END, NODE_PREFIX};
use super::message::{BLOCK, Message};
use super::rounds::compress;
use crate::Digest;

/// Messages hashed at once.
pub(super) const LANES: usize = 8;

type Words = __m256i;

compress!(Words, "avx2");

/// Hashes the nodes over `pairs` of children.
#[target_feature(enable = "avx2")]
pub(super) fn nodes(pairs: &[[&Digest; 2]; LANES]) -> [Digest; LANES] {
    let mut children = [[_mm256_setzero_si256(); LANES]; 2];
    let [lefts, rights] = &mut children;
    for ((left, right), pair) in lefts.iter_mut().zip(rights).zip(pairs) {
        *left = big_endian(load(pair[0]));
        *right = big_endian(load(pair[1]));
    }
    let [lefts, rights] = children;
    // Behind the prefix every byte is one further on: a word has its last byte in the next one.
    let mut before = splat(u32::from(NODE_PREFIX));
    let mut words = [_mm256_setzero_si256(); 16];
    let columns = transpose(lefts).into_iter().chain(transpose(rights));
    for (word, column) in words.iter_mut().zip(columns) {
        let (end, begin) = (
            _mm256_slli_epi32::<24>(before),
            _mm256_srli_epi32::<8>(column),
        );
        *word = _mm256_or_si256(end, begin);
        before = column;
    }
    let state = compress(&initial(), words);
    let mut second = [_mm256_setzero_si256(); 16];
    second[0] = _mm256_or_si256(_mm256_slli_epi32::<24>(before), splat(NODE_END));
    second[15] = splat(NODE_BITS);
    digests(compress(&state, second))
}

/// Hashes messages of at most `blocks` blocks.
#[target_feature(enable = "avx2")]
pub(super) fn messages(messages: &[Message<'_>; LANES], blocks: usize) -> [Digest; LANES] {
    let mut state = initial();
    for block in 0..blocks {
        let mut halves = [[_mm256_setzero_si256(); LANES]; 2];
        let mut active = [0; LANES];
        let [firsts, seconds] = &mut halves;
        let rows = firsts.iter_mut().zip(seconds).zip(&mut active);
        for (((first, second), active), message) in rows.zip(messages) {
            let mut space = [0; BLOCK];
            let (parts, _) = message.block(block, &mut space).as_chunks();
            *first = big_endian(load(&parts[0]));
            *second = big_endian(load(&parts[1]));
            *active = if block < message.blocks() {
                u32::MAX
            } else {
                0
            };
        }
        let active = load_words(&active);
        let mut words = [_mm256_setzero_si256(); 16];
        let (low, high) = words.split_at_mut(LANES);
        low.copy_from_slice(&transpose(halves[0]));
        high.copy_from_slice(&transpose(halves[1]));
        let next = compress(&state, words);
        for (word, next) in state.iter_mut().zip(next) {
            *word = _mm256_blendv_epi8(*word, next, active);
        }
    }
    digests(state)
}

#[target_feature(enable = "avx2")]
fn load(bytes: &[u8; 32]) -> Words {
    // SAFETY: 32 bytes are read, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn load_words(words: &[u32; LANES]) -> Words {
    // SAFETY: eight words are 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[target_feature(enable = "avx2")]
fn store(digest: &mut Digest, bytes: Words) {
    // SAFETY: a digest is 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(digest.as_mut_ptr().cast(), bytes) }
}

/// The words with their bytes reversed.
#[target_feature(enable = "avx2")]
fn big_endian(words: Words) -> Words {
    let order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    _mm256_shuffle_epi8(words, _mm256_broadcastsi128_si256(order))
}

/// Words `4 * h + i` of four rows, for each half `h`, in vector `i`.
#[target_feature(enable = "avx2")]
fn transpose_halves([a, b, c, d]: [Words; 4]) -> [Words; 4] {
    let (ab_low, ab_high) = (_mm256_unpacklo_epi32(a, b), _mm256_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm256_unpacklo_epi32(c, d), _mm256_unpackhi_epi32(c, d));
    [
        _mm256_unpacklo_epi64(ab_low, cd_low),
        _mm256_unpackhi_epi64(ab_low, cd_low),
        _mm256_unpacklo_epi64(ab_high, cd_high),
        _mm256_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// Word `i` of all rows in vector `i`.
#[target_feature(enable = "avx2")]
fn transpose([a, b, c, d, e, f, g, h]: [Words; 8]) -> [Words; 8] {
    let first = transpose_halves([a, b, c, d]);
    let second = transpose_halves([e, f, g, h]);
    let mut columns = [_mm256_setzero_si256(); 8];
    for (word, (first, second)) in first.into_iter().zip(second).enumerate() {
        columns[word] = _mm256_permute2x128_si256::<0x20>(first, second);
        columns[4 + word] = _mm256_permute2x128_si256::<0x31>(first, second);
    }
    columns
}

/// The digests whose words are the columns of `state`.
#[target_feature(enable = "avx2")]
fn digests(state: [Words; 8]) -> [Digest; LANES] {
    let mut digests = [Digest::default(); LANES];
    for (digest, row) in digests.iter_mut().zip(transpose(state)) {
        store(digest, big_endian(row));
    }
    digests
}

#[target_feature(enable = "avx2")]
fn initial() -> [Words; 8] {
    let mut state = [_mm256_setzero_si256(); 8];
    for (words, word) in state.iter_mut().zip(INITIAL) {
        *words = splat(word);
    }
    state
}

#[target_feature(enable = "avx2")]
fn splat(word: u32) -> Words {
    _mm256_set1_epi32(word.cast_signed())
}

#[target_feature(enable = "avx2")]
fn add(a: Words, b: Words) -> Words {
    _mm256_add_epi32(a, b)
}

#[target_feature(enable = "avx2")]
fn xor(a: Words, b: Words, c: Words) -> Words {
    _mm256_xor_si256(_mm256_xor_si256(a, b), c)
}

#[target_feature(enable = "avx2")]
fn choose(by: Words, a: Words, b: Words) -> Words {
    _mm256_xor_si256(b, _mm256_and_si256(by, _mm256_xor_si256(a, b)))
}

#[target_feature(enable = "avx2")]
fn majority(a: Words, b: Words, c: Words) -> Words {
    let either = _mm256_and_si256(c, _mm256_or_si256(a, b));
    _mm256_or_si256(_mm256_and_si256(a, b), either)
}

/// The words rotated to the right by `RIGHT`, which is 32 less `LEFT`.
#[target_feature(enable = "avx2")]
fn rotate<const RIGHT: i32, const LEFT: i32>(words: Words) -> Words {
    const { assert!(RIGHT + LEFT == 32) };
    _mm256_or_si256(
        _mm256_srli_epi32::<RIGHT>(words),
        _mm256_slli_epi32::<LEFT>(words),
    )
}

#[target_feature(enable = "avx2")]
fn big_sigma0(a: Words) -> Words {
    xor(rotate::<2, 30>(a), rotate::<13, 19>(a), rotate::<22, 10>(a))
}

#[target_feature(enable = "avx2")]
fn big_sigma1(e: Words) -> Words {
    xor(rotate::<6, 26>(e), rotate::<11, 21>(e), rotate::<25, 7>(e))
}

#[target_feature(enable = "avx2")]
fn small_sigma0(w: Words) -> Words {
    xor(
        rotate::<7, 25>(w),
        rotate::<18, 14>(w),
        _mm256_srli_epi32::<3>(w),
    )
}

#[target_feature(enable = "avx2")]
fn small_sigma1(w: Words) -> Words {
    xor(
        rotate::<17, 15>(w),
        rotate::<19, 13>(w),
        _mm256_srli_epi32::<10>(w),
    )
}
