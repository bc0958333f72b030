//! Cancelling and returning, and what that does to the totals of a customer.

use super::*;
use crate::orders::CustomerShare;

const BEFORE_SHIPPED: &[OrderStatus] =
    &[OrderStatus::Draft, OrderStatus::Placed, OrderStatus::Confirmed, OrderStatus::Processing];

#[test]
fn an_order_is_cancelled_until_it_is_shipped_and_says_why_and_by_whom() {
    given(until(OrderStatus::Draft)).when(cancel()).then([cancelled(None, None)]);
    for status in &BEFORE_SHIPPED[1..] {
        let state = given(until(*status)).when(cancel()).then([cancelled(Some("25.00"), Some("25.00"))]);
        assert_eq!(
            state.cancellation(),
            Some(&Cancellation { reason: text("ordered twice"), by: text("customer") })
        );
    }
    refused_elsewhere(&cancel(), BEFORE_SHIPPED, &[OrderStatus::Cancelled]);
}

#[test]
fn a_cancellation_is_on_the_actors_word_where_nobody_is_named() {
    let unnamed = Cancel { reason: text("ordered twice"), by: None };
    let state = given(draft()).when(unnamed);
    let [OrderEvent::OrderCancelled(event)] = &state.result().unwrap()[..] else { panic!("not cancelled") };
    assert_eq!(event.by, text("local"));
}

#[test]
fn a_cancellation_says_whether_money_is_to_be_given_back() {
    let placed = [draft(), vec![placed_with(PaymentMethod::Card)]].concat();
    for unpaid in [vec![], vec![initiated(7)], vec![initiated(7), failed(7)]] {
        given([placed.clone(), unpaid].concat()).when(cancel()).then([cancelled(Some("25.00"), None)]);
    }
}

#[test]
fn what_was_delivered_can_come_back() {
    given(until(OrderStatus::Delivered)).when(request_return()).then([return_requested()]);
    refused_elsewhere(&request_return(), &[OrderStatus::Delivered], &[OrderStatus::ReturnRequested]);
    given(until(OrderStatus::ReturnRequested)).when(AcceptReturn).then([return_accepted()]);
    refused_elsewhere(&AcceptReturn.into(), &[OrderStatus::ReturnRequested], &[OrderStatus::Returned]);
}

fn share(orders: i64, value_minor: i64, refunded_minor: i64) -> Option<CustomerShare> {
    Some(CustomerShare { currency: currency("USD"), orders, value_minor, refunded_minor })
}

#[test]
fn an_order_counts_for_its_customer_from_its_placing_until_its_cancellation() {
    assert_eq!(placed_with(PaymentMethod::Card).customer_share(), share(1, 2_500, 0));
    assert_eq!(cancelled(Some("25.00"), None).customer_share(), share(-1, -2_500, 0));
    assert_eq!(cancelled(None, None).customer_share(), None, "a draft never counted");
}

#[test]
fn what_is_given_back_makes_an_order_worth_less_unless_it_counts_no_more() {
    assert_eq!(refunded("10.00", "15.00", false).customer_share(), share(0, -1_000, 1_000));
    assert_eq!(refunded("25.00", "0.00", true).customer_share(), share(0, 0, 2_500));
}

#[test]
fn nothing_else_changes_the_totals_of_a_customer() {
    let silent = [
        created(),
        added(1, 1, "1.00"),
        goes_to(true),
        charged("1.00"),
        initiated(7),
        succeeded(7),
        failed(7),
        confirmed(),
        processing(),
    ];
    let silent = silent.into_iter().chain([shipped(), delivered(), return_requested(), return_accepted()]);
    assert_eq!(silent.map(|event| event.customer_share()).collect::<Vec<_>>(), [None; 13]);
}
