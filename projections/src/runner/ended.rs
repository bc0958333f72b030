//! How work of the runner ends.

use crate::{
    folder::FolderError,
    view_store::{GenerationId, ViewStoreError},
};
use khata_application::event_store::ReadError;

/// Why a session or a rebuild is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Ended {
    /// It was told to stop.
    Stopped,
    /// Others hold the leases of all there is to do, or nobody may do it here.
    Idle,
    /// The lease of a projection is lost: another runner has it, or it was not renewed in time.
    Superseded { projection: String },
    /// What is in memory no longer fits what is stored: begin again from there.
    Restart(String),
    /// A generation cannot be gone on with: throw it away and begin again.
    DiscardGeneration { generation: GenerationId, reason: String },
}

impl Ended {
    /// What a folder's error means for the work on its generation.
    pub(super) fn of(generation: GenerationId, error: FolderError) -> Self {
        match error {
            FolderError::Trouble { .. } => Self::Restart(error.to_string()),
            FolderError::State { .. } => Self::DiscardGeneration { generation, reason: error.to_string() },
        }
    }
}

/// What went wrong in one attempt.
#[derive(Debug)]
pub(super) enum Failure {
    /// It may go well next time.
    Again(String),
    /// It will not.
    End(Ended),
}

impl From<ViewStoreError> for Failure {
    fn from(error: ViewStoreError) -> Self {
        match error {
            ViewStoreError::Superseded { projection } => Self::End(Ended::Superseded { projection }),
            ViewStoreError::Unavailable(_) | ViewStoreError::Overloaded => Self::Again(error.to_string()),
            ViewStoreError::CheckpointMoved { .. }
            | ViewStoreError::UnknownGeneration(_)
            | ViewStoreError::NotServed { .. }
            | ViewStoreError::Malformed { .. }
            | ViewStoreError::Apart { .. }
            | ViewStoreError::Corrupt(_)
            | ViewStoreError::NewerSchema { .. } => Self::End(Ended::Restart(error.to_string())),
        }
    }
}

impl From<ReadError> for Failure {
    fn from(error: ReadError) -> Self {
        Self::Again(error.to_string())
    }
}
