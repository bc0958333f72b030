//! Tests of the rules, by family of commands; here are the orders and facts they share.

mod drafting;
mod fulfilment;
mod history;
mod invariants;
mod payments;
mod returns;

use super::*;
use crate::{
    Aggregate, Currency, Money, Rules, Text,
    ids::{CustomerId, PaymentId, TypedId},
    orders::{CustomerTier, DiscountRate, PaymentMethod, ShippingAddress},
    testing::{self, Given, TODAY, decided_on},
};
use jiff::civil::{Date, date};
use uuid::Uuid;

/// An order with a past.
fn given(past: impl IntoIterator<Item = OrderEvent>) -> Given<Order> {
    testing::given(past)
}

fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

fn usd(major: &str) -> Money {
    Money::parse(major, currency("USD")).unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn payment(number: u128) -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(number))
}

fn rate(percent: &str) -> DiscountRate {
    percent.parse().unwrap()
}

fn create() -> Create {
    Create {
        customer_id: CustomerId::from_uuid(Uuid::from_u128(1)),
        currency: currency("USD"),
        customer_tier: CustomerTier::Regular,
        reference: Some(text("10248")),
    }
}

fn created_for(customer_tier: CustomerTier) -> OrderEvent {
    let Create { customer_id, currency, reference, .. } = create();
    OrderCreated { customer_id, currency, customer_tier, reference, business_date: TODAY }.into()
}

fn created() -> OrderEvent {
    created_for(CustomerTier::Regular)
}

fn item(product: &str, quantity: u32, unit_price: &str) -> AddItem {
    AddItem {
        product_id: text(product),
        seller_id: text("seller-1"),
        seller_active: true,
        name: text(&format!("Product {product}")),
        quantity,
        unit_price: usd(unit_price),
        discount_rate: DiscountRate::default(),
    }
}

fn add(item: AddItem) -> OrderCommand {
    OrderCommand::AddItem(Box::new(item))
}

fn added_as(line: u32, item: AddItem) -> OrderEvent {
    let AddItem { product_id, seller_id, seller_active, name, quantity, unit_price, discount_rate } = item;
    OrderEvent::ItemAddedToOrder(Box::new(ItemAddedToOrder {
        line,
        product_id,
        seller_id,
        seller_active,
        name,
        quantity,
        unit_price,
        discount_rate,
    }))
}

/// So many of a product at a price, on a line.
fn added(line: u32, quantity: u32, unit_price: &str) -> OrderEvent {
    added_as(line, item(&format!("p{line}"), quantity, unit_price))
}

fn address() -> ShippingAddress {
    ShippingAddress {
        recipient: text("Vins et alcools Chevalier"),
        line1: text("59 rue de l'Abbaye"),
        line2: None,
        city: text("Reims"),
        region: None,
        postal_code: Some(text("51100")),
        country: text("France"),
    }
}

fn goes_to(serviceable: bool) -> OrderEvent {
    OrderEvent::ShippingAddressSet(Box::new(ShippingAddressSet { address: address(), serviceable }))
}

fn charged(amount: &str) -> OrderEvent {
    OrderEvent::ShippingChargeSet(ShippingChargeSet { amount: usd(amount) })
}

/// A draft that can be placed: 2 x 10.00 and 5.00 for shipping.
fn draft() -> Vec<OrderEvent> {
    vec![created(), added(1, 2, "10.00"), goes_to(true), charged("5.00")]
}

fn place_with(payment_method: PaymentMethod) -> OrderCommand {
    OrderCommand::Place(Place { payment_method: Some(payment_method) })
}

fn placed_with(payment_method: PaymentMethod) -> OrderEvent {
    OrderEvent::OrderPlaced(OrderPlaced {
        items_total: usd("20.00"),
        shipping: usd("5.00"),
        total: usd("25.00"),
        payment_method: Some(payment_method),
        business_date: TODAY,
    })
}

fn initiate(number: Option<u128>) -> OrderCommand {
    OrderCommand::InitiatePayment(InitiatePayment { payment_id: number.map(payment), fresh_id: payment(99) })
}

fn initiated(number: u128) -> OrderEvent {
    OrderEvent::OrderPaymentInitiated(OrderPaymentInitiated {
        payment_id: payment(number),
        amount: usd("25.00"),
    })
}

fn confirm_payment(number: Option<u128>) -> OrderCommand {
    OrderCommand::ConfirmPayment(ConfirmPayment { payment_id: number.map(payment) })
}

fn succeeded(number: u128) -> OrderEvent {
    OrderEvent::OrderPaymentSucceeded(OrderPaymentSucceeded {
        payment_id: payment(number),
        amount: usd("25.00"),
    })
}

fn fail_payment(number: Option<u128>) -> OrderCommand {
    OrderCommand::FailPayment(FailPayment { payment_id: number.map(payment), reason: text("card expired") })
}

fn failed(number: u128) -> OrderEvent {
    OrderEvent::OrderPaymentFailed(OrderPaymentFailed {
        payment_id: payment(number),
        amount: usd("25.00"),
        reason: text("card expired"),
    })
}

fn confirm_by(expected_delivery: Option<Date>) -> OrderCommand {
    OrderCommand::Confirm(Confirm { expected_delivery, delivery_days: DELIVERY_DAYS })
}

