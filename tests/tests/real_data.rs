//! The real bank and the trading company, whole: imported by the real binary, then asked through the API.
//!
//! The data lies at `KHATA_TEST_DATA`, or else at `../shared/data` beside the repository.

#[path = "real_data/bank.rs"]
mod bank;
#[path = "real_data/recorded.rs"]
mod recorded;
#[path = "real_data/shop.rs"]
mod shop;
#[path = "real_data/standing_orders.rs"]
mod standing_orders;

use bank::{Bank, EVENTS, HEAD, import, import_command, minor};
use khata_tests::{Home, Server, postgres::Database};
use recorded::Recorded;
use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
    thread,
    time::Instant,
};

/// A data set's directory. Where it is not, the test cannot be made: then it says so, loudly.
fn data_set(name: &str, file: &str) -> Option<PathBuf> {
    let given = std::env::var_os("KHATA_TEST_DATA").map(PathBuf::from);
    let data = given
        .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data"))
        .join(name);
    if data.join(file).is_file() {
        return Some(data);
    }
    eprintln!(
        "NOT TESTED: the {name} data is not at {}; name its parent directory in KHATA_TEST_DATA",
        data.display()
    );
    None
}

fn data() -> Option<PathBuf> {
    data_set("berka", "trans.asc")
}

#[test]
fn the_whole_bank_stands_in_the_books_to_the_heller() {
    let Some(data) = data() else { return };
    let place = tempfile::tempdir().unwrap();
    the_whole_bank(&data, &Home::embedded(&place.path().join("data")));
}

#[test]
fn the_whole_bank_stands_in_the_books_of_postgres_to_the_heller() {
    let Some(data) = data() else { return };
    let (place, database) = (tempfile::tempdir().unwrap(), Database::fresh());
    the_whole_bank(&data, &Home::postgres(place.path(), &database));
}

fn the_whole_bank(data: &Path, home: &Home) {
    let server = home.serve(&[]);
    let summary = import(data, home);
    assert!(
        summary.contains("5369 customers, 4500 accounts, 869 signatories, 49102 transactions, 682 loans, 123 loan payments, 892 cards, 6471 standing orders"),
        "{summary}"
    );
    assert!(
        summary.contains("CZK: credits 177366296.30, debits 138120153.50, balance 39246142.80"),
        "{summary}"
    );
    assert!(summary.contains("CZK: loans 103261740.00"), "{summary}");
    for sum in standing_orders::SUMS {
        assert!(summary.contains(sum), "{sum} is not in {summary}");
    }
    assert!(summary.contains(&format!("{EVENTS} events appended")), "{summary}");

    let mut bank = Bank::of(&server);
    assert_eq!(bank.head(), HEAD);
    let accounts = bank.accounts();
    assert_eq!(accounts.len(), 4_500);
    assert_eq!(accounts.values().map(|account| account.balance_minor).sum::<i64>(), 3_924_614_280);

    let (mut credits, mut debits, mut with_transactions) = (0, 0, 0);
    for account in accounts.keys() {
        let (credit, debit, entries) = bank.turnover(account);
        (credits, debits) = (credits + credit, debits + debit);
        with_transactions += usize::from(entries > 0);
    }
    assert_eq!((credits, debits, with_transactions), (17_736_629_630, 13_812_015_350, 1_229));

    credit_stands_in_the_books(&mut bank);

    let recorded = Recorded::read(data);
    assert_eq!(recorded.accounts().len(), 1_229);
    for (source, expected) in recorded.at_the_end_of("940330") {
        let balance = bank.balance_on(&source, "1994-03-30");
        let off = (balance - expected.balance_minor).abs();
        assert!(
            off <= 10 * expected.rounded_rows,
            "{source}: {balance} in the books, {} recorded",
            expected.balance_minor
        );
    }

    let again = import(data, home);
    assert!(again.contains("68287 facts: 0 imported, 68287 already present"), "{again}");
    assert!(again.contains("0 events appended"), "{again}");
    assert_eq!(bank.head(), HEAD);
}

#[test]
fn a_server_killed_half_way_through_an_import_loses_nothing_and_doubles_nothing() {
    let Some(data) = data() else { return };
    let place = tempfile::tempdir().unwrap();
    let home = Home::embedded(&place.path().join("data"));
    let server = home.serve(&[]);
    let mut importing =
        import_command(&data, &home).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut bank = Bank::of(&server);
    while bank.head() < EVENTS / 3 {
        assert_eq!(importing.try_wait().unwrap(), None, "the import has ended before the kill");
    }
    server.kill();
    assert_eq!(importing.wait().unwrap().code(), Some(1));

    let server = home.serve(&[]);
    let before = Bank::of(&server).head();
    assert!(before >= EVENTS / 3, "{before}");
    let summary = import(&data, &home);
    assert!(summary.contains(&format!("{} events appended", HEAD - before)), "{summary}");
    whole(&server);
}

