//! What the list of orders can be narrowed by.

use super::words::StatusSchema;
use crate::http::list::{self, Filters};
use jiff::civil::Date;
use khata_domain::{ids::CustomerId, orders::OrderStatus};
use khata_projections::{Query, orders::OrderRow};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which orders.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct OrderFilters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<StatusSchema>, inline)]
    status: Option<OrderStatus>,
}

impl Filters for OrderFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        list::having(
            Query::of::<OrderRow>(limit),
            [
                ("customer_id", self.customer_id.map(|id| id.to_string())),
                ("status", self.status.map(|status| status.name().to_owned())),
            ],
        )
    }
}
