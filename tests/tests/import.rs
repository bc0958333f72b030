//! Imports over the in-memory store: what is appended, what a second run adds, where a bad line stops it.

#[path = "import/again.rs"]
mod again;
#[path = "import/balances.rs"]
mod balances;
#[path = "import/contested.rs"]
mod contested;
#[path = "import/history.rs"]
mod history;
#[path = "import/over_http.rs"]
mod over_http;

use history::{Books, account, customer, deposit, entry};
use khata_application::import::{Fact, Stop};
use khata_domain::{accounts::BankAccount, customers::Customer};

/// More than a few groups of 2,000 facts: pipelining, and one account in several groups at once.
const MANY: u64 = 9_000;

fn history_of(entries: u64) -> Vec<String> {
    let mut lines = vec![customer(1), customer(2), account(1, 1), account(2, 2)];
    lines.extend((1..=entries).map(|number| deposit(number, 1 + number % 2, number)));
    lines
}

#[tokio::test]
async fn facts_become_events_of_their_aggregates() {
    let books = Books::new();
    let (report, stop) = books.import(&history_of(MANY)).await;
    assert_eq!(stop, None);
    assert_eq!(
        (report.facts, report.customers, report.accounts, report.transactions),
        (MANY + 4, 2, 2, MANY)
    );
    assert_eq!(report.already_there, 0);
    // Each customer: onboarded, e-mail reserved; each account: opened, attached.
    assert_eq!(report.events_appended, MANY + 8);
    let sums = report.sums.values().next().unwrap();
    assert_eq!((sums.credits_minor, sums.debits_minor), (i128::from(MANY * (MANY + 1) / 2), 0));
    let balances = books.balance(1).await + books.balance(2).await;
    assert_eq!(balances, i128::from(MANY * (MANY + 1) / 2));
}

#[tokio::test]
async fn a_second_run_appends_nothing_and_tells_the_same_sums() {
    let books = Books::new();
    let lines = history_of(MANY);
    let (first, _) = books.import(&lines).await;
    let head = books.head().await;
    let (second, stop) = books.import(&lines).await;
    assert_eq!(stop, None);
    assert_eq!(books.head().await, head);
    assert_eq!((second.events_appended, second.already_there, second.position), (0, MANY + 4, 0));
    assert_eq!((second.facts, second.sums), (first.facts, first.sums));
}

#[tokio::test]
async fn a_run_after_one_that_was_broken_off_adds_what_is_missing() {
    let (whole, broken) = (Books::new(), Books::new());
    let lines = history_of(MANY);
    whole.import(&lines).await;
    broken.import(&lines[..5_001]).await;
    let (report, stop) = broken.import(&lines).await;
    assert_eq!((stop, report.already_there), (None, 5_001));
    assert_eq!(broken.head().await, whole.head().await);
    assert_eq!(broken.balance(1).await, whole.balance(1).await);
    assert_eq!(broken.balance(2).await, whole.balance(2).await);
}

#[tokio::test]
async fn a_bad_line_stops_the_run_what_stands_before_is_kept_and_a_mended_file_goes_on() {
    for (bad, code) in [
        ("{\"entry\":{", "malformed"),
        ("{\"entry\":{\"source\":\"t\",\"colour\":1}}", "malformed"),
        (entry("bad", 3, "deposit", "1.00", "CZK").as_str(), "not_found"),
        (entry("bad", 1, "deposit", "1.00", "INR").as_str(), "currency_mismatch"),
        (entry("bad", 1, "withdrawal", "0.00", "CZK").as_str(), "amount_not_positive"),
        (
            account(1, 2).replace("account:1", "account:9").replace("customer:2", "customer:9").as_str(),
            "not_found",
        ),
    ] {
        let books = Books::new();
        let mut lines = history_of(3_000);
        lines.insert(2_500, bad.to_owned());
        let (report, stop) = books.import(&lines).await;
        match stop {
            Some(Stop::BadLine { line, code: told, .. }) => {
                assert_eq!((line, told.as_str()), (2_501, code), "{bad}")
            }
            other => panic!("{bad}: {other:?}"),
        }
        assert_eq!(report.facts, 2_500, "{bad}");
        assert_eq!(books.head().await, 2_504, "{bad}");
        lines.remove(2_500);
        let (report, stop) = books.import(&lines).await;
        assert_eq!((stop, report.already_there, report.facts), (None, 2_500, 3_004), "{bad}");
    }
}

