//! What the data set becomes, shown on an extract of five accounts and on copies of it that are broken in one
//! place.

use super::*;
use jiff::civil::date;
use khata_application::import::{BusinessTime, EntryKind, LoanOutcome};
use khata_domain::{accounts::Channel, payments::standing_order::Rhythm};
use std::{fs, path::PathBuf};

/// Five accounts of the data set.
fn extract() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/berka")
}

fn facts() -> Vec<Fact> {
    Berka::open(&extract()).unwrap().map(|fact| fact.unwrap()).collect()
}

/// The fact of this name.
fn told(source: &str) -> Fact {
    facts().into_iter().find(|fact| fact.source().as_str() == source).unwrap()
}

fn entry_told(source: &str) -> khata_application::import::Entry {
    match told(source) {
        Fact::Entry(entry) => entry,
        other => panic!("no entry: {other:?}"),
    }
}

/// A copy of the extract in which one file is changed.
fn changed(file: &str, change: impl FnOnce(String) -> String) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    for name in [
        "account.asc",
        "client.asc",
        "disp.asc",
        "district.asc",
        "trans.asc",
        "loan.asc",
        "card.asc",
        "order.asc",
    ] {
        let text = fs::read_to_string(extract().join(name)).unwrap();
        fs::write(copy.path().join(name), text).unwrap();
    }
    let path = copy.path().join(file);
    let text = change(fs::read_to_string(&path).unwrap());
    fs::write(path, text).unwrap();
    copy
}

#[test]
fn facts_come_before_those_that_rest_on_them() {
    let kinds: Vec<u8> = facts()
        .iter()
        .map(|fact| match fact {
            Fact::CustomerOnboarded(_) => 0,
            Fact::AccountOpened(_) => 1,
            Fact::SignatoryAdded(_) => 2,
            Fact::LoanGranted(_) => 3,
            Fact::CardIssued(_) => 4,
            Fact::Entry(_) | Fact::LoanPaid(_) => 5,
            Fact::LoanEnded(_) | Fact::LoanDelinquent(_) => 6,
            Fact::StandingOrderGiven(_) => 7,
            Fact::OrderPlaced(_)
            | Fact::OrderShipped(_)
            | Fact::OpeningBalance(_)
            | Fact::BalanceChecked(_) => {
                panic!("the bank's data tells no such thing: {fact:?}")
            }
        })
        .collect();
    assert!(kinds.is_sorted());
    assert_eq!(
        [0, 1, 2, 3, 4, 5, 6, 7].map(|kind| kinds.iter().filter(|other| **other == kind).count()),
        [7, 5, 2, 3, 1, 204 + 6, 3, 9]
    );
    assert_eq!(Berka::open(&extract()).unwrap().expected(), facts().len() as u64);
}

#[test]
fn a_client_is_told_with_birth_date_and_district_and_the_rest_marked_as_made_up() {
    let Fact::CustomerOnboarded(woman) = told("berka:client:3688") else { panic!("no customer") };
    assert_eq!(woman.birth_date, Some(date(1975, 5, 2)));
    assert_eq!(woman.effective_at, BusinessTime::Day(date(1993, 5, 8)));
    assert_eq!(woman.address.unwrap().city.as_str(), "Semily");
    assert_eq!((woman.name.as_str(), woman.email.as_str()), ("Client 3688", "client-3688@berka.example"));
    assert_eq!(woman.synthetic.len(), 3);
}

