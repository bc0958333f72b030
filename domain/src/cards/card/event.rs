//! What can have happened to a credit card. The JSON of these is stored for ever: golden files guard it.

use super::DisputeOutcome;
use crate::{
    DomainEvent, Made, Money, Percent, Text,
    cards::{
        Allocation, CardTerms, CardType, DeclineReason, MerchantCategory, MerchantId, PurchaseChannel,
        Request,
    },
    declared::events,
    fraud::CardScreening,
    ids::{AccountTransaction, AuthorizationId, CustomerId, DisputeId, TransactionId},
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

events! {
    /// What can have happened to a credit card.
    pub enum CardEvent {
        CardIssued in Box = "card_issued" v 1,
        CardActivated = "card_activated" v 1,
        TransactionAuthorized = "transaction_authorized" v 2,
        TransactionDeclined = "transaction_declined" v 2,
        AuthorizationCleared = "authorization_cleared" v 1,
        FraudConfirmed = "fraud_confirmed" v 1,
        TransactionCaptured = "transaction_captured" v 1,
        AuthorizationVoided = "authorization_voided" v 1,
        AuthorizationExpired = "authorization_expired" v 1,
        TransactionRefunded = "transaction_refunded" v 1,
        CardPaymentReceived = "card_payment_received" v 2,
        StatementClosed = "statement_closed" v 1,
        CardInterestCharged = "card_interest_charged" v 1,
        CardFeeCharged = "card_fee_charged" v 1,
        RewardPointsEarned = "reward_points_earned" v 1,
        RewardPointsRedeemed = "reward_points_redeemed" v 1,
        CardLimitChanged = "card_limit_changed" v 1,
        CardBlocked = "card_blocked" v 1,
        CardUnblocked = "card_unblocked" v 1,
        DisputeOpened = "dispute_opened" v 1,
        DisputeResolved = "dispute_resolved" v 1,
        CardClosed = "card_closed" v 1,
        CardCreditPaidOut = "card_credit_paid_out" v 1,
    }
}

impl DomainEvent for CardEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    /// An authorisation ran out at its expiry, however much later the next decision records it.
    fn happened_at(&self) -> Option<Timestamp> {
        match self {
            Self::AuthorizationExpired(event) => {
                Timestamp::from_microsecond(event.expires_at.as_microsecond()).ok()
            }
            _ => None,
        }
    }

    fn business_date(&self) -> Option<Date> {
        match self {
            Self::CardIssued(event) => Some(event.business_date),
            Self::CardActivated(event) => Some(event.business_date),
            Self::TransactionAuthorized(event) => Some(event.business_date),
            Self::TransactionDeclined(event) => Some(event.business_date),
            Self::TransactionCaptured(event) => Some(event.business_date),
            Self::TransactionRefunded(event) => Some(event.business_date),
            Self::CardPaymentReceived(event) => Some(event.business_date),
            Self::CardCreditPaidOut(event) => Some(event.business_date),
            Self::StatementClosed(event) => Some(event.closing_date),
            Self::CardInterestCharged(event) => Some(event.date),
            Self::CardFeeCharged(event) => Some(event.business_date),
            Self::RewardPointsRedeemed(event) => Some(event.business_date),
            Self::DisputeOpened(event) => Some(event.business_date),
            Self::DisputeResolved(event) => Some(event.business_date),
            Self::AuthorizationCleared(_)
            | Self::FraudConfirmed(_)
            | Self::AuthorizationVoided(_)
            | Self::AuthorizationExpired(_)
            | Self::RewardPointsEarned(_)
            | Self::CardLimitChanged(_)
            | Self::CardBlocked(_)
            | Self::CardUnblocked(_)
            | Self::CardClosed(_) => None,
        }
    }

    fn made(&self) -> Option<Made> {
        match self {
            Self::TransactionAuthorized(event) => Some(Made::Authorization(event.authorization_id)),
            Self::TransactionDeclined(event) => Some(Made::Authorization(event.authorization_id)),
            Self::DisputeOpened(event) => Some(Made::Dispute(event.dispute_id)),
            Self::StatementClosed(event) => Some(Made::Statement(event.closing_date)),
            _ => self.entry().map(|_| Made::Entry),
        }
    }
}

