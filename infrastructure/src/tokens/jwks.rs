//! JSON Web Key Sets (RFC 7517), as far as Khata believes them: public keys for signatures, of three kinds, strong enough.

use super::keys::VerifyingKey;
use jsonwebtoken::{Algorithm, DecodingKey, DecodingKeyKind};
use serde::Deserialize;
use serde_json::{Map, Value};

/// The largest set, in bytes.
pub(super) const MAX_BYTES: u64 = 256 * 1024;
/// The most keys that are taken of a set.
const MAX_KEYS: usize = 100;
/// The longest key id, in bytes: that of a token is not longer.
const MAX_ID_BYTES: usize = 256;
/// An RSA modulus of fewer bits can be factored, of more ties up a processor.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

#[derive(Deserialize)]
struct Set {
    keys: Vec<Map<String, Value>>,
}

/// The keys of a set, and why others of it were left out, each in words for the log.
///
/// # Errors
/// It is no key set; the words for the log.
pub(super) fn read(bytes: &[u8]) -> Result<(Vec<VerifyingKey>, Vec<String>), String> {
    let set: Set =
        serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON Web Key Set: {error}"))?;
    let (mut keys, mut left_out) = (Vec::<VerifyingKey>::new(), Vec::new());
    for jwk in &set.keys {
        let id = jwk.get("kid").and_then(Value::as_str);
        let named = id.map_or_else(|| "without an id".to_owned(), |id| format!("{id:?}"));
        let is_taken = |key: &VerifyingKey| {
            keys.iter()
                .any(|taken| taken.id.is_some() && taken.id == key.id && taken.algorithm == key.algorithm)
        };
        match key(jwk) {
            Ok(_) if keys.len() >= MAX_KEYS => {
                left_out.push(format!("key {named}: there are {MAX_KEYS} before it"))
            }
            Ok(key) if is_taken(&key) => left_out.push(format!("key {named}: another one has its id")),
            Ok(key) => keys.push(key),
            Err(why) => left_out.push(format!("key {named}: {why}")),
        }
    }
    Ok((keys, left_out))
}

/// One key, or why it is left out.
fn key(jwk: &Map<String, Value>) -> Result<VerifyingKey, &'static str> {
    let text = |name: &str| jwk.get(name).and_then(Value::as_str);
    if jwk.contains_key("d") || jwk.contains_key("k") {
        return Err("it is secret, and was published");
    }
    if text("use").is_some_and(|purpose| purpose != "sig") {
        return Err("it is not for signatures");
    }
    let verifies = |uses: &Value| uses.as_array().is_some_and(|uses| uses.iter().any(|one| one == "verify"));
    if !jwk.get("key_ops").is_none_or(verifies) {
        return Err("it is not for checking signatures");
    }
    let id = match jwk.get("kid") {
        None => None,
        Some(Value::String(id)) if (1..=MAX_ID_BYTES).contains(&id.len()) => Some(id.clone()),
        Some(_) => return Err("its id is no text of up to 256 bytes"),
    };
    let member = |name| text(name).ok_or("a member of it is missing");
    let malformed = |_| "a member of it is malformed";
    let (algorithm, names, key) = match (text("kty"), text("crv")) {
        (Some("RSA"), None) => {
            let key = DecodingKey::from_rsa_components(member("n")?, member("e")?).map_err(malformed)?;
            require_strength(&key)?;
            (Algorithm::RS256, &["RS256"][..], key)
        }
        (Some("EC"), Some("P-256")) => {
            let key = DecodingKey::from_ec_components(member("x")?, member("y")?).map_err(malformed)?;
            require_length(&key, 65)?;
            (Algorithm::ES256, &["ES256"][..], key)
        }
        (Some("OKP"), Some("Ed25519")) => {
            let key = DecodingKey::from_ed_components(member("x")?).map_err(malformed)?;
            require_length(&key, 32)?;
            (Algorithm::EdDSA, &["EdDSA", "Ed25519"][..], key)
        }
        _ => return Err("it is of a kind that Khata does not take (RSA, P-256 and Ed25519 it does)"),
    };
    match jwk.get("alg") {
        Some(named) if !names.iter().any(|name| named == name) => {
            Err("it is for an algorithm that Khata does not take (RS256, ES256 and EdDSA it does)")
        }
        _ => Ok(VerifyingKey { id, algorithm, key }),
    }
}

fn require_strength(key: &DecodingKey) -> Result<(), &'static str> {
    let DecodingKeyKind::RsaModulusExponent { n, .. } = key.kind() else { return Err("it is no RSA key") };
    let digits = n.iter().copied().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let bits = digits.first().map_or(0, |first| digits.len() * 8 - first.leading_zeros() as usize);
    if RSA_BITS.contains(&bits) {
        Ok(())
    } else {
        Err("its modulus has less than 2048 bits, or more than 8192")
    }
}

fn require_length(key: &DecodingKey, bytes: usize) -> Result<(), &'static str> {
    let has_it = key.try_get_as_bytes().is_ok_and(|key| key.len() == bytes);
    if has_it { Ok(()) } else { Err("it has another length than its curve") }
}
