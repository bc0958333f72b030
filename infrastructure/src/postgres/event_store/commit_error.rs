//! Why a batch could not be committed, by what that means for it.

use super::batch::Draft;
use crate::postgres::connect::reason;
use khata_application::event_store::ReadError;
use sqlx::postgres::{PgDatabaseError, PgSeverity};
use std::{future::Future, io, time::Duration};

/// So long the server may take for one statement of the writer, longer than it lets itself: later it is taken
/// for lost.
const PATIENCE: Duration = Duration::from_secs(6);

/// Why a batch was not stored.
pub(super) enum CommitError {
    /// The log is not as believed. It was followed; the batch has to be decided again.
    Moved,
    /// Something that was taken for granted is not so: an id or key is taken. The reason, if that cannot be.
    Collision(String),
    /// The connection was lost before anything could be stored.
    ConnectionLost(String),
    /// The connection was lost after the commit was sent: it may or may not have been stored.
    InDoubt(Box<Draft>, String),
    /// The server refused: nothing was stored.
    Failed(String),
    /// The log is another one than was followed.
    Replaced(String),
    /// What is stored contradicts itself.
    Damaged(String),
}

impl CommitError {
    /// What an error on a connection means, if nothing was to be stored.
    pub(super) fn of(error: sqlx::Error) -> Self {
        let reason = reason(&error);
        let told = match &error {
            sqlx::Error::Database(told) => told.try_downcast_ref::<PgDatabaseError>(),
            sqlx::Error::Decode(source)
                if matches!(source.downcast_ref(), Some(ReadError::Unavailable(_))) =>
            {
                return Self::ConnectionLost(reason);
            }
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => return Self::Damaged(reason),
            _ => None,
        };
        match told {
            Some(told) if told.code() == "23505" => Self::Collision(reason),
            // An error ends the statement, and with it its transaction; what is graver ends the connection,
            // maybe behind a commit.
            Some(told) if matches!(told.severity(), PgSeverity::Error) => Self::Failed(reason),
            _ => Self::ConnectionLost(reason),
        }
    }

    /// A failed read as an error of a connection.
    pub(super) fn decoded(error: ReadError) -> sqlx::Error {
        sqlx::Error::Decode(error.into())
    }

    /// Why, if it can be told.
    pub(super) fn reason(self) -> Option<String> {
        match self {
            Self::Moved => None,
            Self::Collision(reason)
            | Self::ConnectionLost(reason)
            | Self::InDoubt(_, reason)
            | Self::Failed(reason)
            | Self::Replaced(reason)
            | Self::Damaged(reason) => Some(reason),
        }
    }

    /// Whether what others appended has to be read before the next batch.
    pub(super) fn leaves_stale(&self) -> bool {
        !matches!(self, Self::Moved)
    }
}

/// Waits for the server, but not for ever.
pub(super) async fn within<T>(work: impl Future<Output = sqlx::Result<T>>) -> sqlx::Result<T> {
    match tokio::time::timeout(PATIENCE, work).await {
        Ok(outcome) => outcome,
        Err(_) => Err(sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL does not answer"))),
    }
}
