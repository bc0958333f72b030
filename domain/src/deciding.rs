//! What every decision is made under, whatever aggregate makes it: when, by whom, and by which rules.

use jiff::{Timestamp, civil::Date};

/// What is known of a command beside the command itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecisionContext<'a> {
    /// The instant of the decision: holds and authorisations expire by it.
    pub now: Timestamp,
    /// The business date of that instant, in the namespace's time zone: nothing may be dated later.
    pub today: Date,
    /// The day that the command counts for: today, unless it is dated back.
    pub business_date: Date,
    /// Who asks.
    pub actor: &'a str,
}

/// Whether all rules count, or only those that keep history well-formed: existence, currency, order, range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rules {
    /// Decided live.
    All,
    /// Taken over as history.
    Structural,
}

impl Rules {
    /// Whether it is decided live.
    pub fn all(self) -> bool {
        self == Self::All
    }
}
