//! What can have happened to a standing order. The JSON of these is stored for ever: golden files guard it.

use super::{
    schedule::Terms,
    words::{StandingOrderEnd, StandingOrderKind},
};
use crate::{
    DomainEvent, Money, Text,
    declared::events,
    ids::{AccountId, CustomerId, PaymentId},
};
use jiff::civil::Date;

events! {
    /// What can have happened to a standing order.
    pub enum StandingOrderEvent {
        /// It was given.
        StandingOrderGiven in Box = "standing_order_given" v 1 {
            from_account: AccountId,
            from_customer: CustomerId,
            kind: StandingOrderKind,
            terms: Terms,
            /// Its dates up to this one were paid elsewhere.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            paid_through: Option<Date>,
            /// Nobody knows on which dates it really is due: they are made up.
            #[serde(default, skip_serializing_if = "std::ops::Not::not")]
            schedule_is_synthetic: bool,
            given_by: String,
            /// The day that it was given on.
            business_date: Date,
        },
        /// Other terms hold for dates from a day on.
        StandingOrderChanged in Box = "standing_order_changed" v 1 {
            /// All of them.
            terms: Terms,
            /// The first day that they hold for.
            from: Date,
            changed_by: String,
            business_date: Date,
        },
        /// Its dates go by from now on.
        StandingOrderPaused = "standing_order_paused" v 1 {
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<Text<500>>,
            paused_by: String,
            business_date: Date,
        },
        /// It is carried out again: on dates from this day on.
        StandingOrderResumed = "standing_order_resumed" v 1 {
            resumed_by: String,
            business_date: Date,
            /// So many dates went by.
            skipped: u32,
        },
        /// It has no more dates.
        StandingOrderEnded = "standing_order_ended" v 1 {
            end: StandingOrderEnd,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            reason: Option<Text<500>>,
            ended_by: String,
            business_date: Date,
        },
        /// What was due on a date was ordered as a payment.
        DueDateExecuted = "due_date_executed" v 1 {
            due_date: Date,
            /// The day that the calendar of business days gave it, if its rule for holidays is followed.
            runs_on: Date,
            payment_id: PaymentId,
            amount: Money,
            business_date: Date,
        },
        /// What was due on a date could not be paid.
        DueDateMissed in Box = "due_date_missed" v 1 {
            due_date: Date,
            /// As in `due_date_executed`.
            runs_on: Date,
            /// It was tried so often.
            attempt: u32,
            /// So often it is tried in all.
            attempts: u32,
            /// The rule that refused it.
            code: Text<100>,
            reason: Text<500>,
            /// The account that refused it.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            account_id: Option<AccountId>,
            amount: Money,
            business_date: Date,
        },
        /// What was due on a date will not be paid.
        DueDateGivenUp = "due_date_given_up" v 1 {
            due_date: Date,
            /// It was tried so often.
            attempts: u32,
            /// The rule that refused it, or why it is not tried any more.
            code: Text<100>,
            /// The payment, if there is one: it looked like fraud.
            #[serde(default, skip_serializing_if = "Option::is_none")]
            payment_id: Option<PaymentId>,
            amount: Money,
            business_date: Date,
        },
    }
}

impl DomainEvent for StandingOrderEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    fn business_date(&self) -> Option<Date> {
        Some(match self {
            Self::StandingOrderGiven(event) => event.business_date,
            Self::StandingOrderChanged(event) => event.business_date,
            Self::StandingOrderPaused(event) => event.business_date,
            Self::StandingOrderResumed(event) => event.business_date,
            Self::StandingOrderEnded(event) => event.business_date,
            Self::DueDateExecuted(event) => event.business_date,
            Self::DueDateMissed(event) => event.business_date,
            Self::DueDateGivenUp(event) => event.business_date,
        })
    }
}
