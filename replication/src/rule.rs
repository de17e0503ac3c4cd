//! Rules: which roles an action takes, and who must agree to it besides (FORMAT.md section 15).
//!
//! ```text
//! rule          roles u32 | agreement
//! agreement     needed u16; if it is not 0: blocks u64 | parties u16, each: kind u8 | name
//! kind          0 a user, 1 any user of an organisation
//! ```
//!
//! Invariant: of an [`Agreement`] that exists the parties are in order and distinct, and at least
//! one and at most all of them are needed.

use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::names::{Name, NameError};
use crate::role::{Role, Roles};
use crate::wire::{FormError, Input, put_text};

/// Parties of an agreement are at most this many.
pub const PARTIES_MAX: usize = 100;
/// An agreement may take at most this many blocks.
pub const BLOCKS_MAX: u64 = 1_000_000_000;

/// One whose agreement counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// A user.
    User(Name),
    /// Any one user of an organisation who is not named as a user beside it.
    Organisation(Name),
}

impl Party {
    const fn parts(&self) -> (u8, &Name) {
        match self {
            Self::User(name) => (0, name),
            Self::Organisation(name) => (1, name),
        }
    }
}

impl fmt::Display for Party {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "user:{name}"),
            Self::Organisation(name) => write!(f, "org:{name}"),
        }
    }
}

/// A text that names no party.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PartyError {
    /// It begins otherwise.
    #[error("{text:?} is neither user:NAME nor org:NAME")]
    Kind {
        /// The text.
        text: String,
    },
    /// What follows is no name.
    #[error(transparent)]
    Name(#[from] NameError),
}

impl FromStr for Party {
    type Err = PartyError;

    fn from_str(text: &str) -> Result<Self, PartyError> {
        match text.split_once(':') {
            Some(("user", name)) => Ok(Self::User(name.parse()?)),
            Some(("org", name)) => Ok(Self::Organisation(name.parse()?)),
            _ => Err(PartyError::Kind {
                text: text.chars().take(80).collect(),
            }),
        }
    }
}

impl Serialize for Party {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Party {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// Who must agree before an action is done: so many of these parties, within so many blocks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "AgreementForm")]
pub struct Agreement {
    needed: u16,
    blocks: u64,
    of: Vec<Party>,
}

/// An agreement that may make no sense.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AgreementForm {
    needed: u16,
    blocks: u64,
    of: Vec<Party>,
}

/// Why there can be no such agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AgreementError {
    /// No party, or more than [`PARTIES_MAX`].
    #[error("{got} parties, 1 to {PARTIES_MAX} are possible")]
    Parties {
        /// How many.
        got: usize,
    },
    /// None is needed, or more than there are.
    #[error("{needed} of {of} parties cannot be what is needed")]
    Needed {
        /// How many are needed.
        needed: u16,
        /// How many there are.
        of: usize,
    },
    /// No time, or more than [`BLOCKS_MAX`] blocks.
    #[error("{got} blocks, 1 to {BLOCKS_MAX} are possible")]
    Blocks {
        /// How many.
        got: u64,
    },
    /// A party stands twice.
    #[error("a party stands twice")]
    Twice,
}

impl TryFrom<AgreementForm> for Agreement {
    type Error = AgreementError;

    fn try_from(form: AgreementForm) -> Result<Self, AgreementError> {
        Self::new(form.needed, form.of, form.blocks)
    }
}

impl Agreement {
    /// So many of these parties, within so many blocks.
    ///
    /// # Errors
    /// [`AgreementError`].
    pub fn new(
        needed: u16,
        of: impl IntoIterator<Item = Party>,
        blocks: u64,
    ) -> Result<Self, AgreementError> {
        let given: Vec<Party> = of.into_iter().take(PARTIES_MAX + 1).collect();
        let got = given.len();
        if got == 0 || got > PARTIES_MAX {
            return Err(AgreementError::Parties { got });
        }
        let sorted: BTreeSet<Party> = given.into_iter().collect();
        if sorted.len() < got {
            return Err(AgreementError::Twice);
        }
        if needed == 0 || usize::from(needed) > got {
            return Err(AgreementError::Needed { needed, of: got });
        }
        if !(1..=BLOCKS_MAX).contains(&blocks) {
            return Err(AgreementError::Blocks { got: blocks });
        }
        let of = sorted.into_iter().collect();
        Ok(Self { needed, blocks, of })
    }

    /// How many must agree.
    #[must_use]
    pub const fn needed(&self) -> u16 {
        self.needed
    }

    /// Within how many blocks after the one that holds the request.
    #[must_use]
    pub const fn blocks(&self) -> u64 {
        self.blocks
    }

    /// Whose agreement counts, in order.
    #[must_use]
    pub fn parties(&self) -> &[Party] {
        &self.of
    }

    /// The one party that a user's agreement counts for: themselves if they are named, else their
    /// organisation.
    #[must_use]
    pub fn party_of(&self, user: &Name, organisation: Option<&Name>) -> Option<usize> {
        let find = |kind: u8, name: &Name| self.of.iter().position(|p| p.parts() == (kind, name));
        find(0, user).or_else(|| find(1, organisation?))
    }
}

/// Who may do something, and who must agree to it besides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Any one of these roles will do, and an admin's always; if there are none, every user may.
    pub roles: Roles,
    /// Who must agree; nobody if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agreement: Option<Agreement>,
}

impl Rule {
    /// That an action takes a role, and no agreement.
    #[must_use]
    pub fn of(role: Role) -> Self {
        Self {
            roles: [role].into_iter().collect(),
            agreement: None,
        }
    }

