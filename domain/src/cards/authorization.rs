//! What a merchant asks of a card, and what the answer can be.

use crate::{Money, Text, names::names};
use serde::{Deserialize, Serialize};

/// How the network names a merchant.
pub type MerchantId = Text<64>;
/// What a merchant deals in, in the network's words, e.g. `grocery`; letter case makes no difference.
pub type MerchantCategory = Text<64>;

names! {
    /// Where a card is used.
    pub enum PurchaseChannel {
        /// At a merchant's terminal.
        Pos = "pos",
        /// Over the network; counts towards the daily online limit.
        Online = "online",
        /// Cash from a machine: it bears interest from the first day, and no points.
        Atm = "atm",
    }
}

names! {
    /// What the fraud check said.
    ///
    /// It is a fact from outside.
    pub enum FraudVerdict, default Clear {
        /// Nothing stands against it, or nobody was asked.
        Clear = "clear",
        /// Somebody should look at it afterwards: authorised and flagged.
        Review = "review",
        /// Somebody else is using the card: declined.
        Suspected = "suspected",
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

names! {
    /// Why an authorisation was declined.
    pub enum DeclineReason {
        /// The card is issued and not activated yet, blocked, or closed.
        CardNotActive = "card_not_active",
        /// More than the available credit.
        InsufficientCreditLimit = "insufficient_credit_limit",
        /// More than what is left of the day's limit for purchases over the network.
        DailyOnlineLimitExceeded = "daily_online_limit_exceeded",
        /// It looks like fraud: somebody has to look at it, and may clear it.
        ManualReview = "manual_review",
        /// The fraud check said so.
        SuspectedFraud = "suspected_fraud",
    }
}
