//! What the list of payments can be narrowed by.

use super::words::StatusSchema;
use crate::http::{
    list::{self, Filters},
    request::instant::Day,
};
use jiff::civil::Date;
use khata_domain::{
    ids::{AccountId, CustomerId, StandingOrderId},
    payments::PaymentStatus,
};
use khata_projections::{
    Query, Value,
    payments::PaymentRow,
    query::{Comparison, Filter},
};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which payments.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct PaymentFilters {
    /// From or to this account. Whoever sees only what some customers pay does not see by it what is paid to them: that
    /// stands among the account's transactions.
    #[param(value_type = Option<String>)]
    account_id: Option<AccountId>,
    /// Of this customer: paid from an account of theirs.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<StatusSchema>, inline)]
    status: Option<PaymentStatus>,
    /// Of this standing order.
    #[param(value_type = Option<String>)]
    standing_order_id: Option<StandingOrderId>,
    /// Ordered on this day or later.
    #[param(value_type = Option<Date>)]
    from: Option<Day>,
    /// Ordered on this day or earlier.
    #[param(value_type = Option<Date>)]
    to: Option<Day>,
}

impl Filters for PaymentFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        let mut query = list::having(
            Query::of::<PaymentRow>(limit),
            [
                ("customer_id", self.customer_id.map(|id| id.to_string())),
                ("standing_order_id", self.standing_order_id.map(|id| id.to_string())),
                ("status", self.status.map(|status| status.name().to_owned())),
            ],
        );
        let days = [(Comparison::AtLeast, self.from), (Comparison::AtMost, self.to)];
        for (comparison, day) in days {
            query
                .filters
                .extend(day.map(|Day(day)| Filter::Is("requested_on", comparison, Value::Date(day))));
        }
        let either = |account_id: AccountId| {
            let side =
                |column| vec![Filter::Is(column, Comparison::Equal, Value::Text(account_id.to_string()))];
            Filter::AnyOf(vec![side("from_account"), side("to_account")])
        };
        query.filters.extend(self.account_id.map(either));
        query
    }
}
