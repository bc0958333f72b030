//! Orders in the stories: mostly what comes next in an order's life, now and then something else.

mod samples;

use super::{Asked, Contract, Sample, Step, customer, nth, text};
use khata_domain::{
    Money,
    ids::{OrderId, PaymentId},
    orders::{
        CustomerTier, DiscountRate, Order, OrderCommand, OrderEvent, OrderStatus, PaymentMethod,
        ShippingAddress,
        order::{
            AcceptReturn, AddItem, Cancel, ChangeQuantity, Confirm, ConfirmPayment, Create, DELIVERY_DAYS,
            Deliver, FailPayment, InitiatePayment, PaymentStatus, Place, Refund, RemoveItem, RequestReturn,
            SetShippingAddress, SetShippingCharge, Ship, StartProcessing,
        },
    },
};

impl Contract for Order {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> OrderId = nth;

    fn samples() -> Vec<Sample<OrderEvent>> {
        samples::samples()
    }

    fn past() -> Vec<OrderEvent> {
        samples::past()
    }

    fn asked(&self, step: &Step) -> Asked<OrderCommand> {
        (step.at(), if self.opening().is_none() { create(step) } else { command(step, self) })
    }
}

fn payment(number: u128) -> PaymentId {
    nth(number)
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, "USD".parse().unwrap())
}

fn create(step: &Step) -> OrderCommand {
    let create = Create {
        customer_id: customer(step.subject),
        currency: "USD".parse().unwrap(),
        customer_tier: CustomerTier::Regular,
        reference: (step.number > 0).then(|| text("10248")),
    };
    create.into()
}

fn command(step: &Step, order: &Order) -> OrderCommand {
    let line = u32::try_from(step.number).unwrap() + 1;
    match step.deed {
        0..=4 => add(step),
        5 => ChangeQuantity { line, quantity: 1 + step.minor as u32 % 9 }.into(),
        6 => RemoveItem { line }.into(),
        7 if step.number == 0 => Cancel { reason: text("story"), by: None }.into(),
        7 => FailPayment { payment_id: None, reason: text("story") }.into(),
        _ => next(step, order),
    }
}

fn add(step: &Step) -> OrderCommand {
    let item = AddItem {
        product_id: text(&format!("p{}", step.number)),
        seller_id: text("s1"),
        seller_active: true,
        name: text(&format!("Product {}", step.number)),
        quantity: 1 + step.minor as u32 % 5,
        unit_price: usd(999),
        discount_rate: DiscountRate::try_new(rust_decimal::Decimal::from(5)).unwrap(),
    };
    item.into()
}

/// What brings the order on.
fn next(step: &Step, order: &Order) -> OrderCommand {
    match order.status() {
        OrderStatus::Draft if order.lines().is_empty() => add(step),
        OrderStatus::Draft if order.destination().is_none() => {
            let address = ShippingAddress {
                recipient: text("Maria Anders"),
                line1: text("Obere Str. 57"),
                line2: None,
                city: text("Berlin"),
                region: None,
                postal_code: Some(text("12209")),
                country: text("Germany"),
            };
            SetShippingAddress { address, serviceable: true }.into()
        }
        OrderStatus::Draft if step.number == 0 => {
            SetShippingCharge { amount: usd(step.minor % 1_000) }.into()
        }
        OrderStatus::Draft => Place { payment_method: Some(PaymentMethod::Card) }.into(),
        OrderStatus::Placed => match order.payment_status() {
            PaymentStatus::None | PaymentStatus::Failed => {
                InitiatePayment { payment_id: None, fresh_id: payment(step.number) }.into()
            }
            PaymentStatus::Pending => ConfirmPayment { payment_id: None }.into(),
            PaymentStatus::Succeeded => {
                Confirm { expected_delivery: None, delivery_days: DELIVERY_DAYS }.into()
            }
        },
        OrderStatus::Confirmed => StartProcessing.into(),
        OrderStatus::Processing => {
            Ship { carrier: text("Speedy Express"), tracking: Some(text("SE-1")) }.into()
        }
        OrderStatus::Shipped => Deliver { proof: None }.into(),
        OrderStatus::Delivered => RequestReturn { reason: text("story") }.into(),
        OrderStatus::ReturnRequested => AcceptReturn.into(),
        OrderStatus::Returned | OrderStatus::Refunded | OrderStatus::Cancelled => {
            Refund { amount: (step.number > 1).then(|| usd(step.minor % 1_000 + 1)) }.into()
        }
    }
}
