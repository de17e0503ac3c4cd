//! Messages of any lengths given to kernels that hash some in step.
//!
//! - Messages are put in order of their number of blocks, a window of them at a time, so that those
//!   hashed in step end together.
//! - Hashes come out in the order of the messages.

use core::borrow::Borrow;

use crate::Digest;
use crate::order;

/// The most messages that a kernel hashes at once.
pub(crate) const LANES_MAX: usize = 16;
/// How many messages are put in order at a time.
const WINDOW: usize = 256;

/// The kernels of a hash function that hash 1 to `LANES_MAX` messages in step.
pub(crate) trait Kernels: Copy {
    /// The number of blocks of a message, at least one.
    fn blocks(self, body: &[u8]) -> usize;

    /// The most blocks that kernels of more than one lane can do.
    fn blocks_max(self) -> usize {
        usize::MAX
    }

    /// How many messages to hash in step next where `left` of equal length are left: at least one.
    fn lanes(self, left: usize) -> usize;

    /// Hashes the first `lanes` of the messages, of at most `blocks` blocks; there is a kernel for
    /// `lanes`.
    fn hash(self, lanes: usize, bodies: &[&[u8]; LANES_MAX], blocks: usize) -> [Digest; LANES_MAX];
}

/// Hashes all messages, and gives the hashes in the same order to `take`, some at a time.
pub(crate) fn hash_many<B: AsRef<[u8]>>(
    kernels: impl Kernels,
    bodies: &[B],
    mut take: impl FnMut(&[Digest]),
) {
    // A small call need not clear a large window.
    if bodies.len() <= LANES_MAX {
        window::<B, LANES_MAX>(kernels, bodies, &mut take);
    } else {
        for bodies in bodies.chunks(WINDOW) {
            window::<B, WINDOW>(kernels, bodies, &mut take);
        }
    }
}

/// Hashes up to `W` messages.
fn window<B: AsRef<[u8]>, const W: usize>(
    kernels: impl Kernels,
    bodies: &[B],
    take: &mut impl FnMut(&[Digest]),
) {
    let body = |index: u8| bodies[usize::from(index)].as_ref();
    let blocks = |index: u8| kernels.blocks(body(index));
    let mut order = [0; W];
    let order = &mut order[..bodies.len()];
    order::by_blocks(order, blocks);

    let in_lanes = order.partition_point(|index| blocks(*index) <= kernels.blocks_max());

    let mut digests = [Digest::default(); W];
    let mut at = 0;
    while let Some(index) = order.get(at) {
        let left = in_lanes.saturating_sub(at).max(1);
        let mut lanes = kernels.lanes(left);
        let mut now = &order[at..at + lanes.min(left)];
        // Lanes are idle once their message has ended: that must not be most of the time.
        let mut most = now.last().map_or(0, |index| blocks(*index));
        if blocks(*index) < most
            && 2 * now.iter().map(|index| blocks(*index)).sum::<usize>() < now.len() * most
        {
            (lanes, now, most) = (1, &now[..1], blocks(*index));
        }
        at += now.len();
        #[cfg(target_arch = "x86_64")]
        for index in order[at..].iter().take(lanes) {
            crate::x86::prefetch(body(*index));
        }
        // Lanes without a message of their own hash the first one again.
        let mut in_step = [body(*index); LANES_MAX];
        for (to, index) in in_step.iter_mut().zip(now) {
            *to = body(*index);
        }
        let hashed = kernels.hash(lanes, &in_step, most);
        for (index, digest) in now.iter().zip(hashed) {
            digests[usize::from(*index)] = digest;
        }
    }
    take(&digests[..bodies.len()]);
}

/// Hashes pairs of digests, all messages of one length, and gives the hashes in the same order to
/// `take`. `lanes` says how many to hash in step next where so many are left.
pub(crate) fn hash_pairs<D: Borrow<Digest>>(
    pairs: &[[D; 2]],
    lanes: impl Fn(usize) -> usize,
    hash: impl Fn(usize, &[[&Digest; 2]; LANES_MAX]) -> [Digest; LANES_MAX],
    mut take: impl FnMut(&[Digest]),
) {
    let mut rest = pairs;
    while let Some(pair) = rest.first() {
        let lanes = lanes(rest.len());
        let (now, later) = rest.split_at(lanes.min(rest.len()));
        rest = later;
        // Lanes without a pair of their own hash the first one again.
        let mut in_step = [pair.each_ref().map(Borrow::borrow); LANES_MAX];
        for (to, pair) in in_step.iter_mut().zip(now) {
            *to = pair.each_ref().map(Borrow::borrow);
        }
        take(&hash(lanes, &in_step)[..now.len()]);
    }
}

/// What a kernel of `N` lanes gave, as what one of the most lanes gives.
pub(crate) fn widen<const N: usize>(hashed: [Digest; N]) -> [Digest; LANES_MAX] {
    let mut digests = [Digest::default(); LANES_MAX];
    for (to, digest) in digests.iter_mut().zip(hashed) {
        *to = digest;
    }
    digests
}

/// The first `N` lanes.
#[cfg(target_arch = "x86_64")]
pub(crate) fn first<T: Copy, const N: usize>(lanes: &[T; LANES_MAX]) -> [T; N] {
    const { assert!(N <= LANES_MAX) };
    core::array::from_fn(|lane| lanes[lane])
}
