//! The same sources once more: with the same facts, whatever was configured anew meanwhile, and with other ones.

use super::history::{Books, account, customer, entry};
use khata_application::import::Stop;
use khata_domain::cards::CardProduct;

fn fact(kind: &str, source: &str, members: &str) -> String {
    format!(r#"{{"{kind}":{{"source":"khata-test:{source}","effective_at":"1993-06-01",{members}}}}}"#)
}

fn signatory(customer: u64) -> String {
    fact("signatory_added", "s:1", &format!(r#""account":"khata-test:account:1","customer":"khata-test:customer:{customer}""#))
}

fn card() -> String {
    fact("card_issued", "card:1", r#""customer":"khata-test:customer:1","limit":{"amount":"3000.00","currency":"CZK"}"#)
}

fn order() -> String {
    let item = r#"{"product_id":"11","seller_id":"5","name":"Queso","quantity":12,"unit_price":{"amount":"14.00","currency":"CZK"}}"#;
    let address = r#"{"recipient":"R","line1":"L","city":"C","country":"F"}"#;
    let order = format!(
        r#""customer":"khata-test:customer:1","currency":"CZK","customer_tier":"regular","items":[{item}],"shipping_address":{address},"paid":true"#
    );
    fact("order_placed", "order:1", &order)
}

/// Everything that another fact of the same source is tried on.
fn history() -> Vec<String> {
    let kinds = [("w", "withdrawal", "7.00"), ("large", "withdrawal", "100001.00"), ("i", "interest", "7.00"), ("f", "fee", "7.00")];
    let entries = kinds.map(|(source, kind, amount)| entry(source, 1, kind, amount, "CZK"));
    let verified = customer(3).replace(r#""type""#, r#""kyc":"verified","type""#);
    let mut lines = vec![customer(1), customer(2), verified, account(1, 1), account(2, 2)];
    lines.extend(entries);
    lines.extend([signatory(2), card(), order()]);
    lines
}

#[tokio::test]
async fn a_source_that_tells_anything_else_than_before_is_refused() {
    let lines = history();
    let others = [
        ("another customer's account", account(1, 2)),
        ("an account of another type", account(1, 1).replace("savings", "premium")),
        ("an account in another currency", account(1, 1).replace("CZK", "EUR")),
        ("another signatory", signatory(3)),
        ("a fee that was a withdrawal", entry("w", 1, "fee", "7.00", "CZK")),
        ("a penalty that was a fee", entry("f", 1, "penalty_interest", "7.00", "CZK")),
        ("a deposit that was interest", entry("i", 1, "deposit", "7.00", "CZK")),
        ("a large withdrawal of another amount", entry("large", 1, "withdrawal", "100002.00", "CZK")),
        ("an identity looked at", customer(1).replace(r#""type""#, r#""kyc":"verified","type""#)),
        ("an identity not looked at", customer(3)),
        ("another verdict", customer(3).replace(r#""type""#, r#""kyc":"rejected","type""#)),
        ("another quantity", order().replace("12", "13")),
        ("another article", order().replace("Queso", "Tofu")),
        ("another address", order().replace(r#""city":"C""#, r#""city":"D""#)),
        ("an order that was not paid", order().replace("true", "false")),
        ("an expected delivery", order().replace(r#""paid""#, r#""expected_delivery":"1993-07-01","paid""#)),
        ("an account that was an order", account(7, 1).replace("account:7", "order:1")),
    ];
    let books = Books::new();
    assert_eq!(books.import(&lines).await.1, None);
    let head = books.head().await;
    for (told, other) in others {
        let (_, stop) = books.import(&[other]).await;
        assert!(matches!(&stop, Some(Stop::BadLine { line: 1, code, .. }) if code == "source_reused"), "{told}: {stop:?}");
        assert_eq!(books.head().await, head, "{told}");
    }
    let (report, stop) = books.import(&lines).await;
    assert_eq!((stop, report.already_there, report.events_appended), (None, lines.len() as u64, 0));
}

#[tokio::test]
async fn an_import_goes_on_after_the_house_has_changed_its_numbers() {
    let books = Books::new();
    books.import(&history()).await;
    let changed = books.with_terms(|terms| {
        terms.cards = CardProduct { payment_window_days: 3, ..CardProduct::default() }.into();
        terms.orders.delivery_days = 30;
    });
    let (report, stop) = changed.import(&history()).await;
    assert_eq!((stop, report.events_appended), (None, 0));
}

#[tokio::test]
async fn amounts_and_days_that_no_book_holds_are_refused_by_their_line() {
    let books = Books::new();
    books.import(&[customer(1), account(1, 1)]).await;
    let order = order();
    for (bad, code) in [
        (entry("bad", 1, "withdrawal", "-92233720368547758.08", "CZK"), "amount_not_positive"),
        (order.replace(r#""paid""#, r#""expected_delivery":"-000044-03-15","paid""#), "malformed"),
        (order.replace(r#""paid""#, r#""expected_delivery":"1993-07-01T10:00:00","paid""#), "malformed"),
        (order.replace("1993-06-01", "-000044-03-15T00:00:00Z"), "malformed"),
        (customer(2).replace(r#""type""#, r#""birth_date":"-000044-03-15","type""#), "malformed"),
        (customer(2).replace("1993-01-01", "2026-01-02"), "date_in_future"),
        (order.replace("1993-06-01", "9999-12-31"), "date_in_future"),
    ] {
        let (_, stop) = books.import(std::slice::from_ref(&bad)).await;
        assert!(matches!(&stop, Some(Stop::BadLine { code: told, .. }) if told == code), "{bad}: {stop:?}");
    }
}

#[tokio::test]
async fn nothing_leaves_before_it_was_ordered() {
    let books = Books::new();
    assert_eq!(books.import(&history()).await.1, None);
    let shipped = fact("order_shipped", "shipped:1", r#""order":"khata-test:order:1","carrier":"Shipper 3""#);
    let (_, stop) = books.import(&[shipped.replace("1993-06-01", "1993-05-31")]).await;
    assert!(matches!(&stop, Some(Stop::BadLine { code, .. }) if code == "shipped_before_ordered"), "{stop:?}");
    let (report, stop) = books.import(&[shipped]).await;
    assert_eq!((stop, report.shipments, report.events_appended), (None, 1, 1));
}

#[tokio::test]
async fn a_loan_that_its_payments_have_repaid_ends_too_and_leaves_its_customer() {
    let money = r#"{"amount":"1200.00","currency":"CZK"}"#;
    let terms = r#""loan_type":"personal","annual_rate":"0","term_months":12,"day_count":"30/360""#;
    let lines = [
        customer(1),
        fact("loan_granted", "loan:1", &format!(r#""customer":"khata-test:customer:1","principal":{money},{terms}"#)),
        fact("loan_paid", "paid:1", &format!(r#""loan":"khata-test:loan:1","amount":{money}"#)),
        fact("loan_ended", "ended:1", r#""loan":"khata-test:loan:1","customer":"khata-test:customer:1","outcome":"repaid""#),
    ];
    let books = Books::new();
    assert_eq!(books.import(&lines).await.1, None);
    let types = books.event_types().await;
    for once in ["loan.loan_fully_repaid", "customer.product_detached"] {
        assert_eq!(types.iter().filter(|found| *found == once).count(), 1, "{once}");
    }
    let (report, stop) = books.import(&lines).await;
    assert_eq!((stop, report.events_appended), (None, 0));
}
