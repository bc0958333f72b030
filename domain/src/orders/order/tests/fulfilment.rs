//! Confirming, packing, shipping, delivering.

use super::*;

#[test]
fn a_paid_order_is_confirmed_with_the_configured_days_to_its_delivery() {
    let state = given(until(OrderStatus::Placed)).when(confirm_by(None)).then([confirmed()]);
    assert_eq!(
        (state.status(), state.expected_delivery()),
        (OrderStatus::Confirmed, Some(date(2026, 3, 17)))
    );
}

#[test]
fn the_configured_days_are_a_fact_of_the_event() {
    let slow = OrderCommand::Confirm(Confirm { expected_delivery: None, delivery_days: 30 });
    let event =
        OrderConfirmed { expected_delivery: date(2026, 4, 9), delivery_days: Some(30), business_date: TODAY };
    given(until(OrderStatus::Placed)).when(slow).then([OrderEvent::OrderConfirmed(event)]);
}

#[test]
fn a_delivery_date_can_be_given_and_lies_not_in_the_past() {
    let on = |expected_delivery| {
        OrderEvent::OrderConfirmed(OrderConfirmed {
            expected_delivery,
            delivery_days: None,
            business_date: TODAY,
        })
    };
    given(until(OrderStatus::Placed)).when(confirm_by(Some(TODAY))).then([on(TODAY)]);
    let yesterday = date(2026, 3, 9);
    given(until(OrderStatus::Placed))
        .when(confirm_by(Some(yesterday)))
        .then_refused(OrderError::DeliveryInPast { expected_delivery: yesterday, business_date: TODAY });
    given(until(OrderStatus::Placed)).when_history(confirm_by(Some(yesterday))).then([on(yesterday)]);
}

#[test]
fn an_unpaid_order_is_not_confirmed() {
    for (more, payment_status) in [
        (vec![], PaymentStatus::None),
        (vec![initiated(7)], PaymentStatus::Pending),
        (vec![initiated(7), failed(7)], PaymentStatus::Failed),
    ] {
        let past = [draft(), vec![placed_with(PaymentMethod::BankTransfer)], more].concat();
        given(past).when(confirm_by(None)).then_refused(OrderError::OrderNotPaid { payment_status });
    }
}

#[test]
fn cash_on_delivery_is_confirmed_unpaid() {
    let past = [draft(), vec![placed_with(PaymentMethod::CashOnDelivery)]].concat();
    given(past).when(confirm_by(None)).then([confirmed()]);
}

#[test]
fn an_order_is_confirmed_once() {
    refused_elsewhere(&confirm_by(None), &[OrderStatus::Placed], &[OrderStatus::Confirmed]);
    given(until(OrderStatus::Confirmed)).when(confirm_by(Some(date(2026, 3, 17)))).then_nothing();
    given(until(OrderStatus::Confirmed)).when(confirm_by(Some(date(2026, 3, 18)))).then_refused(
        OrderError::OrderStatusNotAllowed { status: OrderStatus::Confirmed, allowed: &[OrderStatus::Placed] },
    );
}

#[test]
fn a_confirmed_order_is_packed() {
    given(until(OrderStatus::Confirmed)).when(StartProcessing).then([processing()]);
    refused_elsewhere(&StartProcessing.into(), &[OrderStatus::Confirmed], &[OrderStatus::Processing]);
}

#[test]
fn a_packed_order_is_shipped() {
    let state = given(until(OrderStatus::Processing)).when(ship("FS-1")).then([shipped()]);
    assert_eq!(
        state.shipment(),
        Some(&Shipment { carrier: text("Federal Shipping"), tracking: Some(text("FS-1")) })
    );
    refused_elsewhere(&ship("FS-1"), &[OrderStatus::Processing], &[OrderStatus::Shipped]);
    given(until(OrderStatus::Shipped)).when(ship("FS-2")).then_refused(OrderError::OrderStatusNotAllowed {
        status: OrderStatus::Shipped,
        allowed: &[OrderStatus::Processing],
    });
}

#[test]
fn a_shipped_order_is_delivered() {
    let deliver = |proof: Option<&str>| OrderCommand::Deliver(Deliver { proof: proof.map(text) });
    let state =
        given(until(OrderStatus::Shipped)).when(deliver(Some("signed by P. Henriot"))).then([delivered()]);
    assert_eq!(state.delivery_proof(), Some(&text("signed by P. Henriot")));
    given(until(OrderStatus::Shipped))
        .when(deliver(None))
        .then([OrderEvent::OrderDelivered(OrderDelivered { proof: None })]);
    refused_elsewhere(&deliver(None), &[OrderStatus::Shipped], &[OrderStatus::Delivered]);
    given(until(OrderStatus::Delivered)).when(deliver(Some("a photograph"))).then_refused(
        OrderError::OrderStatusNotAllowed {
            status: OrderStatus::Delivered,
            allowed: &[OrderStatus::Shipped],
        },
    );
}
