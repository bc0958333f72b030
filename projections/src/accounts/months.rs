//! `account_months`: what each business month did to an account, for statements.
//!
//! The balance at the opening of a month is the sum of what all earlier months did, whenever their entries were recorded; at its
//! close it is that and the month's own.

use super::{account_event, account_of, out_of_range};
use crate::{
    Column, ColumnType, FoldError, Projection, Row, RowChanges, Table, TotalsQuery, Value,
    cell::{Cell, next},
    query::Comparison,
};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    accounts::{Direction, Month},
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// What one month did to one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountMonthRow {
    /// `acc_…`
    pub account_id: String,
    /// By business date.
    pub month: Month,
    /// The currency of the sums.
    pub currency: Currency,
    /// The sum of all credits.
    pub credits_minor: i64,
    /// The sum of all debits.
    pub debits_minor: i64,
    /// Credits minus debits.
    pub net_minor: i64,
    /// How many credits.
    pub credit_count: u64,
    /// How many debits.
    pub debit_count: u64,
}

impl AccountMonthRow {
    /// The key of a month's row. A month without entries has none.
    pub fn key(account_id: &str, month: Month) -> Vec<Value> {
        vec![Value::Text(account_id.to_owned()), Value::Text(month.to_string())]
    }

    /// The sum is the balance at the opening of a month: what all earlier months did.
    pub fn opening_balance(account_id: &str, month: Month) -> TotalsQuery {
        TotalsQuery::of::<Self>(&["net_minor"]).only("account_id", Comparison::Equal, Value::Text(account_id.to_owned())).only(
            "month",
            Comparison::Below,
            Value::Text(month.to_string()),
        )
    }

    /// An amount of this month's account.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

impl Row for AccountMonthRow {
    const TABLE: &'static Table = &Table {
        name: "account_months",
        columns: &[
            Column::new("account_id", ColumnType::Text),
            Column::new("month", ColumnType::Text),
            Column::new("currency", ColumnType::Text),
            Column::new("credits_minor", ColumnType::Integer),
            Column::new("debits_minor", ColumnType::Integer),
            Column::new("net_minor", ColumnType::Integer),
            Column::new("credit_count", ColumnType::Integer),
            Column::new("debit_count", ColumnType::Integer),
        ],
        key: &["account_id", "month"],
        indexes: &[],
    };

    fn into_values(self) -> Vec<Value> {
        vec![
            self.account_id.into_value(),
            self.month.to_string().into_value(),
            self.currency.code().to_owned().into_value(),
            self.credits_minor.into_value(),
            self.debits_minor.into_value(),
            self.net_minor.into_value(),
            self.credit_count.into_value(),
            self.debit_count.into_value(),
        ]
    }

    fn from_values(values: Vec<Value>) -> Option<Self> {
        let values = &mut values.into_iter();
        Some(Self {
            account_id: next(values)?,
            month: next::<String>(values)?.parse().ok()?,
            currency: next::<String>(values)?.parse().ok()?,
            credits_minor: next(values)?,
            debits_minor: next(values)?,
            net_minor: next(values)?,
            credit_count: next(values)?,
            debit_count: next(values)?,
        })
    }
}

/// The projection behind [`AccountMonthRow`].
#[derive(Debug, Clone, Copy)]
pub struct AccountMonths;

/// The months of one account, in order.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Months(Vec<MonthTotals>);

/// The sums of a month.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct MonthTotals {
    month: Month,
    credits_minor: i64,
    debits_minor: i64,
    credit_count: u64,
    debit_count: u64,
}

impl Projection for AccountMonths {
    const NAME: &'static str = "account_months";
    const VERSION: u32 = 1;
    const TABLES: &'static [&'static Table] = &[AccountMonthRow::TABLE];
    type State = Months;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        account_of(event)
    }

    fn fold(&self, state: &mut Months, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        if let Some(entry) = account_event(event)?.entry() {
            let totals = state.of(Month::of(entry.business_date));
            totals.add(entry.direction, entry.amount.minor())?;
            rows.upsert(totals.row(event.stream.id(), entry.amount.currency()));
        }
        Ok(())
    }
}

impl Months {
    fn of(&mut self, month: Month) -> &mut MonthTotals {
        let index = match self.0.last() {
            Some(last) if last.month == month => self.0.len() - 1,
            _ => match self.0.binary_search_by_key(&month, |totals| totals.month) {
                Ok(index) => index,
                Err(index) => {
                    self.0.insert(index, MonthTotals { month, credits_minor: 0, debits_minor: 0, credit_count: 0, debit_count: 0 });
                    index
                }
            },
        };
        &mut self.0[index]
    }
}

impl MonthTotals {
    fn add(&mut self, direction: Direction, minor: i64) -> Result<(), FoldError> {
        let (sum, count) = match direction {
            Direction::Credit => (&mut self.credits_minor, &mut self.credit_count),
            Direction::Debit => (&mut self.debits_minor, &mut self.debit_count),
        };
        *sum = sum.checked_add(minor).ok_or_else(|| out_of_range("month's sum"))?;
        *count += 1;
        Ok(())
    }

    fn row(&self, account_id: &str, currency: Currency) -> AccountMonthRow {
        AccountMonthRow {
            account_id: account_id.to_owned(),
            month: self.month,
            currency,
            credits_minor: self.credits_minor,
            debits_minor: self.debits_minor,
            // Both sums lie between zero and the end of 64 bits, so their difference is within them.
            net_minor: self.credits_minor - self.debits_minor,
            credit_count: self.credit_count,
            debit_count: self.debit_count,
        }
    }
}
