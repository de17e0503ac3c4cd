//! Messages of any lengths given to kernels that hash some in step.
//!
//! - Messages are put in order of their number of blocks, a window of them at a time, so that those
//!   hashed in step end together.
//! - Hashes come out in the order of the messages.

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

    let mut digests = [Digest::default(); W];
    let mut rest = &*order;
    while !rest.is_empty() {
        let mut lanes = kernels.lanes(rest.len());
        let (mut now, mut later) = rest.split_at(lanes.min(rest.len()));
        // Lanes are idle once their message has ended: that must not be most of the time.
        let most = now.last().map_or(0, |index| blocks(*index));
        if 2 * now.iter().map(|index| blocks(*index)).sum::<usize>() < now.len() * most {
            lanes = 1;
            (now, later) = rest.split_at(1);
        }
        rest = later;
        #[cfg(target_arch = "x86_64")]
        for index in later.iter().take(lanes) {
            crate::x86::prefetch(body(*index));
        }
        // Lanes without a message of their own hash the first one again.
        let mut in_step = [body(now[0]); LANES_MAX];
        for (to, index) in in_step.iter_mut().zip(now) {
            *to = body(*index);
        }
        let most = now.last().map_or(0, |index| blocks(*index));
        let hashed = kernels.hash(lanes, &in_step, most);
        for (index, digest) in now.iter().zip(hashed) {
            digests[usize::from(*index)] = digest;
        }
    }
    take(&digests[..bodies.len()]);
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
