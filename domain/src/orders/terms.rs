//! What kind of customer orders, and how they pay.

use serde::{Deserialize, Serialize};
use std::fmt;

/// How well the shop knows a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerTier {
    /// Has not ordered before, or not often: orders are short.
    New,
    /// Is known.
    Regular,
    /// Is well known.
    Premium,
}

/// The most lines of an order.
const MAX_LINES: u32 = 50;
/// The most lines of a new customer's order.
const MAX_LINES_OF_NEW: u32 = 10;

impl CustomerTier {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::New, Self::Regular, Self::Premium];

    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Regular => "regular",
            Self::Premium => "premium",
        }
    }

    /// The most lines that an order of such a customer has: 10 of a new one, 50 of any other.
    pub const fn line_limit(self) -> u32 {
        match self {
            Self::New => MAX_LINES_OF_NEW,
            Self::Regular | Self::Premium => MAX_LINES,
        }
    }
}

impl fmt::Display for CustomerTier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How an order is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// By credit or debit card.
    Card,
    /// By transfer from a bank account.
    BankTransfer,
    /// From an electronic purse.
    Wallet,
    /// Through the Unified Payments Interface.
    Upi,
    /// To whoever brings it.
    CashOnDelivery,
}

impl PaymentMethod {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Card, Self::BankTransfer, Self::Wallet, Self::Upi, Self::CashOnDelivery];

    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Card => "card",
            Self::BankTransfer => "bank_transfer",
            Self::Wallet => "wallet",
            Self::Upi => "upi",
            Self::CashOnDelivery => "cash_on_delivery",
        }
    }

    /// Whether the money comes only once the goods are there, so that an order goes on without it.
    pub const fn settles_later(self) -> bool {
        matches!(self, Self::CashOnDelivery)
    }
}
