//! What "the same payload" means: a digest of a request, keyed with the deployment's secret, so that nobody
//! who sees it can try out what it was made of. See docs/decisions/0035-keyed-fingerprints.md.

use std::fmt;

/// How keyed fingerprints begin. Those without are of before, plain digests.
const KEYED: &str = "k1:";

/// The key of a deployment's fingerprints.
#[derive(Clone, Copy)]
pub struct FingerprintKey([u8; 32]);

impl FingerprintKey {
    /// The key that belongs to a deployment's secret.
    pub fn of_secret(secret: &[u8; 32]) -> Self {
        Self(blake3::derive_key("khata.dev 2026-11 request fingerprint", secret))
    }

    /// The fingerprint of a request with this digest.
    pub fn fingerprint(&self, digest: &[u8; 32]) -> Fingerprint {
        let keyed = blake3::keyed_hash(&self.0, digest);
        Fingerprint {
            keyed: format!("{KEYED}{}", keyed.to_hex()),
            plain: blake3::Hash::from_bytes(*digest).to_hex().to_string(),
        }
    }
}

/// Without the key.
impl fmt::Debug for FingerprintKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FingerprintKey")
    }
}

/// A request's fingerprint; the default one belongs to a request that is compared with nothing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Fingerprint {
    /// As it is stored.
    keyed: String,
    /// As it was stored before fingerprints were keyed.
    plain: String,
}

impl Fingerprint {
    /// As it is stored; `None` if the request is compared with nothing.
    pub fn to_stored(&self) -> Option<&str> {
        Some(self.keyed.as_str()).filter(|text| !text.is_empty())
    }

    /// Whether a request that left this behind, now or before, was the same.
    pub fn matches(&self, stored: &str) -> bool {
        let own = if stored.starts_with(KEYED) { &self.keyed } else { &self.plain };
        !own.is_empty() && own == stored
    }
}

/// For one that is known by a text alone.
impl From<&str> for Fingerprint {
    fn from(text: &str) -> Self {
        Self { keyed: text.to_owned(), plain: text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_stored_needs_the_key_and_what_was_stored_before_still_counts() {
        let digest = *blake3::hash(b"POST /v1/customers {}").as_bytes();
        let (one, other) = (
            FingerprintKey::of_secret(&[1; 32]).fingerprint(&digest),
            FingerprintKey::of_secret(&[2; 32]).fingerprint(&digest),
        );
        let stored = one.to_stored().unwrap();
        assert!(stored.starts_with("k1:") && stored.len() == 67, "{stored}");
        assert!(one.matches(stored) && !other.matches(stored));
        let before = blake3::hash(b"POST /v1/customers {}").to_hex();
        assert!(one.matches(&before) && other.matches(&before), "plain digests of before");
        assert!(!stored.contains(before.as_str()));
    }

    #[test]
    fn another_payload_or_none_matches_nothing() {
        let key = FingerprintKey::of_secret(&[1; 32]);
        let (one, other) = (key.fingerprint(&[1; 32]), key.fingerprint(&[2; 32]));
        assert!(
            !one.matches(other.to_stored().unwrap())
                && !one.matches(&blake3::Hash::from_bytes([2; 32]).to_hex())
        );
        assert_eq!(Fingerprint::default().to_stored(), None);
        assert!(
            !Fingerprint::default().matches("") && !Fingerprint::default().matches(one.to_stored().unwrap())
        );
    }
}
