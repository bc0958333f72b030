//! What a context tells of each kind of fact that it takes: what of it is counted, and what it comes to.

use super::{
    Terms,
    lookups::{Known, Lookups},
    report::Counted,
};
use crate::{
    Recorded,
    command::CommandError,
    executor::{HistoricalFact, Participant, Unit},
};
use std::fmt::Debug;
use uuid::Uuid;

/// A kind of fact. Each stands in the list of `fact.rs`.
pub(super) trait Imported {
    /// What of it is counted.
    fn counted(&self) -> Counted;

    /// What is to be decided. Needs no state.
    ///
    /// # Errors
    /// It makes no sense by itself.
    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused>;
}

/// What a fact comes to, ready to be decided.
pub(super) trait Decides: Debug + Send + Sync {
    /// The aggregates that take part. Whatever the fact makes is presumed new where that is allowed.
    fn participants(&self, presume: bool, into: &mut Vec<Participant>);

    /// Decides on the states of the unit. Answers how many events came of it.
    fn apply(
        &self,
        unit: &mut Unit<'_>,
        first: HistoricalFact,
        lookups: &Lookups<'_>,
    ) -> Result<usize, CommandError>;

    /// Whether a stored event, which has the id of the fact's first event, tells this fact: of the same
    /// aggregate, and the same as far as it and the further events show it.
    fn is_told_by(&self, event: &Recorded, first: HistoricalFact, known: &Known) -> bool;

    /// The ids of further events that show whether the fact is there already, and of those that it rests on.
    fn further_event_ids(&self, _first: HistoricalFact, _into: &mut Vec<Uuid>) {}

    /// Whether it rests on what everything before it has led to in the store.
    fn looks_back(&self) -> bool {
        false
    }

    /// What of it is counted, where that has to be looked up.
    fn counted(&self, counted: Counted, _lookups: &Lookups<'_>) -> Counted {
        counted
    }
}

impl<T: Imported> Imported for Box<T> {
    fn counted(&self) -> Counted {
        T::counted(self)
    }

    fn prepare(self, setting: &Setting<'_>) -> Result<Box<dyn Decides>, Refused> {
        T::prepare(*self, setting)
    }
}

/// What a fact is taken over on.
#[derive(Debug)]
pub(super) struct Setting<'a> {
    pub(super) terms: &'a Terms,
    /// When the fact happened, and the ids that it gives out.
    pub(super) event: HistoricalFact,
}

/// Why a line cannot be taken.
pub(super) struct Refused {
    pub(super) code: &'static str,
    pub(super) reason: String,
}

/// The same fact as it shows in another of its aggregates: its events there have ids of their own.
pub(super) fn beside(fact: HistoricalFact, n: usize) -> HistoricalFact {
    HistoricalFact { event_id: fact.nth_event_id(1_000 * n), ..fact }
}
