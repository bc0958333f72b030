//! Since when an order has been what.

use crate::columns;
use jiff::Timestamp;
use khata_domain::orders::{OrderEvent, order::OrderRefunded};
use serde::{Deserialize, Serialize};

columns! {
    /// Since when an order has been what, by business time. What comes again, such as a payment, is told by
    /// its last time.
    #[derive(Default, Serialize, Deserialize)]
    pub struct StatusTimes {
        pub created_at: Option<Timestamp>,
        pub placed_at: Option<Timestamp>,
        pub paid_at: Option<Timestamp>,
        /// The shop took it.
        pub confirmed_at: Option<Timestamp>,
        /// The shop began to pack.
        pub processing_at: Option<Timestamp>,
        pub shipped_at: Option<Timestamp>,
        pub delivered_at: Option<Timestamp>,
        pub cancelled_at: Option<Timestamp>,
        /// The customer wanted to give it back.
        pub return_requested_at: Option<Timestamp>,
        pub returned_at: Option<Timestamp>,
        /// The last of the money was given back.
        pub refunded_at: Option<Timestamp>,
    }
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
            OrderEvent::OrderRefunded(OrderRefunded { remaining, .. }) if remaining.is_zero() => {
                &mut self.refunded_at
            }
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
}
