//! Nibble paths and the hex-prefix code (Ethereum Yellow Paper, appendix C).
//!
//! A path is a slice of half-bytes of packed bytes, the high half first. It borrows the bytes of a
//! key or of a node, so that walking down the trie copies nothing. Invariant of [`Nibbles`]:
//! `start <= end <= 2 * bytes.len()`.

use alloc::vec::Vec;
use core::cmp::Ordering;

/// Every nibble as a byte whose low half it is.
static SINGLE: [u8; 16] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15];

/// Flag of the hex-prefix code: the path ends in a value.
const LEAF: u8 = 0x20;
/// Flag of the hex-prefix code: the number of nibbles is odd, and the low half is the first.
const ODD: u8 = 0x10;

/// A path: some nibbles of borrowed bytes.
#[derive(Clone, Copy)]
pub struct Nibbles<'a> {
    bytes: &'a [u8],
    start: usize,
    end: usize,
}

/// Why bytes are not a hex-prefix path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HexPrefixError {
    /// There is no first byte.
    #[error("hex-prefix path has no bytes")]
    Empty,
    /// The first byte has unknown flags, or padding other than zero.
    #[error("hex-prefix path starts with {0:#04x}")]
    Flags(u8),
}

impl<'a> Nibbles<'a> {
    /// All nibbles of `bytes`.
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            start: 0,
            end: bytes.len() * 2,
        }
    }

    /// The path of one nibble. Only the low half of `nibble` counts.
    #[must_use]
    pub fn single(nibble: u8) -> Nibbles<'static> {
        let at = usize::from(nibble & 15);
        Nibbles {
            bytes: SINGLE.get(at..=at).unwrap_or(&[]),
            start: 1,
            end: 2,
        }
    }

    /// Reads a hex-prefix path and whether it ends in a value. O(1).
    ///
    /// # Errors
    ///
    /// [`HexPrefixError::Empty`] and [`HexPrefixError::Flags`] if `encoding` is not canonical.
    #[inline]
    pub fn decode_hex_prefix(encoding: &'a [u8]) -> Result<(Self, bool), HexPrefixError> {
        let &first = encoding.first().ok_or(HexPrefixError::Empty)?;
        let is_odd = first & ODD != 0;
        if first & !(LEAF | ODD | 15) != 0 || (!is_odd && first & 15 != 0) {
            return Err(HexPrefixError::Flags(first));
        }
        let start = if is_odd { 1 } else { 2 };
        let path = Self {
            bytes: encoding,
            start,
            end: encoding.len() * 2,
        };
        Ok((path, first & LEAF != 0))
    }

    /// Appends the hex-prefix code of the path to `out`. `is_leaf` says that it ends in a value.
    pub fn encode_hex_prefix(self, is_leaf: bool, out: &mut Vec<u8>) {
        let flag = if is_leaf { LEAF } else { 0 };
        let rest = match self.split_first() {
            Some((first, rest)) if self.len() % 2 == 1 => {
                out.push(flag | ODD | first);
                rest
            }
            _ => {
                out.push(flag);
                self
            }
        };
        rest.extend_bytes(out);
    }

    /// Returns the length of the hex-prefix code in bytes.
    #[must_use]
    pub const fn hex_prefix_len(self) -> usize {
        1 + self.len() / 2
    }

    /// Returns the number of nibbles.
    #[must_use]
    pub const fn len(self) -> usize {
        self.end - self.start
    }

    /// Says whether there are no nibbles.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Returns nibble `index`, or `None` past the end.
    #[must_use]
    #[inline]
    pub fn get(self, index: usize) -> Option<u8> {
        let at = self.start.checked_add(index).filter(|at| *at < self.end)?;
        let byte = *self.bytes.get(at / 2)?;
        Some(if at % 2 == 0 { byte >> 4 } else { byte & 15 })
    }

    /// Returns the first nibble and the path after it, or `None` of an empty path.
    #[must_use]
    #[inline]
    pub fn split_first(self) -> Option<(u8, Self)> {
        Some((self.get(0)?, self.skip(1)))
    }

    /// Returns the path without its first `count` nibbles; empty if it has no more.
    #[must_use]
    #[inline]
    pub fn skip(self, count: usize) -> Self {
        Self {
            start: self.start.saturating_add(count).min(self.end),
            ..self
        }
    }

    /// Returns the first `count` nibbles of the path; all if it has no more.
    #[must_use]
    #[inline]
    pub fn take(self, count: usize) -> Self {
        Self {
            end: self.start.saturating_add(count).min(self.end),
            ..self
        }
    }

    /// Returns the path after `prefix`, or `None` if it does not start with it.
    #[must_use]
    #[inline]
    pub fn strip_prefix(self, prefix: Nibbles<'_>) -> Option<Self> {
        (self.take(prefix.len()) == prefix).then(|| self.skip(prefix.len()))
    }

    /// Returns how many nibbles the two paths have in common from their starts.
    #[must_use]
    pub fn common_prefix_len(self, other: Nibbles<'_>) -> usize {
        let whole = self
            .aligned_len(other)
            .map_or(0, |(skipped, ours, theirs)| {
                let same = ours.iter().zip(theirs).take_while(|(a, b)| a == b).count();
                skipped + 2 * same
            });
        let rest = self.skip(whole).iter().zip(other.skip(whole).iter());
        whole + rest.take_while(|(a, b)| a == b).count()
    }

    /// Iterates over the nibbles.
    pub fn iter(self) -> impl Iterator<Item = u8> + use<'a> {
        (0..self.len()).filter_map(move |index| self.get(index))
    }

    /// The whole bytes that both paths have at the same nibble indices, and how many nibbles (0 or
    /// 1, and equal in both) come before them. `None` if there is no such common ground.
    fn aligned_len<'b>(self, other: Nibbles<'b>) -> Option<(usize, &'a [u8], &'b [u8])> {
        let skipped = self.start % 2;
        if other.start % 2 != skipped || self.get(0) != other.get(0) {
            return None;
        }
        let ours = self.bytes.get(self.start.div_ceil(2)..self.end / 2)?;
        let theirs = other.bytes.get(other.start.div_ceil(2)..other.end / 2)?;
        Some((skipped, ours, theirs))
    }

    /// Appends the nibbles, of which there is an even number, as bytes.
    fn extend_bytes(self, out: &mut Vec<u8>) {
        if self.start.is_multiple_of(2) {
            out.extend_from_slice(self.bytes.get(self.start / 2..self.end / 2).unwrap_or(&[]));
        } else {
            let pairs =
                (0..self.len() / 2).map(|pair| (self.get(2 * pair), self.get(2 * pair + 1)));
            out.extend(pairs.map(|(high, low)| high.unwrap_or(0) << 4 | low.unwrap_or(0)));
        }
    }
}

