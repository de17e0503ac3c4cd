//! The input that every figure is measured on, ours and the peers': xorshift64, cut into entries.
//!
//! Five implementations agree on the roots of 2^20 of them (RFC 6962, SHA-256), so that a bench can
//! check what it times. This file is compiled into the peers too.

/// Entries of the trees that are measured.
pub const LEAVES: usize = 1 << 20;

/// The first 8 bytes of the RFC 6962 root of 2^20 entries of 32 bytes.
pub const ROOT_32: [u8; 8] = [0xc2, 0xaa, 0xc5, 0x14, 0x75, 0x0c, 0x6e, 0x09];
/// The first 8 bytes of the RFC 6962 root of 2^20 entries of 256 bytes.
pub const ROOT_256: [u8; 8] = [0x4d, 0x80, 0xd2, 0x8d, 0xc6, 0x94, 0x28, 0x46];

/// The random numbers that entries are cut from.
#[derive(Clone, Debug)]
pub struct XorShift(u64);

impl Default for XorShift {
    fn default() -> Self {
        Self(88_172_645_463_325_252)
    }
}

impl XorShift {
    /// The next number.
    pub const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below `bound`, which is not 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// Fills `to`, whose length is a multiple of 8.
    pub fn fill(&mut self, to: &mut [u8]) {
        for word in to.chunks_exact_mut(8) {
            word.copy_from_slice(&self.next().to_le_bytes());
        }
    }
}

/// `count` entries of `LEN` bytes.
#[must_use]
pub fn entries<const LEN: usize>(count: usize) -> Vec<[u8; LEN]> {
    let mut numbers = XorShift::default();
    let mut entries = vec![[0; LEN]; count];
    for entry in &mut entries {
        numbers.fill(entry);
    }
    entries
}
