//! Genesis files of Hyperledger Indy Plenum: JSON transactions, one a line.
//!
//! Plenum keeps a transaction as MessagePack with the keys of its objects in order, and those
//! bytes are the leaf of its ledger's tree. Invariants that make the roots equal:
//!
//! - keys are sorted by code point, in the transaction, in objects within it and in objects in
//!   lists; a list within a list is kept as it was written;
//! - integers take the shortest form, other numbers are 64-bit floats, text is text;
//! - `txnMetadata.seqNo` is the leaf index + 1, and is set where it is missing.

mod state;

use std::fmt;
use std::io::{BufRead, Read};

use merkle_log::LeafIndex;
use rmpv::Value;
use serde::de::{Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::batch::{Batch, ENTRY_LEN_MAX};
use crate::error::Error;
use crate::store::{Commit, Store};

/// Objects and lists may be nested this deep.
const DEPTH_MAX: usize = 64;

/// A line that is no transaction.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The line is not UTF-8.
    #[error("not UTF-8 at byte {at}")]
    NotUtf8 {
        /// Where it stops being UTF-8.
        at: usize,
    },
    /// The line is not JSON.
    #[error("not JSON: {0}")]
    NotJson(#[from] serde_json::Error),
    /// The line is JSON, but something in it has another type than Plenum gives it.
    #[error("{what} is not an object")]
    NotAnObject {
        /// What is not an object.
        what: &'static str,
    },
    /// An object has a key twice, so that its meaning depends on the reader.
    #[error("the key {key:?} stands twice in one object")]
    DuplicateKey {
        /// The key.
        key: String,
    },
    /// Objects and lists are nested deeper than any transaction is.
    #[error("nested deeper than {DEPTH_MAX} levels")]
    TooDeep,
    /// A number that MessagePack cannot hold.
    #[error("the number {text} fits neither 64 bits nor a finite float")]
    Number {
        /// The number as it stands there.
        text: String,
    },
    /// The transaction says that it belongs elsewhere.
    #[error("txnMetadata.seqNo is {found}, expected {expected}")]
    SeqNo {
        /// The number of its place.
        expected: u64,
        /// The number it has.
        found: String,
    },
    /// The transaction lacks what its write into the state is made of, or has it as another type.
    #[error("{what} is missing or is not text")]
    NotText {
        /// What is to be text.
        what: &'static str,
    },
    /// The transaction is of a type whose writes into the state are not known here.
    #[error("transactions of type {found} write into the state in ways not known here")]
    OtherType {
        /// The type it has.
        found: String,
    },
    /// The value that the state has for the transaction's key is none of Plenum's.
    #[error("the state's value for the transaction's key is none of Plenum's")]
    StateValue,
}

/// A transaction at its place in a ledger.
#[derive(Clone, Debug)]
pub struct Transaction {
    members: Members,
}

/// Members of an object, by key.
type Members = Vec<(Value, Value)>;

impl Transaction {
    /// Reads a transaction that is to stand at `index`.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub fn parse(json: &[u8], index: LeafIndex) -> Result<Self, TransactionError> {
        let mut members = object_of(json)?.ok_or(TransactionError::NotAnObject {
            what: "the transaction",
        })?;
        number(&mut members, index)?;
        Ok(Self { members })
    }

    /// The leaf bytes.
    #[must_use]
    pub fn leaf(&self) -> Vec<u8> {
        let mut leaf = Vec::new();
        // Writing to a vector does not fail.
        let _ = rmpv::encode::write_value(&mut leaf, &Value::Map(self.members.clone()));
        leaf
    }
}

/// Reads a JSON object, its keys in order; `None` where it is something else.
fn object_of(json: &[u8]) -> Result<Option<Members>, TransactionError> {
    let json = std::str::from_utf8(json).map_err(|e| TransactionError::NotUtf8 {
        at: e.valid_up_to(),
    })?;
    let raw: &RawValue = serde_json::from_str(json)?;
    Ok(match value(raw, Keys::Sorted, DEPTH_MAX)? {
        Value::Map(members) => Some(members),
        _ => None,
    })
}

