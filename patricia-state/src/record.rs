//! Records of the node log: a trie node in native form, the same bytes in memory and on disk.
//!
//! # Format
//!
//! A log is addressed by byte offset ([`Location`]); a record starts anywhere and its first byte
//! says what it is. Integers are little-endian.
//!
//! ```text
//! leaf       the node's RLP, which starts with a byte from 0xc0 up
//! extension  0x08 | w-1 | distance [w] | slot [32] | RLP string of the hex-prefix path
//! branch     0x10 | w-1 | mask u16 | distance [w] per child | slot [32] per child
//! branch     0x30 | w-1 | as above, then the RLP string of its value
//! ```
//!
//! Bit n of the mask says that child n is there. A slot is the child's hash, and its distance says
//! how many bytes before this record the child's record starts; or, with the distance 0, the slot
//! is the child's RLP, shorter than 32 bytes, and zero bytes after it. The distances of a record
//! take w bytes each, 1 to 8, as the farthest child needs.
//!
//! # Invariants
//!
//! - A child's record stands before its parent's, so that a log of complete records is complete.
//! - A record's RLP, and so its hash, follows from its own bytes alone. Distances are not hashed: a
//!   wrong one leads to a record that does not have the slot's hash.
//! - A root's record may be shorter than 32 bytes of RLP; other nodes of that size have none.
//! - Leaves are hashed as they lie here, and what a read needs of a branch (mask, distances) stands
//!   together at its start.

use alloc::vec::Vec;

use crate::nibbles::Nibbles;
use crate::node::{self, Link, NodeError};
use crate::rlp;
use crate::suite::NodeHash;

const EXTENSION: u8 = 0x08;
const BRANCH: u8 = 0x10;
const VALUE: u8 = 0x20;
const WIDTH: u8 = 0x07;
pub(crate) const SLOT_LEN: usize = 32;
/// First byte of the shortest RLP list.
const LEAF_MIN: u8 = 0xc0;

/// Byte offset of a record in a node log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Location(pub u64);

impl core::fmt::Display for Location {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// How a stored node names its child.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Child<'a> {
    /// A record of its own.
    Stored {
        hash: &'a NodeHash,
        location: Location,
    },
    /// RLP in the parent, which itself stands in the record at `holder`.
    Inline { rlp: &'a [u8], holder: Location },
}

impl<'a> Child<'a> {
    /// Returns where its record is, and its hash, if it has one of its own.
    pub(crate) const fn stored(self) -> Option<(Location, &'a NodeHash)> {
        match self {
            Self::Stored { hash, location } => Some((location, hash)),
            Self::Inline { .. } => None,
        }
    }

    pub(crate) const fn link(self) -> Link<'a> {
        match self {
            Self::Stored { hash, .. } => Link::Hash(hash),
            Self::Inline { rlp, .. } => Link::Inline(rlp),
        }
    }
}

/// A record taken apart; nothing of it is copied.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Record<'a> {
    Leaf {
        rlp: &'a [u8],
        path: Nibbles<'a>,
        value: &'a [u8],
    },
    Extension {
        path: Nibbles<'a>,
        child: Child<'a>,
    },
    Branch(BranchRecord<'a>),
}

/// A branch whose children are looked up when asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BranchRecord<'a> {
    location: Location,
    mask: u16,
    /// Bytes of a distance, 1 to 8.
    width: usize,
    /// The children's distances, then their slots: `width + SLOT_LEN` bytes for each.
    children: &'a [u8],
    value: Option<&'a [u8]>,
}

