//! Delta frames: the writes to a ledger's state in one commit (FORMAT.md section 5).
//!
//! The list of writes is a bincode value; this is the only module that knows it. Invariants:
//!
//! - a delta has one encoding: keys rise, and a value that is set is not empty;
//! - decoding borrows from the frame and allocates by what the frame holds, never by a length
//!   that is only stated in it.

use alloc::vec::Vec;

use bincode::config::{Configuration, Fixint, Limit, LittleEndian};
use serde::{Serialize, Serializer};

use crate::error::{Error, Result};

/// Delta frames take writes up to this payload, and always one.
const DELTA_PAYLOAD: usize = 4096;
/// Ledger ordinal and zero.
const DELTA_HEAD: usize = 8;
/// No payload is longer than a batch may be.
const DELTA_LIMIT: usize = 1 << 30;

const CONFIG: Configuration<LittleEndian, Fixint, Limit<DELTA_LIMIT>> =
    bincode::config::legacy().with_limit::<DELTA_LIMIT>();

/// A key as the caller gave it, and its new value or `None` for its removal.
pub(crate) type Write<'a> = (&'a [u8], Option<&'a [u8]>);

/// Bytes that are written at once, not one by one.
struct Bytes<'a>(&'a [u8]);

impl Serialize for Bytes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> core::result::Result<S::Ok, S::Error> {
        serializer.serialize_bytes(self.0)
    }
}

/// The payload of a delta frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Delta<'a> {
    pub(crate) ledger: u32,
    /// At least one, keys rising.
    pub(crate) writes: Vec<Write<'a>>,
}