#[tokio::test]
async fn a_fact_that_stands_in_the_file_twice_happens_once() {
    let books = Books::new();
    let mut lines = history_of(10);
    lines.push(deposit(3, 2, 3));
    let (report, stop) = books.import(&lines).await;
    assert_eq!((stop, report.facts, report.repeated), (None, 15, 1));
    assert_eq!(books.balance(1).await + books.balance(2).await, 55);
}

#[tokio::test]
async fn a_source_that_names_another_fact_than_before_is_refused() {
    for other in [deposit(3, 2, 4), deposit(3, 1, 3), deposit(3, 2, 3).replace("1993-05-01", "1993-05-02")] {
        let (in_one_run, in_two_runs) = (Books::new(), Books::new());
        let mut lines = history_of(10);
        in_two_runs.import(&lines).await;
        lines.push(other);
        for books in [in_one_run, in_two_runs] {
            let (report, stop) = books.import(&lines).await;
            assert!(
                matches!(&stop, Some(Stop::BadLine { line: 15, code, .. }) if code == "source_reused"),
                "{stop:?}"
            );
            assert_eq!((report.facts, books.head().await), (14, 18));
        }
    }
}

#[tokio::test]
async fn causes_stand_before_effects_in_the_log() {
    let books = Books::new();
    books.import(&history_of(3)).await;
    let types = books.event_types().await;
    let place = |wanted: &str| types.iter().position(|found| found == wanted).unwrap();
    assert!(place("customer.customer_onboarded") < place("bank_account.account_opened"));
    assert!(place("bank_account.account_opened") < place("bank_account.money_deposited"));
}

