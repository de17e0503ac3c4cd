//! The application of records.

use serde_json::json;

use super::{Answer, App, AppError, BlockContext, Scope, Sender, View};
use crate::action::Action;
use crate::names::Name;
use crate::reason::Reason;
use crate::record::{APP, LEDGER, Operation, Record, count_key, record_key};

/// Records with an owner.
#[derive(Clone, Copy, Debug)]
pub struct Records;

impl App for Records {
    fn name(&self) -> &'static str {
        APP
    }

    fn ledger(&self) -> &'static str {
        LEDGER
    }

    fn action(&self, payload: &[u8]) -> Result<Option<Action>, Reason> {
        let action = payload.first().and_then(|code| Operation::action_of(*code));
        action.map(Some).ok_or(Reason::Malformed)
    }

    fn execute(
        &self,
        scope: &mut Scope<'_>,
        at: &BlockContext,
        from: Sender<'_>,
        payload: &[u8],
    ) -> Result<(), AppError> {
        let operation = Operation::decode(payload).map_err(|_| Reason::Malformed)?;
        let key = operation.key();
        if key.is_empty() || key.len() > at.policy.key_len_max as usize {
            return Err(Reason::KeyLength.into());
        }
        let place = record_key(key);
        let found = scope
            .get(&place)?
            .and_then(|value| Record::decode(&value).ok());
        if let Some(record) = &found
            && record.owner != *from.id
        {
            return Err(Reason::NotOwner.into());
        }
        match (operation, found) {
            (Operation::Put { value, .. }, found) => {
                if value.len() > at.policy.value_len_max as usize {
                    return Err(Reason::ValueLength.into());
                }
                if found.is_none() {
                    add_one(scope, from.id, at)?;
                }
                let owner = from.id.clone();
                scope.put(&place, Record { owner, value }.encode());
            }
            (_, None) => return Err(Reason::NoSuchRecord.into()),
            (Operation::Transfer { to, .. }, Some(record)) => {
                if scope.member(&to)?.is_none() {
                    return Err(Reason::NoSuchUser.into());
                }
                take_one(scope, from.id)?;
                add_one(scope, &to, at)?;
                scope.put(
                    &place,
                    Record {
                        owner: to,
                        ..record
                    }
                    .encode(),
                );
            }
            (Operation::Delete { .. }, Some(_)) => {
                take_one(scope, from.id)?;
                scope.delete(&place);
            }
        }
        Ok(())
    }

    /// The query is a record's key.
    fn query(&self, view: View<'_>, query: &[u8]) -> Result<Answer, AppError> {
        let place = record_key(query);
        let value = view.get(&place)?;
        let record = value.and_then(|value| Record::decode(&value).ok());
        Ok(Answer {
            value: json!(record),
            keys: vec![place],
        })
    }

    fn describe(&self, payload: &[u8]) -> serde_json::Value {
        json!(Operation::decode(payload).ok())
    }
}

fn count(scope: &Scope<'_>, owner: &Name) -> Result<u64, AppError> {
    let value = scope.get(&count_key(owner))?;
    let bytes = value.and_then(|value| <[u8; 8]>::try_from(value).ok());
    Ok(bytes.map_or(0, u64::from_le_bytes))
}

fn add_one(scope: &mut Scope<'_>, owner: &Name, at: &BlockContext) -> Result<(), AppError> {
    let count = count(scope, owner)?;
    if count >= at.policy.records_max {
        return Err(Reason::TooManyRecords.into());
    }
    scope.put(&count_key(owner), (count + 1).to_le_bytes().to_vec());
    Ok(())
}

fn take_one(scope: &mut Scope<'_>, owner: &Name) -> Result<(), AppError> {
    match count(scope, owner)? {
        0 | 1 => scope.delete(&count_key(owner)),
        count => scope.put(&count_key(owner), (count - 1).to_le_bytes().to_vec()),
    }
    Ok(())
}
