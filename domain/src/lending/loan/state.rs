//! What a loan remembers: enough to decide, and to answer how it stands on a day. Folding events into it lies
//! in `evolution`.

mod book;
mod members;

pub(super) use book::{Book, Entry, Start, standing};
pub use members::{
    Application, Approval, Assessment, Charge, ClosedReason, Closing, Payoff, StandingDebit, Status,
    WrittenOff,
};

use super::{BureauReference, ChargeKind, LoanEvent};
use crate::{
    Money, Percent,
    ids::TransactionId,
    lending::{Bucket, DueDay, Plan, Schedule},
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// The role that approves loans.
pub const OFFICER_ROLE: &str = "loan_officer";

/// A loan. Amounts are minor units of its currency.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Loan {
    pub(super) application: Option<Arc<Application>>,
    pub(super) status: Status,
    pub(super) assessment: Option<Assessment>,
    /// The bureau that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bureau: Option<BureauReference>,
    pub(super) approval: Option<Arc<Approval>>,
    /// How often it was approved.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) approvals: u32,
    pub(super) rejection: Vec<String>,
    pub(super) reversal: Option<String>,
    pub(super) disbursed_on: Option<Date>,
    pub(super) term_months: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) due_day: Option<DueDay>,
    pub(super) schedule: Option<Schedule>,
    /// In the order of their days; one of each kind for a day.
    pub(super) charges: Vec<Charge>,
    /// The account that pays what is due, if one is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) standing_debit: Option<StandingDebit>,
    /// Due dates of instalments that a rule has charged for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) penalised: BTreeSet<Date>,
    /// What payments gave to charges that business time brings later.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) charges_paid_ahead: BTreeMap<ChargeKind, i64>,
    pub(super) transactions: BTreeMap<TransactionId, i64>,
    /// Of these, those whose payments were taken back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) returned: BTreeSet<TransactionId>,
    /// Payments that were taken back.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) reversed: BTreeSet<TransactionId>,
    pub(super) book: Book,
    /// So many ends that business time brings later were undone by payments taken back.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub(super) ends_undone: u32,
    pub(super) last_payment_on: Option<Date>,
    pub(super) restructured_on: Option<Date>,
    pub(super) bucket: Bucket,
    pub(super) bucket_as_of: Option<Date>,
    pub(super) closing: Option<Closing>,
    /// Of what was given up, what came in after all.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub(super) recovered_minor: i64,
    /// Events that business time brings before the application or the disbursement; they wait for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) early: Vec<LoanEvent>,
}

impl Loan {
    /// What was asked for; `None` before the application.
    pub fn application(&self) -> Option<&Application> {
        self.application.as_deref()
    }

    /// How far it has come.
    pub fn status(&self) -> Status {
        self.status
    }

    /// The customer's standing, once assessed.
    pub fn assessment(&self) -> Option<Assessment> {
        self.assessment
    }

    /// The credit bureau that the assessment comes from, if it does.
    pub fn bureau(&self) -> Option<&BureauReference> {
        self.bureau.as_ref()
    }

    /// The account that pays what is due, and how that goes; nothing where none is named.
    pub fn standing_debit(&self) -> Option<StandingDebit> {
        self.standing_debit
    }

    /// The approval that holds, if any.
    pub fn approval(&self) -> Option<&Approval> {
        self.approval.as_deref()
    }

    /// Why it was rejected; nothing if it was not.
    pub fn rejection(&self) -> &[String] {
        &self.rejection
    }

    /// Why the last approval was taken back, if one was.
    pub fn reversal(&self) -> Option<&str> {
        self.reversal.as_deref()
    }

    /// The day the money was paid out.
    pub fn disbursed_on(&self) -> Option<Date> {
        self.disbursed_on
    }

    /// How many monthly instalments are agreed: at first, or by the last restructuring from then on.
    pub fn term_months(&self) -> u32 {
        self.term_months
    }

    /// The day of the month on which its instalments are due, if agreed.
    pub fn due_day(&self) -> Option<DueDay> {
        self.due_day
    }

    /// Percent per year: as applied for, or as restructured.
    pub fn annual_rate(&self) -> Option<Percent> {
        let agreed = self.application().map(|application| application.annual_rate);
        self.schedule.as_ref().map(|schedule| schedule.annual_rate).or(agreed)
    }

    /// The schedule; `None` before the approval.
    pub fn schedule(&self) -> Option<&Schedule> {
        self.schedule.as_ref()
    }

    /// Penalties and fees in the order of their days, each day's of a kind as one.
    pub fn charges(&self) -> &[Charge] {
        &self.charges
    }

