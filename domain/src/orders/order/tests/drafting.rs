//! Creating, filling and placing an order.

use super::*;
use crate::orders::Totals;

fn change(line: u32, quantity: u32) -> OrderCommand {
    OrderCommand::ChangeQuantity(ChangeQuantity { line, quantity })
}

fn changed(line: u32, quantity: u32) -> OrderEvent {
    OrderEvent::ItemQuantityChanged(ItemQuantityChanged { line, quantity })
}

fn remove(line: u32) -> OrderCommand {
    OrderCommand::RemoveItem(RemoveItem { line })
}

fn removed(line: u32) -> OrderEvent {
    OrderEvent::ItemRemovedFromOrder(ItemRemovedFromOrder { line })
}

fn charge(amount: Money) -> OrderCommand {
    OrderCommand::SetShippingCharge(SetShippingCharge { amount })
}

fn address_set(address: ShippingAddress, serviceable: bool) -> OrderCommand {
    OrderCommand::SetShippingAddress(Box::new(SetShippingAddress { address, serviceable }))
}

fn kwd(minor: i64) -> Money {
    Money::from_minor(minor, currency("KWD"))
}

/// So many lines, one piece of 1.00 each.
fn lines(count: u32) -> impl Iterator<Item = OrderEvent> {
    (1..=count).map(|line| added(line, 1, "1.00"))
}

#[test]
fn a_draft_keeps_all_that_was_told() {
    let state = given([]).when(OrderCommand::Create(create())).then([created()]);
    let Create { customer_id, currency, customer_tier, reference } = create();
    let created_on = TODAY;
    assert_eq!(
        state.opening(),
        Some(&Opening { customer_id, currency, customer_tier, reference, created_on })
    );
    assert_eq!(
        (state.owner(), state.status(), state.totals()),
        (Some(customer_id), OrderStatus::Draft, Some(Totals::nothing(currency)))
    );
}

#[test]
fn an_order_is_created_once() {
    given([created()]).when(OrderCommand::Create(create())).then_refused(OrderError::OrderAlreadyCreated);
}

#[test]
fn lines_are_numbered_from_one_and_no_number_is_used_twice() {
    given([created()]).when(add(item("p1", 2, "10.00"))).then([added(1, 2, "10.00")]);
    let second = added_as(2, item("other", 1, "3.00"));
    given([created(), added(1, 2, "10.00")]).when(add(item("other", 1, "3.00"))).then([second.clone()]);
    let third = added_as(3, item("third", 1, "3.00"));
    given([created(), added(1, 2, "10.00"), second, removed(2)])
        .when(add(item("third", 1, "3.00")))
        .then([third]);
}

#[test]
fn the_same_product_of_the_same_seller_adds_up() {
    let more = item("p1", 3, "10.00");
    let state = given([created(), added(1, 2, "10.00")]).when(add(more.clone())).then([added_as(1, more)]);
    assert_eq!((state.lines().len(), state.lines()[0].quantity), (1, 5));
    let of_another = AddItem { seller_id: text("seller-2"), ..item("p1", 3, "9.00") };
    given([created(), added(1, 2, "10.00")]).when(add(of_another.clone())).then([added_as(2, of_another)]);
}

#[test]
fn the_same_product_at_another_price_or_discount_is_refused() {
    let differs = OrderError::PriceDiffers { line: 1, unit_price: usd("10.00"), discount_rate: rate("0") };
    let order = || given([created(), added(1, 2, "10.00")]);
    order().when(add(item("p1", 1, "9.99"))).then_refused(differs.clone());
    order().when(add(AddItem { discount_rate: rate("5"), ..item("p1", 1, "10.00") })).then_refused(differs);
}

#[test]
fn only_an_active_seller_sells() {
    let retired = AddItem { seller_active: false, ..item("p1", 1, "1.00") };
    given([created()])
        .when(add(retired))
        .then_refused(OrderError::SellerNotActive { seller_id: text("seller-1") });
}

