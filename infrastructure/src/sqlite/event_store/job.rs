//! What the writer is asked to do, and the answers that wait for the commit.

use super::beside::Beside;
use crate::measures;
use jiff::Timestamp;
use khata_application::{
    Recorded, StreamName,
    archive::RestoreError,
    event_store::{Append, AppendError, Appended, Head, KeyRecord, ReadError, Snapshot},
};
use tokio::sync::oneshot;
use tracing::Span;

/// Events and keys on their way into an empty log.
#[derive(Debug, Default)]
pub(in crate::sqlite) struct Piece {
    pub(in crate::sqlite) events: Vec<Recorded>,
    pub(in crate::sqlite) keys: Vec<KeyRecord>,
}

/// What the writer is asked to do.
pub(super) enum Job {
    /// With the span of whoever waits for it.
    Append(Append, oneshot::Sender<Result<Appended, AppendError>>, Span),
    Fence(Timestamp, oneshot::Sender<Result<Head, AppendError>>),
    Snapshot(StreamName, Snapshot, oneshot::Sender<Result<(), ReadError>>),
    Beside(Beside, oneshot::Sender<Result<(), AppendError>>),
    Restore(Piece, oneshot::Sender<Result<(), RestoreError>>),
}

/// An answer that waits for the commit.
pub(super) enum Answer {
    Append(oneshot::Sender<Result<Appended, AppendError>>, Result<Appended, AppendError>, Span),
    Fence(oneshot::Sender<Result<Head, AppendError>>, Head),
    Snapshot(oneshot::Sender<Result<(), ReadError>>),
    Beside(oneshot::Sender<Result<(), AppendError>>),
    Restore(oneshot::Sender<Result<(), RestoreError>>, Result<(), RestoreError>),
}

impl Job {
    pub(super) fn events(&self) -> usize {
        match self {
            Self::Append(append, ..) => append.parts.iter().map(|part| part.events.len()).sum(),
            Self::Fence(..) | Self::Snapshot(..) | Self::Beside(..) => 0,
            Self::Restore(piece, _) => piece.events.len() + piece.keys.len(),
        }
    }

    pub(super) fn fail(self, error: &AppendError) {
        match self {
            Self::Append(_, answer, _) => drop(answer.send(Err(error.clone()))),
            Self::Fence(_, answer) => drop(answer.send(Err(error.clone()))),
            Self::Snapshot(_, _, answer) => drop(answer.send(Err(ReadError::Unavailable(error.to_string())))),
            Self::Beside(_, answer) => drop(answer.send(Err(error.clone()))),
            Self::Restore(_, answer) => drop(answer.send(Err(RestoreError::Unavailable(error.to_string())))),
        }
    }
}

impl Answer {
    pub(super) fn note_batch(&self, events: usize, appends: usize) {
        if let Self::Append(_, _, span) = self {
            measures::note_batch(span, events, appends);
        }
    }

    // Who has gone away does not want to know: a failed send is no failure.
    pub(super) fn give(self) {
        match self {
            Self::Append(answer, outcome, _) => drop(answer.send(outcome)),
            Self::Fence(answer, head) => drop(answer.send(Ok(head))),
            Self::Snapshot(answer) => drop(answer.send(Ok(()))),
            Self::Beside(answer) => drop(answer.send(Ok(()))),
            Self::Restore(answer, outcome) => drop(answer.send(outcome)),
        }
    }

    pub(super) fn fail(self, error: &AppendError) {
        match self {
            Self::Append(answer, ..) => drop(answer.send(Err(error.clone()))),
            Self::Fence(answer, _) => drop(answer.send(Err(error.clone()))),
            Self::Snapshot(answer) => drop(answer.send(Err(ReadError::Unavailable(error.to_string())))),
            Self::Beside(answer) => drop(answer.send(Err(error.clone()))),
            Self::Restore(answer, _) => drop(answer.send(Err(RestoreError::Unavailable(error.to_string())))),
        }
    }
}
