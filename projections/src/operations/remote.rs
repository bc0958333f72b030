//! What operators ask of a runner in another process, on its way there and back.

use super::{OperationError, ParkedId, Rebuild, RebuildStarted, ReplayOutcome, SkippedEvents};
use crate::view_store::{Requests, ViewStoreError};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// After so long without an answer nobody answers any more.
const PATIENCE: Duration = Duration::from_secs(25);
/// Between two looks for the answer.
const LOOK: Duration = Duration::from_millis(50);

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "wish", rename_all = "snake_case")]
pub(crate) enum RemoteOperation {
    Rebuild(Rebuild),
    Replay { id: ParkedId, skip: bool },
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", content = "with", rename_all = "snake_case")]
pub(crate) enum Answer {
    Started(RebuildStarted),
    Replayed(ReplayOutcome),
    UnknownParked,
    UnknownSkipped,
    AlreadyRebuilding,
    AlreadyRetrying,
    NotRunning,
    Failed(String),
}

impl Answer {
    pub(crate) fn refused(error: &OperationError) -> Self {
        match error {
            OperationError::UnknownParked(_) => Self::UnknownParked,
            OperationError::UnknownSkipped(_) => Self::UnknownSkipped,
            OperationError::AlreadyRebuilding(_) => Self::AlreadyRebuilding,
            OperationError::AlreadyRetrying(_) => Self::AlreadyRetrying,
            OperationError::NotRunning | OperationError::UnknownProjection(_) => Self::NotRunning,
            OperationError::Views(_) | OperationError::Events(_) => Self::Failed(error.to_string()),
        }
    }

    pub(super) fn started(
        self,
        projection: &'static str,
        how: Rebuild,
    ) -> Result<RebuildStarted, OperationError> {
        match (self, how.skipped) {
            (Self::Started(started), _) => Ok(started),
            (Self::AlreadyRebuilding, _) => Err(OperationError::AlreadyRebuilding(projection)),
            (Self::UnknownSkipped, SkippedEvents::KeepAllBut { position }) => {
                Err(OperationError::UnknownSkipped(position))
            }
            (other, _) => Err(other.failed()),
        }
    }

    pub(super) fn replayed(self, id: ParkedId) -> Result<ReplayOutcome, OperationError> {
        match self {
            Self::Replayed(outcome) => Ok(outcome),
            Self::UnknownParked => Err(OperationError::UnknownParked(id)),
            Self::AlreadyRetrying => Err(OperationError::AlreadyRetrying(id)),
            other => Err(other.failed()),
        }
    }

    fn failed(self) -> OperationError {
        match self {
            Self::Failed(reason) => ViewStoreError::Unavailable(reason).into(),
            _ => OperationError::NotRunning,
        }
    }
}

/// Asks the runner that holds a projection's lease, and waits for its answer.
pub(super) async fn run(
    requests: &dyn Requests,
    projection: &str,
    operation: RemoteOperation,
) -> Result<Answer, OperationError> {
    let unwritable = |error: serde_json::Error| ViewStoreError::Unavailable(error.to_string());
    let number = requests.put(projection, serde_json::to_string(&operation).map_err(unwritable)?).await?;
    let answer = tokio::time::timeout(PATIENCE, answer_to(requests, number)).await;
    requests.withdraw(number).await?;
    answer.unwrap_or(Ok(Answer::NotRunning))
}

async fn answer_to(requests: &dyn Requests, number: u64) -> Result<Answer, OperationError> {
    loop {
        if let Some(text) = requests.answered(number).await? {
            // One of another build that this one does not know.
            let unreadable = |error| {
                OperationError::Views(ViewStoreError::Corrupt(format!(
                    "an answer that cannot be read: {error}"
                )))
            };
            return serde_json::from_str(&text).map_err(unreadable);
        }
        tokio::time::sleep(LOOK).await;
    }
}
