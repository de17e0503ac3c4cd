//! Eight 32-bit lanes in AVX2.

use core::arch::x86_64::*;

use crate::Digest;

/// Messages hashed at once.
pub(crate) const LANES: usize = 8;

/// A word of each message.
pub(crate) type Words = __m256i;

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load(bytes: &[u8; 32]) -> Words {
    // SAFETY: 32 bytes are read, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast()) }
}

/// A word for each lane.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn load_words(words: &[u32; LANES]) -> Words {
    // SAFETY: eight words are 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx2")]
fn store(digest: &mut Digest, bytes: Words) {
    // SAFETY: a digest is 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(digest.as_mut_ptr().cast(), bytes) }
}

/// The words with their bytes reversed.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn reverse_bytes(words: Words) -> Words {
    let order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    _mm256_shuffle_epi8(words, _mm256_broadcastsi128_si256(order))
}

/// Words `4 * h + i` of four rows, for each half `h`, in vector `i`.
#[inline]
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
#[inline]
#[target_feature(enable = "avx2")]
fn transpose_square([a, b, c, d, e, f, g, h]: [Words; 8]) -> [Words; 8] {
    let first = transpose_halves([a, b, c, d]);
    let second = transpose_halves([e, f, g, h]);
    let mut columns = [_mm256_setzero_si256(); 8];
    for (word, (first, second)) in first.into_iter().zip(second).enumerate() {
        columns[word] = _mm256_permute2x128_si256::<0x20>(first, second);
        columns[4 + word] = _mm256_permute2x128_si256::<0x31>(first, second);
    }
    columns
}

/// Word `i` of all rows, given as their first and second halves, in vector `i`.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn transpose([firsts, seconds]: [[Words; LANES]; 2]) -> [Words; 16] {
    let mut columns = [_mm256_setzero_si256(); 16];
    let (low, high) = columns.split_at_mut(LANES);
    low.copy_from_slice(&transpose_square(firsts));
    high.copy_from_slice(&transpose_square(seconds));
    columns
}

/// The digests whose words are the columns of `state`, of little-endian words.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn digests(state: [Words; 8]) -> [Digest; LANES] {
    let mut digests = [Digest::default(); LANES];
    for (digest, row) in digests.iter_mut().zip(transpose_square(state)) {
        store(digest, row);
    }
    digests
}

/// `after` where `active` is set, lane by lane, `before` elsewhere.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn select(active: &[bool; LANES], before: Words, after: Words) -> Words {
    let mask = active.map(|active| if active { u32::MAX } else { 0 });
    _mm256_blendv_epi8(before, after, load_words(&mask))
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn splat(word: u32) -> Words {
    _mm256_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn add(a: Words, b: Words) -> Words {
    _mm256_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn or(a: Words, b: Words) -> Words {
    _mm256_or_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn xor(a: Words, b: Words) -> Words {
    _mm256_xor_si256(a, b)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn xor_three(a: Words, b: Words, c: Words) -> Words {
    xor(xor(a, b), c)
}

/// The bits of `a` where `by` has ones, of `b` where it has zeros.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn choose(by: Words, a: Words, b: Words) -> Words {
    xor(b, _mm256_and_si256(by, xor(a, b)))
}

/// The bits that at least two of the three have.
#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn majority(a: Words, b: Words, c: Words) -> Words {
    let either = _mm256_and_si256(c, or(a, b));
    or(_mm256_and_si256(a, b), either)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn rotate_right<const BITS: i32>(words: Words) -> Words {
    let bits = _mm256_set1_epi32(BITS);
    let rest = _mm256_set1_epi32(32 - BITS);
    or(
        _mm256_srlv_epi32(words, bits),
        _mm256_sllv_epi32(words, rest),
    )
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn shift_right<const BITS: i32>(words: Words) -> Words {
    _mm256_srli_epi32::<BITS>(words)
}

#[inline]
#[target_feature(enable = "avx2")]
pub(crate) fn shift_left<const BITS: i32>(words: Words) -> Words {
    _mm256_slli_epi32::<BITS>(words)
}
