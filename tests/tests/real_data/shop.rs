//! The trading company: its orders to the cent.

use crate::{
    bank::{Bank, SETTINGS, minor},
    data_set,
};
use khata_tests::{Server, binary::run};
use std::{collections::BTreeMap, path::Path};

/// What the data set comes to: each customer is onboarded and has an e-mail reserved; each order is created,
/// addressed, gets its freight, is placed, paid in two steps and confirmed; its lines and shipments.
const EVENTS: u64 = 2 * 91 + 7 * 830 + 2_155 + 809;

#[track_caller]
fn import(data: &Path, data_dir: &Path) -> String {
    let output =
        run(["import", "northwind", data.to_str().unwrap(), "--data-dir", data_dir.to_str().unwrap()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_whole_trade_stands_in_the_books_to_the_cent() {
    let Some(data) = data_set("northwind", "order_details.csv") else { return };
    let place = tempfile::tempdir().unwrap();
    let data_dir = place.path().join("data");
    let server = Server::start(&data_dir);
    let summary = import(&data, &data_dir);
    assert!(summary.contains("91 customers, 830 orders, 2155 order lines, 809 shipments"), "{summary}");
    assert!(summary.contains(&format!("{EVENTS} events appended")), "{summary}");

    let mut shop = Bank::of(&server);
    let names: BTreeMap<String, String> = shop
        .all("/v1/customers?limit=200")
        .iter()
        .map(|row| (text(&row["customer_id"]), text(&row["name"])))
        .collect();
    assert_eq!(names.len(), 91);

    let orders = shop.all("/v1/orders?limit=200");
    assert_eq!(orders.len(), 830);
    let sum = |member: &str| orders.iter().map(|order| minor(&order[member]["amount"])).sum::<i64>();
    assert_eq!(
        (sum("gross"), sum("discount"), sum("items_total"), sum("shipping")),
        (135_445_859, 8_866_558, 126_579_301, 6_494_269)
    );
    assert_eq!((sum("total"), sum("paid")), (126_579_301 + 6_494_269, 126_579_301 + 6_494_269));
    let in_status = |status: &str| orders.iter().filter(|order| order["status"] == status).count();
    assert_eq!((in_status("shipped"), in_status("confirmed")), (809, 21));
    for order in &orders {
        assert_eq!(text(&order["customer_name"]), names[&text(&order["customer_id"])]);
    }

    let (mut lines, mut lines_together, mut most) = (0, 0, 0);
    for order in &orders {
        let items = shop.get(&format!("/v1/orders/{}", text(&order["order_id"])))["items"].take();
        let items = items.as_array().unwrap();
        (lines, most) = (lines + items.len(), most.max(items.len()));
        lines_together += items.iter().map(|item| minor(&item["total"]["amount"])).sum::<i64>();
    }
    assert_eq!((lines, lines_together, most), (2_155, 126_579_301, 25));

    // A customer's share of it, by the overview.
    let hanar = names.iter().find(|(_, name)| *name == "Hanari Carnes").map(|(id, _)| id.clone()).unwrap();
    let of_hanar: Vec<_> = orders.iter().filter(|order| order["customer_id"] == hanar.as_str()).collect();
    let totals = shop.get(&format!("/v1/customers/{hanar}/overview"))["totals"].take();
    assert_eq!(
        (totals[0]["currency"].as_str(), totals[0]["orders"].as_u64()),
        (Some("USD"), Some(of_hanar.len() as u64))
    );
    assert_eq!(
        minor(&totals[0]["order_value"]["amount"]),
        of_hanar.iter().map(|order| minor(&order["total"]["amount"])).sum::<i64>()
    );

    let again = import(&data, &data_dir);
    assert!(again.contains("1730 facts: 0 imported, 1730 already present"), "{again}");
    assert_eq!(shop.head(), EVENTS + SETTINGS);
}

fn text(value: &serde_json::Value) -> String {
    value.as_str().unwrap().to_owned()
}
