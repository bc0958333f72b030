//! The row of a customer's overview, and the question for all of one customer's.

use crate::{Query, Value, query::Comparison, row};
use khata_domain::{Currency, WideMoney};

row! {
    /// What a customer has with the house in one currency. Each amount fits 64 bits; their sums need not.
    pub struct CustomerTotalsRow in "customer_overview", partition customer_id, owner customer_id, key [customer_id, currency] {
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
}

impl CustomerTotalsRow {
    /// The most currencies shown of one customer; there are fewer in the world.
    const CURRENCIES: usize = 200;

    /// All rows of a customer, by currency.
    pub fn of_customer(customer_id: &str) -> Query {
        Query::of::<Self>(Self::CURRENCIES).only(
            "customer_id",
            Comparison::Equal,
            Value::Text(customer_id.to_owned()),
        )
    }

    /// A sum of this row.
    pub fn sum(&self, minor: i128) -> WideMoney {
        WideMoney::from_minor(minor, self.currency)
    }
}
