//! Paying for an order, and giving money back.

use super::*;

fn placed() -> Vec<OrderEvent> {
    [draft(), vec![placed_with(PaymentMethod::Card)]].concat()
}

fn placed_and(more: impl IntoIterator<Item = OrderEvent>) -> Given<Order> {
    given(placed().into_iter().chain(more))
}

#[test]
fn the_whole_total_is_paid_under_a_given_or_a_fresh_id() {
    let state = placed_and([]).when(initiate(Some(7))).then([initiated(7)]);
    assert_eq!(state.payment_status(), PaymentStatus::Pending);
    placed_and([]).when(initiate(None)).then([initiated(99)]);
}

#[test]
fn one_payment_is_under_way_at_a_time() {
    placed_and([initiated(7)]).when(initiate(Some(7))).then_nothing();
    placed_and([initiated(7)]).when(initiate(None)).then_nothing();
    placed_and([initiated(7)])
        .when(initiate(Some(8)))
        .then_refused(OrderError::PaymentPending { payment_id: payment(7) });
}

#[test]
fn an_order_is_paid_once() {
    let state = placed_and([initiated(7)]).when(confirm_payment(None)).then([succeeded(7)]);
    assert_eq!(
        (state.payment_status(), state.paid(), state.refunded()),
        (PaymentStatus::Succeeded, Some(usd("25.00")), Some(usd("0.00")))
    );
    let paid = || placed_and([initiated(7), succeeded(7)]);
    paid().when(confirm_payment(Some(7))).then_nothing();
    paid().when(initiate(Some(8))).then_refused(OrderError::OrderAlreadyPaid { payment_id: payment(7) });
    paid()
        .when(fail_payment(None))
        .then_refused(OrderError::PaymentNotPending { payment_status: PaymentStatus::Succeeded });
}

#[test]
fn after_a_failed_payment_another_one_may_follow() {
    let state = placed_and([initiated(7)]).when(fail_payment(None)).then([failed(7)]);
    assert_eq!((state.status(), state.payment_status()), (OrderStatus::Placed, PaymentStatus::Failed));
    placed_and([initiated(7), failed(7)]).when(fail_payment(None)).then_nothing();
    placed_and([initiated(7), failed(7)])
        .when(confirm_payment(None))
        .then_refused(OrderError::PaymentNotPending { payment_status: PaymentStatus::Failed });
    let state = placed_and([initiated(7), failed(7)]).when(initiate(Some(8))).then([initiated(8)]);
    assert_eq!(state.payment().unwrap().failure, None);
}

#[test]
fn a_word_about_another_payment_is_refused() {
    let other = || OrderError::PaymentIdDiffers { payment_id: payment(8) };
    let order = || placed_and([initiated(7), failed(7), initiated(8)]);
    order().when(confirm_payment(Some(7))).then_refused(other());
    order().when(fail_payment(Some(7))).then_refused(other());
    order().when(confirm_payment(Some(8))).then([succeeded(8)]);
}

#[test]
fn what_nobody_began_to_pay_neither_succeeds_nor_fails() {
    let none = || OrderError::PaymentNotPending { payment_status: PaymentStatus::None };
    placed_and([]).when(confirm_payment(None)).then_refused(none());
    placed_and([]).when(fail_payment(None)).then_refused(none());
}

#[test]
fn a_payment_in_advance_begins_while_the_shop_waits_for_it() {
    let only = |status, allowed| OrderError::OrderStatusNotAllowed { status, allowed };
    given(draft()).when(initiate(None)).then_refused(only(OrderStatus::Draft, &[OrderStatus::Placed]));
    placed_and([cancelled(Some("25.00"), None)])
        .when(initiate(None))
        .then_refused(only(OrderStatus::Cancelled, &[OrderStatus::Placed]));
}

