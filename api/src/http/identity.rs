//! Who asks: whoever the request's token was made out to, or, where nobody has to say who they are, this machine's own user.
//!
//! No part of a token leaves this file but towards the [`Authenticator`]: not into problems, lines of the log, spans or labels.

use super::problem::{Problem, codes};
use axum::{
    extract::Request,
    http::{HeaderMap, HeaderValue, header},
};
use khata_application::access::{Authenticator, Principal, Unauthenticated};
use metrics::counter;
use std::sync::Arc;

/// The longest token that is looked at, in bytes.
const MAX_TOKEN_BYTES: usize = 8 * 1024;
/// The scheme of RFC 6750, with the blank behind it.
const BEARER: &[u8] = b"bearer ";

/// Routes that answer whoever asks: machines that look whether this process lives, and pages that hold nobody's data.
const FREE: [&str; 10] = [
    "/healthz",
    "/readyz",
    "/",
    "/docs",
    "/docs/",
    "/docs/errors.md",
    "/docs/{*asset}",
    "/openapi.json",
    "/v1",
    // Its signature stands in place of a token.
    "/v1/webhooks/velocitypay",
];

/// Routes that machines ask to find out whether this process lives: those they may ask as often as they like.
const PROBES: [&str; 2] = ["/healthz", "/readyz"];

/// What can come of looking at who asks, as it is counted.
pub(super) const RESULTS: [&str; 5] = ["accepted", "missing", "invalid", "expired", "unavailable"];

/// Whether a route answers also those who do not say who they are.
pub(super) fn is_free(route: Option<&str>) -> bool {
    route.is_some_and(|route| FREE.contains(&route))
}

/// Whether a route only tells whether this process lives.
pub(super) fn is_probe(route: Option<&str>) -> bool {
    route.is_some_and(|route| PROBES.contains(&route))
}

/// Tells who asks.
pub(super) struct Identity {
    /// None where nobody has to say who they are.
    authenticator: Option<Arc<dyn Authenticator>>,
    local: Arc<Principal>,
    nobody: Arc<Principal>,
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("by_token", &self.authenticator.is_some()).finish_non_exhaustive()
    }
}

impl Identity {
    /// By tokens, or, without an authenticator, whoever can reach this server.
    pub(super) fn new(authenticator: Option<Arc<dyn Authenticator>>) -> Self {
        Self {
            authenticator,
            local: Arc::new(Principal::trusted(Principal::LOCAL)),
            nobody: Arc::new(Principal::nobody()),
        }
    }

    /// Whether one has to say who one is.
    pub(super) fn is_asked_for(&self) -> bool {
        self.authenticator.is_some()
    }

    /// Whether a request's token was found good before, and still is: found out without asking anybody.
    pub(super) fn remembers(&self, headers: &HeaderMap) -> bool {
        let (Some(authenticator), Ok(token)) = (&self.authenticator, token(headers)) else { return false };
        authenticator.remembered(token).is_some()
    }

    /// Puts an `Arc<Principal>` into the request's extensions: every request that passes has one.
    ///
    /// # Errors
    /// Without a good token, 401 with the challenge of RFC 6750; 503 if whether it is good cannot be told.
    pub(super) async fn establish(&self, route: Option<&str>, request: &mut Request) -> Result<(), Problem> {
        let principal = match &self.authenticator {
            None => Arc::clone(&self.local),
            Some(_) if is_free(route) => Arc::clone(&self.nobody),
            Some(authenticator) => Arc::new(known(&**authenticator, request.headers()).await?),
        };
        request.extensions_mut().insert(principal);
        Ok(())
    }
}

/// Whom a request's token was made out to; counts what came of it.
async fn known(authenticator: &dyn Authenticator, headers: &HeaderMap) -> Result<Principal, Problem> {
    let known = match token(headers) {
        Ok(token) => authenticator.authenticate(token).await.map_err(Unknown::Token),
        Err(unknown) => Err(unknown),
    };
    let result = known.as_ref().map_or_else(Unknown::result, |_| RESULTS[0]);
    counter!("khata_authentications_total", "result" => result).increment(1);
    known.map_err(Unknown::into_problem)
}