/// Where child `nibble` of the branch is stored that `bytes` start with, and its hash; `None` of
/// any other node, and of a child that is missing, inside the branch or damaged.
///
/// It is all that a walk does at most nodes. The record is not taken apart for it: what is put into
/// memory and read back in another width waits for every load before it.
#[inline(always)]
pub(crate) fn stored_child(
    bytes: &[u8],
    location: Location,
    nibble: u8,
) -> Option<(Location, &NodeHash)> {
    let ([kind, low, high], children) = bytes.split_first_chunk()?;
    let mask = u16::from_le_bytes([*low, *high]);
    let bit = 1_u16.checked_shl(u32::from(nibble))?;
    if kind & !(WIDTH | VALUE) != BRANCH || mask & bit == 0 {
        return None;
    }
    let width = usize::from(kind & WIDTH) + 1;
    let index = (mask & (bit - 1)).count_ones() as usize;
    let distance = distance_at(children, index, width).filter(|distance| *distance != 0)?;
    let slots = children.get(mask.count_ones() as usize * width..)?;
    let slot = slots.get(index * SLOT_LEN..)?.first_chunk()?;
    Some((Location(location.0.checked_sub(distance)?), slot))
}

/// Distance `index` of those that `children` start with. Slots stand behind them, so that there
/// always are eight bytes.
#[inline]
fn distance_at(children: &[u8], index: usize, width: usize) -> Option<u64> {
    let bytes = children.get(index * width..)?.first_chunk()?;
    Some(u64::from_le_bytes(*bytes) & u64::MAX >> (64 - 8 * width))
}

/// The first `len` bytes, and the rest.
#[inline]
fn cut(bytes: &[u8], len: usize) -> Result<(&[u8], &[u8]), NodeError> {
    bytes
        .split_at_checked(len)
        .ok_or(NodeError::Rlp(rlp::RlpError::Truncated))
}

impl<'a> Record<'a> {
    /// Reads the record that `bytes` start with; they may go on after it. O(1).
    #[inline]
    pub(crate) fn parse(bytes: &'a [u8], location: Location) -> Result<Self, NodeError> {
        Self::split(bytes, location).map(|(record, _)| record)
    }

    /// Reads the record that `bytes` start with, and returns it with what follows it. O(1).
    #[inline]
    pub(crate) fn split(
        bytes: &'a [u8],
        location: Location,
    ) -> Result<(Self, &'a [u8]), NodeError> {
        let (&first, rest) = bytes
            .split_first()
            .ok_or(NodeError::Rlp(rlp::RlpError::Truncated))?;
        let width = usize::from(first & WIDTH) + 1;
        match first & !WIDTH {
            _ if first >= LEAF_MIN => parse_leaf(bytes),
            EXTENSION => parse_extension(rest, width, location),
            kind if kind & !VALUE == BRANCH => {
                let (mask, rest) = rest
                    .split_first_chunk()
                    .ok_or(NodeError::Rlp(rlp::RlpError::Truncated))?;
                let mask = u16::from_le_bytes(*mask);
                let count = mask.count_ones() as usize;
                let (children, rest) = cut(rest, count * (width + SLOT_LEN))?;
                let (value, rest) = if kind & VALUE == 0 {
                    (None, rest)
                } else {
                    let (value, rest) = rlp::split_string(rest)?;
                    (Some(value), rest)
                };
                let branch = BranchRecord {
                    location,
                    mask,
                    width,
                    children,
                    value,
                };
                Ok((Self::Branch(branch), rest))
            }
            _ => Err(NodeError::Kind(first)),
        }
    }

    /// Returns how many bytes stand before the children's distances, and how many children it has.
    #[cfg(feature = "std")]
    pub(crate) const fn distances_at(&self) -> (usize, usize) {
        match self {
            Self::Leaf { .. } => (0, 0),
            Self::Extension { .. } => (1, 1),
            Self::Branch(branch) => (3, branch.mask.count_ones() as usize),
        }
    }

    /// Calls `visit` with hash and location of each child that has a record.
    #[cfg(feature = "std")]
    pub(crate) fn stored_children(
        &self,
        mut visit: impl FnMut(NodeHash, Location),
    ) -> Result<(), NodeError> {
        let mut note = |child: &Child<'_>| {
            if let Child::Stored { hash, location } = child {
                visit(**hash, *location);
            }
        };
        match self {
            Self::Leaf { .. } => {}
            Self::Extension { child, .. } => note(child),
            Self::Branch(branch) => branch.children()?.iter().flatten().for_each(note),
        }
        Ok(())
    }

    /// Appends the node's RLP to `out`.
    pub(crate) fn put_rlp(&self, out: &mut Vec<u8>) -> Result<(), NodeError> {
        match self {
            Self::Leaf { rlp, .. } => out.extend_from_slice(rlp),
            Self::Extension { path, child } => node::put_extension(out, *path, child.link()),
            Self::Branch(branch) => branch.put_rlp(out)?,
        }
        Ok(())
    }
}

