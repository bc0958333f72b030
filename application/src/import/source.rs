//! Source references: how another system names what it tells, and the identities that Khata derives from
//! them. Whoever imports the same fact again arrives at the same identities, and so at what is there already.

use khata_domain::ids::TypedId;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::fmt;
use uuid::Uuid;

/// The name of a fact or thing in the system it comes from, e.g. `berka:trans:695247`: 1 to 200 characters,
/// none of them a blank or a control character. It should name the system too, since all imports share one
/// space of names.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct SourceRef(Box<str>);

/// A text that is no source reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SourceRefError {
    /// Nothing, or too much.
    #[error("a source reference has 1 to 200 characters")]
    Length,
    /// A blank: file formats pad with them, and differ in how many.
    #[error(
        "a source reference holds no blanks: leave them out, or write another character in their place, always the same"
    )]
    Blank,
    /// A control character.
    #[error("a source reference holds no control characters")]
    ControlCharacter,
}

impl SourceRef {
    /// Reads a reference.
    pub fn parse(text: &str) -> Result<Self, SourceRefError> {
        if text.is_empty() || text.len() > 200 {
            return Err(SourceRefError::Length);
        }
        match text.chars().find(|letter| letter.is_whitespace() || letter.is_control()) {
            Some(letter) if letter.is_control() && !letter.is_whitespace() => {
                Err(SourceRefError::ControlCharacter)
            }
            Some(_) => Err(SourceRefError::Blank),
            None => Ok(Self(text.into())),
        }
    }

    /// The reference as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The id of the first event that the fact of this name leads to. It begins with the number at the
    /// reference's end, so that facts which their system numbers one after another have ids that follow each
    /// other: an index of ids then grows at its end.
    pub fn event_id(&self) -> Uuid {
        let mut bytes = self.derive("khata 2026-11-20 import: event of a fact").into_bytes();
        let [_, _, number @ ..] = self.number().to_be_bytes();
        bytes[..number.len()].copy_from_slice(&number);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// The id of the thing of this name: of the customer that `customer_onboarded` names, of the account that
    /// `account_opened` names. Or the reference is such an id itself: then it names what is known to Khata
    /// already.
    pub fn id<I: TypedId>(&self) -> I {
        match self.0.parse() {
            Ok(id) => id,
            Err(_) => {
                I::from_uuid(self.derive(&format!("khata 2026-11-20 import: {} of a source", I::PREFIX)))
            }
        }
    }

    /// The number at the end, as far as 64 bits go; 0 where there is none.
    fn number(&self) -> u64 {
        let digits = self.0.bytes().rev().take_while(u8::is_ascii_digit).count();
        self.0[self.0.len() - digits..]
            .bytes()
            .fold(0, |number: u64, digit| number.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')))
    }

    fn derive(&self, context: &str) -> Uuid {
        let hash = blake3::derive_key(context, self.0.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }
}

impl fmt::Display for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SourceRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for SourceRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use khata_domain::ids::{AccountId, CustomerId};

    fn source(text: &str) -> SourceRef {
        SourceRef::parse(text).unwrap()
    }

    #[test]
    fn one_reference_always_gives_the_same_identities_and_another_gives_others() {
        let (one, other) = (source("berka:trans:1"), source("berka:trans:2"));
        assert_eq!(one.event_id(), source("berka:trans:1").event_id());
        assert_ne!(one.event_id(), other.event_id());
        assert_ne!(one.id::<AccountId>(), other.id::<AccountId>());
        assert_ne!(one.id::<AccountId>().uuid(), one.id::<CustomerId>().uuid());
        assert_ne!(one.id::<AccountId>().uuid(), one.event_id());
    }

    #[test]
    fn derived_identities_never_change() {
        // Stored logs rest on these: another value here would import every known fact a second time.
        assert_eq!(
            source("berka:trans:695247").event_id().to_string(),
            "0000000a-9bcf-8db3-9642-4e2dfb8b18c2"
        );
        assert_eq!(
            source("berka:account:2378").id::<AccountId>().to_string(),
            "acc_ef45463c-1e04-8f46-a9be-142e206b3cec"
        );
    }

    #[test]
    fn facts_numbered_in_order_have_event_ids_in_order() {
        let ids = ["berka:trans:9", "berka:trans:10", "berka:trans:4294967296", "berka:trans:99999999999999"]
            .map(|text| source(text).event_id());
        assert!(ids.is_sorted(), "{ids:?}");
        assert_ne!(source("a:7").event_id(), source("b:7").event_id());
        assert_eq!(source("letters").event_id().as_bytes()[..6], [0; 6]);
        assert_ne!(source("letters").event_id(), source("others").event_id());
    }

    #[test]
    fn an_id_of_khata_names_itself() {
        let id: AccountId = "acc_00000000-0000-0000-0000-000000000007".parse().unwrap();
        assert_eq!(source(&id.to_string()).id::<AccountId>(), id);
        assert_ne!(source(&id.to_string()).id::<CustomerId>().uuid(), id.uuid());
    }

    #[test]
    fn texts_that_name_nothing_are_refused() {
        for text in ["", " ", "a b", "a\n", "a\u{0}", &"a".repeat(201)] {
            assert!(SourceRef::parse(text).is_err(), "{text:?}");
        }
    }
}
