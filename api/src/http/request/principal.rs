//! Who asks, and to whose data that goes: as the edge has found out before anything else was read.

use crate::{
    app::App,
    http::problem::{Problem, codes},
};
use axum::{
    extract::FromRequestParts,
    http::{Extensions, request::Parts},
};
use khata_application::access::{Fact, Masks, Principal, Reach, Role, Roles, Rule, Told};
use khata_domain::{access_audit::RefusalReason, ids::CustomerId};
use serde_json::Value;
use std::sync::Arc;

/// Who asks.
#[derive(Debug, Clone)]
pub(crate) struct Asker {
    /// Whoever the token was made out to, or, where nobody has to say who they are, the machine's own user.
    pub(crate) principal: Arc<Principal>,
    /// What the request asks for, and who may.
    pub(crate) rule: &'static Rule,
    /// To whose data the permission for the operation goes.
    pub(crate) reach: Reach,
    /// What the path names, and whose that is, where it had to be found within reach.
    pub(crate) within: Option<(Arc<str>, CustomerId)>,
}

impl Asker {
    /// Makes sure that a body states nothing but what the asker is believed in.
    pub(crate) fn require_word_for(&self, app: &App, body: &[u8]) -> Result<(), Problem> {
        let mut denied = Fact::denied(self.rule.operation, self.principal.roles).peekable();
        if denied.peek().is_none() {
            return Ok(());
        }
        // What is no JSON is refused where the body is understood.
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let now = app.clock.now();
        let today = app.calendar().date(now);
        match denied.find(|fact| fact.is_stated_in(&body, now, today)) {
            Some(fact) => {
                let what = match fact.told {
                    Told::Anything => "",
                    Told::ThePast => " in the past",
                };
                let detail =
                    format!("Whoever asks has no role whose word on `{}`{what} is taken.", fact.member);
                Err(Problem::new(&codes::FORBIDDEN, detail)
                    .with("roles", names(fact.stated_by))
                    .lacking(RefusalReason::Statement))
            }
            None => Ok(()),
        }
    }

    /// What is masked of what the asker sees.
    pub(crate) fn masks(&self) -> Masks {
        Masks::of(self.principal.roles, self.rule, self.reach)
    }

    /// As the edge left it with the request. Nothing is answered to a request that has not passed it.
    pub(crate) fn of(extensions: &Extensions) -> Result<Self, Problem> {
        let asker = extensions.get::<Self>().cloned();
        asker.ok_or_else(|| Problem::internal("a request reached its route without an asker"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Asker {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::of(&parts.extensions)
    }
}

/// Roles by their names.
pub(crate) fn names(roles: Roles) -> Vec<&'static str> {
    roles.iter().map(Role::name).collect()
}
