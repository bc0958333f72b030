//! Whom tokens let in: over tokens that are signed here, and the fixtures that another library made.

use super::*;
use crate::{ManualClock, private_file};
use jiff::SignedDuration;
use jsonwebtoken::{Algorithm, Header};
use khata_application::{
    Namespace,
    access::{Role, Roles},
};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

mod fetching;

const SECRET: &[u8] = b"a secret of forty bytes for the fixtures!";
const NOW: i64 = 1_772_452_800;
const CUSTOMER: &str = "cus_01890a5d-ac96-774b-bcce-b302099a8057";
const FIXTURES: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/tokens/tokens.json"));

fn fixtures() -> Value {
    serde_json::from_str(FIXTURES).unwrap()
}

fn rules() -> ClaimRules {
    ClaimRules {
        issuer: "https://issuer.example".into(),
        audience: "khata-tests".into(),
        leeway: SignedDuration::from_secs(30),
        namespace: Namespace::default(),
    }
}

fn secret() -> TokenSecret {
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("secret");
    private_file::create(&path, SECRET).unwrap();
    TokenSecret::read(&path).unwrap()
}

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at(Timestamp::from_second(NOW).unwrap()))
}

fn by_secret() -> (Tokens, Arc<ManualClock>) {
    let clock = clock();
    let ring = KeyRing::new(FileKeys::of(Some(&secret()), None).unwrap(), None, clock.clone());
    (Tokens::new(rules(), ring, clock.clone()).unwrap(), clock)
}

/// A set of some of the fixtures' keys.
fn set(ids: &[&str]) -> Vec<u8> {
    let keys = fixtures()["keys"].clone();
    json!({ "keys": ids.iter().map(|id| keys[id].clone()).collect::<Vec<_>>() }).to_string().into_bytes()
}

fn by_set(ids: &[&str]) -> Tokens {
    let clock = clock();
    let keys = FileKeys::of(Some(&secret()), Some(&set(ids))).unwrap();
    Tokens::new(rules(), KeyRing::new(keys, None, clock.clone()), clock).unwrap()
}

fn claims() -> Value {
    json!({ "iss": "https://issuer.example", "aud": "khata-tests", "sub": "maria", "roles": ["teller"], "exp": NOW + 600 })
}

fn signed(header: &Header, claims: &Value) -> String {
    signatures::install();
    jsonwebtoken::encode(header, claims, secret().signing_key()).unwrap()
}

async fn asked(tokens: &Tokens, changed: Value) -> Result<Principal, Unauthenticated> {
    let mut claims = claims();
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::String(text) if text == "left out" => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    tokens.authenticate(&signed(&Header::new(Algorithm::HS256), &claims)).await
}

#[tokio::test]
async fn a_token_makes_its_bearer_whom_it_names_until_it_ends() {
    let (tokens, _) = by_secret();
    let maria = asked(&tokens, json!({})).await.unwrap();
    assert_eq!((&*maria.actor, maria.roles, maria.customer), ("maria", Roles::of(&[Role::Teller]), None));
    assert_eq!(maria.until, Timestamp::from_second(NOW + 630).ok(), "with the leeway");
    let customer =
        json!({ "roles": ["customer", "offline_access"], "customer_id": CUSTOMER, "namespace": "main" });
    let customer = asked(&tokens, customer).await.unwrap();
    assert!(customer.is_customer_alone());
    assert_eq!(customer.customer.unwrap().to_string(), CUSTOMER);
}

