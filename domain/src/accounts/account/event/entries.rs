//! What moves money, and what announces that it will. `booking` tells which entry each of them is.

use crate::{
    Money,
    accounts::{AmlVerdict, Channel, Direction, EntryKind, FeeKind, Month},
    ids::{PaymentId, TransactionId},
};
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

/// Money came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyDeposited {
    pub amount: Money,
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
    /// The tax office hears of it.
    pub tax_reportable: bool,
    /// The day from which on its bank counts interest on it, where that told it: for people, nothing is
    /// calculated by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    /// The payment that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
}

/// A large withdrawal is about to be booked, in the same append.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LargeWithdrawalInitiated {
    pub amount: Money,
    /// More than this is large.
    pub threshold: Money,
    /// The day it counts for.
    pub business_date: Date,
    /// The way it takes.
    pub channel: Channel,
    /// Who is on the other side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterparty: Option<String>,
}

/// Money went out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyWithdrawn {
    pub amount: Money,
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
    /// The day from which on its bank counts interest on it, where that told it: for people, nothing is
    /// calculated by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    /// The payment that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
}

/// Interest was paid out. An amount of zero moves no money and marks the month as done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InterestPosted {
    pub month: Month,
    /// The last day whose interest is in it.
    pub through: Date,
    /// What was accrued, with what remained of the last posting, in major units.
    pub accrued: Decimal,
    /// What was paid: `accrued` rounded half to even.
    pub amount: Money,
    /// What remains for the next posting, in major units; negative if too much was paid.
    pub residual: Decimal,
    /// The day it counts for.
    pub business_date: Date,
    /// The tax office hears of it.
    pub tax_reportable: bool,
    /// How many days were calculated that it pays. Not told by version 1, nor of interest that another system
    /// has paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// How many days up to `through`, since the last posting or the opening, were never calculated: they earn
    /// nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing_days: Option<u32>,
    /// The day from which on its bank counts interest on it, where that told it: for people, nothing is
    /// calculated by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
}

/// A fee was taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeCharged {
    /// How much was taken.
    pub amount: Money,
    pub kind: FeeKind,
    /// What for, in words.
    pub reason: String,
    /// The month it is for, where it is a monthly fee.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<Month>,
    /// What was due, where less than that was available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due: Option<Money>,
    /// The day it counts for.
    pub business_date: Date,
    /// The day from which on its bank counts interest on it, where that told it: for people, nothing is
    /// calculated by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
    /// The payment that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_id: Option<PaymentId>,
}

/// An entry was undone by this one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TransactionReversed {
    /// The entry that is undone.
    pub transaction_id: TransactionId,
    pub original_kind: EntryKind,
    /// The day it counted for.
    pub original_business_date: Date,
    /// Which way this entry goes.
    pub direction: Direction,
    pub amount: Money,
    pub reason: String,
    /// The day this entry counts for.
    pub business_date: Date,
    /// The day from which on its bank counts interest on it, where that told it: for people, nothing is
    /// calculated by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_date: Option<Date>,
}

/// The account had a balance when its history began, which nothing that is known led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningBalanceTakenOver {
    /// On which side of zero.
    pub direction: Direction,
    /// How far from zero; always positive.
    pub amount: Money,
    /// The day at whose beginning it stood so.
    pub business_date: Date,
}
