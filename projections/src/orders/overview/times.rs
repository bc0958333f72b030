//! Since when an order has been what.

use crate::{
    Value,
    cell::{Cell, next},
};
use jiff::Timestamp;
use khata_domain::orders::{OrderEvent, order::OrderRefunded};
use serde::{Deserialize, Serialize};

/// Since when an order has been what, by business time. What comes again, such as a payment, is told by its last time.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusTimes {
    /// It was begun.
    pub created_at: Option<Timestamp>,
    /// It was ordered.
    pub placed_at: Option<Timestamp>,
    /// The money came.
    pub paid_at: Option<Timestamp>,
    /// The shop took it.
    pub confirmed_at: Option<Timestamp>,
    /// The shop began to pack.
    pub processing_at: Option<Timestamp>,
    /// It left.
    pub shipped_at: Option<Timestamp>,
    /// It arrived.
    pub delivered_at: Option<Timestamp>,
    /// It was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// The customer wanted to give it back.
    pub return_requested_at: Option<Timestamp>,
    /// It came back.
    pub returned_at: Option<Timestamp>,
    /// The last of the money was given back.
    pub refunded_at: Option<Timestamp>,
}

impl StatusTimes {
    /// Notes when something happened.
    pub(super) fn take(&mut self, event: &OrderEvent, at: Timestamp) {
        let noted = match event {
            OrderEvent::OrderCreated(_) => &mut self.created_at,
            OrderEvent::OrderPlaced(_) => &mut self.placed_at,
            OrderEvent::OrderPaymentSucceeded(_) => &mut self.paid_at,
            OrderEvent::OrderConfirmed(_) => &mut self.confirmed_at,
            OrderEvent::OrderProcessingStarted(_) => &mut self.processing_at,
            OrderEvent::OrderShipped(_) => &mut self.shipped_at,
            OrderEvent::OrderDelivered(_) => &mut self.delivered_at,
            OrderEvent::OrderCancelled(_) => &mut self.cancelled_at,
            OrderEvent::OrderReturnRequested(_) => &mut self.return_requested_at,
            OrderEvent::OrderReturnAccepted(_) => &mut self.returned_at,
            OrderEvent::OrderRefunded(OrderRefunded { remaining, .. }) if remaining.is_zero() => &mut self.refunded_at,
            OrderEvent::OrderRefunded(_)
            | OrderEvent::ItemAddedToOrder(_)
            | OrderEvent::ItemQuantityChanged(_)
            | OrderEvent::ItemRemovedFromOrder(_)
            | OrderEvent::ShippingAddressSet(_)
            | OrderEvent::ShippingChargeSet(_)
            | OrderEvent::OrderPaymentInitiated(_)
            | OrderEvent::OrderPaymentFailed(_) => return,
        };
        *noted = Some(at);
    }

    /// The values of its columns.
    pub(super) fn into_values(self) -> [Value; 11] {
        [
            self.created_at,
            self.placed_at,
            self.paid_at,
            self.confirmed_at,
            self.processing_at,
            self.shipped_at,
            self.delivered_at,
            self.cancelled_at,
            self.return_requested_at,
            self.returned_at,
            self.refunded_at,
        ]
        .map(Cell::into_value)
    }

    /// From the values of its columns.
    pub(super) fn from_values(values: &mut impl Iterator<Item = Value>) -> Option<Self> {
        Some(Self {
            created_at: next(values)?,
            placed_at: next(values)?,
            paid_at: next(values)?,
            confirmed_at: next(values)?,
            processing_at: next(values)?,
            shipped_at: next(values)?,
            delivered_at: next(values)?,
            cancelled_at: next(values)?,
            return_requested_at: next(values)?,
            returned_at: next(values)?,
            refunded_at: next(values)?,
        })
    }
}
