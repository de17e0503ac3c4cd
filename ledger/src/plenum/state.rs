//! What genesis transactions write into Plenum's states.
//!
//! Invariants that make the roots equal:
//!
//! - a NODE transaction writes under the node's `dest`, as ASCII; its value is the node's data so
//!   far, with what the transaction brings in place of what was there, and `identifier`, the author
//!   of the first one;
//! - a NYM transaction writes under the SHA-256 of the DID; its value is `identifier` (the author of
//!   the first one), `role`, `verkey`, `seqNo` and `txnTime`;
//! - values are JSON with the keys of all objects in order and no spaces, and the trie holds
//!   `rlp([value])`.

use std::collections::BTreeMap;

use patricia_state::plenum::{decode_value, encode_value};
use rmpv::Value;
use sha2::{Digest as _, Sha256};

use super::{Members, Transaction, TransactionError, object_of};

const NODE: &str = "0";
const NYM: &str = "1";

/// A value of the state before it is written: members by name.
type StateMembers = BTreeMap<String, Value>;

impl Transaction {
    /// The key of the state that this transaction writes.
    ///
    /// # Errors
    /// [`TransactionError::OtherType`]; [`TransactionError::NotAnObject`] and
    /// [`TransactionError::NotText`] where something is missing or of another type than Plenum
    /// gives it.
    pub fn state_key(&self) -> Result<Vec<u8>, TransactionError> {
        let dest = find(self.data()?, "dest").and_then(Value::as_str);
        let dest = dest.ok_or(TransactionError::NotText {
            what: "txn.data.dest",
        })?;
        Ok(match self.kind()? {
            Kind::Node => dest.as_bytes().to_vec(),
            Kind::Nym => Sha256::digest(dest.as_bytes()).to_vec(),
        })
    }

    /// The value that the trie has under that key after the transaction; `before` is the one it had.
    ///
    /// # Errors
    /// As [`Transaction::state_key`]; [`TransactionError::StateValue`] where `before` is no value
    /// that Plenum writes.
    pub fn state_value(&self, before: Option<&[u8]>) -> Result<Vec<u8>, TransactionError> {
        let mut members = before.map(members_of).transpose()?.unwrap_or_default();
        let is_new = members.is_empty();
        if is_new {
            members.insert("identifier".to_owned(), self.author()?);
        }
        match self.kind()? {
            Kind::Node => {
                let what = "txn.data.data";
                let brought = match find(self.data()?, "data") {
                    None => &Members::new(),
                    Some(Value::Map(brought)) => brought,
                    Some(_) => return Err(TransactionError::NotAnObject { what }),
                };
                for (name, value) in brought {
                    members.insert(name.as_str().unwrap_or_default().to_owned(), value.clone());
                }
            }
            Kind::Nym => {
                for name in ["role", "verkey"] {
                    let missing = is_new.then_some(Value::Nil);
                    let brought = find(self.data()?, name).cloned().or(missing);
                    members.extend(brought.map(|value| (name.to_owned(), value)));
                }
                for name in ["seqNo", "txnTime"] {
                    let value = self.metadata(name).cloned().unwrap_or(Value::Nil);
                    members.insert(name.to_owned(), value);
                }
            }
        }
        let members = members
            .into_iter()
            .map(|(name, value)| (name.into(), value));
        let mut json = String::new();
        put_json(&mut json, &Value::Map(members.collect()));
        Ok(encode_value(json.as_bytes()))
    }

    fn txn(&self) -> Result<&Members, TransactionError> {
        map(&self.members, "txn", "txn")
    }

    fn data(&self) -> Result<&Members, TransactionError> {
        map(self.txn()?, "data", "txn.data")
    }

    fn kind(&self) -> Result<Kind, TransactionError> {
        let found = find(self.txn()?, "type");
        match found.and_then(Value::as_str) {
            Some(NODE) => Ok(Kind::Node),
            Some(NYM) => Ok(Kind::Nym),
            _ => {
                let found = found.unwrap_or(&Value::Nil).to_string();
                let found = found.chars().take(40).collect();
                Err(TransactionError::OtherType { found })
            }
        }
    }

    /// Who sent the transaction; null in a genesis that does not say so.
    fn author(&self) -> Result<Value, TransactionError> {
        let metadata = map(self.txn()?, "metadata", "txn.metadata")?;
        Ok(find(metadata, "from").cloned().unwrap_or(Value::Nil))
    }

