//! How an account stands.

use super::*;
use crate::{
    Value,
    cell::Json,
    query::{Comparison, Filter},
};

fn row_of(events: &[AccountEvent]) -> AccountRow {
    let mut rows: Vec<AccountRow> = rows_of(&Accounts, events);
    assert_eq!(rows.len(), 1);
    rows.remove(0)
}

#[test]
fn an_opened_account_shows_its_terms() {
    let expected = AccountRow {
        account_id: account_id(),
        customer_id: customer(7).to_string(),
        customer_type: "individual".into(),
        account_type: "savings".into(),
        status: "active".into(),
        currency: currency("INR"),
        currency_digits: 2,
        balance_minor: 0,
        minimum_balance_minor: 0,
        overdraft_limit_minor: 0,
        daily_limit_minor: 20_000_000,
        holds: Json(vec![]),
        signatories: Json(vec![customer(7)]),
        opened_on: DAY,
        opened_at: at(1) - SignedDuration::from_secs(1),
        version: 1,
        updated_at: at(1),
    };
    assert_eq!(row_of(&[opened()]), expected);
}

#[test]
fn an_account_that_is_not_opened_has_no_row() {
    assert!(rows_of::<_, AccountRow>(&Accounts, &[deposited("1")]).is_empty());
}

#[test]
fn every_entry_moves_the_balance() {
    let credit = khata_domain::accounts::Direction::Credit;
    let events = [
        opened(),
        deposited("100"),
        withdrawn("30"),
        held(1, "20", None),
        captured(1, "15", "20"),
        fee("5"),
        interest("0.50"),
        reversed(3, credit, "30"),
    ];
    let row = row_of(&events);
    assert_eq!(row.money(row.balance_minor), inr("80.50"));
    assert_eq!((row.version, row.updated_at), (8, at(8)));
}

#[test]
fn holds_count_until_they_run_out_end_or_are_recorded_as_run_out() {
    let events = vec![
        opened(),
        deposited("100"),
        held(1, "10", Some(at(60))),
        held(2, "20", None),
        held(3, "30", None),
        held(4, "5", Some(at(1))),
    ];
    let row = row_of(&events);
    assert_eq!(row.available_minor(at(10)), 4000);
    assert_eq!(row.available_minor(at(60)), 5000);
    assert_eq!(row.active_holds(at(10)).map(|hold| hold.hold_id).collect::<Vec<_>>(), [1, 2, 3].map(hold_id));
    let ends = [
        AccountEvent::HoldExpired(HoldExpired { hold_id: hold_id(4), amount: inr("5"), expires_at: at(1) }),
        AccountEvent::HoldReleased(HoldReleased { hold_id: hold_id(2), amount: inr("20") }),
        captured(3, "25", "30"),
    ];
    let row = row_of(&[events, ends.to_vec()].concat());
    assert_eq!(row.holds.0.iter().map(|hold| hold.hold_id).collect::<Vec<_>>(), [hold_id(1)]);
    assert_eq!((row.balance_minor, row.available_minor(at(10))), (7500, 6500));
}

#[test]
fn the_minimum_balance_is_not_available_and_the_overdraft_is() {
    let row = AccountRow {
        minimum_balance_minor: 30,
        overdraft_limit_minor: 7,
        balance_minor: 100,
        ..row_of(&[opened()])
    };
    assert_eq!(row.available_minor(at(1)), 77);
    let row = AccountRow { balance_minor: i64::MAX, ..row };
    assert_eq!(
        AccountRow { minimum_balance_minor: 0, ..row.clone() }.available_minor(at(1)),
        i128::from(i64::MAX) + 7
    );
    assert_eq!(
        AccountRow { balance_minor: i64::MIN, ..row }.available_minor(at(1)),
        i128::from(i64::MIN) - 23
    );
}

#[test]
fn limits_status_and_signatories_follow_their_events() {
    let limits = [
        AccountEvent::DailyLimitChanged(DailyLimitChanged { previous: inr("5000000"), limit: inr("1") }),
        AccountEvent::OverdraftLimitChanged(OverdraftLimitChanged {
            previous: inr("0"),
            limit: inr("2"),
            business_date: DAY,
        }),
        AccountEvent::SignatoryAdded(SignatoryAdded { signatory: customer(8) }),
        AccountEvent::SignatoryRemoved(SignatoryRemoved { signatory: customer(7) }),
        AccountEvent::AccountFrozen(AccountFrozen { reason: "court order".into() }),
    ];
    let mut events = vec![opened_as(AccountType::Business, "INR")];
    events.extend(limits);
    let row = row_of(&events);
    assert_eq!((row.daily_limit_minor, row.overdraft_limit_minor, row.status.as_str()), (100, 200, "frozen"));
    assert_eq!((row.signatories.0, row.customer_type.as_str()), (vec![customer(8)], "business"));
    events.push(AccountEvent::AccountUnfrozen(AccountUnfrozen {}));
    assert_eq!(row_of(&events).status, "active");
    events.push(AccountEvent::AccountClosed(AccountClosed {
        reason: None,
        lapsed_interest: rust_decimal::Decimal::ZERO,
    }));
    assert_eq!(row_of(&events).status, "closed");
}

#[test]
fn a_balance_beyond_64_bits_parks_the_account() {
    let (mut state, mut rows) =
        (crate::accounts::overview::AccountStanding::default(), RowChanges::default());
    let full = deposited("92233720368547758.07");
    assert_eq!(Accounts.fold(&mut state, &recorded(1, &full), &mut rows), Ok(()));
    assert_eq!(Accounts.fold(&mut state, &recorded(2, &full), &mut rows), Err(out_of_range("balance")));
}

#[test]
fn other_streams_do_not_concern_accounts() {
    let mut event = recorded(1, &opened());
    event.stream = StreamName::parse("customer-cus_1").unwrap();
    assert_eq!(Accounts.partition(&event), None);
}

#[test]
fn a_least_balance_is_meant_in_each_accounts_own_currency() {
    let passes = |major: &str, digits: i64, balance_minor: i64| {
        let Filter::AnyOf(alternatives) = balance_at_least(major.parse().unwrap()) else { panic!() };
        alternatives.iter().any(|conditions| {
            conditions.iter().all(|condition| match condition {
                Filter::Is("currency_digits", Comparison::Equal, Value::Integer(of)) => *of == digits,
                Filter::Is("balance_minor", Comparison::AtLeast, Value::Integer(bound)) => {
                    balance_minor >= *bound
                }
                other => panic!("{other:?}"),
            })
        })
    };
    for (major, digits, least) in [
        ("1500", 2, 150_000),
        ("1500", 0, 1_500),
        ("1500", 3, 1_500_000),
        ("0.005", 2, 1),
        ("0.5", 0, 1),
        ("-0.5", 0, 0),
    ] {
        assert!(passes(major, digits, least), "{major} {digits}");
        assert!(!passes(major, digits, least - 1), "{major} {digits}");
    }
    assert!(
        !passes("92233720368547758.08", 2, i64::MAX)
            && passes("92233720368547758.08", 0, 92_233_720_368_547_759)
    );
    assert!(passes("-79228162514264337593543950335", 2, i64::MIN));
    assert!(!passes("79228162514264337593543950335", 0, i64::MAX));
}
