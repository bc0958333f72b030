//! The entries of an account.

use super::*;

#[test]
fn an_entry_shows_all_it_says_and_the_balance_after_it() {
    let rows: Vec<TransactionRow> =
        rows_of(&AccountTransactions, &[opened(), deposited("100"), withdrawn("30.50")]);
    let deposit = TransactionRow {
        position: 102,
        account_id: account_id(),
        transaction_id: "txn_00000000-0000-0000-0000-000000000002".into(),
        kind: "deposit".into(),
        direction: "credit".into(),
        amount_minor: 10000,
        balance_after_minor: 10000,
        currency: currency("INR"),
        channel: "cash".into(),
        counterparty: Some("till 4".into()),
        reference: Some("R-1".into()),
        description: Some("cash in".into()),
        payment_id: None,
        business_date: DAY,
        value_date: None,
        effective_at: at(2) - SignedDuration::from_secs(1),
        recorded_at: at(2),
    };
    let withdrawal = TransactionRow {
        position: 103,
        transaction_id: "txn_00000000-0000-0000-0000-000000000003".into(),
        kind: "withdrawal".into(),
        direction: "debit".into(),
        amount_minor: 3050,
        balance_after_minor: 6950,
        channel: "card".into(),
        counterparty: None,
        reference: None,
        description: None,
        payment_id: None,
        effective_at: at(3) - SignedDuration::from_secs(1),
        recorded_at: at(3),
        ..deposit.clone()
    };
    assert_eq!(rows, [deposit, withdrawal]);
}

#[test]
fn every_kind_of_entry_is_told_with_its_reference() {
    let debit = khata_domain::accounts::Direction::Debit;
    let events = [
        deposited("100"),
        held(1, "20", None),
        captured(1, "15", "20"),
        fee("5"),
        interest("0.50"),
        reversed(3, debit, "30"),
    ];
    let rows: Vec<TransactionRow> = rows_of(&AccountTransactions, &events);
    let told: Vec<_> =
        rows.iter().map(|row| (row.kind.as_str(), row.direction.as_str(), row.balance_after_minor)).collect();
    let expected = [
        ("deposit", "credit", 10000),
        ("hold_capture", "debit", 8500),
        ("fee", "debit", 8000),
        ("interest", "credit", 8050),
        ("reversal", "debit", 5050),
    ];
    assert_eq!(told, expected);
    assert_eq!(rows[1].reference, Some(hold_id(1).to_string()));
    assert_eq!(rows[2].description.as_deref(), Some("card replacement"));
    assert_eq!(
        (rows[3].description.as_deref(), rows[3].business_date),
        (Some("Interest 2026-02"), date(2026, 2, 28))
    );
    assert_eq!(rows[4].reference.as_deref(), Some("txn_00000000-0000-0000-0000-000000000003"));
}

#[test]
fn events_that_move_no_money_give_no_entry() {
    let events = [
        opened(),
        held(1, "20", None),
        interest("0"),
        AccountEvent::AccountFrozen(AccountFrozen { reason: String::new() }),
    ];
    assert!(rows_of::<_, TransactionRow>(&AccountTransactions, &events).is_empty());
}
