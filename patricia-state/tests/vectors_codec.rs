//! Published vectors of the hash functions, RLP and the hex-prefix code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail"
)]

mod common;

use common::{bytes, files, hex, json};
use patricia_state::StateSuite;
use patricia_state::nibbles::Nibbles;
use patricia_state::rlp::{self, Item, RlpError};
use serde_json::Value;

#[test]
fn hashes_of_every_length() {
    let vectors = json("patricia/reference-generated/hash-lengths.json");
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 800);
    for case in cases {
        let len = usize::try_from(case["len"].as_u64().unwrap()).unwrap();
        let message: Vec<u8> = (0..251).cycle().take(len).collect();
        assert_eq!(
            StateSuite::Keccak256.hash(&message)[..],
            bytes(&case["keccak256"])
        );
        assert_eq!(
            StateSuite::Sha3_256.hash(&message)[..],
            bytes(&case["sha3_256"])
        );
    }
    let vectors = json("patricia/blake3/test_vectors.json");
    let cases = vectors["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 35);
    for case in cases {
        let len = usize::try_from(case["input_len"].as_u64().unwrap()).unwrap();
        let message: Vec<u8> = (0..251).cycle().take(len).collect();
        assert_eq!(
            StateSuite::Blake3.hash(&message)[..],
            bytes(&case["hash"])[..32]
        );
    }
    // FIPS 180-4, the example of one block.
    let abc = hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_eq!(StateSuite::Sha256.hash(b"abc")[..], abc);
}

/// Encodes what a JSON value of the RLP tests stands for.
fn encode(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    match value {
        Value::String(text) => match text.strip_prefix('#') {
            Some(decimal) => rlp::put_string(&mut out, &decimal_bytes(decimal)),
            None => rlp::put_string(&mut out, text.as_bytes()),
        },
        Value::Number(number) => rlp::put_string(&mut out, &decimal_bytes(&number.to_string())),
        Value::Array(items) => {
            let content: Vec<u8> = items.iter().flat_map(encode).collect();
            rlp::put_list_header(&mut out, content.len());
            out.extend(content);
        }
        other => panic!("not in RLP: {other}"),
    }
    out
}

/// Big-endian bytes of a decimal number, without leading zeros.
fn decimal_bytes(decimal: &str) -> Vec<u8> {
    let mut number: Vec<u8> = Vec::new();
    for digit in decimal.bytes() {
        let mut carry = u32::from(digit - b'0');
        for byte in number.iter_mut().rev() {
            carry += u32::from(*byte) * 10;
            *byte = carry.to_le_bytes()[0];
            carry >>= 8;
        }
        if carry > 0 {
            number.insert(0, carry.to_le_bytes()[0]);
        }
    }
    number
}

/// Takes an item apart down to its strings, and puts it together again.
fn through(encoding: &[u8]) -> Result<Vec<u8>, RlpError> {
    let (item, rest) = rlp::split(encoding)?;
    let mut out = Vec::new();
    match item {
        Item::String(content) => rlp::put_string(&mut out, content),
        Item::List(content) => {
            let items = if content.is_empty() {
                vec![]
            } else {
                through(content)?
            };
            rlp::put_list_header(&mut out, items.len());
            out.extend(items);
        }
    }
    if !rest.is_empty() {
        out.extend(through(rest)?);
    }
    Ok(out)
}

/// Reads bytes that have to be exactly one item, lists to the bottom.
fn strict(encoding: &[u8]) -> Result<Vec<u8>, RlpError> {
    let (_, rest) = rlp::split(encoding)?;
    if rest.is_empty() {
        through(encoding)
    } else {
        Err(RlpError::Trailing(rest.len()))
    }
}

#[test]
fn rlp_is_encoded_and_decoded() {
    let vectors = json("patricia/ethereum-tests/RLPTests/rlptest.json");
    let cases = vectors.as_object().unwrap();
    assert_eq!(cases.len(), 28);
    for (name, case) in cases {
        let expected = bytes(&case["out"]);
        assert_eq!(encode(&case["in"]), expected, "{name}");
        assert_eq!(strict(&expected), Ok(expected.clone()), "{name}");
    }
    let plenum = json("plenum/encodings.json");
    let cases = plenum["rlp"].as_array().unwrap();
    assert_eq!(cases.len(), 13);
    for case in cases {
        let expected = bytes(&case["rlp_hex"]);
        assert_eq!(strict(&expected), Ok(expected.clone()), "{case}");
        if let Ok(value) = serde_json::from_str::<Value>(case["input"].as_str().unwrap()) {
            assert_eq!(encode(&value), expected, "{case}");
        }
    }
}

#[test]
fn invalid_rlp_is_refused() {
    let mut verdicts = [0, 0];
    for file in ["patricia/nim-eth/rlp/pyRlpInvalidCases.json"]
        .map(String::from)
        .into_iter()
        .chain(files("patricia/ethereum-tests/RLPTests/RandomRLPTests"))
    {
        for (name, case) in json(&file).as_object().unwrap() {
            let encoding = bytes(&case["out"]);
            let is_valid = case["in"] == "VALID";
            // T4 is a valid item with bytes after it; its source reads a stream of items.
            let got = if name == "T4" {
                through(&encoding)
            } else {
                strict(&encoding)
            };
            assert_eq!(got.is_ok(), is_valid, "{file} {name}: {got:?}");
            verdicts[usize::from(is_valid)] += 1;
        }
    }
    assert_eq!(verdicts, [12, 2]);
}

#[test]
fn hex_prefix_paths() {
    let mut cases = Vec::new();
    let vectors = json("patricia/ethereum-tests/BasicTests/hexencodetest.json");
    for case in vectors.as_object().unwrap().values() {
        cases.push((
            case["seq"].clone(),
            case["term"].clone(),
            case["out"].clone(),
        ));
    }
    for case in json("plenum/encodings.json")["hex_prefix"]
        .as_array()
        .unwrap()
    {
        let (path, flag) = (case["nibbles"].clone(), case["terminator"].clone());
        cases.push((path, flag, case["packed_hex"].clone()));
    }
    assert_eq!(cases.len(), 12 + 13);
    for (path, is_leaf, expected) in cases {
        let (expected, is_leaf) = (bytes(&expected), is_leaf.as_bool().unwrap());
        let digits = path.as_array().unwrap().iter();
        let digits: Vec<u8> = digits
            .map(|digit| u8::try_from(digit.as_u64().unwrap()).unwrap())
            .collect();
        let (decoded, flag) = Nibbles::decode_hex_prefix(&expected).unwrap();
        assert_eq!((decoded.iter().collect(), flag), (digits, is_leaf));
        let mut code = Vec::new();
        decoded.encode_hex_prefix(is_leaf, &mut code);
        assert_eq!(code, expected);
    }
}
