//! A message of one chunk as blocks (BLAKE3 paper, sections 2.4 and 2.6).

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;
/// Blocks of the longest message that is one chunk.
pub(super) const CHUNK_BLOCKS: usize = 1024 / BLOCK;

/// The first four words go into every compression; without a key they are the first chaining value.
pub(super) const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

const CHUNK_START: u32 = 1 << 0;
const CHUNK_END: u32 = 1 << 1;
const ROOT: u32 = 1 << 3;
const KEYED_HASH: u32 = 1 << 4;

/// What messages are hashed with: the first chaining value, and the flags of all blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mode {
    pub(super) key: [u32; 8],
    pub(super) flags: u32,
}

impl Mode {
    pub(super) fn new(key: Option<&[u8; 32]>) -> Self {
        let Some(key) = key else {
            return Self {
                key: INITIAL,
                flags: 0,
            };
        };
        let mut words = [0; 8];
        let (chunks, _) = key.as_chunks();
        for (word, chunk) in words.iter_mut().zip(chunks) {
            *word = u32::from_le_bytes(*chunk);
        }
        Self {
            key: words,
            flags: KEYED_HASH,
        }
    }

    /// The flags of a block of `blocks`.
    pub(super) const fn flags_of(&self, block: usize, blocks: usize) -> u32 {
        let mut flags = self.flags;
        if block == 0 {
            flags |= CHUNK_START;
        }
        if block + 1 == blocks {
            flags |= CHUNK_END | ROOT;
        }
        flags
    }
}

/// The number of blocks of a message; an empty one has one.
pub(super) const fn blocks(body: &[u8]) -> usize {
    let blocks = body.len().div_ceil(BLOCK);
    if blocks == 0 { 1 } else { blocks }
}

/// The part of a message from a block on, and how many bytes of the block it fills.
pub(super) fn rest(body: &[u8], block: usize) -> (&[u8], u32) {
    let rest = body.get(block * BLOCK..).unwrap_or_default();
    let len = if rest.len() < BLOCK {
        rest.len()
    } else {
        BLOCK
    };
    #[allow(clippy::cast_possible_truncation, reason = "at most 64")]
    (rest, len as u32)
}
