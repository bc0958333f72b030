//! What kind of customer orders, and how they pay.

use crate::names::names;

names! {
    /// How well the shop knows a customer.
    pub enum CustomerTier {
        /// Has not ordered before, or not often: orders are short.
        New = "new",
        /// Is known.
        Regular = "regular",
        /// Is well known.
        Premium = "premium",
    }
}

/// The most lines of an order.
const MAX_LINES: u32 = 50;
/// The most lines of a new customer's order.
const MAX_LINES_OF_NEW: u32 = 10;

impl CustomerTier {
    /// The most lines that an order of such a customer has: 10 of a new one, 50 of any other.
    pub const fn line_limit(self) -> u32 {
        match self {
            Self::New => MAX_LINES_OF_NEW,
            Self::Regular | Self::Premium => MAX_LINES,
        }
    }
}

names! {
    /// The ways to pay for an order.
    pub enum PaymentMethod {
        /// By credit or debit card.
        Card = "card",
        /// By transfer from a bank account.
        BankTransfer = "bank_transfer",
        /// From an electronic purse.
        Wallet = "wallet",
        /// Through the Unified Payments Interface.
        Upi = "upi",
        /// To whoever brings it: such an order is confirmed and shipped unpaid.
        CashOnDelivery = "cash_on_delivery",
    }
}

impl PaymentMethod {
    /// Whether the money comes only once the goods are there, so that an order goes on without it.
    pub const fn settles_later(self) -> bool {
        matches!(self, Self::CashOnDelivery)
    }
}
