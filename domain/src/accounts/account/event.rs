//! What can have happened to a bank account. The JSON of these is stored for ever: golden files guard it.

mod entries;

pub use entries::*;

use crate::{
    Currency, DomainEvent, Made, Money, Percent,
    accounts::{AccountType, AmlVerdict, Channel, CustomerType, Terms},
    declared::events,
    ids::{CustomerId, HoldId, PaymentId},
};
use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

events! {
    /// What can have happened to a bank account.
    pub enum AccountEvent {
        AccountOpened in Box = "account_opened" v 1,
        MoneyDeposited = "money_deposited" v 2,
        LargeWithdrawalInitiated = "large_withdrawal_initiated" v 1,
        MoneyWithdrawn = "money_withdrawn" v 3,
        HoldPlaced = "hold_placed" v 3,
        HoldCaptured = "hold_captured" v 3,
        HoldReleased = "hold_released" v 1,
        HoldExpired = "hold_expired" v 1,
        AccountFrozen = "account_frozen" v 1,
        AccountUnfrozen = "account_unfrozen" v 1,
        DailyLimitChanged = "daily_limit_changed" v 1,
        OverdraftLimitChanged = "overdraft_limit_changed" v 2,
        SignatoryAdded = "signatory_added" v 1,
        SignatoryRemoved = "signatory_removed" v 1,
        InterestAccrued = "interest_accrued" v 1,
        InterestAdjusted = "interest_adjusted" v 1,
        InterestPosted = "interest_posted" v 2,
        FeeCharged = "fee_charged" v 2,
        PaymentAttemptNoted = "payment_attempt_noted" v 1,
        TransactionReversed = "transaction_reversed" v 1,
        OpeningBalanceTakenOver = "opening_balance_taken_over" v 1,
        AccountClosed = "account_closed" v 1,
    }
}

impl DomainEvent for AccountEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    /// A hold ran out at its expiry, however much later the next decision records it.
    fn happened_at(&self) -> Option<Timestamp> {
        match self {
            Self::HoldExpired(event) => Timestamp::from_microsecond(event.expires_at.as_microsecond()).ok(),
            _ => None,
        }
    }

    fn business_date(&self) -> Option<Date> {
        match self {
            Self::AccountOpened(event) => Some(event.business_date),
            Self::MoneyDeposited(event) => Some(event.business_date),
            Self::LargeWithdrawalInitiated(event) => Some(event.business_date),
            Self::MoneyWithdrawn(event) => Some(event.business_date),
            Self::HoldPlaced(event) => Some(event.business_date),
            Self::HoldCaptured(event) => Some(event.business_date),
            Self::OverdraftLimitChanged(event) => Some(event.business_date),
            Self::InterestAccrued(event) => Some(event.date),
            Self::InterestPosted(event) => Some(event.business_date),
            Self::FeeCharged(event) => Some(event.business_date),
            Self::PaymentAttemptNoted(event) => Some(event.business_date),
            Self::TransactionReversed(event) => Some(event.business_date),
            Self::OpeningBalanceTakenOver(event) => Some(event.business_date),
            Self::HoldReleased(_)
            | Self::HoldExpired(_)
            | Self::AccountFrozen(_)
            | Self::AccountUnfrozen(_)
            | Self::DailyLimitChanged(_)
            | Self::SignatoryAdded(_)
            | Self::SignatoryRemoved(_)
            | Self::InterestAdjusted(_)
            | Self::AccountClosed(_) => None,
        }
    }

    fn made(&self) -> Option<Made> {
        match self {
            Self::HoldPlaced(event) => Some(Made::Hold(event.hold_id)),
            _ => self.entry().map(|_| Made::Entry),
        }
    }
}

/// The account exists from here on, on these terms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountOpened {
    pub customer_id: CustomerId,
    /// What kind of customer that is.
    pub customer_type: CustomerType,
    pub opener: CustomerId,
    pub account_type: AccountType,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// What it was opened on.
    pub terms: Terms,
    /// The day it was opened.
    pub business_date: Date,
}

/// Money was set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldPlaced {
    pub hold_id: HoldId,
    pub amount: Money,
    /// From this instant on it no longer counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The day whose limit it takes its share of.
    pub business_date: Date,
    /// What the check against money laundering said, if it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aml_verdict: Option<AmlVerdict>,
    /// The day of the decision, where that is a later one: a debit dated back counts against its limit as
    /// well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_on: Option<Date>,
    /// The payment that it is set aside for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
    /// Of the amount, what that payment costs: it takes no share of the limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Money>,
}

/// Money that was set aside went out; the rest of the hold is free again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldCaptured {
    pub hold_id: HoldId,
    /// How much went out.
    pub amount: Money,
    /// How much had been set aside.
    pub held: Money,
    /// The day it counts for.
    pub business_date: Date,
    /// The way it took.
    pub channel: Channel,
    /// Who is on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<String>,
    /// The customer's or the counterparty's own reference.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What the check against money laundering said, if it was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aml_verdict: Option<AmlVerdict>,
    /// The day of the decision, where that is a later one: a debit dated back counts against its limit as
    /// well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked_on: Option<Date>,
    /// The payment that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
}

/// A hold was given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldReleased {
    pub hold_id: HoldId,
    /// What is free again.
    pub amount: Money,
}

/// A hold has run out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldExpired {
    pub hold_id: HoldId,
    /// What is free again.
    pub amount: Money,
    /// When it ran out.
    pub expires_at: Timestamp,
}

/// Debits are refused from here on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountFrozen {
    pub reason: String,
}

/// Debits are taken again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountUnfrozen {}

/// Another amount may be debited per business date.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DailyLimitChanged {
    pub previous: Money,
    pub limit: Money,
}

/// The account may go further, or less far, below zero.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverdraftLimitChanged {
    pub previous: Money,
    pub limit: Money,
    /// The day from which on it counts.
    pub business_date: Date,
}

/// Somebody may sign.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatoryAdded {
    pub signatory: CustomerId,
}

/// Somebody may sign no more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignatoryRemoved {
    pub signatory: CustomerId,
}

/// One day's interest was calculated. It moves no money until it is posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestAccrued {
    /// The day.
    pub date: Date,
    /// The balance at its end.
    pub balance: Money,
    /// The rate of that balance, in percent per year.
    pub rate: Percent,
    /// The interest in major units, nine decimals.
    pub amount: Decimal,
}

/// Days that were calculated before were calculated anew, since an entry was dated back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestAdjusted {
    /// The first day that changed.
    pub from: Date,
    /// The last day that changed.
    pub to: Date,
    /// What all changed days together gained, in major units; negative for a loss.
    pub amount: Decimal,
    /// The changed days as they now are.
    pub days: Vec<InterestAccrued>,
}

/// A payment from the account was tried and not made: it looked like fraud, or somebody has to look at it. It counts
/// among the day's payments.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentAttemptNoted {
    pub payment_id: PaymentId,
    /// The day of that.
    pub business_date: Date,
}

/// The account takes nothing any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountClosed {
    /// Why, if somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Interest accrued and never posted, in major units: it lapses.
    pub lapsed_interest: Decimal,
}
