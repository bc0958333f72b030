//! The secret under which e-mail addresses are hashed into names of reservation streams.

use khata_domain::customers::{Email, EmailHash};

/// A secret of 32 random bytes, drawn once for each store and kept beside it. Without it, nobody can tell
/// from a stream's name whose address it stands for, nor try addresses out. Losing it frees every address, so
/// it is backed up with the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct EmailKey([u8; 32]);

impl EmailKey {
    /// Takes the secret.
    pub const fn from_bytes(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// The name under which an address is reserved: BLAKE3, keyed, over its normalized spelling.
    pub fn hash(&self, email: &Email) -> EmailHash {
        EmailHash::from_bytes(*blake3::keyed_hash(&self.0, email.normalized().as_bytes()).as_bytes())
    }
}

/// Never shows the secret.
impl std::fmt::Debug for EmailKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("EmailKey(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn email(text: &str) -> Email {
        Email::parse(text).unwrap()
    }

    #[test]
    fn spellings_of_one_address_have_one_name() {
        let key = EmailKey::from_bytes([7; 32]);
        assert_eq!(key.hash(&email("Maria@Example.com")), key.hash(&email("maria@example.COM")));
        assert_ne!(key.hash(&email("maria@example.com")), key.hash(&email("mario@example.com")));
    }

    #[test]
    fn another_key_gives_another_name() {
        let names = [7, 8].map(|byte| EmailKey::from_bytes([byte; 32]).hash(&email("maria@example.com")));
        assert_ne!(names[0], names[1]);
    }

    #[test]
    fn the_name_of_an_address_never_changes() {
        let name = EmailKey::from_bytes([7; 32]).hash(&email("maria@example.com"));
        assert_eq!(name.to_string(), "b78e136055b320adbbe0d11c467e39f4dbb682ab91a751cd9060a45c1d43eb8f");
    }

    #[test]
    fn the_secret_is_not_shown() {
        assert_eq!(format!("{:?}", EmailKey::from_bytes([7; 32])), "EmailKey(…)");
    }
}
