//! What every decision is made under, whatever aggregate makes it: when, and by which rules.

use jiff::{Timestamp, civil::Date};

/// When a command is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The instant: holds and authorisations expire by it.
    pub now: Timestamp,
    /// The business date of that instant, in the namespace's time zone: nothing may be dated later.
    pub today: Date,
}

/// Whether all rules count, or only those that keep history well-formed: existence, currency, order, range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rules {
    /// Decided live.
    All,
    /// Taken over as history.
    Structural,
}

impl Rules {
    /// Whether it is decided live.
    pub(crate) fn all(self) -> bool {
        self == Self::All
    }
}
