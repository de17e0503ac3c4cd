//! A fast hash that tells disks apart; nobody tries to deceive it.

/// Four lanes that take the words of the input in turn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fingerprint {
    pub(super) lanes: [u64; 4],
}

impl Default for Fingerprint {
    fn default() -> Self {
        Self {
            lanes: [
                0x9e37_79b9_7f4a_7c15,
                0xc2b2_ae3d_27d4_eb4f,
                0x1656_67b1_9e37_79f9,
                0xd6e8_feb8_6659_fd93,
            ],
        }
    }
}

impl Fingerprint {
    /// Takes in one piece; where it ends counts.
    pub(super) fn update(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<32>();
        for block in blocks {
            self.block(block);
        }
        let mut last = [0; 32];
        for (to, from) in last.iter_mut().zip(rest) {
            *to = *from;
        }
        self.block(&last);
        let [first, ..] = &mut self.lanes;
        *first = mix(*first, bytes.len() as u64);
        // Every lane takes part in the next piece's.
        self.lanes.rotate_left(1);
    }

    fn block(&mut self, block: &[u8; 32]) {
        let (words, _) = block.as_chunks::<8>();
        for (lane, word) in self.lanes.iter_mut().zip(words) {
            *lane = mix(*lane, u64::from_le_bytes(*word));
        }
    }
}

const fn mix(lane: u64, word: u64) -> u64 {
    let mixed = (lane ^ word).wrapping_mul(0x2545_f491_4f6c_dd1d);
    mixed ^ mixed >> 29
}
