//! All three views and the aggregate agree on every history, however its batches are cut.

use super::*;
use khata_domain::{Aggregate, accounts::Direction};
use proptest::prelude::*;

fn money(minor: i64) -> Money {
    Money::from_minor(minor, currency("INR"))
}

/// Events that move money or hold it, in any order; holds meet their ends by a few common numbers.
fn events() -> impl Strategy<Value = AccountEvent> {
    let minor = || 1_i64..1_000_000_000_000;
    let days = || (0_i8..90).prop_map(|day| DAY.saturating_add(jiff::Span::new().days(day)));
    prop_oneof![
        (minor(), days()).prop_map(|(minor, day)| deposited_on(day, &money(minor).amount())),
        (minor(), days()).prop_map(|(minor, day)| withdrawn_on(day, &money(minor).amount())),
        minor().prop_map(|minor| fee(&money(minor).amount())),
        minor().prop_map(|minor| interest(&money(minor).amount())),
        (any::<bool>(), minor()).prop_map(|(credit, minor)| {
            reversed(3, if credit { Direction::Credit } else { Direction::Debit }, &money(minor).amount())
        }),
        (0_u128..5, minor()).prop_map(|(number, minor)| held(number, &money(minor).amount(), None)),
        (0_u128..5, minor()).prop_map(|(number, minor)| captured(
            number,
            &money(minor).amount(),
            &money(minor).amount()
        )),
    ]
}

proptest! {
    #[test]
    fn the_last_entrys_balance_the_accounts_balance_and_the_sum_of_its_months_are_one(history in prop::collection::vec(events(), 1..60)) {
        let events: Vec<_> = [opened()].into_iter().chain(history).collect();
        let mut account = BankAccount::default();
        events.iter().for_each(|event| account.evolve(event));

        let entries: Vec<TransactionRow> = rows_of(&AccountTransactions, &events);
        let months: Vec<AccountMonthRow> = rows_of(&AccountMonths, &events);
        let accounts: Vec<AccountRow> = rows_of(&Accounts, &events);

        prop_assert_eq!(i128::from(accounts[0].balance_minor), account.balance_minor());
        prop_assert_eq!(entries.last().map_or(0, |entry| entry.balance_after_minor.into()), account.balance_minor());
        prop_assert_eq!(months.iter().map(|month| month.net_minor).sum::<i128>(), account.balance_minor());
        prop_assert_eq!(months.iter().map(|month| month.credit_count + month.debit_count).sum::<u64>(), entries.len() as u64);
        for pair in entries.windows(2) {
            let signed = if pair[1].direction == "credit" { pair[1].amount_minor } else { -pair[1].amount_minor };
            prop_assert_eq!(pair[1].balance_after_minor - pair[0].balance_after_minor, signed);
        }
    }

    #[test]
    fn over_a_statements_lines_the_balance_runs_from_opening_to_closing(history in prop::collection::vec(events(), 1..60)) {
        let events: Vec<_> = [opened()].into_iter().chain(history).collect();
        let mut entries: Vec<TransactionRow> = rows_of(&AccountTransactions, &events);
        entries.sort_by_key(|entry| (entry.business_date, entry.effective_at, entry.position));
        let mut opening = 0;
        for month in rows_of::<_, AccountMonthRow>(&AccountMonths, &events) {
            let mut running = RunningBalance::from_opening(opening);
            let lines = entries.iter().filter(|entry| khata_domain::accounts::Month::of(entry.business_date) == month.month);
            let closing = lines.fold(opening, |previous, line| {
                let after = running.after(line);
                assert_eq!(after - previous, if line.direction == "credit" { line.amount_minor.into() } else { -i128::from(line.amount_minor) });
                after
            });
            prop_assert_eq!(closing, opening + month.net_minor);
            opening = closing;
        }
        prop_assert_eq!(opening, entries.iter().map(TransactionRow::signed_minor).sum::<i128>());
    }

    #[test]
    fn states_that_were_stored_between_two_events_lead_to_the_same_rows(history in prop::collection::vec(events(), 1..40), cut in 0_usize..40) {
        let events: Vec<_> = [opened()].into_iter().chain(history).collect();
        prop_assert_eq!(state_after(&Accounts, &events, cut), state_after(&Accounts, &events, usize::MAX));
        prop_assert_eq!(state_after(&AccountTransactions, &events, cut), state_after(&AccountTransactions, &events, usize::MAX));
        prop_assert_eq!(state_after(&AccountMonths, &events, cut), state_after(&AccountMonths, &events, usize::MAX));
    }
}

/// The states by partition and the changes after all events, with the states stored and loaded before the
/// event numbered `cut`.
fn state_after<P: Projection>(
    projection: &P,
    events: &[AccountEvent],
    cut: usize,
) -> (String, Vec<RowChange>) {
    let (mut states, mut rows) = (BTreeMap::<String, P::State>::new(), RowChanges::default());
    for (index, event) in events.iter().enumerate() {
        if index == cut {
            states = serde_json::from_str(&serde_json::to_string(&states).unwrap()).unwrap();
        }
        let event = recorded(index as u64 + 1, event);
        if let Some(partition) = projection.partition(&event) {
            projection.fold(states.entry(partition.into_owned()).or_default(), &event, &mut rows).unwrap();
        }
    }
    states.iter().for_each(|(partition, state)| projection.summarize(partition, state, &mut rows));
    (serde_json::to_string(&states).unwrap(), rows.drain().collect())
}