impl<'a> Delta<'a> {
    pub(crate) fn decode(payload: &'a [u8], batch: u64) -> Result<Self> {
        let error = |at| Error::Payload {
            batch,
            what: "delta frame",
            at,
        };
        let (head, list) = payload
            .split_at_checked(DELTA_HEAD)
            .ok_or_else(|| error(0))?;
        let (ledger, zero) = match head.as_chunks() {
            ([ledger, zero], []) => (u32::from_le_bytes(*ledger), u32::from_le_bytes(*zero)),
            _ => return Err(error(0)),
        };
        if zero != 0 {
            return Err(error(4));
        }
        let decoded = bincode::serde::borrow_decode_from_slice(list, CONFIG);
        let (writes, consumed): (Vec<Write<'a>>, usize) = decoded.map_err(|_| error(DELTA_HEAD))?;
        let rising = writes.is_sorted_by(|(one, _), (other, _)| one < other);
        let set = writes
            .iter()
            .all(|(_, value)| value.is_none_or(|value| !value.is_empty()));
        if consumed != list.len() || writes.is_empty() || !rising || !set {
            return Err(error(DELTA_HEAD + consumed));
        }
        Ok(Self { ledger, writes })
    }

    /// Appends the payload of a frame with these writes.
    pub(crate) fn put(to: &mut Vec<u8>, ledger: u32, writes: &[Write<'_>]) -> Result<()> {
        let writes: Vec<(Bytes<'_>, Option<Bytes<'_>>)> = writes
            .iter()
            .map(|(key, value)| (Bytes(key), value.map(Bytes)))
            .collect();
        to.extend_from_slice(&ledger.to_le_bytes());
        to.extend_from_slice(&[0; 4]);
        // Fails only past the limit, which a batch keeps.
        let list = bincode::serde::encode_to_vec(&writes, CONFIG);
        let list = list.map_err(|_| hash_store::Error::TooLarge {
            what: "delta",
            len: u64::MAX,
            limit: DELTA_LIMIT as u64,
        })?;
        to.extend_from_slice(&list);
        Ok(())
    }
}

/// How many of the writes go into one frame; at least one of them.
pub(crate) fn writes_in_frame(writes: &[Write<'_>]) -> usize {
    let mut len = DELTA_HEAD + 8;
    let fitting = writes.iter().take_while(|(key, value)| {
        len += 8 + key.len() + 1 + value.map_or(0, |value| 8 + value.len());
        len <= DELTA_PAYLOAD
    });
    fitting.count().max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;
    use proptest::prelude::*;

    #[test]
    fn encodes_as_the_format_says() {
        let writes: [Write<'_>; 2] = [(b"ab", Some(b"xyz")), (b"b", None)];
        let mut payload = Vec::new();
        Delta::put(&mut payload, 3, &writes).unwrap();
        let mut expected = vec![3, 0, 0, 0, 0, 0, 0, 0];
        expected.extend_from_slice(&[2, 0, 0, 0, 0, 0, 0, 0]);
        expected.extend_from_slice(b"\x02\0\0\0\0\0\0\0ab\x01\x03\0\0\0\0\0\0\0xyz");
        expected.extend_from_slice(b"\x01\0\0\0\0\0\0\0b\x00");
        assert_eq!(payload, expected);
        let delta = Delta::decode(&payload, 1).unwrap();
        assert_eq!((delta.ledger, &delta.writes[..]), (3, &writes[..]));
        for len in 0..payload.len() {
            assert!(Delta::decode(&payload[..len], 1).is_err());
        }
        payload.push(0);
        let refused = Delta::decode(&payload, 1).unwrap_err();
        assert!(matches!(refused, Error::Payload { at, .. } if at + 1 == payload.len()));
    }

    #[test]
    fn deltas_that_nobody_writes_are_refused() {
        let refused = |writes: &[Write<'_>]| {
            let mut payload = Vec::new();
            Delta::put(&mut payload, 0, writes).unwrap();
            assert!(Delta::decode(&payload, 1).is_err());
        };
        refused(&[]);
        refused(&[(b"a", Some(b""))]);
        refused(&[(b"a", Some(b"1")), (b"a", None)]);
        refused(&[(b"b", None), (b"a", None)]);
    }

    #[test]
    fn hostile_lengths_are_refused_before_anything_is_allocated() {
        for at in [8, 16] {
            for len in [u64::MAX, 1 << 40, 1 << 29] {
                let mut payload = Vec::new();
                Delta::put(&mut payload, 0, &[(b"key", Some(b"value"))]).unwrap();
                payload.splice(at..at + 8, len.to_le_bytes());
                assert!(Delta::decode(&payload, 1).is_err());
            }
        }
    }

    proptest! {
        #[test]
        fn writes_come_back(
            map in prop::collection::btree_map(
                prop::collection::vec(any::<u8>(), 0..300),
                prop::option::of(prop::collection::vec(any::<u8>(), 1..1500)),
                1..30,
            ),
        ) {
            let writes: Vec<Write<'_>> =
                map.iter().map(|(key, value)| (&key[..], value.as_deref())).collect();
            let (mut rest, mut read) = (&writes[..], Vec::new());
            while !rest.is_empty() {
                let (now, later) = rest.split_at(writes_in_frame(rest));
                let mut payload = Vec::new();
                Delta::put(&mut payload, 7, now).unwrap();
                prop_assert!(payload.len() <= DELTA_PAYLOAD || now.len() == 1);
                // One more would not fit.
                let more = later.first().map_or(usize::MAX, |(key, value)| {
                    payload.len() + 9 + key.len() + value.map_or(0, |value| 8 + value.len())
                });
                prop_assert!(more > DELTA_PAYLOAD);
                let delta = Delta::decode(&payload, 1).unwrap();
                prop_assert_eq!(delta.ledger, 7);
                read.extend(delta.writes.iter().map(|(k, v)| (k.to_vec(), v.map(<[u8]>::to_vec))));
                rest = later;
            }
            prop_assert!(read.into_iter().eq(map));
        }

        #[test]
        fn arbitrary_payloads_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = Delta::decode(&bytes, 1);
        }
    }
}