impl PartialEq<Nibbles<'_>> for Nibbles<'_> {
    fn eq(&self, other: &Nibbles<'_>) -> bool {
        if self.len() != other.len() {
            return false;
        }
        // Most often both start in the same half of a byte: then whole bytes are compared.
        match self.aligned_len(*other) {
            Some((skipped, ours, theirs)) => {
                let done = skipped + 2 * ours.len();
                ours == theirs && self.skip(done).iter().eq(other.skip(done).iter())
            }
            None => self.iter().eq(other.iter()),
        }
    }
}

impl Eq for Nibbles<'_> {}

impl PartialOrd for Nibbles<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Nibbles<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let common = self.common_prefix_len(*other);
        self.get(common).cmp(&other.get(common))
    }
}

impl core::fmt::Debug for Nibbles<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        self.iter().try_for_each(|nibble| write!(f, "{nibble:x}"))
    }
}

/// A path of its own bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct NibbleBuf {
    bytes: Vec<u8>,
    /// 1 if the high half of the first byte does not belong to the path.
    start: usize,
}

impl NibbleBuf {
    /// The nibbles of one path followed by those of another.
    pub(crate) fn concat(first: Nibbles<'_>, second: Nibbles<'_>) -> Self {
        let len = first.len() + second.len();
        let mut bytes = Vec::with_capacity(len.div_ceil(2));
        let mut nibbles = first.iter().chain(second.iter());
        if len % 2 == 1 {
            bytes.extend(nibbles.next());
        }
        while let Some(high) = nibbles.next() {
            bytes.push(high << 4 | nibbles.next().unwrap_or(0));
        }
        Self {
            bytes,
            start: len % 2,
        }
    }

