//! What can go wrong with a query.

use super::Progress;
use crate::view_store::ViewStoreError;

/// Why a query has no answer.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ViewError {
    /// The view did not reach the position wanted in time.
    #[error("the view {view} has come to position {position} only")]
    Behind {
        view: &'static str,
        /// How far it has come.
        position: u64,
    },
    /// No generation of the view can be served; one is in the making.
    #[error("the view {view} is being rebuilt")]
    Rebuilding {
        view: &'static str,
        /// How far the new one has come, if that is known.
        progress: Option<Progress>,
    },
    /// The question does not fit the view: a cursor for another order, a value of another type.
    #[error("{0}")]
    Malformed(String),
    /// The view store cannot be read now.
    #[error("the view store is unavailable: {0}")]
    Unavailable(String),
    /// Too many queries wait already.
    #[error("too many queries wait already")]
    Overloaded,
    /// The view store contradicts itself, or a defect of Khata.
    #[error("internal: {0}")]
    Internal(String),
}

impl From<ViewStoreError> for ViewError {
    fn from(error: ViewStoreError) -> Self {
        match error {
            ViewStoreError::NotServed { table } => Self::Rebuilding { view: table, progress: None },
            ViewStoreError::Malformed { .. } => Self::Malformed(error.to_string()),
            ViewStoreError::Unavailable(reason) => Self::Unavailable(reason),
            ViewStoreError::Overloaded => Self::Overloaded,
            ViewStoreError::Superseded { .. }
            | ViewStoreError::CheckpointMoved { .. }
            | ViewStoreError::UnknownGeneration(_)
            | ViewStoreError::Apart { .. }
            | ViewStoreError::Corrupt(_)
            | ViewStoreError::NewerSchema { .. } => Self::Internal(error.to_string()),
        }
    }
}
