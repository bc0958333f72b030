//! The numbers of the rules that a house may choose, all contexts' in one place: what stands under `[rules]`
//! of `khata.toml`, and in every change of the settings.
//!
//! They are part of a stored event. A new number raises the schema version of `settings_changed`, with an
//! upcaster that says what held before there was one.

use crate::{
    Currency,
    accounts::{AccountType, Products},
    cards::CardProduct,
    customers::customer::REQUIRED_DOCUMENTS,
    fraud::FraudNumbers,
    lending::LendingTerms,
    orders::order::DELIVERY_DAYS,
    payments::{MOST_FEE, PaymentNumbers},
};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// The numbers that a house may choose.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    pub customers: CustomerNumbers,
    /// What each account type offers.
    pub accounts: Products,
    /// What approvals of loans are measured by.
    pub lending: LendingTerms,
    /// What new cards are issued on.
    pub cards: CardProduct,
    pub orders: OrderNumbers,
    pub payments: PaymentNumbers,
    /// What decides whether something looks like fraud.
    pub fraud: FraudNumbers,
}

/// The numbers of onboarding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CustomerNumbers {
    /// How many documents of different kinds a new customer shows at least.
    pub required_documents: u32,
}

impl Default for CustomerNumbers {
    fn default() -> Self {
        Self { required_documents: REQUIRED_DOCUMENTS }
    }
}

/// The numbers of orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrderNumbers {
    /// How many days after its confirmation an order is expected to be there.
    pub delivery_days: u16,
}

impl Default for OrderNumbers {
    fn default() -> Self {
        Self { delivery_days: DELIVERY_DAYS }
    }
}

/// Rules that nothing can be decided by.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: {reason}")]
pub struct RulesError {
    /// Which of them, `accounts.savings`.
    pub rule: String,
    /// What is wrong with it.
    pub reason: String,
}

impl Rules {
    /// Whether they can be decided by. Amounts are in major units of whatever currency: what fits one with the most decimals
    /// fits all.
    ///
    /// # Errors
    /// The first rule that makes no sense.
    pub fn check(&self) -> Result<(), RulesError> {
        let currency: Currency = "KWD".parse().map_err(|error| wrong("accounts", &error))?;
        for account_type in AccountType::ALL {
            self.accounts
                .terms(account_type, currency)
                .map_err(|error| wrong(&format!("accounts.{}", account_type.name()), &error))?;
        }
        self.cards.terms(currency).map_err(|error| wrong("cards", &error))?;
        self.lending.limit(currency).map_err(|error| wrong("lending", &error))?;
        self.lending.automatic_limit(currency).map_err(|error| wrong("lending", &error))?;
        self.lending.failed_debit_fee(currency).map_err(|error| wrong("lending", &error))?;
        if self.lending.automatic_rejection_below > self.lending.automatic_approval_from {
            return Err(wrong("lending.automatic_rejection_below", &"it is above automatic_approval_from"));
        }
        for (name, amount) in self.amounts() {
            if amount < Decimal::ZERO {
                return Err(wrong(&name, &"it is negative"));
            }
        }
        for (name, fee) in self.payments.fees() {
            if fee > Decimal::from(MOST_FEE) {
                return Err(wrong(&format!("payments.{name}"), &format!("it is more than {MOST_FEE}")));
            }
        }
        self.fraud.check().map_err(|error| wrong("fraud", &error))?;
        Ok(())
    }

    /// All limits and fees, by their names.
    fn amounts(&self) -> impl Iterator<Item = (String, Decimal)> + '_ {
        let of_products = AccountType::ALL.into_iter().flat_map(|account_type| {
            let named = move |(name, amount)| (format!("accounts.{}.{name}", account_type.name()), amount);
            self.accounts.product(account_type).amounts().map(named)
        });
        let of_payments = self.payments.fees().map(|(name, fee)| (format!("payments.{name}"), fee));
        let others = [
            ("cards.minimum_due_floor", self.cards.minimum_due_floor),
            ("cards.daily_online_limit", self.cards.daily_online_limit),
            ("lending.officer_limit", self.lending.officer_limit),
            ("lending.overdue_penalty", self.lending.overdue_penalty),
            ("lending.failed_debit_fee", self.lending.failed_debit_fee),
            ("lending.automatic_approval_up_to", self.lending.automatic_approval_up_to),
        ];
        of_products.chain(of_payments).chain(others.map(|(name, amount)| (name.to_owned(), amount)))
    }
}

fn wrong(rule: &str, reason: &dyn std::fmt::Display) -> RulesError {
    RulesError { rule: rule.to_owned(), reason: reason.to_string() }
}
