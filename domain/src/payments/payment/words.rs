//! The words of payments.

use crate::names::names;

names! {
    /// Where the money goes.
    pub enum PaymentKind {
        /// To another account of the bank.
        Internal = "internal",
        /// To another bank.
        External = "external",
    }
}

names! {
    /// How far a payment has come.
    pub enum PaymentStatus, default Requested {
        /// It is ordered, and no money has moved.
        Requested = "requested",
        /// Somebody has to look at it before it goes on.
        Screening = "screening",
        /// The money is set aside.
        Held = "held",
        /// It waits to be sent.
        Queued = "queued",
        /// It left the house, and the gateway has not said how it ended.
        Sent = "sent",
        /// Nobody knows whether the gateway has it: only an inquiry or its notice leads on.
        Unknown = "unknown",
        /// The money has arrived.
        Completed = "completed",
        /// It looked like fraud.
        RejectedFraud = "rejected_fraud",
        /// It surely came to nothing.
        Failed = "failed",
        /// Somebody did not want it any more.
        Cancelled = "cancelled",
        /// The money came back after it had arrived.
        Returned = "returned",
        /// It came to nothing, and what had been set aside for it is free again.
        Compensated = "compensated",
    }
}

names! {
    /// How it was learned what became of a payment.
    pub enum Learned as "PaymentLearned" {
        /// The gateway answered when it was sent.
        Answer = "answer",
        /// The gateway was asked.
        Inquiry = "inquiry",
        /// The gateway gave notice.
        Notice = "notice",
    }
}

names! {
    /// Why a payment came to nothing.
    pub enum FailureGround as "PaymentFailureGround" {
        /// An account refused it when its day had come.
        NotExecuted = "not_executed",
        /// It surely never left the house.
        NotSent = "not_sent",
        /// The gateway refused it.
        Refused = "refused",
        /// The gateway does not know it, long after it was sent.
        NotFound = "not_found",
    }
}

names! {
    /// What a gateway says that was asked about a payment which is not settled.
    pub enum InquiryOutcome as "PaymentInquiryOutcome" {
        /// It knows no such payment, or not yet.
        NotFound = "not_found",
        /// It works on it.
        InProgress = "in_progress",
    }
}

names! {
    /// How a reversal case ended.
    pub enum CaseOutcome as "ReversalCaseOutcome" {
        /// The other bank has given the money back.
        Recalled = "recalled",
        /// The customer has paid after all.
        Debited = "debited",
        /// The bank bears it.
        WrittenOff = "written_off",
    }
}