#[test]
fn an_import_without_a_server_killed_half_way_is_completed_by_the_next() {
    let Some(data) = data() else { return };
    let place = tempfile::tempdir().unwrap();
    let home = Home::embedded(&place.path().join("data"));
    let mut importing =
        import_command(&data, &home).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let written = || {
        fs::read_dir(home.data_dir())
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|file| file.metadata().ok())
            .map(|file| file.len())
            .sum::<u64>()
    };
    let started = Instant::now();
    while written() < 12 * 1024 * 1024 {
        assert_eq!(importing.try_wait().unwrap(), None, "the import has ended before the kill");
        assert!(started.elapsed().as_secs() < 120, "the import does not come on");
        thread::yield_now();
    }
    importing.kill().unwrap();
    importing.wait().unwrap();

    import(&data, &home);
    whole(&home.serve(&[]));
}

/// The loans add up to what the bank lent, stand as the data says, and the payments that are known name their
/// account's side; each card is there.
fn credit_stands_in_the_books(bank: &mut Bank) {
    let loans = bank.all("/v1/loans?limit=200");
    assert_eq!(loans.len(), 682);
    assert_eq!(loans.iter().map(|loan| minor(&loan["principal"]["amount"])).sum::<i64>(), 10_326_174_000);
    let count = |member: &str, value: &str| loans.iter().filter(|loan| loan[member] == value).count();
    assert_eq!(
        (count("closed_reason", "repaid"), count("closed_reason", "written_off"), count("status", "active")),
        (203, 31, 403 + 45)
    );
    assert_eq!(
        loans
            .iter()
            .filter(|loan| loan["status"] == "closed")
            .map(|loan| minor(&loan["outstanding"]["amount"]))
            .sum::<i64>(),
        0
    );

    let (mut payments, mut paid) = (0, 0);
    for loan in &loans {
        let id = loan["loan_id"].as_str().unwrap();
        let schedule = bank.get(&format!("/v1/loans/{id}/schedule"))["items"].take();
        let instalments = schedule.as_array().unwrap();
        let (term, instalment) = (loan["term_months"].as_u64().unwrap(), &loan["instalment"]["amount"]);
        assert_eq!(instalments.len() as u64, term, "{id}");
        let known = bank.all(&format!("/v1/loans/{id}/payments?limit=200"));
        // Payments x duration is the amount. Those that are known are rounded to tenths: what went beyond an
        // instalment shortens the end.
        let untouched = if known.is_empty() { instalments.len() } else { instalments.len() - 1 };
        assert!(instalments[..untouched].iter().all(|row| row["total"]["amount"] == *instalment), "{id}");
        for payment in known {
            (payments, paid) = (payments + 1, paid + minor(&payment["amount"]["amount"]));
            let entries = bank.all(&format!(
                "/v1/accounts/{}/transactions?limit=200",
                payment["account_id"].as_str().unwrap()
            ));
            let entry =
                entries.iter().find(|entry| entry["transaction_id"] == payment["transaction_id"]).unwrap();
            assert_eq!(
                (&entry["amount"], entry["direction"].as_str()),
                (&payment["amount"], Some("debit")),
                "{id}"
            );
        }
    }
    assert_eq!((payments, paid), (123, 48_356_580));

    let cards = bank.all("/v1/cards?limit=200");
    let of_type = |card_type: &str| {
        cards.iter().filter(|card| card["card_type"] == card_type && card["status"] == "active").count()
    };
    assert_eq!((cards.len(), of_type("classic"), of_type("junior"), of_type("gold")), (892, 659, 145, 88));
}

/// Everything is there, once.
fn whole(server: &Server) {
    let mut bank = Bank::of(server);
    assert_eq!(bank.head(), HEAD);
    let accounts = bank.accounts();
    assert_eq!(
        (accounts.len(), accounts.values().map(|account| account.balance_minor).sum::<i64>()),
        (4_500, 3_924_614_280)
    );
    assert_eq!(accounts.values().filter(|account| account.balance_minor != 0).count(), 1_229);
}
