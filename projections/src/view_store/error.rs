//! What can go wrong in a view store.

use super::GenerationId;
use khata_application::subscription::LeaseError;

/// Why a view store refuses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewStoreError {
    /// The epoch does not hold the lease of a projection: another runner does, or it has run out.
    #[error("the lease of {projection} is lost")]
    Superseded { projection: String },
    /// A generation's checkpoint is not the one that the batch builds on. Nothing of the batch was written.
    #[error("generation {generation} stands at position {actual}")]
    CheckpointMoved { generation: GenerationId, actual: u64 },
    /// There is no such generation.
    #[error("there is no generation {0}")]
    UnknownGeneration(GenerationId),
    /// No generation of the table can be served: none is complete yet, or the one that is lacks columns.
    #[error("the view {table} is being rebuilt")]
    NotServed { table: &'static str },
    /// A question that the table cannot answer: an unknown column, a value of another type.
    #[error("not a question to {table}: {reason}")]
    Malformed { table: &'static str, reason: String },
    /// Two generations to compare do not stand at the same position.
    #[error("the generations stand at positions {old} and {new}")]
    Apart {
        /// Where the old one stands.
        old: u64,
        /// Where the new one stands.
        new: u64,
    },
    /// The store cannot be read or written now: disk full, read-only, gone.
    #[error("the view store is unavailable: {0}")]
    Unavailable(String),
    /// As many questions wait as may.
    #[error("too many questions to the views wait already")]
    Overloaded,
    /// What is stored contradicts itself.
    #[error("the view store is damaged: {0}")]
    Corrupt(String),
    /// A newer Khata made the store.
    #[error("the view store has schema version {found}; this Khata knows versions up to {known}")]
    NewerSchema {
        found: u32,
        /// What this build knows.
        known: u32,
    },
}

impl From<LeaseError> for ViewStoreError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Superseded { name } => Self::Superseded { projection: name },
            LeaseError::Unavailable(reason) => Self::Unavailable(reason),
        }
    }
}

impl From<ViewStoreError> for LeaseError {
    fn from(error: ViewStoreError) -> Self {
        match error {
            ViewStoreError::Superseded { projection } => Self::Superseded { name: projection },
            ViewStoreError::Unavailable(reason) => Self::Unavailable(reason),
            ViewStoreError::CheckpointMoved { .. }
            | ViewStoreError::UnknownGeneration(_)
            | ViewStoreError::NotServed { .. }
            | ViewStoreError::Malformed { .. }
            | ViewStoreError::Apart { .. }
            | ViewStoreError::Overloaded
            | ViewStoreError::Corrupt(_)
            | ViewStoreError::NewerSchema { .. } => Self::Unavailable(error.to_string()),
        }
    }
}
