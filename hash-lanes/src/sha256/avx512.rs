//! Sixteen messages at once in AVX-512: word `i` of all of them in one vector.

use core::arch::x86_64::*;

use super::consts::{INITIAL, K, NODE_BITS, NODE_END, NODE_PREFIX};
use super::message::{BLOCK, Message};
use super::rounds::compress;
use crate::Digest;

/// Messages hashed at once.
pub(super) const LANES: usize = 16;
/// Blocks of a message asked for ahead of their turn: those of sixteen messages fit in a first
/// cache.
const PREFETCH_BLOCKS_MAX: usize = 16;

type Words = __m512i;

compress!(Words, "avx512f,avx512bw");

/// Hashes the nodes over `pairs` of children.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn nodes(pairs: &[[&Digest; 2]; LANES]) -> [Digest; LANES] {
    let mut words = [_mm512_setzero_si512(); 16];
    for (row, [left, right]) in words.iter_mut().zip(pairs) {
        let halves = _mm512_castsi256_si512(load_digest(left));
        *row = big_endian(_mm512_inserti64x4::<1>(halves, load_digest(right)));
    }
    words = transpose(words);
    // Behind the prefix every byte is one further on: a word has its last byte in the next one.
    let mut before = splat(u32::from(NODE_PREFIX));
    for word in &mut words {
        let moved = _mm512_or_si512(
            _mm512_slli_epi32::<24>(before),
            _mm512_srli_epi32::<8>(*word),
        );
        before = *word;
        *word = moved;
    }
    let state = compress(&initial(), words);
    let mut second = [_mm512_setzero_si512(); 16];
    second[0] = _mm512_or_si512(_mm512_slli_epi32::<24>(before), splat(NODE_END));
    second[15] = splat(NODE_BITS);
    digests(compress(&state, second))
}

/// Hashes the first `blocks` blocks of the messages, or all of those that have no more. The states
/// after them are the digests of messages that have no more.
#[target_feature(enable = "avx512f,avx512bw")]
pub(super) fn messages(messages: &[Message<'_>; LANES], blocks: usize) -> [Digest; LANES] {
    let mut state = initial();
    for block in 0..blocks {
        let mut words = [_mm512_setzero_si512(); 16];
        for (row, message) in words.iter_mut().zip(messages) {
            *row = big_endian(load_block(message, block));
        }
        words = transpose(words);
        let mut active = 0;
        for (lane, message) in messages.iter().enumerate() {
            active |= u16::from(block < message.blocks()) << lane;
        }
        let next = compress(&state, words);
        for (word, next) in state.iter_mut().zip(next) {
            *word = _mm512_mask_mov_epi32(*word, active, next);
        }
    }
    digests(state)
}

/// Asks for the bytes of a message that is hashed next: lanes read from sixteen places at once,
/// which the CPU does not foresee.
pub(super) fn prefetch(message: &Message<'_>) {
    for block in message.body.chunks(BLOCK).take(PREFETCH_BLOCKS_MAX) {
        // SAFETY: a prefetch reads nothing, and the address is one of the body's.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().cast()) }
    }
}

/// A block of a message.
#[target_feature(enable = "avx512f,avx512bw")]
fn load_block(message: &Message<'_>, block: usize) -> Words {
    let (begin, skip) = (block * BLOCK, message.skip());
    let end = skip + message.body.len();
    let from = message.body.as_ptr().wrapping_add(begin).wrapping_sub(skip);
    if begin >= skip && end.saturating_sub(begin) >= BLOCK {
        // SAFETY: the bytes `begin..begin + BLOCK` of the message are all the body's.
        return unsafe { _mm512_loadu_si512(from.cast()) };
    }
    let count = end.saturating_sub(begin).min(BLOCK);
    let mut bytes = if count < BLOCK {
        (1 << count) - 1
    } else {
        u64::MAX
    };
    if begin < skip {
        bytes &= u64::MAX << skip;
    }
    // SAFETY: `bytes` has a bit for those bytes only that are at `skip..end` of the message, which
    // are the body's, and no other is read.
    let mut words = unsafe { _mm512_maskz_loadu_epi8(bytes, from.cast()) };
    if begin < skip
        && let Some(prefix) = message.prefix
    {
        words = _mm512_mask_set1_epi8(words, 1, prefix.cast_signed());
    }
    if end >= begin && count < BLOCK {
        words = _mm512_mask_set1_epi8(words, 1 << count, 0x80_u8.cast_signed());
    }
    if block + 1 == message.blocks() {
        words = _mm512_mask_set1_epi64(words, 1 << 7, message.bits().swap_bytes().cast_signed());
    }
    words
}

#[target_feature(enable = "avx512f,avx512bw")]
fn load_digest(digest: &Digest) -> __m256i {
    // SAFETY: a digest is 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(digest.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f,avx512bw")]
fn store_digest(digest: &mut Digest, bytes: __m256i) {
    // SAFETY: a digest is 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(digest.as_mut_ptr().cast(), bytes) }
}

/// The words with their bytes reversed.
#[target_feature(enable = "avx512f,avx512bw")]
fn big_endian(words: Words) -> Words {
    let order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(order))
}

/// Words `4 * q + i` of four rows, for each quarter `q`, in vector `i`.
#[target_feature(enable = "avx512f,avx512bw")]
fn transpose_quarters([a, b, c, d]: [Words; 4]) -> [Words; 4] {
    let (ab_low, ab_high) = (_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
    let (cd_low, cd_high) = (_mm512_unpacklo_epi32(c, d), _mm512_unpackhi_epi32(c, d));
    [
        _mm512_unpacklo_epi64(ab_low, cd_low),
        _mm512_unpackhi_epi64(ab_low, cd_low),
        _mm512_unpacklo_epi64(ab_high, cd_high),
        _mm512_unpackhi_epi64(ab_high, cd_high),
    ]
}

/// Word `i` of all rows in vector `i`.
#[target_feature(enable = "avx512f,avx512bw")]
fn transpose(rows: [Words; 16]) -> [Words; 16] {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = rows;
    let quarters = [
        transpose_quarters([a, b, c, d]),
        transpose_quarters([e, f, g, h]),
        transpose_quarters([i, j, k, l]),
        transpose_quarters([m, n, o, p]),
    ];
    let mut columns = [_mm512_setzero_si512(); 16];
    for word in 0..4 {
        let [a, b, c, d] = [
            quarters[0][word],
            quarters[1][word],
            quarters[2][word],
            quarters[3][word],
        ];
        let (ab_low, ab_high) = (
            _mm512_shuffle_i32x4::<0x44>(a, b),
            _mm512_shuffle_i32x4::<0xEE>(a, b),
        );
        let (cd_low, cd_high) = (
            _mm512_shuffle_i32x4::<0x44>(c, d),
            _mm512_shuffle_i32x4::<0xEE>(c, d),
        );
        columns[word] = _mm512_shuffle_i32x4::<0x88>(ab_low, cd_low);
        columns[4 + word] = _mm512_shuffle_i32x4::<0xDD>(ab_low, cd_low);
        columns[8 + word] = _mm512_shuffle_i32x4::<0x88>(ab_high, cd_high);
        columns[12 + word] = _mm512_shuffle_i32x4::<0xDD>(ab_high, cd_high);
    }
    columns
}

/// The digests whose words are the columns of `state`.
#[target_feature(enable = "avx512f,avx512bw")]
fn digests(state: [Words; 8]) -> [Digest; LANES] {
    let [a, b, c, d, e, f, g, h] = state;
    let mut first = transpose_quarters([a, b, c, d]);
    let mut second = transpose_quarters([e, f, g, h]);
    for words in first.iter_mut().chain(&mut second) {
        *words = big_endian(*words);
    }
    let (quarters_01, quarters_23) = (
        _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11),
        _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15),
    );
    let mut digests = [Digest::default(); LANES];
    for (lane, (first, second)) in first.into_iter().zip(second).enumerate() {
        let low = _mm512_permutex2var_epi64(first, quarters_01, second);
        let high = _mm512_permutex2var_epi64(first, quarters_23, second);
        store_digest(&mut digests[lane], _mm512_castsi512_si256(low));
        store_digest(&mut digests[4 + lane], _mm512_extracti64x4_epi64::<1>(low));
        store_digest(&mut digests[8 + lane], _mm512_castsi512_si256(high));
        store_digest(
            &mut digests[12 + lane],
            _mm512_extracti64x4_epi64::<1>(high),
        );
    }
    digests
}

