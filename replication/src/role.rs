//! Roles: what a user may do.

use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a user may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Everything.
    Admin,
    /// Sends requests to applications.
    ContractInvoker,
    /// Enrols users.
    UserInvoker,
    /// Changes the set of nodes.
    NodeInvoker,
    /// Changes policies.
    PolicyInvoker,
}

impl Role {
    /// Every role, in order of their bits.
    pub const ALL: [Self; 5] = [
        Self::Admin,
        Self::ContractInvoker,
        Self::UserInvoker,
        Self::NodeInvoker,
        Self::PolicyInvoker,
    ];

    const fn bit(self) -> u32 {
        1 << self as u32
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Admin => "admin",
            Self::ContractInvoker => "contractinvoker",
            Self::UserInvoker => "userinvoker",
            Self::NodeInvoker => "nodeinvoker",
            Self::PolicyInvoker => "policyinvoker",
        }
    }
}

/// A text that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no such role; there are admin, contractinvoker, userinvoker, nodeinvoker, policyinvoker")]
pub struct NoSuchRole;

impl FromStr for Role {
    type Err = NoSuchRole;

    fn from_str(name: &str) -> Result<Self, NoSuchRole> {
        let found = Self::ALL.into_iter().find(|role| role.name() == name);
        found.ok_or(NoSuchRole)
    }
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Roles(u32);

impl Roles {
    /// The set that these bits stand for; none if a bit stands for no role.
    #[must_use]
    pub const fn from_bits(bits: u32) -> Option<Self> {
        if bits >> Role::ALL.len() == 0 {
            Some(Self(bits))
        } else {
            None
        }
    }

    /// One bit a role, in order of [`Role::ALL`].
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Whether a user with these roles may do what takes `role`: an admin may do everything.
    #[must_use]
    pub const fn allow(self, role: Role) -> bool {
        self.0 & (role.bit() | Role::Admin.bit()) != 0
    }

    /// Whether a user with these roles may do what takes any of `others`; if those are none, every
    /// user may.
    #[must_use]
    pub const fn allow_any(self, others: Self) -> bool {
        others.0 == 0 || self.0 & (others.0 | Role::Admin.bit()) != 0
    }

    /// These and those.
    #[must_use]
    pub const fn with(self, others: Self) -> Self {
        Self(self.0 | others.0)
    }

    /// These without those.
    #[must_use]
    pub const fn without(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// Whether a user with these roles may give all of `others`: what nobody has, nobody gives.
    #[must_use]
    pub const fn may_give(self, others: Self) -> bool {
        others.0 & !self.0 == 0 || self.0 & Role::Admin.bit() != 0
    }

    /// The roles in the set.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        let all = Role::ALL.into_iter();
        all.filter(move |role| self.0 & role.bit() != 0)
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Vec::<Role>::deserialize(from)?.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_admin_may_everything_and_others_what_they_have() {
        let admin: Roles = [Role::Admin].into_iter().collect();
        let enroller: Roles = [Role::UserInvoker, Role::ContractInvoker]
            .into_iter()
            .collect();
        for role in Role::ALL {
            assert!(admin.allow(role) && !Roles::default().allow(role));
            assert_eq!(enroller.allow(role), enroller.iter().any(|has| has == role));
            let alone: Roles = [role].into_iter().collect();
            assert_eq!(enroller.allow_any(alone), enroller.allow(role));
            assert!(admin.allow_any(alone) && alone.allow_any(Roles::default()));
            assert_eq!(enroller.with(alone).without(alone), enroller.without(alone));
            assert!(!enroller.without(alone).iter().any(|has| has == role));
            assert_eq!(role.name().parse(), Ok(role));
            assert_eq!(
                serde_json::to_string(&role).unwrap(),
                format!("{:?}", role.name())
            );
        }
        assert!(admin.may_give(enroller) && enroller.may_give(enroller));
        assert!(!enroller.may_give(admin));
    }

    #[test]
    fn bits_that_stand_for_no_role_are_no_roles() {
        assert_eq!(Roles::from_bits(31).map(Roles::bits), Some(31));
        assert_eq!(Roles::from_bits(32), None);
    }
}
