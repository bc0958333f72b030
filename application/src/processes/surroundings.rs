//! What a kind of process stands on: what it hears, how its commands are put to aggregates, and the ports that its
//! calls go to.

use super::{instance::Concern, process::Process};
use crate::{
    Recorded,
    codec::DecodeError,
    command::{CommandContext, CommandError},
    executor::{Participant, Unit},
};
use async_trait::async_trait;
use jiff::Timestamp;
use std::{future::Future, pin::Pin, time::Duration};

/// An event, as it concerns an instance.
#[derive(Debug, Clone, PartialEq)]
pub struct Concerned<P: Process> {
    pub subject: P::Subject,
    pub concern: Concern,
    /// What is noted of it: also what is configured today, for as long as the instance lives.
    pub fact: P::Fact,
}

/// Why a call has no answer. It is made again, under the same key; a definite "no" of the outside is an answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct CallError {
    /// In snake case, e.g. `timeout`.
    pub code: &'static str,
    /// For operators; tells nothing secret.
    pub message: String,
}

/// The surroundings of a kind of process.
#[async_trait]
pub trait Surroundings<P: Process>: Send + Sync + 'static {
    /// The categories of the events that it hears of; every one, if it does not say. The log is read for these alone.
    fn listens_to(&self) -> Option<&'static [&'static str]> {
        None
    }

    /// How an event concerns an instance, if it does. Asked for every event of those categories.
    ///
    /// # Errors
    /// This build cannot read the event. The others go on; whoever leads next, perhaps a newer Khata, comes back to it.
    fn hears(&self, event: &Recorded) -> Result<Option<Concerned<P>>, DecodeError>;

    /// Whether a kind that never ran before begins with the first event of the log. Otherwise it begins with what
    /// happens from then on.
    fn hears_the_past(&self) -> bool {
        true
    }

    /// Whose mailboxes a command needs.
    fn participants(&self, command: &P::Command) -> Vec<Participant>;

    /// Puts a command to aggregates. May be run several times, so it decides and does nothing else.
    ///
    /// # Errors
    /// What the aggregates refuse with.
    fn perform(
        &self,
        command: &P::Command,
        context: &CommandContext,
        unit: &mut Unit<'_>,
    ) -> Result<(), CommandError>;

    /// Which port a call goes to, and how many calls may be under way there at once.
    fn port(&self, call: &P::Call) -> Port;

    /// Makes a call. It may be made several times under one key, also long after, and at the same time by a process
    /// that does not know yet that it is no longer in charge: the other side does what the key stands for once.
    /// Answers within a bounded time, whatever hangs.
    ///
    /// # Errors
    /// There is no answer that can be used: it is not known whether it was done.
    async fn call(&self, asked: &Asked<'_>, call: &P::Call) -> Result<P::Answer, CallError>;
}

/// How a call is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The idempotency key that it is asked under, however often.
    pub key: &'a str,
    /// Nobody can have made this call before: its intent was stored by the append that it is made for, and it is the
    /// first attempt. Only one that believes to be in charge at the same time may be quicker: the key, not this, is
    /// what keeps the other side from doing it twice.
    pub is_first: bool,
}

/// A port that calls go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Port {
    pub name: &'static str,
    /// So many calls may be under way at once.
    pub at_once: usize,
}

/// Draws random numbers. Nothing but its adapter does.
pub trait Random: Send + Sync + 'static {
    /// A number below `end`; 0 if that is 0.
    fn below(&self, end: u32) -> u32;
}

/// A piece of work that goes on beside.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Where work goes on beside the reading of the log.
pub trait Tasks: Send + Sync + 'static {
    /// Takes on a piece of work.
    fn spawn(&self, task: Task);

    /// Drops all that is under way, as a crash would.
    fn abandon(&self);
}

/// Which instances want attention, found without keeping those that sleep in memory.
///
/// It follows the log at some distance: what it tells was so at a position. Whoever is told looks at the instance
/// itself before anything is done.
#[async_trait]
pub trait DueIndex: Send + Sync + 'static {
    /// Instances of a category for which something is due of itself at an instant, the earliest first, behind a place.
    ///
    /// # Errors
    /// Why it cannot be told now.
    async fn due(
        &self,
        category: &'static str,
        at: Timestamp,
        after: Option<&Place>,
        limit: usize,
    ) -> Result<Due, String>;

    /// Instances of a category with a step whose outcome is not known, in the order of their names, behind one.
    ///
    /// # Errors
    /// Why it cannot be told now.
    async fn open(&self, category: &'static str, after: Option<&str>, limit: usize) -> Result<Due, String>;
}

/// Where a page of [`DueIndex`] ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub due: Timestamp,
    pub process_id: String,
    /// The version of the instance as of which it is so.
    pub version: u64,
}

/// A page of [`DueIndex`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Due {
    pub instances: Vec<Place>,
    /// Everything up to this position counts in it.
    pub seen: u64,
    /// If nothing more is due: when something will be, if anything.
    pub next: Option<Timestamp>,
}

/// How the runner of a kind of process cuts its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// At most so many instances are worked on at once by the reading of the log, and in a piece of what is due.
    pub at_once: usize,
    /// The longest it takes until it looks for what is due, should nobody have told it.
    pub look_every: Duration,
    /// So many calls are taken on for one port, with those that wait for their turn; more are found again later.
    pub waiting_calls: usize,
}

impl Default for Pace {
    fn default() -> Self {
        Self { at_once: 256, look_every: Duration::from_secs(1), waiting_calls: 1_024 }
    }
}
