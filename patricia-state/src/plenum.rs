//! Hyperledger Indy Plenum's rule for values: the trie holds `rlp([value])`.
//!
//! So an empty value is one (`c1 80`), other than in the bare trie. Hash suite: SHA3-256; keys as
//! given.

use alloc::vec::Vec;

use crate::rlp::{self, RlpError};

/// Returns what Plenum's trie holds for a value.
#[must_use]
pub fn encode_value(value: &[u8]) -> Vec<u8> {
    let mut wrapped = Vec::with_capacity(value.len() + 18);
    rlp::put_list_header(&mut wrapped, rlp::string_len(value));
    rlp::put_string(&mut wrapped, value);
    wrapped
}

/// Returns the value that Plenum's trie holds wrapped.
///
/// # Errors
///
/// [`RlpError`] if `wrapped` is not the canonical RLP of a list of one string.
pub fn decode_value(wrapped: &[u8]) -> Result<&[u8], RlpError> {
    let (value, rest) = rlp::split_string(rlp::exact_list(wrapped)?)?;
    if rest.is_empty() {
        Ok(value)
    } else {
        Err(RlpError::Trailing(rest.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_lead_back() {
        for value in [&b""[..], b"a", b"\x80", b"value", &[7; 60]] {
            let wrapped = encode_value(value);
            assert_eq!(decode_value(&wrapped), Ok(value));
        }
        assert_eq!(encode_value(b""), [0xc1, 0x80]);
        assert_eq!(encode_value(b"cat"), *b"\xc4\x83cat");
        assert_eq!(decode_value(b"\x83cat"), Err(RlpError::ExpectedList));
        assert_eq!(decode_value(b"\xc2aa"), Err(RlpError::Trailing(1)));
        assert_eq!(decode_value(b"\xc1\xc0"), Err(RlpError::ExpectedString));
        assert_eq!(decode_value(b"\xc4\x83cata"), Err(RlpError::Trailing(1)));
    }
}
