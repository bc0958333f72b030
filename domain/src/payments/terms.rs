//! The numbers that payments are made by.

use crate::{Currency, Money, money::MoneyError};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// What payments cost and how far ahead they can be planned. Amounts are in major units of whatever currency.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentNumbers {
    /// What a payment to another account of the bank costs.
    pub internal_fee: Decimal,
    /// What a payment to another bank costs.
    pub external_fee: Decimal,
    /// For a day at most so many days ahead a payment can be ordered.
    pub days_ahead: u16,
    pub gateway: GatewayNumbers,
}

/// What is believed of a gateway to other banks, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayNumbers {
    /// For so many hours it knows a payment again that is sent once more.
    pub key_window_hours: u16,
    /// So many minutes after a payment was sent it may not know it yet.
    pub quiet_minutes: u16,
    /// So often it must have said that it knows no such payment.
    pub inquiries: u32,
}

impl Default for GatewayNumbers {
    fn default() -> Self {
        Self { key_window_hours: 24, quiet_minutes: 15, inquiries: 3 }
    }
}

impl Default for PaymentNumbers {
    fn default() -> Self {
        Self {
            internal_fee: Decimal::ZERO,
            external_fee: Decimal::ZERO,
            days_ahead: 366,
            gateway: GatewayNumbers::default(),
        }
    }
}

/// The most that a payment can cost, in major units: more is a misprint.
pub(crate) const MOST_FEE: u32 = 1_000_000;

impl PaymentNumbers {
    /// What payments cost, by the names of these numbers.
    pub(crate) fn fees(&self) -> [(&'static str, Decimal); 2] {
        [("internal_fee", self.internal_fee), ("external_fee", self.external_fee)]
    }

    /// What a payment to another account of the bank costs.
    ///
    /// # Errors
    /// The configured amount is beyond 64 bits of minor units.
    pub fn internal_fee(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::round_half_even(self.internal_fee, currency)
    }

    /// What a payment to another bank costs.
    ///
    /// # Errors
    /// The configured amount is beyond 64 bits of minor units.
    pub fn external_fee(&self, currency: Currency) -> Result<Money, MoneyError> {
        Money::round_half_even(self.external_fee, currency)
    }
}
