//! The months of an account.

use super::*;

const FEBRUARY: Date = date(2026, 2, 27);

#[test]
fn each_month_has_its_sums_by_business_date_whenever_entries_come() {
    let events = [opened(), deposited_on(FEBRUARY, "100"), deposited("10"), withdrawn("3"), withdrawn_on(FEBRUARY, "40"), interest("0.50"), fee("1")];
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
fn a_sum_beyond_64_bits_parks_the_month() {
    let (mut state, mut rows) = (crate::accounts::months::MonthTotals::default(), RowChanges::default());
    let full = deposited("92233720368547758.07");
    assert_eq!(AccountMonths.fold(&mut state, &recorded(1, &full), &mut rows), Ok(()));
    assert_eq!(AccountMonths.fold(&mut state, &recorded(2, &full), &mut rows), Err(out_of_range("month's sum")));
}

#[test]
fn events_that_move_no_money_touch_no_month() {
    assert!(rows_of::<_, AccountMonthRow>(&AccountMonths, &[opened(), held(1, "20", None), interest("0")]).is_empty());
}