fn parse_leaf(bytes: &[u8]) -> Result<(Record<'_>, &[u8]), NodeError> {
    let (rlp, after) = rlp::split_encoding(bytes)?;
    let (path, rest) = rlp::split_string(rlp::exact_list(rlp)?)?;
    let (value, _) = rlp::split_string(rest)?;
    match Nibbles::decode_hex_prefix(path)? {
        (path, true) => Ok((Record::Leaf { rlp, path, value }, after)),
        (_, false) => Err(NodeError::NotBranch),
    }
}

/// Reads an extension from what follows its first byte.
fn parse_extension(
    bytes: &[u8],
    width: usize,
    location: Location,
) -> Result<(Record<'_>, &[u8]), NodeError> {
    let (far, rest) = cut(bytes, width)?;
    let (slot, rest) = rest
        .split_first_chunk()
        .ok_or(NodeError::Rlp(rlp::RlpError::Truncated))?;
    let (path, rest) = rlp::split_string(rest)?;
    let (path, is_leaf) = Nibbles::decode_hex_prefix(path)?;
    if is_leaf {
        return Err(NodeError::NotBranch);
    }
    let child = child(location, distance(far), slot)?;
    Ok((Record::Extension { path, child }, rest))
}

pub(crate) fn distance(bytes: &[u8]) -> u64 {
    let digits = bytes.iter().rev();
    digits.fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Reads a child from its distance and slot.
#[inline]
fn child(parent: Location, distance: u64, slot: &[u8; SLOT_LEN]) -> Result<Child<'_>, NodeError> {
    if distance == 0 {
        return held_child(parent, slot);
    }
    let location = parent
        .0
        .checked_sub(distance)
        .map(Location)
        .ok_or(NodeError::Distance)?;
    Ok(Child::Stored {
        hash: slot,
        location,
    })
}

/// Reads a child that its parent holds.
fn held_child(parent: Location, slot: &[u8; SLOT_LEN]) -> Result<Child<'_>, NodeError> {
    let (rlp, padding) = rlp::split_encoding(slot)?;
    if rlp.len() >= node::HASHED_LEN_MIN {
        return Err(NodeError::NotHashed(rlp.len()));
    }
    // No hash covers them.
    if padding.iter().any(|byte| *byte != 0) {
        return Err(NodeError::Padding);
    }
    Ok(Child::Inline {
        rlp,
        holder: parent,
    })
}

impl<'a> BranchRecord<'a> {
    /// Bit n says that child n is there.
    pub(crate) const fn mask(&self) -> u16 {
        self.mask
    }

