//! SHA-256 (FIPS 180-4) of many messages.
//!
//! - A kernel hashes a fixed number of messages in step, so messages are put in order of their
//!   number of blocks first, a window at a time.
//! - Where too few are left for the widest kernel, a narrower one takes them.
//! - All kernels give what the `sha2` crate gives, for every message.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod consts;
mod message;
mod order;
mod portable;
#[cfg(target_arch = "x86_64")]
mod rounds;
#[cfg(target_arch = "x86_64")]
mod shani;

use core::borrow::Borrow;

use self::message::Message;
use crate::Digest;

/// The most messages that a kernel hashes at once.
const LANES_MAX: usize = 16;
/// How many messages are put in order at a time.
const WINDOW: usize = 256;

#[cfg(target_arch = "x86_64")]
cpufeatures::new!(has_avx512, "avx512f", "avx512bw");
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(has_avx2, "avx2");
#[cfg(target_arch = "x86_64")]
cpufeatures::new!(has_shani, "sha", "sse4.1", "ssse3");

/// How to hash many messages. Kernels other than `Portable` are only ever named where the CPU has
/// their instructions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wide {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    None,
}

/// How to hash a few messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Narrow {
    #[cfg(target_arch = "x86_64")]
    ShaNi,
    Portable,
}

/// A way to hash by SHA-256 that this CPU has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sha256 {
    // Invariant: the CPU has the instructions of both.
    wide: Wide,
    narrow: Narrow,
}

