//! Products: what an account type offers by default. The only place that knows the defaults' numbers; an
//! account keeps the terms it was opened on, so that changing a default changes no past.

use super::InterestRates;
use crate::{Currency, Money, Percent, money::MoneyError, names::names};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

names! {
    /// The products.
    pub enum AccountType {
        /// For individuals.
        Savings = "savings",
        /// For individuals, with higher limits.
        Premium = "premium",
        /// For businesses: overdraft, signatories, fees.
        Business = "business",
        /// For businesses, with a higher rate.
        BusinessPremium = "business_premium",
    }
}

impl AccountType {
    /// Who may hold it.
    pub const fn customer_type(self) -> CustomerType {
        match self {
            Self::Savings | Self::Premium => CustomerType::Individual,
            Self::Business | Self::BusinessPremium => CustomerType::Business,
        }
    }

    /// Whether it may be overdrawn by agreement.
    pub const fn allows_overdraft(self) -> bool {
        matches!(self.customer_type(), CustomerType::Business)
    }
}

names! {
    /// What kind of customer holds an account, as the account knows it.
    pub enum CustomerType {
        /// A person.
        Individual = "individual",
        /// A business.
        Business = "business",
    }
}

/// What an account is opened on. All amounts are in the account's currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    pub interest: InterestRates,
    /// What may be debited per business date.
    pub daily_limit: Money,
    pub minimum_balance: Money,
    /// How far below zero it may go.
    pub overdraft_limit: Money,
    /// What it costs each month, if anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maintenance_fee: Option<Money>,
    /// How many transactions a month are free, if not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub transaction_quota: Option<TransactionQuota>,
}

/// Free transactions per calendar month, and what each further one costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionQuota {
    /// So many a month are free.
    pub free_per_month: u32,
    /// What each further one costs.
    pub fee: Money,
}

/// The defaults of all products, in major units of whatever currency an account has.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Products {
    pub savings: Product,
    pub premium: Product,
    /// Business accounts.
    pub business: Product,
    /// Premium business accounts.
    pub business_premium: Product,
}

/// The defaults of one product. Amounts are in major units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Product {
    /// Rates by the height of the whole balance, rising; the last one without a bound.
    pub rates: Vec<ProductRate>,
    /// What may be debited per business date.
    pub daily_limit: Decimal,
    #[serde(default)]
    pub minimum_balance: Decimal,
    /// How far below zero a new account may go.
    #[serde(default)]
    pub overdraft_limit: Decimal,
    /// What it costs each month; 0 for nothing.
    #[serde(default)]
    pub maintenance_fee: Decimal,
    /// So many transactions a month are free; nothing for all.
    #[serde(default)]
    pub free_transactions: Option<u32>,
    /// What each further transaction costs.
    #[serde(default)]
    pub transaction_fee: Decimal,
}

/// The rate of balances up to a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductRate {
    /// The highest balance that it counts for, in major units; nothing for all that are left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<Decimal>,
    /// Percent per year.
    pub rate: Percent,
}

/// A configured product that cannot be offered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProductError {
    /// An amount does not fit the currency.
    #[error("a configured amount does not fit: {0}")]
    Amount(#[from] MoneyError),
    /// The rates do not cover every balance once.
    #[error("the configured rates do not fit: {0}")]
    Rates(#[from] super::interest_rates::RateTiersError),
}

impl Products {
    /// The terms of a new account.
    ///
    /// # Errors
    /// A configured amount beyond 64 bits of minor units, or rates that do not cover every balance exactly
    /// once.
    pub fn terms(&self, account_type: AccountType, currency: Currency) -> Result<Terms, ProductError> {
        self.product(account_type).terms(currency)
    }

    pub(crate) fn product(&self, account_type: AccountType) -> &Product {
        match account_type {
            AccountType::Savings => &self.savings,
            AccountType::Premium => &self.premium,
            AccountType::Business => &self.business,
            AccountType::BusinessPremium => &self.business_premium,
        }
    }
}

impl Product {
    /// Limits and fees by their names.
    pub(crate) fn amounts(&self) -> [(&'static str, Decimal); 5] {
        [
            ("daily_limit", self.daily_limit),
            ("minimum_balance", self.minimum_balance),
            ("overdraft_limit", self.overdraft_limit),
            ("maintenance_fee", self.maintenance_fee),
            ("transaction_fee", self.transaction_fee),
        ]
    }

    fn terms(&self, currency: Currency) -> Result<Terms, ProductError> {
        let money = |major: Decimal| Money::round_half_even(major, currency);
        let tier = |tier: &ProductRate| {
            Ok(super::RateTier { up_to: tier.up_to.map(money).transpose()?, rate: tier.rate })
        };
        let tiers: Result<Vec<_>, MoneyError> = self.rates.iter().map(tier).collect();
        let quota = |free_per_month| {
            Ok::<_, MoneyError>(TransactionQuota { free_per_month, fee: money(self.transaction_fee)? })
        };
        Ok(Terms {
            interest: InterestRates::try_tiered(tiers?)?,
            daily_limit: money(self.daily_limit)?,
            minimum_balance: money(self.minimum_balance)?,
            overdraft_limit: money(self.overdraft_limit)?,
            maintenance_fee: Some(money(self.maintenance_fee)?).filter(|fee| fee.is_positive()),
            transaction_quota: self
                .free_transactions
                .map(quota)
                .transpose()?
                .filter(|quota| quota.fee.is_positive()),
        })
    }

    fn plain(rate_basis_points: u16, daily_limit: u32) -> Self {
        Self {
            rates: vec![ProductRate { up_to: None, rate: Percent::from_basis_points(rate_basis_points) }],
            daily_limit: daily_limit.into(),
            minimum_balance: Decimal::ZERO,
            overdraft_limit: Decimal::ZERO,
            maintenance_fee: Decimal::ZERO,
            free_transactions: None,
            transaction_fee: Decimal::ZERO,
        }
    }

    fn for_business(rate_basis_points: u16, maintenance_fee: u32, transaction_fee: u32) -> Self {
        Self {
            maintenance_fee: maintenance_fee.into(),
            free_transactions: Some(200),
            transaction_fee: transaction_fee.into(),
            ..Self::plain(rate_basis_points, 5_000_000)
        }
    }
}

impl Default for Products {
    fn default() -> Self {
        Self {
            savings: Product::plain(200, 200_000),
            premium: Product::plain(250, 1_000_000),
            business: Product::for_business(150, 500, 10),
            business_premium: Product::for_business(200, 1_000, 5),
        }
    }
}
