//! The closed lists of words that bodies about cards use, for OpenAPI alone.
#![allow(dead_code, reason = "describes what is read and written")]

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of card it is. It changes no rule.
#[derive(ToSchema)]
#[schema(as = CardType, rename_all = "snake_case")]
pub(super) enum CardTypeSchema {
    /// The usual one.
    Classic,
    /// For the young.
    Junior,
    /// With more service.
    Gold,
    /// With the most service.
    Platinum,
    /// For firms.
    Business,
}

/// Whether a card can be used.
#[derive(ToSchema)]
#[schema(as = CardStatus, rename_all = "snake_case")]
pub(super) enum CardStatusSchema {
    /// Not activated yet.
    Issued,
    /// It can be used.
    Active,
    /// Everything is declined.
    Blocked,
    /// It has ended.
    Closed,
}

/// Where a card is used.
#[derive(ToSchema)]
#[schema(as = PurchaseChannel, rename_all = "snake_case")]
pub(super) enum PurchaseChannelSchema {
    /// At a merchant's terminal.
    Pos,
    /// Over the network; counts towards the daily online limit.
    Online,
    /// Cash from a machine: bears interest from the first day, earns no points.
    Atm,
}

/// What the fraud check said.
#[derive(ToSchema)]
#[schema(as = FraudVerdict, rename_all = "snake_case")]
pub(super) enum FraudVerdictSchema {
    /// Nothing stands against it.
    Clear,
    /// Somebody should look at it: authorised and flagged.
    Review,
    /// Declined.
    Suspected,
}

/// Why an authorisation was declined.
#[derive(ToSchema)]
#[schema(as = DeclineReason, rename_all = "snake_case")]
pub(super) enum DeclineReasonSchema {
    /// The card is not activated yet, blocked, or closed.
    CardNotActive,
    /// More than the available credit.
    InsufficientCreditLimit,
    /// More than what is left of the day's limit for purchases over the network.
    DailyOnlineLimitExceeded,
    /// The fraud check said so.
    SuspectedFraud,
}

/// What became of an authorisation.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AuthorizationStatus {
    /// It counts.
    Open,
    /// It was taken.
    Captured,
    /// It was given up.
    Voided,
    /// It ran out.
    Expired,
    /// It never was.
    Declined,
}

/// What an entry of a card is.
#[derive(ToSchema)]
#[schema(as = CardTransactionKind, rename_all = "snake_case")]
pub(super) enum KindSchema {
    /// A merchant or machine took what had been authorised.
    Capture,
    /// A merchant gave money back.
    Refund,
    /// The cardholder paid.
    Payment,
    /// Interest of a statement period.
    Interest,
    /// A fee.
    Fee,
    /// A dispute ended in the cardholder's favour.
    DisputeCredit,
}

/// Which way an entry moves what is outstanding.
#[derive(ToSchema)]
#[schema(as = CardTransactionDirection, rename_all = "snake_case")]
pub(super) enum DirectionSchema {
    /// The cardholder owes less.
    Credit,
    /// The cardholder owes more.
    Debit,
}

/// In whose favour a dispute ends.
#[derive(ToSchema)]
#[schema(as = DisputeOutcome, rename_all = "snake_case")]
pub(super) enum DisputeOutcomeSchema {
    /// The transaction stands.
    Merchant,
    /// The amount is credited.
    Cardholder,
}
