//! The closed lists of words that bodies about cards use.

use crate::http::words::Word;
use khata_domain::cards::{
    CardEntryKind, CardEntrySide, CardType, DeclineReason, FraudVerdict, PurchaseChannel,
    card::{CardStatus, DisputeOutcome},
};
use khata_domain::fraud::FraudDecision;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub(super) type CardStatusSchema = Word<CardStatus>;
pub(super) type CardTypeSchema = Word<CardType>;
pub(super) type DeclineReasonSchema = Word<DeclineReason>;
pub(super) type DirectionSchema = Word<CardEntrySide>;
pub(super) type DisputeOutcomeSchema = Word<DisputeOutcome>;
pub(super) type FraudDecisionSchema = Word<FraudDecision>;
pub(super) type FraudVerdictSchema = Word<FraudVerdict>;
pub(super) type KindSchema = Word<CardEntryKind>;
pub(super) type PurchaseChannelSchema = Word<PurchaseChannel>;

/// What has become of an authorisation that somebody has to look at.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum AuthorizationReview {
    /// Nobody has looked at it.
    Waiting,
    /// It may be asked for again.
    Cleared,
    /// It is fraud.
    Confirmed,
}

/// The status of an authorisation.
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
