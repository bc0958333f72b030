//! What becomes of orders' events in the views.

use super::*;
use crate::{Row, cell::Json, testing::Log};
use khata_domain::{
    Money, Text,
    ids::{CustomerId, OrderId, PaymentId, TypedId},
    orders::{
        CustomerTier, Order, OrderEvent, PaymentMethod, ShippingAddress,
        order::{
            Destination, ItemAddedToOrder, ItemQuantityChanged, ItemRemovedFromOrder, OrderCancelled,
            OrderConfirmed, OrderCreated, OrderDelivered, OrderPaymentFailed, OrderPaymentInitiated,
            OrderPaymentSucceeded, OrderPlaced, OrderProcessingStarted, OrderRefunded, OrderReturnAccepted,
            OrderReturnRequested, OrderShipped, ShippingAddressSet, ShippingChargeSet,
        },
    },
};
use uuid::Uuid;

fn id(number: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(number))
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn usd(major: &str) -> Money {
    Money::parse(major, "USD".parse().unwrap()).unwrap()
}

fn customer() -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(1))
}

fn payment() -> PaymentId {
    PaymentId::from_uuid(Uuid::from_u128(7))
}

fn created() -> OrderEvent {
    OrderEvent::OrderCreated(OrderCreated {
        customer_id: customer(),
        currency: "USD".parse().unwrap(),
        customer_tier: CustomerTier::Premium,
        reference: Some(text("10248")),
        business_date: "2026-01-01".parse().unwrap(),
    })
}

fn added(line: u32, name: &str, quantity: u32, rate: &str) -> OrderEvent {
    OrderEvent::ItemAddedToOrder(Box::new(ItemAddedToOrder {
        line,
        product_id: text(&format!("p{line}")),
        seller_id: text("s1"),
        seller_active: true,
        name: text(name),
        quantity,
        unit_price: usd("10.00"),
        discount_rate: rate.parse().unwrap(),
    }))
}

fn address() -> ShippingAddress {
    ShippingAddress {
        recipient: text("Maria Anders"),
        line1: text("Obere Str. 57"),
        line2: None,
        city: text("Berlin"),
        region: None,
        postal_code: Some(text("12209")),
        country: text("Germany"),
    }
}

fn placed() -> OrderEvent {
    OrderEvent::OrderPlaced(OrderPlaced {
        items_total: usd("19.50"),
        shipping: usd("5.00"),
        total: usd("24.50"),
        payment_method: Some(PaymentMethod::Card),
        business_date: "2026-01-01".parse().unwrap(),
    })
}

fn refunded(amount: &str, remaining: &str) -> OrderEvent {
    OrderEvent::OrderRefunded(OrderRefunded {
        amount: usd(amount),
        remaining: usd(remaining),
        after_cancellation: false,
    })
}

/// The whole life of an order; the n-th event happens n seconds after the year's beginning.
fn life() -> Vec<OrderEvent> {
    let (payment_id, amount) = (payment(), usd("24.50"));
    vec![
        created(),
        added(1, "Chai", 2, "2.5"),
        OrderEvent::ShippingAddressSet(Box::new(ShippingAddressSet {
            address: address(),
            serviceable: true,
        })),
        OrderEvent::ShippingChargeSet(ShippingChargeSet { amount: usd("5.00") }),
        placed(),
        OrderEvent::OrderPaymentInitiated(OrderPaymentInitiated { payment_id, amount }),
        OrderEvent::OrderPaymentSucceeded(OrderPaymentSucceeded { payment_id, amount }),
        OrderEvent::OrderConfirmed(OrderConfirmed {
            expected_delivery: "2026-01-08".parse().unwrap(),
            delivery_days: Some(7),
            business_date: "2026-01-01".parse().unwrap(),
        }),
        OrderEvent::OrderProcessingStarted(OrderProcessingStarted {}),
        OrderEvent::OrderShipped(OrderShipped {
            carrier: text("Speedy Express"),
            tracking: Some(text("SE-1")),
        }),
        OrderEvent::OrderDelivered(OrderDelivered { proof: Some(text("signed")) }),
        OrderEvent::OrderReturnRequested(OrderReturnRequested { reason: text("cold") }),
        OrderEvent::OrderReturnAccepted(OrderReturnAccepted {}),
        refunded("4.50", "20.00"),
        refunded("20.00", "0.00"),
    ]
}

