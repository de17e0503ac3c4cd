//! BLAKE3 of at most 64 KiB, written from its paper (section 2) for comparison: slow, and held
//! against the official vectors in `vectors_blake3.rs`.

use std::cell::RefCell;
use std::collections::HashMap;

use merkle_log::Hash;

const IV: [u32; 8] = [
    0x6A09_E667,
    0xBB67_AE85,
    0x3C6E_F372,
    0xA54F_F53A,
    0x510E_527F,
    0x9B05_688C,
    0x1F83_D9AB,
    0x5BE0_CD19,
];
const PERMUTATION: [usize; 16] = [2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8];
const CHUNK_START: u32 = 1;
const CHUNK_END: u32 = 2;
const PARENT: u32 = 4;
const ROOT: u32 = 8;
const KEYED: u32 = 16;

pub(crate) fn hash(message: &[u8]) -> [u8; 32] {
    tree(&IV, message, 0)
}

pub(crate) fn keyed(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let words: Vec<u32> = key
        .chunks(4)
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect();
    tree(&words.try_into().unwrap(), message, KEYED)
}

/// The keyed hash with the key that is the hash of a name.
pub(crate) fn keyed_by_name(name: &'static str, message: &[u8]) -> Hash {
    thread_local! {
        static KEYS: RefCell<HashMap<&'static str, [u8; 32]>> = RefCell::default();
    }
    let key =
        KEYS.with_borrow_mut(|keys| *keys.entry(name).or_insert_with(|| hash(name.as_bytes())));
    keyed(&key, message).into()
}

fn tree(key: &[u32; 8], message: &[u8], flags: u32) -> [u8; 32] {
    subtree(key, message, 0, flags, ROOT)
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect::<Vec<u8>>()
        .try_into()
        .unwrap()
}

fn subtree(key: &[u32; 8], bytes: &[u8], chunk: u64, flags: u32, root: u32) -> [u32; 8] {
    if bytes.len() <= 1024 {
        let blocks: Vec<&[u8]> = if bytes.is_empty() {
            vec![&[]]
        } else {
            bytes.chunks(64).collect()
        };
        let mut value = *key;
        for (at, block) in blocks.iter().enumerate() {
            let start = if at == 0 { CHUNK_START } else { 0 };
            let end = if at + 1 == blocks.len() {
                CHUNK_END | root
            } else {
                0
            };
            value = compress(&value, block, chunk, flags | start | end);
        }
        return value;
    }
    let chunks = bytes.len().div_ceil(1024);
    let left = chunks.next_power_of_two() / 2;
    let (left_bytes, right_bytes) = bytes.split_at(left * 1024);
    let children = [
        subtree(key, left_bytes, chunk, flags, 0),
        subtree(key, right_bytes, chunk + left as u64, flags, 0),
    ];
    let block: Vec<u8> = children
        .iter()
        .flatten()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    compress(key, &block, 0, flags | PARENT | root)
}

fn compress(value: &[u32; 8], block: &[u8], counter: u64, flags: u32) -> [u32; 8] {
    let mut padded = [0; 64];
    padded[..block.len()].copy_from_slice(block);
    let mut m: Vec<u32> = padded
        .chunks(4)
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect();
    let mut v = [0; 16];
    v[..8].copy_from_slice(value);
    v[8..12].copy_from_slice(&IV[..4]);
    v[12] = counter as u32;
    v[13] = (counter >> 32) as u32;
    v[14] = block.len() as u32;
    v[15] = flags;
    for _ in 0..7 {
        for column in 0..4 {
            let at = [column, column + 4, column + 8, column + 12];
            mix(&mut v, at, m[2 * column], m[2 * column + 1]);
        }
        for diagonal in 0..4 {
            let at = [
                diagonal,
                4 + (diagonal + 1) % 4,
                8 + (diagonal + 2) % 4,
                12 + (diagonal + 3) % 4,
            ];
            mix(&mut v, at, m[8 + 2 * diagonal], m[9 + 2 * diagonal]);
        }
        m = PERMUTATION.iter().map(|from| m[*from]).collect();
    }
    std::array::from_fn(|at| v[at] ^ v[at + 8])
}

fn mix(v: &mut [u32; 16], [a, b, c, d]: [usize; 4], x: u32, y: u32) {
    for (word, first, second) in [(x, 16, 12), (y, 8, 7)] {
        v[a] = v[a].wrapping_add(v[b]).wrapping_add(word);
        v[d] = (v[d] ^ v[a]).rotate_right(first);
        v[c] = v[c].wrapping_add(v[d]);
        v[b] = (v[b] ^ v[c]).rotate_right(second);
    }
}