#[test]
fn a_quantity_is_more_than_none_and_not_beyond_a_thousand_million() {
    let order = || given([created(), added(1, 2, "0.01")]);
    let beyond = || OrderError::QuantityOutOfRange { maximum: 1_000_000_000 };
    order().when(add(item("p9", 0, "1.00"))).then_refused(OrderError::QuantityNotPositive);
    order().when(change(1, 0)).then_refused(OrderError::QuantityNotPositive);
    order().when(add(item("p9", 1_000_000_001, "0.01"))).then_refused(beyond());
    order().when(add(item("p1", 999_999_999, "0.01"))).then_refused(beyond());
    order().when(change(1, u32::MAX)).then_refused(beyond());
    order().when(add(item("p1", 999_999_998, "0.01"))).then([added_as(1, item("p1", 999_999_998, "0.01"))]);
}

#[test]
fn a_price_may_be_nothing_and_not_less() {
    given([created()]).when(add(item("p1", 1, "0.00"))).then([added(1, 1, "0.00")]);
    given([created()])
        .when(add(item("p1", 1, "-0.01")))
        .then_refused(OrderError::PriceNegative { unit_price: usd("-0.01") });
}

#[test]
fn prices_and_charges_are_in_the_currency_of_the_order() {
    let mismatch = || OrderError::CurrencyMismatch { amount: kwd(1_000), expected: currency("USD") };
    given([created()])
        .when(add(AddItem { unit_price: kwd(1_000), ..item("p1", 1, "1.00") }))
        .then_refused(mismatch());
    given([created()]).when(charge(kwd(1_000))).then_refused(mismatch());
}

#[test]
fn an_order_has_at_most_fifty_lines_and_that_of_a_new_customer_ten() {
    for (customer_tier, limit) in
        [(CustomerTier::New, 10), (CustomerTier::Regular, 50), (CustomerTier::Premium, 50)]
    {
        let order = |count| given([created_for(customer_tier)].into_iter().chain(lines(count)));
        order(limit - 1).when(add(item("last", 1, "1.00"))).then([added_as(limit, item("last", 1, "1.00"))]);
        order(limit)
            .when(add(item("more", 1, "1.00")))
            .then_refused(OrderError::LineLimitReached { limit, customer_tier });
        order(limit).when(add(item("p1", 1, "1.00"))).then([added_as(1, item("p1", 1, "1.00"))]);
        let past = [created_for(customer_tier)].into_iter().chain(lines(limit)).chain([removed(1)]);
        given(past).when(add(item("again", 1, "1.00"))).then([added_as(limit + 1, item("again", 1, "1.00"))]);
    }
}

#[test]
fn an_order_that_the_books_cannot_hold_is_refused() {
    let dear = || item("dear", 1, "92233720368547758.07");
    given([created()])
        .when(add(AddItem { quantity: 2, ..dear() }))
        .then_refused(OrderError::AmountOutOfRange);
    let order = || given([created(), added_as(1, dear())]);
    order().when(add(item("p2", 1, "0.01"))).then_refused(OrderError::AmountOutOfRange);
    order().when(change(1, 2)).then_refused(OrderError::AmountOutOfRange);
    order().when(charge(usd("0.01"))).then_refused(OrderError::AmountOutOfRange);
    order().when_history(charge(usd("0.01"))).then_refused(OrderError::AmountOutOfRange);
}

#[test]
fn a_line_gets_another_quantity() {
    let order = || given([created(), added(1, 2, "10.00")]);
    let state = order().when(change(1, 7)).then([changed(1, 7)]);
    assert_eq!(state.totals().unwrap().total, usd("70.00"));
    order().when(change(1, 2)).then_nothing();
    order().when(change(2, 2)).then_refused(OrderError::LineNotFound { line: 2 });
}

#[test]
fn a_line_is_taken_out_once() {
    let past = || vec![created(), added(1, 2, "10.00"), added(2, 1, "3.00")];
    let state = given(past()).when(remove(1)).then([removed(1)]);
    assert_eq!(state.lines().iter().map(|line| line.line).collect::<Vec<_>>(), [2]);
    given([past(), vec![removed(1)]].concat()).when(remove(1)).then_nothing();
    for line in [0, 3] {
        given(past()).when(remove(line)).then_refused(OrderError::LineNotFound { line });
    }
}

