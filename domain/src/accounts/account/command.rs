//! What a bank account can be asked to do. Every fact from outside arrives here: ids, times, verdicts, terms.

pub use crate::deciding::Moment;

use crate::{
    Currency, Money,
    accounts::{
        AccountType, AmlVerdict, CustomerType, Direction, EntryKind, FeeKind, Month, Terms,
        entry::EntryDetails,
    },
    ids::{CustomerId, HoldId, TransactionId},
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;

/// What a bank account can be asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountCommand {
    /// Open the account. The caller has made sure that the customer is verified.
    Open(Box<Open>),
    /// Bring money in.
    Deposit(Deposit),
    /// Take money out.
    Withdraw(Withdraw),
    /// Set money aside.
    PlaceHold(PlaceHold),
    /// Take money out that was set aside; what is left of the hold is released.
    CaptureHold(CaptureHold),
    /// Give up a hold.
    ReleaseHold(ReleaseHold),
    /// Record that a hold has run out.
    ExpireHold(ExpireHold),
    /// Refuse debits from now on.
    Freeze(Freeze),
    /// Take debits again.
    Unfreeze(Unfreeze),
    /// Change what may be debited per business date.
    SetDailyLimit(SetDailyLimit),
    /// Change how far below zero a business account may go.
    SetOverdraftLimit(SetOverdraftLimit),
    /// Let somebody sign.
    AddSignatory(AddSignatory),
    /// Let somebody sign no more.
    RemoveSignatory(RemoveSignatory),
    /// Accrue one day's interest.
    AccrueInterest(AccrueInterest),
    /// Pay out a month's interest.
    PostInterest(PostInterest),
    /// Charge a fee.
    ChargeFee(ChargeFee),
    /// Charge the product's monthly fee, once per month.
    ChargeMaintenanceFee(ChargeMaintenanceFee),
    /// Undo an entry by a new one.
    ReverseTransaction(ReverseTransaction),
    /// Close the account.
    Close(Close),
    /// Take over interest that another system has paid. History only: a live account reckons its own.
    TakeOverInterest(TakeOverInterest),
    /// Take over what the account held when its history begins. History only: a live account begins with
    /// nothing.
    TakeOverOpeningBalance(TakeOverOpeningBalance),
}

/// Open the account.
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
    /// The day it counts for.
    pub business_date: Date,
    /// When it is decided.
    pub moment: Moment,
}

/// Bring money in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deposit {
    /// How much; more than nothing.
    pub amount: Money,
    /// What it says about itself.
    pub details: EntryDetails,
    /// When it is decided.
    pub moment: Moment,
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
    /// When it is decided.
    pub moment: Moment,
}

/// Set money aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceHold {
    pub hold_id: HoldId,
    /// How much; more than nothing.
    pub amount: Money,
    /// From this instant on it no longer counts.
    pub expires_at: Option<Timestamp>,
    /// What the check against money laundering said, if it was asked.
    pub aml_verdict: Option<AmlVerdict>,
    /// The day whose limit it takes its share of.
    pub business_date: Date,
    /// When it is decided.
    pub moment: Moment,
}

/// Take money out that was set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaptureHold {
    pub hold_id: HoldId,
    /// How much; all of the hold if nothing is said. What lies beyond the hold is a debit of its own.
    pub amount: Option<Money>,
    /// What it says about itself.
    pub details: EntryDetails,
    /// What the check against money laundering said of a capture beyond the hold, if it was asked.
    pub aml_verdict: Option<AmlVerdict>,
    /// When it is decided.
    pub moment: Moment,
}

/// Give up a hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseHold {
    pub hold_id: HoldId,
    /// When it is decided.
    pub moment: Moment,
}

/// Record that a hold has run out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpireHold {
    pub hold_id: HoldId,
    /// When it is decided.
    pub moment: Moment,
}

/// Refuse debits from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Freeze {
    pub reason: String,
    /// When it is decided.
    pub moment: Moment,
}

/// Take debits again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfreeze {
    /// When it is decided.
    pub moment: Moment,
}

/// Change what may be debited per business date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetDailyLimit {
    /// The new limit; 0 allows no debit.
    pub limit: Money,
    /// When it is decided.
    pub moment: Moment,
}

