//! Blocks: a header and the requests that its roots come from (FORMAT.md section 15).
//!
//! ```text
//! "LBK1" | header length u32 | header | payload
//! payload: requests u32, each: length u32 | request with its signature
//! ```
//!
//! Invariant: the header is one, and the payload is the one whose hash it holds, in the one form
//! that a payload has: what decodes encodes back.

use std::sync::Arc;
use std::sync::OnceLock;

use merkle_log::Hash;
use sha2::{Digest, Sha256};

use crate::header::Header;
use crate::keys::Ed25519Key;
use crate::names::{BlockHash, RequestId};
use crate::policy::BLOCK_LEN_LIMIT;
use crate::request::SignedRequest;
use crate::signatures::{Claim, all_hold};
use crate::wire::{FormError, Input, put_bytes};

const MAGIC: &[u8] = b"LBK1";
/// Headers are at most this long: 256 ledgers with the longest names fit.
const HEADER_LEN_MAX: usize = 256 + 256 * 140;

/// The longest block, in bytes.
pub(crate) const BLOCK_LEN_MAX: usize = 8 + HEADER_LEN_MAX + BLOCK_LEN_LIMIT as usize;

/// A request with its bytes and its id. Its signature may be anybody's.
#[derive(Clone, Debug)]
pub(crate) struct Envelope {
    pub(crate) signed: SignedRequest,
    pub(crate) id: RequestId,
    pub(crate) bytes: Box<[u8]>,
    /// The key that the signature was found to be of.
    signer: OnceLock<Ed25519Key>,
}

impl PartialEq for Envelope {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Envelope {}

impl Envelope {
    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let signed = SignedRequest::decode(bytes)?;
        // What decodes encodes back, so this is what was signed.
        let covered = bytes.split_last_chunk::<64>().map(|(covered, _)| covered);
        let id = Sha256::digest(covered.unwrap_or_default()).into();
        Ok(Self {
            signed,
            id: RequestId::new(id),
            bytes: bytes.into(),
            signer: OnceLock::new(),
        })
    }

    /// Whether its signature is this key's. A signature is verified once a key.
    pub(crate) fn is_signed_by(&self, key: &Ed25519Key) -> bool {
        if self.signer.get() == Some(key) {
            return true;
        }
        let verified = self.claim(key).holds();
        if verified {
            self.remember(key);
        }
        verified
    }

    /// Verifies the signatures of several requests at once, each by its key; whether all are right.
    /// If so they are remembered; otherwise each is yet to be verified alone.
    pub(crate) fn verify_together(requests: &[(&Self, Ed25519Key)]) -> bool {
        let open = requests
            .iter()
            .filter(|(request, key)| request.signer.get() != Some(key));
        let open: Vec<_> = open.collect();
        let claims: Vec<_> = open
            .iter()
            .map(|(request, key)| request.claim(key))
            .collect();
        let hold = all_hold(&claims);
        if hold {
            for (request, key) in open {
                request.remember(key);
            }
        }
        hold
    }

    fn claim<'a>(&'a self, key: &'a Ed25519Key) -> Claim<'a> {
        let covered = self.bytes.split_last_chunk::<64>();
        Claim {
            key,
            message: covered.map_or(&[], |(covered, _)| covered),
            signature: &self.signed.signature,
        }
    }

    /// The first key stays: a second one is verified each time.
    fn remember(&self, key: &Ed25519Key) {
        let _ = self.signer.set(*key);
    }
}

/// A header and the requests that its roots come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Block {
    header: Header,
    hash: BlockHash,
    requests: Vec<Arc<Envelope>>,
}

impl Block {
    /// A block of a header that holds [`payload_hash`] of these requests.
    pub(crate) fn new(header: Header, requests: Vec<Arc<Envelope>>) -> Self {
        debug_assert_eq!(
            header.payload_hash,
            payload_hash(&requests),
            "header and requests"
        );
        let hash = header.hash();
        Self {
            header,
            hash,
            requests,
        }
    }

    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    pub(crate) const fn hash(&self) -> BlockHash {
        self.hash
    }

    pub(crate) fn requests(&self) -> &[Arc<Envelope>] {
        &self.requests
    }

    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        put_bytes(&mut bytes, &self.header.encode());
        put_payload(&mut bytes, &self.requests);
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("block", MAGIC, bytes)?;
        let header = Header::decode(input.bytes()?)?;
        let at = input.at();
        let payload = input.rest();
        if header.payload_hash != Hash::new(Sha256::digest(payload).into()) {
            return Err(input.field("payload", at));
        }
        let mut input = Input::new("payload", &[], payload)?;
        let count = input.u32()?;
        let mut requests = Vec::new();
        for _ in 0..count {
            requests.push(Arc::new(Envelope::decode(input.bytes()?)?));
        }
        input.finish()?;
        Ok(Self::new(header, requests))
    }
}

