//! The circumstances a command arrives in, and what it can come to.

use crate::{
    access::{Principal, Reach},
    clock::ClockContradiction,
    event::Origin,
    event_store::{AppendError, ReadError},
    fingerprint::Fingerprint,
    settings::InForce,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{Aggregate, DecisionContext, Made, refusal::Refusal, refusals};
use serde::Serialize;
use serde_json::Value;
use std::sync::Arc;
use uuid::Uuid;

/// Who asks for a command, how, and when.
#[derive(Debug, Clone)]
pub struct CommandContext {
    /// Who asks: by whose name it is recorded, and what they may do.
    pub principal: Arc<Principal>,
    /// To whose data that goes.
    pub reach: Reach,
    /// Identity of the command.
    pub command_id: Uuid,
    /// The client's correlation id, or a fresh one.
    pub correlation_id: String,
    /// The event that led to the command.
    pub causation_id: Option<Uuid>,
    /// W3C trace context.
    pub traceparent: Option<String>,
    /// The client's idempotency key.
    pub idempotency_key: Option<String>,
    /// Of method, path and canonical body: what "the same payload" means.
    pub fingerprint: Fingerprint,
    /// The version the client has seen.
    pub if_match: Option<u64>,
    /// The instant of the decision.
    pub now: Timestamp,
    /// Business time, where the client gave one.
    pub effective_at: Option<Timestamp>,
    pub origin: Origin,
    /// The settings that it is decided by: which day it is, and the numbers of the rules.
    pub settings: Arc<InForce>,
}

refusals! {
    /// What is refused before any aggregate is asked.
    enum Premature {
        /// The business time given lies in the future (`effective_at`, `now`).
        #[error("the business time {effective_at} lies in the future")]
        EffectiveAtInFuture { effective_at: Timestamp, now: Timestamp },
    }
}

/// What commands of contexts that take a business time are refused by, beside their aggregates' rules.
pub const PREMATURE: &[Refusal] = Premature::REFUSALS;

impl CommandContext {
    /// By which name events and idempotency keys know who asks.
    pub fn actor(&self) -> &str {
        &self.principal.actor
    }

    /// The business date of the instant of the decision.
    pub fn today(&self) -> Date {
        self.settings.calendar().date(self.now)
    }

    /// The same at a business time that somebody names, if one is named.
    #[must_use]
    pub fn at(self, effective_at: Option<Timestamp>) -> Self {
        Self { effective_at, ..self }
    }

    /// The day that a command is for, today if none is named; and the same for that day.
    pub fn on(&self, date: Option<Date>) -> (Date, Self) {
        match date {
            Some(date) => (date, self.at_end_of(date)),
            None => (self.today(), self.clone()),
        }
    }

    /// The same with the end of a day as business time; now, if that day is not over.
    #[must_use]
    pub fn at_end_of(&self, date: Date) -> Self {
        let end = self.settings.calendar().end_of(date);
        Self { effective_at: Some(end.min(self.now)), ..self.clone() }
    }

    /// The business time of what is decided: now, unless somebody named another.
    pub(crate) fn business_time(&self) -> Timestamp {
        self.effective_at.unwrap_or(self.now)
    }

    /// The business date of what is decided.
    pub(crate) fn business_day(&self) -> Date {
        self.settings.calendar().date(self.business_time())
    }

    /// What aggregates decide under.
    pub(crate) fn decision(&self) -> DecisionContext<'_> {
        let (today, business_date) = (self.today(), self.business_day());
        DecisionContext { now: self.now, today, business_date, actor: self.actor() }
    }

    /// Nothing is decided for a time that is still to come.
    pub(crate) fn check_business_time(&self) -> Result<(), CommandError> {
        match self.effective_at.filter(|effective_at| *effective_at > self.now) {
            Some(effective_at) => {
                Err(CommandError::refused(&Premature::EffectiveAtInFuture { effective_at, now: self.now }))
            }
            None => Ok(()),
        }
    }
}

