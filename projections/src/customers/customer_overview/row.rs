//! The row of a customer's overview, and the question for all of one customer's.

use crate::{
    Column, ColumnType, Query, Row, Table, Value,
    cell::{Cell, next},
    query::Comparison,
};
use khata_domain::{Currency, WideMoney};

/// What a customer has with the house in one currency. Each amount fits 64 bits; their sums need not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerTotalsRow {
    /// `cus_…`
    pub customer_id: String,
    /// The currency of all amounts here.
    pub currency: Currency,
    /// The customer's present name.
    pub customer_name: String,
    /// Accounts that are not closed.
    pub open_accounts: i64,
    /// What is in all accounts; negative where they are overdrawn.
    pub balance_minor: i128,
    /// Loans that are paid out and not ended.
    pub running_loans: i64,
    /// The principal that is still owed for them, without interest, penalties and fees.
    pub loan_principal_minor: i128,
    /// Cards that are not closed.
    pub open_cards: i64,
    /// What is owed on them; negative where too much was paid.
    pub card_outstanding_minor: i128,
    /// Orders that were placed and not cancelled.
    pub orders: i64,
    /// What they are worth, less what was refunded of them.
    pub order_value_minor: i128,
    /// What was refunded in all, of cancelled orders too.
    pub refunded_minor: i128,
}

impl CustomerTotalsRow {
    /// The most currencies shown of one customer; there are fewer in the world.
    const CURRENCIES: usize = 200;

    /// All rows of a customer, by currency.
    pub fn of_customer(customer_id: &str) -> Query {
        Query::of::<Self>(Self::CURRENCIES).only("customer_id", Comparison::Equal, Value::Text(customer_id.to_owned()))
    }

    /// A sum of this row.
    pub fn sum(&self, minor: i128) -> WideMoney {
        WideMoney::from_minor(minor, self.currency)
    }
}

impl Row for CustomerTotalsRow {
    const TABLE: &'static Table = &Table {
        name: "customer_overview",
        partition: "customer_id",
        columns: &[
            Column::new("customer_id", ColumnType::Text),
            Column::new("currency", ColumnType::Text),
            Column::new("customer_name", ColumnType::Text),
            Column::new("open_accounts", ColumnType::Integer),
            Column::new("balance_minor", ColumnType::Wide),
            Column::new("running_loans", ColumnType::Integer),
            Column::new("loan_principal_minor", ColumnType::Wide),
            Column::new("open_cards", ColumnType::Integer),
            Column::new("card_outstanding_minor", ColumnType::Wide),
            Column::new("orders", ColumnType::Integer),
            Column::new("order_value_minor", ColumnType::Wide),
            Column::new("refunded_minor", ColumnType::Wide),
        ],
        key: &["customer_id", "currency"],
        indexes: &[],
    };

    fn into_values(self) -> Vec<Value> {
        vec![
            self.customer_id.into_value(),
            self.currency.code().to_owned().into_value(),
            self.customer_name.into_value(),
            self.open_accounts.into_value(),
            self.balance_minor.into_value(),
            self.running_loans.into_value(),
            self.loan_principal_minor.into_value(),
            self.open_cards.into_value(),
            self.card_outstanding_minor.into_value(),
            self.orders.into_value(),
            self.order_value_minor.into_value(),
            self.refunded_minor.into_value(),
        ]
    }

    fn from_values(values: Vec<Value>) -> Option<Self> {
        let values = &mut values.into_iter();
        Some(Self {
            customer_id: next(values)?,
            currency: next::<String>(values)?.parse().ok()?,
            customer_name: next(values)?,
            open_accounts: next(values)?,
            balance_minor: next(values)?,
            running_loans: next(values)?,
            loan_principal_minor: next(values)?,
            open_cards: next(values)?,
            card_outstanding_minor: next(values)?,
            orders: next(values)?,
            order_value_minor: next(values)?,
            refunded_minor: next(values)?,
        })
    }
}
