//! What a merchant asks of a card, and what the answer can be.

use crate::{Money, Text};
use serde::{Deserialize, Serialize};
use std::fmt;

/// How the network names a merchant.
pub type MerchantId = Text<64>;
/// What a merchant deals in, in the network's words, e.g. `grocery`; letter case makes no difference.
pub type MerchantCategory = Text<64>;

/// Where the card is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseChannel {
    /// At a merchant's terminal.
    Pos,
    /// Over the network; counts towards the daily online limit.
    Online,
    /// Cash from a machine: it bears interest from the first day, and no points.
    Atm,
}

impl PurchaseChannel {
    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pos => "pos",
            Self::Online => "online",
            Self::Atm => "atm",
        }
    }
}

/// What the fraud check said. It is a fact from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FraudVerdict {
    /// Nothing stands against it, or nobody was asked.
    #[default]
    Clear,
    /// Somebody should look at it afterwards: authorised and flagged.
    Review,
    /// Somebody else is using the card: declined.
    Suspected,
}

impl FraudVerdict {
    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Review => "review",
            Self::Suspected => "suspected",
        }
    }
}

/// What is asked for: two requests are the same if all of this is the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// How much; more than nothing.
    pub amount: Money,
    pub merchant_id: MerchantId,
    /// What the merchant deals in.
    pub category: MerchantCategory,
    /// Where the card is used.
    pub channel: PurchaseChannel,
    /// What the fraud check said.
    pub fraud_verdict: FraudVerdict,
}

/// Why an authorisation is declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeclineReason {
    /// The card is issued and not activated yet, blocked, or closed.
    CardNotActive,
    /// More than the available credit.
    InsufficientCreditLimit,
    /// More than what is left of the day's limit for purchases over the network.
    DailyOnlineLimitExceeded,
    /// The fraud check said so.
    SuspectedFraud,
}

impl DeclineReason {
    /// Its name as events and answers write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CardNotActive => "card_not_active",
            Self::InsufficientCreditLimit => "insufficient_credit_limit",
            Self::DailyOnlineLimitExceeded => "daily_online_limit_exceeded",
            Self::SuspectedFraud => "suspected_fraud",
        }
    }
}

impl fmt::Display for DeclineReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
