//! Making tokens, for development and for Khata's own commands. Banks have an issuer for that.

use super::{ClaimRules, TokenSecret, claims::Claims, signatures};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Header};
use khata_application::access::{Roles, Unauthenticated};
use khata_domain::ids::CustomerId;
use serde_json::json;

/// What a token is to say of its bearer.
#[derive(Debug, Clone)]
pub struct Grant {
    /// How they are called.
    pub subject: String,
    /// What they may be.
    pub roles: Roles,
    /// Which customer they are, if they are one.
    pub customer: Option<CustomerId>,
    /// How long it is good.
    pub ttl: SignedDuration,
}

/// Why no token is made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// Nobody would accept it.
    #[error(transparent)]
    Useless(#[from] Unauthenticated),
    /// It cannot be signed.
    #[error("the token cannot be signed")]
    Unsigned(#[source] jsonwebtoken::errors::Error),
}

impl TokenSecret {
    /// Makes a token that a server with this secret and these rules accepts.
    ///
    /// # Errors
    /// What it is to say is not accepted by these rules.
    pub fn issue(&self, rules: &ClaimRules, grant: &Grant, now: Timestamp) -> Result<String, IssueError> {
        signatures::install();
        let until = now.saturating_add(grant.ttl).unwrap_or(Timestamp::MAX);
        let roles: Vec<&str> = grant.roles.iter().map(|role| role.name()).collect();
        let mut claims = json!({
            "iss": rules.issuer, "aud": rules.audience, "sub": grant.subject, "roles": roles,
            "namespace": rules.namespace.as_str(), "iat": now.as_second(), "exp": until.as_second(),
        });
        if let Some(customer) = grant.customer {
            claims["customer_id"] = customer.to_string().into();
        }
        let read: Claims =
            serde_json::from_value(claims.clone()).map_err(|error| IssueError::Unsigned(error.into()))?;
        rules.judge(read, now)?;
        let header = Header { kid: Some(self.id().to_owned()), ..Header::new(Algorithm::HS256) };
        jsonwebtoken::encode(&header, &claims, self.signing_key()).map_err(IssueError::Unsigned)
    }
}