/// The leaf bytes of a transaction that is to stand at `index`.
///
/// # Errors
/// [`TransactionError`].
pub fn transaction_leaf(json: &[u8], index: LeafIndex) -> Result<Vec<u8>, TransactionError> {
    Ok(Transaction::parse(json, index)?.leaf())
}

/// Sets `txnMetadata.seqNo`, or checks it.
fn number(members: &mut Members, index: LeafIndex) -> Result<(), TransactionError> {
    let expected = index.0.saturating_add(1);
    let Value::Map(metadata) = member(members, "txnMetadata", || Value::Map(Vec::new())) else {
        return Err(TransactionError::NotAnObject {
            what: "txnMetadata",
        });
    };
    let seq_no = member(metadata, "seqNo", || Value::Nil);
    if seq_no.is_nil() {
        *seq_no = expected.into();
    }
    if seq_no.as_u64() == Some(expected) {
        return Ok(());
    }
    Err(TransactionError::SeqNo {
        expected,
        found: seq_no.to_string().chars().take(40).collect(),
    })
}

/// The member of that name; a missing one is put where it belongs in order of keys.
fn member<'a>(
    members: &'a mut Members,
    name: &str,
    missing: impl FnOnce() -> Value,
) -> &'a mut Value {
    let at = match members.binary_search_by(|(key, _)| key.as_str().cmp(&Some(name))) {
        Ok(at) => at,
        Err(at) => {
            members.insert(at, (name.into(), missing()));
            at
        }
    };
    #[allow(clippy::indexing_slicing, reason = "found or inserted there")]
    &mut members[at].1
}

/// In which order the members of objects go.
#[derive(Clone, Copy)]
enum Keys {
    Sorted,
    AsWritten,
}

fn value(raw: &RawValue, keys: Keys, depth: usize) -> Result<Value, TransactionError> {
    let text = raw.get();
    let depth = depth.checked_sub(1).ok_or(TransactionError::TooDeep)?;
    Ok(match text.as_bytes().first() {
        Some(b'{') => Value::Map(object(text, keys, depth)?),
        Some(b'[') => {
            let items = serde_json::Deserializer::from_str(text).deserialize_seq(Items)?;
            let items = items.into_iter().map(|item| {
                let list_in_list = item.get().starts_with('[');
                let keys = if list_in_list { Keys::AsWritten } else { keys };
                value(item, keys, depth)
            });
            Value::Array(items.collect::<Result<_, _>>()?)
        }
        Some(b'"') => Value::from(serde_json::from_str::<String>(text)?),
        Some(b't' | b'f') => Value::from(serde_json::from_str::<bool>(text)?),
        Some(b'n') => Value::Nil,
        _ => numeral(text)?,
    })
}

fn object(text: &str, keys: Keys, depth: usize) -> Result<Members, TransactionError> {
    let members = serde_json::Deserializer::from_str(text).deserialize_map(InOrder)?;
    let mut order: Vec<usize> = (0..members.len()).collect();
    let key = |i: &usize| members.get(*i).map(|(key, _)| key.as_str());
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    let twice = order.windows(2).find_map(|pair| match pair {
        [a, b] if key(a) == key(b) => key(a),
        _ => None,
    });
    if let Some(key) = twice {
        let key = key.chars().take(40).collect();
        return Err(TransactionError::DuplicateKey { key });
    }
    if matches!(keys, Keys::AsWritten) {
        order.sort_unstable();
    }
    let members = order.into_iter().filter_map(|i| members.get(i));
    members
        .map(|(name, raw)| Ok((name.as_str().into(), value(raw, keys, depth)?)))
        .collect()
}

/// Integers where the text has neither fraction nor exponent, as Python reads JSON.
fn numeral(text: &str) -> Result<Value, TransactionError> {
    let integer = !text.contains(['.', 'e', 'E']);
    let read = if integer {
        let positive = text.parse::<u64>().map(Value::from);
        positive
            .or_else(|_| text.parse::<i64>().map(Value::from))
            .ok()
    } else {
        let float = text.parse::<f64>().ok();
        float.filter(|float| float.is_finite()).map(Value::from)
    };
    read.ok_or_else(|| TransactionError::Number {
        text: text.chars().take(40).collect(),
    })
}

