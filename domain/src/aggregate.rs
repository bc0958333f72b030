//! The contract of an aggregate: decide on commands, evolve by events. Loading, storing and retrying belong
//! to `khata-application`.

use crate::{
    Made,
    ids::{AggregateId, CustomerId},
};
use jiff::{Timestamp, civil::Date};
use serde::{Serialize, de::DeserializeOwned};

/// A consistency boundary: the state that one stream of events folds into.
///
/// Facts from outside (time, ids, a credit score, an AML verdict) arrive in the command, so the same state
/// and command always give the same answer.
pub trait Aggregate: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The category of its streams and the first half of its event types, e.g. `bank_account`.
    const CATEGORY: &'static str;
    /// Number of the serialised state's shape. Raise it with every change of the state's fields: snapshots of
    /// another number are thrown away.
    const STATE_SCHEMA: u32;
    /// What identifies one of them.
    type Id: AggregateId;
    /// What it can be asked to do, in the imperative.
    type Command;
    /// What can have happened to it, in the past tense.
    type Event: DomainEvent;
    /// Why it refuses. Serialises as `{"code": "<rule>", …facts}`: the rule's stable code, and its facts as
    /// members.
    type Error: std::error::Error + Serialize + Send + Sync + 'static;

    /// Decides on a command. No events means: already so. A refusal changes nothing.
    fn decide(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// Decides on an imported historical fact: the same events, structural checks only (existence, currency,
    /// order).
    fn decide_history(&self, command: Self::Command) -> Result<Vec<Self::Event>, Self::Error>;

    /// Applies what happened. Total: history is never refused, no rule is checked here.
    fn evolve(&mut self, event: &Self::Event);

    /// The customer whose data this is, once known. Scoping, joins and erasure rest on it.
    fn owner(&self) -> Option<CustomerId>;
}

/// The events of one aggregate: an enum whose variants each wrap one payload struct.
///
/// Stored as the payload's JSON, under the type `{category}.{variant in snake case}` with a schema version.
/// The enum must serialise externally tagged with `#[serde(rename_all = "snake_case")]`; variants without
/// data are `Name {}`.
pub trait DomainEvent:
    Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static
{
    /// Every variant's snake-case name with its current schema version. Golden files keep it complete.
    const SCHEMA: &'static [(&'static str, u32)];

    /// The business time that the event itself knows, for what has happened already when a decision notes it.
    /// All others happen in the business time of the decision.
    fn happened_at(&self) -> Option<Timestamp> {
        None
    }

    /// The business day that the event itself carries: the one it was decided for, whatever time zone is
    /// configured later. Every event whose payload has such a day gives it here. All others count for the day
    /// of their business time, in the time zone that their metadata names (UTC, where it names none).
    fn business_date(&self) -> Option<Date> {
        None
    }

    /// What the event brings into being inside its aggregate, if that is something that clients name.
    fn made(&self) -> Option<Made> {
        None
    }
}