    pub(crate) const fn value(&self) -> Option<&'a [u8]> {
        self.value
    }

    /// Returns how many children stand before child `nibble`.
    #[inline]
    pub(crate) fn index(&self, nibble: u8) -> usize {
        let bit = 1_u16.checked_shl(u32::from(nibble)).unwrap_or(0);
        (self.mask & bit.wrapping_sub(1)).count_ones() as usize
    }

    /// Returns child `nibble`, or `None` if there is none.
    #[inline]
    pub(crate) fn child(&self, nibble: u8) -> Result<Option<Child<'a>>, NodeError> {
        let bit = 1_u16.checked_shl(u32::from(nibble)).unwrap_or(0);
        if self.mask & bit == 0 {
            return Ok(None);
        }
        let index = self.index(nibble);
        let distance = distance_at(self.children, index, self.width);
        match (distance, self.slots().get(index)) {
            (Some(distance), Some(slot)) => child(self.location, distance, slot).map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the slots of all children, one after another.
    pub(crate) fn slot_bytes(&self) -> &'a [u8] {
        let distances = self.mask.count_ones() as usize * self.width;
        self.children.get(distances..).unwrap_or(&[])
    }

    fn slots(&self) -> &'a [[u8; SLOT_LEN]] {
        self.slot_bytes().as_chunks().0
    }

    /// Returns the distances of all children, in their order.
    fn distances(&self) -> impl Iterator<Item = u64> {
        let count = self.mask.count_ones() as usize;
        (0..count).filter_map(|index| distance_at(self.children, index, self.width))
    }

    /// Appends the node's RLP to `out`.
    fn put_rlp(&self, out: &mut Vec<u8>) -> Result<(), NodeError> {
        // Most often all children are hashed. What else there is, or is wrong, takes longer.
        if self
            .distances()
            .all(|far| (1..=self.location.0).contains(&far))
        {
            node::put_hashes(out, self.mask, self.slots(), self.value);
        } else {
            let children = self.children()?.map(|child| child.map(Child::link));
            node::put_branch(out, &children, self.value);
        }
        Ok(())
    }

    /// Returns all children by their nibbles.
    pub(crate) fn children(&self) -> Result<[Option<Child<'a>>; 16], NodeError> {
        let mut children = [None; 16];
        let mut stored = self.distances().zip(self.slots());
        for (nibble, slot) in (0..).zip(&mut children) {
            if self.mask >> nibble & 1 == 1
                && let Some((distance, bytes)) = stored.next()
            {
                *slot = Some(child(self.location, distance, bytes)?);
            }
        }
        Ok(children)
    }
}

/// How a record that is being written names its child.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Slot {
    /// A record before this one. The hash may still be unknown, and is then filled in later.
    Stored { hash: NodeHash, location: Location },
    /// RLP inside the parent.
    Inline(InlineRlp),
}

/// RLP of less than 32 bytes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InlineRlp {
    bytes: [u8; SLOT_LEN],
    len: usize,
}

impl InlineRlp {
    /// Copies RLP, which has to have less than 32 bytes.
    pub(crate) fn new(rlp: &[u8]) -> Self {
        debug_assert!(rlp.len() < node::HASHED_LEN_MIN);
        let mut bytes = [0; SLOT_LEN];
        bytes.iter_mut().zip(rlp).for_each(|(to, from)| *to = *from);
        Self {
            bytes,
            len: rlp.len(),
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or(&[])
    }
}

impl Slot {
    pub(crate) fn link(&self) -> Link<'_> {
        match self {
            Self::Stored { hash, .. } => Link::Hash(hash),
            Self::Inline(rlp) => Link::Inline(rlp.as_bytes()),
        }
    }

    const fn distance_from(&self, parent: Location) -> u64 {
        match self {
            Self::Stored { location, .. } => parent.0.saturating_sub(location.0),
            Self::Inline(_) => 0,
        }
    }

    const fn bytes(&self) -> &[u8; SLOT_LEN] {
        match self {
            Self::Stored { hash, .. } => hash,
            Self::Inline(rlp) => &rlp.bytes,
        }
    }
}

/// Appends a leaf's record to `out`.
pub(crate) use crate::node::put_leaf;

/// Appends an extension's record, which starts at `location`, to `out`, and returns the position in
/// `out` of the child's slot.
pub(crate) fn put_extension(
    out: &mut Vec<u8>,
    location: Location,
    path: Nibbles<'_>,
    child: &Slot,
) -> usize {
    let distance = child.distance_from(location);
    let width = width(distance);
    out.push(EXTENSION | kind_of_width(width));
    put_distances(out, core::iter::once(distance), width);
    let slot = out.len();
    out.extend_from_slice(child.bytes());
    node::put_path(path, false, out);
    slot
}

/// Appends a branch's record, which starts at `location`, to `out`, and returns the position in
/// `out` of the first child's slot; those of the others follow it in steps of 32.
pub(crate) fn put_branch(
    out: &mut Vec<u8>,
    location: Location,
    children: &[Option<&Slot>; 16],
    value: Option<&[u8]>,
) -> usize {
    let mut mask = 0;
    let mut distances = [0; 16];
    for ((nibble, child), distance) in (0..).zip(children).zip(&mut distances) {
        if let Some(child) = child {
            mask |= 1_u16.unbounded_shl(nibble);
            *distance = child.distance_from(location);
        }
    }
    let slots = put_branch_head(out, mask, &distances, value.is_some());
    for child in children.iter().flatten() {
        out.extend_from_slice(child.bytes());
    }
    if let Some(value) = value {
        rlp::put_string(out, value);
    }
    slots
}