/// Why it is not known who asks.
#[derive(Debug, PartialEq, Eq)]
enum Unknown {
    /// There is no token.
    Missing,
    /// There are two.
    Twice,
    /// It is not accepted.
    Token(Unauthenticated),
}

/// The bearer token of a request.
fn token(headers: &HeaderMap) -> Result<&str, Unknown> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (first, second) = (values.next(), values.next());
    if second.is_some() {
        return Err(Unknown::Twice);
    }
    let token = first.and_then(after_scheme).ok_or(Unknown::Missing)?;
    let invalid = |why| Unknown::Token(Unauthenticated::Invalid(why));
    if token.len() > MAX_TOKEN_BYTES {
        return Err(invalid("it is longer than 8 KiB"));
    }
    let is_of_token = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
    let token = std::str::from_utf8(token).ok();
    token
        .filter(|token| !token.is_empty() && token.bytes().all(is_of_token))
        .ok_or_else(|| invalid("it is malformed"))
}

/// What stands behind `Bearer `, if the header is of that scheme.
fn after_scheme(value: &HeaderValue) -> Option<&[u8]> {
    let (scheme, token) = value.as_bytes().split_at_checked(BEARER.len())?;
    scheme.eq_ignore_ascii_case(BEARER).then(|| token.trim_ascii())
}

impl Unknown {
    /// As it is counted.
    fn result(&self) -> &'static str {
        match self {
            Self::Missing => RESULTS[1],
            Self::Twice | Self::Token(Unauthenticated::Invalid(_)) => RESULTS[2],
            Self::Token(Unauthenticated::Expired) => RESULTS[3],
            Self::Token(Unauthenticated::Unavailable(_)) => RESULTS[4],
        }
    }

    fn into_problem(self) -> Problem {
        match self {
            Self::Missing => {
                let detail = "This server asks who you are: send a token (`Authorization: Bearer …`).";
                Problem::new(&codes::UNAUTHENTICATED, detail).challenged("Bearer realm=\"khata\"")
            }
            Self::Twice => Problem::new(&codes::INVALID_HEADER, "`authorization` must be given once.")
                .with("header", "authorization")
                .challenged("Bearer realm=\"khata\", error=\"invalid_request\""),
            Self::Token(Unauthenticated::Unavailable(reason)) => Problem::keys_unavailable(reason),
            Self::Token(why) => {
                let (why, error) = (why.to_string(), "error=\"invalid_token\"");
                let challenge = format!("Bearer realm=\"khata\", {error}, error_description=\"{why}\"");
                let detail = format!("You are not let in: {why}.");
                Problem::new(&codes::UNAUTHENTICATED, detail).challenged(&challenge)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(values: &[&'static str]) -> Result<String, Unknown> {
        let headers =
            values.iter().map(|value| (header::AUTHORIZATION, HeaderValue::from_static(value))).collect();
        token(&headers).map(str::to_owned)
    }

    #[test]
    fn a_token_stands_behind_its_scheme_however_that_is_written() {
        for value in ["Bearer abc.d-e_f.~+/==", "bearer abc.d-e_f.~+/==", "BEARER  abc.d-e_f.~+/=="] {
            assert_eq!(given(&[value]), Ok("abc.d-e_f.~+/==".to_owned()), "{value}");
        }
    }

    #[test]
    fn another_scheme_is_no_token() {
        for values in [&[][..], &["Basic dXNlcg=="], &["Bearer"], &["Bearerabc"], &[""]] {
            assert_eq!(given(values), Err(Unknown::Missing), "{values:?}");
        }
    }

    #[test]
    fn what_is_no_token_is_an_invalid_one_and_two_are_no_request() {
        for value in ["Bearer ", "Bearer a b", "Bearer a,b", "Bearer \"a\""] {
            assert_eq!(
                given(&[value]),
                Err(Unknown::Token(Unauthenticated::Invalid("it is malformed"))),
                "{value}"
            );
        }
        assert_eq!(given(&["Bearer a", "Bearer a"]), Err(Unknown::Twice));
    }
}
