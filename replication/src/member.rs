//! Users, organisations and rules as they stand in the state of the `config` ledger, and the
//! requests that change them (FORMAT.md section 15).
//!
//! ```text
//! key    "member/u/" user          value  Ed25519 key 32 | roles u32 [ | organisation ]
//! key    "member/o/" organisation  value  1
//! key    "member/p/" action        value  rule
//!
//! payload of application "member"
//! 1 | user | Ed25519 key 32 | roles u32 [ | organisation ]     a new user
//! 2 | user | roles u32                                         gives roles
//! 3 | user | roles u32                                         takes roles
//! 4 | organisation                                             a new organisation
//! 5 | action | rule                                            who may, and who must agree
//! 6 | request id 32                                            agrees to a request that waits
//! ```

use serde::{Deserialize, Serialize};

use crate::action::Action;
use crate::keys::Ed25519Key;
use crate::names::{Name, RequestId};
use crate::role::Roles;
use crate::rule::Rule;
use crate::wire::{FormError, Input, put_text};

/// Name of the application.
pub const APP: &str = "member";
/// The ledger that it writes to.
pub const LEDGER: &str = "config";

/// What stands at the key of an organisation.
#[cfg(feature = "node")]
pub(crate) const ORGANISATION: &[u8] = &[1];

/// What is known of a user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The key that signs the user's requests.
    pub ed25519: Ed25519Key,
    /// What the user may do.
    pub roles: Roles,
    /// Where the user belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Name>,
}

impl Member {
    /// The value in the state.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.ed25519.as_bytes().to_vec();
        bytes.extend_from_slice(&self.roles.bits().to_le_bytes());
        if let Some(organisation) = &self.organisation {
            put_text(&mut bytes, organisation.as_str());
        }
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
        let roles = read_roles(input)?;
        let organisation = match input.is_at_end() {
            true => None,
            false => Some(input.text("organisation")?),
        };
        Ok(Self {
            ed25519,
            roles,
            organisation,
        })
    }
}

fn read_roles(input: &mut Input<'_>) -> Result<Roles, FormError> {
    let at = input.at();
    Roles::from_bits(input.u32()?).ok_or_else(|| input.field("roles", at))
}

/// What can be asked of the application, and what stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A user: [`Member`].
    User(Name),
    /// An organisation: 1.
    Organisation(Name),
    /// The rule of an action: [`Rule`]; [`Action::role`] alone is needed where there is none.
    Rule(Action),
    /// A request that waits for agreement: [`OpenRequest`](crate::OpenRequest).
    Open(RequestId),
}

impl Place {
    /// The state key within the application's own, and the query for it.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        let (kind, rest) = match self {
            Self::User(name) => (b"u/", name.as_str().as_bytes()),
            Self::Organisation(name) => (b"o/", name.as_str().as_bytes()),
            Self::Rule(action) => (b"p/", action.name().as_bytes()),
            Self::Open(request) => (b"e/", request.as_bytes().as_slice()),
        };
        [kind, rest].concat()
    }

    /// The state key in the `config` ledger.
    #[must_use]
    pub fn state_key(&self) -> Vec<u8> {
        [APP.as_bytes(), b"/", &self.key()].concat()
    }

    /// The place of a key within the application's own.
    #[must_use]
    pub fn from_key(key: &[u8]) -> Option<Self> {
        let (kind, rest) = key.split_at_checked(2)?;
        let text = || str::from_utf8(rest).ok();
        match kind {
            b"u/" => Some(Self::User(text()?.parse().ok()?)),
            b"o/" => Some(Self::Organisation(text()?.parse().ok()?)),
            b"p/" => Some(Self::Rule(text()?.parse().ok()?)),
            b"e/" => Some(Self::Open(RequestId::new(rest.try_into().ok()?))),
            _ => None,
        }
    }
}

/// The state key of a user in the `config` ledger.
#[must_use]
pub fn state_key(user: &Name) -> Vec<u8> {
    Place::User(user.clone()).state_key()
}

/// What the application does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "op")]
pub enum Operation {
    /// A new user.
    AddUser {
        /// Its name.
        user: Name,
        /// Its key, roles and organisation.
        #[serde(flatten)]
        member: Member,
    },
    /// Gives a user roles, besides those that it has.
    Grant {
        /// The user.
        user: Name,
        /// The roles.
        roles: Roles,
    },
    /// Takes roles from a user, if it has them.
    Revoke {
        /// The user.
        user: Name,
        /// The roles.
        roles: Roles,
    },
    /// A new organisation.
    AddOrg {
        /// Its name.
        organisation: Name,
    },
    /// Says who may do something from now on, and who must agree to it.
    Policy {
        /// What.
        action: Action,
        /// Who.
        #[serde(flatten)]
        rule: Rule,
    },
    /// Agrees to a request that waits for it.
    Agree {
        /// The request.
        request: RequestId,
    },
}

impl Operation {
    /// Which action it is; none for an agreement, which takes what the rule of the request says.
    #[must_use]
    pub const fn action(&self) -> Option<Action> {
        match self {
            Self::AddUser { .. } => Some(Action::AddUser),
            Self::Grant { .. } => Some(Action::Grant),
            Self::Revoke { .. } => Some(Action::Revoke),
            Self::AddOrg { .. } => Some(Action::AddOrganisation),
            Self::Policy { .. } => Some(Action::SetRule),
            Self::Agree { .. } => None,
        }
    }

