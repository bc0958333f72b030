//! What a token has to say, and whom that makes its bearer.

use jiff::{SignedDuration, Timestamp};
use khata_application::{
    Namespace,
    access::{Principal, Role, Roles, Unauthenticated},
};
use khata_domain::{ids::CustomerId, text::Text};
use serde::{Deserialize, Deserializer, de};

/// The most that clocks may differ.
pub const LEEWAY_AT_MOST: SignedDuration = SignedDuration::from_secs(60);

/// The longest subject, in characters.
const MAX_SUBJECT: usize = 200;
/// What Khata's own actors are called, alone or with something behind a mark: nobody else may be taken for them.
const OWN_ACTORS: [&str; 6] = ["local", "nobody", "khata", "system", "process", "import"];

/// What the claims of a token have to be.
#[derive(Debug, Clone)]
pub struct ClaimRules {
    /// Who makes the tokens: `iss`, to the letter.
    pub issuer: String,
    /// Whom they are for: one of `aud`.
    pub audience: String,
    /// How much the clock of whoever makes them may differ from ours; at most [`LEEWAY_AT_MOST`].
    pub leeway: SignedDuration,
    /// A token that names another namespace is not for us.
    pub namespace: Namespace,
}

/// The claims that count. Those that are not known are left aside, as RFC 7519 wants it; one of another type, `null` too, spoils the
/// token.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    aud: Audience,
    sub: String,
    exp: NumericDate,
    #[serde(default, deserialize_with = "given")]
    nbf: Option<NumericDate>,
    #[serde(default, deserialize_with = "given")]
    iat: Option<NumericDate>,
    roles: Vec<String>,
    #[serde(default, deserialize_with = "given")]
    customer_id: Option<String>,
    #[serde(default, deserialize_with = "given")]
    namespace: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn has(&self, name: &str) -> bool {
        match self {
            Self::One(one) => one == name,
            Self::Many(many) => many.iter().any(|one| one == name),
        }
    }
}

/// Seconds since 1970, whole or with a fraction.
struct NumericDate(Timestamp);

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = serde_json::Number::deserialize(deserializer)?;
        let instant = match number.as_i64() {
            Some(seconds) => Timestamp::from_second(seconds).ok(),
            None => number
                .as_f64()
                .and_then(|seconds| SignedDuration::try_from_secs_f64(seconds).ok())
                .and_then(|since| Timestamp::UNIX_EPOCH.checked_add(since).ok()),
        };
        let instant = instant.filter(|instant| *instant >= Timestamp::UNIX_EPOCH);
        instant.map(Self).ok_or_else(|| de::Error::custom("no instant"))
    }
}

fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

impl ClaimRules {
    /// Whom the claims were made out to.
    pub(super) fn judge(&self, claims: Claims, now: Timestamp) -> Result<Principal, Unauthenticated> {
        let refused = |why| Err(Unauthenticated::Invalid(why));
        if claims.iss != self.issuer {
            return refused("it is of another issuer");
        }
        if !claims.aud.has(&self.audience) {
            return refused("it is for another audience");
        }
        if claims.namespace.is_some_and(|name| name != self.namespace.as_str()) {
            return refused("it is for another namespace");
        }
        let until = self.later(claims.exp.0);
        if until <= now {
            return Err(Unauthenticated::Expired);
        }
        let latest = self.later(now);
        if claims.nbf.is_some_and(|from| from.0 > latest) {
            return refused("it is not valid yet");
        }
        if claims.iat.is_some_and(|made| made.0 > latest) {
            return refused("it was made in the future");
        }
        if !is_subject(&claims.sub) {
            return refused("its subject is none: 1 to 200 visible characters, no name of Khata's own");
        }
        let roles = known_roles(&claims.roles);
        if roles == Roles::NONE {
            return refused("it names no role that there is");
        }
        let customer = claims.customer_id.map(|id| id.parse::<CustomerId>()).transpose();
        let Ok(customer) = customer else { return refused("its customer_id is none") };
        if customer.is_some() != roles.has(Role::Customer) {
            return refused("the role customer and a customer_id go together");
        }
        Ok(Principal { actor: claims.sub.into(), roles, customer, until: Some(until) })
    }

    fn later(&self, instant: Timestamp) -> Timestamp {
        instant.saturating_add(self.leeway.min(LEEWAY_AT_MOST)).unwrap_or(Timestamp::MAX)
    }
}

/// The roles that Khata has. Issuers tell of others, too, and of new ones before every process knows them: those give no right.
fn known_roles(names: &[String]) -> Roles {
    let known = |name: &String| Role::ALL.into_iter().find(|role| role.name() == name);
    names.iter().filter_map(known).collect()
}

/// Whether an actor can be called so: as it stands, with nothing that a reader does not see.
fn is_subject(subject: &str) -> bool {
    let as_it_stands = Text::<MAX_SUBJECT>::parse(subject).is_ok_and(|text| text.as_str() == subject);
    let word = subject.split(['_', '-', ':', '/']).next().unwrap_or_default();
    as_it_stands && !OWN_ACTORS.iter().any(|own| word.eq_ignore_ascii_case(own))
}
