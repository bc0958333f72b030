//! E-mail addresses.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// An e-mail address of at most 254 ASCII characters, as its owner writes it: `name@host.domain`.
///
/// The local part is an unquoted dot-atom of RFC 5322, the domain a DNS name of at least two labels. Capital
/// letters are kept for show and make no other address: compare by [`Email::normalized`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(Box<str>);

/// A text that is no e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address of the form name@host.domain")]
pub struct EmailError;

impl Email {
    /// Reads an address; blanks at its ends are dropped.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim_matches(' ');
        let (local, domain) = text.split_once('@').ok_or(EmailError)?;
        let labels_fit = domain.contains('.') && domain.split('.').all(is_label);
        if text.len() <= 254 && is_dot_atom(local) && labels_fit {
            Ok(Self(text.into()))
        } else {
            Err(EmailError)
        }
    }

    /// The address as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The one spelling of this address, in lower case. Two customers must not share it.
    pub fn normalized(&self) -> String {
        self.0.to_ascii_lowercase()
    }
}

fn is_dot_atom(local: &str) -> bool {
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    local.len() <= 64 && local.split('.').all(is_atom)
}

fn is_label(label: &str) -> bool {
    let letters_fit = label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    (1..=63).contains(&label.len()) && letters_fit && !label.starts_with('-') && !label.ends_with('-')
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn addresses_keep_their_spelling_and_compare_without_it() {
        let email = Email::parse(" Maria.Santos+bank@Marias-Designs.com ").unwrap();
        assert_eq!(email.as_str(), "Maria.Santos+bank@Marias-Designs.com");
        assert_eq!(email.normalized(), "maria.santos+bank@marias-designs.com");
    }

    #[test]
    fn texts_that_are_no_address_are_refused() {
        let long_local = format!("{}@example.com", "a".repeat(65));
        let long = format!("a@{}com", "abcdefgh.".repeat(28));
        for text in [
            "",
            "maria",
            "@example.com",
            "maria@",
            "maria@localhost",
            "a@b@c.com",
            "a..b@c.com",
            ".a@c.com",
            "a@c..com",
            "a@-c.com",
            "a@c-.com",
            "a b@c.com",
            "a@c.com\n",
            "a\u{0}@c.com",
            "märia@c.com",
            &long_local,
            &long,
        ] {
            assert_eq!(Email::parse(text), Err(EmailError), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_refused_or_reads_back_what_it_writes(text in "\\PC{0,20}@?\\PC{0,20}(\\.[a-z]{1,3})?") {
            if let Ok(email) = Email::parse(&text) {
                prop_assert_eq!(Email::parse(email.as_str()), Ok(email.clone()));
                prop_assert_eq!(Email::parse(&email.normalized()).map(|lower| lower.normalized()), Ok(email.normalized()));
            }
        }
    }
}