    /// The canonical bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut bytes = self.roles.bits().to_le_bytes().to_vec();
        let Some(agreement) = &self.agreement else {
            bytes.extend_from_slice(&[0, 0]);
            return bytes;
        };
        bytes.extend_from_slice(&agreement.needed.to_le_bytes());
        bytes.extend_from_slice(&agreement.blocks.to_le_bytes());
        let count = u16::try_from(agreement.of.len()).unwrap_or(u16::MAX);
        bytes.extend_from_slice(&count.to_le_bytes());
        for party in &agreement.of {
            let (kind, name) = party.parts();
            bytes.push(kind);
            put_text(&mut bytes, name.as_str());
        }
        bytes
    }

    /// Decodes the canonical bytes; strict, so that decoding and encoding are inverse.
    ///
    /// # Errors
    /// [`FormError`]: where the bytes stop being a rule.
    pub fn decode(bytes: &[u8]) -> Result<Self, FormError> {
        let mut input = Input::new("rule", &[], bytes)?;
        let rule = Self::read(&mut input)?;
        input.finish()?;
        Ok(rule)
    }

    pub(crate) fn read(input: &mut Input<'_>) -> Result<Self, FormError> {
        let at = input.at();
        let roles = Roles::from_bits(input.u32()?).ok_or_else(|| input.field("roles", at))?;
        let at = input.at();
        let needed = u16::from_le_bytes(input.array()?);
        if needed == 0 {
            let agreement = None;
            return Ok(Self { roles, agreement });
        }
        let blocks = input.u64()?;
        let mut of = Vec::new();
        for _ in 0..u16::from_le_bytes(input.array()?) {
            let kind_at = input.at();
            of.push(match input.u8()? {
                0 => Party::User(input.text("party")?),
                1 => Party::Organisation(input.text("party")?),
                _ => return Err(input.field("party", kind_at)),
            });
        }
        let in_order = of.is_sorted();
        let agreement = Agreement::new(needed, of, blocks).ok();
        let agreement = agreement.filter(|_| in_order);
        let agreement = Some(agreement.ok_or_else(|| input.field("agreement", at))?);
        Ok(Self { roles, agreement })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn party(text: &str) -> Party {
        text.parse().unwrap()
    }

    fn two_of_three() -> Rule {
        let of = ["org:bank", "user:bob", "user:alice"].map(party);
        Rule {
            agreement: Some(Agreement::new(2, of, 300).unwrap()),
            ..Rule::of(Role::ContractInvoker)
        }
    }

    #[test]
    fn a_rule_has_one_form() {
        let plain = Rule::of(Role::PolicyInvoker);
        assert_eq!(plain.encode(), [16, 0, 0, 0, 0, 0]);
        let expected = [
            &[2, 0, 0, 0, 2, 0, 44, 1, 0, 0, 0, 0, 0, 0, 3, 0][..],
            b"\0\x05alice\0\x03bob\x01\x04bank",
        ]
        .concat();
        let rule = two_of_three();
        assert_eq!(rule.encode(), expected);
        assert_eq!(Rule::decode(&expected), Ok(rule.clone()));
        assert_eq!(Rule::decode(&plain.encode()), Ok(plain));
        let json = serde_json::to_string(&rule).unwrap();
        assert_eq!(
            json,
            r#"{"roles":["contractinvoker"],"agreement":{"needed":2,"blocks":300,"of":["user:alice","user:bob","org:bank"]}}"#
        );
        assert_eq!(serde_json::from_str::<Rule>(&json).unwrap(), rule);
        let mut swapped = expected;
        swapped[18] = b'z';
        assert!(Rule::decode(&swapped).is_err());
    }

    #[test]
    fn what_cannot_be_agreed_is_no_agreement() {
        let of = || ["user:a", "user:b"].map(party);
        let many = (0..=PARTIES_MAX).map(|at| party(&format!("user:u{at}")));
        let cases = [
            (Agreement::new(0, of(), 1), "0 of 2"),
            (Agreement::new(3, of(), 1), "3 of 2"),
            (Agreement::new(1, [], 1), "0 parties"),
            (Agreement::new(1, many, 1), "101 parties"),
            (Agreement::new(1, of(), 0), "0 blocks"),
            (Agreement::new(1, of(), BLOCKS_MAX + 1), "1000000001 blocks"),
            (
                Agreement::new(1, ["org:a"; 2].map(party), 1),
                "stands twice",
            ),
        ];
        for (got, expected) in cases {
            let got = got.unwrap_err().to_string();
            assert!(got.contains(expected), "{got}: {expected}");
        }
        let json = r#"{"roles":[],"agreement":{"needed":3,"blocks":1,"of":["user:a"]}}"#;
        assert!(serde_json::from_str::<Rule>(json).is_err());
        for text in ["alice", "user:", "node:a", "org:A"] {
            assert!(text.parse::<Party>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_user_agrees_as_one_party() {
        let of = ["user:alice", "org:bank"].map(party);
        let agreement = Agreement::new(2, of, 1).unwrap();
        let name = |text: &str| text.parse::<Name>().unwrap();
        let (alice, bob, bank) = (name("alice"), name("bob"), name("bank"));
        let counts = |user, organisation| agreement.party_of(user, organisation);
        assert_eq!(counts(&alice, Some(&bank)), Some(0));
        assert_eq!(counts(&bob, Some(&bank)), Some(1));
        assert_eq!(counts(&bob, Some(&alice)), None);
        assert_eq!(counts(&bank, None), None);
    }

    proptest! {
        #[test]
        fn what_decodes_encodes_back(
            flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..4),
            cut in 0usize..8,
        ) {
            let mut bytes = two_of_three().encode();
            for (at, byte) in flips {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            bytes.truncate(bytes.len() - cut);
            if let Ok(rule) = Rule::decode(&bytes) {
                prop_assert_eq!(rule.encode(), bytes);
            }
        }
    }
}