fn log_of(events: impl IntoIterator<Item = OrderEvent>) -> Log {
    events.into_iter().fold(Log::default(), |log, event| log.with::<Order>(id(1), event))
}

#[track_caller]
fn only_row(events: impl IntoIterator<Item = OrderEvent>) -> OrderRow {
    let rows = log_of(events).rows::<_, OrderRow>(&Orders::default());
    assert_eq!(rows.len(), 1, "{rows:?}");
    rows.into_iter().next().unwrap()
}

fn lines(events: impl IntoIterator<Item = OrderEvent>) -> Vec<OrderLineRow> {
    log_of(events).rows::<_, OrderLineRow>(&Orders::default())
}

#[test]
fn an_order_has_a_row_with_all_that_came_of_it() {
    let row = only_row(life());
    let line = khata_domain::orders::OrderLine {
        line: 1,
        product_id: text("p1"),
        seller_id: text("s1"),
        name: text("Chai"),
        quantity: 2,
        unit_price: usd("10.00"),
        discount_rate: "2.5".parse().unwrap(),
    };
    let expected = OrderRow {
        order_id: id(1).to_string(),
        customer_id: customer().to_string(),
        customer_tier: "premium".into(),
        reference: Some("10248".into()),
        status: "refunded".into(),
        currency: "USD".parse().unwrap(),
        item_count: 1,
        items_summary: "2 x Chai".into(),
        items: Json(vec![ShownLine { line, discount: usd("0.50"), total: usd("19.50") }]),
        gross_minor: 2_000,
        discount_minor: 50,
        items_total_minor: 1_950,
        shipping_minor: 500,
        total_minor: 2_450,
        destination: Some(Json(Destination { address: address(), serviceable: true })),
        payment_method: Some("card".into()),
        payment_status: "succeeded".into(),
        payment_id: Some(payment().to_string()),
        payment_failure: None,
        paid_minor: 2_450,
        refunded_minor: 2_450,
        expected_delivery: Some("2026-01-08".parse().unwrap()),
        carrier: Some("Speedy Express".into()),
        tracking: Some("SE-1".into()),
        delivery_proof: Some("signed".into()),
        cancel_reason: None,
        cancelled_by: None,
        return_reason: Some("cold".into()),
        created_on: "2026-01-01".parse().unwrap(),
        times: StatusTimes {
            created_at: Some(Log::instant(1)),
            placed_at: Some(Log::instant(5)),
            paid_at: Some(Log::instant(7)),
            confirmed_at: Some(Log::instant(8)),
            processing_at: Some(Log::instant(9)),
            shipped_at: Some(Log::instant(10)),
            delivered_at: Some(Log::instant(11)),
            cancelled_at: None,
            return_requested_at: Some(Log::instant(12)),
            returned_at: Some(Log::instant(13)),
            refunded_at: Some(Log::instant(15)),
        },
        version: 15,
        updated_at: Log::instant(15),
    };
    assert_eq!(row, expected);
}

#[test]
fn the_status_follows_the_events() {
    let statuses: Vec<String> =
        (1..=life().len()).map(|upto| only_row(life().into_iter().take(upto)).status).collect();
    let expected = ["draft"; 4].into_iter().chain(["placed"; 3]).chain([
        "confirmed",
        "processing",
        "shipped",
        "delivered",
        "return_requested",
    ]);
    assert_eq!(statuses, expected.chain(["returned", "returned", "refunded"]).collect::<Vec<_>>());
}