#[tokio::test]
async fn history_is_marked_as_imported_and_lies_at_its_own_time() {
    let books = Books::new();
    books.import(&history_of(1)).await;
    let event = books.events().await.pop().unwrap();
    assert_eq!(event.metadata().unwrap().origin, khata_application::Origin::Import);
    assert_eq!(event.effective_at.to_string(), "1993-05-01T00:00:00Z");
    assert!(event.recorded_at > event.effective_at);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_runs_at_once_bring_everything_in_once() {
    let books = Books::new();
    let other = books.other_process();
    let lines = history_of(MANY);
    let (first, second) = tokio::join!(books.import(&lines), other.import(&lines));
    assert_eq!((first.1, second.1), (None, None));
    assert_eq!(first.0.events_appended + second.0.events_appended, MANY + 8);
    assert_eq!(books.head().await, MANY + 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn live_commands_between_the_groups_are_neither_lost_nor_in_the_way() {
    let books = Books::new();
    books.import(&history_of(0)).await;
    let lines = history_of(MANY);
    let live = async {
        for _ in 0..50 {
            books.deposit_live(1, 1_000_000).await;
        }
    };
    let ((_, stop), ()) = tokio::join!(books.import(&lines), live);
    assert_eq!(stop, None);
    let imported = i64::try_from(MANY * (MANY + 1) / 2).unwrap();
    assert_eq!(books.balance(1).await + books.balance(2).await, i128::from(imported + 50 * 1_000_000));
}

#[tokio::test]
async fn ready_made_facts_and_lines_come_to_the_same() {
    let (by_line, by_fact) = (Books::new(), Books::new());
    let lines = history_of(2_100);
    by_line.import(&lines).await;
    let facts: Vec<Fact> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    by_fact.import_facts(facts).await;
    let told = |books: Vec<khata_application::Recorded>| -> Vec<_> {
        books
            .into_iter()
            .map(|event| (event.event_id, event.stream, event.data, event.effective_at))
            .collect()
    };
    assert_eq!(told(by_line.events().await), told(by_fact.events().await));
}

#[tokio::test]
async fn an_endless_line_is_refused_and_what_stands_before_it_is_kept() {
    let books = Books::new();
    let mut lines = history_of(5);
    lines.push("x".repeat(khata_application::import::MAX_LINE_BYTES + 1));
    let (report, stop) = books.import(&lines).await;
    assert!(matches!(stop, Some(Stop::BadLine { line: 10, .. })), "{stop:?}");
    assert_eq!(report.facts, 9);
}

#[tokio::test]
async fn a_taken_email_is_refused_by_its_line() {
    let books = Books::new();
    let (report, stop) =
        books.import(&[customer(1), customer(2).replace("customer-2@", "customer-1@")]).await;
    assert!(matches!(&stop, Some(Stop::BadLine { line: 2, .. })), "{stop:?}");
    assert_eq!(report.customers, 1);
    assert_eq!(books.version::<Customer>("khata-test:customer:2").await, 0);
}

#[tokio::test]
async fn a_second_name_for_the_owner_may_sign() {
    let books = Books::new();
    let signatory = r#"{"signatory_added":{"source":"khata-test:s:1","effective_at":"1993-02-01","account":"khata-test:account:1","customer":"khata-test:customer:2"}}"#;
    let mut lines = history_of(0);
    lines.push(signatory.to_owned());
    let (report, stop) = books.import(&lines).await;
    assert_eq!((stop, report.signatories), (None, 1));
    assert_eq!(books.version::<BankAccount>("khata-test:account:1").await, 2);
}

#[tokio::test]
async fn the_facts_of_the_documentation_can_be_imported_as_they_stand_there() {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/importing.md");
    let text = std::fs::read_to_string(path).unwrap();
    let (_, facts) = text.split_once("## Facts").unwrap();
    let (_, block) = facts.split_once("```json\n").unwrap();
    let lines: Vec<String> = block.split_once("```").unwrap().0.lines().map(str::to_owned).collect();
    let books = Books::new();
    let (report, stop) = books.import(&lines).await;
    assert_eq!(stop, None);
    assert_eq!(report.facts, lines.len() as u64);
    assert_eq!(
        (report.loans, report.loan_payments, report.cards, report.orders, report.shipments),
        (1, 1, 1, 1, 1)
    );
}

#[tokio::test]
async fn a_loan_whose_payments_are_all_known_and_rounded_up_is_repaid_and_leaves_its_customer() {
    let granted = r#"{"loan_granted":{"source":"khata-test:loan:1","effective_at":"1993-05-05","customer":"khata-test:customer:1","loan_type":"personal","principal":{"amount":"3000.00","currency":"CZK"},"annual_rate":"0","term_months":3,"day_count":"30/360"}}"#;
    let paid = |month: u64| {
        format!(
            r#"{{"loan_paid":{{"source":"khata-test:loan-payment:{month}","effective_at":"1993-0{month}-12","loan":"khata-test:loan:1","amount":{{"amount":"1000.20","currency":"CZK"}}}}}}"#
        )
    };
    let ended = r#"{"loan_ended":{"source":"khata-test:loan-ended:1","effective_at":"1993-08-12","loan":"khata-test:loan:1","customer":"khata-test:customer:1","outcome":"repaid"}}"#;
    let lines = [customer(1), granted.to_owned(), paid(6), paid(7), paid(8), ended.to_owned()];
    let books = Books::new();
    let (report, stop) = books.import(&lines).await;
    assert_eq!((stop, report.loan_payments), (None, 3));
    let types = books.event_types().await;
    for happened in ["loan.loan_fully_repaid", "customer.product_detached"] {
        assert_eq!(types.iter().filter(|event_type| *event_type == happened).count(), 1, "{happened}");
    }
    let head = books.head().await;
    assert_eq!(books.import(&lines).await.1, None);
    assert_eq!(books.head().await, head);
}
