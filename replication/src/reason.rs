//! Why a request came to nothing: one list of stable codes, for the log, HTTP, the command line and
//! tests alike.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

macro_rules! reasons {
    ($($(#[$meta:meta])* $name:ident = $code:literal,)*) => {
        /// Why a request was refused before it was logged, or rejected when it was executed.
        ///
        /// The code is stable: it stands in the log and is what programs compare.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$meta])* $name,)*
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            /// The stable code.
            #[must_use]
            pub const fn code(self) -> &'static str {
                match self {
                    $(Self::$name => $code,)*
                }
            }
        }
    };
}

reasons! {
    /// The bytes are no request, or its payload is none of its application.
    Malformed = "malformed",
    /// The request is longer than the network's policy allows.
    Oversize = "oversize",
    /// The request is for another network.
    WrongNetwork = "wrong-network",
    /// No application of this network has that name.
    NoSuchApp = "no-such-app",
    /// The sender is no user of this network.
    NotEnrolled = "not-enrolled",
    /// The signature is not the sender's over this request.
    BadSignature = "bad-signature",
    /// The request came too late.
    Expired = "expired",
    /// The request would expire later than the network's policy allows.
    ExpiryTooFar = "expiry-too-far",
    /// The very request is in the log, or waits to be.
    Duplicate = "duplicate",
    /// The node has too many requests; try again later.
    Busy = "busy",
    /// The node has too many requests of this sender; try again later.
    SenderBusy = "sender-busy",
    /// The sender does not have the role that this takes.
    Role = "role",
    /// The sender does not own the record.
    NotOwner = "not-owner",
    /// There is no such record.
    NoSuchRecord = "no-such-record",
    /// The key is empty or longer than the network's policy allows.
    KeyLength = "key-length",
    /// The value is longer than the network's policy allows.
    ValueLength = "value-length",
    /// The owner has as many records as the network's policy allows.
    TooManyRecords = "too-many-records",
    /// There is no such user.
    NoSuchUser = "no-such-user",
    /// There is a user of that name.
    UserExists = "user-exists",
    /// The public key is none that can be used.
    BadKey = "bad-key",
    /// There is no such organisation.
    NoSuchOrganisation = "no-such-organisation",
    /// There is an organisation of that name.
    OrganisationExists = "organisation-exists",
    /// The sender enrols and empowers users of their own organisation only.
    OtherOrganisation = "other-organisation",
    /// Nobody takes the role of an admin from themselves, so that there always is one.
    OwnRole = "own-role",
    /// It is not done yet: it waits in the state for others to agree.
    AwaitsAgreement = "awaits-agreement",
    /// No request of that id waits for agreement: it was done, or it expired.
    NotOpen = "not-open",
    /// The sender is no party of the agreement.
    NotAParty = "not-a-party",
    /// The sender, or one of their organisation, has agreed already.
    AlreadyAgreed = "already-agreed",
    /// Too many requests of the sender wait for agreement.
    TooManyOpen = "too-many-open",
    /// There is no such node.
    NoSuchNode = "no-such-node",
    /// There is a node of that alias.
    NodeExists = "node-exists",
    /// A key is another node's, or was at the beginning of this epoch.
    NodeKeyTaken = "node-key-taken",
    /// An address is another node's, or was at the beginning of this epoch.
    AddressTaken = "address-taken",
    /// The proof that the node holds the key of its votes is wrong.
    NotPossessed = "not-possessed",
    /// There are as many nodes as there can be.
    TooManyNodes = "too-many-nodes",
    /// Fewer nodes would be left than bear a fault.
    TooFewNodes = "too-few-nodes",
    /// More nodes would change with the next epoch than may be at fault; one epoch later they may.
    TooManyChanges = "too-many-changes",
}

/// A text that is no reason's code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no such reason")]
pub struct NoSuchReason;

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Reason {
    type Err = NoSuchReason;

    fn from_str(code: &str) -> Result<Self, NoSuchReason> {
        let found = Self::ALL.iter().find(|reason| reason.code() == code);
        found.copied().ok_or(NoSuchReason)
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(from)?;
        code.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_leads_back_to_its_reason() {
        for reason in Reason::ALL {
            assert_eq!(reason.code().parse(), Ok(*reason));
            assert!(
                reason
                    .code()
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b == b'-')
            );
        }
        assert_eq!("nonsense".parse::<Reason>(), Err(NoSuchReason));
    }
}