#[test]
fn a_cancelled_order_says_why_and_by_whom_and_a_failed_payment_why() {
    let (payment_id, amount) = (payment(), usd("24.50"));
    let failed = OrderEvent::OrderPaymentFailed(OrderPaymentFailed {
        payment_id,
        amount,
        reason: text("card expired"),
    });
    let cancelled = OrderEvent::OrderCancelled(OrderCancelled {
        reason: text("not paid"),
        by: text("shop"),
        total: Some(amount),
        refund_due: None,
    });
    let row = only_row(life().into_iter().take(6).chain([failed, cancelled]));
    assert_eq!(
        (row.status.as_str(), row.cancel_reason.as_deref(), row.cancelled_by.as_deref()),
        ("cancelled", Some("not paid"), Some("shop"))
    );
    assert_eq!(
        (row.payment_status.as_str(), row.payment_failure.as_deref()),
        ("failed", Some("card expired"))
    );
    assert_eq!((row.times.cancelled_at, row.times.paid_at), (Some(Log::instant(8)), None));
}

#[test]
fn a_summary_names_two_lines_and_counts_the_others() {
    let all = [
        created(),
        added(1, "Chai", 2, "0"),
        added(2, "Tofu", 1, "0"),
        added(3, "Konbu", 3, "0"),
        added(4, "Ikura", 1, "0"),
    ];
    let summary = |upto: usize| only_row(all.iter().take(upto).cloned()).items_summary;
    assert_eq!([summary(1), summary(2), summary(3)], ["", "2 x Chai", "2 x Chai, 1 x Tofu"]);
    assert_eq!([summary(4), summary(5)], ["2 x Chai, 1 x Tofu and 1 more", "2 x Chai, 1 x Tofu and 2 more"]);
}

#[test]
fn lines_have_rows_of_their_own_as_long_as_they_are_in_the_order() {
    let past = [
        created(),
        added(1, "Chai", 2, "0"),
        added(2, "Tofu", 1, "12.5"),
        added(1, "Chai", 3, "0"),
        OrderEvent::ItemQuantityChanged(ItemQuantityChanged { line: 2, quantity: 4 }),
    ];
    let short = |rows: Vec<OrderLineRow>| -> Vec<_> {
        rows.into_iter().map(|row| (row.line, row.quantity, row.total_minor)).collect()
    };
    assert_eq!(short(lines(past.clone())), [(1, 5, 5_000), (2, 4, 3_500)]);
    let removed = OrderEvent::ItemRemovedFromOrder(ItemRemovedFromOrder { line: 1 });
    let rows = lines(past.into_iter().chain([removed]));
    let expected = OrderLineRow {
        order_id: id(1).to_string(),
        line: 2,
        product_id: "p2".into(),
        seller_id: "s1".into(),
        name: "Tofu".into(),
        quantity: 4,
        currency: "USD".parse().unwrap(),
        unit_price_minor: 1_000,
        discount_rate: "12.5".into(),
        gross_minor: 4_000,
        discount_minor: 500,
        total_minor: 3_500,
    };
    assert_eq!(rows, [expected]);
}

#[test]
fn orders_have_rows_of_their_own() {
    let log = Log::default()
        .with::<Order>(id(2), created())
        .with::<Order>(id(1), created())
        .with::<Order>(id(2), added(1, "Chai", 1, "0"));
    let short: Vec<_> = log
        .rows::<_, OrderRow>(&Orders::default())
        .into_iter()
        .map(|row| (row.order_id, row.item_count))
        .collect();
    assert_eq!(short, [(id(1).to_string(), 0), (id(2).to_string(), 1)]);
}

#[test]
fn every_column_has_a_value_of_its_type() {
    let line = lines(life()).remove(0).into_values();
    for (table, values) in [(OrderRow::TABLE, only_row(life()).into_values()), (OrderLineRow::TABLE, line)] {
        assert_eq!(values.len(), table.columns.len());
        for (column, value) in table.columns.iter().zip(values) {
            match value.kind() {
                Some(kind) => assert_eq!(kind, column.kind, "{}", column.name),
                None => assert!(column.nullable, "{}", column.name),
            }
        }
    }
}
