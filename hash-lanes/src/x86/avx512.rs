//! Sixteen 32-bit lanes in AVX-512.

use core::arch::x86_64::*;

use crate::Digest;

/// Messages hashed at once.
pub(crate) const LANES: usize = 16;

/// A word of each message.
pub(crate) type Words = __m512i;

/// Up to 64 bytes, zero where there are fewer, behind `skip` zero bytes.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn load(skip: usize, bytes: &[u8]) -> Words {
    if skip == 0
        && let Some(whole) = bytes.first_chunk::<64>()
    {
        // SAFETY: 64 bytes are read, and the load needs no alignment.
        return unsafe { _mm512_loadu_si512(whole.as_ptr().cast()) };
    }
    let count = bytes.len().min(64 - skip);
    let ones = if count < 64 {
        (1 << count) - 1
    } else {
        u64::MAX
    };
    let mask = ones << skip;
    // SAFETY: the bytes of the mask are `skip..skip + count` from the address, which are the first
    // `count` of the slice; no other is read.
    unsafe { _mm512_maskz_loadu_epi8(mask, bytes.as_ptr().wrapping_sub(skip).cast()) }
}

/// Two digests one after the other.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn load_pair([left, right]: [&Digest; 2]) -> Words {
    _mm512_inserti64x4::<1>(
        _mm512_castsi256_si512(load_digest(left)),
        load_digest(right),
    )
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn load_digest(digest: &Digest) -> __m256i {
    // SAFETY: a digest is 32 bytes, and the load needs no alignment.
    unsafe { _mm256_loadu_si256(digest.as_ptr().cast()) }
}

/// One byte of the 64 replaced.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn set_byte(bytes: Words, at: usize, byte: u8) -> Words {
    _mm512_mask_set1_epi8(bytes, 1 << at, byte.cast_signed())
}

/// The last eight bytes of the 64 replaced.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn set_last_bytes(bytes: Words, last: [u8; 8]) -> Words {
    _mm512_mask_set1_epi64(bytes, 1 << 7, i64::from_le_bytes(last))
}

/// A word for each lane.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn load_words(words: &[u32; LANES]) -> Words {
    // SAFETY: sixteen words are 64 bytes, and the load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
fn store_digest(digest: &mut Digest, bytes: __m256i) {
    // SAFETY: a digest is 32 bytes, and the store needs no alignment.
    unsafe { _mm256_storeu_si256(digest.as_mut_ptr().cast(), bytes) }
}

/// The words with their bytes reversed.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn reverse_bytes(words: Words) -> Words {
    let order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    _mm512_shuffle_epi8(words, _mm512_broadcast_i32x4(order))
}

/// Words `4 * q + i` of four rows, for each quarter `q`, in vector `i`.
#[inline]
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
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn transpose(rows: [Words; 16]) -> [Words; 16] {
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

/// The digests whose words are the columns of `state`, of little-endian words.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn digests([a, b, c, d, e, f, g, h]: [Words; 8]) -> [Digest; LANES] {
    let first = transpose_quarters([a, b, c, d]);
    let second = transpose_quarters([e, f, g, h]);
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

/// `after` where `active` is set, lane by lane, `before` elsewhere.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn select(active: &[bool; LANES], before: Words, after: Words) -> Words {
    let mut mask = 0;
    for (lane, active) in active.iter().enumerate() {
        mask |= u16::from(*active) << lane;
    }
    _mm512_mask_mov_epi32(before, mask, after)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn splat(word: u32) -> Words {
    _mm512_set1_epi32(word.cast_signed())
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn add(a: Words, b: Words) -> Words {
    _mm512_add_epi32(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn or(a: Words, b: Words) -> Words {
    _mm512_or_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn xor(a: Words, b: Words) -> Words {
    _mm512_xor_si512(a, b)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn xor_three(a: Words, b: Words, c: Words) -> Words {
    _mm512_ternarylogic_epi32::<0x96>(a, b, c)
}

/// The bits of `a` where `by` has ones, of `b` where it has zeros.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn choose(by: Words, a: Words, b: Words) -> Words {
    _mm512_ternarylogic_epi32::<0xCA>(by, a, b)
}

/// The bits that at least two of the three have.
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn majority(a: Words, b: Words, c: Words) -> Words {
    _mm512_ternarylogic_epi32::<0xE8>(a, b, c)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn rotate_right<const BITS: i32>(words: Words) -> Words {
    _mm512_ror_epi32::<BITS>(words)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn shift_right<const BITS: u32>(words: Words) -> Words {
    _mm512_srli_epi32::<BITS>(words)
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
pub(crate) fn shift_left<const BITS: u32>(words: Words) -> Words {
    _mm512_slli_epi32::<BITS>(words)
}
