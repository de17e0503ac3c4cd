//! One, two or four messages at once with the SHA instructions. A round waits for the last one;
//! those of other messages fill the time.

use core::arch::x86_64::*;

use super::consts::{INITIAL, K, NODE_PREFIX, SECOND_BLOCKS, Schedule};
use super::message::{BLOCK, Message};
use crate::Digest;

/// Words `f e b a` and `h g d c` of a state, from the lowest, as the instructions have them.
#[derive(Clone, Copy)]
struct State {
    abef: __m128i,
    cdgh: __m128i,
}

/// The constants of four rounds.
static FOUR_K: Schedule = Schedule(K);

/// Hashes the nodes over `pairs` of children.
#[target_feature(enable = "sha,sse4.1,ssse3")]
pub(super) fn nodes<const N: usize>(pairs: &[[&Digest; 2]; N]) -> [Digest; N] {
    let mut first = [[0; BLOCK]; N];
    let mut schedules = [&FOUR_K; N];
    for ((block, schedule), [left, right]) in first.iter_mut().zip(&mut schedules).zip(pairs) {
        let [rest @ .., last] = right;
        block[0] = NODE_PREFIX;
        block[1..33].copy_from_slice(*left);
        block[33..].copy_from_slice(rest);
        *schedule = &SECOND_BLOCKS[usize::from(*last)];
    }
    let mut states = [initial(); N];
    compress(&mut states, &first.each_ref());
    compress_known(&mut states, &schedules);
    digests(&states)
}

/// Hashes the messages, in step as long as all of them have blocks left.
#[target_feature(enable = "sha,sse4.1,ssse3")]
pub(super) fn messages<const N: usize>(prefix: Option<u8>, bodies: &[&[u8]; N]) -> [Digest; N] {
    let messages = bodies.map(|body| Message { prefix, body });
    let mut states = [initial(); N];
    let in_step = messages.iter().map(Message::blocks).min().unwrap_or(0);
    for block in 0..in_step {
        let mut spaces = [[0; BLOCK]; N];
        let mut parts = [&[0; BLOCK]; N];
        for ((part, space), message) in parts.iter_mut().zip(&mut spaces).zip(&messages) {
            *part = message.block(block, space);
        }
        compress(&mut states, &parts);
    }
    for (state, message) in states.iter_mut().zip(&messages) {
        let mut space = [0; BLOCK];
        for block in in_step..message.blocks() {
            compress(
                core::array::from_mut(state),
                &[message.block(block, &mut space)],
            );
        }
    }
    digests(&states)
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn compress<const N: usize>(states: &mut [State; N], blocks: &[&[u8; BLOCK]; N]) {
    let before = *states;
    let mut words = [[_mm_setzero_si128(); 4]; N];
    for (words, block) in words.iter_mut().zip(blocks) {
        let (quarters, _) = block.as_chunks();
        for (words, quarter) in words.iter_mut().zip(quarters) {
            *words = big_endian(load(quarter));
        }
    }
    let (constants, _) = FOUR_K.0.as_chunks::<16>();
    for (sixteen, constants) in constants.iter().enumerate() {
        let (fours, _) = constants.as_chunks::<4>();
        for (four, constants) in fours.iter().enumerate() {
            let constants = load_words(constants);
            for (state, words) in states.iter_mut().zip(&mut words) {
                *state = rounds(*state, _mm_add_epi32(words[four], constants));
                if sixteen < 3 {
                    let [w0, w4, w8, w12] = [0, 1, 2, 3].map(|i| words[(four + i) % 4]);
                    let w9 = _mm_alignr_epi8::<4>(w12, w8);
                    let sum = _mm_add_epi32(_mm_sha256msg1_epu32(w0, w4), w9);
                    words[four] = _mm_sha256msg2_epu32(sum, w12);
                }
            }
        }
    }
    add(states, &before);
}

/// Compresses blocks whose schedules are known.
#[target_feature(enable = "sha,sse4.1,ssse3")]
fn compress_known<const N: usize>(states: &mut [State; N], schedules: &[&Schedule; N]) {
    let before = *states;
    for four in 0..16 {
        for (state, schedule) in states.iter_mut().zip(schedules) {
            let (fours, _) = schedule.0.as_chunks();
            *state = rounds(*state, load_words(&fours[four]));
        }
    }
    add(states, &before);
}

/// Four rounds with the given sums of words and constants.
#[target_feature(enable = "sha,sse4.1,ssse3")]
fn rounds(State { abef, cdgh }: State, sums: __m128i) -> State {
    let cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sums);
    let abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32::<0x0E>(sums));
    // Two rounds turn ABEF into CDGH, so after four each has its name again.
    State { abef, cdgh }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn add<const N: usize>(states: &mut [State; N], before: &[State; N]) {
    for (state, before) in states.iter_mut().zip(before) {
        state.abef = _mm_add_epi32(state.abef, before.abef);
        state.cdgh = _mm_add_epi32(state.cdgh, before.cdgh);
    }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn initial() -> State {
    let [a, b, c, d, e, f, g, h] = INITIAL.map(u32::cast_signed);
    State {
        abef: _mm_set_epi32(a, b, e, f),
        cdgh: _mm_set_epi32(c, d, g, h),
    }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn digests<const N: usize>(states: &[State; N]) -> [Digest; N] {
    let mut digests = [Digest::default(); N];
    for (digest, state) in digests.iter_mut().zip(states) {
        let abef = _mm_shuffle_epi32::<0x1B>(state.abef);
        let ghcd = _mm_shuffle_epi32::<0xB1>(state.cdgh);
        let abcd = _mm_blend_epi16::<0xF0>(abef, ghcd);
        let efgh = _mm_alignr_epi8::<8>(ghcd, abef);
        let (first, second) = digest.split_at_mut(16);
        store(first, big_endian(abcd));
        store(second, big_endian(efgh));
    }
    digests
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn big_endian(words: __m128i) -> __m128i {
    let order = _mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12);
    _mm_shuffle_epi8(words, order)
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn load(bytes: &[u8; 16]) -> __m128i {
    // SAFETY: sixteen bytes are read, and the load needs no alignment.
    unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn load_words(words: &[u32; 4]) -> __m128i {
    // SAFETY: four words are sixteen bytes, and the load needs no alignment.
    unsafe { _mm_loadu_si128(words.as_ptr().cast()) }
}

#[target_feature(enable = "sha,sse4.1,ssse3")]
fn store(bytes: &mut [u8], words: __m128i) {
    if let Some(bytes) = bytes.first_chunk_mut::<16>() {
        // SAFETY: sixteen bytes are written, and the store needs no alignment.
        unsafe { _mm_storeu_si128(bytes.as_mut_ptr().cast(), words) }
    }
}
