//! Each customer as it stands: who, how to reach, verified or not, which products.

mod row;
#[cfg(test)]
mod tests;

pub use row::{CustomerRow, CustomerSearch};

use crate::{FoldError, Projection, Row, RowChanges, Table};
use jiff::Timestamp;
use khata_application::Recorded;
use khata_domain::{Aggregate, customers::Customer};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The projection.
#[derive(Debug, Clone, Copy, Default)]
pub struct CustomerProfiles;

/// A customer, and where its stream stands.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    customer: Customer,
    version: u64,
    onboarded_at: Option<Timestamp>,
}

impl Projection for CustomerProfiles {
    const NAME: &'static str = "customers";
    /// The state holds the aggregate's own, so a new shape of that is a new version of this.
    const VERSION: u32 = 100 * Customer::STATE_SCHEMA + 1;
    const TABLES: &'static [&'static Table] = &[CustomerRow::TABLE];
    type State = State;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        (event.stream.category() == Customer::CATEGORY).then(|| event.stream.id().into())
    }

    fn fold(&self, state: &mut State, event: &Recorded, _rows: &mut RowChanges) -> Result<(), FoldError> {
        let Some(decoded) = event.event::<Customer>() else {
            return Err(FoldError::Contradiction(format!("{} is no event of a customer", event.event_type)));
        };
        state.customer.evolve(decoded?);
        state.version = event.version;
        state.onboarded_at.get_or_insert(event.effective_at);
        Ok(())
    }

    fn summarize(&self, _partition: &str, state: &State, rows: &mut RowChanges) {
        if let (Some(profile), Some(onboarded_at)) = (state.customer.profile(), state.onboarded_at) {
            rows.upsert(CustomerRow::of(profile, state.version, onboarded_at));
        }
    }
}
