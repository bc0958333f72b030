//! Names of streams: `{category}-{id}`.

use khata_domain::Aggregate;
use std::{fmt, sync::Arc};

/// The name of a stream, e.g. `bank_account-acc_01890a5d-…`. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName(Arc<str>);

/// A text that names no stream.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a stream name of the form <category>-<id>")]
pub struct StreamNameError;

impl StreamName {
    /// The stream of an aggregate.
    pub fn of<A: Aggregate>(id: A::Id) -> Self {
        Self(format!("{}-{id}", A::CATEGORY).into())
    }

    /// Reads a name: a category of lower-case letters and underscores, a dash, an id; at most 200 bytes, no
    /// control characters.
    pub fn parse(text: &str) -> Result<Self, StreamNameError> {
        let (category, id) = text.split_once('-').ok_or(StreamNameError)?;
        let category_fits =
            !category.is_empty() && category.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let id_fits = !id.is_empty() && text.len() <= 200 && !id.chars().any(char::is_control);
        if category_fits && id_fits { Ok(Self(text.into())) } else { Err(StreamNameError) }
    }

    /// The whole name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What stands before the first dash, e.g. `bank_account`.
    pub fn category(&self) -> &str {
        self.0.split_once('-').map_or("", |(category, _)| category)
    }

    /// What stands behind the first dash, e.g. `acc_…`.
    pub fn id(&self) -> &str {
        self.0.split_once('-').map_or("", |(_, id)| id)
    }

    /// The aggregate's id, if this is a stream of its category.
    pub fn id_of<A: Aggregate>(&self) -> Option<A::Id> {
        if self.category() == A::CATEGORY { self.id().parse::<A::Id>().ok() } else { None }
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
