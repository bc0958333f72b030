//! A batch of what the writer was asked to do, decided in order on top of what is known; and the answers,
//! which wait for the commit.

use super::lookup::{Lookups, Pending, WriterCache, WriterLookup};
use crate::{
    measures,
    sequencer::{Sequencer, Stamp},
};
use jiff::Timestamp;
use khata_application::event_store::{Append, AppendError, Appended, Head};
use rustc_hash::FxHashSet;
use tokio::sync::oneshot;
use tracing::Span;

/// What the writer is asked to do.
pub(super) enum Job {
    /// With the span of whoever waits for it.
    Append(Append, oneshot::Sender<Result<Appended, AppendError>>, Span),
    Fence(Timestamp, oneshot::Sender<Result<Head, AppendError>>),
}

/// What a job has come to, if the batch is stored.
enum Outcome {
    Append(Result<Appended, AppendError>),
    Fence(Head),
}

/// A decided batch.
pub(super) struct Draft {
    pub(super) pending: Pending,
    /// The end of the log behind it.
    pub(super) sequencer: Sequencer,
    outcomes: Vec<Outcome>,
}

impl Draft {
    /// Decides all jobs. They stay, to be decided again if this comes to nothing.
    pub(super) fn of(
        jobs: &[Job],
        cache: &mut WriterCache,
        lookups: &Lookups,
        sequencer: &Sequencer,
        now: Stamp,
    ) -> Self {
        let mut draft = Self {
            pending: Pending::on(cache),
            sequencer: sequencer.clone(),
            outcomes: Vec::with_capacity(jobs.len()),
        };
        for job in jobs {
            let outcome = match job {
                Job::Append(append, ..) => {
                    let mut lookup = WriterLookup { cache, lookups, pending: &mut draft.pending };
                    Outcome::Append(draft.sequencer.decide(append.clone(), &mut lookup, now).map(|decided| {
                        let answer = decided.answer.clone();
                        draft.pending.take(decided);
                        answer
                    }))
                }
                Job::Fence(instant, _) => {
                    draft.pending.writes.raise_floor |= draft.sequencer.fence(*instant, now);
                    Outcome::Fence(draft.sequencer.head)
                }
            };
            draft.outcomes.push(outcome);
        }
        draft
    }

    /// The appends that are refused, so that nothing about them may be taken for granted.
    pub(super) fn refused(&self) -> impl Iterator<Item = usize> + '_ {
        self.outcomes
            .iter()
            .enumerate()
            .filter(|(_, outcome)| matches!(outcome, Outcome::Append(Err(_))))
            .map(|(index, _)| index)
    }

    /// Takes what is to be remembered, and leaves the answers.
    pub(super) fn split(self) -> (Pending, Sequencer, Answers) {
        (self.pending, self.sequencer, Answers(self.outcomes))
    }
}

/// Answers whose time has come.
pub(super) struct Answers(Vec<Outcome>);

impl Answers {
    /// Answers everybody. Who has gone away does not want to know: a failed send is no failure.
    pub(super) fn give(self, jobs: Vec<Job>, events: usize) {
        let appends = jobs.len();
        for (job, outcome) in jobs.into_iter().zip(self.0) {
            match (job, outcome) {
                (Job::Append(_, answer, span), Outcome::Append(outcome)) => {
                    measures::note_batch(&span, events, appends);
                    drop(answer.send(outcome));
                }
                (Job::Fence(_, answer), Outcome::Fence(head)) => drop(answer.send(Ok(head))),
                (Job::Append(..), Outcome::Fence(_)) | (Job::Fence(..), Outcome::Append(_)) => {}
            }
        }
    }
}

impl Job {
    pub(super) fn events(&self) -> usize {
        match self {
            Self::Append(append, ..) => append.parts.iter().map(|part| part.events.len()).sum(),
            Self::Fence(..) => 0,
        }
    }

    /// How long the texts of its events are.
    pub(super) fn bytes(&self) -> usize {
        match self {
            Self::Append(append, ..) => append
                .parts
                .iter()
                .flat_map(|part| &part.events)
                .map(|event| event.data.len() + event.metadata.len())
                .sum(),
            Self::Fence(..) => 0,
        }
    }

    pub(super) fn fail(self, error: AppendError) {
        match self {
            Self::Append(_, answer, _) => drop(answer.send(Err(error))),
            Self::Fence(_, answer) => drop(answer.send(Err(error))),
        }
    }
}

/// The appends among some jobs, each with its place.
pub(super) fn appends(jobs: &[Job]) -> impl Iterator<Item = (usize, &Append)> {
    jobs.iter().enumerate().filter_map(|(index, job)| match job {
        Job::Append(append, ..) => Some((index, append)),
        Job::Fence(..) => None,
    })
}

/// All places of some jobs.
pub(super) fn all(jobs: &[Job]) -> FxHashSet<usize> {
    (0..jobs.len()).collect()
}
