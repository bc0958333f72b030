//! What answers are drawn from.

use jiff::Timestamp;
use khata_domain::Aggregate;

/// An aggregate as it was: right after a command, or at a moment of its past.
#[derive(Debug, Clone, PartialEq)]
pub struct Picture<A: Aggregate> {
    pub id: A::Id,
    pub state: A,
    pub version: u64,
    /// The instant it is for: what has expired by then (a hold) no longer counts.
    pub at: Timestamp,
}