/// Appends the record of a branch that has the children of `old` but for those in `changed`, which
/// are by their nibbles, and another value. Otherwise as [`put_branch`].
///
/// # Errors
///
/// [`NodeError::Distance`] if a child of `old` does not stand before it.
pub(crate) fn put_branch_over<'s>(
    out: &mut Vec<u8>,
    location: Location,
    old: &BranchRecord<'_>,
    changed: impl Iterator<Item = (u8, &'s Slot)> + Clone,
    value: Option<&[u8]>,
) -> Result<usize, NodeError> {
    let moved = location.0.saturating_sub(old.location.0);
    let mut distances = [0; 16];
    let mut old_distances = old.distances();
    for (nibble, distance) in (0..).zip(&mut distances) {
        if old.mask >> nibble & 1 == 0 {
            continue;
        }
        match old_distances.next().unwrap_or(0) {
            0 => {}
            far if far > old.location.0 => return Err(NodeError::Distance),
            far => *distance = far + moved,
        }
    }
    for (nibble, slot) in changed.clone() {
        if let Some(distance) = distances.get_mut(usize::from(nibble)) {
            *distance = slot.distance_from(location);
        }
    }
    let slots = put_branch_head(out, old.mask, &distances, value.is_some());
    out.extend_from_slice(old.slot_bytes());
    for (nibble, slot) in changed {
        let at = slots + SLOT_LEN * old.index(nibble);
        if let Some(bytes) = out.get_mut(at..).and_then(<[u8]>::first_chunk_mut) {
            *bytes = *slot.bytes();
        }
    }
    if let Some(value) = value {
        rlp::put_string(out, value);
    }
    Ok(slots)
}

/// Appends what stands before a branch's slots, and returns the position after it. `distances` are
/// by nibble.
fn put_branch_head(out: &mut Vec<u8>, mask: u16, distances: &[u64; 16], has_value: bool) -> usize {
    let width = width(distances.iter().copied().max().unwrap_or(0));
    let kind = if has_value { BRANCH | VALUE } else { BRANCH };
    out.reserve(3 + 16 * (8 + SLOT_LEN));
    out.push(kind | kind_of_width(width));
    out.extend_from_slice(&mask.to_le_bytes());
    let there = (0..)
        .zip(distances)
        .filter(|(nibble, _)| mask >> nibble & 1 == 1);
    put_distances(out, there.map(|(_, distance)| *distance), width);
    out.len()
}

/// Appends at most 16 distances of `width` bytes each.
pub(crate) fn put_distances(out: &mut Vec<u8>, distances: impl Iterator<Item = u64>, width: usize) {
    // Each is written in full, the next one over what it does not need.
    let mut bytes = [0; 16 * size_of::<u64>()];
    let mut len = 0;
    for distance in distances {
        if let Some(place) = bytes.get_mut(len..).and_then(<[u8]>::first_chunk_mut) {
            *place = distance.to_le_bytes();
            len += width;
        }
    }
    out.extend_from_slice(bytes.get(..len).unwrap_or(&bytes));
}

/// Returns how many bytes a distance needs: 1 to 8.
pub(crate) const fn width(distance: u64) -> usize {
    let bits = u64::BITS - distance.leading_zeros();
    if bits == 0 {
        1
    } else {
        bits.div_ceil(8) as usize
    }
}

#[allow(clippy::cast_possible_truncation, reason = "a width is 1 to 8")]
const fn kind_of_width(width: usize) -> u8 {
    width as u8 - 1
}

/// Returns how many bytes each distance takes in a record that starts with `first`.
#[cfg(feature = "std")]
pub(crate) const fn width_of_kind(first: u8) -> usize {
    (first & WIDTH) as usize + 1
}

