//! Orders over HTTP.

mod drafting;
mod filters;
mod fulfilment;
mod items;
mod names;
mod payments;
mod returns;
mod state;
mod times;
mod words;

use super::{
    Context,
    problem::Problem,
    resource::{Now, Picture, Resource, ResourceType, Routes, Showing},
};
use crate::app::App;
use filters::OrderFilters;
use jiff::civil::Date;
use khata_domain::orders::{Order, order::OrderError};
use khata_projections::{Row, ScopedViews, customers::CustomerRow, orders::OrderRow};
use names::Names;
use state::OrderBody;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::orders::CONTEXT,
    resource: ResourceType::of::<Order>(),
    routes: || {
        Routes::of(&[
            drafting::routes,
            items::questions,
            items::routes,
            payments::routes,
            fulfilment::routes,
            returns::routes,
        ])
    },
    refusals: &[OrderError::REFUSALS],
    reads: &[CustomerRow::TABLE],
};

type OrderRoutes = Routes<Order>;

impl Resource for Order {
    const ONE: &'static str = "an order";
    const COLLECTION: &'static str = "orders";
    const ABOUT: &'static str = "Orders, from the draft to the delivery and back.";
    type Row = OrderRow;
    type Body = OrderBody;
    type Filters = OrderFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> OrderBody {
        OrderBody::of_state(&picture)
    }

    fn show_row(row: OrderRow, _now: Now) -> OrderBody {
        row.into()
    }

    async fn prepare(
        _: &App,
        views: &ScopedViews,
        rows: &[OrderRow],
        min_position: Option<u64>,
    ) -> Result<Showing<Self>, Problem> {
        let names = Names::of(views, rows, min_position).await?;
        let position = names.position;
        let show = move |row: OrderRow| {
            let name = names.get(&row.customer_id);
            OrderBody::from(row).called(name)
        };
        Ok(Showing { show: Box::new(show), position })
    }
}
