//! Opening balances, balances that must be led to, entries that are undone, and value dates.

use super::history::{Books, account, customer};
use khata_application::import::{Report, Stop};

/// A fact of account 1.
fn told(kind: &str, source: &str, date: &str, amount: &str, more: &str) -> String {
    format!(
        r#"{{"{kind}":{{"source":"khata-test:{source}","effective_at":"{date}","account":"khata-test:account:1","amount":{{"amount":"{amount}","currency":"CZK"}}{more}}}}}"#
    )
}

fn opening(date: &str, amount: &str) -> String {
    told("opening_balance", "opening", date, amount, "")
}

fn check(source: &str, date: &str, amount: &str) -> String {
    told("balance_checked", source, date, amount, "")
}

fn entry(source: &str, date: &str, kind: &str, amount: &str) -> String {
    told("entry", source, date, amount, &format!(r#","kind":"{kind}""#))
}

fn reversal(source: &str, date: &str, amount: &str, reverses: &str) -> String {
    told("entry", source, date, amount, &format!(r#","kind":"reversal","reverses":"khata-test:{reverses}""#))
}

fn statement() -> Vec<String> {
    vec![
        customer(1),
        account(1, 1),
        opening("1993-03-01", "100.00"),
        check("open", "1993-03-01", "100.00"),
        entry("a", "1993-03-02", "deposit", "50.00"),
        entry("b", "1993-03-03", "withdrawal", "120000.00"),
        check("c", "1993-03-03", "-119850.00"),
        reversal("d", "1993-03-04", "120000.00", "b"),
        check("e", "1993-03-04", "150.00"),
    ]
}

#[track_caller]
fn refused((report, stop): (Report, Option<Stop>), line: u64, code: &str, saying: &[&str]) -> Report {
    match stop {
        Some(Stop::BadLine { line: at, code: by, reason }) => {
            assert_eq!((at, by.as_str()), (line, code), "{reason}");
            saying.iter().for_each(|words| assert!(reason.contains(words), "{reason}"));
        }
        other => panic!("{other:?}"),
    }
    report
}

#[tokio::test]
async fn an_account_begins_with_what_it_held_and_its_balances_and_reversals_hold_on_every_run() {
    let books = Books::new();
    for (run, events) in [(1, 9), (2, 0)] {
        let (report, stop) = books.import(&statement()).await;
        assert_eq!((stop, report.events_appended), (None, events), "run {run}");
        assert_eq!(
            (report.opening_balances, report.transactions, report.balances_checked),
            (1, 3, 3),
            "run {run}"
        );
        let sums = report.sums.values().next().unwrap();
        assert_eq!(
            (sums.opening_minor, sums.credits_minor, sums.debits_minor),
            (10_000, 12_005_000, 12_000_000),
            "run {run}"
        );
        assert_eq!(sums.balance_minor(), 15_000);
    }
    assert_eq!(books.balance(1).await, 15_000);
    let types = books.event_types().await;
    assert_eq!(types.iter().filter(|kind| *kind == "bank_account.opening_balance_taken_over").count(), 1);
    assert_eq!(
        types.iter().filter(|kind| *kind == "bank_account.money_deposited").count(),
        1,
        "a reversal is no deposit"
    );
}

#[tokio::test]
async fn a_balance_that_differs_stops_the_import_with_both_figures_and_appends_nothing_behind_it() {
    let books = Books::new();
    let mut lines = statement();
    lines[6] = check("c", "1993-03-03", "-119850.01");
    lines.extend((0..5_000).map(|number| entry(&format!("more:{number}"), "1993-04-01", "deposit", "1.00")));
    let report = refused(
        books.import(&lines).await,
        7,
        "balance_differs",
        &["-119850.00 CZK", "-119850.01 CZK", "1993-03-03"],
    );
    assert_eq!((report.facts, report.events_appended), (6, 8));
    assert_eq!(books.balance(1).await, -11_985_000);
    let euros = check("c", "1993-03-03", "1.00").replace("CZK", "EUR");
    refused(books.import(&[euros]).await, 1, "currency_mismatch", &["EUR", "CZK"]);
    refused(
        books.import(&[check("c", "1993-03-03", "1.00").replace("account:1", "account:9")]).await,
        1,
        "not_found",
        &[],
    );
}

#[tokio::test]
async fn a_balance_holds_by_the_day_that_entries_count_for_and_not_by_their_order() {
    let books = Books::new();
    let lines = [
        customer(1),
        account(1, 1),
        entry("late", "1993-05-02", "deposit", "7.00"),
        entry("early", "1993-05-01", "deposit", "5.00"),
        check("1", "1993-04-30", "0.00"),
        check("2", "1993-05-01", "5.00"),
        check("3", "1993-05-02", "12.00"),
    ];
    assert_eq!(books.import(&lines).await.1, None);
}

#[tokio::test]
async fn balances_of_days_that_the_account_has_closed_are_looked_up_in_its_events() {
    let books = Books::new();
    let mut lines = vec![customer(1), account(1, 1), entry("first", "1993-01-15", "deposit", "10.00")];
    for month in 2..=12 {
        lines.push(entry(&format!("in:{month}"), &format!("1993-{month:02}-10"), "deposit", "1.00"));
        lines.push(entry(&format!("interest:{month}"), &format!("1993-{month:02}-28"), "interest", "0.10"));
        lines.push(check(
            &format!("end:{month}"),
            &format!("1993-{month:02}-28"),
            &format!("{}.{}0", 9 + month + (month - 1) / 10, (month - 1) % 10),
        ));
    }
    for run in 0..2 {
        let (report, stop) = books.import(&lines).await;
        assert_eq!((stop, report.balances_checked), (None, 11), "run {run}");
    }
    let wrong = check("end:2", "1993-02-28", "11.11");
    refused(books.import(&[wrong]).await, 1, "balance_differs", &["11.10 CZK", "11.11 CZK"]);
    // An old day that changes in the same run is seen as it is then.
    let more = [entry("older", "1993-01-20", "deposit", "2.00"), check("then", "1993-01-31", "12.00")];
    assert_eq!(books.import(&more).await.1, None);
}

#[tokio::test]
async fn a_reversal_needs_the_entry_that_it_undoes_as_it_was() {
    let books = Books::new();
    books.import(&statement()).await;
    refused(
        books.import(&[reversal("x", "1993-03-05", "1.00", "nowhere")]).await,
        1,
        "not_found",
        &["reverses"],
    );
    refused(
        books.import(&[reversal("x", "1993-03-05", "1.00", "a")]).await,
        1,
        "reversal_amount_differs",
        &["1.00 CZK", "50.00 CZK"],
    );
    refused(
        books.import(&[reversal("x", "1993-03-05", "120000.00", "b")]).await,
        1,
        "transaction_already_reversed",
        &[],
    );
    let (_, stop) = books.import(&[reversal("d", "1993-03-04", "120000.00", "a")]).await;
    assert!(matches!(&stop, Some(Stop::BadLine { code, .. }) if code == "source_reused"), "{stop:?}");
    let nameless = entry("x", "1993-03-05", "reversal", "1.00");
    refused(books.import(&[nameless]).await, 1, "malformed", &["reverses"]);
    let deposit = reversal("x", "1993-03-05", "1.00", "a").replace("reversal", "deposit");
    refused(books.import(&[deposit]).await, 1, "malformed", &["reverses belongs to reversals"]);
}

#[tokio::test]
async fn an_opening_balance_stands_once_before_all_entries_and_is_not_nothing() {
    let books = Books::new();
    books.import(&statement()).await;
    let other = opening("1993-03-01", "100.00").replace("test:opening", "test:other");
    refused(books.import(&[other]).await, 1, "opening_balance_exists", &["1993-03-01"]);
    refused(books.import(&[opening("1993-03-01", "100.01")]).await, 1, "source_reused", &[]);
    refused(
        books.import(&[entry("x", "1993-02-28", "deposit", "1.00")]).await,
        1,
        "date_before_opening_balance",
        &[],
    );
    let books = Books::new();
    books.import(&[customer(1), account(1, 1), entry("a", "1993-03-02", "deposit", "1.00")]).await;
    refused(
        books.import(&[opening("1993-03-03", "1.00")]).await,
        1,
        "entries_before_opening_balance",
        &["1993-03-02"],
    );
    refused(
        books.import(&[opening("1993-03-01", "0.00")]).await,
        1,
        "amount_not_positive",
        &["leave the line out"],
    );
    assert_eq!(books.import(&[opening("1993-03-01", "-3.00")]).await.1, None);
    assert_eq!(books.balance(1).await, -200);
}

#[tokio::test]
async fn a_value_date_is_kept_beside_the_date_of_booking() {
    let books = Books::new();
    let dated = told("entry", "a", "1993-03-02", "5.00", r#","kind":"deposit","value_date":"1993-03-05""#);
    let lines = [customer(1), account(1, 1), dated, check("c", "1993-03-02", "5.00")];
    assert_eq!(books.import(&lines).await.1, None);
    let event = books.events().await.pop().unwrap();
    assert!(
        event.data.contains(r#""business_date":"1993-03-02""#)
            && event.data.contains(r#""value_date":"1993-03-05""#),
        "{}",
        event.data
    );
    assert_eq!(books.import(&lines).await.0.events_appended, 0);
}
