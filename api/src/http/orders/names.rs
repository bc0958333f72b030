//! What the customers of orders are called: that is not kept with the orders, but looked up in the view of customers.

use crate::http::problem::Problem;
use khata_projections::{
    Query, ScopedViews, Value,
    customers::CustomerRow,
    orders::OrderRow,
    query::{Comparison, Filter},
};
use std::collections::{BTreeMap, BTreeSet};

/// Names of customers.
pub(super) struct Names {
    of: BTreeMap<String, String>,
    /// How far that view had come; a position beyond all where nobody was asked for.
    pub(super) position: u64,
}

impl Names {
    /// Looks up those of the customers of some orders, in a read of its own.
    pub(super) async fn of(
        views: &ScopedViews,
        orders: &[OrderRow],
        min_position: Option<u64>,
    ) -> Result<Self, Problem> {
        let customers: BTreeSet<&String> = orders.iter().map(|order| &order.customer_id).collect();
        if customers.is_empty() {
            return Ok(Self { of: BTreeMap::new(), position: u64::MAX });
        }
        let mut query = Query::of::<CustomerRow>(customers.len());
        let is = |id: &String| vec![Filter::Is("customer_id", Comparison::Equal, Value::Text(id.clone()))];
        query.filters.push(Filter::AnyOf(customers.into_iter().map(is).collect()));
        let page = views.page::<CustomerRow>(query, min_position).await?;
        let of = page.rows.into_iter().map(|row| (row.customer_id, row.name)).collect();
        Ok(Self { of, position: page.position })
    }

    /// That of a customer, if the view knows it.
    pub(super) fn get(&self, customer_id: &str) -> Option<String> {
        self.of.get(customer_id).cloned()
    }
}
