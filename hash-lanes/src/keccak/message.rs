//! A message as the blocks it is padded to (FIPS 202 sections 5.1 and 6.1).

use super::Function;

/// Bytes of a block: the rate of both functions.
pub(super) const BLOCK: usize = 136;

/// The number of blocks of a message, with padding.
pub(super) const fn blocks(body: &[u8]) -> usize {
    body.len() / BLOCK + 1
}

/// A block: a part of the message, or put together in `space`.
pub(super) fn block<'s>(
    function: Function,
    body: &'s [u8],
    block: usize,
    space: &'s mut [u8; BLOCK],
) -> &'s [u8; BLOCK] {
    let rest = body.get(block * BLOCK..).unwrap_or_default();
    if let Some(whole) = rest.first_chunk() {
        return whole;
    }
    *space = [0; BLOCK];
    let (to, padding) = space.split_at_mut(rest.len());
    to.copy_from_slice(rest);
    if let Some(first) = padding.first_mut() {
        *first = function.padding();
    }
    if let Some(last) = padding.last_mut() {
        *last |= 0x80;
    }
    space
}