    pub(crate) fn as_nibbles(&self) -> Nibbles<'_> {
        Nibbles {
            start: self.start,
            ..Nibbles::new(&self.bytes)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    /// A path that starts and ends anywhere in its bytes, and its nibbles one by one.
    fn path() -> impl Strategy<Value = (Vec<u8>, usize, usize)> {
        let nibble_rich = prop_oneof![Just(0_u8), Just(0x11), any::<u8>()];
        proptest::collection::vec(nibble_rich, 0..12).prop_flat_map(|bytes| {
            let len = bytes.len() * 2;
            (Just(bytes), 0..=len, 0..=len)
        })
    }

    fn cut<'a>((bytes, skip, take): &'a (Vec<u8>, usize, usize)) -> (Nibbles<'a>, Vec<u8>) {
        let nibbles: Vec<u8> = bytes
            .iter()
            .flat_map(|byte| [byte >> 4, byte & 15])
            .collect();
        let expected = nibbles.into_iter().skip(*skip).take(*take).collect();
        (Nibbles::new(bytes).skip(*skip).take(*take), expected)
    }

    proptest! {
        #![proptest_config(crate::testing::cases(1024))]

        #[test]
        fn behaves_as_a_list_of_nibbles(a in path(), b in path()) {
            let ((a, a_list), (b, b_list)) = (cut(&a), cut(&b));
            prop_assert_eq!(&a.iter().collect::<Vec<_>>(), &a_list);
            prop_assert_eq!(a.len(), a_list.len());
            prop_assert_eq!(a == b, a_list == b_list);
            prop_assert_eq!(a.cmp(&b), a_list.cmp(&b_list));
            let common = a_list.iter().zip(&b_list).take_while(|(x, y)| x == y).count();
            prop_assert_eq!(a.common_prefix_len(b), common);
            let stripped = a_list.strip_prefix(&b_list[..]).map(<[u8]>::to_vec);
            prop_assert_eq!(a.strip_prefix(b).map(|rest| rest.iter().collect()), stripped);
            let both: Vec<u8> = a_list.iter().chain(&b_list).copied().collect();
            prop_assert_eq!(NibbleBuf::concat(a, b).as_nibbles().iter().collect::<Vec<_>>(), both);
        }

        #[test]
        fn hex_prefix_leads_back(a in path(), is_leaf: bool) {
            let (path, list) = cut(&a);
            let mut code = vec![];
            path.encode_hex_prefix(is_leaf, &mut code);
            prop_assert_eq!(code.len(), path.hex_prefix_len());
            let (decoded, flag) = Nibbles::decode_hex_prefix(&code).unwrap();
            prop_assert_eq!(flag, is_leaf);
            prop_assert_eq!(decoded.iter().collect::<Vec<_>>(), list);
        }

        #[test]
        fn accepted_hex_prefix_is_canonical(code in proptest::collection::vec(any::<u8>(), 0..6)) {
            if let Ok((path, is_leaf)) = Nibbles::decode_hex_prefix(&code) {
                let mut again = vec![];
                path.encode_hex_prefix(is_leaf, &mut again);
                prop_assert_eq!(again, code);
            }
        }
    }

    #[test]
    fn wrong_flags_are_refused() {
        assert_eq!(Nibbles::decode_hex_prefix(&[]), Err(HexPrefixError::Empty));
        for first in (0x40..=0xff).chain([0x01, 0x0f, 0x2a]) {
            let refused = Err(HexPrefixError::Flags(first));
            assert_eq!(Nibbles::decode_hex_prefix(&[first, 0x12]), refused);
        }
        for nibble in 0..16 {
            assert_eq!(Nibbles::single(nibble).iter().collect::<Vec<_>>(), [nibble]);
        }
    }
}
