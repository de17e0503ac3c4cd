//! The application that enrols users.

use serde_json::json;

use super::{Answer, App, AppError, BlockContext, Scope, Sender, View};
use crate::member::{APP, LEDGER, Member, Operation, user_key};
use crate::names::Name;
use crate::reason::Reason;
use crate::role::Role;

/// Enrols users: takes the role `userinvoker`, and gives no role that the sender has not.
#[derive(Clone, Copy, Debug)]
pub struct Members;

impl App for Members {
    fn name(&self) -> &'static str {
        APP
    }

    fn ledger(&self) -> &'static str {
        LEDGER
    }

    fn execute(
        &self,
        scope: &mut Scope<'_>,
        _at: &BlockContext,
        from: Sender<'_>,
        payload: &[u8],
    ) -> Result<(), AppError> {
        let operation = Operation::decode(payload).map_err(|_| Reason::Malformed)?;
        let Operation::Enrol { user, member } = operation;
        let roles = from.member.roles;
        if !roles.allow(Role::UserInvoker) || !roles.may_give(member.roles) {
            return Err(Reason::Role.into());
        }
        if !member.ed25519.is_usable() {
            return Err(Reason::BadKey.into());
        }
        let key = user_key(&user);
        if scope.get(&key)?.is_some() {
            return Err(Reason::UserExists.into());
        }
        scope.put(&key, member.encode());
        Ok(())
    }

    /// The query is a user's name.
    fn query(&self, view: View<'_>, query: &[u8]) -> Result<Answer, AppError> {
        let user = std::str::from_utf8(query).ok();
        let user: Option<Name> = user.and_then(|user| user.parse().ok());
        let key = user_key(&user.ok_or(Reason::Malformed)?);
        let value = view.get(&key)?;
        let member = value.and_then(|value| Member::decode(&value).ok());
        Ok(Answer {
            value: json!(member),
            keys: vec![key],
        })
    }

    fn describe(&self, payload: &[u8]) -> serde_json::Value {
        json!(Operation::decode(payload).ok())
    }
}
