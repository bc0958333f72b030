//! Why a credit card refuses. The code is the rule; the members are its facts. What a rule means where it
//! has no documentation is told by the account's rule of the same code.

use super::{
    DisputeOutcome,
    state::{AuthorizationEnd, CardStatus},
};
use crate::{
    Currency, Money,
    cards::MerchantId,
    currency::CurrencyWithdrawn,
    ids::{AuthorizationId, DisputeId, TransactionId},
    refusals,
};
use jiff::{Timestamp, civil::Date};

refusals! {
    /// Why a credit card refuses.
    pub enum CardError {
        /// The card is not activated yet, or blocked (`actual_status`).
        #[error("the card is {status}")]
        CardNotActive { status: CardStatus },
        /// The card is closed.
        #[error("the card is closed")]
        CardClosed,
        /// The card is not issued.
        #[error("the card is not issued")]
        CardNotIssued,
        /// The card is issued already.
        #[error("the card is issued already")]
        CardAlreadyIssued,
        /// More of the credit limit is used than the new one allows (`limit`, `used`).
        #[error("{used} of the limit are used")]
        LimitInUse { limit: Money, used: Money },
        /// A fee is more than the available credit (`requested`, `available`).
        #[error("{requested} is more than the available {available}")]
        InsufficientCredit { requested: Money, available: Money },
        /// The card has no such authorisation, or has forgotten it (`authorization_id`).
        #[error("there is no authorisation {authorization_id}")]
        AuthorizationNotFound { authorization_id: AuthorizationId },
        /// The authorisation was captured, voided or declined, or has expired (`authorization_id`,
        /// `actual_status`).
        #[error("the authorisation {authorization_id} is {status}")]
        AuthorizationNotOpen { authorization_id: AuthorizationId, status: AuthorizationEnd },
        /// The authorisation has not expired yet (`authorization_id`, `expires_at`).
        #[error("the authorisation {authorization_id} has not run out yet")]
        AuthorizationNotExpired { authorization_id: AuthorizationId, expires_at: Timestamp },
        /// The authorisation was not declined for somebody to look at it, or they have decided (`authorization_id`).
        #[error("the authorisation {authorization_id} waits for nobody to look at it")]
        AuthorizationNotInReview { authorization_id: AuthorizationId },
        /// Whoever looks at an authorisation must not have asked for it, nor be the cardholder.
        #[error("nobody looks at what they asked for themselves, or at their own card")]
        OwnAuthorization,
        /// Something else was requested under this name, or it was captured long ago (`authorization_id`).
        #[error("there is an authorisation {authorization_id} already")]
        AuthorizationAlreadyExists { authorization_id: AuthorizationId },
        /// As many authorisations are open as can be at once (`most`).
        #[error("{most} authorisations are open, which is the most there can be at once")]
        TooManyAuthorizations { most: usize },
        /// More than was authorised (`requested`, `authorized`).
        #[error("{requested} is more than the authorised {authorized}")]
        CaptureExceedsAuthorization { requested: Money, authorized: Money },
        /// More than the merchant has captured lately and not returned (`merchant_id`, `requested`,
        /// `refundable`).
        #[error("{requested} is more than the {refundable} that {merchant_id} has captured and not returned")]
        RefundExceedsCaptured { merchant_id: MerchantId, requested: Money, refundable: Money },
        /// The day lies in a statement period that is closed (`date`, `closed_through`).
        #[error("{date} lies in a period that was closed on {closed_through}")]
        PeriodClosed { date: Date, closed_through: Date },
        /// Interest is charged once in a statement period (`charged_for`).
        #[error("the interest of this statement period was charged for {charged_for}")]
        InterestAlreadyCharged { charged_for: Date },
        /// The number of points must be more than zero.
        #[error("the number of points must be more than zero")]
        PointsNotPositive,
        /// More points than there are (`requested`, `available`).
        #[error("{requested} points are more than the {available} there are")]
        InsufficientPoints { requested: u64, available: i64 },
        /// Only recent captures with something left of them can be disputed (`transaction_id`,
        /// `window_days`).
        #[error(
            "the transaction {transaction_id} cannot be disputed: it is no capture of the last {window_days} days with something left of it"
        )]
        TransactionNotDisputable { transaction_id: TransactionId, window_days: u16 },
        /// A transaction is disputed once (`transaction_id`, `dispute_id`).
        #[error("the transaction {transaction_id} was disputed already")]
        TransactionAlreadyDisputed { transaction_id: TransactionId, dispute_id: DisputeId },
        /// As many disputes are open as can be at once (`most`).
        #[error("{most} disputes are open, which is the most there can be at once")]
        TooManyDisputes { most: usize },
        /// The card has no such dispute (`dispute_id`).
        #[error("there is no dispute {dispute_id}")]
        DisputeNotFound { dispute_id: DisputeId },
        /// The dispute has ended the other way (`dispute_id`, `outcome`).
        #[error("the dispute {dispute_id} was resolved in favour of the {}", outcome.name())]
        DisputeAlreadyResolved { dispute_id: DisputeId, outcome: DisputeOutcome },
        /// The bank owes the cardholder nothing, or no more than open authorisations will use (`authorized`).
        #[error("there is no credit to pay out, beside {authorized} that are authorised")]
        NoCreditToPayOut { authorized: Money },
        /// More than the cardholder's credit, less what is authorised (`requested`, `available`).
        #[error("{requested} is more than the credit of {available} that can be paid out")]
        CreditExceeded { requested: Money, available: Money },
        /// A card is closed with nothing owed either way (`outstanding`).
        #[error("{outstanding} is outstanding, not zero")]
        OutstandingNotZero { outstanding: Money },
        /// A card is closed without open authorisations (`authorizations`, `amount`).
        #[error("{authorizations} authorisations are open, {amount} in all")]
        AuthorizationsOpen { authorizations: usize, amount: Money },
        /// A card is closed without open disputes (`disputes`).
        #[error("{disputes} disputes are open")]
        DisputesOpen { disputes: usize },
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        #[error("the amount would go beyond what the books can hold")]
        AmountOutOfRange,
        #[error("the amount is in {}, the card in {expected}", amount.currency())]
        CurrencyMismatch { amount: Money, expected: Currency },
        #[error("{currency} is in use no longer; its last day was {last_day}")]
        CurrencyWithdrawn { currency: Currency, last_day: Date },
        #[error("{date} lies after {today}")]
        DateInFuture { date: Date, today: Date },
        #[error("{date} lies before {earliest}, since when the card's days are known")]
        DateTooFarBack { date: Date, earliest: Date },
    }
}

impl From<CurrencyWithdrawn> for CardError {
    fn from(CurrencyWithdrawn { currency, last_day }: CurrencyWithdrawn) -> Self {
        Self::CurrencyWithdrawn { currency, last_day }
    }
}
