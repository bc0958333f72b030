//! What the data set becomes, shown on an extract of four orders and on copies of it that are broken in one
//! place.

use super::*;
use jiff::civil::date;
use khata_application::import::{BusinessTime, OrderPlaced};
use khata_domain::{Money, customers::CustomerType};
use std::{fs, path::PathBuf};

/// Four orders of the data set.
fn extract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/northwind")
}

fn facts() -> Vec<Fact> {
    northwind(&extract()).unwrap()
}

fn order(source: &str) -> OrderPlaced {
    match facts().into_iter().find(|fact| fact.source().as_str() == source).unwrap() {
        Fact::OrderPlaced(order) => *order,
        other => panic!("no order: {other:?}"),
    }
}

fn dollars(text: &str) -> Money {
    Money::parse(text, "USD".parse().unwrap()).unwrap()
}

/// What is said of a copy of the extract in which one file is changed.
fn complaint_of(file: &str, change: impl FnOnce(String) -> String) -> String {
    let copy = tempfile::tempdir().unwrap();
    for name in ["customers.csv", "orders.csv", "order_details.csv", "products.csv"] {
        let text = fs::read_to_string(extract().join(name)).unwrap();
        fs::write(copy.path().join(name), text).unwrap();
    }
    let path = copy.path().join(file);
    let text = change(fs::read_to_string(&path).unwrap());
    fs::write(&path, text).unwrap();
    let error = northwind(copy.path()).unwrap_err().to_string();
    error.replace(&format!("{}/", copy.path().display()), "")
}

#[test]
fn customers_come_first_then_orders_and_shipments_by_their_days() {
    let told: Vec<_> = facts().iter().map(|fact| fact.source().as_str().to_owned()).collect();
    let expected = [
        "customer:HANAR",
        "customer:PARIS",
        "customer:RATTC",
        "customer:VICTE",
        "customer:VINET",
        "order:10248",
        "order:10250",
        "order:10251",
        "shipment:10250",
        "shipment:10251",
        "shipment:10248",
        "order:11077",
    ];
    assert_eq!(told, expected.map(|name| format!("northwind:{name}")));
}

#[test]
fn a_customer_is_a_firm_from_its_first_order_on_with_a_made_up_address_for_mail() {
    let all = facts();
    let customers: Vec<_> = all
        .iter()
        .filter_map(|fact| if let Fact::CustomerOnboarded(customer) = fact { Some(customer) } else { None })
        .collect();
    let hanar = customers[0];
    assert_eq!((hanar.name.as_str(), hanar.customer_type), ("Hanari Carnes", CustomerType::Business));
    assert_eq!(hanar.email.as_str(), "hanar@northwind.example");
    assert_eq!(hanar.synthetic, [khata_domain::customers::customer::IdentityPart::Email]);
    assert_eq!(hanar.effective_at, BusinessTime::Day(date(1996, 7, 8)));
    assert_eq!(
        customers[1].effective_at,
        BusinessTime::Day(date(1996, 7, 4)),
        "who never ordered is there from the first day on"
    );
}

#[test]
fn an_order_is_told_with_its_lines_its_freight_and_where_it_went() {
    let order = order("northwind:order:10250");
    assert_eq!(order.customer.as_str(), "northwind:customer:HANAR");
    assert_eq!(
        order.items.iter().map(|item| (item.product_id.as_str(), item.quantity)).collect::<Vec<_>>(),
        [("41", 10), ("51", 35), ("65", 15)]
    );
    assert_eq!(order.items[1].discount_rate.to_string(), "15");
    assert_eq!((order.items[0].unit_price, order.shipping_charge), (dollars("7.70"), Some(dollars("65.83"))));
    assert_eq!(
        (order.shipping_address.city.as_str(), order.expected_delivery),
        ("Rio de Janeiro", Some(date(1996, 8, 5)))
    );
    assert!(order.paid);
}

#[test]
fn an_order_with_twenty_five_lines_that_was_not_shipped_has_no_shipment() {
    assert_eq!(order("northwind:order:11077").items.len(), 25);
    assert!(!facts().iter().any(|fact| fact.source().as_str() == "northwind:shipment:11077"));
}

#[test]
fn rows_that_name_what_is_not_there_are_refused_with_their_line() {
    let without = |name: &'static str| {
        move |text: String| {
            text.lines().filter(|line| !line.starts_with(name)).map(|line| format!("{line}\n")).collect()
        }
    };
    assert_eq!(
        complaint_of("customers.csv", without("VINET")),
        "orders.csv, line 2: customers.csv has no customer VINET"
    );
    assert_eq!(
        complaint_of("products.csv", without("42,")),
        "order_details.csv, line 3: products.csv has no product 42"
    );
    assert_eq!(
        complaint_of("orders.csv", without("10250")),
        "order_details.csv, line 5: orders.csv has no order 10250"
    );
}

#[test]
fn rows_that_make_no_sense_are_refused_with_their_line() {
    let told = complaint_of("orders.csv", |text| text.replace("1996-07-04", "4 July 1996"));
    assert!(told.starts_with("orders.csv, line 2: "), "{told}");
    let told = complaint_of("order_details.csv", |text| text.replace("10248,42,9.8,", "10248,42,9.805,"));
    assert!(told.starts_with("order_details.csv, line 3: "), "{told}");
    let told =
        complaint_of("order_details.csv", |text| text.replace("10248,42,9.8,10,0", "10248,42,9.8,10,1.5"));
    assert!(told.contains("discount rate"), "{told}");
}