#[tokio::test]
async fn claims_that_are_missing_wrong_or_of_another_type_let_nobody_in() {
    let (tokens, _) = by_secret();
    let (missing, subject) = (
        "a claim is missing, or of another type than it has to be",
        "its subject is none: 1 to 200 visible characters, no name of Khata's own",
    );
    for (changed, why) in [
        (json!({ "exp": "left out" }), missing),
        (json!({ "sub": "left out" }), missing),
        (json!({ "iss": "left out" }), missing),
        (json!({ "aud": "left out" }), missing),
        (json!({ "roles": "left out" }), missing),
        (json!({ "exp": (NOW + 600).to_string() }), missing),
        (json!({ "exp": null }), missing),
        (json!({ "exp": -1 }), missing),
        (json!({ "exp": 1e300 }), missing),
        (json!({ "exp": [NOW + 600] }), missing),
        (json!({ "nbf": NOW.to_string() }), missing),
        (json!({ "nbf": null }), missing),
        (json!({ "iat": true }), missing),
        (json!({ "iss": ["https://issuer.example"] }), missing),
        (json!({ "aud": 7 }), missing),
        (json!({ "aud": ["khata-tests", 7] }), missing),
        (json!({ "sub": 7 }), missing),
        (json!({ "roles": "teller" }), missing),
        (json!({ "roles": [7] }), missing),
        (json!({ "roles": null }), missing),
        (json!({ "customer_id": null }), missing),
        (json!({ "namespace": null }), missing),
        (json!({ "namespace": 1 }), missing),
        (json!({ "iss": "https://issuer.example/" }), "it is of another issuer"),
        (json!({ "aud": "khata" }), "it is for another audience"),
        (json!({ "aud": [] }), "it is for another audience"),
        (json!({ "namespace": "other" }), "it is for another namespace"),
        (json!({ "nbf": NOW + 31 }), "it is not valid yet"),
        (json!({ "iat": NOW + 31 }), "it was made in the future"),
        (json!({ "roles": [] }), "it names no role that there is"),
        (json!({ "roles": ["Teller", "boss"] }), "it names no role that there is"),
        (json!({ "roles": ["customer"] }), "the role customer and a customer_id go together"),
        (json!({ "customer_id": CUSTOMER }), "the role customer and a customer_id go together"),
        (json!({ "roles": ["customer"], "customer_id": "7" }), "its customer_id is none"),
        (json!({ "sub": "" }), subject),
        (json!({ "sub": " maria" }), subject),
        (json!({ "sub": "mar\u{200b}ia" }), subject),
        (json!({ "sub": "a".repeat(201) }), subject),
        (json!({ "sub": "local" }), subject),
        (json!({ "sub": "Process_eod" }), subject),
        (json!({ "sub": "import:berka" }), subject),
    ] {
        let told = asked(&tokens, changed.clone()).await;
        assert_eq!(told, Err(Unauthenticated::Invalid(why)), "{changed}");
    }
    for (accepted, what) in [
        (json!({ "sub": "important@bank.example" }), "a word that only begins like one of ours"),
        (json!({ "sub": "a".repeat(200) }), "as long as may be"),
        (json!({ "nbf": NOW + 30, "iat": NOW + 30 }), "within the leeway"),
        (json!({ "exp": NOW as f64 + 600.5 }), "with a fraction"),
    ] {
        assert!(asked(&tokens, accepted).await.is_ok(), "{what}");
    }
}

#[tokio::test]
async fn a_token_ends_by_the_clock_also_where_it_was_accepted_before() {
    let (tokens, clock) = by_secret();
    let token = signed(&Header::new(Algorithm::HS256), &claims());
    for (second, accepted) in [(0, true), (629, true), (630, false), (0, true)] {
        clock.set(Timestamp::from_second(NOW + second).unwrap());
        let told = tokens.authenticate(&token).await;
        assert_eq!(told.is_ok(), accepted, "{second}: {told:?}");
        assert!(accepted || told == Err(Unauthenticated::Expired));
    }
}

#[tokio::test]
async fn a_token_that_was_accepted_is_not_when_its_key_is_gone() {
    let clock = clock();
    let ring = KeyRing::new(FileKeys::of(Some(&secret()), None).unwrap(), None, clock.clone());
    let tokens = Tokens::new(rules(), ring.clone(), clock).unwrap();
    let token = signed(&Header::new(Algorithm::HS256), &claims());
    assert!(tokens.authenticate(&token).await.is_ok());
    ring.take_files(FileKeys::of(None, Some(&set(&["es-1"]))).unwrap());
    assert_eq!(
        tokens.authenticate(&token).await,
        Err(Unauthenticated::Invalid("no key is known that it can be signed with"))
    );
}

