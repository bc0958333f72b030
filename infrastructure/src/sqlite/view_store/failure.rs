//! What SQLite's errors mean for a view store.

use crate::sqlite::{connection::OpenError, readers::Unread};
use khata_projections::ViewStoreError;
use rusqlite::ErrorCode;

pub(super) type Outcome<T> = Result<T, ViewStoreError>;

/// For `map_err`.
pub(super) fn of_sqlite(error: rusqlite::Error) -> ViewStoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            ViewStoreError::Corrupt(error.to_string())
        }
        _ => ViewStoreError::Unavailable(error.to_string()),
    }
}

/// For `map_err`.
pub(super) fn of_opening(error: OpenError) -> ViewStoreError {
    match error {
        OpenError::Newer { found, known, .. } => ViewStoreError::NewerSchema { found, known },
        OpenError::Damaged { .. } | OpenError::Foreign { .. } => ViewStoreError::Corrupt(error.to_string()),
        OpenError::Full { .. } | OpenError::Unavailable { .. } => {
            ViewStoreError::Unavailable(error.to_string())
        }
    }
}

/// For `map_err`.
pub(super) fn of_unread(error: Unread) -> ViewStoreError {
    match error {
        Unread::Closed => ViewStoreError::Unavailable(error.to_string()),
        Unread::Full => ViewStoreError::Overloaded,
    }
}
