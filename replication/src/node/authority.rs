//! Who may do what: the roles that a rule names, and the parties whose agreement it takes.
//!
//! Invariants:
//!
//! - an application is asked to do only what the rule of the action allows the sender;
//! - what takes agreement writes nothing but that it waits, until the last agreement that it takes:
//!   then it is done as its sender's, who must still be allowed to, or that agreement is rejected.

use super::executor::{Executor, Members};
use crate::app::{
    self, App, AppError, BlockContext, ReadState, Scope, Sender, View, Write, agreement,
};
use crate::member;
use crate::names::RequestId;
use crate::open_request::OpenRequest;
use crate::reason::Reason;
use crate::request::Request;

/// What a request comes to.
#[derive(Debug)]
pub(crate) enum Decision {
    /// It is done.
    Done(Vec<Write>),
    /// It waits for others to agree.
    Waits(Vec<Write>),
}

impl Executor {
    /// Decides on a request that is fit.
    ///
    /// # Errors
    /// [`AppError::Reject`]: why it must not be done; [`AppError::State`].
    pub(super) fn decide(
        &self,
        (state, members): (&dyn ReadState, &mut Members),
        at: &BlockContext,
        from: Sender<'_>,
        app: &dyn App,
        (id, asked): (&RequestId, &Request),
    ) -> Result<Decision, AppError> {
        let payload = &asked.payload;
        let Some(action) = app.action(payload)? else {
            return Ok(Decision::Done(self.perform(state, at, from, app, payload)?));
        };
        let rule = members.rule(state, action)?;
        if !from.member.roles.allow_any(rule.roles) {
            return Err(Reason::Role.into());
        }
        // What cannot be done now need not be agreed to.
        let writes = self.perform(state, at, from, app, payload)?;
        let Some(agreement) = &rule.agreement else {
            return Ok(Decision::Done(writes));
        };
        let mut open = OpenRequest {
            app: asked.app.clone(),
            sender: asked.sender.clone(),
            expires: at.height.saturating_add(agreement.blocks()),
            rule: rule.clone(),
            agreed: vec![None; agreement.parties().len()],
            payload: payload.clone(),
        };
        // Who is no party may ask, and others agree.
        if agreement::count_in(&mut open, from).is_ok() && open.is_agreed() {
            return Ok(Decision::Done(writes));
        }
        let members = self.app(member::APP).ok_or(Reason::NoSuchApp)?;
        let mut scope = Scope::new(View::new(members, state));
        agreement::open(&mut scope, id, &open)?;
        Ok(Decision::Waits(scope.finish().0))
    }

    /// What an application would write, with what is to be done besides.
    fn perform(
        &self,
        state: &dyn ReadState,
        at: &BlockContext,
        from: Sender<'_>,
        app: &dyn App,
        payload: &[u8],
    ) -> Result<Vec<Write>, AppError> {
        let mut scope = Scope::new(View::new(app, state));
        app.execute(&mut scope, at, from, payload)?;
        let (mut writes, agreed) = scope.finish();
        if let Some(open) = agreed {
            let sender = app::find_member(state, &open.sender)?.ok_or(Reason::NotEnrolled)?;
            if !sender.roles.allow_any(open.rule.roles) {
                return Err(Reason::Role.into());
            }
            let app = self.app(open.app.as_str()).ok_or(Reason::NoSuchApp)?;
            let from = Sender {
                id: &open.sender,
                member: &sender,
            };
            let mut scope = Scope::new(View::new(app, state));
            app.execute(&mut scope, at, from, &open.payload)?;
            writes.extend(scope.finish().0);
        }
        Ok(writes)
    }
}

#[cfg(test)]
mod tests;