/// Change how far below zero a business account may go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetOverdraftLimit {
    /// The new limit, as a positive amount; 0 for none.
    pub limit: Money,
    /// When it is decided.
    pub moment: Moment,
}

/// Let somebody sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddSignatory {
    pub signatory: CustomerId,
    /// When it is decided.
    pub moment: Moment,
}

/// Let somebody sign no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoveSignatory {
    pub signatory: CustomerId,
    /// When it is decided.
    pub moment: Moment,
}

/// Accrue one day's interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccrueInterest {
    /// Exactly this day, today at the latest. The event's business time is the end of that day.
    pub date: Date,
    /// When it is decided.
    pub moment: Moment,
}

/// Pay out a month's interest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostInterest {
    /// All that is accrued up to its last day and not yet paid out.
    pub month: Month,
    /// The day the entry counts for: the month's last day, or today if that lies ahead.
    pub business_date: Date,
    /// What becomes of the posting where days were never reckoned.
    pub missing_days: MissingDays,
    /// When it is decided.
    pub moment: Moment,
}

/// What becomes of a posting where days since the last one were never reckoned, which it closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MissingDays {
    /// They earn nothing; the event says how many they are.
    #[default]
    Accept,
    /// It is refused.
    Refuse,
}

/// Charge a fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeFee {
    /// How much; more than nothing.
    pub amount: Money,
    pub kind: FeeKind,
    /// What for, in words.
    pub reason: String,
    /// The day it counts for.
    pub business_date: Date,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
    /// When it is decided.
    pub moment: Moment,
}

/// Charge the product's monthly fee, once per month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChargeMaintenanceFee {
    pub month: Month,
    /// The day it counts for.
    pub business_date: Date,
    /// When it is decided.
    pub moment: Moment,
}

/// Undo an entry by a new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReverseTransaction {
    /// The entry to undo.
    pub transaction_id: TransactionId,
    /// That entry, as the caller found it in this account's events.
    pub original: OriginalEntry,
    pub reason: String,
    /// The day the new entry counts for.
    pub business_date: Date,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
    /// When it is decided.
    pub moment: Moment,
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
}

/// Close the account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Close {
    /// Why, if somebody said so.
    pub reason: Option<String>,
    /// When it is decided.
    pub moment: Moment,
}

/// Take over interest that another system has paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOverInterest {
    /// How much; more than nothing.
    pub amount: Money,
    /// The day it was paid: all days up to it count as accrued and paid.
    pub business_date: Date,
    /// The day from which on its bank counts interest on it, where that told it.
    pub value_date: Option<Date>,
    /// When it is taken over.
    pub moment: Moment,
}

/// Take over what the account held when its history begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TakeOverOpeningBalance {
    /// What it held; negative for an overdrawn account.
    pub balance: Money,
    /// The day at whose beginning it stood so: no entry lies before it.
    pub business_date: Date,
    /// When it is taken over.
    pub moment: Moment,
}

impl AccountCommand {
    /// When it is decided.
    pub fn moment(&self) -> Moment {
        match self {
            Self::Open(command) => command.moment,
            Self::Deposit(command) => command.moment,
            Self::Withdraw(command) => command.moment,
            Self::PlaceHold(command) => command.moment,
            Self::CaptureHold(command) => command.moment,
            Self::ReleaseHold(command) => command.moment,
            Self::ExpireHold(command) => command.moment,
            Self::Freeze(command) => command.moment,
            Self::Unfreeze(command) => command.moment,
            Self::SetDailyLimit(command) => command.moment,
            Self::SetOverdraftLimit(command) => command.moment,
            Self::AddSignatory(command) => command.moment,
            Self::RemoveSignatory(command) => command.moment,
            Self::AccrueInterest(command) => command.moment,
            Self::PostInterest(command) => command.moment,
            Self::ChargeFee(command) => command.moment,
            Self::ChargeMaintenanceFee(command) => command.moment,
            Self::ReverseTransaction(command) => command.moment,
            Self::Close(command) => command.moment,
            Self::TakeOverInterest(command) => command.moment,
            Self::TakeOverOpeningBalance(command) => command.moment,
        }
    }
}
