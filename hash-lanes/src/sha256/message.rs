//! A message as the blocks it is padded to, FIPS 180-4 section 5.1.1.

/// Bytes of a block.
pub(super) const BLOCK: usize = 64;
/// Bytes that padding takes at the least: the bit after the message, and its length.
const PADDING_MIN: usize = 1 + 8;

/// A message: a byte that all of a batch begin with, if any, and a body of its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    pub(super) prefix: Option<u8>,
    pub(super) body: &'a [u8],
}

impl<'a> Message<'a> {
    /// Bytes before the body.
    pub(super) const fn skip(&self) -> usize {
        self.prefix.is_some() as usize
    }

    /// The number of blocks, with padding.
    pub(super) const fn blocks(&self) -> usize {
        (self.skip() + self.body.len() + PADDING_MIN).div_ceil(BLOCK)
    }

    /// The length in bits that stands at the end of the last block.
    pub(super) const fn bits(&self) -> u64 {
        ((self.skip() + self.body.len()) as u64).wrapping_mul(8)
    }

    /// The part of the body from a block on, and how many bytes of the block come before it.
    #[inline]
    pub(super) fn rest(&self, block: usize) -> (usize, &'a [u8]) {
        let begin = block * BLOCK;
        let (skip, begin) = match begin.checked_sub(self.skip()) {
            Some(begin) => (0, begin),
            None => (self.skip(), 0),
        };
        (skip, self.body.get(begin..).unwrap_or_default())
    }

    /// Whether the bit after the message stands in a block before.
    #[inline]
    pub(super) const fn ends_before(&self, block: usize) -> bool {
        self.skip() + self.body.len() < block * BLOCK
    }

    /// A block: a part of the body, or put together in `space`.
    pub(super) fn block<'s>(&self, block: usize, space: &'s mut [u8; BLOCK]) -> &'s [u8; BLOCK]
    where
        'a: 's,
    {
        let (skip, rest) = self.rest(block);
        if skip == 0
            && let Some(whole) = rest.first_chunk()
        {
            return whole;
        }
        *space = [0; BLOCK];
        let (before, to) = space.split_at_mut(skip);
        if let (Some(first), Some(prefix)) = (before.first_mut(), self.prefix) {
            *first = prefix;
        }
        let (to_rest, padding) = to.split_at_mut(rest.len().min(to.len()));
        to_rest.copy_from_slice(rest.split_at(to_rest.len()).0);
        if let Some(end) = padding.first_mut()
            && !self.ends_before(block)
        {
            *end = 0x80;
        }
        if block + 1 == self.blocks()
            && let Some(length) = space.last_chunk_mut()
        {
            *length = self.bits().to_be_bytes();
        }
        space
    }
}
