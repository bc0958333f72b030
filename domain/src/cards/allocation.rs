//! How an entry spreads over the parts of what is owed on a card: cash, purchases, interest and fees, and the
//! cardholder's credit.

use crate::{Currency, Money};
use serde::{Deserialize, Serialize};

/// The parts that one entry changes, as positive amounts that sum up to the entry's; a part without a change
/// is absent.
///
/// A debit raises the debts and uses up credit; a credit lowers the debts and builds credit up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Allocation {
    /// Cash drawn at machines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cash: Option<Money>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub purchases: Option<Money>,
    /// Interest and fees.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub charges: Option<Money>,
    /// What the bank owes the cardholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<Money>,
}

impl Allocation {
    /// An allocation from its parts in minor units; parts of nothing are left out.
    pub(crate) fn of(parts: Parts, currency: Currency) -> Self {
        let part = |minor: i64| (minor != 0).then(|| Money::from_minor(minor, currency));
        Self {
            cash: part(parts.cash),
            purchases: part(parts.purchases),
            charges: part(parts.charges),
            credit: part(parts.credit),
        }
    }

    /// The parts in minor units.
    pub fn parts(&self) -> Parts {
        let minor = |part: Option<Money>| part.map_or(0, Money::minor);
        Parts {
            cash: minor(self.cash),
            purchases: minor(self.purchases),
            charges: minor(self.charges),
            credit: minor(self.credit),
        }
    }
}

/// Parts of a balance, or of a change of it, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parts {
    /// Cash drawn at machines.
    pub cash: i64,
    pub purchases: i64,
    /// Interest and fees.
    pub charges: i64,
    /// What the bank owes the cardholder.
    pub credit: i64,
}

impl Parts {
    /// What is owed: debts minus credit.
    pub fn outstanding(&self) -> i128 {
        i128::from(self.cash) + i128::from(self.purchases) + i128::from(self.charges)
            - i128::from(self.credit)
    }

    /// All parts together.
    pub(crate) fn total(&self) -> i128 {
        i128::from(self.cash)
            + i128::from(self.purchases)
            + i128::from(self.charges)
            + i128::from(self.credit)
    }

    /// Adds a change to the debts and takes its credit away, or with `sign` -1 the other way round. Stays
    /// within 64 bits.
    pub fn change(&mut self, by: Self, sign: i64) {
        let add = |part: &mut i64, minor: i64| *part = part.saturating_add(minor.saturating_mul(sign));
        add(&mut self.cash, by.cash);
        add(&mut self.purchases, by.purchases);
        add(&mut self.charges, by.charges);
        add(&mut self.credit, by.credit.saturating_neg());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debit_raises_debts_and_uses_credit_up_and_a_credit_does_the_opposite() {
        let mut balance = Parts { cash: 1, purchases: 2, charges: 3, credit: 10 };
        let change = Parts { cash: 10, purchases: 20, charges: 30, credit: 4 };
        balance.change(change, 1);
        assert_eq!(balance, Parts { cash: 11, purchases: 22, charges: 33, credit: 6 });
        assert_eq!(balance.outstanding(), 60);
        balance.change(change, -1);
        assert_eq!(balance, Parts { cash: 1, purchases: 2, charges: 3, credit: 10 });
    }

    #[test]
    fn an_allocation_leaves_out_what_does_not_change() {
        let currency = "INR".parse().unwrap();
        let parts = Parts { purchases: 5, ..Parts::default() };
        let allocation = Allocation::of(parts, currency);
        assert_eq!(
            serde_json::to_string(&allocation).unwrap(),
            r#"{"purchases":{"amount":"0.05","currency":"INR"}}"#
        );
        assert_eq!(allocation.parts(), parts);
    }
}
