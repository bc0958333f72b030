//! The same sources once more: with the same facts, whatever was configured anew meanwhile, and with other
//! ones.

use super::history::{Books, account, customer, deposit, entry};
use khata_application::{command::CommandError, import::Stop};

fn fact(kind: &str, source: &str, members: &str) -> String {
    format!(r#"{{"{kind}":{{"source":"khata-test:{source}","effective_at":"1993-06-01",{members}}}}}"#)
}

fn signatory(customer: u64) -> String {
    fact(
        "signatory_added",
        "s:1",
        &format!(r#""account":"khata-test:account:1","customer":"khata-test:customer:{customer}""#),
    )
}

fn card() -> String {
    fact(
        "card_issued",
        "card:1",
        r#""customer":"khata-test:customer:1","limit":{"amount":"3000.00","currency":"CZK"}"#,
    )
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
    let kinds = [
        ("w", "withdrawal", "7.00"),
        ("large", "withdrawal", "100001.00"),
        ("i", "interest", "7.00"),
        ("f", "fee", "7.00"),
    ];
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
        assert!(
            matches!(&stop, Some(Stop::BadLine { line: 1, code, .. }) if code == "source_reused"),
            "{told}: {stop:?}"
        );
        assert_eq!(books.head().await, head, "{told}");
    }
    let (report, stop) = books.import(&lines).await;
    assert_eq!((stop, report.already_there, report.events_appended), (None, lines.len() as u64, 0));
}

#[tokio::test]
async fn an_import_goes_on_after_the_house_has_changed_its_numbers() {
    let books = Books::new();
    books.import(&history()).await;
    let changed = books.with_rules(|rules| {
        rules.cards.payment_window_days = 3;
        rules.orders.delivery_days = 30;
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
    assert!(
        matches!(&stop, Some(Stop::BadLine { code, .. }) if code == "shipped_before_ordered"),
        "{stop:?}"
    );
    let (report, stop) = books.import(&[shipped]).await;
    assert_eq!((stop, report.shipments, report.events_appended), (None, 1, 1));
}

#[tokio::test]
async fn a_loan_that_its_payments_have_repaid_ends_too_and_leaves_its_customer() {
    let money = r#"{"amount":"1200.00","currency":"CZK"}"#;
    let terms = r#""loan_type":"personal","annual_rate":"0","term_months":12,"day_count":"30/360""#;
    let lines = [
        customer(1),
        fact(
            "loan_granted",
            "loan:1",
            &format!(r#""customer":"khata-test:customer:1","principal":{money},{terms}"#),
        ),
        fact("loan_paid", "paid:1", &format!(r#""loan":"khata-test:loan:1","amount":{money}"#)),
        fact(
            "loan_ended",
            "ended:1",
            r#""loan":"khata-test:loan:1","customer":"khata-test:customer:1","outcome":"repaid""#,
        ),
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

/// Two entries under one name, so many other lines between them.
fn told_twice(between: u64, second: String) -> Vec<String> {
    let mut lines = vec![customer(1), account(1, 1), entry("ticket", 1, "deposit", "5.00", "CZK")];
    lines.extend((0..between).map(|number| deposit(number, 1, 1)));
    lines.push(second);
    lines
}

#[tokio::test]
async fn what_an_import_tells_twice_is_booked_once_added_once_and_counted_apart_in_each_run() {
    for between in [0, 2_100, 4_500] {
        let books = Books::new();
        let lines = told_twice(between, entry("ticket", 1, "deposit", "5.00", "CZK"));
        let mut sums = Vec::new();
        for run in 0..2 {
            let (report, stop) = books.import(&lines).await;
            assert_eq!(stop, None, "{between} between, run {run}");
            assert_eq!(
                (report.facts, report.repeated, report.repeated_lines),
                (between + 4, 1, vec![between + 4])
            );
            assert_eq!(
                (report.transactions, report.already_there),
                (between + 1, if run == 0 { 0 } else { between + 3 })
            );
            sums.push(report.sums.values().next().unwrap().credits_minor);
        }
        let booked = i128::from(500 + between);
        assert_eq!(sums, [booked, booked], "{between} between");
        assert_eq!(books.balance(1).await, booked);
    }
}

#[tokio::test]
async fn a_line_that_tells_a_fact_again_is_judged_alike_wherever_it_stands_and_in_each_run() {
    let described = |text: &str| {
        entry("ticket", 1, "deposit", "5.00", "CZK").replacen(
            r#""amount":"#,
            &format!(r#""description":"{text}","amount":"#),
            1,
        )
    };
    for between in [0, 2_100] {
        let books = Books::new();
        let lines = told_twice(between, described("second ticket"));
        for run in 0..2 {
            let (report, stop) = books.import(&lines).await;
            assert_eq!((stop, report.repeated), (None, 1), "{between} between, run {run}");
        }
        let other = told_twice(between, entry("ticket", 1, "deposit", "6.00", "CZK"));
        for run in 0..2 {
            let (_, stop) = Books::new().import(&other).await;
            assert!(
                matches!(&stop, Some(Stop::BadLine { line, code, .. }) if *line == between + 4 && code == "source_reused"),
                "run {run}: {stop:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_other_programs_write_into_files_is_passed_over_or_refused_in_its_own_words() {
    let books = Books::new();
    let (report, stop) = books.import(&[format!("\u{feff}{}", customer(1)), account(1, 1)]).await;
    assert_eq!((stop, report.facts), (None, 2), "a byte order mark");
    for (bad, words) in [
        (entry("2024 0117 4711", 1, "deposit", "5.00", "CZK"), "no blanks"),
        (entry("zero", 1, "deposit", "0.00", "CZK"), "books nothing"),
        (format!("\u{feff}{}", entry("mark", 1, "deposit", "5.00", "CZK")), "expected value"),
    ] {
        let lines =
            if words == "expected value" { vec![customer(1), bad.clone()] } else { vec![bad.clone()] };
        let (_, stop) = books.import(&lines).await;
        assert!(
            matches!(&stop, Some(Stop::BadLine { reason, .. }) if reason.contains(words)),
            "{bad}: {stop:?}"
        );
    }
}

#[tokio::test]
async fn an_import_that_a_change_of_the_settings_overtakes_stops_and_goes_on_by_the_new_ones_when_it_is_run_again()
 {
    let books = Books::new();
    books.import(&[customer(1), account(1, 1)]).await;
    let stale = books.other_process();
    books.count_days_in("Asia/Kolkata").await;
    let (report, stop) = stale.import(&[deposit(1, 1, 500)]).await;
    assert_eq!((stop, report.events_appended), (Some(Stop::Failed(CommandError::SettingsChanged)), 0));
    let (report, stop) = books.import(&[deposit(1, 1, 500)]).await;
    assert_eq!((stop, report.events_appended), (None, 1));
}
