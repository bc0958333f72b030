//! The given/when/then kit: past events, a command, and what must come of it. Used by every aggregate's
//! tests.
#![allow(clippy::panic, reason = "assertions of tests")]

use crate::{Aggregate, DecisionContext, Rules};
use jiff::{
    Timestamp,
    civil::{Date, date},
    tz::TimeZone,
};
use std::fmt::Debug;

/// The day of decisions, unless a test says otherwise.
pub const TODAY: Date = date(2026, 3, 10);

/// Noon of a day, in UTC.
pub fn noon_of(day: Date) -> Timestamp {
    TimeZone::UTC.to_timestamp(day.at(12, 0, 0, 0)).unwrap_or(Timestamp::MAX)
}

/// A decision at noon of a day, for that day.
pub fn decided_on(day: Date) -> DecisionContext<'static> {
    DecisionContext { now: noon_of(day), today: day, business_date: day, actor: "local" }
}

/// A decision of [`TODAY`] that counts for another day.
pub fn dated(business_date: Date) -> DecisionContext<'static> {
    DecisionContext { business_date, ..decided_on(TODAY) }
}

/// Starts from past events.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let mut state = A::default();
    events.into_iter().for_each(|event| state.evolve(&event));
    Given { state, at: decided_on(TODAY) }
}

/// An aggregate with its past, and what the next command is decided under: noon of [`TODAY`].
#[derive(Debug)]
pub struct Given<A: Aggregate> {
    state: A,
    at: DecisionContext<'static>,
}

impl<A: Aggregate> Given<A> {
    /// Decides under other circumstances.
    #[must_use]
    pub fn at(self, at: DecisionContext<'static>) -> Self {
        Self { at, ..self }
    }

    /// Puts a command to it.
    pub fn when(self, command: impl Into<A::Command>) -> Then<A> {
        self.decide(command.into(), Rules::All)
    }

    /// Puts an imported historical fact to it.
    pub fn when_history(self, command: impl Into<A::Command>) -> Then<A> {
        self.decide(command.into(), Rules::Structural)
    }

    fn decide(self, command: A::Command, rules: Rules) -> Then<A> {
        let result = self.state.decide(command, self.at, rules);
        Then { state: self.state, result }
    }

    /// Looks at the state.
    pub fn state(self) -> A {
        self.state
    }
}

/// What a command came to.
#[derive(Debug)]
pub struct Then<A: Aggregate> {
    state: A,
    result: Result<Vec<A::Event>, A::Error>,
}

impl<A: Aggregate> Then<A> {
    /// Exactly these events came of it; gives the state after them.
    #[track_caller]
    pub fn then(mut self, expected: impl IntoIterator<Item = A::Event>) -> A {
        let expected: Vec<_> = expected.into_iter().collect();
        match self.result {
            Ok(events) => assert_eq!(events, expected),
            Err(refusal) => panic!("refused: {refusal}; expected {expected:?}"),
        }
        expected.iter().for_each(|event| self.state.evolve(event));
        self.state
    }

    /// It was already so.
    #[track_caller]
    pub fn then_nothing(self) -> A {
        self.then([])
    }

    /// It was refused, for exactly this reason.
    #[track_caller]
    pub fn then_refused(self, expected: A::Error)
    where
        A::Error: PartialEq + Debug,
    {
        match self.result {
            Ok(events) => panic!("accepted with {events:?}; expected refusal: {expected}"),
            Err(refusal) => assert_eq!(refusal, expected),
        }
    }

    /// What came of it.
    pub fn result(self) -> Result<Vec<A::Event>, A::Error> {
        self.result
    }
}
