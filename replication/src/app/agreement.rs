//! Requests that wait for agreement: opened, agreed to, done or expired.
//!
//! ```text
//! "member/e/" request                   the request
//! "member/n/" user                      number of the user's that wait u64
//! "member/x/" height                    number that expire with that block u64, the height big-endian
//! "member/x/" height "/" number         the id of each of them; it may be gone
//! ```
//!
//! Invariants:
//!
//! - a request that waits is counted for its sender, and is in the list of its last block;
//! - after its last block nothing of it is left.

use super::{AppError, Scope, Sender};
use crate::member::Place;
use crate::names::{Name, RequestId};
use crate::open_request::OpenRequest;
use crate::reason::Reason;

/// Requests of one user that may wait for agreement.
const OPEN_MAX: u64 = 1000;

fn count_key(user: &Name) -> Vec<u8> {
    [b"n/", user.as_str().as_bytes()].concat()
}

fn expiry_key(height: u64) -> Vec<u8> {
    [b"x/".as_slice(), &height.to_be_bytes()].concat()
}

fn listed_key(height: u64, number: u64) -> Vec<u8> {
    [&expiry_key(height)[..], b"/", &number.to_be_bytes()].concat()
}

fn read_count(scope: &Scope<'_>, key: &[u8]) -> Result<u64, ledger::Error> {
    let bytes = scope.get(key)?;
    let bytes = bytes.and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
    Ok(bytes.map_or(0, u64::from_le_bytes))
}

fn write_count(scope: &mut Scope<'_>, key: &[u8], count: u64) {
    match count {
        0 => scope.delete(key),
        count => scope.put(key, count.to_le_bytes().to_vec()),
    }
}

/// Keeps a request until enough have agreed to it.
pub(crate) fn open(
    scope: &mut Scope<'_>,
    id: &RequestId,
    open: &OpenRequest,
) -> Result<(), AppError> {
    let count = read_count(scope, &count_key(&open.sender))?;
    if count >= OPEN_MAX {
        return Err(Reason::TooManyOpen.into());
    }
    write_count(scope, &count_key(&open.sender), count + 1);
    let expiry = expiry_key(open.expires);
    let listed = read_count(scope, &expiry)?;
    write_count(scope, &expiry, listed + 1);
    scope.put(&listed_key(open.expires, listed), id.as_bytes().to_vec());
    scope.put(&Place::Open(*id).key(), open.encode());
    Ok(())
}

/// Notes that the sender agrees to a request; if that is enough, it is to be done now.
pub(super) fn agree(
    scope: &mut Scope<'_>,
    from: Sender<'_>,
    id: &RequestId,
) -> Result<(), AppError> {
    let mut open = find(scope, id)?.ok_or(Reason::NotOpen)?;
    count_in(&mut open, from)?;
    if open.is_agreed() {
        close(scope, id, &open)?;
        scope.perform(open);
    } else {
        scope.put(&Place::Open(*id).key(), open.encode());
    }
    Ok(())
}

/// Counts a user's agreement for the one party that it is of.
pub(crate) fn count_in(open: &mut OpenRequest, from: Sender<'_>) -> Result<(), Reason> {
    let agreement = open.rule.agreement.as_ref();
    let party = agreement
        .and_then(|agreement| agreement.party_of(from.id, from.member.organisation.as_ref()));
    let agreed = party.and_then(|party| open.agreed.get_mut(party));
    match agreed {
        None => Err(Reason::NotAParty),
        Some(Some(_)) => Err(Reason::AlreadyAgreed),
        Some(agreed) => {
            *agreed = Some(from.id.clone());
            Ok(())
        }
    }
}

/// Removes what expires with the block of this height.
pub(super) fn expire(scope: &mut Scope<'_>, height: u64) -> Result<(), ledger::Error> {
    let expiry = expiry_key(height);
    for number in 0..read_count(scope, &expiry)? {
        let listed = listed_key(height, number);
        let id = scope.get(&listed)?;
        let id = id.and_then(|id| <[u8; 32]>::try_from(id).ok());
        scope.delete(&listed);
        let Some(id) = id.map(RequestId::new) else {
            continue;
        };
        if let Some(open) = find(scope, &id)? {
            close(scope, &id, &open)?;
        }
    }
    scope.delete(&expiry);
    Ok(())
}

fn close(scope: &mut Scope<'_>, id: &RequestId, open: &OpenRequest) -> Result<(), ledger::Error> {
    scope.delete(&Place::Open(*id).key());
    let count = read_count(scope, &count_key(&open.sender))?;
    write_count(scope, &count_key(&open.sender), count.saturating_sub(1));
    Ok(())
}

fn find(scope: &Scope<'_>, id: &RequestId) -> Result<Option<OpenRequest>, ledger::Error> {
    let value = scope.get(&Place::Open(*id).key())?;
    // Only such requests are written there.
    Ok(value.and_then(|value| OpenRequest::decode(&value).ok()))
}
