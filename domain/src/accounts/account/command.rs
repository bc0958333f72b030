//! What a bank account can be asked to do. Every fact from outside arrives here: ids, verdicts, terms. Which rule
//! decides on which stands in `decisions`.

use crate::{
    Currency, Money,
    accounts::{
        AccountType, AmlVerdict, CustomerType, Direction, Entry, EntryKind, FeeKind, Month, Terms,
        entry::EntryDetails,
    },
    ids::{CustomerId, HoldId, PaymentId, TransactionId},
    names::names,
};
use jiff::{Timestamp, civil::Date};

/// Open the account. The caller has made sure that the customer is verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    pub customer_id: CustomerId,
    /// What kind of customer that is.
    pub customer_type: CustomerType,
    /// The first signatory; the customer itself where nobody else is named.
    pub opener: CustomerId,
    pub account_type: AccountType,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// What the product offers; see `Products::terms`.
    pub terms: Terms,
    /// Paid in at once, if more than nothing.
    pub initial_deposit: Option<Money>,
}

/// Bring money in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// How much; more than nothing.
    pub amount: Money,
    /// What it says about itself.
    pub details: EntryDetails,
}

/// Take money out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdraw {
    /// How much; more than nothing.
    pub amount: Money,
    /// What it says about itself.
    pub details: EntryDetails,
    /// What the check against money laundering said, if it was asked.
    pub aml_verdict: Option<AmlVerdict>,
}

/// Set money aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceHold {
    pub hold_id: HoldId,
    /// How much; more than nothing.
    pub amount: Money,
    /// From this instant on it no longer counts.
    pub expires_at: Option<Timestamp>,
    /// What the check against money laundering said, if it was asked.
    pub aml_verdict: Option<AmlVerdict>,
    /// The payment that it is set aside for. Then nobody else captures or frees it.
    pub payment_id: Option<PaymentId>,
    /// Of the amount, what that payment costs: as any fee it needs no room in the daily limit and no verdict.
    pub fee: Option<Money>,
}

/// Take money out that was set aside; what is left of the hold is released. What is set aside for a payment is taken
/// in the name of that payment (`details.payment_id`), and its fee with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureHold {
    pub hold_id: HoldId,
    /// How much; by default all of the hold but the fee. What lies beyond that is a debit of its own.
    pub amount: Option<Money>,
    /// What it says about itself.
    pub details: EntryDetails,
    /// What the check against money laundering said of a capture beyond the hold, if it was asked.
    pub aml_verdict: Option<AmlVerdict>,
}

/// Give up a hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReleaseHold {
    pub hold_id: HoldId,
    /// The payment that gives it up, if it was set aside for one.
    pub payment_id: Option<PaymentId>,
}

/// Record that a hold has run out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpireHold {
    pub hold_id: HoldId,
}

/// Refuse debits from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    pub reason: String,
}

/// Take debits again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unfreeze;

/// Change what may be debited per business date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetDailyLimit {
    /// The new limit; 0 allows no debit.
    pub limit: Money,
}

/// Change how far below zero a business account may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SetOverdraftLimit {
    /// The new limit, as a positive amount; 0 for none.
    pub limit: Money,
}

/// Let somebody sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddSignatory {
    pub signatory: CustomerId,
}

/// Let somebody sign no more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RemoveSignatory {
    pub signatory: CustomerId,
}

/// Accrue one day's interest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccrueInterest {
    /// Exactly this day, today at the latest. The event's business time is the end of that day.
    pub date: Date,
}

/// Pay out a month's interest. It counts for the month's last day, or for today if that lies ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PostInterest {
    /// All that is accrued up to its last day and not yet paid out.
    pub month: Month,
    /// What becomes of the posting where days were never calculated.
    pub missing_days: MissingDays,
}

names! {
    /// What becomes of a posting where days were never accrued.
    pub enum MissingDays, default Accept {
        /// They earn nothing; the event says how many they are.
        Accept = "accept",
        /// It is refused.
        Refuse = "refuse",
    }
}

/// Charge a fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeFee {
    /// How much; more than nothing.
    pub amount: Money,
    pub kind: FeeKind,
    /// What for, in words.
    pub reason: String,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
    /// The payment that it is part of.
    pub payment_id: Option<PaymentId>,
}

impl ChargeFee {
    /// What a payment costs.
    pub fn of_payment(payment_id: PaymentId, amount: Money) -> Self {
        Self {
            amount,
            kind: FeeKind::Payment,
            reason: format!("Fee of the payment {payment_id}"),
            value_date: None,
            payment_id: Some(payment_id),
        }
    }
}

/// Charge the product's monthly fee, once per month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChargeMaintenanceFee {
    pub month: Month,
}

/// Note that a payment from the account was tried and not made: it looked like fraud, or somebody has to look at it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotePaymentAttempt {
    pub payment_id: PaymentId,
}

/// Undo an entry by a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseTransaction {
    /// The entry to undo.
    pub transaction_id: TransactionId,
    /// That entry, as the caller found it in this account's events.
    pub original: OriginalEntry,
    pub reason: String,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
}

/// An entry that is to be undone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OriginalEntry {
    pub kind: EntryKind,
    /// Which way it went.
    pub direction: Direction,
    /// How much it was.
    pub amount: Money,
    /// The day it counted for.
    pub business_date: Date,
    /// The payment that it is part of.
    pub payment_id: Option<PaymentId>,
}

impl OriginalEntry {
    /// What of an entry has to be known to undo it.
    pub fn of(entry: &Entry<'_>) -> Self {
        Self {
            kind: entry.kind,
            direction: entry.direction,
            amount: entry.amount,
            business_date: entry.business_date,
            payment_id: entry.payment_id,
        }
    }
}

/// Close the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// Why, if somebody said so.
    pub reason: Option<String>,
}

/// Take over interest that another system has paid: all days up to its own count as accrued and paid. History
/// only: a live account calculates its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeOverInterest {
    /// How much; more than nothing.
    pub amount: Money,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
}

/// Take over what the account held at the beginning of a day, before which no entry lies. History only: a live
/// account begins with nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakeOverOpeningBalance {
    /// What it held; negative for an overdrawn account.
    pub balance: Money,
}
