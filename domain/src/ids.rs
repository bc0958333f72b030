//! Typed identifiers: a UUID that remembers what it names. Drawing new ones belongs to the `IdSource` port.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};
use uuid::Uuid;

/// An identifier with a short prefix, written `{prefix}_{uuid}`, e.g. `acc_01890a5d-ac96-774b-bcce-b302099a8057`.
pub trait TypedId: Copy + Eq + Ord + std::hash::Hash + fmt::Display + fmt::Debug + FromStr<Err = IdError> + Send + Sync + 'static {
    /// The prefix without its underscore.
    const PREFIX: &'static str;
    /// Names a UUID.
    fn from_uuid(uuid: Uuid) -> Self;
    /// The UUID behind the name.
    fn uuid(self) -> Uuid;
}

/// A text that is no identifier of the kind wanted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form {expected}_<uuid>")]
pub struct IdError {
    /// The prefix that was wanted.
    pub expected: &'static str,
}

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl TypedId for $name {
            const PREFIX: &'static str = $prefix;
            fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }
            fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.as_hyphenated())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                parse_prefixed(text, $prefix).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    )*};
}

typed_ids! {
    /// A customer of the bank or shop.
    CustomerId = "cus";
    /// A bank account.
    AccountId = "acc";
    /// A hold on part of an account's balance.
    HoldId = "hold";
    /// One entry of an account: the event that booked it, seen from outside.
    TransactionId = "txn";
}

/// Only the canonical spelling (lower case, hyphenated) is taken, so that one thing has one name.
fn parse_prefixed(text: &str, prefix: &'static str) -> Result<Uuid, IdError> {
    let error = IdError { expected: prefix };
    let hyphenated = text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).ok_or(error.clone())?;
    if hyphenated.len() != 36 || hyphenated.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(error);
    }
    Uuid::try_parse(hyphenated).map_err(|_| error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_what_it_writes() {
        let id = AccountId::from_uuid(Uuid::from_u128(7));
        assert_eq!(id.to_string(), "acc_00000000-0000-0000-0000-000000000007");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn other_prefixes_and_spellings_are_refused() {
        for text in [
            "cus_00000000-0000-0000-0000-000000000007",
            "acc_7",
            "acc_0000000000000000000000000000000A",
            "acc_00000000-0000-0000-0000-00000000000A",
            "",
        ] {
            assert!(text.parse::<AccountId>().is_err(), "{text}");
        }
    }
}
