//! The given/when/then kit: past events, a command, and what must come of it. Used by every aggregate's
//! tests.
#![allow(clippy::panic, reason = "assertions of tests")]

use crate::Aggregate;
use std::fmt::Debug;

/// Starts from past events.
pub fn given<A: Aggregate>(events: impl IntoIterator<Item = A::Event>) -> Given<A> {
    let mut state = A::default();
    events.into_iter().for_each(|event| state.evolve(&event));
    Given { state }
}

/// An aggregate with its past.
#[derive(Debug)]
pub struct Given<A: Aggregate> {
    state: A,
}

impl<A: Aggregate> Given<A> {
    /// Puts a command to it.
    pub fn when(self, command: A::Command) -> Then<A> {
        let result = self.state.decide(command);
        Then { state: self.state, result }
    }

    /// Puts an imported historical fact to it.
    pub fn when_history(self, command: A::Command) -> Then<A> {
        let result = self.state.decide_history(command);
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
}
