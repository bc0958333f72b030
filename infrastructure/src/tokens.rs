//! Tokens: JSON Web Tokens (RFC 7519) as the proof of who asks. This adapter of [`Authenticator`] owns which keys are believed, which
//! algorithms, and which claims; what a role may do is decided elsewhere.
//!
//! Reading order: [`Tokens`], `header` (what a token may say of itself), `keys` and `key_ring` (which key it is checked with, and where keys
//! come from), `claims` (whom it was made out to). The cryptography is ring's (`signatures`), the encoding jsonwebtoken's.

mod claims;
mod header;
mod issue;
mod jwks;
mod key_ring;
mod keys;
mod published;
mod secret;
mod signatures;

pub use claims::{ClaimRules, LEEWAY_AT_MOST};
pub use issue::{Grant, IssueError};
pub use key_ring::{FileKeys, KeyRing};
pub use published::{Address, AddressError, Fetch};
pub use secret::{SecretError, TokenSecret};

use async_trait::async_trait;
use claims::Claims;
use header::Shown;
use jiff::Timestamp;
use jsonwebtoken::{Validation, errors::ErrorKind};
use keys::{KeySet, NoKey};
use khata_application::{
    Clock,
    access::{Authenticator, Principal, Unauthenticated},
};
use moka::sync::Cache;
use std::sync::Arc;

/// So many tokens that were found good are remembered.
const REMEMBERED: u64 = 10_000;

/// Knows whom tokens were made out to, by keys and rules.
pub struct Tokens {
    rules: ClaimRules,
    keys: Arc<KeyRing>,
    clock: Arc<dyn Clock>,
    /// Tokens that were good under the keys of a generation, by a digest that nobody can foretell: a signature costs ten times as much
    /// as looking here.
    known: Cache<[u8; 32], Arc<Known>>,
    digest_key: [u8; 32],
}

/// Whom a token was made out to, as was found out with some keys.
struct Known {
    principal: Principal,
    until: Timestamp,
    generation: u64,
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("rules", &self.rules).finish_non_exhaustive()
    }
}

impl Tokens {
    /// Believes tokens that these keys have signed and that say what the rules want.
    ///
    /// # Errors
    /// The system gives no random numbers.
    pub fn new(
        rules: ClaimRules,
        keys: Arc<KeyRing>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, getrandom::Error> {
        signatures::install();
        let mut digest_key = [0; 32];
        getrandom::fill(&mut digest_key)?;
        Ok(Self { rules, keys, clock, known: Cache::new(REMEMBERED), digest_key })
    }

    fn digest(&self, token: &str) -> [u8; 32] {
        *blake3::keyed_hash(&self.digest_key, token.as_bytes()).as_bytes()
    }

    /// Whom a token of this digest was made out to, if that was found out with these keys.
    fn known(&self, digest: &[u8; 32], keys: &KeySet, now: Timestamp) -> Option<Principal> {
        let known = self.known.get(digest)?;
        (known.generation == keys.generation() && now < known.until).then(|| known.principal.clone())
    }

    /// Checks a token with the one key that it can have been signed with.
    fn check(
        &self,
        token: &str,
        shown: &Shown,
        keys: &KeySet,
        now: Timestamp,
    ) -> Result<Result<Principal, Unauthenticated>, NoKey> {
        let key = keys.pick(shown.algorithm, shown.key_id.as_deref())?;
        // Which claims there have to be, and what time it is, is ours to say.
        let mut validation = Validation::new(key.algorithm);
        validation.required_spec_claims.clear();
        (validation.validate_exp, validation.validate_aud) = (false, false);
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &validation);
        Ok(claims.map_err(|error| refused(error.kind())).and_then(|read| self.rules.judge(read.claims, now)))
    }
}

/// Why the library takes no token. Its own words may repeat what stands in it.
fn refused(kind: &ErrorKind) -> Unauthenticated {
    Unauthenticated::Invalid(match kind {
        ErrorKind::InvalidSignature => "its signature does not fit",
        ErrorKind::Json(_) => "a claim is missing, or of another type than it has to be",
        ErrorKind::InvalidAlgorithm => "its algorithm is not the one of its key",
        _ => "it is malformed",
    })
}

#[async_trait]
impl Authenticator for Tokens {
    async fn authenticate(&self, token: &str) -> Result<Principal, Unauthenticated> {
        let now = self.clock.now();
        let mut held = self.keys.held(now).await;
        let digest = self.digest(token);
        if let Some(principal) = self.known(&digest, &held.keys, now) {
            return Ok(principal);
        }
        let shown = header::read(token)?;
        let mut checked = self.check(token, &shown, &held.keys, now);
        if matches!(checked, Err(NoKey::Unknown)) && self.keys.look_again(&held).await {
            held = self.keys.held(self.clock.now()).await;
            checked = self.check(token, &shown, &held.keys, now);
        }
        let principal = checked.unwrap_or_else(|no_key| Err(self.keys.lack(&held, no_key)))?;
        if let Some(until) = principal.until {
            let known = Known { principal: principal.clone(), until, generation: held.keys.generation() };
            self.known.insert(digest, Arc::new(known));
        }
        Ok(principal)
    }

    fn remembered(&self, token: &str) -> Option<Principal> {
        self.known(&self.digest(token), &self.keys.present().keys, self.clock.now())
    }
}

#[cfg(test)]
mod tests;
