//! `orders` and `order_lines`: how each order stands, since when, and what is in it.
//!
//! The customer's name is not here: it may change, and an order must not be written anew for that. Whoever
//! shows it reads it from the customers.

mod row;
mod times;

pub use row::{OrderRow, ShownLine};
pub use times::StatusTimes;

use super::OrderLineRow;
use crate::{
    Current, FoldError, Row, RowChanges, Table,
    current::{Stand, Viewed},
};
use jiff::Timestamp;
use khata_domain::{
    Aggregate,
    money::MoneyError,
    orders::{Order, OrderEvent},
};

/// The projection behind [`OrderRow`] and [`OrderLineRow`].
pub type Orders = Current<Order>;

impl Viewed for Order {
    const VIEW: &'static str = "orders";
    const VIEW_VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[OrderRow::TABLE, OrderLineRow::TABLE];
    type Row = OrderRow;
    type Notes = StatusTimes;
    const NOTES: &'static str = "times";

    fn row(&self, id: &str, stand: &Stand<StatusTimes>) -> Option<OrderRow> {
        let row = OrderRow::of(id.to_owned(), self, stand.version)?;
        Some(OrderRow { times: stand.notes.clone(), updated_at: stand.updated_at, ..row })
    }

    fn note(times: &mut StatusTimes, happened: &OrderEvent, at: Timestamp) {
        times.take(happened, at);
    }

    fn happen(&mut self, happened: &OrderEvent, id: &str, rows: &mut RowChanges) -> Result<(), FoldError> {
        self.evolve(happened);
        match changed_line(happened) {
            Some(Line::Written(number)) => {
                for line in self.lines().iter().filter(|line| line.line == number) {
                    rows.upsert(OrderLineRow::of(id, line).map_err(contradiction)?);
                }
            }
            Some(Line::Gone(number)) => rows.delete::<OrderLineRow>(OrderLineRow::key(id, number)),
            None => {}
        }
        Ok(())
    }
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
