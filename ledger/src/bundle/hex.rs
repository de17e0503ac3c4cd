//! Bytes as lower-case hex, the one spelling that bundles have.

use alloc::string::String;
use alloc::vec::Vec;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

pub(super) fn encode(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(DIGITS.get(usize::from(value)).copied().unwrap_or(b'0'));
    let digits = bytes.iter().flat_map(|b| [digit(b >> 4), digit(b & 15)]);
    digits.collect()
}

pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let value = |digit: u8| match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    };
    let byte = |[high, low]: &[u8; 2]| Some(value(*high)? << 4 | value(*low)?);
    pairs.iter().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_one_spelling() {
        for byte in 0..=255u8 {
            let text = encode(&[byte]);
            assert_eq!(text, alloc::format!("{byte:02x}"));
            assert_eq!(decode(&text), Some(alloc::vec![byte]));
        }
        for bad in ["0", "0A", "g0", " 0", "+0", "\u{e9}"] {
            assert_eq!(decode(bad), None);
        }
        assert_eq!(decode(""), Some(Vec::new()));
    }
}
