//! Why a bank account refuses. The code is the rule; the members are its numbers.

use super::state::{HoldEnd, Status};
use crate::{
    Money, WideMoney,
    accounts::{AccountType, CustomerType, EntryKind},
    currency::CurrencyWithdrawn,
    ids::{CustomerId, HoldId, TransactionId},
};
use jiff::{Timestamp, civil::Date};
use serde::Serialize;

/// Why a bank account refuses. Serialises as `{"code": "<rule>", …facts}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum AccountError {
    #[error("the account is not open")]
    AccountNotOpen,
    #[error("the account is open already")]
    AccountAlreadyOpen,
    #[error("the account is closed")]
    AccountClosed,
    #[error("the account is {status}")]
    AccountNotActive { status: Status },
    #[error("a {} account is for {} customers only", account_type.name(), customer_type.name())]
    AccountTypeNotAllowed { account_type: AccountType, customer_type: CustomerType },
    #[error("the amount must be more than zero")]
    AmountNotPositive { amount: Money },
    #[error("the amount would go beyond what the books can hold")]
    AmountOutOfRange,
    #[error("the amount is in {}, the account in {expected}", amount.currency())]
    CurrencyMismatch { amount: Money, expected: crate::Currency },
    #[error("{currency} is in use no longer; its last day was {last_day}")]
    CurrencyWithdrawn { currency: crate::Currency, last_day: Date },
    #[error("{requested} is more than the available {available}")]
    InsufficientFunds {
        requested: Money,
        available: WideMoney,
        /// The past day on which it is so little, where the debit is dated back.
        #[serde(skip_serializing_if = "Option::is_none")]
        date: Option<Date>,
    },
    #[error("{requested} is more than the {remaining} left of the daily limit of {limit} of {date}")]
    DailyLimitExceeded { requested: Money, limit: Money, used: WideMoney, remaining: WideMoney, date: Date },
    #[error("{amount} needs an approving verdict against money laundering")]
    ComplianceHold { amount: Money, threshold: Money },
    #[error("{date} lies after {today}")]
    DateInFuture { date: Date, today: Date },
    #[error("{date} lies before {earliest}, since when debits can still be dated back")]
    DateTooFarBack { date: Date, earliest: Date },
    #[error("{date} lies before {opened_on}, the day of the opening")]
    DateBeforeOpening { date: Date, opened_on: Date },
    #[error("{date} lies before {entry_date}, the day of the entry that is undone")]
    DateBeforeEntry { date: Date, entry_date: Date },
    #[error("{date} lies before {begins_on}, whose opening balance holds what came before")]
    DateBeforeOpeningBalance { date: Date, begins_on: Date },
    #[error("the account has an opening balance of {begins_on} already")]
    OpeningBalanceExists { begins_on: Date },
    #[error("an opening balance of {date} cannot stand behind entries: the first of them is of {earliest}")]
    EntriesBeforeOpeningBalance { date: Date, earliest: Date },
    #[error("{count} days up to {through} are not reckoned, the first of them {first}")]
    DaysMissing { count: u32, first: Date, through: Date },
    #[error("the expiry {expires_at} has passed already")]
    ExpiryInPast { expires_at: Timestamp },
    #[error("there is no hold {hold_id}")]
    HoldNotFound { hold_id: HoldId },
    #[error("the hold {hold_id} is {status}")]
    HoldNotActive { hold_id: HoldId, status: HoldEnd },
    #[error("the hold {hold_id} has not run out yet")]
    HoldNotExpired { hold_id: HoldId, expires_at: Option<Timestamp> },
    #[error("{holds} holds are open, as many as an account can have")]
    TooManyHolds { holds: usize, maximum: usize },
    #[error("there is a hold {hold_id} already")]
    HoldAlreadyExists { hold_id: HoldId },
    #[error("a limit cannot be negative")]
    LimitNegative { limit: Money },
    #[error("a {} account cannot be overdrawn", account_type.name())]
    OverdraftNotAllowed { account_type: AccountType },
    #[error("{used} of the overdraft are in use")]
    OverdraftInUse { limit: Money, used: WideMoney },
    #[error("{signatory} is no signatory")]
    SignatoryNotFound { signatory: CustomerId },
    #[error("{signatory} is the last signatory")]
    LastSignatory { signatory: CustomerId },
    #[error("the transaction {transaction_id} is reversed already")]
    TransactionAlreadyReversed { transaction_id: TransactionId },
    #[error("a {} cannot be reversed", kind.name())]
    NotReversible { transaction_id: TransactionId, kind: EntryKind },
    #[error("the balance is {balance}, not zero")]
    BalanceNotZero { balance: WideMoney },
    #[error("{holds} holds are open, {amount} in all")]
    HoldsOpen { holds: usize, amount: WideMoney },
    #[error("this can only be taken over as history")]
    HistoryOnly,
}

impl From<CurrencyWithdrawn> for AccountError {
    fn from(CurrencyWithdrawn { currency, last_day }: CurrencyWithdrawn) -> Self {
        Self::CurrencyWithdrawn { currency, last_day }
    }
}