struct InOrder;

impl<'de> Visitor<'de> for InOrder {
    type Value = Vec<(String, &'de RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = access.next_entry()? {
            members.push(member);
        }
        Ok(members)
    }
}

struct Items;

impl<'de> Visitor<'de> for Items {
    type Value = Vec<&'de RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(items)
    }
}

impl Store {
    /// Loads a Plenum genesis file into an empty ledger, in one commit: all of it or nothing.
    ///
    /// # Errors
    /// [`Error::NotEmpty`] where the ledger has entries; [`Error::Input`] for a line that is no
    /// transaction, or for a file without any; [`Error::NoSuchLedger`]; `Io` of
    /// [`hash_store::Error`] where `input` cannot be read; otherwise as [`Store::commit`].
    pub fn load_plenum_genesis(
        &self,
        ledger: &str,
        input: impl BufRead,
        time_ms: u64,
    ) -> crate::Result<Commit> {
        self.load_genesis(ledger, input, time_ms, |_, _| Ok(()))
    }

    /// As [`Store::load_plenum_genesis`], and writes into the ledger's state what Plenum's pool and
    /// domain handlers do: a ledger whose state has the suite SHA3-256 and keys as given comes to
    /// Plenum's state root.
    ///
    /// # Errors
    /// As [`Store::load_plenum_genesis`], also for transactions of other types than NODE and NYM;
    /// [`Error::NoState`]; [`Error::State`].
    pub fn load_plenum_genesis_with_state(
        &self,
        ledger: &str,
        input: impl BufRead,
        time_ms: u64,
    ) -> crate::Result<Commit> {
        self.snapshot().state(ledger)?;
        self.load_genesis(ledger, input, time_ms, |batch, transaction| {
            let key = transaction.state_key()?;
            let before = batch.get(ledger, &key)?;
            let value = transaction.state_value(before.as_deref())?;
            Ok(batch.put(ledger, key, value)?)
        })
    }

    fn load_genesis(
        &self,
        ledger: &str,
        mut input: impl BufRead,
        time_ms: u64,
        write: impl Fn(&mut Batch, &Transaction) -> Result<(), Refused>,
    ) -> crate::Result<Commit> {
        let mut batch = self.batch();
        let size = self.snapshot().ledger(ledger)?.size();
        if size.0 != 0 {
            return Err(Error::NotEmpty {
                name: ledger.to_owned(),
                size: size.0,
            });
        }
        let mut text = Vec::new();
        for line in 1.. {
            text.clear();
            let mut limited = (&mut input).take(ENTRY_LEN_MAX as u64 + 1);
            let len = limited.read_until(b'\n', &mut text);
            let len = len.map_err(|source| hash_store::Error::Io {
                op: "read",
                file: "the genesis file".to_owned(),
                source,
            })?;
            if len == 0 {
                break;
            }
            if len > ENTRY_LEN_MAX {
                return Err(Error::EntryTooLarge {
                    len,
                    limit: ENTRY_LEN_MAX,
                });
            }
            let refused = |refused| match refused {
                Refused::Transaction(e) => Error::Input {
                    line,
                    reason: e.to_string(),
                },
                Refused::Store(error) => error,
            };
            let transaction = Transaction::parse(&text, LeafIndex(line - 1));
            let transaction = transaction.map_err(|e| refused(e.into()))?;
            // The batch stays on the tip that it was made on: a later one makes it stale.
            batch.append(ledger, transaction.leaf())?;
            write(&mut batch, &transaction).map_err(refused)?;
        }
        if batch.is_empty() {
            return Err(Error::Input {
                line: 1,
                reason: "there is no transaction".to_owned(),
            });
        }
        self.commit(batch.seal(time_ms, b"")?)
    }
}

/// Why a line of a genesis file is not loaded.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Transaction(#[from] TransactionError),
    #[error(transparent)]
    Store(#[from] Error),
}