fn put_payload(to: &mut Vec<u8>, requests: &[Arc<Envelope>]) {
    let count = u32::try_from(requests.len()).unwrap_or(u32::MAX);
    to.extend_from_slice(&count.to_le_bytes());
    for request in requests {
        put_bytes(to, &request.bytes);
    }
}

/// Bytes that requests take in a block.
pub(crate) fn payload_len<'a>(requests: impl IntoIterator<Item = &'a Arc<Envelope>>) -> usize {
    let lens = requests.into_iter().map(|request| 4 + request.bytes.len());
    4 + lens.sum::<usize>()
}

/// The hash of requests as a block holds them.
pub(crate) fn payload_hash(requests: &[Arc<Envelope>]) -> Hash {
    let mut bytes = Vec::with_capacity(payload_len(requests));
    put_payload(&mut bytes, requests);
    Hash::new(Sha256::digest(bytes).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::UserKey;
    use crate::names::NetworkHash;
    use crate::request::Request;
    use proptest::prelude::*;

    fn envelope(nonce: u64) -> Arc<Envelope> {
        let request = Request {
            network: NetworkHash::new([3; 32]),
            sender: "alice".parse().unwrap(),
            app: "record".parse().unwrap(),
            nonce,
            expires_ms: 9,
            payload: vec![7; 3],
        };
        let id = request.id();
        let signed = request.sign(&UserKey::from_seed(&[1; 32]));
        let envelope = Envelope::decode(&signed.encode()).unwrap();
        assert_eq!((envelope.id, &envelope.signed), (id, &signed));
        assert!(envelope.is_signed_by(&UserKey::from_seed(&[1; 32]).public()));
        assert!(!envelope.is_signed_by(&UserKey::from_seed(&[2; 32]).public()));
        Arc::new(envelope)
    }

    fn example() -> Block {
        let requests = vec![envelope(1), envelope(2)];
        let payload_hash = payload_hash(&requests);
        let header = crate::header::tests::example();
        Block::new(
            Header {
                payload_hash,
                ..header
            },
            requests,
        )
    }

    #[test]
    fn together_all_are_remembered_or_none() {
        let key = |seed| UserKey::from_seed(&[seed; 32]).public();
        let fresh = |nonce| Envelope::decode(&envelope(nonce).bytes).unwrap();
        let (one, two) = (fresh(1), fresh(2));
        assert!(!Envelope::verify_together(&[
            (&one, key(1)),
            (&two, key(2))
        ]));
        assert_eq!((one.signer.get(), two.signer.get()), (None, None));
        assert!(Envelope::verify_together(&[(&one, key(1)), (&two, key(1))]));
        assert_eq!(
            (one.signer.get(), two.signer.get()),
            (Some(&key(1)), Some(&key(1)))
        );
        assert!(one.is_signed_by(&key(1)) && !one.is_signed_by(&key(2)));
        assert!(Envelope::verify_together(&[]));
    }

    #[test]
    fn encodes_as_the_format_says() {
        let block = example();
        let (header, one) = (block.header().encode(), &block.requests()[0].bytes);
        let bytes = block.encode();
        let len = u32::try_from(one.len()).unwrap().to_le_bytes();
        let start = [
            b"LBK1".as_slice(),
            &u32::try_from(header.len()).unwrap().to_le_bytes(),
            &header,
            &[2, 0, 0, 0],
            &len,
            one,
            &len,
        ]
        .concat();
        assert!(bytes.starts_with(&start) && bytes.len() == start.len() + one.len());
        assert_eq!(payload_len(block.requests()), 12 + 2 * one.len());
        assert_eq!(Block::decode(&bytes), Ok(block));
    }

    #[test]
    fn other_requests_than_the_header_says_are_no_block() {
        let block = example();
        let mut bytes = block.encode();
        *bytes.last_mut().unwrap() ^= 1;
        assert!(Block::decode(&bytes).is_err());
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
        ) {
            let mut bytes = example().encode();
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(block) = Block::decode(&bytes) {
                prop_assert_eq!(block.encode(), bytes);
            }
        }
    }
}
