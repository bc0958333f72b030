//! A small aggregate for tests of the machinery: a tally that grows up to a limit, and may panic on demand.

use khata_domain::{
    Aggregate, DecisionContext, DomainEvent, Rules,
    aggregate::Command,
    ids::{AccountId, CustomerId},
};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Tally {
    pub(crate) opened: bool,
    pub(crate) sum: i64,
    pub(crate) closed: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TallyCommand {
    Open,
    Add(i64),
    Close,
    Panic,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TallyEvent {
    TallyOpened {},
    Added { amount: i64 },
    TallyClosed {},
}

impl DomainEvent for TallyEvent {
    const SCHEMA: &'static [(&'static str, u32)] = &[("tally_opened", 1), ("added", 1), ("tally_closed", 1)];
}

#[derive(Debug, Clone, PartialEq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub(crate) enum TallyError {
    #[error("only {left} are left")]
    TooMuch { left: i64 },
}

impl Command<Tally> for TallyCommand {
    fn decide_on(
        self,
        tally: &Tally,
        _: DecisionContext<'_>,
        _: Rules,
    ) -> Result<Vec<TallyEvent>, TallyError> {
        match self {
            Self::Open => Ok(vec![TallyEvent::TallyOpened {}]),
            Self::Add(amount) if tally.sum + amount < 0 => Err(TallyError::TooMuch { left: tally.sum }),
            Self::Add(amount) => Ok(vec![TallyEvent::Added { amount }]),
            Self::Close if tally.closed => Ok(vec![]),
            Self::Close => Ok(vec![TallyEvent::TallyClosed {}]),
            Self::Panic => panic!("a defect in a rule"),
        }
    }
}

impl Aggregate for Tally {
    const CATEGORY: &'static str = "tally";
    const STATE_SCHEMA: u32 = 1;
    type Id = AccountId;
    type Command = TallyCommand;
    type Event = TallyEvent;
    type Error = TallyError;

    fn evolve(&mut self, event: &TallyEvent) {
        match event {
            TallyEvent::TallyOpened {} => self.opened = true,
            TallyEvent::Added { amount } => self.sum += amount,
            TallyEvent::TallyClosed {} => self.closed = true,
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}