    /// The day of the last payment.
    pub fn last_payment_on(&self) -> Option<Date> {
        self.last_payment_on
    }

    /// The day of the last restructuring.
    pub fn restructured_on(&self) -> Option<Date> {
        self.restructured_on
    }

    /// The bucket last noted, and as of which day.
    pub fn bucket(&self) -> (Bucket, Option<Date>) {
        (self.bucket, self.bucket_as_of)
    }

    /// How it ended, if it did.
    pub fn closing(&self) -> Option<&Closing> {
        self.closing.as_ref()
    }

    /// Of what was given up, what came in after all; `None` unless something was given up.
    pub fn recovered(&self) -> Option<Money> {
        self.closing.as_ref().and_then(|closing| closing.written_off.as_ref())?;
        self.money(self.recovered_minor)
    }

    /// How many days its oldest unpaid instalment is past due; 0 unless it is active.
    pub fn days_past_due(&self, on: Date) -> u32 {
        self.running_schedule().map_or(0, |schedule| schedule.days_past_due(on))
    }

    /// What is owed on a day: the unpaid principal, the unpaid interest of instalments due by then, unpaid
    /// penalties and fees. Zero unless the loan is active; `None` before the application.
    pub fn outstanding(&self, on: Date) -> Option<Money> {
        let owed = self.running_schedule().map_or(0, |schedule| {
            let due = schedule.instalments.iter().filter(|instalment| instalment.due_date <= on);
            let interest =
                due.fold(0_i64, |sum, instalment| sum.saturating_add(instalment.unpaid_interest_minor()));
            schedule.principal_minor().saturating_add(interest).saturating_add(self.unpaid_charges(None))
        });
        self.money(owed)
    }

    /// The unpaid principal alone; zero unless the loan is active.
    pub fn outstanding_principal(&self) -> Option<Money> {
        self.money(self.running_schedule().map_or(0, Schedule::principal_minor))
    }

    /// Unpaid penalties or fees; zero unless the loan is active.
    pub fn outstanding_charges(&self, kind: ChargeKind) -> Option<Money> {
        self.money(if self.status == Status::Active { self.unpaid_charges(Some(kind)) } else { 0 })
    }

    /// What pays the loan off on a day: all that is due and unpaid, penalties, fees, the interest of the
    /// running period up to that day, and the remaining principal. Interest already paid for days to come
    /// counts against it. `None` unless active.
    pub fn payoff(&self, on: Date) -> Option<Money> {
        let schedule = self.running_schedule()?;
        let owed = schedule
            .principal_minor()
            .saturating_add(self.interest_owed(on))
            .saturating_add(self.unpaid_charges(None));
        self.money(owed)
    }

    /// The unpaid interest of due instalments, and what the running period has brought, less what is paid of
    /// it; may be negative.
    pub(super) fn interest_owed(&self, on: Date) -> i64 {
        let Some(schedule) = self.running_schedule() else { return 0 };
        let due = schedule.instalments.iter().filter(|instalment| instalment.due_date <= on);
        let due = due.fold(0_i64, |sum, instalment| sum.saturating_add(instalment.unpaid_interest_minor()));
        let running = schedule.running(on).map_or(0, |running| {
            schedule.accrued_interest_minor(running, on).saturating_sub(running.paid_interest_minor)
        });
        due.saturating_add(running)
    }

    pub(super) fn unpaid_charges(&self, kind: Option<ChargeKind>) -> i64 {
        let of_kind = self.charges.iter().filter(|charge| kind.is_none_or(|kind| charge.kind == kind));
        of_kind.fold(0, |sum: i64, charge| sum.saturating_add(charge.unpaid_minor()))
    }

    /// The schedule, while it is being repaid.
    pub(super) fn running_schedule(&self) -> Option<&Schedule> {
        self.schedule.as_ref().filter(|_| self.status == Status::Active)
    }

    /// Up to this day entries are made: payments and a restructuring may not be dated earlier.
    pub(super) fn last_entry(&self) -> Option<Date> {
        self.last_payment_on.max(self.restructured_on)
    }

    /// Whether a payment was taken back.
    pub fn is_reversed(&self, payment_id: TransactionId) -> bool {
        self.reversed.contains(&payment_id)
    }

    /// The plan of the whole loan from a day on.
    pub(super) fn plan(&self, start: Date) -> Option<Plan> {
        self.application().map(|application| application.plan(start))
    }

    pub(super) fn money(&self, minor: i64) -> Option<Money> {
        self.application().map(|application| Money::from_minor(minor, application.principal.currency()))
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_zero(count: &u32) -> bool {
    *count == 0
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks so")]
fn is_nothing(minor: &i64) -> bool {
    *minor == 0
}
