//! The orders of a real trading company, put to the rules as history: the independent judge of how totals are
//! calculated.
//!
//! The data lies at `KHATA_TEST_DATA`, or else at `../shared/data` beside the repository.

use khata_domain::{
    Aggregate, Money, Rules, Text,
    ids::{CustomerId, PaymentId, TypedId},
    orders::{
        CustomerTier, DiscountRate, Order, OrderCommand, OrderStatus, ShippingAddress, Totals,
        order::{
            AddItem, Confirm, ConfirmPayment, Create, DELIVERY_DAYS, InitiatePayment, Place,
            SetShippingAddress, SetShippingCharge, Ship,
        },
    },
    testing::decided_on,
};
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::{Path, PathBuf},
};
use uuid::Uuid;

fn usd(major: &str) -> Money {
    Money::parse(major, "USD".parse().unwrap()).unwrap()
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

type Row = HashMap<String, String>;

/// The data set's directory. Where it is not, the test cannot be made: then it says so, loudly.
fn data() -> Option<PathBuf> {
    let given = std::env::var_os("KHATA_TEST_DATA").map(PathBuf::from);
    let data = given
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"))
        .join("northwind");
    if data.join("orders.csv").is_file() {
        return Some(data);
    }
    eprintln!(
        "NOT TESTED: the Northwind data is not at {}; name its parent directory in KHATA_TEST_DATA",
        data.display()
    );
    None
}

/// The rows of a file, by the names of the columns. No field of the files read here has a line break in it.
fn rows(file: &Path) -> Vec<Row> {
    let text = fs::read_to_string(file).unwrap();
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    let names = fields(lines.next().unwrap());
    lines.map(|line| names.iter().cloned().zip(fields(line)).collect()).collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut fields, mut quoted) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            _ => fields.last_mut().unwrap().push(letter),
        }
    }
    fields
}

/// The commands that tell the life of an order.
fn story(order: &Row, lines: &[Row], products: &HashMap<String, Row>) -> Vec<OrderCommand> {
    let number = Uuid::from_u128(order["order_id"].parse().unwrap());
    let payment_id = PaymentId::from_uuid(number);
    let optional = |value: &str| if value.is_empty() { None } else { Some(value.to_owned()) };
    let create = Create {
        customer_id: CustomerId::from_uuid(number),
        currency: "USD".parse().unwrap(),
        customer_tier: CustomerTier::Regular,
        reference: Some(text(&order["order_id"])),
    };
    let mut story: Vec<OrderCommand> = vec![create.into()];
    for line in lines {
        let product = &products[&line["product_id"]];
        let item = AddItem {
            product_id: text(&line["product_id"]),
            seller_id: text(&product["supplier_id"]),
            seller_active: true,
            name: text(&product["product_name"]),
            quantity: line["quantity"].parse().unwrap(),
            unit_price: usd(&line["unit_price"]),
            discount_rate: DiscountRate::from_fraction(line["discount"].parse().unwrap()).unwrap(),
        };
        story.push(item.into());
    }
    let address = ShippingAddress {
        recipient: text(&order["ship_name"]),
        line1: text(&order["ship_address"]),
        line2: None,
        city: text(&order["ship_city"]),
        region: optional(&order["ship_region"]).map(|region| text(&region)),
        postal_code: optional(&order["ship_postal_code"]).map(|code| text(&code)),
        country: text(&order["ship_country"]),
    };
    story.extend([
        SetShippingAddress { address, serviceable: true }.into(),
        SetShippingCharge { amount: usd(&order["freight"]) }.into(),
        Place { payment_method: None }.into(),
        InitiatePayment { payment_id: Some(payment_id), fresh_id: payment_id }.into(),
        ConfirmPayment { payment_id: Some(payment_id) }.into(),
        Confirm {
            expected_delivery: Some(order["required_date"].parse().unwrap()),
            delivery_days: DELIVERY_DAYS,
        }
        .into(),
    ]);
    let shipped = optional(&order["shipped_date"]);
    story.extend(shipped.map(|_| Ship { carrier: text(&order["ship_via"]), tracking: None }.into()));
    story
}

#[test]
fn the_orders_of_northwind_come_to_the_last_cent_of_what_is_known_of_them() {
    let Some(data) = data() else { return };
    let products: HashMap<String, Row> = rows(&data.join("products.csv"))
        .into_iter()
        .map(|product| (product["product_id"].clone(), product))
        .collect();
    let mut lines: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for line in rows(&data.join("order_details.csv")) {
        lines.entry(line["order_id"].clone()).or_default().push(line);
    }
    let orders = rows(&data.join("orders.csv"));
    let mut sum = Totals::nothing("USD".parse().unwrap());
    let (mut count, mut shipped, mut longest) = (0, 0, 0);
    for order in &orders {
        let (mut state, at) = (Order::default(), decided_on(order["order_date"].parse().unwrap()));
        for command in story(order, &lines[&order["order_id"]], &products) {
            let events = state.decide(command, at, Rules::Structural).unwrap();
            assert_eq!(events.len(), 1, "{}: {events:?}", order["order_id"]);
            state.evolve(&events[0]);
        }
        let totals = state.totals().unwrap();
        assert_eq!(
            (state.lines().len(), state.paid()),
            (lines[&order["order_id"]].len(), Some(totals.total)),
            "{}",
            order["order_id"]
        );
        let add = |sum: Money, amount: Money| sum.checked_add(amount).unwrap();
        sum = Totals {
            gross: add(sum.gross, totals.gross),
            discount: add(sum.discount, totals.discount),
            items: add(sum.items, totals.items),
            shipping: add(sum.shipping, totals.shipping),
            total: add(sum.total, totals.total),
        };
        count += state.lines().len();
        longest = longest.max(state.lines().len());
        shipped += usize::from(state.status() == OrderStatus::Shipped);
    }
    assert_eq!((orders.len(), shipped, count, longest), (830, 809, 2_155, 25));
    assert_eq!((sum.gross, sum.discount, sum.items), (usd("1354458.59"), usd("88665.58"), usd("1265793.01")));
    assert_eq!((sum.shipping, sum.total), (usd("64942.69"), usd("1330735.70")));
}
