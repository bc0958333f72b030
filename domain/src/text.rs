//! Short texts that people write: names, reasons, references.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// A text of 1 to `MAX` characters without control characters and without blanks at its ends.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(Box<str>);

/// Why a text is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but blanks.
    #[error("the text is empty")]
    Empty,
    /// Longer than allowed.
    #[error("the text is longer than {max} characters")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
    /// A line break, a tab, NUL or another control character.
    #[error("the text holds a control character")]
    ControlCharacter,
}

impl<const MAX: usize> Text<MAX> {
    /// Reads a text; blanks at its ends are dropped.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > MAX {
            return Err(TextError::TooLong { max: MAX });
        }
        if text.chars().any(char::is_control) {
            return Err(TextError::ControlCharacter);
        }
        Ok(Self(text.into()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<const MAX: usize> fmt::Debug for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<const MAX: usize> Serialize for Text<MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_at_the_ends_are_dropped() {
        assert_eq!(Text::<5>::parse("  खाता ").unwrap().as_str(), "खाता");
    }

    #[test]
    fn empty_long_and_unprintable_texts_are_refused() {
        for (text, error) in [
            ("", TextError::Empty),
            (" \u{a0}", TextError::Empty),
            ("abcd", TextError::TooLong { max: 3 }),
            ("a\nb", TextError::ControlCharacter),
            ("a\0b", TextError::ControlCharacter),
        ] {
            assert_eq!(Text::<3>::parse(text), Err(error), "{text:?}");
        }
    }

    #[test]
    fn stored_text_passes_the_same_door() {
        assert_eq!(serde_json::from_str::<Text<3>>(r#""abc""#).unwrap().as_str(), "abc");
        assert!(serde_json::from_str::<Text<3>>(r#""abcd""#).is_err());
    }
}