    /// The payload of a request.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let named = |code: u8, name: &str| {
            let mut bytes = vec![code];
            put_text(&mut bytes, name);
            bytes
        };
        let followed = |mut bytes: Vec<u8>, rest: &[u8]| {
            bytes.extend_from_slice(rest);
            bytes
        };
        match self {
            Self::AddUser { user, member } => followed(named(1, user.as_str()), &member.encode()),
            Self::Grant { user, roles } => {
                followed(named(2, user.as_str()), &roles.bits().to_le_bytes())
            }
            Self::Revoke { user, roles } => {
                followed(named(3, user.as_str()), &roles.bits().to_le_bytes())
            }
            Self::AddOrg { organisation } => named(4, organisation.as_str()),
            Self::Policy { action, rule } => followed(named(5, action.name()), &rule.encode()),
            Self::Agree { request } => followed(vec![6], request.as_bytes()),
        }
    }

    /// Decodes the payload of a request.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being an operation.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("member operation", &[], bytes)?;
        let operation = match input.u8()? {
            1 => Self::AddUser {
                user: input.text("user")?,
                member: Member::read(&mut input)?,
            },
            2 => Self::Grant {
                user: input.text("user")?,
                roles: read_roles(&mut input)?,
            },
            3 => Self::Revoke {
                user: input.text("user")?,
                roles: read_roles(&mut input)?,
            },
            4 => Self::AddOrg {
                organisation: input.text("organisation")?,
            },
            5 => Self::Policy {
                action: input.text("action")?,
                rule: Rule::read(&mut input)?,
            },
            6 => Self::Agree {
                request: RequestId::new(input.array()?),
            },
            _ => return Err(input.field("operation", 0)),
        };
        input.finish()?;
        Ok(operation)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::role::Role;
    use crate::rule::Agreement;
    use proptest::prelude::*;

    fn operations() -> Vec<(Operation, Vec<u8>)> {
        let user: Name = "dora".parse().unwrap();
        let organisation: Name = "bank".parse().unwrap();
        let roles: Roles = [Role::ContractInvoker].into_iter().collect();
        let member = |organisation| Member {
            ed25519: Ed25519Key::new([7; 32]),
            roles,
            organisation,
        };
        let of = ["user:dora".parse().unwrap()];
        let rule = Rule {
            roles,
            agreement: Some(Agreement::new(1, of, 9).unwrap()),
        };
        let plain = [b"\x01\x04dora".as_slice(), &[7; 32], &[2, 0, 0, 0]].concat();
        let add = |organisation| Operation::AddUser {
            user: user.clone(),
            member: member(organisation),
        };
        vec![
            (add(None), plain.clone()),
            (
                add(Some(organisation.clone())),
                [&plain[..], b"\x04bank"].concat(),
            ),
            (
                Operation::Grant {
                    user: user.clone(),
                    roles,
                },
                b"\x02\x04dora\x02\0\0\0".to_vec(),
            ),
            (
                Operation::Revoke {
                    user: user.clone(),
                    roles,
                },
                b"\x03\x04dora\x02\0\0\0".to_vec(),
            ),
            (Operation::AddOrg { organisation }, b"\x04\x04bank".to_vec()),
            (
                Operation::Policy {
                    action: Action::Put,
                    rule: rule.clone(),
                },
                [b"\x05\x0arecord.put", &rule.encode()[..]].concat(),
            ),
            (
                Operation::Agree {
                    request: RequestId::new([3; 32]),
                },
                [[6].as_slice(), &[3; 32]].concat(),
            ),
        ]
    }

    #[test]
    fn operations_have_one_form() {
        for (operation, bytes) in operations() {
            assert_eq!(operation.encode(), bytes);
            assert_eq!(Operation::decode(&bytes), Ok(operation.clone()));
            let member_alone = matches!(&operation, Operation::AddUser { member, .. }
                if member.organisation.is_some());
            for len in 0..bytes.len() {
                let decoded = Operation::decode(&bytes[..len]);
                assert!(decoded.is_err() || member_alone && len == 42, "{len}");
            }
            let json = serde_json::to_value(&operation).unwrap();
            let op = json["op"].as_str().unwrap();
            let name = operation.action().map(Action::name);
            assert_eq!(name.unwrap_or("member.agree"), format!("member.{op}"));
        }
        for bytes in [
            b"\x01\x04dora".as_slice(),
            b"\x02\x04dora\x20\0\0\0",
            b"\x05\x04none\0\0\0\0\0\0",
            b"\x07",
        ] {
            assert!(Operation::decode(bytes).is_err());
        }
    }

    #[test]
    fn places_have_one_key() {
        let places = [
            Place::User("bob".parse().unwrap()),
            Place::Organisation("bob".parse().unwrap()),
            Place::Rule(Action::Revoke),
            Place::Open(RequestId::new([1; 32])),
        ];
        for place in places {
            assert_eq!(Place::from_key(&place.key()), Some(place));
        }
        for key in [b"".as_slice(), b"u/", b"u/B", b"p/record", b"e/1", b"x/a"] {
            assert_eq!(Place::from_key(key), None);
        }
        assert_eq!(state_key(&"bob".parse().unwrap()), b"member/u/bob");
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            which in 0usize..7,
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3),
            cut in 0usize..6,
        ) {
            let mut bytes = operations().swap_remove(which).1;
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut);
            if let Ok(operation) = Operation::decode(&bytes) {
                prop_assert_eq!(operation.encode(), bytes);
            }
        }
    }
}
