//! Each customer as it stands: who, how to reach, verified or not, which products.

mod row;
#[cfg(test)]
mod tests;

pub use row::{CustomerRow, CustomerSearch};

use crate::{
    Current,
    current::{Stand, Viewed},
};
use jiff::Timestamp;
use khata_domain::customers::{Customer, CustomerEvent};

/// The projection behind [`CustomerRow`].
pub type CustomerProfiles = Current<Customer>;

impl Viewed for Customer {
    const VIEW: &'static str = "customers";
    const VIEW_VERSION: u32 = 1;
    type Row = CustomerRow;
    /// When the first event happened.
    type Notes = Option<Timestamp>;
    const NOTES: &'static str = "onboarded_at";

    fn note(onboarded_at: &mut Option<Timestamp>, _happened: &CustomerEvent, at: Timestamp) {
        onboarded_at.get_or_insert(at);
    }

    fn row(&self, _id: &str, stand: &Stand<Option<Timestamp>>) -> Option<CustomerRow> {
        Some(CustomerRow::of(self.profile()?, stand.version, stand.notes?))
    }
}
