//! Phone numbers.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A phone number of 5 to 15 digits (E.164 allows 15) as its owner writes it, e.g. `+1-555-0123` or `(5)
/// 555-4729`.
///
/// Between the digits stand blanks, dashes, dots, slashes or brackets; a plus may stand in front. Compare by
/// [`Phone::digits`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(Box<str>);

/// A text that is no phone number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a phone number of 5 to 15 digits")]
pub struct PhoneError;

impl Phone {
    /// Reads a number of at most 40 characters; blanks at its ends are dropped.
    pub fn parse(text: &str) -> Result<Self, PhoneError> {
        let text = text.trim_matches(' ');
        let dialled = text.strip_prefix('+').unwrap_or(text);
        let letters_fit = text.len() <= 40
            && dialled.bytes().all(|byte| byte.is_ascii_digit() || b" -./()".contains(&byte));
        let digits = dialled.bytes().filter(u8::is_ascii_digit).count();
        if letters_fit && (5..=15).contains(&digits) { Ok(Self(text.into())) } else { Err(PhoneError) }
    }

    /// The number as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The digits alone: what makes two spellings the same number.
    pub fn digits(&self) -> String {
        self.0.chars().filter(char::is_ascii_digit).collect()
    }
}

impl fmt::Display for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for Phone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Phone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_spelling_and_compare_by_digits() {
        for (text, digits) in [
            ("+91 98765 43210", "919876543210"),
            ("(5) 555-4729", "55554729"),
            ("0921-12 34 65", "0921123465"),
            ("20.21.31", "202131"),
        ] {
            let phone = Phone::parse(text).unwrap();
            assert_eq!((phone.as_str(), phone.digits().as_str()), (text, digits));
        }
    }

    #[test]
    fn texts_that_are_no_number_are_refused() {
        for text in [
            "",
            "1234",
            "1234567890123456",
            "555-HELP-ME",
            "1+23456",
            "++123456",
            "123456\u{0}",
            "१२३४५६",
            "1        2        3        4        5        6",
        ] {
            assert_eq!(Phone::parse(text), Err(PhoneError), "{text:?}");
        }
    }
}
