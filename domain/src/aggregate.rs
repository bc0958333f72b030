//! The contract of an aggregate: decide on commands, evolve by events. Loading, storing and retrying belong
//! to `khata-application`.

use crate::{
    Made,
    deciding::{DecisionContext, Rules},
    ids::{AggregateId, CustomerId},
};
use jiff::{Timestamp, civil::Date};
use serde::{Serialize, de::DeserializeOwned};

/// A consistency boundary: the state that one stream of events folds into.
///
/// Facts from outside (ids, a credit score, an AML verdict) arrive in the command, and when and by whom it is
/// put beside it: the same state, command and context always give the same answer.
pub trait Aggregate: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The category of its streams and the first half of its event types, e.g. `bank_account`.
    const CATEGORY: &'static str;
    /// Number of the serialised state's shape. Raise it with every change of the state's fields: snapshots of
    /// another number are thrown away.
    const STATE_SCHEMA: u32;
    /// What identifies one of them.
    type Id: AggregateId;
    /// What it can be asked to do, in the imperative.
    type Command: Command<Self>;
    /// What can have happened to it, in the past tense.
    type Event: DomainEvent;
    /// Why it refuses. Serialises as `{"code": "<rule>", …facts}`: the rule's stable code, and its facts as
    /// members.
    type Error: std::error::Error + Serialize + Send + Sync + 'static;

    /// Decides on a command. No events means: already so. A refusal changes nothing. By [`Rules::Structural`]
    /// it is an imported fact of the past: the same events, and only checks that keep history well-formed.
    ///
    /// Its rule decides, unless there is more to do, such as to record first what ran out meanwhile.
    fn decide(
        &self,
        command: Self::Command,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<Self::Event>, Self::Error> {
        command.decide_on(self, at, rules)
    }

    /// Applies what happened. Total: history is never refused, no rule is checked here.
    fn evolve(&mut self, event: &Self::Event);

    /// The customer whose data this is, once known. Scoping, joins and erasure rest on it.
    fn owner(&self) -> Option<CustomerId>;
}

/// The commands of one aggregate: an enum whose variants each wrap one struct and know the rule that decides on it,
/// made by `commands!`.
pub trait Command<A: Aggregate>: Clone + Send + Sync + 'static {
    /// What the rule of the command says.
    fn decide_on(
        self,
        aggregate: &A,
        at: DecisionContext<'_>,
        rules: Rules,
    ) -> Result<Vec<A::Event>, A::Error>;
}

/// Decides on the state that earlier events lead to, and puts them before what comes of it.
pub(crate) fn decide_after<A: Aggregate>(
    aggregate: &A,
    mut earlier: Vec<A::Event>,
    decide: impl FnOnce(&A) -> Result<Vec<A::Event>, A::Error>,
) -> Result<Vec<A::Event>, A::Error> {
    if earlier.is_empty() {
        return decide(aggregate);
    }
    let mut changed = aggregate.clone();
    earlier.iter().for_each(|event| changed.evolve(event));
    earlier.extend(decide(&changed)?);
    Ok(earlier)
}

/// The events of one aggregate: an enum whose variants each wrap one payload struct, made by `events!`.
///
/// Stored as the payload's JSON, under the type `{category}.{stored name}` with a schema version. The enum
/// serialises externally tagged; variants without data are `Name {}`.
pub trait DomainEvent:
    Serialize + DeserializeOwned + Clone + PartialEq + std::fmt::Debug + Send + Sync + 'static
{
    /// Every variant's stored name with its current schema version. Golden files keep it complete.
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
