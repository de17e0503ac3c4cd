//! Records: keys with a value and an owner, in the state of the `domain` ledger.
//!
//! ```text
//! key    "record/r/" key          value  owner | value
//! key    "record/n/" user         value  number of records of the user u64; absent for none
//!
//! payload of application "record"
//! 1 | key length u16 | key | value           put: a new record of the sender, or a new value
//! 2 | key length u16 | key | user            transfer to another owner
//! 3 | key length u16 | key                   delete
//! ```

use serde::{Deserialize, Serialize};

#[cfg(feature = "node")]
use crate::action::Action;
use crate::hex;
use crate::names::Name;
use crate::wire::{FormError, Input, put_text};

/// Name of the application.
pub const APP: &str = "record";
/// The ledger that it writes to.
pub const LEDGER: &str = "domain";

/// A record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Who may change it.
    pub owner: Name,
    /// Its value.
    #[serde(with = "hex::vec")]
    pub value: Vec<u8>,
}

impl Record {
    /// The value in the state.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        put_text(&mut bytes, self.owner.as_str());
        bytes.extend_from_slice(&self.value);
        bytes
    }

    /// Decodes a value of the state.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a record.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("record", &[], bytes)?;
        Ok(Self {
            owner: input.text("owner")?,
            value: input.rest().to_vec(),
        })
    }
}

/// The state key of a record, within the application's own.
pub(crate) fn record_key(key: &[u8]) -> Vec<u8> {
    [b"r/", key].concat()
}

/// The state key of a user's number of records, within the application's own.
#[cfg(feature = "node")]
pub(crate) fn count_key(owner: &Name) -> Vec<u8> {
    [b"n/", owner.as_str().as_bytes()].concat()
}

/// The state key of a record in the `domain` ledger.
#[must_use]
pub fn state_key(key: &[u8]) -> Vec<u8> {
    [APP.as_bytes(), b"/", &record_key(key)].concat()
}

/// What the application does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "op")]
pub enum Operation {
    /// Makes a record of the sender, or gives one of theirs a new value.
    Put {
        /// The key.
        #[serde(with = "hex::vec")]
        key: Vec<u8>,
        /// The value.
        #[serde(with = "hex::vec")]
        value: Vec<u8>,
    },
    /// Gives a record to another owner.
    Transfer {
        /// The key.
        #[serde(with = "hex::vec")]
        key: Vec<u8>,
        /// The new owner.
        to: Name,
    },
    /// Removes a record.
    Delete {
        /// The key.
        #[serde(with = "hex::vec")]
        key: Vec<u8>,
    },
}

impl Operation {
    /// The key of the record.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        match self {
            Self::Put { key, .. } | Self::Transfer { key, .. } | Self::Delete { key } => key,
        }
    }

    /// Which action it is, by the first byte of its payload.
    #[cfg(feature = "node")]
    pub(crate) const fn action_of(code: u8) -> Option<Action> {
        match code {
            1 => Some(Action::Put),
            2 => Some(Action::Transfer),
            3 => Some(Action::Delete),
            _ => None,
        }
    }

    /// The payload of a request. The key has at most 65,535 bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let code = match self {
            Self::Put { .. } => 1,
            Self::Transfer { .. } => 2,
            Self::Delete { .. } => 3,
        };
        let mut bytes = vec![code];
        let len = u16::try_from(self.key().len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&len.to_le_bytes());
        bytes.extend_from_slice(self.key());
        match self {
            Self::Put { value, .. } => bytes.extend_from_slice(value),
            Self::Transfer { to, .. } => put_text(&mut bytes, to.as_str()),
            Self::Delete { .. } => {}
        }
        bytes
    }

    /// Decodes the payload of a request.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being an operation.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("record operation", &[], bytes)?;
        let code = input.u8()?;
        let len = u16::from_le_bytes(input.array()?);
        let key = input.take(usize::from(len))?.to_vec();
        let operation = match code {
            1 => Self::Put {
                key,
                value: input.rest().to_vec(),
            },
            2 => Self::Transfer {
                key,
                to: input.text("owner")?,
            },
            3 => Self::Delete { key },
            _ => return Err(input.field("operation", 0)),
        };
        input.finish()?;
        Ok(operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn operations_have_one_form() {
        let put = Operation::Put {
            key: b"k".to_vec(),
            value: b"v1".to_vec(),
        };
        let transfer = Operation::Transfer {
            key: b"k".to_vec(),
            to: "bob".parse().unwrap(),
        };
        let delete = Operation::Delete { key: b"k".to_vec() };
        let cases: [(_, &[u8]); 3] = [
            (put, b"\x01\x01\0kv1"),
            (transfer, b"\x02\x01\0k\x03bob"),
            (delete, b"\x03\x01\0k"),
        ];
        for (operation, bytes) in cases {
            assert_eq!(operation.encode(), bytes);
            assert_eq!(Operation::decode(bytes), Ok(operation));
        }
        for bytes in [
            b"".as_slice(),
            b"\x04\x01\0k",
            b"\x03\x02\0k",
            b"\x03\x01\0kk",
        ] {
            assert!(Operation::decode(bytes).is_err());
        }
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(bytes in prop::collection::vec(any::<u8>(), 0..12)) {
            if let Ok(operation) = Operation::decode(&bytes) {
                prop_assert_eq!(operation.encode(), bytes);
            }
        }
    }
}
