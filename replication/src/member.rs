//! Users as they stand in the state of the `config` ledger, and the requests that change them.
//!
//! ```text
//! key    "member/u/" user
//! value  Ed25519 key 32 | roles u32
//!
//! payload of application "member"
//! 1 | user | Ed25519 key 32 | roles u32        enrol
//! ```

use serde::{Deserialize, Serialize};

use crate::keys::Ed25519Key;
use crate::names::Name;
use crate::role::Roles;
use crate::wire::{FormError, Input, put_text};

/// Name of the application that enrols users.
pub const APP: &str = "member";
/// The ledger that it writes to.
pub const LEDGER: &str = "config";

const ENROL: &[u8] = &[1];

/// What is known of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The key that signs the user's requests.
    pub ed25519: Ed25519Key,
    /// What the user may do.
    pub roles: Roles,
}

impl Member {
    /// The value in the state.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.ed25519.as_bytes().to_vec();
        bytes.extend_from_slice(&self.roles.bits().to_le_bytes());
        bytes
    }

    /// Decodes a value of the state.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a member.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("member", &[], bytes)?;
        let member = Self::read(&mut input)?;
        input.finish()?;
        Ok(member)
    }

    fn read(input: &mut Input<'_>) -> Result<Self, FormError> {
        let ed25519 = Ed25519Key::new(input.array()?);
        let at = input.at();
        let roles = Roles::from_bits(input.u32()?).ok_or_else(|| input.field("roles", at))?;
        Ok(Self { ed25519, roles })
    }
}

/// The state key of a user, within the application's own.
pub(crate) fn user_key(user: &Name) -> Vec<u8> {
    [b"u/", user.as_str().as_bytes()].concat()
}

/// The state key of a user in the `config` ledger.
#[must_use]
pub fn state_key(user: &Name) -> Vec<u8> {
    [APP.as_bytes(), b"/", &user_key(user)].concat()
}

/// What the application does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "op")]
pub enum Operation {
    /// A new user.
    Enrol {
        /// Its name.
        user: Name,
        /// Its key and roles.
        #[serde(flatten)]
        member: Member,
    },
}

impl Operation {
    /// The payload of a request.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let Self::Enrol { user, member } = self;
        let mut bytes = ENROL.to_vec();
        put_text(&mut bytes, user.as_str());
        bytes.extend_from_slice(&member.encode());
        bytes
    }

    /// Decodes the payload of a request.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being an operation.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("member operation", ENROL, bytes)?;
        let user = input.text("user")?;
        let member = Member::read(&mut input)?;
        input.finish()?;
        Ok(Self::Enrol { user, member })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;

    #[test]
    fn an_enrolment_has_one_form() {
        let member = Member {
            ed25519: Ed25519Key::new([7; 32]),
            roles: [Role::ContractInvoker].into_iter().collect(),
        };
        let user: Name = "dora".parse().unwrap();
        let operation = Operation::Enrol { user, member };
        let bytes = operation.encode();
        let expected = [b"\x01\x04dora".as_slice(), &[7; 32], &[2, 0, 0, 0]].concat();
        assert_eq!(bytes, expected);
        assert_eq!(Operation::decode(&bytes), Ok(operation));
        for len in 0..bytes.len() {
            assert!(Operation::decode(&bytes[..len]).is_err());
        }
        let mut unknown_role = bytes;
        *unknown_role.last_mut().unwrap() = 1;
        assert!(Operation::decode(&unknown_role).is_err());
    }
}
