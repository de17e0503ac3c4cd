//! Limits that are the same on every node, since they decide what a block may hold and what a
//! request may do. They are part of the genesis and stand in the state of the `config` ledger.

use serde::{Deserialize, Serialize};

use crate::wire::{FormError, Input};

/// Bytes of requests in a block are at most this many, whatever the policy says.
pub const BLOCK_LEN_LIMIT: u32 = 4 << 20;

const MAGIC: &[u8] = b"LPL1";

/// The limits of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Policy {
    /// Bytes of requests in a block.
    pub block_len_max: u32,
    /// Requests in a block.
    pub block_requests_max: u32,
    /// Bytes of a request with its signature.
    pub request_len_max: u32,
    /// How long before its expiry a request may be sent, in milliseconds.
    pub lifetime_ms_max: u64,
    /// Bytes of a record's key.
    pub key_len_max: u32,
    /// Bytes of a record's value.
    pub value_len_max: u32,
    /// Records of one owner.
    pub records_max: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            block_len_max: 1 << 20,
            block_requests_max: 4096,
            request_len_max: 128 << 10,
            lifetime_ms_max: 24 * 3_600_000,
            key_len_max: 256,
            value_len_max: 64 << 10,
            records_max: 1_000_000,
        }
    }
}

impl Policy {
    /// The first limit that makes no sense, if there is one.
    #[must_use]
    pub fn fault(&self) -> Option<&'static str> {
        if !(1..=BLOCK_LEN_LIMIT).contains(&self.block_len_max) {
            return Some("block_len_max is not within 1 and 4194304");
        }
        if self.block_requests_max == 0 {
            return Some("block_requests_max is 0");
        }
        if self.request_len_max == 0 || self.request_len_max > self.block_len_max.saturating_sub(8)
        {
            return Some("request_len_max is 0 or does not fit into a block");
        }
        if self.key_len_max > 1 << 12 {
            return Some("key_len_max is over 4096");
        }
        None
    }

    /// The canonical bytes, as they stand in the state.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend_from_slice(&self.block_len_max.to_le_bytes());
        bytes.extend_from_slice(&self.block_requests_max.to_le_bytes());
        bytes.extend_from_slice(&self.request_len_max.to_le_bytes());
        bytes.extend_from_slice(&self.lifetime_ms_max.to_le_bytes());
        bytes.extend_from_slice(&self.key_len_max.to_le_bytes());
        bytes.extend_from_slice(&self.value_len_max.to_le_bytes());
        bytes.extend_from_slice(&self.records_max.to_le_bytes());
        bytes
    }

    /// Decodes the canonical bytes.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a policy.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("policy", MAGIC, bytes)?;
        let policy = Self {
            block_len_max: input.u32()?,
            block_requests_max: input.u32()?,
            request_len_max: input.u32()?,
            lifetime_ms_max: input.u64()?,
            key_len_max: input.u32()?,
            value_len_max: input.u32()?,
            records_max: input.u64()?,
        };
        input.finish()?;
        Ok(policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_survives_its_bytes_and_its_json() {
        let policy = Policy {
            block_len_max: 1,
            block_requests_max: 2,
            request_len_max: 3,
            lifetime_ms_max: 4,
            key_len_max: 5,
            value_len_max: 6,
            records_max: 7,
        };
        let bytes = policy.encode();
        let expected = [
            b"LPL1".as_slice(),
            &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0],
            &[5, 0, 0, 0, 6, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0],
        ];
        assert_eq!(bytes, expected.concat());
        assert_eq!(Policy::decode(&bytes), Ok(policy));
        let json = serde_json::to_string(&policy).unwrap();
        assert_eq!(serde_json::from_str::<Policy>(&json).unwrap(), policy);
    }

    #[test]
    fn what_is_left_out_has_its_default_and_what_is_unknown_is_refused() {
        let policy: Policy = serde_json::from_str("{\"records_max\":3}").unwrap();
        assert_eq!(
            policy,
            Policy {
                records_max: 3,
                ..Policy::default()
            }
        );
        assert_eq!(policy.fault(), None);
        assert!(serde_json::from_str::<Policy>("{\"record_max\":3}").is_err());
    }
}