/// Returns the first byte of a record like the one that starts with `first`, but for the width.
#[cfg(feature = "std")]
pub(crate) const fn kind_with_width(first: u8, width: usize) -> u8 {
    first & !WIDTH | kind_of_width(width)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn a_branch_as_documented() {
        let stored = Slot::Stored {
            hash: [0xaa; 32],
            location: Location(700),
        };
        let inline = Slot::Inline(InlineRlp::new(&[0xc2, 0x31, 0x07]));
        let mut children = [None; 16];
        (children[1], children[15]) = (Some(&stored), Some(&inline));
        let mut out = vec![];
        let slot = put_branch(&mut out, Location(1000), &children, Some(b"value"));
        // Two children, 300 bytes back and inside; distances of two bytes.
        let mut expected = vec![0x31, 0x02, 0x80, 44, 1, 0, 0];
        assert_eq!(slot, expected.len());
        expected.extend([0xaa; 32]);
        expected.extend([0xc2, 0x31, 0x07]);
        expected.extend([0; 29]);
        expected.extend(b"\x85value");
        assert_eq!(out, expected);
        let Ok(Record::Branch(branch)) = Record::parse(&out, Location(1000)) else {
            panic!("not a branch")
        };
        assert_eq!(
            (branch.mask(), branch.value()),
            (0x8002, Some(&b"value"[..]))
        );
        let first = Child::Stored {
            hash: &[0xaa; 32],
            location: Location(700),
        };
        let last = Child::Inline {
            rlp: &[0xc2, 0x31, 0x07],
            holder: Location(1000),
        };
        assert_eq!(branch.child(1), Ok(Some(first)));
        assert_eq!(branch.child(15), Ok(Some(last)));
        assert_eq!(branch.child(2), Ok(None));
    }

    #[test]
    fn an_extension_as_documented() {
        let stored = Slot::Stored {
            hash: [0xbb; 32],
            location: Location(90),
        };
        let mut out = vec![];
        put_extension(
            &mut out,
            Location(100),
            Nibbles::new(&[0x12, 0x34]).skip(1),
            &stored,
        );
        let expected = [&[0x08, 10][..], &[0xbb; 32], &[0x82, 0x12, 0x34]].concat();
        assert_eq!(out, expected);
    }

    #[test]
    fn children_in_impossible_places_are_refused() {
        let at = Location(100);
        let extension =
            |distance: u8, slot: &[u8; 32]| [&[0x08, distance][..], slot, &[0x11]].concat();
        let parse = |bytes: &[u8]| Record::parse(bytes, at).map(|_| ()).unwrap_err();
        assert_eq!(parse(&extension(101, &[0; 32])), NodeError::Distance);
        assert_eq!(parse(&extension(0, &[0xdf; 32])), NodeError::NotHashed(32));
        let mut held = [0; 32];
        held[0] = 0xc0;
        assert!(Record::parse(&extension(0, &held), at).is_ok());
        held[31] = 1;
        assert_eq!(parse(&extension(0, &held)), NodeError::Padding);
        assert_eq!(
            parse(&extension(0, &[0xf8; 32])),
            NodeError::Rlp(rlp::RlpError::Truncated)
        );
        assert_eq!(parse(&[0x40]), NodeError::Kind(0x40));
    }

    proptest! {
        #![proptest_config(crate::testing::cases(4096))]

        #[test]
        fn arbitrary_bytes_never_panic(
            first in prop_oneof![0x08..0x10_u8, 0x10..0x40_u8, 0xc0..=0xff_u8, any::<u8>()],
            rest in prop::collection::vec(prop_oneof![Just(0_u8), any::<u8>()], 0..200),
            location in 0..300_u64,
        ) {
            let bytes = [&[first][..], &rest].concat();
            if let Ok(record) = Record::parse(&bytes, Location(location)) {
                let _ = record.put_rlp(&mut vec![]);
                if let Record::Branch(branch) = record {
                    for nibble in 0..=255 {
                        let _ = branch.child(nibble);
                    }
                }
            }
        }
    }
}
