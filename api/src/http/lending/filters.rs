//! What the list of loans can be narrowed by.

use super::words::{BucketSchema, LoanTypeSchema, StatusSchema};
use crate::http::list::{self, Filters};
use jiff::{Span, civil::Date};
use khata_domain::{
    ids::CustomerId,
    lending::{Bucket, LoanType, loan::Status},
};
use khata_projections::{Query, Value, lending::LoanRow, query::Comparison};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which loans.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct LoanFilters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<StatusSchema>, inline)]
    status: Option<Status>,
    /// Of this type.
    #[param(value_type = Option<LoanTypeSchema>, inline)]
    loan_type: Option<LoanType>,
    /// Noted last in this bucket of days past due.
    #[param(value_type = Option<BucketSchema>, inline)]
    bucket: Option<Bucket>,
    /// At least so many days past due today, noted or not.
    #[param(minimum = 0)]
    min_days_past_due: Option<u32>,
}

impl Filters for LoanFilters {
    fn query(&self, limit: usize, today: Date) -> Query {
        let query = list::having(
            Query::of::<LoanRow>(limit),
            [
                ("customer_id", self.customer_id.map(|id| id.to_string())),
                ("status", self.status.map(|status| status.name().to_owned())),
                ("loan_type", self.loan_type.map(|loan_type| loan_type.name().to_owned())),
                ("bucket", self.bucket.map(|bucket| bucket.name().to_owned())),
            ],
        );
        match self.min_days_past_due.filter(|days| *days > 0) {
            // Before the first day there is, nothing was due.
            Some(days) => {
                let due =
                    Span::new().try_days(days).and_then(|days| today.checked_sub(days)).unwrap_or(Date::MIN);
                query.only("oldest_unpaid_due_date", Comparison::AtMost, Value::Date(due))
            }
            None => query,
        }
    }
}