#[test]
fn address_and_charge_can_be_set_anew() {
    let moved = ShippingAddress { city: text("Lyon"), ..address() };
    let event = |address, serviceable| {
        OrderEvent::ShippingAddressSet(Box::new(ShippingAddressSet { address, serviceable }))
    };
    given(draft()).when(address_set(moved.clone(), true)).then([event(moved, true)]);
    given(draft()).when(address_set(address(), false)).then([event(address(), false)]);
    given(draft()).when(address_set(address(), true)).then_nothing();
    given(draft()).when(charge(usd("0.00"))).then([charged("0.00")]);
    given(draft()).when(charge(usd("5.00"))).then_nothing();
    given(draft())
        .when(charge(usd("-1.00")))
        .then_refused(OrderError::ChargeNegative { amount: usd("-1.00") });
}

#[test]
fn a_total_is_the_sum_of_the_lines_after_their_discounts_and_the_shipping() {
    let cheaper = AddItem { discount_rate: rate("15"), ..item("p2", 3, "3.33") };
    let state = given([draft(), vec![added_as(2, cheaper)]].concat()).state();
    // 9.99 less 15 %, 1.4985, is 8.49.
    let totals = Totals {
        gross: usd("29.99"),
        discount: usd("1.50"),
        items: usd("28.49"),
        shipping: usd("5.00"),
        total: usd("33.49"),
    };
    assert_eq!(state.totals(), Some(totals));
}

#[test]
fn placing_fixes_the_total_and_the_way_it_is_paid() {
    for method in PaymentMethod::ALL {
        let state = given(draft()).when(place_with(method)).then([placed_with(method)]);
        assert_eq!(
            (state.status(), state.payment_method(), state.payment_status()),
            (OrderStatus::Placed, Some(method), PaymentStatus::None)
        );
    }
    given([draft(), vec![placed_with(PaymentMethod::Upi)]].concat())
        .when(place_with(PaymentMethod::Upi))
        .then_nothing();
    refused_elsewhere(&place_with(PaymentMethod::Wallet), &[OrderStatus::Draft], &[]);
}

#[test]
fn an_order_without_items_is_not_placed() {
    given([created(), goes_to(true), charged("5.00")])
        .when(place_with(PaymentMethod::Card))
        .then_refused(OrderError::OrderEmpty);
}

#[test]
fn an_order_for_nothing_is_not_placed() {
    let past = [created(), added(1, 2, "0.00"), goes_to(true)];
    given(past)
        .when(place_with(PaymentMethod::Card))
        .then_refused(OrderError::TotalNotPositive { total: usd("0.00") });
}

#[test]
fn an_order_needs_an_address_where_a_carrier_goes() {
    let with = |more: Vec<OrderEvent>| {
        given([vec![created(), added(1, 2, "10.00"), charged("5.00")], more].concat())
    };
    with(vec![]).when(place_with(PaymentMethod::Card)).then_refused(OrderError::ShippingAddressMissing);
    with(vec![goes_to(true), goes_to(false)])
        .when(place_with(PaymentMethod::Card))
        .then_refused(OrderError::AddressNotServiceable);
    with(vec![goes_to(false), goes_to(true)])
        .when(place_with(PaymentMethod::Card))
        .then([placed_with(PaymentMethod::Card)]);
}

#[test]
fn an_order_needs_a_payment_method() {
    let place = OrderCommand::Place(Place { payment_method: None });
    given(draft()).when(place).then_refused(OrderError::PaymentMethodMissing);
}

#[test]
fn nothing_of_an_order_changes_once_it_is_placed() {
    for status in all_but(&[OrderStatus::Draft]) {
        let commands = [
            add(item("p1", 1, "10.00")),
            change(1, 2),
            change(1, 3),
            remove(1),
            address_set(address(), true),
            charge(usd("5.00")),
        ];
        for command in commands {
            given(until(status)).when(command.clone()).then_refused(OrderError::OrderNotDraft { status });
            given(until(status)).when_history(command).then_refused(OrderError::OrderNotDraft { status });
        }
    }
}
