//! The application of users, organisations and rules.

use serde_json::json;

use super::{Answer, App, AppError, BlockContext, Scope, Sender, View, agreement};
use crate::action::Action;
use crate::member::{APP, LEDGER, Member, ORGANISATION, Operation, Place};
use crate::names::Name;
use crate::open_request::OpenRequest;
use crate::reason::Reason;
use crate::role::{Role, Roles};
use crate::rule::{Agreement, Party, Rule};

/// Users, their roles and organisations, and who may do what.
///
/// Nobody gives or takes a role that they have not. Who belongs to an organisation and is no admin
/// enrols and empowers its users alone.
#[derive(Clone, Copy, Debug)]
pub struct Members;

impl App for Members {
    fn name(&self) -> &'static str {
        APP
    }

    fn ledger(&self) -> &'static str {
        LEDGER
    }

    fn action(&self, payload: &[u8]) -> Result<Option<Action>, Reason> {
        let operation = Operation::decode(payload).map_err(|_| Reason::Malformed)?;
        Ok(operation.action())
    }

    fn execute(
        &self,
        scope: &mut Scope<'_>,
        _at: &BlockContext,
        from: Sender<'_>,
        payload: &[u8],
    ) -> Result<(), AppError> {
        match Operation::decode(payload).map_err(|_| Reason::Malformed)? {
            Operation::AddUser { user, member } => add_user(scope, from, user, &member),
            Operation::Grant { user, roles } => {
                let (place, member) = find(scope, from, user, roles)?;
                let roles = member.roles.with(roles);
                scope.put(&place.key(), Member { roles, ..member }.encode());
                Ok(())
            }
            Operation::Revoke { user, roles } => {
                if user == *from.id && roles.iter().any(|role| role == Role::Admin) {
                    return Err(Reason::OwnRole.into());
                }
                let (place, member) = find(scope, from, user, roles)?;
                let roles = member.roles.without(roles);
                scope.put(&place.key(), Member { roles, ..member }.encode());
                Ok(())
            }
            Operation::AddOrg { organisation } => add_organisation(scope, from, organisation),
            Operation::Policy { action, rule } => set_rule(scope, action, &rule),
            Operation::Agree { request } => agreement::agree(scope, from, &request),
        }
    }

    fn end_block(&self, scope: &mut Scope<'_>, at: &BlockContext) -> Result<(), ledger::Error> {
        agreement::expire(scope, at.height)
    }

    /// The query is the key of a [`Place`].
    fn query(&self, view: View<'_>, query: &[u8]) -> Result<Answer, AppError> {
        let place = Place::from_key(query).ok_or(Reason::Malformed)?;
        let found = view.get(query)?;
        let value = match place {
            Place::User(_) => json!(found.and_then(|found| Member::decode(&found).ok())),
            Place::Organisation(_) => json!(found.map(|_| json!({}))),
            Place::Rule(action) => {
                let set = found.and_then(|found| Rule::decode(&found).ok());
                json!(set.unwrap_or_else(|| Rule::of(action.role())))
            }
            Place::Open(_) => json!(found.and_then(|found| OpenRequest::decode(&found).ok())),
        };
        let keys = vec![query.to_vec()];
        Ok(Answer { value, keys })
    }

    fn describe(&self, payload: &[u8]) -> serde_json::Value {
        json!(Operation::decode(payload).ok())
    }
}

fn add_user(
    scope: &mut Scope<'_>,
    from: Sender<'_>,
    user: Name,
    member: &Member,
) -> Result<(), AppError> {
    if !from.member.roles.may_give(member.roles) {
        return Err(Reason::Role.into());
    }
    if !member.ed25519.is_usable() {
        return Err(Reason::BadKey.into());
    }
    within(from, member.organisation.as_ref())?;
    if let Some(organisation) = &member.organisation
        && scope
            .get(&Place::Organisation(organisation.clone()).key())?
            .is_none()
    {
        return Err(Reason::NoSuchOrganisation.into());
    }
    let key = Place::User(user).key();
    if scope.get(&key)?.is_some() {
        return Err(Reason::UserExists.into());
    }
    scope.put(&key, member.encode());
    Ok(())
}

/// A user to whom the sender may give these roles, or from whom take them.
fn find(
    scope: &Scope<'_>,
    from: Sender<'_>,
    user: Name,
    roles: Roles,
) -> Result<(Place, Member), AppError> {
    if !from.member.roles.may_give(roles) {
        return Err(Reason::Role.into());
    }
    let member = scope.member(&user)?.ok_or(Reason::NoSuchUser)?;
    within(from, member.organisation.as_ref())?;
    Ok((Place::User(user), member))
}

/// Whether the sender may have a say on who belongs there.
fn within(from: Sender<'_>, organisation: Option<&Name>) -> Result<(), Reason> {
    let own = from.member.organisation.as_ref();
    if own.is_none() || own == organisation || from.member.roles.allow(Role::Admin) {
        return Ok(());
    }
    Err(Reason::OtherOrganisation)
}

fn add_organisation(
    scope: &mut Scope<'_>,
    from: Sender<'_>,
    organisation: Name,
) -> Result<(), AppError> {
    within(from, Some(&organisation))?;
    let key = Place::Organisation(organisation).key();
    if scope.get(&key)?.is_some() {
        return Err(Reason::OrganisationExists.into());
    }
    scope.put(&key, ORGANISATION.to_vec());
    Ok(())
}

/// Sets a rule whose parties exist: of one that names others nothing could ever be agreed.
fn set_rule(scope: &mut Scope<'_>, action: Action, rule: &Rule) -> Result<(), AppError> {
    for party in rule.agreement.iter().flat_map(Agreement::parties) {
        let (place, missing) = match party {
            Party::User(user) => (Place::User(user.clone()), Reason::NoSuchUser),
            Party::Organisation(name) => (
                Place::Organisation(name.clone()),
                Reason::NoSuchOrganisation,
            ),
        };
        if scope.get(&place.key())?.is_none() {
            return Err(missing.into());
        }
    }
    let key = Place::Rule(action).key();
    match *rule == Rule::of(action.role()) {
        true => scope.delete(&key),
        false => scope.put(&key, rule.encode()),
    }
    Ok(())
}
