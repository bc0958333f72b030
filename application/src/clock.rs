//! The ports for time and fresh identifiers. Nothing but their adapters reads a clock or draws a random
//! number.

use jiff::Timestamp;
use khata_domain::ids::TypedId;
use uuid::Uuid;

/// Tells the time, in whole microseconds.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, cut to microseconds.
    fn now(&self) -> Timestamp;

    /// The present instant, for a decision behind an event that was recorded at `newest`. A clock that knows
    /// how to judge itself gives none that it cannot stand for.
    ///
    /// # Errors
    /// The clock contradicts that event, or itself.
    fn stamp(&self, newest: Timestamp) -> Result<Timestamp, ClockContradiction> {
        let _ = newest;
        Ok(self.now())
    }

    /// Why nothing can be decided by it at present, if so.
    fn doubt(&self) -> Option<ClockDoubt> {
        None
    }
}

/// A clock that is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClockDoubt {
    /// What it says, and what contradicts it.
    pub contradiction: ClockContradiction,
    /// Since when, as far as that can be told without it.
    pub since: Timestamp,
    /// It is the trouble of this machine alone: a process elsewhere could decide.
    pub is_local: bool,
}

/// A clock says what cannot be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the clock of this machine says {clock}, {} {expected}: one of them is wrong", against.words())]
pub struct ClockContradiction {
    /// What the clock says.
    pub clock: Timestamp,
    /// What it is compared with.
    pub expected: Timestamp,
    /// By what that is known.
    pub against: Witness,
}

/// What a clock is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Witness {
    /// The newest event of the log.
    Log,
    /// The time since the clock was last right.
    Elapsed,
    /// The database's clock.
    Database,
}

impl Witness {
    const fn words(self) -> &'static str {
        match self {
            Self::Log => "the newest event of the log",
            Self::Elapsed => "and by the time that has gone by since it was right it is",
            Self::Database => "that of the database",
        }
    }
}

impl ClockContradiction {
    /// The later one of the two instants.
    pub fn later(&self) -> Timestamp {
        self.clock.max(self.expected)
    }
}

/// Draws fresh identifiers.
pub trait IdSource: Send + Sync + 'static {
    /// A UUID of version 7: later ones sort behind earlier ones.
    fn uuid(&self) -> Uuid;
}

/// A fresh typed identifier.
pub fn fresh<I: TypedId>(ids: &dyn IdSource) -> I {
    I::from_uuid(ids.uuid())
}
