//! The months of an account.

use super::*;

const FEBRUARY: Date = date(2026, 2, 27);

#[test]
fn each_month_has_its_sums_by_business_date_whenever_entries_come() {
    let events = [
        opened(),
        deposited_on(FEBRUARY, "100"),
        deposited("10"),
        withdrawn("3"),
        withdrawn_on(FEBRUARY, "40"),
        interest("0.50"),
        fee("1"),
    ];
    let rows: Vec<AccountMonthRow> = rows_of(&AccountMonths, &events);
    let february = AccountMonthRow {
        account_id: account_id(),
        month: "2026-02".parse().unwrap(),
        currency: currency("INR"),
        credits_minor: 10050,
        debits_minor: 4000,
        net_minor: 6050,
        credit_count: 2,
        debit_count: 1,
    };
    let march = AccountMonthRow {
        month: "2026-03".parse().unwrap(),
        credits_minor: 1000,
        debits_minor: 400,
        net_minor: 600,
        credit_count: 1,
        debit_count: 2,
        ..february.clone()
    };
    assert_eq!(rows, [february, march]);
}

#[test]
fn a_months_sums_may_go_beyond_64_bits() {
    let (full, most) = ("92233720368547758.07", i128::from(i64::MAX));
    let rows: Vec<AccountMonthRow> = rows_of(
        &AccountMonths,
        &[opened(), deposited(full), withdrawn(full), deposited(full), deposited("1")],
    );
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.credits_minor, row.debits_minor, row.net_minor, row.credit_count))
        .collect();
    assert_eq!(told, [(2 * most + 100, most, most + 100, 3)]);
    assert_eq!(rows[0].sum(rows[0].credits_minor).amount(), "184467440737095517.14");
}

#[test]
fn events_that_move_no_money_touch_no_month() {
    assert!(
        rows_of::<_, AccountMonthRow>(&AccountMonths, &[opened(), held(1, "20", None), interest("0")])
            .is_empty()
    );
}
