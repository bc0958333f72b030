//! Tokens without signatures, for tests of what those who are known may do: whoever shows one is whom it names.

use async_trait::async_trait;
use khata_application::access::{Authenticator, Principal, Role, Roles, Unauthenticated};

/// Takes `SUBJECT/ROLE+ROLE` or `SUBJECT/ROLE+ROLE/CUSTOMER` at its word; `expired` has expired, of `unreachable` nobody can tell.
#[derive(Debug, Default, Clone, Copy)]
pub struct Badges;

impl Badges {
    /// The value of `Authorization` of a member of staff.
    pub fn of(subject: &str, roles: &[Role]) -> String {
        format!("Bearer {subject}/{}", names(roles))
    }

    /// The value of `Authorization` of a customer.
    pub fn of_customer(subject: &str, customer: &str) -> String {
        format!("Bearer {subject}/customer/{customer}")
    }
}

fn names(roles: &[Role]) -> String {
    roles.iter().map(|role| role.name()).collect::<Vec<_>>().join("+")
}

#[async_trait]
impl Authenticator for Badges {
    async fn authenticate(&self, token: &str) -> Result<Principal, Unauthenticated> {
        let invalid = || Unauthenticated::Invalid("it is no badge");
        match token {
            "expired" => return Err(Unauthenticated::Expired),
            "unreachable" => return Err(Unauthenticated::Unavailable("nobody answers".to_owned())),
            _ => {}
        }
        let mut parts = token.split('/');
        let (Some(actor), Some(roles)) = (parts.next(), parts.next()) else { return Err(invalid()) };
        let roles: Option<Roles> =
            roles.split('+').map(|name| Role::ALL.into_iter().find(|role| role.name() == name)).collect();
        let customer = parts.next().map(|customer| customer.parse().map_err(|_| invalid())).transpose()?;
        Ok(Principal { actor: actor.into(), roles: roles.ok_or_else(invalid)?, customer, until: None })
    }
}