/// The card exists from here on, on these terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardIssued {
    pub customer_id: CustomerId,
    /// What kind of card it is, if that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_type: Option<CardType>,
    /// The credit limit. Its currency is the card's.
    pub limit: Money,
    /// The limit is made up, since imported data lacked it.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub limit_is_synthetic: bool,
    /// What it was issued on.
    pub terms: CardTerms,
    /// The day it was issued.
    pub business_date: Date,
}

/// The card can be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardActivated {
    /// The day of that.
    pub business_date: Date,
}

/// Credit was set aside for a merchant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionAuthorized {
    pub authorization_id: AuthorizationId,
    /// What was asked for. A verdict of `review` is for somebody to look at.
    #[serde(flatten)]
    pub request: Request,
    /// From this instant on it no longer counts.
    pub expires_at: Timestamp,
    /// The day whose online limit it takes its share of, where it was made over the network.
    pub business_date: Date,
    /// What was found when it was judged whether it looks like fraud; nothing where the caller brought a verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraud: Option<Box<CardScreening>>,
}

/// A merchant was told no.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionDeclined {
    /// The name that the authorisation would have had.
    pub authorization_id: AuthorizationId,
    /// What was asked for.
    #[serde(flatten)]
    pub request: Request,
    pub reason: DeclineReason,
    /// The credit that was available.
    pub available: Money,
    /// What was left of the day's online limit, of a request over the network.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub online_remaining: Option<Money>,
    /// The day of that.
    pub business_date: Date,
    /// What was found when it was judged whether it looks like fraud; nothing where the caller brought a verdict.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fraud: Option<Box<CardScreening>>,
    /// Who asked, where somebody has to look at it: others than they are to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<String>,
}

/// Somebody has looked at what was declined for that, and lets it pass: once, if it is asked for again in time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationCleared {
    pub authorization_id: AuthorizationId,
    pub cleared_by: String,
    pub reason: Text<500>,
    /// From this instant on it is not let pass any more.
    pub expires_at: Timestamp,
}

/// Somebody has looked at what was declined for that: it is fraud, and stays declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudConfirmed {
    pub authorization_id: AuthorizationId,
    pub confirmed_by: String,
    pub reason: Text<500>,
}

/// A merchant or machine took what had been authorised; the rest of the authorisation is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionCaptured {
    pub authorization_id: AuthorizationId,
    /// How much was taken.
    pub amount: Money,
    /// How much had been authorised.
    pub authorized: Money,
    pub merchant_id: MerchantId,
    /// What the merchant deals in.
    pub category: MerchantCategory,
    /// Where the card was used.
    pub channel: PurchaseChannel,
    /// Which parts of the balance it changes.
    pub allocation: Allocation,
    /// Points for one major unit.
    pub points_rate: Decimal,
    /// The day it counts for.
    pub business_date: Date,
}

/// An authorisation was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationVoided {
    pub authorization_id: AuthorizationId,
    /// What is free again.
    pub amount: Money,
}

/// An authorisation has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuthorizationExpired {
    pub authorization_id: AuthorizationId,
    /// What is free again.
    pub amount: Money,
    /// When it ran out.
    pub expires_at: Timestamp,
}

/// A merchant gave money back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionRefunded {
    pub amount: Money,
    /// Who gave it back.
    pub merchant_id: MerchantId,
    pub reason: Text<500>,
    /// Which parts of the balance it changes.
    pub allocation: Allocation,
    /// What the refunded captures had earned for this amount, exactly.
    pub reward: Decimal,
    /// Whole points that were taken back.
    pub points: i64,
    /// The day it counts for.
    pub business_date: Date,
}

