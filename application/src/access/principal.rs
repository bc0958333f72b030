//! Whoever asks for a command or a question.

use super::{Role, Roles};
use jiff::Timestamp;
use khata_domain::ids::CustomerId;
use std::sync::{Arc, LazyLock};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// By this name events and idempotency keys know them: the subject of the token.
    pub actor: Arc<str>,
    pub roles: Roles,
    /// Which customer they are, if they are one.
    pub customer: Option<CustomerId>,
    /// When whatever proved who they are ends.
    pub until: Option<Timestamp>,
}

impl Principal {
    /// Whoever asks where nobody has to say who they are: a server that only this machine reaches.
    pub const LOCAL: &'static str = "local";

    /// That one.
    pub fn local() -> Arc<Self> {
        static LOCAL: LazyLock<Arc<Principal>> =
            LazyLock::new(|| Arc::new(Principal::trusted(Principal::LOCAL)));
        Arc::clone(&LOCAL)
    }

    /// Somebody whom nobody doubts: the machine's own user, Khata's own processes.
    pub fn trusted(actor: impl Into<Arc<str>>) -> Self {
        Self { actor: actor.into(), roles: Roles::ALL, customer: None, until: None }
    }

    /// Whoever has not said who they are, where that is asked: they have no part in anything.
    pub fn nobody() -> Self {
        Self { actor: "nobody".into(), roles: Roles::NONE, customer: None, until: None }
    }

    /// Whether they have proved who they are. Then what they do is on their own authority, whoever else a body names.
    pub fn is_proven(&self) -> bool {
        self.until.is_some() || self.roles != Roles::ALL
    }

    /// Whether they act for a customer and for nobody else.
    pub fn is_customer_alone(&self) -> bool {
        self.roles == Roles::of(&[Role::Customer])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_role_of_a_customer_makes_a_customer() {
        let somebody = |roles: &[Role]| Principal { roles: Roles::of(roles), ..Principal::trusted("x") };
        assert!(somebody(&[Role::Customer]).is_customer_alone());
        assert!(!somebody(&[Role::Customer, Role::Teller]).is_customer_alone());
        assert!(!Principal::trusted("x").is_customer_alone());
    }

    #[test]
    fn who_is_trusted_has_proved_nothing() {
        let admin = Principal { roles: Roles::of(&[Role::Admin]), ..Principal::trusted("x") };
        let until = Some(Timestamp::UNIX_EPOCH);
        assert!(admin.is_proven() && Principal { until, ..Principal::trusted("x") }.is_proven());
        assert!(!Principal::trusted("x").is_proven());
    }
}
