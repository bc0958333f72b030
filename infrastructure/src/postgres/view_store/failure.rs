//! What PostgreSQL's errors mean for a view store.

use crate::postgres::{connect::reason, pool::Unasked, schema::SchemaError};
use khata_projections::ViewStoreError;

pub(super) type Outcome<T> = Result<T, ViewStoreError>;

/// For `map_err`. What cannot be done now may be possible later: the disk is full, the server restarts, a
/// lock is held.
pub(super) fn of_postgres(error: sqlx::Error) -> ViewStoreError {
    match &error {
        sqlx::Error::Database(told)
            if told.code().is_some_and(|code| ["XX001", "XX002"].contains(&&*code)) =>
        {
            ViewStoreError::Corrupt(reason(&error))
        }
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => ViewStoreError::Corrupt(reason(&error)),
        _ => ViewStoreError::Unavailable(reason(&error)),
    }
}

/// For `map_err`.
pub(super) fn of_opening(error: SchemaError) -> ViewStoreError {
    match error {
        SchemaError::Connect(error) => ViewStoreError::Unavailable(error.to_string()),
        SchemaError::Newer { found, known, .. } => ViewStoreError::NewerSchema { found, known },
        SchemaError::Foreign { .. } => ViewStoreError::Corrupt(error.to_string()),
    }
}

impl From<Unasked> for ViewStoreError {
    fn from(error: Unasked) -> Self {
        Self::Unavailable(error.to_string())
    }
}

pub(super) fn closed() -> ViewStoreError {
    ViewStoreError::Unavailable("the store is closed".into())
}

/// Whether a table is gone: the generation that it belonged to was replaced a moment ago.
pub(super) fn is_table_gone(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|told| told.code()).is_some_and(|code| code == "42P01")
}

/// Whether something that is not Khata's rests on what was to go: an analyst's view.
pub(super) fn is_depended_on(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|told| told.code()).is_some_and(|code| code == "2BP01")
}

/// Whether somebody else held a lock for longer than could be waited.
pub(super) fn is_locked(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .and_then(|told| told.code())
        .is_some_and(|code| ["55P03", "40P01"].contains(&&*code))
}