/// The cardholder paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardPaymentReceived {
    pub amount: Money,
    /// What was still to be paid of the last statement's minimum: this part went to interest and fees first.
    pub minimum_remaining: Money,
    /// Which parts of the balance it changes.
    pub allocation: Allocation,
    /// The entry of the account that it came from, if it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_transaction: Option<AccountTransaction>,
    /// The day it counts for.
    pub business_date: Date,
}

/// What the bank owed the cardholder was paid out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardCreditPaidOut {
    pub amount: Money,
    /// Which parts of the balance it changes: the credit.
    pub allocation: Allocation,
    /// The entry of the account that it went to, if it went to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account_transaction: Option<AccountTransaction>,
    /// The day it counts for.
    pub business_date: Date,
}

/// A statement period has ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementClosed {
    /// Its last day.
    pub closing_date: Date,
    /// The last day to pay on.
    pub due_date: Date,
    /// What was outstanding at the end of that day; negative for a credit.
    pub closing_balance: Money,
    /// Of that: purchases and cash.
    pub principal: Money,
    /// Of that: interest and fees.
    pub charges: Money,
    /// The least that must be paid until the due date.
    pub minimum_due: Money,
    /// Interest charged in the period.
    pub interest: Money,
    /// Fees charged in the period.
    pub fees: Money,
}

/// Interest of a statement period was charged. An amount of zero moves no money and marks the period as done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardInterestCharged {
    /// The day whose balances bear it; it counts for this day.
    pub date: Date,
    /// Purchases at its end.
    pub purchases: Money,
    /// What they bear, in percent a year.
    pub purchase_rate: Percent,
    /// Whether purchases bear nothing this time: the last statement was paid in time, or its due date has not
    /// passed.
    pub purchases_exempt: bool,
    /// Cash at its end.
    pub cash: Money,
    /// What it bears, in percent a year.
    pub cash_rate: Percent,
    /// The interest of a twelfth of a year in major units, exactly.
    pub accrued: Decimal,
    /// What was charged: `accrued` rounded half to even.
    pub amount: Money,
    /// Which parts of the balance it changes.
    pub allocation: Allocation,
}

/// A fee was charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardFeeCharged {
    pub amount: Money,
    pub reason: Text<500>,
    /// Which parts of the balance it changes.
    pub allocation: Allocation,
    /// The day it counts for.
    pub business_date: Date,
}

/// A capture filled up whole points. What it earned beyond them waits for the next capture.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardPointsEarned {
    /// The capture that did.
    pub authorization_id: AuthorizationId,
    pub points: i64,
}

/// Points were spent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardPointsRedeemed {
    pub points: i64,
    /// The day of that.
    pub business_date: Date,
}

/// The credit limit is another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardLimitChanged {
    pub previous: Money,
    pub limit: Money,
}

/// Everything is declined from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardBlocked {
    pub reason: Text<500>,
}

/// The block was lifted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardUnblocked {}

/// The cardholder objected to a captured transaction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeOpened {
    pub dispute_id: DisputeId,
    /// The transaction, as the cardholder knows it.
    pub transaction_id: TransactionId,
    /// The authorisation that it captured.
    pub authorization_id: AuthorizationId,
    /// What is in dispute: what was captured and not refunded.
    pub amount: Money,
    pub reason: Text<500>,
    /// The day of that.
    pub business_date: Date,
}

/// A dispute ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DisputeResolved {
    pub dispute_id: DisputeId,
    /// The transaction that was in dispute.
    pub transaction_id: TransactionId,
    pub outcome: DisputeOutcome,
    /// What the cardholder is credited: what was in dispute and has not been refunded since; zero if the
    /// transaction stands.
    pub credited: Money,
    /// Which parts of the balance it changes.
    pub allocation: Allocation,
    /// What the capture had earned for this amount, exactly.
    pub reward: Decimal,
    /// Whole points that were taken back.
    pub points: i64,
    /// The day it counts for.
    pub business_date: Date,
}

/// The card takes nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardClosed {
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Text<500>>,
    /// Points that nobody spent: they lapse.
    pub lapsed_points: i64,
}
