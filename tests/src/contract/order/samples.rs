//! One of each event of orders.

use crate::contract::{Sample, bare, customer::customer_id, full};
use khata_domain::{
    Money, Text,
    ids::{PaymentId, TypedId},
    orders::{
        CustomerTier, OrderEvent, PaymentMethod, ShippingAddress,
        order::{
            ItemAddedToOrder, ItemQuantityChanged, ItemRemovedFromOrder, OrderCancelled, OrderConfirmed,
            OrderCreated, OrderDelivered, OrderPaymentFailed, OrderPaymentInitiated, OrderPaymentSucceeded,
            OrderPlaced, OrderProcessingStarted, OrderRefunded, OrderReturnAccepted, OrderReturnRequested,
            OrderShipped, ShippingAddressSet, ShippingChargeSet,
        },
    },
};
use uuid::Uuid;

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn usd(major: &str) -> Money {
    Money::parse(major, "USD".parse().unwrap()).unwrap()
}

fn payment_id() -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_805a))
}

fn created() -> OrderCreated {
    OrderCreated {
        customer_id: customer_id(),
        currency: "USD".parse().unwrap(),
        customer_tier: CustomerTier::Regular,
        reference: Some(text("10248")),
        business_date: "2026-01-02".parse().unwrap(),
    }
}

fn added() -> ItemAddedToOrder {
    ItemAddedToOrder {
        line: 1,
        product_id: text("11"),
        seller_id: text("5"),
        seller_active: true,
        name: text("Queso \"Cabrales\""),
        quantity: 12,
        unit_price: usd("14.00"),
        discount_rate: "2.5".parse().unwrap(),
    }
}

fn address() -> ShippingAddress {
    ShippingAddress {
        recipient: text("Vins et alcools Chevalier"),
        line1: text("59 rue de l'Abbaye"),
        line2: Some(text("2e étage")),
        city: text("Reims"),
        region: Some(text("Marne")),
        postal_code: Some(text("51100")),
        country: text("France"),
    }
}

fn placed() -> OrderPlaced {
    OrderPlaced {
        items_total: usd("163.80"),
        shipping: usd("32.38"),
        total: usd("196.18"),
        payment_method: Some(PaymentMethod::CashOnDelivery),
        business_date: "2026-01-02".parse().unwrap(),
    }
}

fn initiated() -> OrderPaymentInitiated {
    OrderPaymentInitiated { payment_id: payment_id(), amount: usd("196.18") }
}

fn succeeded() -> OrderPaymentSucceeded {
    OrderPaymentSucceeded { payment_id: payment_id(), amount: usd("196.18") }
}

fn failed() -> OrderPaymentFailed {
    OrderPaymentFailed { payment_id: payment_id(), amount: usd("196.18"), reason: text("card expired") }
}

fn confirmed() -> OrderConfirmed {
    OrderConfirmed {
        expected_delivery: "2026-01-09".parse().unwrap(),
        delivery_days: Some(7),
        business_date: "2026-01-02".parse().unwrap(),
    }
}

fn shipped() -> OrderShipped {
    OrderShipped { carrier: text("Federal Shipping"), tracking: Some(text("FS-0042")) }
}

fn delivered() -> OrderDelivered {
    OrderDelivered { proof: Some(text("signed by P. Henriot")) }
}

fn cancelled() -> OrderCancelled {
    OrderCancelled {
        reason: text("ordered twice"),
        by: text("customer"),
        total: Some(usd("196.18")),
        refund_due: Some(usd("196.18")),
    }
}

fn return_requested() -> OrderReturnRequested {
    OrderReturnRequested { reason: text("corked") }
}

fn refunded() -> OrderRefunded {
    OrderRefunded { amount: usd("96.18"), remaining: usd("100.00"), after_cancellation: false }
}

pub(super) fn samples() -> Vec<Sample<OrderEvent>> {
    let bare_address = ShippingAddress { line2: None, region: None, postal_code: None, ..address() };
    vec![
        full(OrderEvent::OrderCreated(created())),
        bare(OrderEvent::OrderCreated(OrderCreated {
            customer_tier: CustomerTier::New,
            reference: None,
            ..created()
        })),
        full(OrderEvent::ItemAddedToOrder(Box::new(added()))),
        full(OrderEvent::ItemQuantityChanged(ItemQuantityChanged { line: 1, quantity: 3 })),
        full(OrderEvent::ItemRemovedFromOrder(ItemRemovedFromOrder { line: 1 })),
        full(OrderEvent::ShippingAddressSet(Box::new(ShippingAddressSet {
            address: address(),
            serviceable: true,
        }))),
        bare(OrderEvent::ShippingAddressSet(Box::new(ShippingAddressSet {
            address: bare_address,
            serviceable: false,
        }))),
        full(OrderEvent::ShippingChargeSet(ShippingChargeSet { amount: usd("32.38") })),
        full(OrderEvent::OrderPlaced(placed())),
        bare(OrderEvent::OrderPlaced(OrderPlaced { payment_method: None, ..placed() })),
        full(OrderEvent::OrderPaymentInitiated(initiated())),
        full(OrderEvent::OrderPaymentSucceeded(succeeded())),
        full(OrderEvent::OrderPaymentFailed(failed())),
        full(OrderEvent::OrderConfirmed(confirmed())),
        bare(OrderEvent::OrderConfirmed(OrderConfirmed { delivery_days: None, ..confirmed() })),
        full(OrderEvent::OrderProcessingStarted(OrderProcessingStarted {})),
        full(OrderEvent::OrderShipped(shipped())),
        bare(OrderEvent::OrderShipped(OrderShipped { tracking: None, ..shipped() })),
        full(OrderEvent::OrderDelivered(delivered())),
        bare(OrderEvent::OrderDelivered(OrderDelivered { proof: None })),
        full(OrderEvent::OrderCancelled(cancelled())),
        bare(OrderEvent::OrderCancelled(OrderCancelled { total: None, refund_due: None, ..cancelled() })),
        full(OrderEvent::OrderReturnRequested(return_requested())),
        full(OrderEvent::OrderReturnAccepted(OrderReturnAccepted {})),
        full(OrderEvent::OrderRefunded(refunded())),
    ]
}

/// A past that fills every field of the state, though no order lives through all of it.
pub(super) fn past() -> Vec<OrderEvent> {
    vec![
        OrderEvent::OrderCreated(created()),
        OrderEvent::ItemAddedToOrder(Box::new(added())),
        OrderEvent::ShippingAddressSet(Box::new(ShippingAddressSet {
            address: address(),
            serviceable: true,
        })),
        OrderEvent::ShippingChargeSet(ShippingChargeSet { amount: usd("32.38") }),
        OrderEvent::OrderPlaced(placed()),
        OrderEvent::OrderConfirmed(confirmed()),
        OrderEvent::OrderShipped(shipped()),
        OrderEvent::OrderDelivered(delivered()),
        OrderEvent::OrderPaymentInitiated(initiated()),
        OrderEvent::OrderPaymentSucceeded(succeeded()),
        OrderEvent::OrderReturnRequested(return_requested()),
        OrderEvent::OrderRefunded(refunded()),
        OrderEvent::OrderCancelled(cancelled()),
        OrderEvent::OrderPaymentFailed(failed()),
    ]
}
