//! Reconciling with the networks: their books of a day against what Khata knows. A process does it for every day on which
//! something was carried; an operator can have it done again.

mod comparing;
mod definition;
mod surroundings;

pub use comparing::{Reconciler, SettledPayments};
pub use definition::{Answer, Call, Command, DailyReconciliation, Fact, Late};
pub use surroundings::ReconciliationSurroundings;
