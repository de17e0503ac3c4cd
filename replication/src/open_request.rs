//! Requests that wait for agreement, as they stand in the state (FORMAT.md section 15).
//!
//! ```text
//! key    "member/e/" request id
//! value  application | sender | expires u64 | rule | agreed | payload
//!        agreed: for each party of the rule, the user who agreed, or an empty name
//! ```

use serde::{Deserialize, Serialize};

use crate::hex;
use crate::names::Name;
use crate::rule::{Agreement, Rule};
use crate::wire::{FormError, Input, put_text};

/// A request that is done once enough parties have agreed to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenRequest {
    /// Its application.
    pub app: Name,
    /// Who sent it.
    pub sender: Name,
    /// The height of the last block in which it may be done.
    pub expires: u64,
    /// The rule of its action when it was sent.
    pub rule: Rule,
    /// For each party of the rule, the user who agreed.
    pub agreed: Vec<Option<Name>>,
    /// What it asks.
    #[serde(with = "hex::vec")]
    pub payload: Vec<u8>,
}

impl OpenRequest {
    /// How many have agreed.
    #[must_use]
    pub fn agreements(&self) -> usize {
        self.agreed.iter().flatten().count()
    }

    /// Whether enough have agreed.
    #[must_use]
    pub fn is_agreed(&self) -> bool {
        let needed = self.rule.agreement.as_ref().map_or(0, Agreement::needed);
        self.agreements() >= usize::from(needed)
    }

    /// The value in the state.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(256 + self.payload.len());
        put_text(&mut bytes, self.app.as_str());
        put_text(&mut bytes, self.sender.as_str());
        bytes.extend_from_slice(&self.expires.to_le_bytes());
        bytes.extend_from_slice(&self.rule.encode());
        for user in &self.agreed {
            put_text(&mut bytes, user.as_ref().map_or("", Name::as_str));
        }
        bytes.extend_from_slice(&self.payload);
        bytes
    }

    /// Decodes a value of the state.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a request that waits.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("request that waits", &[], bytes)?;
        let (app, sender) = (input.text("application")?, input.text("sender")?);
        let (expires, at) = (input.u64()?, input.at());
        let rule = Rule::read(&mut input)?;
        let agreement = rule.agreement.as_ref();
        let agreement = agreement.ok_or_else(|| input.field("rule", at))?;
        let mut agreed = Vec::with_capacity(agreement.parties().len());
        for _ in agreement.parties() {
            let at = input.at();
            let user: String = input.text("user")?;
            agreed.push(match user.as_str() {
                "" => None,
                user => Some(user.parse().map_err(|_| input.field("user", at))?),
            });
        }
        Ok(Self {
            app,
            sender,
            expires,
            rule,
            agreed,
            payload: input.rest().to_vec(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    #[test]
    fn survives_its_bytes_and_its_json() {
        let of = ["user:a", "user:b", "org:c"].map(|party| party.parse().unwrap());
        let rule = Rule {
            agreement: Some(Agreement::new(2, of, 7).unwrap()),
            ..Rule::of(Role::Admin)
        };
        let mut open = OpenRequest {
            app: "record".parse().unwrap(),
            sender: "a".parse().unwrap(),
            expires: 9,
            rule: rule.clone(),
            agreed: vec![None, Some("b".parse().unwrap()), None],
            payload: b"p".to_vec(),
        };
        let expected = [
            b"\x06record\x01a\x09\0\0\0\0\0\0\0".as_slice(),
            &rule.encode(),
            b"\0\x01b\0p",
        ]
        .concat();
        assert_eq!(open.encode(), expected);
        assert_eq!(OpenRequest::decode(&expected), Ok(open.clone()));
        let json = serde_json::to_string(&open).unwrap();
        assert_eq!(serde_json::from_str::<OpenRequest>(&json).unwrap(), open);
        assert!(!open.is_agreed());
        open.agreed[2] = Some("d".parse().unwrap());
        assert!(open.is_agreed());
        open.rule.agreement = None;
        assert!(OpenRequest::decode(&open.encode()).is_err());
    }
}
