//! The port that turns a token into whoever it was made out to.

use super::Principal;
use async_trait::async_trait;

/// Knows whom tokens were made out to.
#[async_trait]
pub trait Authenticator: Send + Sync {
    /// Checks a bearer token and tells who its bearer is.
    async fn authenticate(&self, token: &str) -> Result<Principal, Unauthenticated>;

    /// Who the bearer of a token is, if that was found out before and still holds. It costs next to nothing, and
    /// nobody is asked; `None` is no proof.
    fn remembered(&self, _token: &str) -> Option<Principal> {
        None
    }
}

/// Why a token is not accepted. Never holds the token, nor any part of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unauthenticated {
    /// The token is no good, whenever it is shown.
    #[error("the token is not valid: {0}")]
    Invalid(&'static str),
    /// It was good once.
    #[error("the token has expired")]
    Expired,
    /// Whether it is good cannot be told now: the keys cannot be reached.
    #[error("the keys that tokens are checked with cannot be reached: {0}")]
    Unavailable(String),
}
