//! The name of a deployment's own world: events, keys, views and messages of two namespaces never meet.

use std::{fmt, str::FromStr, sync::Arc};

/// The name of a namespace: a lower-case letter, then up to 39 lower-case letters, digits and underscores.
/// Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Namespace(Arc<str>);

/// A text that names no namespace.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a namespace is a lower-case letter followed by up to 39 lower-case letters, digits or underscores")]
pub struct NamespaceError;

impl Namespace {
    /// The namespace of those who name none.
    pub const DEFAULT: &'static str = "main";

    /// Reads a name.
    ///
    /// # Errors
    /// It is not of the form `[a-z][a-z0-9_]{0,39}`.
    pub fn parse(text: &str) -> Result<Self, NamespaceError> {
        let (first, rest) = text.as_bytes().split_first().ok_or(NamespaceError)?;
        let rest_fits =
            rest.len() < 40 && rest.iter().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        if first.is_ascii_lowercase() && rest_fits { Ok(Self(text.into())) } else { Err(NamespaceError) }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Namespace {
    fn default() -> Self {
        Self(Self::DEFAULT.into())
    }
}

impl FromStr for Namespace {
    type Err = NamespaceError;

    fn from_str(text: &str) -> Result<Self, NamespaceError> {
        Self::parse(text)
    }
}

impl fmt::Display for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Namespace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_namespace_is_a_short_lower_case_name() {
        for name in ["main", "a", "tenant_7", &"x".repeat(40)] {
            assert_eq!(Namespace::parse(name).unwrap().as_str(), name);
        }
        for other in ["", "7main", "_main", "Main", "ma-in", "ma in", "main;", "mäin", &"x".repeat(41)] {
            assert_eq!(Namespace::parse(other), Err(NamespaceError), "{other:?}");
        }
        assert_eq!(Namespace::default(), Namespace::parse("main").unwrap());
    }
}
