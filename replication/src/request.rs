//! Requests: what a user asks of an application, signed (FORMAT.md section 15).
//!
//! ```text
//! "LRQ1" | network 32 | sender | app | nonce u64 | expires_ms u64 | payload      signed, hashed to the id
//! signature 64
//! ```
//!
//! Invariants:
//!
//! - a request has exactly one encoding, and nothing else decodes to it;
//! - the signature covers everything before it, and the id is the hash of what it covers: the same
//!   request signed anew has the same id;
//! - the sender's key is no part of it: it is looked up by the sender's name.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::hex;
use crate::keys::{Ed25519Key, Ed25519Signature, UserKey};
use crate::names::{Name, NetworkHash, RequestId};
use crate::wire::{FormError, Input, put_bytes, put_text};

const MAGIC: &[u8] = b"LRQ1";

/// What a user asks of an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Request {
    /// The network it is for.
    pub network: NetworkHash,
    /// The user who sends it.
    pub sender: Name,
    /// The application that it is for.
    pub app: Name,
    /// Makes it unlike other requests of the sender; the same request is taken once.
    pub nonce: u64,
    /// It is not executed in a block of a later time, in milliseconds since 1970-01-01T00:00:00Z.
    pub expires_ms: u64,
    /// What is asked, in the application's form.
    #[serde(with = "hex::vec")]
    pub payload: Vec<u8>,
}

impl Request {
    /// Signs it.
    #[must_use]
    pub fn sign(self, key: &UserKey) -> SignedRequest {
        let signature = key.sign(&self.signed_bytes());
        SignedRequest {
            request: self,
            signature,
        }
    }

    /// What the signature covers.
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256 + self.payload.len());
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(self.network.as_bytes());
        put_text(&mut bytes, self.sender.as_str());
        put_text(&mut bytes, self.app.as_str());
        bytes.extend_from_slice(&self.nonce.to_le_bytes());
        bytes.extend_from_slice(&self.expires_ms.to_le_bytes());
        put_bytes(&mut bytes, &self.payload);
        bytes
    }

    /// The hash of what the signature covers.
    #[must_use]
    pub fn id(&self) -> RequestId {
        RequestId::new(Sha256::digest(self.signed_bytes()).into())
    }
}

/// A request with its signature. Nothing is known of the signature before it was verified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRequest {
    /// The request.
    #[serde(flatten)]
    pub request: Request,
    /// The sender's signature over [`Request::signed_bytes`].
    pub signature: Ed25519Signature,
}

/// The members of a [`SignedRequest`] in one object.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonRequest {
    network: NetworkHash,
    sender: Name,
    app: Name,
    nonce: u64,
    expires_ms: u64,
    #[serde(with = "hex::vec")]
    payload: Vec<u8>,
    signature: Ed25519Signature,
}

impl SignedRequest {
    /// Reads the JSON form, with no member that is not known: what is not signed is not passed over.
    ///
    /// # Errors
    /// [`serde_json::Error`]: where the text stops being a request.
    pub fn from_json(json: &[u8]) -> serde_json::Result<Self> {
        let form: JsonRequest = serde_json::from_slice(json)?;
        let request = Request {
            network: form.network,
            sender: form.sender,
            app: form.app,
            nonce: form.nonce,
            expires_ms: form.expires_ms,
            payload: form.payload,
        };
        let signature = form.signature;
        Ok(Self { request, signature })
    }

    /// Whether the signature is this key's.
    #[must_use]
    pub fn is_signed_by(&self, key: &Ed25519Key) -> bool {
        key.verifies(&self.request.signed_bytes(), &self.signature)
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.request.signed_bytes();
        bytes.extend_from_slice(self.signature.as_bytes());
        bytes
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a request.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("request", MAGIC, bytes)?;
        let request = Request {
            network: NetworkHash::new(input.array()?),
            sender: input.text("sender")?,
            app: input.text("application")?,
            nonce: input.u64()?,
            expires_ms: input.u64()?,
            payload: input.bytes()?.to_vec(),
        };
        let signature = Ed25519Signature::new(input.array()?);
        input.finish()?;
        Ok(Self { request, signature })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn example() -> SignedRequest {
        let request = Request {
            network: NetworkHash::new([3; 32]),
            sender: "alice".parse().unwrap(),
            app: "record".parse().unwrap(),
            nonce: 0x0102_0304_0506_0708,
            expires_ms: 9,
            payload: b"payload".to_vec(),
        };
        request.sign(&UserKey::from_seed(&[1; 32]))
    }

    #[test]
    fn encodes_as_the_format_says() {
        let signed = example();
        let expected = [
            b"LRQ1".as_slice(),
            &[3; 32],
            b"\x05alice\x06record",
            &[8, 7, 6, 5, 4, 3, 2, 1, 9, 0, 0, 0, 0, 0, 0, 0],
            b"\x07\0\0\0payload",
        ]
        .concat();
        assert_eq!(signed.request.signed_bytes(), expected);
        let id: [u8; 32] = Sha256::digest(&expected).into();
        assert_eq!(signed.request.id(), RequestId::new(id));
        let bytes = [expected, signed.signature.as_bytes().to_vec()].concat();
        assert_eq!(signed.encode(), bytes);
        assert_eq!(SignedRequest::decode(&bytes), Ok(signed));
    }

    #[test]
    fn every_flipped_bit_breaks_it() {
        let (signed, key) = (example(), UserKey::from_seed(&[1; 32]).public());
        assert!(signed.is_signed_by(&key));
        let bytes = signed.encode();
        for bit in 0..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(other) = SignedRequest::decode(&bytes) {
                assert!(!other.is_signed_by(&key), "bit {bit}");
            }
        }
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in 0usize..8,
        ) {
            let mut bytes = example().encode();
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut);
            if let Ok(signed) = SignedRequest::decode(&bytes) {
                prop_assert_eq!(signed.encode(), bytes);
            }
        }

        #[test]
        fn json_is_another_view_of_the_same(
            nonce: u64, expires_ms: u64, payload: Vec<u8>, seed: [u8; 32],
        ) {
            let request = Request { nonce, expires_ms, payload, ..example().request };
            let signed = request.sign(&UserKey::from_seed(&seed));
            let json = serde_json::to_string(&signed).unwrap();
            prop_assert_eq!(serde_json::from_str::<SignedRequest>(&json).unwrap(), signed);
        }
    }
}
