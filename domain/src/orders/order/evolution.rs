//! How events change an order. Total: no rule is checked here, no history is refused, in whatever order
//! business time brings it.

use super::{
    event::*,
    state::{Cancellation, Destination, Opening, Order, OrderStatus, Payment, PaymentStatus, Shipment},
};
use crate::{Money, Text, ids::PaymentId, orders::OrderLine};

impl Order {
    pub(super) fn apply(&mut self, event: &OrderEvent) {
        match event {
            OrderEvent::OrderCreated(event) => self.open(event),
            OrderEvent::ItemAddedToOrder(event) => self.add(event),
            OrderEvent::ItemQuantityChanged(event) => {
                self.lines
                    .iter_mut()
                    .filter(|line| line.line == event.line)
                    .for_each(|line| line.quantity = event.quantity);
            }
            OrderEvent::ItemRemovedFromOrder(event) => self.lines.retain(|line| line.line != event.line),
            OrderEvent::ShippingAddressSet(event) => {
                self.destination =
                    Some(Destination { address: event.address.clone(), serviceable: event.serviceable });
            }
            OrderEvent::ShippingChargeSet(event) => self.shipping = Some(event.amount),
            OrderEvent::OrderPlaced(event) => {
                self.status = OrderStatus::Placed;
                self.payment_method = event.payment_method;
                self.placed_total = Some(event.total);
            }
            OrderEvent::OrderPaymentInitiated(event) => {
                self.pay(event.payment_id, event.amount, PaymentStatus::Pending, None)
            }
            OrderEvent::OrderPaymentSucceeded(event) => {
                self.pay(event.payment_id, event.amount, PaymentStatus::Succeeded, None);
                self.paid = Some(sum(self.paid, event.amount));
            }
            OrderEvent::OrderPaymentFailed(event) => {
                self.pay(event.payment_id, event.amount, PaymentStatus::Failed, Some(&event.reason))
            }
            OrderEvent::OrderConfirmed(event) => {
                self.status = OrderStatus::Confirmed;
                self.expected_delivery = Some(event.expected_delivery);
            }
            OrderEvent::OrderProcessingStarted(OrderProcessingStarted {}) => {
                self.status = OrderStatus::Processing
            }
            OrderEvent::OrderShipped(event) => {
                self.status = OrderStatus::Shipped;
                self.shipment =
                    Some(Shipment { carrier: event.carrier.clone(), tracking: event.tracking.clone() });
            }
            OrderEvent::OrderDelivered(event) => {
                self.status = OrderStatus::Delivered;
                self.delivery_proof.clone_from(&event.proof);
            }
            OrderEvent::OrderCancelled(event) => {
                self.status = OrderStatus::Cancelled;
                self.cancellation = Some(Cancellation { reason: event.reason.clone(), by: event.by.clone() });
            }
            OrderEvent::OrderReturnRequested(event) => {
                self.status = OrderStatus::ReturnRequested;
                self.return_reason = Some(event.reason.clone());
            }
            OrderEvent::OrderReturnAccepted(OrderReturnAccepted {}) => self.status = OrderStatus::Returned,
            OrderEvent::OrderRefunded(event) => self.refund(event),
        }
    }

    fn open(&mut self, event: &OrderCreated) {
        self.opening = Some(Opening {
            customer_id: event.customer_id,
            currency: event.currency,
            customer_tier: event.customer_tier,
            reference: event.reference.clone(),
            created_on: event.business_date,
        });
    }

    fn add(&mut self, event: &ItemAddedToOrder) {
        self.last_line = self.last_line.max(event.line);
        if let Some(line) = self.lines.iter_mut().find(|line| line.line == event.line) {
            line.quantity = line.quantity.saturating_add(event.quantity);
            return;
        }
        self.lines.push(OrderLine {
            line: event.line,
            product_id: event.product_id.clone(),
            seller_id: event.seller_id.clone(),
            name: event.name.clone(),
            quantity: event.quantity,
            unit_price: event.unit_price,
            discount_rate: event.discount_rate,
        });
        self.lines.sort_by_key(|line| line.line);
    }

    fn pay(
        &mut self,
        payment_id: PaymentId,
        amount: Money,
        status: PaymentStatus,
        failure: Option<&Text<500>>,
    ) {
        self.payment = Some(Payment { payment_id, amount, status, failure: failure.cloned() });
    }

    fn refund(&mut self, event: &OrderRefunded) {
        self.refunded = Some(sum(self.refunded, event.amount));
        if event.remaining.is_zero() && !event.after_cancellation {
            self.status = OrderStatus::Refunded;
        }
    }
}

/// What was there and what comes to it. History does not mix currencies; if it ever did, what came first
/// would stay.
fn sum(before: Option<Money>, amount: Money) -> Money {
    before.map_or(amount, |before| before.checked_add(amount).unwrap_or(before))
}
