//! The row of an account, and the questions asked of it.

use crate::{
    Value,
    cell::Json,
    query::{Comparison, Filter},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    Currency, Money, WideMoney,
    ids::{CustomerId, HoldId},
};
use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

row! {
    /// How an account stands.
    pub struct AccountRow in "accounts", partition account_id, owner customer_id, key [account_id],
        index [customer_id, account_id],
        index [status, account_id],
        index [account_type, account_id] {
        /// `acc_…`
        pub account_id: String,
        /// Whose it is, `cus_…`.
        pub customer_id: String,
        /// `individual` or `business`.
        pub customer_type: String,
        /// `savings`, `premium`, `business`, `business_premium`.
        pub account_type: String,
        /// `active`, `frozen`, `closed`.
        pub status: String,
        /// The currency of all its amounts.
        pub currency: Currency,
        /// How many decimals its amounts have: minor units compare only among currencies with as many.
        pub currency_digits: u32,
        /// The sum of all entries.
        pub balance_minor: i64,
        pub minimum_balance_minor: i64,
        /// How far below zero it may go.
        pub overdraft_limit_minor: i64,
        /// What may be debited per business date.
        pub daily_limit_minor: i64,
        /// Money set aside, in the order of placing, with holds that may have run out since.
        pub holds: Json<Vec<HeldAmount>>,
        /// Who may sign, `cus_…`, the opener first.
        pub signatories: Json<Vec<CustomerId>>,
        /// The business date of the opening.
        pub opened_on: Date,
        /// The business time of the opening.
        pub opened_at: Timestamp,
        /// The version of the account's stream that the row shows.
        pub version: u64,
        /// When the last event was recorded.
        pub updated_at: Timestamp,
    }
}

/// Money set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldAmount {
    /// `hold_…`
    pub hold_id: HoldId,
    pub amount: Money,
    /// From this instant on it no longer counts.
    pub expires_at: Option<Timestamp>,
}

impl AccountRow {
    /// The holds that still count at an instant.
    pub fn active_holds(&self, at: Timestamp) -> impl Iterator<Item = &HeldAmount> {
        self.holds.0.iter().filter(move |hold| hold.expires_at.is_none_or(|expires_at| at < expires_at))
    }

    /// What can be debited at an instant as far as funds go: balance + overdraft limit - minimum balance -
    /// holds that still count.
    pub fn available_minor(&self, at: Timestamp) -> i128 {
        let held: i128 = self.active_holds(at).map(|hold| i128::from(hold.amount.minor())).sum();
        i128::from(self.balance_minor) + i128::from(self.overdraft_limit_minor)
            - i128::from(self.minimum_balance_minor)
            - held
    }

    /// A sum of this account.
    pub fn sum(&self, minor: i128) -> WideMoney {
        WideMoney::from_minor(minor, self.currency)
    }

    /// An amount of this account.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// Accounts whose balance is at least so many major units of their own currency.
pub fn balance_at_least(major: Decimal) -> Filter {
    let of_currencies_with = |digits: u32| {
        let minor = major.checked_mul(Decimal::from(10_i64.pow(digits)));
        let minor = minor.and_then(|minor| {
            i64::try_from(minor.round_dp_with_strategy(0, RoundingStrategy::ToPositiveInfinity)).ok()
        });
        // No balance reaches what 64 bits do not hold, and every balance passes what lies below them.
        let bound = minor.or((major.is_sign_negative()).then_some(i64::MIN))?;
        let digits = Filter::Is("currency_digits", Comparison::Equal, Value::Integer(digits.into()));
        Some(vec![digits, Filter::Is("balance_minor", Comparison::AtLeast, Value::Integer(bound))])
    };
    Filter::AnyOf([0, 2, 3].into_iter().filter_map(of_currencies_with).collect())
}
