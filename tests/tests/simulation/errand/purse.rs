//! An aggregate for errands: a purse with money in it, which hands out errands.

use khata_domain::{
    Aggregate, DecisionContext, DomainEvent, Rules,
    aggregate::Command,
    ids::{AccountId, CustomerId, OrderId},
    refusals,
};
use serde::{Deserialize, Serialize};

/// How much is in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Purse {
    pub amount: i64,
}

/// What can be asked of it.
#[derive(Debug, Clone, PartialEq)]
pub enum PurseCommand {
    Fill(i64),
    /// Hand out an errand.
    Send(Sent),
    /// Take money out for an errand's step.
    Take(Moved),
    /// Put money in for an errand's step.
    Put(Moved),
}

/// An errand is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sent {
    pub errand: OrderId,
    /// Which purse gets the money.
    pub to: AccountId,
    pub amount: i64,
    /// It is regretted when all is done.
    pub regretted: bool,
}

/// Money was moved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    pub errand: OrderId,
    pub step: String,
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filled {
    pub amount: i64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurseEvent {
    Filled(Filled),
    Sent(Sent),
    Taken(Moved),
    Put(Moved),
}

impl DomainEvent for PurseEvent {
    const SCHEMA: &'static [(&'static str, u32)] = &[("filled", 1), ("sent", 1), ("taken", 1), ("put", 1)];
}

refusals! {
    /// Why a purse refuses.
    pub enum PurseError {
        /// There is not enough in it.
        #[error("there is not enough in the purse")]
        PurseEmpty,
    }
}

impl Command<Purse> for PurseCommand {
    fn decide_on(
        self,
        purse: &Purse,
        _: DecisionContext<'_>,
        _: Rules,
    ) -> Result<Vec<PurseEvent>, PurseError> {
        Ok(vec![match self {
            Self::Fill(amount) => PurseEvent::Filled(Filled { amount }),
            Self::Send(sent) => PurseEvent::Sent(sent),
            Self::Take(moved) if moved.amount > purse.amount => return Err(PurseError::PurseEmpty),
            Self::Take(moved) => PurseEvent::Taken(moved),
            Self::Put(moved) => PurseEvent::Put(moved),
        }])
    }
}

impl Aggregate for Purse {
    const CATEGORY: &'static str = "purse";
    const STATE_SCHEMA: u32 = 1;
    type Id = AccountId;
    type Command = PurseCommand;
    type Event = PurseEvent;
    type Error = PurseError;

    fn evolve(&mut self, event: &PurseEvent) {
        match event {
            PurseEvent::Filled(filled) => self.amount += filled.amount,
            PurseEvent::Sent(_) => {}
            PurseEvent::Taken(moved) => self.amount -= moved.amount,
            PurseEvent::Put(moved) => self.amount += moved.amount,
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        None
    }
}
