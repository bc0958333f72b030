//! What every aggregate is held to, whatever it is about, and what the suites have to know of each for that: samples
//! of its events, a past that fills its state, and what random stories ask of it.
//!
//! Golden files guard what is stored, the projections are played the stories, and `aggregates` holds all of them to
//! the contract of [`Aggregate`].

mod access_refusal;
mod account;
mod card;
mod customer;
mod daily_reconciliation;
mod disbursement;
mod external_payment;
mod incoming_payment;
mod loan;
mod loan_assessment;
mod loan_disbursement;
mod night;
mod onboarding;
mod operation;
mod order;
mod payment;
mod process;
mod reconciliation;
mod scheduled_payment;
mod settings;
mod signal;
mod standing_order;
mod treasury;

pub use customer::customer_id;
pub use process::{EveryProcess, Sampled, Trace, every_process};

use jiff::{
    Span,
    civil::{Date, date},
};
use khata_application::{
    accounts::onboarding::Onboarding,
    lending::{assessing::LoanAssessment, disbursing::LoanDisbursement},
    payments::{reconciling::DailyReconciliation, scheduling::ScheduledPayment, sending::ExternalPayment},
    processes::Instance,
};
use khata_domain::{
    Aggregate, DecisionContext, Money, Text,
    access_audit::AccessRefusal,
    accounts::BankAccount,
    cards::CreditCard,
    customers::{Customer, CustomerEmail},
    ids::{CustomerId, TypedId},
    lending::{Disbursement, Loan, Treasury},
    nights::Night,
    operations::Operation,
    orders::Order,
    payments::{IncomingPayment, Payment, Reconciliation, StandingOrder},
    settings::Settings,
    testing::decided_on,
    traffic::TrafficSignal,
};
use proptest::{collection::SizeRange, prelude::*};
use uuid::Uuid;

/// The day of business time of all samples.
pub const DAY: Date = date(2026, 1, 8);

/// An aggregate, as the suites know it.
pub trait Contract: Aggregate + PartialEq + std::fmt::Debug {
    /// How many of them the stories tell of.
    const SUBJECTS: u128 = 0;

    /// The id of the nth of them, counted from 0. To be given where there are any.
    const NTH: fn(u128) -> Self::Id = |number| unreachable!("no story tells of {} {number}", Self::CATEGORY);

    /// A sample of each event in every shape it ever had.
    fn samples() -> Vec<Sample<Self::Event>>;

    /// A past that fills every field of the state.
    fn past() -> Vec<Self::Event>;

    /// What a step of a story asks of it. To be given where there are any.
    fn asked(&self, step: &Step) -> Asked<Self::Command> {
        unreachable!("no story tells of {}: {step:?}", Self::CATEGORY)
    }
}

/// Looks at one aggregate after the other.
pub trait Visitor {
    /// Looks at one of them.
    fn visit<A: Contract>(&mut self);
}

/// Shows every aggregate to a visitor, sorted by category. A new one gets its line here.
pub fn every_aggregate(visitor: &mut impl Visitor) {
    visitor.visit::<AccessRefusal>();
    visitor.visit::<BankAccount>();
    visitor.visit::<CreditCard>();
    visitor.visit::<Customer>();
    visitor.visit::<CustomerEmail>();
    visitor.visit::<Disbursement>();
    visitor.visit::<IncomingPayment>();
    visitor.visit::<Loan>();
    visitor.visit::<Night>();
    visitor.visit::<Operation>();
    visitor.visit::<Order>();
    visitor.visit::<Payment>();
    visitor.visit::<Instance<ExternalPayment>>();
    visitor.visit::<Instance<LoanAssessment>>();
    visitor.visit::<Instance<LoanDisbursement>>();
    visitor.visit::<Instance<Onboarding>>();
    visitor.visit::<Instance<DailyReconciliation>>();
    visitor.visit::<Instance<ScheduledPayment>>();
    visitor.visit::<Reconciliation>();
    visitor.visit::<Settings>();
    visitor.visit::<StandingOrder>();
    visitor.visit::<TrafficSignal>();
    visitor.visit::<Treasury>();
}

/// An event as it must be read from its file.
pub struct Sample<E> {
    /// The schema version of the file.
    pub version: u32,
    /// What sets it apart from other samples of the same event; empty for the fullest one.
    pub label: &'static str,
    /// What the file says.
    pub event: E,
}

/// A sample of an event in its first shape, with all that it can hold.
pub fn full<E>(event: E) -> Sample<E> {
    Sample { version: 1, label: "", event }
}

/// A sample of an event in its first shape, without anything that it need not hold.
pub fn bare<E>(event: E) -> Sample<E> {
    Sample { version: 1, label: ".bare", event }
}

/// One step of a story: who does what, with which amount, how many days after the beginning.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which of the subjects; those of an aggregate are counted from 0.
    pub subject: u128,
    /// 0 to 15.
    pub deed: u8,
    /// 0 to 3.
    pub number: u128,
    pub minor: i64,
    pub day: i32,
}

/// A command, and what it is decided under.
pub type Asked<C> = (DecisionContext<'static>, C);

impl Step {
    /// What it is decided under, unless it says otherwise.
    pub fn at(&self) -> DecisionContext<'static> {
        decided_on(date(2026, 1, 15).checked_add(Span::new().days(self.day)).unwrap())
    }
}

/// So many steps of so many subjects, in the order of their days.
pub fn steps(subjects: u128, steps: impl Into<SizeRange>) -> impl Strategy<Value = Vec<Step>> {
    let step = (0..subjects, 0_u8..16, 0_u128..4, 1_i64..5_000_000, 0_i32..90);
    let step =
        step.prop_map(|(subject, deed, number, minor, day)| Step { subject, deed, number, minor, day });
    prop::collection::vec(step, steps).prop_map(|mut steps| {
        steps.sort_by_key(|step: &Step| step.day);
        steps
    })
}

/// The nth id of a kind.
fn nth<I: TypedId>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

/// The customer that a subject belongs to, or is.
fn customer(subject: u128) -> CustomerId {
    nth(subject % Customer::SUBJECTS)
}

fn inr(minor: i64) -> Money {
    Money::from_minor(minor, "INR".parse().unwrap())
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}