fn confirmed() -> OrderEvent {
    OrderEvent::OrderConfirmed(OrderConfirmed {
        expected_delivery: date(2026, 3, 17),
        delivery_days: Some(7),
        business_date: TODAY,
    })
}

fn processing() -> OrderEvent {
    OrderEvent::OrderProcessingStarted(OrderProcessingStarted {})
}

fn ship(tracking: &str) -> OrderCommand {
    OrderCommand::Ship(Ship { carrier: text("Federal Shipping"), tracking: Some(text(tracking)) })
}

fn shipped() -> OrderEvent {
    OrderEvent::OrderShipped(OrderShipped { carrier: text("Federal Shipping"), tracking: Some(text("FS-1")) })
}

fn delivered() -> OrderEvent {
    OrderEvent::OrderDelivered(OrderDelivered { proof: Some(text("signed by P. Henriot")) })
}

fn cancel() -> OrderCommand {
    OrderCommand::Cancel(Cancel { reason: text("ordered twice"), by: Some(text("customer")) })
}

fn cancelled(total: Option<&str>, refund_due: Option<&str>) -> OrderEvent {
    OrderEvent::OrderCancelled(OrderCancelled {
        reason: text("ordered twice"),
        by: text("customer"),
        total: total.map(usd),
        refund_due: refund_due.map(usd),
    })
}

fn request_return() -> OrderCommand {
    OrderCommand::RequestReturn(RequestReturn { reason: text("corked") })
}

fn return_requested() -> OrderEvent {
    OrderEvent::OrderReturnRequested(OrderReturnRequested { reason: text("corked") })
}

fn return_accepted() -> OrderEvent {
    OrderEvent::OrderReturnAccepted(OrderReturnAccepted {})
}

fn refund(amount: Option<&str>) -> OrderCommand {
    OrderCommand::Refund(Refund { amount: amount.map(usd) })
}

fn refunded(amount: &str, remaining: &str, after_cancellation: bool) -> OrderEvent {
    OrderEvent::OrderRefunded(OrderRefunded {
        amount: usd(amount),
        remaining: usd(remaining),
        after_cancellation,
    })
}

/// The life of an order that is paid by card, in the order of its statuses.
fn life() -> Vec<(OrderStatus, Vec<OrderEvent>)> {
    vec![
        (OrderStatus::Draft, draft()),
        (OrderStatus::Placed, vec![placed_with(PaymentMethod::Card), initiated(7), succeeded(7)]),
        (OrderStatus::Confirmed, vec![confirmed()]),
        (OrderStatus::Processing, vec![processing()]),
        (OrderStatus::Shipped, vec![shipped()]),
        (OrderStatus::Delivered, vec![delivered()]),
        (OrderStatus::ReturnRequested, vec![return_requested()]),
        (OrderStatus::Returned, vec![return_accepted()]),
        (OrderStatus::Refunded, vec![refunded("25.00", "0.00", false)]),
    ]
}

/// The past of a paid order that has come to a status on the straight way.
fn until(status: OrderStatus) -> Vec<OrderEvent> {
    if status == OrderStatus::Cancelled {
        return [until(OrderStatus::Placed), vec![cancelled(Some("25.00"), Some("25.00"))]].concat();
    }
    let upto = life().into_iter().position(|(reached, _)| reached == status).unwrap();
    life().into_iter().take(upto + 1).flat_map(|(_, events)| events).collect()
}

/// The statuses that are not among some.
fn all_but(allowed: &'static [OrderStatus]) -> impl Iterator<Item = OrderStatus> {
    OrderStatus::ALL.into_iter().filter(|status| !allowed.contains(status))
}

/// A command is refused, with the statuses that would allow it, wherever an order stands but there and where
/// `already` says that it is so.
#[track_caller]
fn refused_elsewhere(
    command: &OrderCommand,
    allowed: &'static [OrderStatus],
    already: &'static [OrderStatus],
) {
    for status in all_but(allowed).filter(|status| !already.contains(status)) {
        given(until(status))
            .when(command.clone())
            .then_refused(OrderError::OrderStatusNotAllowed { status, allowed });
    }
    for status in already {
        given(until(*status)).when(command.clone()).then_nothing();
    }
}

#[test]
fn the_straight_way_passes_every_status() {
    for status in OrderStatus::ALL {
        assert_eq!(given(until(status)).state().status(), status);
    }
}

#[test]
fn nothing_happens_to_an_order_that_is_not_created() {
    let commands = [
        add(item("p1", 1, "1")),
        OrderCommand::ChangeQuantity(ChangeQuantity { line: 1, quantity: 1 }),
        OrderCommand::RemoveItem(RemoveItem { line: 1 }),
        OrderCommand::SetShippingAddress(Box::new(SetShippingAddress {
            address: address(),
            serviceable: true,
        })),
        OrderCommand::SetShippingCharge(SetShippingCharge { amount: usd("1") }),
        place_with(PaymentMethod::Card),
        initiate(None),
        confirm_payment(None),
        fail_payment(None),
        confirm_by(None),
        StartProcessing.into(),
        ship("FS-1"),
        OrderCommand::Deliver(Deliver { proof: None }),
        cancel(),
        request_return(),
        AcceptReturn.into(),
        refund(None),
    ];
    for command in commands {
        given([]).when(command.clone()).then_refused(OrderError::OrderNotCreated);
        given([]).when_history(command).then_refused(OrderError::OrderNotCreated);
    }
}
