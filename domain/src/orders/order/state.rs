//! What an order remembers: enough to decide, and to answer how it stands. Folding events into it lies in
//! `evolution`.

use crate::{
    Currency, Money, Text,
    ids::{CustomerId, PaymentId},
    names::names,
    orders::{CustomerTier, OrderLine, PaymentMethod, ShippingAddress, Totals},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// An order.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Order {
    pub(super) opening: Option<Opening>,
    pub(super) status: OrderStatus,
    pub(super) lines: Vec<OrderLine>,
    /// The highest number that a line ever had.
    pub(super) last_line: u32,
    pub(super) destination: Option<Destination>,
    pub(super) shipping: Option<Money>,
    pub(super) payment_method: Option<PaymentMethod>,
    pub(super) placed_total: Option<Money>,
    pub(super) payment: Option<Payment>,
    pub(super) paid: Option<Money>,
    pub(super) refunded: Option<Money>,
    pub(super) expected_delivery: Option<Date>,
    pub(super) shipment: Option<Shipment>,
    pub(super) delivery_proof: Option<Text<500>>,
    pub(super) cancellation: Option<Cancellation>,
    pub(super) return_reason: Option<Text<500>>,
}

/// What an order was begun with; it never changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub customer_id: CustomerId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// How well the shop knew the customer.
    pub customer_tier: CustomerTier,
    /// The shop's own number or name for it.
    pub reference: Option<Text<64>>,
    /// The day it was begun.
    pub created_on: Date,
}

names! {
    /// Where an order stands.
    pub enum OrderStatus, default Draft {
        /// It is being put together.
        Draft = "draft",
        /// It is ordered; the payment may be open.
        Placed = "placed",
        /// The shop has taken it.
        Confirmed = "confirmed",
        /// The shop packs it.
        Processing = "processing",
        /// It is on its way.
        Shipped = "shipped",
        /// It is there.
        Delivered = "delivered",
        /// It will not be.
        Cancelled = "cancelled",
        /// The customer wants to give it back.
        ReturnRequested = "return_requested",
        /// It came back.
        Returned = "returned",
        /// All that was paid for it was given back.
        Refunded = "refunded",
    }
}

/// Where an order goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destination {
    pub address: ShippingAddress,
    /// Whether a carrier goes there.
    pub serviceable: bool,
}

/// The latest payment of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    pub payment_id: PaymentId,
    pub amount: Money,
    /// Where it stands; never `None`.
    pub status: PaymentStatus,
    /// Why it failed, if it did.
    pub failure: Option<Text<500>>,
}

names! {
    /// Where the payment of an order stands.
    pub enum PaymentStatus as "OrderPaymentStatus" {
        /// Nobody has begun to pay.
        None = "none",
        /// It is under way.
        Pending = "pending",
        /// The money has come.
        Succeeded = "succeeded",
        /// The money did not come.
        Failed = "failed",
    }
}

/// How an order left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipment {
    pub carrier: Text<100>,
    /// The carrier's number for it.
    pub tracking: Option<Text<100>>,
}

/// Why an order will not be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    pub reason: Text<500>,
    pub by: Text<100>,
}

impl Order {
    /// What it was begun with; `None` before it is created.
    pub fn opening(&self) -> Option<&Opening> {
        self.opening.as_ref()
    }

    /// Where it stands.
    pub fn status(&self) -> OrderStatus {
        self.status
    }

    /// Its lines, by their numbers.
    pub fn lines(&self) -> &[OrderLine] {
        &self.lines
    }

    /// Where it goes, once that is said.
    pub fn destination(&self) -> Option<&Destination> {
        self.destination.as_ref()
    }

    /// How it will be paid, once it is placed.
    pub fn payment_method(&self) -> Option<PaymentMethod> {
        self.payment_method
    }

    /// The latest payment.
    pub fn payment(&self) -> Option<&Payment> {
        self.payment.as_ref()
    }

    /// Where the payment stands.
    pub fn payment_status(&self) -> PaymentStatus {
        self.payment.as_ref().map_or(PaymentStatus::None, |payment| payment.status)
    }

    /// When it shall be there, once it is confirmed.
    pub fn expected_delivery(&self) -> Option<Date> {
        self.expected_delivery
    }

    /// How it left.
    pub fn shipment(&self) -> Option<&Shipment> {
        self.shipment.as_ref()
    }

    /// What shows that it arrived.
    pub fn delivery_proof(&self) -> Option<&Text<500>> {
        self.delivery_proof.as_ref()
    }

    /// Why it will not be.
    pub fn cancellation(&self) -> Option<&Cancellation> {
        self.cancellation.as_ref()
    }

    /// Why the customer wants to give it back.
    pub fn return_reason(&self) -> Option<&Text<500>> {
        self.return_reason.as_ref()
    }

    /// What it comes to; `None` before it is created. A sum that no decision would have let come to be
    /// (events folded in another order than they were decided in may make one) reads as nothing.
    pub fn totals(&self) -> Option<Totals> {
        let currency = self.opening.as_ref()?.currency;
        let shipping = self.shipping.unwrap_or(Money::zero(currency));
        Some(Totals::of(&self.lines, shipping).unwrap_or(Totals::nothing(currency)))
    }

    /// What was paid, in all; `None` before it is created.
    pub fn paid(&self) -> Option<Money> {
        self.opening.as_ref().map(|opening| self.paid.unwrap_or(Money::zero(opening.currency)))
    }

    /// What was given back, in all; `None` before it is created.
    pub fn refunded(&self) -> Option<Money> {
        self.opening.as_ref().map(|opening| self.refunded.unwrap_or(Money::zero(opening.currency)))
    }

    /// What was paid and not given back, in minor units.
    pub(super) fn kept_minor(&self) -> i64 {
        let minor = |amount: Option<Money>| amount.map_or(0, Money::minor);
        minor(self.paid).saturating_sub(minor(self.refunded))
    }

    pub(super) fn line(&self, number: u32) -> Option<&OrderLine> {
        self.lines.iter().find(|line| line.line == number)
    }
}
