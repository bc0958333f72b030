//! Names that clients may choose freely, such as that of a hold. They name something inside an aggregate, so
//! they need not be unique beyond it.

use super::IdError;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// The most characters of a chosen name.
const MAX_LENGTH: usize = 64;
const EXPECTED: &str = "1 to 64 letters, digits, dashes, underscores, dots and colons, not dots alone";

macro_rules! chosen_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// 1 to 64 letters, digits, dashes, underscores, dots and colons, not dots alone: clients shorten
        /// paths with those. Kept in place, so that copying it allocates nothing.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            text: [u8; MAX_LENGTH],
            length: u8,
        }

        impl $name {
            #[doc = concat!("A name whose client has not chosen one: `", $prefix, "<uuid>`.")]
            pub fn from_uuid(uuid: Uuid) -> Self {
                let mut text = [0; MAX_LENGTH];
                let prefix = $prefix.as_bytes();
                text[..prefix.len()].copy_from_slice(prefix);
                let written = uuid.as_hyphenated().encode_lower(&mut text[prefix.len()..]).len();
                Self { text, length: (prefix.len() + written) as u8 }
            }

            /// A name that is stored, or one that is taken from a client.
            fn known(chosen: &str) -> Result<Self, IdError> {
                let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte);
                if chosen.is_empty() || chosen.len() > MAX_LENGTH || !chosen.bytes().all(fits) {
                    return Err(IdError { expected: EXPECTED });
                }
                let mut text = [0; MAX_LENGTH];
                text[..chosen.len()].copy_from_slice(chosen.as_bytes());
                Ok(Self { text, length: chosen.len() as u8 })
            }

            /// The name.
            pub fn as_str(&self) -> &str {
                // Only ASCII is taken in.
                std::str::from_utf8(&self.text[..usize::from(self.length)]).unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(chosen: &str) -> Result<Self, IdError> {
                if chosen.bytes().all(|byte| byte == b'.') {
                    return Err(IdError { expected: EXPECTED });
                }
                Self::known(chosen)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                // Events of before may hold a name of dots.
                Self::known(&text).map_err(de::Error::custom)
            }
        }
    )*};
}

chosen_ids! {
    /// The name of a hold on part of an account's balance.
    HoldId = "hold_";
    /// The name of an authorisation on a card.
    AuthorizationId = "auth_";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_chosen_name_reads_back_what_it_writes() {
        for text in ["h1", "order:2024.11-7_b", &"x".repeat(64)] {
            assert_eq!(text.parse::<HoldId>().unwrap().to_string(), text);
        }
        let made = HoldId::from_uuid(Uuid::from_u128(7));
        assert_eq!(made.as_str(), "hold_00000000-0000-0000-0000-000000000007");
        assert_eq!(made.as_str().parse(), Ok(made));
        assert_eq!(
            AuthorizationId::from_uuid(Uuid::from_u128(7)).as_str(),
            "auth_00000000-0000-0000-0000-000000000007"
        );
    }

    #[test]
    fn a_name_of_dots_that_is_stored_can_still_be_read() {
        assert_eq!(serde_json::from_str::<HoldId>("\"..\"").unwrap().as_str(), "..");
    }

    #[test]
    fn other_texts_are_refused() {
        for text in ["", ".", "..", "a b", "a/b", "é", "a\n", &"x".repeat(65)] {
            assert!(text.parse::<HoldId>().is_err(), "{text:?}");
        }
    }
}
