//! Why a bank account refuses. The code is the rule; the members are its numbers.

use super::state::{HoldEnd, Status};
use crate::{
    Money, WideMoney,
    accounts::{AccountType, CustomerType, EntryKind},
    currency::CurrencyWithdrawn,
    ids::{CustomerId, HoldId, PaymentId, TransactionId},
    refusals,
};
use jiff::{Timestamp, civil::Date};

refusals! {
    /// Why a bank account refuses.
    pub enum AccountError {
        /// The amount must be more than zero (`amount`).
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        /// The amount would take the account, loan, card or order beyond 64 bits of minor units.
        #[error("the amount would go beyond what the books can hold")]
        AmountOutOfRange,
        /// The amount is in another currency than the account, loan, card or order (`amount`, `expected`).
        #[error("the amount is in {}, the account in {expected}", amount.currency())]
        CurrencyMismatch { amount: Money, expected: crate::Currency },
        /// The currency is no longer in use, so nothing new starts in it (`currency`, `last_day`).
        #[error("{currency} is in use no longer; its last day was {last_day}")]
        CurrencyWithdrawn { currency: crate::Currency, last_day: Date },
        /// More than is available: balance + overdraft limit - minimum balance - holds (`requested`,
        /// `available`); of a debit dated back, on the day from its own on that has least (`date`).
        #[error("{requested} is more than the available {available}")]
        InsufficientFunds {
            requested: Money,
            available: WideMoney,
            /// The past day on which it is so little, where the debit is dated back.
            #[serde(skip_serializing_if = "Option::is_none")]
            date: Option<Date>,
        },
        /// More than is left of the limit of the business date or, of a debit dated back, of today's (`requested`,
        /// `limit`, `used`, `remaining`, `date`).
        #[error("{requested} is more than the {remaining} left of the daily limit of {limit} of {date}")]
        DailyLimitExceeded { requested: Money, limit: Money, used: WideMoney, remaining: WideMoney, date: Date },
        /// A debit this large needs an approval by the anti-money-laundering check (`amount`, `threshold`).
        #[error("{amount} needs an approving verdict against money laundering")]
        ComplianceHold { amount: Money, threshold: Money },
        /// The account takes no debits now (`actual_status`).
        #[error("the account is {status}")]
        AccountNotActive { status: Status },
        /// The account is closed.
        #[error("the account is closed")]
        AccountClosed,
        /// The account is not open.
        #[error("the account is not open")]
        AccountNotOpen,
        /// The account is open already.
        #[error("the account is open already")]
        AccountAlreadyOpen,
        /// The product is not for this type of customer (`account_type`, `customer_type`).
        #[error("a {} account is for {} customers only", account_type.name(), customer_type.name())]
        AccountTypeNotAllowed { account_type: AccountType, customer_type: CustomerType },
        /// The day lies after today (`date`, `today`).
        #[error("{date} lies after {today}")]
        DateInFuture { date: Date, today: Date },
        /// Debits, statements and interest cannot be dated back that far (`date`, `earliest`).
        #[error("{date} lies before {earliest}, since when debits can still be dated back")]
        DateTooFarBack { date: Date, earliest: Date },
        /// The day lies before the account was opened (`date`, `opened_on`).
        #[error("{date} lies before {opened_on}, the day of the opening")]
        DateBeforeOpening { date: Date, opened_on: Date },
        /// The day lies before that of an opening balance, which holds all that came before it (`date`,
        /// `begins_on`).
        #[error("{date} lies before {begins_on}, whose opening balance holds what came before")]
        DateBeforeOpeningBalance { date: Date, begins_on: Date },
        /// An entry is undone on its own day at the earliest (`date`, `entry_date`).
        #[error("{date} lies before {entry_date}, the day of the entry that is undone")]
        DateBeforeEntry { date: Date, entry_date: Date },
        /// Days that the posting would close were never accrued (`count`, `first`, `through`).
        #[error("{count} days up to {through} were never accrued, the first of them {first}")]
        DaysMissing { count: u32, first: Date, through: Date },
        /// The account has as many holds as it can have at once (`holds`, `maximum`).
        #[error("{holds} holds are open, as many as an account can have")]
        TooManyHolds { holds: usize, maximum: usize },
        /// The hold would already have expired (`expires_at`).
        #[error("the expiry {expires_at} has passed already")]
        ExpiryInPast { expires_at: Timestamp },
        /// The account has no such hold (`hold_id`).
        #[error("there is no hold {hold_id}")]
        HoldNotFound { hold_id: HoldId },
        /// The hold was captured, released, or has expired (`hold_id`, `actual_status`).
        #[error("the hold {hold_id} is {status}")]
        HoldNotActive { hold_id: HoldId, status: HoldEnd },
        /// The hold has not expired yet (`hold_id`, `expires_at`).
        #[error("the hold {hold_id} has not run out yet")]
        HoldNotExpired { hold_id: HoldId, expires_at: Option<Timestamp> },
        /// The account has a hold of this id (`hold_id`).
        #[error("there is a hold {hold_id} already")]
        HoldAlreadyExists { hold_id: HoldId },
        /// An entry or a hold of a payment changes with the payment alone (`payment_id`); its fee can be reversed.
        #[error("this is part of the payment {payment_id}, and changes with it alone")]
        PartOfPayment { payment_id: PaymentId },
        /// A limit cannot be negative (`limit`).
        #[error("a limit cannot be negative")]
        LimitNegative { limit: Money },
        /// The product cannot be overdrawn (`account_type`).
        #[error("a {} account cannot be overdrawn", account_type.name())]
        OverdraftNotAllowed { account_type: AccountType },
        /// More of the overdraft is in use than the new limit allows (`limit`, `used`).
        #[error("{used} of the overdraft are in use")]
        OverdraftInUse { limit: Money, used: WideMoney },
        /// The customer is no signatory of the account (`signatory`).
        #[error("{signatory} is no signatory")]
        SignatoryNotFound { signatory: CustomerId },
        /// The last signatory cannot be removed (`signatory`).
        #[error("{signatory} is the last signatory")]
        LastSignatory { signatory: CustomerId },
        /// A transaction is reversed once (`transaction_id`).
        #[error("the transaction {transaction_id} is reversed already")]
        TransactionAlreadyReversed { transaction_id: TransactionId },
        /// An entry of this kind cannot be reversed (`transaction_id`, `kind`).
        #[error("a {} cannot be reversed", kind.name())]
        NotReversible { transaction_id: TransactionId, kind: EntryKind },
        /// An account is closed with balance zero only (`balance`).
        #[error("the balance is {balance}, not zero")]
        BalanceNotZero { balance: WideMoney },
        /// An account is closed without holds only (`holds`, `amount`).
        #[error("{holds} holds are open, {amount} in all")]
        HoldsOpen { holds: usize, amount: WideMoney },
        /// History: the account has an opening balance already (`begins_on`).
        #[error("the account has an opening balance of {begins_on} already")]
        OpeningBalanceExists { begins_on: Date },
        /// History: the account has entries before the day of the opening balance (`date`, `earliest`).
        #[error("an opening balance of {date} cannot stand behind entries: the first of them is of {earliest}")]
        EntriesBeforeOpeningBalance { date: Date, earliest: Date },
        /// This can only be imported as history.
        #[error("this can only be taken over as history")]
        HistoryOnly,
    }
}

impl From<CurrencyWithdrawn> for AccountError {
    fn from(CurrencyWithdrawn { currency, last_day }: CurrencyWithdrawn) -> Self {
        Self::CurrencyWithdrawn { currency, last_day }
    }
}
