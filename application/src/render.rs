//! How an aggregate's state becomes what an answer shows.

use jiff::Timestamp;
use khata_domain::Aggregate;

/// A picture of an aggregate's state, made right after a command or for an instant of the past.
pub trait Render<A: Aggregate>: Sized + Send {
    /// Draws it. `version` is the aggregate's version, `at` the instant the picture is for: what has expired
    /// by then (a hold) no longer counts.
    fn render(id: A::Id, state: &A, version: u64, at: Timestamp) -> Self;
}

/// No picture: for callers who want the events alone.
impl<A: Aggregate> Render<A> for () {
    fn render(_: A::Id, _: &A, _: u64, _: Timestamp) -> Self {}
}
