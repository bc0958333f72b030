//! Why a loan refuses. The code is the rule; the members are its facts. What a rule means where it
//! has no documentation is told by the account's rule of the same code.

use super::state::Status;
use crate::{
    Currency, Money, Percent, currency::CurrencyWithdrawn, ids::TransactionId, lending::LoanType, refusals,
};
use jiff::civil::Date;
use serde::Serialize;

refusals! {
    /// Why a loan refuses.
    pub enum LoanError {
        /// Nobody has applied for the loan.
        #[error("nobody has applied for the loan")]
        LoanNotApplied,
        /// The loan exists already.
        #[error("there is such a loan already")]
        LoanAlreadyApplied,
        /// The loan has already been decided (`actual_status`).
        #[error("the loan is {status}, no longer to be decided on")]
        LoanNotPending { status: Status },
        /// Only an approved loan that is not paid out allows this (`actual_status`).
        #[error("the loan is {status}, not approved")]
        LoanNotApproved { status: Status },
        /// Only a loan that is being repaid allows this (`actual_status`).
        #[error("the loan is {status}, not active")]
        LoanNotActive { status: Status },
        /// The loan was approved anew since (`approval`).
        #[error("the loan was approved anew since its approval {approval}")]
        ApprovalSuperseded { approval: u32 },
        /// The first instalment would be due before the loan is paid out (`first_due_date`, `today`).
        #[error("the first instalment would be due on {first_due_date}")]
        FirstDueDatePassed { first_due_date: Date, today: Date },
        /// An income cannot be negative (`income`).
        #[error("an income cannot be negative")]
        IncomeNegative { income: Money },
        /// A term is 1 to 600 months (`term_months`, `longest`).
        #[error("a term is 1 to {longest} months")]
        TermOutOfRange { term_months: u32, longest: u32 },
        /// With these terms an instalment would repay nothing, or less than its own interest (`principal`,
        /// `annual_rate`, `term_months`).
        #[error("{principal} at {annual_rate} % over {term_months} months: an instalment would repay nothing")]
        TermsNotRepayable { principal: Money, annual_rate: Percent, term_months: u32 },
        /// The first instalment is due after the loan's start, and within twelve months of it
        /// (`first_due_date`, `start`, `longest_months`).
        #[error("the first instalment is due after {start} and within {longest_months} months of it, not on {first_due_date}")]
        FirstDueDateOutOfRange { first_due_date: Date, start: Date, longest_months: i32 },
        /// The day lies before the disbursement (`date`, `disbursed_on`).
        #[error("{date} lies before the disbursement on {disbursed_on}")]
        DateBeforeDisbursement { date: Date, disbursed_on: Date },
        /// The day lies before the last payment, restructuring or noted lateness (`date`, `last_entry`).
        #[error("{date} lies before {last_entry}, up to which entries are made")]
        DateBeforeLastEntry { date: Date, last_entry: Date },
        /// Only a loan officer approves (`role`, `required`).
        #[error("a {role} does not approve loans")]
        RoleNotAllowed { role: String, required: String },
        /// The customer's standing is not assessed yet.
        #[error("the customer's standing is not assessed yet")]
        LoanNotAssessed,
        /// The credit score is below the minimum of the loan's type (`credit_score`, `minimum`, `loan_type`).
        #[error("a credit score of {credit_score} is below the {minimum} for {} loans", loan_type.name())]
        CreditScoreTooLow { credit_score: u16, minimum: u16, loan_type: LoanType },
        /// A loan of this type needs a verified income (`loan_type`).
        #[error("a {} loan needs a verified income", loan_type.name())]
        IncomeNotVerified { loan_type: LoanType },
        /// More than the approver may grant (`principal`, `limit`).
        #[error("{principal} is more than the approver's limit of {limit}")]
        ApprovalLimitExceeded { principal: Money, limit: Money },
        /// A rejection needs a reason.
        #[error("a rejection says why")]
        ReasonsMissing,
        /// More than what pays the loan off on that day (`amount`, `payoff_amount`, `date`).
        #[error("{amount} is more than the {payoff_amount} that pay the loan off")]
        PayoffExceeded { amount: Money, payoff_amount: Money, date: Date },
        /// Only of a loan that was written off something can come in after all (`actual_status`).
        #[error("the loan is {status}, not written off")]
        LoanNotWrittenOff { status: Status },
        /// More than what is still missing of what was written off (`amount`, `unrecovered`).
        #[error("{amount} is more than the {unrecovered} that are missing of what was written off")]
        RecoveryExceeded { amount: Money, unrecovered: Money },
        /// The account's transaction was another payment of this loan already (`transaction_id`, `amount`).
        #[error("the transaction {transaction_id} was another payment already")]
        TransactionAlreadyRecorded { transaction_id: TransactionId, amount: Money },
        /// The account's transaction was a payment of this loan that has been reversed (`transaction_id`).
        #[error("the transaction {transaction_id} was a payment that has been taken back")]
        TransactionReversed { transaction_id: TransactionId },
        /// A payment can be reversed only once (`payment_id`).
        #[error("the payment {payment_id} is taken back already")]
        PaymentAlreadyReversed { payment_id: TransactionId },
        /// What was agreed after a payment prevents its reversal (`payment_id`, `because`: `restructured`,
        /// `written_off` or `taken_over`).
        #[error("the payment {payment_id} cannot be taken back: the loan has been {} since", because.name())]
        PaymentNotReversible { payment_id: TransactionId, because: NotReversible },
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        #[error("the amount would go beyond what the books can hold")]
        AmountOutOfRange,
        #[error("the amount is in {}, the loan in {expected}", amount.currency())]
        CurrencyMismatch { amount: Money, expected: Currency },
        #[error("{currency} is in use no longer; its last day was {last_day}")]
        CurrencyWithdrawn { currency: Currency, last_day: Date },
        #[error("{date} lies after {today}")]
        DateInFuture { date: Date, today: Date },
        #[error("this can only be taken over as history")]
        HistoryOnly,
    }
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