#[target_feature(enable = "avx512f")]
fn initial() -> [Words; 8] {
    let mut state = [_mm512_setzero_si512(); 8];
    for (words, word) in state.iter_mut().zip(INITIAL) {
        *words = splat(word);
    }
    state
}

#[target_feature(enable = "avx512f")]
fn splat(word: u32) -> Words {
    _mm512_set1_epi32(word.cast_signed())
}

#[target_feature(enable = "avx512f")]
fn add(a: Words, b: Words) -> Words {
    _mm512_add_epi32(a, b)
}

#[target_feature(enable = "avx512f")]
fn xor(a: Words, b: Words, c: Words) -> Words {
    _mm512_ternarylogic_epi32::<0x96>(a, b, c)
}

#[target_feature(enable = "avx512f")]
fn choose(by: Words, a: Words, b: Words) -> Words {
    _mm512_ternarylogic_epi32::<0xCA>(by, a, b)
}

#[target_feature(enable = "avx512f")]
fn majority(a: Words, b: Words, c: Words) -> Words {
    _mm512_ternarylogic_epi32::<0xE8>(a, b, c)
}

#[target_feature(enable = "avx512f")]
fn big_sigma0(a: Words) -> Words {
    xor(
        _mm512_ror_epi32::<2>(a),
        _mm512_ror_epi32::<13>(a),
        _mm512_ror_epi32::<22>(a),
    )
}

#[target_feature(enable = "avx512f")]
fn big_sigma1(e: Words) -> Words {
    xor(
        _mm512_ror_epi32::<6>(e),
        _mm512_ror_epi32::<11>(e),
        _mm512_ror_epi32::<25>(e),
    )
}

#[target_feature(enable = "avx512f")]
fn small_sigma0(w: Words) -> Words {
    xor(
        _mm512_ror_epi32::<7>(w),
        _mm512_ror_epi32::<18>(w),
        _mm512_srli_epi32::<3>(w),
    )
}

#[target_feature(enable = "avx512f")]
fn small_sigma1(w: Words) -> Words {
    xor(
        _mm512_ror_epi32::<17>(w),
        _mm512_ror_epi32::<19>(w),
        _mm512_srli_epi32::<10>(w),
    )
}
