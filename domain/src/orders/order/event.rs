//! What can have happened to an order. The JSON of these is stored for ever: golden files guard it.

use crate::{
    Currency, DomainEvent, Made, Money, Text,
    declared::events,
    ids::{CustomerId, PaymentId},
    orders::{CustomerTier, DiscountRate, PaymentMethod, ShippingAddress},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

events! {
    /// What can have happened to an order.
    pub enum OrderEvent {
        OrderCreated = "order_created" v 1,
        ItemAddedToOrder in Box = "item_added_to_order" v 1,
        ItemQuantityChanged = "item_quantity_changed" v 1,
        ItemRemovedFromOrder = "item_removed_from_order" v 1,
        ShippingAddressSet in Box = "shipping_address_set" v 1,
        ShippingChargeSet = "shipping_charge_set" v 1,
        OrderPlaced = "order_placed" v 1,
        OrderPaymentInitiated = "order_payment_initiated" v 1,
        OrderPaymentSucceeded = "order_payment_succeeded" v 1,
        OrderPaymentFailed = "order_payment_failed" v 1,
        OrderConfirmed = "order_confirmed" v 1,
        OrderProcessingStarted = "order_processing_started" v 1,
        OrderShipped = "order_shipped" v 1,
        OrderDelivered = "order_delivered" v 1,
        OrderCancelled = "order_cancelled" v 1,
        OrderReturnRequested = "order_return_requested" v 1,
        OrderReturnAccepted = "order_return_accepted" v 1,
        OrderRefunded = "order_refunded" v 1,
    }
}

impl DomainEvent for OrderEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    fn business_date(&self) -> Option<Date> {
        match self {
            Self::OrderCreated(event) => Some(event.business_date),
            Self::OrderPlaced(event) => Some(event.business_date),
            Self::OrderConfirmed(event) => Some(event.business_date),
            Self::ItemAddedToOrder(_)
            | Self::ItemQuantityChanged(_)
            | Self::ItemRemovedFromOrder(_)
            | Self::ShippingAddressSet(_)
            | Self::ShippingChargeSet(_)
            | Self::OrderPaymentInitiated(_)
            | Self::OrderPaymentSucceeded(_)
            | Self::OrderPaymentFailed(_)
            | Self::OrderProcessingStarted(_)
            | Self::OrderShipped(_)
            | Self::OrderDelivered(_)
            | Self::OrderCancelled(_)
            | Self::OrderReturnRequested(_)
            | Self::OrderReturnAccepted(_)
            | Self::OrderRefunded(_) => None,
        }
    }

    fn made(&self) -> Option<Made> {
        match self {
            Self::ItemAddedToOrder(event) => Some(Made::Line(event.line)),
            _ => None,
        }
    }
}

/// A draft was begun.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCreated {
    pub customer_id: CustomerId,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// How well the shop knew the customer.
    pub customer_tier: CustomerTier,
    /// The shop's own number or name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<Text<64>>,
    /// The day it was begun.
    pub business_date: Date,
}

/// So many of a product came in: on a line of its own, or on one that had the same product of the same
/// seller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemAddedToOrder {
    pub line: u32,
    /// The product, as its catalogue names it.
    pub product_id: Text<64>,
    /// The seller, as the sellers' register names them.
    pub seller_id: Text<64>,
    /// Whether the seller could sell; of imported history, as far as it is known.
    pub seller_active: bool,
    /// What the product was called.
    pub name: Text<200>,
    /// How many came in.
    pub quantity: u32,
    /// What one costs, before the discount.
    pub unit_price: Money,
    /// What is taken off.
    pub discount_rate: DiscountRate,
}

/// A line has so many now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemQuantityChanged {
    pub line: u32,
    /// How many from now on.
    pub quantity: u32,
}

/// A line was taken out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemRemovedFromOrder {
    pub line: u32,
}

/// It will go there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingAddressSet {
    /// Where, and to whom.
    pub address: ShippingAddress,
    /// Whether a carrier goes there.
    pub serviceable: bool,
}

/// The shipping costs so much.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShippingChargeSet {
    pub amount: Money,
}

/// The customer ordered what was in the draft.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPlaced {
    /// The lines, after their discounts.
    pub items_total: Money,
    /// What the shipping costs.
    pub shipping: Money,
    /// What is to be paid.
    pub total: Money,
    /// How it will be paid; unknown of imported history.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<PaymentMethod>,
    /// The day it was placed.
    pub business_date: Date,
}

/// A payment is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPaymentInitiated {
    pub payment_id: PaymentId,
    pub amount: Money,
}

/// The money has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPaymentSucceeded {
    pub payment_id: PaymentId,
    pub amount: Money,
}

/// The money did not come; another payment may.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPaymentFailed {
    pub payment_id: PaymentId,
    /// How much it was to be.
    pub amount: Money,
    pub reason: Text<500>,
}

/// The shop took the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderConfirmed {
    /// When it shall be there.
    pub expected_delivery: Date,
    /// So many days were configured that day; absent where the delivery date was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery_days: Option<u16>,
    /// The day it was confirmed.
    pub business_date: Date,
}

/// The shop began to pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderProcessingStarted {}

/// It left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderShipped {
    pub carrier: Text<100>,
    /// The carrier's number for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking: Option<Text<100>>,
}

/// It arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDelivered {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proof: Option<Text<500>>,
}

/// It shall not be, after all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderCancelled {
    pub reason: Text<500>,
    pub by: Text<100>,
    /// What it came to, if it was placed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<Money>,
    /// What is to be given back, if something was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_due: Option<Money>,
}

/// The customer wants to give it back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReturnRequested {
    pub reason: Text<500>,
}

/// It came back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReturnAccepted {}

/// Money was given back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderRefunded {
    /// How much, this time.
    pub amount: Money,
    /// What is left of the payment.
    pub remaining: Money,
    /// Whether the order was cancelled, so that it counted no more.
    pub after_cancellation: bool,
}
