//! What the list of orders can be narrowed by.

use super::words::StatusSchema;
use crate::http::declared::filters;
use khata_domain::{ids::CustomerId, orders::OrderStatus};
use khata_projections::orders::OrderRow;

filters! {
    /// Which orders.
    pub(crate) struct OrderFilters of OrderRow {
        /// Of this customer.
        customer_id: CustomerId as String,
        /// In this status.
        status: OrderStatus as StatusSchema,
    }
}