impl Sha256 {
    /// The fastest way.
    #[must_use]
    #[inline]
    pub fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            let narrow = if has_shani::get() {
                Narrow::ShaNi
            } else {
                Narrow::Portable
            };
            let wide = if has_avx512::get() {
                Wide::Avx512
            } else if has_avx2::get() && narrow == Narrow::Portable {
                // Where there are SHA instructions, four messages take less with them.
                Wide::Avx2
            } else {
                Wide::None
            };
            Self { wide, narrow }
        }
        #[cfg(not(target_arch = "x86_64"))]
        Self::portable()
    }

    /// The way without any kernel of this crate.
    #[must_use]
    pub const fn portable() -> Self {
        Self {
            wide: Wide::None,
            narrow: Narrow::Portable,
        }
    }

    /// All ways that this CPU has, for tests and measurements.
    pub fn all() -> impl Iterator<Item = Self> {
        #[cfg(target_arch = "x86_64")]
        let (wide, narrow) = (
            [
                has_avx512::get().then_some(Wide::Avx512),
                has_avx2::get().then_some(Wide::Avx2),
                Some(Wide::None),
            ],
            [
                has_shani::get().then_some(Narrow::ShaNi),
                Some(Narrow::Portable),
            ],
        );
        #[cfg(not(target_arch = "x86_64"))]
        let (wide, narrow) = ([Some(Wide::None)], [Some(Narrow::Portable)]);
        wide.into_iter().flatten().flat_map(move |wide| {
            let narrow = narrow.into_iter().flatten();
            narrow.map(move |narrow| Self { wide, narrow })
        })
    }

    /// The hash of one message, behind the prefix if there is one.
    #[must_use]
    pub fn hash(self, prefix: Option<u8>, body: &[u8]) -> Digest {
        self.message(&Message { prefix, body })
    }

    /// The hash of a Merkle tree's node: of the byte 1 and those of its children (RFC 6962 section
    /// 2.1).
    #[must_use]
    pub fn node(self, left: &Digest, right: &Digest) -> Digest {
        match self.narrow {
            #[cfg(target_arch = "x86_64")]
            Narrow::ShaNi => {
                // SAFETY: the CPU has the instructions that `narrow` names.
                let [digest] = unsafe { shani::nodes(&[[left, right]]) };
                digest
            }
            Narrow::Portable => portable::node([left, right]),
        }
    }

    /// Hashes each of `bodies` behind the prefix, if there is one, and gives the hashes in the same
    /// order to `take`, some at a time. Messages of any length; best where neighbours differ
    /// little.
    pub fn hash_many<B: AsRef<[u8]>>(
        self,
        prefix: Option<u8>,
        bodies: &[B],
        mut take: impl FnMut(&[Digest]),
    ) {
        // A small call need not clear a large window.
        if bodies.len() <= LANES_MAX {
            self.window::<B, LANES_MAX>(prefix, bodies, &mut take);
        } else {
            for bodies in bodies.chunks(WINDOW) {
                self.window::<B, WINDOW>(prefix, bodies, &mut take);
            }
        }
    }

    /// Hashes the nodes of a Merkle tree over pairs of children (RFC 6962 section 2.1), and gives
    /// the hashes in the same order to `take`, some at a time.
    pub fn nodes<D: Borrow<Digest>>(self, pairs: &[[D; 2]], mut take: impl FnMut(&[Digest])) {
        let mut rest = pairs;
        while !rest.is_empty() {
            let step = self.step(rest.len());
            let (now, later) = rest.split_at(step.lanes().min(rest.len()));
            rest = later;
            let mut digests = [Digest::default(); LANES_MAX];
            let pair = |lane: usize| now[lane].each_ref().map(Borrow::borrow);
            match step {
                // SAFETY: `step` names kernels only that the CPU has the instructions of.
                #[cfg(target_arch = "x86_64")]
                Step::Avx512 => digests = unsafe { avx512::nodes(&lanes(now.len(), pair)) },
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Step::Avx2 => put(&mut digests, unsafe {
                    avx2::nodes(&lanes(now.len(), pair))
                }),
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Step::ShaNi4 => put(&mut digests, unsafe {
                    shani::nodes::<4>(&lanes(now.len(), pair))
                }),
                // SAFETY: as above.
                #[cfg(target_arch = "x86_64")]
                Step::ShaNi2 => put(&mut digests, unsafe {
                    shani::nodes::<2>(&lanes(now.len(), pair))
                }),
                Step::One => {
                    let [left, right] = pair(0);
                    put(&mut digests, [self.node(left, right)]);
                }
            }
            take(&digests[..now.len()]);
        }
    }

    /// Hashes up to `W` messages.
    fn window<B: AsRef<[u8]>, const W: usize>(
        self,
        prefix: Option<u8>,
        bodies: &[B],
        take: &mut impl FnMut(&[Digest]),
    ) {
        let message = |index: u8| Message {
            prefix,
            body: bodies[usize::from(index)].as_ref(),
        };
        let mut order = [0; W];
        let order = &mut order[..bodies.len()];
        order::by_blocks(order, |index| message(index).blocks());
        let mut digests = [Digest::default(); W];
        let mut rest = &*order;
        while !rest.is_empty() {
            let step = self.step_of_messages(rest.len(), |at| message(rest[at]).blocks());
            let (now, later) = rest.split_at(step.lanes().min(rest.len()));
            rest = later;
            let of_lane = |lane: usize| message(now[lane]);
            let blocks = of_lane(now.len() - 1).blocks();
            let mut hashed = [Digest::default(); LANES_MAX];
            match step {
                #[cfg(target_arch = "x86_64")]
                Step::Avx512 => {
                    for index in later.iter().take(LANES_MAX) {
                        avx512::prefetch(&message(*index));
                    }
                    let lanes = lanes(now.len(), of_lane);
                    // SAFETY: `step` names kernels only that the CPU has the instructions of.
                    hashed = unsafe { avx512::messages(&lanes, blocks) };
                }
                #[cfg(target_arch = "x86_64")]
                Step::Avx2 => {
                    let lanes = lanes(now.len(), of_lane);
                    // SAFETY: as above.
                    put(&mut hashed, unsafe { avx2::messages(&lanes, blocks) });
                }
                #[cfg(target_arch = "x86_64")]
                Step::ShaNi4 => {
                    let lanes = lanes(now.len(), of_lane);
                    // SAFETY: as above.
                    put(&mut hashed, unsafe { shani::messages::<4>(&lanes, blocks) });
                }
                #[cfg(target_arch = "x86_64")]
                Step::ShaNi2 => {
                    let lanes = lanes(now.len(), of_lane);
                    // SAFETY: as above.
                    put(&mut hashed, unsafe { shani::messages::<2>(&lanes, blocks) });
                }
                Step::One => put(&mut hashed, [self.message(&of_lane(0))]),
            }
            for (index, digest) in now.iter().zip(hashed) {
                digests[usize::from(*index)] = digest;
            }
        }
        take(&digests[..bodies.len()]);
    }

    fn message(self, message: &Message<'_>) -> Digest {
        match self.narrow {
            #[cfg(target_arch = "x86_64")]
            Narrow::ShaNi => {
                // SAFETY: the CPU has the instructions that `narrow` names.
                let [digest] = unsafe { shani::messages(&[*message], message.blocks()) };
                digest
            }
            Narrow::Portable => portable::message(message),
        }
    }

    /// The kernel to use next where `left` messages of equal lengths are left.
    const fn step(self, left: usize) -> Step {
        match (self.wide, self.narrow) {
            // Below that many, four at a time take less.
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx512, Narrow::ShaNi) if left >= 10 => Step::Avx512,
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx512, Narrow::Portable) if left >= 2 => Step::Avx512,
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx2, Narrow::ShaNi) if left >= avx2::LANES => Step::Avx2,
            #[cfg(target_arch = "x86_64")]
            (Wide::Avx2, Narrow::Portable) if left >= 2 => Step::Avx2,
            #[cfg(target_arch = "x86_64")]
            (_, Narrow::ShaNi) if left >= 3 => Step::ShaNi4,
            #[cfg(target_arch = "x86_64")]
            (_, Narrow::ShaNi) if left == 2 => Step::ShaNi2,
            _ => Step::One,
        }
    }

    /// The kernel to use next where `left` messages are left, of `blocks` blocks each, which do not
    /// get fewer.
    fn step_of_messages(self, left: usize, blocks: impl Fn(usize) -> usize) -> Step {
        let step = self.step(left);
        let taken = step.lanes().min(left);
        let (least, most) = (blocks(0), blocks(taken - 1));
        let fits = match step {
            Step::One => true,
            #[cfg(target_arch = "x86_64")]
            Step::ShaNi4 | Step::ShaNi2 => least == most,
            // Lanes whose message has ended are idle: not too many of them.
            #[cfg(target_arch = "x86_64")]
            Step::Avx512 | Step::Avx2 => {
                least == most || 2 * (0..taken).map(blocks).sum::<usize>() >= taken * most
            }
        };
        if fits { step } else { Step::One }
    }
}

/// A kernel.
#[derive(Clone, Copy)]
enum Step {
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    ShaNi4,
    #[cfg(target_arch = "x86_64")]
    ShaNi2,
    One,
}

impl Step {
    const fn lanes(self) -> usize {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => avx512::LANES,
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => avx2::LANES,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi4 => 4,
            #[cfg(target_arch = "x86_64")]
            Self::ShaNi2 => 2,
            Self::One => 1,
        }
    }
}

/// The first `count` messages, at least one; the other lanes hash the first again.
#[cfg(target_arch = "x86_64")]
fn lanes<T, const N: usize>(count: usize, message: impl Fn(usize) -> T) -> [T; N] {
    core::array::from_fn(|lane| message(if lane < count { lane } else { 0 }))
}

fn put<const N: usize>(digests: &mut [Digest; LANES_MAX], hashed: [Digest; N]) {
    for (to, digest) in digests.iter_mut().zip(hashed) {
        *to = digest;
    }
}

#[cfg(test)]
mod tests;