#[test]
fn a_standing_order_is_due_on_the_day_on_which_it_was_paid() {
    let given = |id: u32| match told(&format!("berka:order:{id}")) {
        Fact::StandingOrderGiven(given) => *given,
        other => panic!("no standing order: {other:?}"),
    };
    let rent = given(29403);
    assert_eq!((rent.kind.name(), rent.amount.to_string()), ("household", "7266.00 CZK".to_owned()));
    assert_eq!(rent.rhythm, Rhythm::DayOfMonth(5.try_into().unwrap()));
    assert_eq!((rent.first_date, rent.paid_through), (date(1993, 8, 5), Some(date(1994, 3, 5))));
    let number = rent.external.unwrap().account_number.unwrap();
    assert_eq!((number.as_str(), rent.schedule_is_synthetic), ("13943797/QR", false));
    // Of one that was never paid, the day is made up: after all that is known, and after its account was opened.
    let unpaid = given(35149);
    assert_eq!((unpaid.first_date, unpaid.paid_through), (date(1994, 4, 1), None));
    assert!(unpaid.schedule_is_synthetic);
    assert_eq!(given(29401).first_date, date(1995, 3, 24));
}

#[test]
fn a_second_client_may_sign_and_the_owner_owns() {
    let Fact::AccountOpened(account) = told("berka:account:2") else { panic!("no account") };
    assert_eq!(
        (account.customer.as_str(), account.effective_at),
        ("berka:client:2", BusinessTime::Day(date(1993, 2, 26)))
    );
    let Fact::SignatoryAdded(signatory) = told("berka:disp:3") else { panic!("no signatory") };
    assert_eq!(
        (signatory.account.as_str(), signatory.customer.as_str()),
        ("berka:account:2", "berka:client:3")
    );
}

#[test]
fn each_kind_of_row_becomes_its_kind_of_entry() {
    let cash = entry_told("berka:trans:276");
    assert_eq!(
        (cash.kind, cash.channel, cash.amount.to_string()),
        (EntryKind::Deposit, Some(Channel::Cash), "1100.00 CZK".to_owned())
    );
    let transfer = entry_told("berka:trans:279");
    assert_eq!((transfer.kind, transfer.channel), (EntryKind::Deposit, Some(Channel::Transfer)));
    assert_eq!(transfer.counterparty.unwrap().as_str(), "66487163/ST");
    let interest = entry_told("berka:trans:3530483");
    assert_eq!((interest.kind, interest.channel, interest.reference), (EntryKind::Interest, None, None));
    let kinds = facts().into_iter().filter_map(|fact| match fact {
        Fact::Entry(entry) => {
            Some((entry.kind, entry.channel, entry.reference.map(|text| text.as_str().to_owned())))
        }
        _ => None,
    });
    let kinds: Vec<_> = kinds.collect();
    for expected in [
        (EntryKind::Withdrawal, Some(Channel::Card), None),
        (EntryKind::Withdrawal, Some(Channel::Transfer), Some("UVER".to_owned())),
        (EntryKind::Withdrawal, Some(Channel::Transfer), Some("SIPO".to_owned())),
        (EntryKind::Withdrawal, Some(Channel::Transfer), Some("POJISTNE".to_owned())),
        (EntryKind::Deposit, Some(Channel::Transfer), Some("DUCHOD".to_owned())),
        (EntryKind::Fee, None, None),
        (EntryKind::PenaltyInterest, None, None),
    ] {
        assert!(kinds.contains(&expected), "{expected:?}");
    }
}

#[test]
fn a_loan_is_granted_to_the_owner_and_ends_as_the_data_says() {
    let Fact::LoanGranted(loan) = told("berka:loan:4959") else { panic!("no loan") };
    assert_eq!(
        (loan.customer.as_str(), loan.account.unwrap().as_str()),
        ("berka:client:2", "berka:account:2")
    );
    assert_eq!((loan.principal.to_string().as_str(), loan.term_months), ("80952.00 CZK", 24));
    assert_eq!(loan.effective_at, BusinessTime::Day(date(1994, 1, 5)));
    let ending = |source: &str| match told(source) {
        Fact::LoanEnded(ended) => (ended.outcome, ended.effective_at),
        other => panic!("no end: {other:?}"),
    };
    assert_eq!(ending("berka:loan-ended:4959"), (LoanOutcome::Repaid, BusinessTime::Day(date(1996, 1, 5))));
    assert_eq!(
        ending("berka:loan-ended:7097"),
        (LoanOutcome::WrittenOff, BusinessTime::Day(date(1995, 12, 23)))
    );
}

