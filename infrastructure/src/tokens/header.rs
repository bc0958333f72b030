//! What a token says of itself before it is believed: which algorithm, which key. All that would have it checked by a key of its own
//! choosing, or by rules that Khata does not know, is refused.

use jsonwebtoken::Algorithm;
use khata_application::access::Unauthenticated;

/// The longest key id.
const MAX_KEY_ID_BYTES: usize = 256;

/// What a token says of the key it was signed with.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Shown {
    pub(super) algorithm: Algorithm,
    pub(super) key_id: Option<String>,
}

/// Reads the header of a token.
pub(super) fn read(token: &str) -> Result<Shown, Unauthenticated> {
    let refused = |why| Err(Unauthenticated::Invalid(why));
    let Ok(header) = jsonwebtoken::decode_header(token) else {
        return refused("it is malformed, or of an algorithm that is not taken");
    };
    if header.jwk.is_some() || header.jku.is_some() || header.x5u.is_some() || header.x5c.is_some() {
        return refused("it brings a key of its own");
    }
    // `b64` changes what is signed; whoever writes it has to say that it is critical.
    if header.crit.is_some() || header.extras.inner().contains_key("b64") {
        return refused("it asks for an extension that is not known");
    }
    if header.zip.is_some() || header.enc.is_some() || header.cty.is_some() {
        return refused("its claims are not plain");
    }
    let is_access_token = |kind: &str| {
        let kind = kind.to_ascii_lowercase();
        matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt")
    };
    if !header.typ.as_deref().is_none_or(is_access_token) {
        return refused("it is of another type than an access token");
    }
    if header.kid.as_ref().is_some_and(|id| id.len() > MAX_KEY_ID_BYTES) {
        return refused("its key id is too long");
    }
    Ok(Shown { algorithm: header.alg, key_id: header.kid })
}