    fn metadata(&self, name: &str) -> Option<&Value> {
        match find(&self.members, "txnMetadata") {
            Some(Value::Map(metadata)) => find(metadata, name),
            _ => None,
        }
    }
}

/// The kinds of transactions in genesis files of pool and domain ledgers.
#[derive(Clone, Copy)]
enum Kind {
    Node,
    Nym,
}

fn find<'a>(members: &'a Members, name: &str) -> Option<&'a Value> {
    let found = members.iter().find(|(key, _)| key.as_str() == Some(name));
    found.map(|(_, value)| value)
}

fn map<'a>(
    members: &'a Members,
    name: &str,
    what: &'static str,
) -> Result<&'a Members, TransactionError> {
    match find(members, name) {
        Some(Value::Map(members)) => Ok(members),
        _ => Err(TransactionError::NotAnObject { what }),
    }
}

/// The members of a value that the trie has.
fn members_of(stored: &[u8]) -> Result<StateMembers, TransactionError> {
    let unknown = |_| TransactionError::StateValue;
    let json = decode_value(stored).map_err(unknown)?;
    let members = object_of(json).map_err(|_| TransactionError::StateValue)?;
    let members = members.ok_or(TransactionError::StateValue)?.into_iter();
    let named = members.map(|(name, value)| (name.as_str().unwrap_or_default().to_owned(), value));
    Ok(named.collect())
}

/// Appends a value as Plenum writes JSON: keys in order at every depth, no spaces, only what has to
/// be escaped.
fn put_json(json: &mut String, value: &Value) {
    match value {
        Value::Map(members) => {
            let mut members: Vec<(&str, &Value)> = members
                .iter()
                .map(|(name, value)| (name.as_str().unwrap_or_default(), value))
                .collect();
            members.sort_by_key(|(name, _)| *name);
            json.push('{');
            for (i, (name, value)) in members.into_iter().enumerate() {
                if i > 0 {
                    json.push(',');
                }
                put_text(json, name);
                json.push(':');
                put_json(json, value);
            }
            json.push('}');
        }
        Value::Array(items) => {
            json.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    json.push(',');
                }
                put_json(json, item);
            }
            json.push(']');
        }
        Value::String(text) => put_text(json, text.as_str().unwrap_or_default()),
        Value::Boolean(yes) => json.push_str(if *yes { "true" } else { "false" }),
        Value::Integer(integer) => json.push_str(&integer.to_string()),
        Value::F64(float) => json.push_str(&python_float(*float)),
        // JSON brings no other values.
        _ => json.push_str("null"),
    }
}

fn put_text(json: &mut String, text: &str) {
    // Text is always written.
    json.push_str(&serde_json::to_string(text).unwrap_or_default());
}

/// The shortest digits that lead back, in Python's notation: an exponent of two digits or more from
/// 1e16 up and below 1e-4.
fn python_float(float: f64) -> String {
    let scientific = format!("{float:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..16).contains(&exponent) {
        return format!("{float:?}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_as_python_writes_them() {
        for (float, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (0.1, "0.1"),
            (1.5e3, "1500.0"),
            (1e15, "1000000000000000.0"),
            (1e16, "1e+16"),
            (1.25e17, "1.25e+17"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (2.5e-7, "2.5e-07"),
            (-1e100, "-1e+100"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(python_float(float), text);
        }
    }

    #[test]
    fn json_as_plenum_writes_it() {
        let file = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../tests/vectors/plenum/serialization.json"
        );
        let file: serde_json::Value =
            serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        let cases = file["cases"].as_array().unwrap();
        for case in cases {
            let input = case["input"].to_string();
            let members = object_of(input.as_bytes()).unwrap().unwrap();
            let mut json = String::new();
            put_json(&mut json, &Value::Map(members));
            assert_eq!(json, case["json_utf8"], "{input}");
        }
        assert!(cases.len() > 9);
        let mut json = String::new();
        put_text(&mut json, "\u{1}\u{8}\u{c}\r\u{7f}/\u{e9}");
        assert_eq!(json, "\"\\u0001\\b\\f\\r\u{7f}/\u{e9}\"");
    }
}