/// What a command came to.
#[derive(Debug, Clone)]
pub struct Answer<A: Aggregate> {
    /// The aggregate that answered.
    pub id: A::Id,
    /// Its version right after the command.
    pub version: u64,
    /// A view that has seen this position shows the command's effect.
    pub position: u64,
    /// What happened to it.
    pub events: Vec<AnsweredEvent>,
    /// The aggregate right after the command.
    pub state: A,
    /// The instant of the decision.
    pub at: Timestamp,
    /// The command had been done before, under the same key or with the same client-made id.
    pub replayed: bool,
}

/// An event as an answer names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredEvent {
    pub id: Uuid,
    pub event_type: Arc<str>,
    /// Its version in its stream.
    pub version: u64,
    /// What it brought into being inside the aggregate.
    pub made: Option<Made>,
}

/// Why a command did nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CommandError {
    /// A rule refuses it. `code` is the rule, `facts` are its numbers.
    #[error("{message}")]
    Refused {
        /// The rule in snake case.
        code: String,
        message: String,
        /// For programs: a JSON object, without `code`.
        facts: Value,
    },
    /// There is no such aggregate.
    #[error("there is no {0}")]
    NotFound(String),
    /// It is out of the reach of whoever asks. They are told what they are told of what is not there.
    #[error("there is no {0}")]
    OutOfReach(String),
    /// There is one already, made by another request.
    #[error("{0} exists already")]
    AlreadyExists(String),
    /// The client has seen another version than the present one.
    #[error("the aggregate is at version {actual}")]
    VersionConflict { actual: u64 },
    /// The idempotency key was used with another payload.
    #[error("the idempotency key was used with another payload")]
    KeyReused,
    /// Others kept changing the aggregate; try again.
    #[error("too many others change this at once")]
    Contended,
    /// The settings of the namespace changed while it was decided: it is to be decided again, by the new
    /// ones.
    #[error("the namespace's settings changed while this was decided")]
    SettingsChanged,
    /// The stream holds events of a newer Khata: commands need that one.
    #[error("the stream holds {event_type}, which a newer Khata wrote")]
    NewerSchema { event_type: String },
    /// The queue is full.
    #[error("too many commands wait")]
    Overloaded,
    /// The clock contradicts the log, or itself.
    #[error(transparent)]
    Clock(#[from] ClockContradiction),
    /// A store cannot be reached or written.
    #[error("the event store is unavailable: {0}")]
    Unavailable(String),
    /// The log is another one than this process has followed.
    #[error("the event log was replaced: {0}")]
    Replaced(String),
    /// A store contradicts itself, or a defect of Khata.
    #[error("internal: {0}")]
    Internal(String),
}

impl CommandError {
    /// A rule's refusal, as the aggregate's error tells it.
    pub fn refused<E: std::error::Error + Serialize>(error: &E) -> Self {
        let message = error.to_string();
        match serde_json::to_value(error) {
            Ok(Value::Object(mut facts)) => match facts.remove("code") {
                Some(Value::String(code)) => Self::Refused { code, message, facts: Value::Object(facts) },
                _ => Self::Internal(format!("a refusal without a code: {message}")),
            },
            _ => Self::Internal(format!("a refusal that is no object: {message}")),
        }
    }
}

impl From<ReadError> for CommandError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unavailable(reason) => Self::Unavailable(reason),
            ReadError::Overloaded => Self::Overloaded,
            ReadError::Replaced(reason) => Self::Replaced(reason),
            ReadError::Corrupt(reason) => Self::Internal(reason),
        }
    }
}

impl From<AppendError> for CommandError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Conflict { .. } => Self::Contended,
            AppendError::Overloaded => Self::Overloaded,
            AppendError::Unavailable(reason) => Self::Unavailable(reason),
            AppendError::Replaced(reason) => Self::Replaced(reason),
            AppendError::Corrupt(reason) => Self::Internal(reason),
            AppendError::Clock(contradiction) => Self::Clock(contradiction),
            AppendError::KeyUsed(_) => Self::KeyReused,
            AppendError::Duplicate { event_id, .. } => {
                Self::Internal(format!("event {event_id} was already stored"))
            }
        }
    }
}
