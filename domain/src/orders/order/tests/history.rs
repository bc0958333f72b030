//! Historical facts: the same events under structural checks only; and the state as it is stored.

use super::*;

#[test]
fn history_knows_neither_line_limits_nor_sellers_nor_whether_an_address_can_be_reached() {
    let many = (1..=60).map(|line| added(line, 1, "1.00"));
    let past = || [created_for(CustomerTier::New)].into_iter().chain(many.clone());
    let retired = AddItem { seller_active: false, ..item("more", 1, "1.00") };
    given(past()).when_history(add(retired.clone())).then([added_as(61, retired)]);
    let events = given(past().chain([goes_to(false)]))
        .state()
        .decide(place_with(PaymentMethod::Card), decided_on(TODAY), Rules::Structural)
        .unwrap();
    assert!(
        matches!(&events[..], [OrderEvent::OrderPlaced(placed)] if placed.total == usd("60.00")),
        "{events:?}"
    );
}

#[test]
fn history_need_not_know_how_an_order_was_paid() {
    let place = OrderCommand::Place(Place { payment_method: None });
    let events = given([created()]).state().decide(place, decided_on(TODAY), Rules::Structural).unwrap();
    let nothing = usd("0.00");
    let placed = OrderPlaced {
        items_total: nothing,
        shipping: nothing,
        total: nothing,
        payment_method: None,
        business_date: TODAY,
    };
    assert_eq!(events, [OrderEvent::OrderPlaced(placed)]);
}

#[test]
fn history_tells_two_prices_of_one_product_on_two_lines() {
    let past = [created(), added(1, 2, "10.00")];
    let dearer = item("p1", 1, "11.00");
    given(past.clone()).when_history(add(dearer.clone())).then([added_as(2, dearer.clone())]);
    let past = past.into_iter().chain([added_as(2, dearer.clone())]);
    given(past).when_history(add(dearer.clone())).then([added_as(2, dearer)]);
}

#[test]
fn history_may_confirm_unpaid_ship_unpacked_and_be_paid_afterwards() {
    let placed = [draft(), vec![placed_with(PaymentMethod::Card)]].concat();
    given(placed.clone()).when_history(confirm_by(None)).then([confirmed()]);
    let confirmed = [placed, vec![confirmed()]].concat();
    given(confirmed.clone()).when_history(ship("FS-1")).then([shipped()]);
    given([confirmed, vec![shipped()]].concat()).when_history(initiate(Some(7))).then([initiated(7)]);
}

#[test]
fn history_is_still_checked_for_sign_currency_and_order() {
    let amount = Money::from_minor(1, currency("CZK"));
    let mismatch = OrderError::CurrencyMismatch { amount, expected: currency("USD") };
    given([created()])
        .when_history(add(AddItem { unit_price: amount, ..item("p1", 1, "1.00") }))
        .then_refused(mismatch);
    given([created()]).when_history(add(item("p1", 0, "1.00"))).then_refused(OrderError::QuantityNotPositive);
    given([created()])
        .when_history(add(item("p1", 1, "-1.00")))
        .then_refused(OrderError::PriceNegative { unit_price: usd("-1.00") });
    given([created()])
        .when_history(OrderCommand::Create(create()))
        .then_refused(OrderError::OrderAlreadyCreated);
    given([created()]).when_history(ship("FS-1")).then_refused(OrderError::OrderStatusNotAllowed {
        status: OrderStatus::Draft,
        allowed: &[OrderStatus::Confirmed, OrderStatus::Processing],
    });
    given(until(OrderStatus::Returned))
        .when_history(refund(Some("25.01")))
        .then_refused(OrderError::RefundExceedsPayment { requested: usd("25.01"), refundable: usd("25.00") });
}

#[test]
fn an_order_folds_to_the_same_totals_when_business_time_brings_its_beginning_late() {
    let mut late = draft();
    late.rotate_left(1);
    assert_eq!(given(late).state().totals(), given(draft()).state().totals());
}

#[test]
fn a_stored_state_comes_back_whole() {
    for status in OrderStatus::ALL {
        let state = given(until(status)).state();
        let stored = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<Order>(&stored).unwrap(), state, "{status}");
    }
}
