//! `account_months`: what each business month did to an account, for statements.
//!
//! The balance at the opening of a month is the sum of what all earlier months did, whenever their entries
//! were recorded; at its close it is that and the month's own.

use crate::{
    FoldError, Projection, Row, RowChanges, Table, TotalsQuery, Value, projection::event_of,
    query::Comparison, row,
};
use khata_application::Recorded;
use khata_domain::{
    Currency, WideMoney,
    accounts::{BankAccount, Direction, Month},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

row! {
    /// What one month did to one account.
    pub struct AccountMonthRow in "account_months", partition account_id, key [account_id, month] {
        /// `acc_…`
        pub account_id: String,
        /// By business date.
        pub month: Month,
        /// The currency of the sums.
        pub currency: Currency,
        /// The sum of all credits. Each fits 64 bits; together they need not.
        pub credits_minor: i128,
        /// The sum of all debits.
        pub debits_minor: i128,
        /// Credits minus debits.
        pub net_minor: i128,
        pub credit_count: u64,
        pub debit_count: u64,
    }
}

impl AccountMonthRow {
    /// The key of a month's row. A month without entries has none.
    pub fn key(account_id: &str, month: Month) -> Vec<Value> {
        vec![Value::Text(account_id.to_owned()), Value::Text(month.to_string())]
    }

    /// The sum is the balance at the opening of a month: what all earlier months did.
    pub fn opening_balance(account_id: &str, month: Month) -> TotalsQuery {
        TotalsQuery::of::<Self>(&["net_minor"])
            .only("account_id", Comparison::Equal, Value::Text(account_id.to_owned()))
            .only("month", Comparison::Below, Value::Text(month.to_string()))
    }

    /// The sum is the balance: what all months did.
    pub fn balance(account_id: &str) -> TotalsQuery {
        TotalsQuery::of::<Self>(&["net_minor"]).only(
            "account_id",
            Comparison::Equal,
            Value::Text(account_id.to_owned()),
        )
    }

    /// A sum of this month's account.
    pub fn sum(&self, minor: i128) -> WideMoney {
        WideMoney::from_minor(minor, self.currency)
    }
}

/// The projection behind [`AccountMonthRow`].
#[derive(Debug, Clone, Copy)]
pub struct AccountMonths;

/// The sums of one month of one account. No row shows a month without entries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct MonthTotals {
    currency: Option<Currency>,
    credits_minor: i128,
    debits_minor: i128,
    credit_count: u64,
    debit_count: u64,
}

impl Projection for AccountMonths {
    const NAME: &'static str = "account_months";
    const VERSION: u32 = 5;
    const TABLES: &'static [&'static Table] = &[AccountMonthRow::TABLE];
    type State = MonthTotals;

    /// Month and account, `1994-03/acc_…`: an account of fifty years has one small state for each month and
    /// not a large one, and those of one month, which are written together, lie together. An event that
    /// cannot be read belongs to the account as a whole, all of whose months are parked with it.
    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        match event.event::<BankAccount>()? {
            Ok(happened) => happened
                .entry()
                .map(|entry| partition_of(event.stream.id(), Month::of(entry.business_date)).into()),
            Err(_) => Some(event.stream.id().into()),
        }
    }

    /// The account, whichever month the event belongs to: statements of later months rest on it, too.
    fn parked_as(partition: &str) -> &str {
        partition.split_once('/').map_or(partition, |(_, account_id)| account_id)
    }

    fn fold(
        &self,
        state: &mut MonthTotals,
        event: &Recorded,
        _rows: &mut RowChanges,
    ) -> Result<(), FoldError> {
        if let Some(entry) = event_of::<BankAccount>(event)?.entry() {
            state.currency = Some(entry.amount.currency());
            state.add(entry.direction, entry.amount.minor());
        }
        Ok(())
    }

    fn summarize(&self, partition: &str, state: &MonthTotals, rows: &mut RowChanges) {
        if let (Some((account_id, month)), Some(currency)) = (account_and_month(partition), state.currency) {
            rows.upsert(state.row(account_id, month, currency));
        }
    }
}

fn partition_of(account_id: &str, month: Month) -> String {
    format!("{month}/{account_id}")
}

fn account_and_month(partition: &str) -> Option<(&str, Month)> {
    let (month, account_id) = partition.split_once('/')?;
    Some((account_id, month.parse().ok()?))
}

impl MonthTotals {
    fn add(&mut self, direction: Direction, minor: i64) {
        let (sum, count) = match direction {
            Direction::Credit => (&mut self.credits_minor, &mut self.credit_count),
            Direction::Debit => (&mut self.debits_minor, &mut self.debit_count),
        };
        *sum += i128::from(minor);
        *count += 1;
    }

    fn row(&self, account_id: &str, month: Month, currency: Currency) -> AccountMonthRow {
        AccountMonthRow {
            account_id: account_id.to_owned(),
            month,
            currency,
            credits_minor: self.credits_minor,
            debits_minor: self.debits_minor,
            net_minor: self.credits_minor - self.debits_minor,
            credit_count: self.credit_count,
            debit_count: self.debit_count,
        }
    }
}
