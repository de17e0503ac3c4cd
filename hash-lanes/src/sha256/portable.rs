//! One message at a time through the `sha2` crate, which has kernels of its own for one message.

use core::slice;

use sha2::block_api::compress256;

use super::consts::{INITIAL, NODE_PREFIX};
use super::message::{BLOCK, Message};
use crate::Digest;

pub(super) fn node([left, right]: [&Digest; 2]) -> Digest {
    let mut body = [0; 64];
    let (to_left, to_right) = body.split_at_mut(left.len());
    to_left.copy_from_slice(left);
    to_right.copy_from_slice(right);
    message(&Message {
        prefix: Some(NODE_PREFIX),
        body: &body,
    })
}

pub(super) fn message(message: &Message<'_>) -> Digest {
    let mut state = INITIAL;
    let mut space = [0; BLOCK];
    for block in 0..message.blocks() {
        compress256(
            &mut state,
            slice::from_ref(message.block(block, &mut space)),
        );
    }
    let mut digest = Digest::default();
    let (words, _) = digest.as_chunks_mut();
    for (to, word) in words.iter_mut().zip(state) {
        *to = word.to_be_bytes();
    }
    digest
}
