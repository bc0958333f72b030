//! The ports for time and fresh identifiers. Nothing but their adapters reads a clock or draws a random number.

use jiff::Timestamp;
use khata_domain::ids::TypedId;
use uuid::Uuid;

/// Tells the time, in whole microseconds.
pub trait Clock: Send + Sync + 'static {
    /// The present instant, cut to microseconds.
    fn now(&self) -> Timestamp;
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