#[test]
fn a_loan_whose_last_payment_comes_after_its_last_instalment_ends_with_that_payment() {
    let directory = changed("loan.asc", |text| text.replace("940105", "920105"));
    let facts: Vec<Fact> = Berka::open(directory.path()).unwrap().map(|fact| fact.unwrap()).collect();
    let ended = facts.iter().find_map(|fact| match fact {
        Fact::LoanEnded(ended) if ended.source.as_str() == "berka:loan-ended:4959" => {
            Some(ended.effective_at)
        }
        _ => None,
    });
    let mut paid = facts.iter().rev().filter_map(|fact| match fact {
        Fact::LoanPaid(paid) if paid.loan.as_str() == "berka:loan:4959" => Some(paid.effective_at),
        _ => None,
    });
    assert_eq!(ended, paid.next());
}

#[test]
fn a_loan_in_debt_is_told_to_be_late_on_the_last_day_and_one_that_goes_on_well_is_not_told_of() {
    for (status, late) in [("D", true), ("C", false)] {
        let directory = changed("loan.asc", |text| text.replace("\"B\"", &format!("\"{status}\"")));
        let facts: Vec<Fact> = Berka::open(directory.path()).unwrap().map(Result::unwrap).collect();
        let told = facts.iter().any(|fact| matches!(fact, Fact::LoanDelinquent(fact) if fact.effective_at == BusinessTime::Day(date(1998, 12, 31))));
        assert_eq!(told, late, "{status}");
    }
}

#[test]
fn a_transaction_that_pays_for_a_loan_is_linked_with_its_payment() {
    let facts = facts();
    let place = |source: &str| facts.iter().position(|fact| fact.source().as_str() == source).unwrap();
    assert_eq!(place("berka:loan-payment:361"), place("berka:trans:361") + 1);
    let Fact::LoanPaid(payment) = told("berka:loan-payment:361") else { panic!("no payment") };
    assert_eq!(
        (payment.loan.as_str(), payment.amount.to_string().as_str()),
        ("berka:loan:4959", "3372.70 CZK")
    );
    let paid_by = payment.paid_by.unwrap();
    assert_eq!((paid_by.account.as_str(), paid_by.entry.as_str()), ("berka:account:2", "berka:trans:361"));
}

#[test]
fn a_card_has_a_limit_that_is_marked_as_made_up() {
    let Fact::CardIssued(card) = told("berka:card:577") else { panic!("no card") };
    assert_eq!((card.customer.as_str(), card.limit_is_synthetic), ("berka:client:3687", true));
    assert_eq!(card.effective_at, BusinessTime::Day(date(1994, 2, 15)));
}

#[test]
fn rows_of_a_day_come_in_the_order_of_their_balances() {
    // The rows of the file, turned round within each account and day.
    let turned = changed("trans.asc", |text| {
        let mut lines: Vec<&str> = text.lines().collect();
        let (header, rows) = (lines.remove(0), &mut lines);
        rows.sort_by_key(|row| row.split(';').nth(2).unwrap().to_owned());
        rows.chunk_by_mut(|a, b| a.split(';').nth(2) == b.split(';').nth(2)).for_each(<[&str]>::reverse);
        [&[header], rows.as_slice()].concat().join("\r\n")
    });
    let per_account = |directory: &Path, account: &str| -> Vec<String> {
        let entries = Berka::open(directory).unwrap().filter_map(|fact| match fact.unwrap() {
            Fact::Entry(entry) if entry.account.as_str() == account => Some(entry.source.as_str().to_owned()),
            _ => None,
        });
        entries.collect()
    };
    for account in ["berka:account:2", "berka:account:3050", "berka:account:10266"] {
        assert_eq!(per_account(turned.path(), account), per_account(&extract(), account), "{account}");
    }
}