#[tokio::test]
async fn what_another_library_signed_is_accepted_by_each_algorithm() {
    let tokens = by_set(&["rs-1", "rs-2", "es-1", "ed-1", "weak", "p-384", "oct"]);
    for (name, token) in fixtures()["accepted"].as_object().unwrap() {
        let told = tokens.authenticate(token.as_str().unwrap()).await;
        assert_eq!(told.map(|principal| principal.actor.to_string()), Ok("maria".to_owned()), "{name}");
    }
}

#[tokio::test]
async fn what_another_library_made_to_deceive_is_refused_for_its_own_reason() {
    let tokens = by_set(&["rs-1", "rs-2", "es-1", "ed-1", "weak", "p-384", "oct"]);
    let invalid = Unauthenticated::Invalid;
    let expected = |name: &str| match name {
        "alg none" => invalid("it is malformed, or of an algorithm that is not taken"),
        "HS256 with the public key" | "RS384" | "PS256" => invalid("its algorithm is not the one of its key"),
        "the key of another id" | "another signature" | "no signature" | "other claims" => {
            invalid("its signature does not fit")
        }
        "a weak key" | "another curve" => invalid("no key is known that it can be signed with"),
        "its own key" | "jku" | "x5u" | "x5c" => invalid("it brings a key of its own"),
        "crit" => invalid("it asks for an extension that is not known"),
        "another type" => invalid("it is of another type than an access token"),
        "another audience" => invalid("it is for another audience"),
        "another issuer" => invalid("it is of another issuer"),
        "nbf to come" => invalid("it is not valid yet"),
        "iat to come" => invalid("it was made in the future"),
        "expired" => Unauthenticated::Expired,
        other => panic!("{other} is not expected"),
    };
    let refused = fixtures()["refused"].clone();
    assert!(refused.as_object().unwrap().len() > 20);
    for (name, token) in refused.as_object().unwrap() {
        assert_eq!(tokens.authenticate(token.as_str().unwrap()).await, Err(expected(name)), "{name}");
    }
}

#[tokio::test]
async fn without_an_id_there_has_to_be_one_key_of_the_algorithm() {
    let (one_each, two) = (by_set(&["rs-1", "es-1", "ed-1"]), by_set(&["rs-1", "rs-2", "es-1"]));
    for id in ["rs-1", "es-1", "ed-1"] {
        let token = fixtures()["without an id"][id].as_str().unwrap().to_owned();
        assert!(one_each.authenticate(&token).await.is_ok(), "{id}");
    }
    let token = fixtures()["without an id"]["rs-1"].as_str().unwrap().to_owned();
    assert_eq!(
        two.authenticate(&token).await,
        Err(Unauthenticated::Invalid("it does not say which key it is signed with"))
    );
}

#[tokio::test]
async fn what_is_no_token_is_refused() {
    let (tokens, _) = by_secret();
    let good = signed(&Header::new(Algorithm::HS256), &claims());
    let (head, signature) = good.rsplit_once('.').unwrap();
    for token in [
        "",
        ".",
        "..",
        "...",
        "a.b.c",
        head,
        &format!("{good}."),
        &format!(".{good}"),
        &format!("{head}.{signature}="),
        &good[1..],
    ] {
        assert!(matches!(tokens.authenticate(token).await, Err(Unauthenticated::Invalid(_))), "{token}");
    }
    let twice = "eyJhbGciOiJIUzI1NiIsImFsZyI6Im5vbmUifQ"; // {"alg":"HS256","alg":"none"}
    let rest = good.split_once('.').unwrap().1;
    assert!(tokens.authenticate(&format!("{twice}.{rest}")).await.is_err());
}

