//! Transactions: requests as they stand in a ledger, with what came of them (FORMAT.md section 15).
//!
//! ```text
//! "LTX1" | reason (empty: done) | request with its signature
//! ```

use crate::reason::Reason;
use crate::request::SignedRequest;
use crate::wire::{FormError, Input, put_text};

const MAGIC: &[u8] = b"LTX1";

/// A request in a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transaction {
    /// Why it was rejected; `None` if it was done.
    pub rejected: Option<Reason>,
    /// The request.
    pub signed: SignedRequest,
}

impl Transaction {
    /// The canonical bytes: an entry of the application's ledger.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        Self::encode_parts(self.rejected, &self.signed.encode())
    }

    /// The canonical bytes of a transaction whose request is encoded already.
    pub(crate) fn encode_parts(rejected: Option<Reason>, signed: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(32 + signed.len());
        bytes.extend_from_slice(MAGIC);
        put_text(&mut bytes, rejected.map_or("", Reason::code));
        bytes.extend_from_slice(signed);
        bytes
    }

    /// The bytes of the request in the canonical bytes of a transaction, which may be none.
    #[cfg(feature = "node")]
    pub(crate) fn request_bytes(bytes: &[u8]) -> Option<&[u8]> {
        let (len, rest) = bytes.strip_prefix(MAGIC)?.split_first()?;
        rest.get(usize::from(*len)..)
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a transaction.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("transaction", MAGIC, bytes)?;
        let at = input.at();
        let code: String = input.text("reason")?;
        let rejected = match code.as_str() {
            "" => None,
            code => Some(code.parse().map_err(|_| input.field("reason", at))?),
        };
        Ok(Self {
            rejected,
            signed: SignedRequest::decode(input.rest())?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::UserKey;
    use crate::names::NetworkHash;
    use crate::request::Request;

    #[test]
    fn transactions_survive_their_bytes() {
        let request = Request {
            network: NetworkHash::new([3; 32]),
            sender: "alice".parse().unwrap(),
            app: "record".parse().unwrap(),
            nonce: 1,
            expires_ms: 9,
            payload: vec![7],
        };
        let signed = request.sign(&UserKey::from_seed(&[1; 32]));
        for rejected in [None, Some(Reason::NotOwner)] {
            let signed = signed.clone();
            let transaction = Transaction { rejected, signed };
            let bytes = transaction.encode();
            let code = rejected.map_or(b"LTX1\0".as_slice(), |_| b"LTX1\x09not-owner");
            assert_eq!(bytes, [code, &transaction.signed.encode()].concat());
            assert_eq!(Transaction::decode(&bytes), Ok(transaction));
            assert!(Transaction::decode(&bytes[..bytes.len() - 1]).is_err());
        }
        let unknown = [b"LTX1\x03odd".as_slice(), &signed.encode()].concat();
        assert!(Transaction::decode(&unknown).is_err());
    }
}
