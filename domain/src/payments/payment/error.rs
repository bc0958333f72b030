//! Why a payment refuses. The code is the rule; the members are its facts.

use super::words::PaymentStatus;
use crate::{Money, ids::AccountId, refusals};
use jiff::{Timestamp, civil::Date};

refusals! {
    /// Why a payment refuses.
    pub enum PaymentError {
        /// The payment was never ordered.
        #[error("the payment is not requested")]
        PaymentNotRequested,
        /// The payment is ordered already.
        #[error("the payment is requested already")]
        PaymentAlreadyRequested,
        #[error("the amount must be more than zero")]
        AmountNotPositive { amount: Money },
        #[error("the amount would go beyond what the books can hold")]
        AmountOutOfRange,
        /// A payment goes from one account to another (`account_id`).
        #[error("the money would stay on {account_id}")]
        SameAccount { account_id: AccountId },
        /// A payment is ordered for today or a later day (`scheduled_for`, `today`).
        #[error("{scheduled_for} lies before {today}")]
        ScheduledInPast { scheduled_for: Date, today: Date },
        /// A payment is ordered so far ahead at most (`scheduled_for`, `latest`).
        #[error("{scheduled_for} lies after {latest}, the last day that a payment can be ordered for now")]
        ScheduledTooFarAhead { scheduled_for: Date, latest: Date },
        /// The day of the payment has not come yet (`scheduled_for`, `today`).
        #[error("the payment is for {scheduled_for}")]
        PaymentNotDue { scheduled_for: Date, today: Date },
        /// The payment's status does not allow that (`actual_status`).
        #[error("the payment is {status}")]
        PaymentStatusConflict { status: PaymentStatus },
        /// Only a payment that somebody has to look at is approved or rejected (`actual_status`).
        #[error("the payment is {status}: nobody has to look at it")]
        PaymentNotInReview { status: PaymentStatus },
        /// Whoever ordered a payment, or pays it, is not the one who approves it.
        #[error("whoever ordered a payment, or pays it, is not the one who approves it")]
        OwnPayment,
        /// A payment can be cancelled until it is sent or made (`actual_status`).
        #[error("the payment is {status} and cannot be cancelled any more")]
        PaymentNotCancellable { status: PaymentStatus },
        /// This is for payments to other banks only.
        #[error("the payment goes to an account of this bank")]
        PaymentIsInternal,
        /// This is for payments between accounts of the bank only.
        #[error("the payment goes to another bank")]
        PaymentIsExternal,
        /// What is sent again must be the same bytes.
        #[error("something else was sent before")]
        PaymentBodyDiffers,
        /// The gateway would not know the payment again, so it must be asked before it is sent once more (`since`).
        #[error("it was sent at {since}, and the gateway must be asked before it is sent again")]
        InquiryNeeded { since: Timestamp },
        /// The gateway may not know the payment yet (`inquiries`, `needed`, `until`).
        #[error("the gateway may not know the payment yet: asked {inquiries} of {needed} times, waiting until {until}")]
        PaymentMayStillArrive { inquiries: u32, needed: u32, until: Timestamp },
        /// The gateway named the payment otherwise before (`gateway_reference`).
        #[error("the gateway named it {gateway_reference} before")]
        GatewayReferenceDiffers { gateway_reference: String },
        /// No more comes back than was paid (`amount`, `paid`).
        #[error("{amount} is more than the {paid} that were paid")]
        ReturnExceedsPayment { amount: Money, paid: Money },
        /// The payment has no open reversal case.
        #[error("no reversal case is open")]
        NoReversalCase,
    }
}
