//! The evening of a business date, and what an aggregate is to do then.

use jiff::{Timestamp, civil::Date};

/// The evening of a business date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Evening {
    pub date: Date,
    /// The end of that day.
    pub ends_at: Timestamp,
}

impl Evening {
    /// Whether it is the last of a month.
    pub fn ends_month(&self) -> bool {
        self.date == self.date.last_of_month()
    }
}

/// What is due for one aggregate in one phase.
#[derive(Debug, Clone, PartialEq)]
pub enum Due<C> {
    /// Nothing: it does not take part.
    Nothing,
    /// All of it is done already.
    Done,
    /// It is left out; why, as a code.
    Left(&'static str),
    /// These, in this order.
    Commands(Vec<C>),
}

impl<C> Due<C> {
    /// These, or nothing.
    pub fn of(commands: Vec<C>) -> Self {
        if commands.is_empty() { Self::Nothing } else { Self::Commands(commands) }
    }
}
