//! `orders` and `order_lines`: how each order stands, since when, and what is in it.
//!
//! The customer's name is not here: it may change, and an order must not be written anew for that. Whoever shows it reads it from
//! the customers.

mod row;
mod times;

pub use row::{OrderRow, ShownLine};
pub use times::StatusTimes;

use super::OrderLineRow;
use crate::{FoldError, Projection, Row, RowChanges, Table};
use jiff::Timestamp;
use khata_application::Recorded;
use khata_domain::{
    Aggregate,
    money::MoneyError,
    orders::{Order, OrderEvent},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// The projection behind [`OrderRow`] and [`OrderLineRow`].
#[derive(Debug, Clone, Copy)]
pub struct Orders;

/// An order, since when it stands as it does, and where its stream is.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    order: Order,
    times: StatusTimes,
    version: u64,
    updated_at: Timestamp,
}

impl Projection for Orders {
    const NAME: &'static str = "orders";
    /// The state holds the aggregate's own, so a new shape of that is a new version of this.
    const VERSION: u32 = 100 * Order::STATE_SCHEMA + 1;
    const TABLES: &'static [&'static Table] = &[OrderRow::TABLE, OrderLineRow::TABLE];
    type State = State;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        (event.stream.category() == Order::CATEGORY).then(|| event.stream.id().into())
    }

    fn fold(&self, state: &mut State, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        let Some(decoded) = event.event::<Order>() else {
            return Err(FoldError::Contradiction(format!("{} is no event of an order", event.event_type)));
        };
        let happened = decoded?;
        state.order.evolve(happened);
        state.times.take(happened, event.effective_at);
        state.version = event.version;
        state.updated_at = event.recorded_at;
        let order_id = event.stream.id();
        match changed_line(happened) {
            Some(Line::Written(number)) => {
                for line in state.order.lines().iter().filter(|line| line.line == number) {
                    rows.upsert(OrderLineRow::of(order_id, line).map_err(contradiction)?);
                }
            }
            Some(Line::Gone(number)) => rows.delete::<OrderLineRow>(OrderLineRow::key(order_id, number)),
            None => {}
        }
        Ok(())
    }

    fn summarize(&self, partition: &str, state: &State, rows: &mut RowChanges) {
        rows_of(partition, state).into_iter().for_each(|row| rows.upsert(row));
    }
}

fn rows_of(order_id: &str, state: &State) -> Option<OrderRow> {
    let mut row = OrderRow::of(order_id.to_owned(), &state.order, state.version)?;
    row.times = state.times.clone();
    row.updated_at = state.updated_at;
    Some(row)
}

fn contradiction(error: MoneyError) -> FoldError {
    FoldError::Contradiction(error.to_string())
}

/// What an event does to a line.
enum Line {
    Written(u32),
    Gone(u32),
}

fn changed_line(event: &OrderEvent) -> Option<Line> {
    match event {
        OrderEvent::ItemAddedToOrder(event) => Some(Line::Written(event.line)),
        OrderEvent::ItemQuantityChanged(event) => Some(Line::Written(event.line)),
        OrderEvent::ItemRemovedFromOrder(event) => Some(Line::Gone(event.line)),
        OrderEvent::OrderCreated(_)
        | OrderEvent::ShippingAddressSet(_)
        | OrderEvent::ShippingChargeSet(_)
        | OrderEvent::OrderPlaced(_)
        | OrderEvent::OrderPaymentInitiated(_)
        | OrderEvent::OrderPaymentSucceeded(_)
        | OrderEvent::OrderPaymentFailed(_)
        | OrderEvent::OrderConfirmed(_)
        | OrderEvent::OrderProcessingStarted(_)
        | OrderEvent::OrderShipped(_)
        | OrderEvent::OrderDelivered(_)
        | OrderEvent::OrderCancelled(_)
        | OrderEvent::OrderReturnRequested(_)
        | OrderEvent::OrderReturnAccepted(_)
        | OrderEvent::OrderRefunded(_) => None,
    }
}
