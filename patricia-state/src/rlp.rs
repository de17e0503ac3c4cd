//! Strict RLP (Ethereum Yellow Paper, appendix B): the part that nodes and proofs need.
//!
//! Invariants of the decoder:
//! - every accepted input is the one encoding of its item: lengths are minimal, without leading
//!   zeros, and a single byte below 0x80 stands for itself;
//! - a length is believed only after it was compared with the bytes at hand; nothing is allocated;
//! - no recursion: [`split`] takes one item apart and leaves a list's content to the caller.

use alloc::vec::Vec;

/// Longest string or list whose length fits the first byte.
const SHORT_LEN_MAX: usize = 55;
/// First byte of the empty string; `0x80 + len` starts a short string.
const STRING: u8 = 0x80;
/// `0xb7 + n` starts a string whose length takes n bytes.
const LONG_STRING: u8 = 0xb7;
/// `0xc0 + len` starts a short list.
const LIST: u8 = 0xc0;
/// `0xf7 + n` starts a list whose content's length takes n bytes.
const LONG_LIST: u8 = 0xf7;

/// One RLP item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    /// A byte string.
    String(&'a [u8]),
    /// A list, given by the encodings of its items one after another.
    List(&'a [u8]),
}

/// Why bytes are not canonical RLP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RlpError {
    /// The input ends inside an item.
    #[error("RLP item is cut off")]
    Truncated,
    /// A length or a single byte has a shorter encoding.
    #[error("RLP length is not the shortest")]
    NotShortest,
    /// A length does not fit the platform's address space.
    #[error("RLP length does not fit")]
    LengthOverflow,
    /// Bytes follow the item.
    #[error("{0} bytes after the RLP item")]
    Trailing(usize),
    /// A list stands where a string is expected.
    #[error("expected an RLP string, got a list")]
    ExpectedString,
    /// A string stands where a list is expected.
    #[error("expected an RLP list, got a string")]
    ExpectedList,
}

/// Where an item's content starts and ends.
struct Header {
    is_list: bool,
    start: usize,
    end: usize,
}

fn header(input: &[u8]) -> Result<Header, RlpError> {
    let &first = input.first().ok_or(RlpError::Truncated)?;
    if first < STRING {
        return Ok(Header {
            is_list: false,
            start: 0,
            end: 1,
        });
    }
    let is_list = first >= LIST;
    let (short, long) = if is_list {
        (LIST, LONG_LIST)
    } else {
        (STRING, LONG_STRING)
    };
    let (start, len) = if first <= long {
        (1, usize::from(first - short))
    } else {
        let width = usize::from(first - long);
        let digits = input.get(1..1 + width).ok_or(RlpError::Truncated)?;
        (1 + width, long_len(digits)?)
    };
    let end = start.checked_add(len).ok_or(RlpError::LengthOverflow)?;
    let content = input.get(start..end).ok_or(RlpError::Truncated)?;
    if !is_list && matches!(content, [byte] if *byte < STRING) {
        return Err(RlpError::NotShortest);
    }
    Ok(Header {
        is_list,
        start,
        end,
    })
}

/// Reads a big-endian length that had to be written out.
fn long_len(digits: &[u8]) -> Result<usize, RlpError> {
    if digits.first() == Some(&0) {
        return Err(RlpError::NotShortest);
    }
    let mut len = 0_usize;
    for &digit in digits {
        len = len.checked_mul(256).ok_or(RlpError::LengthOverflow)?;
        len = len
            .checked_add(usize::from(digit))
            .ok_or(RlpError::LengthOverflow)?;
    }
    if len <= SHORT_LEN_MAX {
        return Err(RlpError::NotShortest);
    }
    Ok(len)
}

/// Splits the first item off `input` and returns it with what follows it. O(1).
///
/// The items inside a list are not looked at.
///
/// # Errors
///
/// [`RlpError::Truncated`], [`RlpError::NotShortest`] or [`RlpError::LengthOverflow`] if `input`
/// does not start with a canonical item.
pub fn split(input: &[u8]) -> Result<(Item<'_>, &[u8]), RlpError> {
    let header = header(input)?;
    let content = input
        .get(header.start..header.end)
        .ok_or(RlpError::Truncated)?;
    let rest = input.get(header.end..).ok_or(RlpError::Truncated)?;
    let item = if header.is_list {
        Item::List(content)
    } else {
        Item::String(content)
    };
    Ok((item, rest))
}

/// Splits the encoding of the first item off `input`, as it stands, from what follows it. O(1).
///
/// # Errors
///
/// As [`split`].
pub fn split_encoding(input: &[u8]) -> Result<(&[u8], &[u8]), RlpError> {
    let header = header(input)?;
    input
        .split_at_checked(header.end)
        .ok_or(RlpError::Truncated)
}

/// Splits a string off `input` and returns its content with what follows it. O(1).
///
/// # Errors
///
/// As [`split`], and [`RlpError::ExpectedString`] for a list.
pub fn split_string(input: &[u8]) -> Result<(&[u8], &[u8]), RlpError> {
    match split(input)? {
        (Item::String(content), rest) => Ok((content, rest)),
        (Item::List(_), _) => Err(RlpError::ExpectedString),
    }
}

