//! What users can ask for, and the role that each takes unless a rule says otherwise.
//!
//! Invariant: the name is stable; it stands in state keys and in requests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::role::Role;

/// A kind of request: what one of the applications does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Action {
    /// Makes a record, or gives it a new value.
    Put,
    /// Gives a record to another owner.
    Transfer,
    /// Removes a record.
    Delete,
    /// Enrols a user.
    AddUser,
    /// Gives a user roles.
    Grant,
    /// Takes roles from a user.
    Revoke,
    /// Makes an organisation.
    AddOrganisation,
    /// Says who may do what, and who must agree.
    SetRule,
    /// Makes a node one that votes.
    AddNode,
    /// Makes a node one that votes no longer.
    RemoveNode,
    /// Gives a node another key for its votes.
    RotateKey,
}

impl Action {
    /// Every action.
    pub const ALL: [Self; 11] = [
        Self::Put,
        Self::Transfer,
        Self::Delete,
        Self::AddUser,
        Self::Grant,
        Self::Revoke,
        Self::AddOrganisation,
        Self::SetRule,
        Self::AddNode,
        Self::RemoveNode,
        Self::RotateKey,
    ];

    /// The stable name: the application's, a dot, and its own.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Put => "record.put",
            Self::Transfer => "record.transfer",
            Self::Delete => "record.delete",
            Self::AddUser => "member.add-user",
            Self::Grant => "member.grant",
            Self::Revoke => "member.revoke",
            Self::AddOrganisation => "member.add-org",
            Self::SetRule => "member.policy",
            Self::AddNode => "node.add",
            Self::RemoveNode => "node.remove",
            Self::RotateKey => "node.rotate-key",
        }
    }

    /// The role that it takes where no rule was set.
    #[must_use]
    pub const fn role(self) -> Role {
        match self {
            Self::Put | Self::Transfer | Self::Delete => Role::ContractInvoker,
            Self::AddUser | Self::Grant | Self::Revoke | Self::AddOrganisation => Role::UserInvoker,
            Self::SetRule => Role::PolicyInvoker,
            Self::AddNode | Self::RemoveNode | Self::RotateKey => Role::NodeInvoker,
        }
    }
}

/// A text that names no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such action; `ledgerctl member show` lists them")]
pub struct NoSuchAction;

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Action {
    type Err = NoSuchAction;

    fn from_str(name: &str) -> Result<Self, NoSuchAction> {
        let found = Self::ALL.into_iter().find(|action| action.name() == name);
        found.ok_or(NoSuchAction)
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(from)?;
        name.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_leads_back_to_its_action_and_tells_its_application() {
        for action in Action::ALL {
            assert_eq!(action.name().parse(), Ok(action));
            let app = action.name().split_once('.').unwrap().0;
            let apps = [crate::record::APP, crate::member::APP, crate::nodes::APP];
            assert!(apps.contains(&app));
        }
        assert_eq!("record".parse::<Action>(), Err(NoSuchAction));
    }
}