#[test]
fn cash_on_delivery_is_taken_at_any_time_until_the_order_ends() {
    let mut past = [draft(), vec![placed_with(PaymentMethod::CashOnDelivery)]].concat();
    for event in [confirmed(), processing(), shipped(), delivered()] {
        past.push(event);
        given(past.clone()).when(initiate(Some(7))).then([initiated(7)]);
    }
    given([past.clone(), vec![initiated(7)]].concat()).when(confirm_payment(None)).then([succeeded(7)]);
    past.push(return_requested());
    let allowed: &[OrderStatus] = &[
        OrderStatus::Placed,
        OrderStatus::Confirmed,
        OrderStatus::Processing,
        OrderStatus::Shipped,
        OrderStatus::Delivered,
    ];
    given(past)
        .when(initiate(None))
        .then_refused(OrderError::OrderStatusNotAllowed { status: OrderStatus::ReturnRequested, allowed });
}

#[test]
fn money_that_comes_after_the_cancellation_is_there_and_can_be_given_back() {
    let late = || placed_and([initiated(7), cancelled(Some("25.00"), None)]);
    let state = late().when(confirm_payment(None)).then([succeeded(7)]);
    assert_eq!((state.status(), state.paid()), (OrderStatus::Cancelled, Some(usd("25.00"))));
    placed_and([initiated(7), cancelled(Some("25.00"), None), succeeded(7)])
        .when(refund(None))
        .then([refunded("25.00", "0.00", true)]);
    late().when(fail_payment(None)).then([failed(7)]);
}

#[test]
fn money_is_given_back_in_parts_and_never_more_than_was_paid() {
    let returned = || until(OrderStatus::Returned);
    let state = given(returned()).when(refund(Some("10.00"))).then([refunded("10.00", "15.00", false)]);
    assert_eq!((state.status(), state.refunded()), (OrderStatus::Returned, Some(usd("10.00"))));
    let partly = || given([returned(), vec![refunded("10.00", "15.00", false)]].concat());
    partly()
        .when(refund(Some("15.01")))
        .then_refused(OrderError::RefundExceedsPayment { requested: usd("15.01"), refundable: usd("15.00") });
    let state = partly().when(refund(None)).then([refunded("15.00", "0.00", false)]);
    assert_eq!((state.status(), state.refunded()), (OrderStatus::Refunded, Some(usd("25.00"))));
}

#[test]
fn what_is_given_back_whole_is_not_given_back_again() {
    for past in [
        until(OrderStatus::Refunded),
        [until(OrderStatus::Cancelled), vec![refunded("25.00", "0.00", true)]].concat(),
    ] {
        given(past.clone()).when(refund(None)).then_nothing();
        given(past).when(refund(Some("0.01"))).then_refused(OrderError::RefundExceedsPayment {
            requested: usd("0.01"),
            refundable: usd("0.00"),
        });
    }
}

#[test]
fn a_refund_is_more_than_nothing_and_in_the_currency_of_the_order() {
    for amount in ["0.00", "-1.00"] {
        given(until(OrderStatus::Returned))
            .when(refund(Some(amount)))
            .then_refused(OrderError::AmountNotPositive { amount: usd(amount) });
    }
    let amount = Money::from_minor(1, currency("INR"));
    let foreign = OrderCommand::Refund(Refund { amount: Some(amount) });
    given(until(OrderStatus::Returned))
        .when(foreign)
        .then_refused(OrderError::CurrencyMismatch { amount, expected: currency("USD") });
}

#[test]
fn what_was_not_paid_is_not_given_back() {
    let unpaid = placed_and([cancelled(Some("25.00"), None)]);
    unpaid.when(refund(None)).then_refused(OrderError::OrderNotPaid { payment_status: PaymentStatus::None });
}

#[test]
fn money_is_given_back_for_what_was_delivered_or_will_not_be() {
    let refundable: &[OrderStatus] = &[
        OrderStatus::Cancelled,
        OrderStatus::Delivered,
        OrderStatus::ReturnRequested,
        OrderStatus::Returned,
        OrderStatus::Refunded,
    ];
    refused_elsewhere(&refund(None), refundable, &[OrderStatus::Refunded]);
    given(until(OrderStatus::Delivered)).when(refund(Some("1.00"))).then([refunded("1.00", "24.00", false)]);
    let state =
        given(until(OrderStatus::Cancelled)).when(refund(None)).then([refunded("25.00", "0.00", true)]);
    assert_eq!(state.status(), OrderStatus::Cancelled, "it stays cancelled, with its reason");
}
