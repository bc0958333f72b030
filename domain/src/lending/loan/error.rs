//! Why a loan refuses. The code is the rule; the members are its numbers.

use super::state::Status;
use crate::{Currency, Money, Percent, currency::CurrencyWithdrawn, ids::TransactionId, lending::LoanType};
use jiff::civil::Date;
use serde::Serialize;

/// Why a loan refuses. Serialises as `{"code": "<rule>", …facts}`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum LoanError {
    #[error("nobody has applied for the loan")]
    LoanNotApplied,
    #[error("there is such a loan already")]
    LoanAlreadyApplied,
    #[error("the loan is {status}, no longer to be decided on")]
    LoanNotPending { status: Status },
    #[error("the loan is {status}, not approved")]
    LoanNotApproved { status: Status },
    #[error("the loan is {status}, not active")]
    LoanNotActive { status: Status },
    #[error("the amount must be more than zero")]
    AmountNotPositive { amount: Money },
    #[error("an income cannot be negative")]
    IncomeNegative { income: Money },
    #[error("the amount would go beyond what the books can hold")]
    AmountOutOfRange,
    #[error("the amount is in {}, the loan in {expected}", amount.currency())]
    CurrencyMismatch { amount: Money, expected: Currency },
    #[error("{currency} is in use no longer; its last day was {last_day}")]
    CurrencyWithdrawn { currency: Currency, last_day: Date },
    #[error("a term is 1 to {longest} months")]
    TermOutOfRange { term_months: u32, longest: u32 },
    #[error("{principal} at {annual_rate} % over {term_months} months: an instalment would repay nothing")]
    TermsNotRepayable { principal: Money, annual_rate: Percent, term_months: u32 },
    #[error("{date} lies after {today}")]
    DateInFuture { date: Date, today: Date },
    #[error("{date} lies before the disbursement on {disbursed_on}")]
    DateBeforeDisbursement { date: Date, disbursed_on: Date },
    #[error("{date} lies before {last_entry}, up to which entries are made")]
    DateBeforeLastEntry { date: Date, last_entry: Date },
    #[error("a {role} does not approve loans")]
    RoleNotAllowed { role: String, required: String },
    #[error("the customer's standing is not assessed yet")]
    LoanNotAssessed,
    #[error("a credit score of {credit_score} is below the {minimum} for {} loans", loan_type.name())]
    CreditScoreTooLow { credit_score: u16, minimum: u16, loan_type: LoanType },
    #[error("a {} loan needs a verified income", loan_type.name())]
    IncomeNotVerified { loan_type: LoanType },
    #[error("{principal} is more than the approver's limit of {limit}")]
    ApprovalLimitExceeded { principal: Money, limit: Money },
    #[error("a rejection says why")]
    ReasonsMissing,
    #[error("{amount} is more than the {payoff_amount} that pay the loan off")]
    PayoffExceeded { amount: Money, payoff_amount: Money, date: Date },
    #[error("the transaction {transaction_id} was another payment already")]
    TransactionAlreadyRecorded { transaction_id: TransactionId, amount: Money },
    #[error("the transaction {transaction_id} was a payment that has been taken back")]
    TransactionReversed { transaction_id: TransactionId },
    #[error("the payment {payment_id} is taken back already")]
    PaymentAlreadyReversed { payment_id: TransactionId },
    #[error("the payment {payment_id} cannot be taken back: the loan has been {} since", because.name())]
    PaymentNotReversible { payment_id: TransactionId, because: NotReversible },
    #[error("this can only be taken over as history")]
    HistoryOnly,
}

impl From<CurrencyWithdrawn> for LoanError {
    fn from(CurrencyWithdrawn { currency, last_day }: CurrencyWithdrawn) -> Self {
        Self::CurrencyWithdrawn { currency, last_day }
    }
}

/// What stands against taking a payment back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum NotReversible {
    /// Another schedule was agreed upon for what was owed after it.
    Restructured,
    /// What was owed after it was given up.
    WrittenOff,
    /// Another system had the loan as repaid.
    TakenOver,
}

impl NotReversible {
    /// Its name, for people.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restructured => "restructured",
            Self::WrittenOff => "written off",
            Self::TakenOver => "taken over as repaid",
        }
    }
}