/// Splits a list off `input` and returns its content with what follows it. O(1).
///
/// # Errors
///
/// As [`split`], and [`RlpError::ExpectedList`] for a string.
pub fn split_list(input: &[u8]) -> Result<(&[u8], &[u8]), RlpError> {
    match split(input)? {
        (Item::List(content), rest) => Ok((content, rest)),
        (Item::String(_), _) => Err(RlpError::ExpectedList),
    }
}

/// Reads `input` as exactly one list and returns its content. O(1).
///
/// # Errors
///
/// As [`split_list`], and [`RlpError::Trailing`] for bytes after the list.
pub fn exact_list(input: &[u8]) -> Result<&[u8], RlpError> {
    let (content, rest) = split_list(input)?;
    if rest.is_empty() {
        Ok(content)
    } else {
        Err(RlpError::Trailing(rest.len()))
    }
}

/// Returns the length of the encoding of a string.
#[must_use]
pub const fn string_len(string: &[u8]) -> usize {
    match string {
        [byte] if *byte < STRING => 1,
        _ => list_len(string.len()),
    }
}

/// Returns the length of the encoding of a list whose items' encodings take `content_len` bytes.
#[must_use]
pub const fn list_len(content_len: usize) -> usize {
    if content_len <= SHORT_LEN_MAX {
        1 + content_len
    } else {
        1 + digits_len(content_len) + content_len
    }
}

/// Returns how many bytes a length takes without leading zeros.
const fn digits_len(len: usize) -> usize {
    (usize::BITS - len.leading_zeros()).div_ceil(8) as usize
}

/// Appends the encoding of a string to `out`.
pub fn put_string(out: &mut Vec<u8>, string: &[u8]) {
    if !matches!(string, [byte] if *byte < STRING) {
        put_header(out, string.len(), STRING, LONG_STRING);
    }
    out.extend_from_slice(string);
}

/// Appends to `out` the head of a list whose items' encodings take `content_len` bytes; the items
/// have to follow.
pub fn put_list_header(out: &mut Vec<u8>, content_len: usize) {
    out.reserve(list_len(content_len));
    put_header(out, content_len, LIST, LONG_LIST);
}

/// Appends to `out` the head of a string of `len` bytes other than a single byte below 0x80; the
/// bytes have to follow.
pub(crate) fn put_string_header(out: &mut Vec<u8>, len: usize) {
    put_header(out, len, STRING, LONG_STRING);
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "a short length is below 56, a width below 9"
)]
fn put_header(out: &mut Vec<u8>, len: usize, short: u8, long: u8) {
    if len <= SHORT_LEN_MAX {
        out.push(short + len as u8);
    } else {
        let digits = (len as u64).to_be_bytes();
        let width = digits_len(len);
        out.push(long + width as u8);
        out.extend_from_slice(digits.get(digits.len() - width..).unwrap_or(&digits));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn lengths_at_the_edges() {
        for len in [0, 1, 2, 31, 32, 54, 55, 56, 57, 255, 256, 65_535, 65_536] {
            let string = vec![0xaa; len];
            let mut encoding = Vec::new();
            put_string(&mut encoding, &string);
            assert_eq!(encoding.len(), string_len(&string));
            assert_eq!(split_string(&encoding), Ok((&string[..], &[][..])));
            assert_eq!(split_encoding(&encoding), Ok((&encoding[..], &[][..])));
            let mut list = Vec::new();
            put_list_header(&mut list, encoding.len());
            list.extend_from_slice(&encoding);
            assert_eq!(list.len(), list_len(encoding.len()));
            assert_eq!(exact_list(&list), Ok(&encoding[..]));
        }
    }

    #[test]
    fn other_encodings_of_the_same_item_are_refused() {
        for (input, error) in [
            (&[][..], RlpError::Truncated),
            (&[0x81, 0x7f], RlpError::NotShortest),
            (&[0x83, 1, 2], RlpError::Truncated),
            (&[0xb8, 3, 1, 2, 3], RlpError::NotShortest),
            (&[&[0xb8, 55][..], &[7; 55]].concat(), RlpError::NotShortest),
            (&[0xb8], RlpError::Truncated),
            (&[0xb9, 0, 56], RlpError::NotShortest),
            (&[0xc1], RlpError::Truncated),
            (&[0xf8, 1, 0x80], RlpError::NotShortest),
            (&[0xf9, 0, 60], RlpError::NotShortest),
            (
                &[0xbf, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                RlpError::LengthOverflow,
            ),
            (
                &[0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
                RlpError::Truncated,
            ),
        ] {
            assert_eq!(split(input), Err(error), "{input:x?}");
        }
        assert_eq!(exact_list(&[0xc0, 1]), Err(RlpError::Trailing(1)));
        assert_eq!(exact_list(&[1]), Err(RlpError::ExpectedList));
        assert_eq!(split_string(&[0xc0]), Err(RlpError::ExpectedString));
    }

    proptest! {
        #![proptest_config(crate::testing::cases(1024))]

        #[test]
        fn what_is_accepted_is_encoded_the_same(input in proptest::collection::vec(any::<u8>(), 0..80)) {
            if let Ok((item, rest)) = split(&input) {
                let mut again = Vec::new();
                match item {
                    Item::String(content) => put_string(&mut again, content),
                    Item::List(content) => {
                        put_list_header(&mut again, content.len());
                        again.extend_from_slice(content);
                    }
                }
                again.extend_from_slice(rest);
                prop_assert_eq!(again, input);
            }
        }
    }
}