#[test]
fn a_broken_row_is_named_and_what_stands_before_it_is_told() {
    let broken = changed("trans.asc", |text| text.replace("282;2;930612;", "282;2;931301;"));
    let told: Vec<_> = Berka::open(broken.path()).unwrap().collect();
    assert_eq!(told.iter().filter(|fact| fact.is_ok()).count(), 7 + 5 + 2 + 3 + 1 + 14);
    let error = told.last().unwrap().as_ref().unwrap_err().to_string();
    assert!(error.contains("trans.asc, line 16: "), "{error}");
}

#[test]
fn rows_that_contradict_other_files_or_the_order_of_dates_are_refused() {
    for (file, from, to, expected) in [
        ("trans.asc", "279;2;", "279;4711;", "trans.asc, line 3: account.asc has no account 4711"),
        (
            "trans.asc",
            "279;2;930312",
            "279;2;930101",
            "trans.asc, line 3: the rows must come in the order of their dates",
        ),
        ("trans.asc", "\"VKLAD\";1100.00;", "\"KLAD\";1100.00;", "trans.asc, line 2: "),
        (
            "disp.asc",
            "3;3;2;\"DISPONENT\"",
            "3;3;2;\"OWNER\"",
            "disp.asc, line 4: account 2 has an owner already",
        ),
        (
            "disp.asc",
            "2;2;2;\"OWNER\"",
            "2;2;2;\"DISPONENT\"",
            "account.asc, line 2: disp.asc gives account 2 no owner",
        ),
        ("disp.asc", "4700;4700;3898", "4700;4700;3899", "disp.asc, line 7: account.asc has no account 3899"),
        ("loan.asc", "4959;2;", "4959;4711;", "loan.asc, line 3: account.asc has no account 4711"),
        ("loan.asc", "4959;2;", "4959;10266;", "loan.asc, line 3: account 10266 has a loan already"),
        (
            "loan.asc",
            "80952;24;3373.00",
            "80952;24;3374.00",
            "loan.asc, line 3: 24 payments of 3374.00 CZK are not 80952.00 CZK",
        ),
        ("loan.asc", "\"B\"", "\"E\"", "loan.asc, line 2: "),
        ("order.asc", "29401;1;", "29401;4711;", "order.asc, line 2: account.asc has no account 4711"),
        (
            "order.asc",
            "\"62503671\"",
            "\"72762232\"",
            "order.asc, line 7: account 3050 has an order to 72762232 already",
        ),
        ("order.asc", "\"POJISTNE\"", "\"POJISTKA\"", "order.asc, line 8: "),
        ("card.asc", "577;3687", "577;3689", "card.asc, line 2: disp.asc has no disposition 3689"),
        ("card.asc", "\"classic\"", "\"wooden\"", "card.asc, line 2: \"wooden\" is no kind of card"),
        ("card.asc", "940215 00", "941315 00", "card.asc, line 2: "),
        (
            "client.asc",
            "\"706213\";18",
            "\"706213\";99",
            "client.asc, line 2: district.asc has no district 99",
        ),
        ("client.asc", "\"706213\"", "\"701313\"", "client.asc, line 2: "),
    ] {
        let directory = changed(file, |text| {
            assert!(text.contains(from), "{file} has no {from}");
            text.replace(from, to)
        });
        let error = match Berka::open(directory.path()) {
            Ok(berka) => berka.filter_map(Result::err).next().unwrap(),
            Err(error) => error,
        };
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[test]
fn a_missing_file_is_named() {
    let directory = changed("trans.asc", |text| text);
    fs::remove_file(directory.path().join("disp.asc")).unwrap();
    assert!(Berka::open(directory.path()).unwrap_err().to_string().contains("disp.asc cannot be read"));
}
