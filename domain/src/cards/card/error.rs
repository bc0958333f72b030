//! Why a credit card refuses. The code is the rule; the members are its numbers.

use super::{
    DisputeOutcome,
    state::{AuthorizationEnd, CardStatus},
};
use crate::{
    Currency, Money,
    cards::MerchantId,
    currency::CurrencyWithdrawn,
    ids::{AuthorizationId, DisputeId, TransactionId},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// Why a credit card refuses. Serialises as `{"code": "<rule>", …facts}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CardError {
    #[error("the card is not issued")]
    CardNotIssued,
    #[error("the card is issued already")]
    CardAlreadyIssued,
    #[error("the card is closed")]
    CardClosed,
    #[error("the card is {status}")]
    CardNotActive { status: CardStatus },
    #[error("the amount must be more than zero")]
    AmountNotPositive { amount: Money },
    #[error("the amount would go beyond what the books can hold")]
    AmountOutOfRange,
    #[error("the amount is in {}, the card in {expected}", amount.currency())]
    CurrencyMismatch { amount: Money, expected: Currency },
    #[error("{currency} is in use no longer; its last day was {last_day}")]
    CurrencyWithdrawn { currency: Currency, last_day: Date },
    #[error("{used} of the limit are used")]
    LimitInUse { limit: Money, used: Money },
    #[error("there is no authorisation {authorization_id}")]
    AuthorizationNotFound { authorization_id: AuthorizationId },
    #[error("the authorisation {authorization_id} is {status}")]
    AuthorizationNotOpen { authorization_id: AuthorizationId, status: AuthorizationEnd },
    #[error("the authorisation {authorization_id} has not run out yet")]
    AuthorizationNotExpired { authorization_id: AuthorizationId, expires_at: Timestamp },
    #[error("there is an authorisation {authorization_id} already")]
    AuthorizationAlreadyExists { authorization_id: AuthorizationId },
    #[error("{most} authorisations are open, which is the most there can be at once")]
    TooManyAuthorizations { most: usize },
    #[error("{requested} is more than the authorised {authorized}")]
    CaptureExceedsAuthorization { requested: Money, authorized: Money },
    #[error("{requested} is more than the available {available}")]
    InsufficientCredit { requested: Money, available: Money },
    #[error("{requested} is more than the {refundable} that {merchant_id} has captured and not returned")]
    RefundExceedsCaptured { merchant_id: MerchantId, requested: Money, refundable: Money },
    #[error("{date} lies after {today}")]
    DateInFuture { date: Date, today: Date },
    #[error("{date} lies before {earliest}, since when the card's days are known")]
    DateTooFarBack { date: Date, earliest: Date },
    #[error("{date} lies in a period that was closed on {closed_through}")]
    PeriodClosed { date: Date, closed_through: Date },
    #[error("the interest of this statement period was charged for {charged_for}")]
    InterestAlreadyCharged { charged_for: Date },
    #[error("the number of points must be more than zero")]
    PointsNotPositive,
    #[error("{requested} points are more than the {available} there are")]
    InsufficientPoints { requested: u64, available: i64 },
    #[error(
        "the transaction {transaction_id} cannot be disputed: it is no capture of the last {window_days} days with something left of it"
    )]
    TransactionNotDisputable { transaction_id: TransactionId, window_days: u16 },
    #[error("the transaction {transaction_id} was disputed already")]
    TransactionAlreadyDisputed { transaction_id: TransactionId, dispute_id: DisputeId },
    #[error("{most} disputes are open, which is the most there can be at once")]
    TooManyDisputes { most: usize },
    #[error("there is no dispute {dispute_id}")]
    DisputeNotFound { dispute_id: DisputeId },
    #[error("the dispute {dispute_id} was resolved in favour of the {}", outcome.name())]
    DisputeAlreadyResolved { dispute_id: DisputeId, outcome: DisputeOutcome },
    #[error("{outstanding} is outstanding, not zero")]
    OutstandingNotZero { outstanding: Money },
    #[error("{authorizations} authorisations are open, {amount} in all")]
    AuthorizationsOpen { authorizations: usize, amount: Money },
    #[error("{disputes} disputes are open")]
    DisputesOpen { disputes: usize },
}

impl From<CurrencyWithdrawn> for CardError {
    fn from(CurrencyWithdrawn { currency, last_day }: CurrencyWithdrawn) -> Self {
        Self::CurrencyWithdrawn { currency, last_day }
    }
}
