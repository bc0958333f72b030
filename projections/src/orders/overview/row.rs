//! The row of an order.

use super::StatusTimes;
use crate::{cell::Json, row};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money,
    orders::{Order, OrderLine, order::Destination},
};
use serde::{Deserialize, Serialize};

/// How many lines a summary names.
const NAMED_LINES: usize = 2;

row! {
    /// How an order stands. Amounts are in minor units.
    pub struct OrderRow in "orders", partition order_id, owner customer_id, key [order_id],
        index [customer_id, order_id],
        index [status, order_id] {
        /// `ord_…`
        pub order_id: String,
        /// Whose it is, `cus_…`.
        pub customer_id: String,
        /// `new`, `regular`, `premium`.
        pub customer_tier: String,
        /// The shop's own number or name for it.
        pub reference: Option<String>,
        /// `draft`, `placed`, `confirmed`, `processing`, `shipped`, `delivered`, `cancelled`,
        /// `return_requested`, `returned`, `refunded`.
        pub status: String,
        /// The currency of all its amounts.
        pub currency: Currency,
        /// How many lines it has.
        pub item_count: u64,
        /// Its first lines in words: `2 x Chai, 1 x Tofu and 3 more`.
        pub items_summary: String,
        pub items: Json<Vec<ShownLine>>,
        /// The lines before their discounts.
        pub gross_minor: i64,
        /// What the discounts take off.
        pub discount_minor: i64,
        /// The lines after their discounts.
        pub items_total_minor: i64,
        /// What the shipping costs.
        pub shipping_minor: i64,
        /// Items and shipping.
        pub total_minor: i64,
        pub destination: Option<Json<Destination>>,
        /// `card`, `bank_transfer`, `wallet`, `upi`, `cash_on_delivery`.
        pub payment_method: Option<String>,
        /// `none`, `pending`, `succeeded`, `failed`.
        pub payment_status: String,
        /// The latest payment, `pay_…`.
        pub payment_id: Option<String>,
        /// Why the latest payment failed.
        pub payment_failure: Option<String>,
        /// What was paid in all.
        pub paid_minor: i64,
        /// What was given back in all.
        pub refunded_minor: i64,
        /// When it shall be there.
        pub expected_delivery: Option<Date>,
        pub carrier: Option<String>,
        /// The carrier's number for it.
        pub tracking: Option<String>,
        /// What shows that it arrived.
        pub delivery_proof: Option<String>,
        /// Why it was cancelled.
        pub cancel_reason: Option<String>,
        pub cancelled_by: Option<String>,
        /// Why the customer wants to give it back.
        pub return_reason: Option<String>,
        /// The business date of its beginning.
        pub created_on: Date,
        /// Since when it has been what, by business time.
        pub times: StatusTimes,
        /// The version of the order's stream that the row shows.
        pub version: u64,
        /// When the last event was recorded.
        pub updated_at: Timestamp,
    }
}

/// A line as orders show it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShownLine {
    #[serde(flatten)]
    pub line: OrderLine,
    /// What the discount takes off.
    pub discount: Money,
    /// Unit price x quantity - discount.
    pub total: Money,
}

impl OrderRow {
    /// Shows an order; `None` before it is created. Its times are not in its state: they are still to be
    /// told.
    pub fn of(order_id: String, order: &Order, version: u64) -> Option<Self> {
        let (opening, totals) = (order.opening()?, order.totals()?);
        let payment = order.payment();
        Some(Self {
            order_id,
            customer_id: opening.customer_id.to_string(),
            customer_tier: opening.customer_tier.name().to_owned(),
            reference: opening.reference.as_ref().map(ToString::to_string),
            status: order.status().name().to_owned(),
            currency: opening.currency,
            item_count: order.lines().len() as u64,
            items_summary: summary(order.lines()),
            items: Json(order.lines().iter().map(|line| shown(line, opening.currency)).collect()),
            gross_minor: totals.gross.minor(),
            discount_minor: totals.discount.minor(),
            items_total_minor: totals.items.minor(),
            shipping_minor: totals.shipping.minor(),
            total_minor: totals.total.minor(),
            destination: order.destination().cloned().map(Json),
            payment_method: order.payment_method().map(|method| method.name().to_owned()),
            payment_status: order.payment_status().name().to_owned(),
            payment_id: payment.map(|payment| payment.payment_id.to_string()),
            payment_failure: payment.and_then(|payment| payment.failure.as_ref()).map(ToString::to_string),
            paid_minor: order.paid().map_or(0, Money::minor),
            refunded_minor: order.refunded().map_or(0, Money::minor),
            expected_delivery: order.expected_delivery(),
            carrier: order.shipment().map(|shipment| shipment.carrier.to_string()),
            tracking: order
                .shipment()
                .and_then(|shipment| shipment.tracking.as_ref())
                .map(ToString::to_string),
            delivery_proof: order.delivery_proof().map(ToString::to_string),
            cancel_reason: order.cancellation().map(|cancellation| cancellation.reason.to_string()),
            cancelled_by: order.cancellation().map(|cancellation| cancellation.by.to_string()),
            return_reason: order.return_reason().map(ToString::to_string),
            created_on: opening.created_on,
            times: StatusTimes::default(),
            version,
            updated_at: Timestamp::default(),
        })
    }

    /// An amount of this order.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// `2 x Chai, 1 x Tofu and 3 more`
fn summary(lines: &[OrderLine]) -> String {
    let named: Vec<String> =
        lines.iter().take(NAMED_LINES).map(|line| format!("{} x {}", line.quantity, line.name)).collect();
    let named = named.join(", ");
    match lines.len().saturating_sub(NAMED_LINES) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

fn shown(line: &OrderLine, currency: Currency) -> ShownLine {
    let nothing = Money::zero(currency);
    ShownLine {
        line: line.clone(),
        discount: line.discount().unwrap_or(nothing),
        total: line.total().unwrap_or(nothing),
    }
}