#[test]
fn keys_that_are_weak_secret_or_for_something_else_are_left_out_and_told() {
    let key = |id: &str, changed: Value| {
        let mut key = fixtures()["keys"][id].clone();
        changed.as_object().unwrap().iter().for_each(|(name, value)| key[name] = value.clone());
        key
    };
    let keys = json!({ "keys": [
        key("rs-1", json!({})), key("rs-1", json!({})), key("weak", json!({})), key("p-384", json!({})), key("oct", json!({})),
        key("es-1", json!({ "use": "enc" })), key("es-1", json!({ "alg": "RS256" })), key("es-1", json!({ "y": "AA" })),
        key("ed-1", json!({ "key_ops": ["sign"] })), key("ed-1", json!({ "kid": 7 })), key("ed-1", json!({ "d": "AA" })),
        key("rs-2", json!({ "alg": "RS512" })), { "kty": "RSA" },
    ] });
    let (taken, left_out) = jwks::read(keys.to_string().as_bytes()).unwrap();
    assert_eq!(taken.len(), 1);
    assert_eq!(left_out.len(), 12);
    for (line, why) in left_out.iter().zip([
        "another one has its id",
        "less than 2048 bits",
        "a kind that Khata does not take",
        "it is secret",
        "not for signatures",
        "an algorithm that Khata does not take",
        "another length",
        "not for checking",
        "its id is no text",
        "it is secret",
        "an algorithm that Khata does not take",
        "is missing",
    ]) {
        assert!(line.contains(why), "{line}");
    }
    for none in ["", "[]", "{}", "{\"keys\":{}}", "{\"keys\":[7]}", "<html>"] {
        assert!(jwks::read(none.as_bytes()).is_err(), "{none}");
    }
    assert!(FileKeys::of(None, Some(br#"{"keys":[]}"#)).is_err(), "a set without a key lets nobody in");
}

#[test]
fn a_secret_is_long_enough_and_of_its_file_without_a_line_break() {
    let place = tempfile::tempdir().unwrap();
    let of = |name: &str, bytes: &[u8]| {
        let path = place.path().join(name);
        private_file::create(&path, bytes).unwrap();
        TokenSecret::read(&path).map(|secret| secret.id().to_owned())
    };
    let id = of("plain", SECRET).unwrap();
    assert_eq!(of("line", &[SECRET, b"\n"].concat()).unwrap(), id);
    assert_eq!(of("crlf", &[SECRET, b"\r\n"].concat()).unwrap(), id);
    assert_ne!(of("two lines", &[SECRET, b"\n\n"].concat()).unwrap(), id);
    assert!(matches!(of("short", &[7; 31]), Err(SecretError::Short { bytes: 31, .. })));
    assert!(matches!(
        of("short line", &[b"x".repeat(31), b"\n".to_vec()].concat()),
        Err(SecretError::Short { bytes: 31, .. })
    ));
    let made = place.path().join("made");
    TokenSecret::create(&made).unwrap();
    assert!(TokenSecret::read(&made).is_ok() && TokenSecret::create(&made).is_err());
}

#[tokio::test]
async fn tokens_that_khata_makes_are_accepted_by_the_same_rules_and_useless_ones_are_not_made() {
    let (tokens, clock) = by_secret();
    let grant = |roles: &[Role], customer: Option<&str>| Grant {
        subject: "maria".into(),
        roles: Roles::of(roles),
        customer: customer.map(|id| id.parse().unwrap()),
        ttl: SignedDuration::from_hours(1),
    };
    for grant in [grant(&[Role::Admin, Role::Auditor], None), grant(&[Role::Customer], Some(CUSTOMER))] {
        let token = secret().issue(&rules(), &grant, clock.now()).unwrap();
        let known = tokens.authenticate(&token).await.unwrap();
        assert_eq!((known.roles, known.customer), (grant.roles, grant.customer));
    }
    for (useless, why) in [
        (grant(&[], None), "no role"),
        (grant(&[Role::Customer], None), "go together"),
        (Grant { subject: "local".into(), ..grant(&[Role::Admin], None) }, "its subject is none"),
    ] {
        let told = secret().issue(&rules(), &useless, clock.now()).unwrap_err().to_string();
        assert!(told.contains(why), "{told}");
    }
}
