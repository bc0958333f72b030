//! Identity documents that a customer shows.

use crate::Text;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::fmt;

/// An identity document: what it is and, where it has one, its number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    #[serde(rename = "type")]
    pub kind: DocumentKind,
    /// Its number, up to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<Text<64>>,
}

/// A kind of document: `passport`, `utility_bill`, `aadhaar`. Countries differ, so the list is open; the
/// spelling is not: 1 to 40 lower-case letters, digits and underscores, beginning with a letter.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DocumentKind(Box<str>);

/// A text that names no kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a kind of document such as \"passport\" or \"utility_bill\"")]
pub struct DocumentKindError;

impl DocumentKind {
    /// Reads a kind; capitals become small and blanks and dashes underscores, so that one kind has one name.
    pub fn parse(text: &str) -> Result<Self, DocumentKindError> {
        let name = text.trim_matches(' ').to_ascii_lowercase().replace([' ', '-'], "_");
        let letters_fit =
            name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        let begins_well = name.starts_with(|first: char| first.is_ascii_lowercase());
        if letters_fit && begins_well && name.len() <= 40 {
            Ok(Self(name.into()))
        } else {
            Err(DocumentKindError)
        }
    }

    /// Its name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for DocumentKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for DocumentKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_kind_has_one_name() {
        for text in ["utility_bill", "Utility Bill", " utility-bill "] {
            assert_eq!(DocumentKind::parse(text).unwrap().as_str(), "utility_bill", "{text:?}");
        }
    }

    #[test]
    fn texts_that_name_no_kind_are_refused() {
        for text in ["", "_", "9lives", "päss", "pass\nport", &"a".repeat(41)] {
            assert_eq!(DocumentKind::parse(text), Err(DocumentKindError), "{text:?}");
        }
    }
}
