//! Orders in the random histories: mostly what comes next in an order's life, now and then something else.

use crate::stories::{Step, customer, moment, text};
use khata_domain::{
    Money,
    ids::{OrderId, PaymentId, TypedId},
    orders::{
        CustomerTier, DiscountRate, Order, OrderCommand, OrderStatus, PaymentMethod, ShippingAddress,
        order::{
            AddItem, Cancel, ChangeQuantity, Confirm, ConfirmPayment, Create, DELIVERY_DAYS, Deliver,
            FailPayment, InitiatePayment, PaymentStatus, Place, Refund, RemoveItem, RequestReturn,
            SetShippingAddress, SetShippingCharge, Ship,
        },
    },
};
use uuid::Uuid;

pub fn id(subject: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(subject))
}

fn payment(number: u128) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(number))
}

fn usd(minor: i64) -> Money {
    Money::from_minor(minor, "USD".parse().unwrap())
}

pub fn create(step: &Step) -> OrderCommand {
    OrderCommand::Create(Create {
        customer_id: customer(4 + step.subject % 3),
        currency: "USD".parse().unwrap(),
        customer_tier: CustomerTier::Regular,
        reference: (step.number > 0).then(|| text("10248")),
        business_date: moment(step).today,
    })
}

pub fn command(step: &Step, order: &Order) -> OrderCommand {
    let line = u32::try_from(step.number).unwrap() + 1;
    match step.deed {
        0..=4 => add(step),
        5 => OrderCommand::ChangeQuantity(ChangeQuantity { line, quantity: 1 + step.minor as u32 % 9 }),
        6 => OrderCommand::RemoveItem(RemoveItem { line }),
        7 if step.number == 0 => OrderCommand::Cancel(Cancel { reason: text("story"), by: text("customer") }),
        7 => OrderCommand::FailPayment(FailPayment { payment_id: None, reason: text("story") }),
        _ => next(step, order),
    }
}

fn add(step: &Step) -> OrderCommand {
    OrderCommand::AddItem(Box::new(AddItem {
        product_id: text(&format!("p{}", step.number)),
        seller_id: text("s1"),
        seller_active: true,
        name: text(&format!("Product {}", step.number)),
        quantity: 1 + step.minor as u32 % 5,
        unit_price: usd(999),
        discount_rate: DiscountRate::try_new(rust_decimal::Decimal::from(5)).unwrap(),
    }))
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
            OrderCommand::SetShippingAddress(Box::new(SetShippingAddress { address, serviceable: true }))
        }
        OrderStatus::Draft if step.number == 0 => {
            OrderCommand::SetShippingCharge(SetShippingCharge { amount: usd(step.minor % 1_000) })
        }
        OrderStatus::Draft => OrderCommand::Place(Place {
            payment_method: Some(PaymentMethod::Card),
            business_date: moment(step).today,
        }),
        OrderStatus::Placed => match order.payment_status() {
            PaymentStatus::None | PaymentStatus::Failed => OrderCommand::InitiatePayment(InitiatePayment {
                payment_id: None,
                fresh_id: payment(step.number),
            }),
            PaymentStatus::Pending => OrderCommand::ConfirmPayment(ConfirmPayment { payment_id: None }),
            PaymentStatus::Succeeded => OrderCommand::Confirm(Confirm {
                expected_delivery: None,
                delivery_days: DELIVERY_DAYS,
                business_date: moment(step).today,
            }),
        },
        OrderStatus::Confirmed => OrderCommand::StartProcessing,
        OrderStatus::Processing => {
            OrderCommand::Ship(Ship { carrier: text("Speedy Express"), tracking: Some(text("SE-1")) })
        }
        OrderStatus::Shipped => OrderCommand::Deliver(Deliver { proof: None }),
        OrderStatus::Delivered => OrderCommand::RequestReturn(RequestReturn { reason: text("story") }),
        OrderStatus::ReturnRequested => OrderCommand::AcceptReturn,
        OrderStatus::Returned | OrderStatus::Refunded | OrderStatus::Cancelled => {
            OrderCommand::Refund(Refund { amount: (step.number > 1).then(|| usd(step.minor % 1_000 + 1)) })
        }
    }
}
