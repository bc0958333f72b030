//! How events change a loan. Total: no rule is checked here, no history is refused, in whatever order
//! business time brings it. What comes before the application waits for it, what presupposes the disbursement
//! waits for that; what follows never leads back.

use super::{
    event::*,
    state::{
        Application, Approval, Assessment, Charge, ClosedReason, Closing, Entry, Loan, StandingDebit, Start,
        Status, WrittenOff, standing,
    },
};
use crate::{
    Money,
    lending::{DueDates, PaidEarly, Plan, Schedule},
};
use jiff::civil::Date;
use std::sync::Arc;

impl Loan {
    pub(super) fn apply(&mut self, event: &LoanEvent) {
        if self.comes_too_early(event) {
            return self.early.push(event.clone());
        }
        match event {
            LoanEvent::LoanApplied(event) => self.take_application(event),
            LoanEvent::LoanAssessed(event) => {
                let LoanAssessed { credit_score, income_verified, assessed_on, .. } = *event;
                self.bureau.clone_from(&event.bureau);
                self.assessment = Some(Assessment { credit_score, income_verified, assessed_on });
            }
            LoanEvent::LoanApproved(event) => self.approve(event),
            LoanEvent::LoanRejected(event) => {
                self.rejection.clone_from(&event.reasons);
                self.leave(Status::Pending, Status::Rejected);
            }
            LoanEvent::LoanApprovalReversed(event) => self.take_approval_back(event),
            LoanEvent::LoanDisbursed(event) => self.disburse(event.disbursed_on),
            LoanEvent::LoanPaymentMade(event) => self.take_payment(event),
            LoanEvent::LoanPaymentReversed(event) => self.take_back(event),
            LoanEvent::LoanPenaltyCharged(event) => {
                let LoanPenaltyCharged { kind, amount, charged_on, instalment, .. } = *event;
                self.penalised.extend(instalment.map(|instalment| instalment.due_date));
                let entry = Entry::Charge { kind, charged_on, amount };
                self.put(&entry);
                self.book.entries.push(entry);
            }
            LoanEvent::LoanBecameDelinquent(event) => {
                self.bucket = event.bucket;
                self.bucket_as_of = Some(event.as_of);
            }
            LoanEvent::LoanRestructured(event) => self.restructure(event),
            LoanEvent::LoanWrittenOff(event) => self.write_off(event),
            LoanEvent::LoanFullyRepaid(event) => self.close_repaid(event),
            LoanEvent::LoanRecovered(event) => self.recover(event),
            LoanEvent::StandingDebitSet(event) => {
                self.standing_debit = Some(StandingDebit::of(event.account_id))
            }
            LoanEvent::StandingDebitCancelled(_) => self.standing_debit = None,
            LoanEvent::StandingDebitFailed(event) => self.note_failed_debit(event),
        }
    }

    fn comes_too_early(&self, event: &LoanEvent) -> bool {
        match event {
            LoanEvent::LoanApplied(_) => false,
            LoanEvent::LoanAssessed(_)
            | LoanEvent::LoanApproved(_)
            | LoanEvent::LoanRejected(_)
            | LoanEvent::LoanApprovalReversed(_)
            | LoanEvent::LoanDisbursed(_)
            | LoanEvent::StandingDebitSet(_)
            | LoanEvent::StandingDebitCancelled(_)
            | LoanEvent::StandingDebitFailed(_) => self.application.is_none(),
            LoanEvent::LoanPaymentMade(_)
            | LoanEvent::LoanPaymentReversed(_)
            | LoanEvent::LoanPenaltyCharged(_)
            | LoanEvent::LoanBecameDelinquent(_)
            | LoanEvent::LoanRestructured(_)
            | LoanEvent::LoanWrittenOff(_)
            | LoanEvent::LoanFullyRepaid(_)
            | LoanEvent::LoanRecovered(_) => self.application.is_none() || self.disbursed_on.is_none(),
        }
    }

    /// An account that is not named any more has no attempts to remember.
    fn note_failed_debit(&mut self, event: &StandingDebitFailed) {
        let named = self.standing_debit.as_mut().filter(|debit| debit.account_id == event.account_id);
        if let Some(debit) = named {
            let (due_date, tried_on) = (Some(event.due_date), Some(event.tried_on));
            *debit = StandingDebit { due_date, tried_on, attempts: event.attempt, ..*debit };
        }
    }

    fn take_what_came_early(&mut self) {
        std::mem::take(&mut self.early).iter().for_each(|early| self.apply(early));
    }

    fn take_application(&mut self, event: &LoanApplied) {
        (self.term_months, self.due_day) = (event.term_months, event.due_day);
        self.application = Some(Arc::new(Application {
            customer_id: event.customer_id,
            account_id: event.account_id,
            loan_type: event.loan_type,
            principal: event.principal,
            income: event.income,
            annual_rate: event.annual_rate,
            term_months: event.term_months,
            day_count: event.day_count,
            prepayment: event.prepayment,
            arithmetic: event.arithmetic,
            start_date: event.start_date,
            first_due_date: event.first_due_date,
            due_day: event.due_day,
            applied_on: event.applied_on,
        }));
        self.take_what_came_early();
    }

    fn approve(&mut self, event: &LoanApproved) {
        let LoanApproved { approver, conditions, approved_on, starts_on, .. } = event;
        self.approvals = self.approvals.saturating_add(1);
        self.approval = Some(Arc::new(Approval {
            number: self.approvals,
            approver: approver.clone(),
            conditions: conditions.clone(),
            approved_on: *approved_on,
        }));
        if self.disbursed_on.is_none() {
            self.begin_schedule(*starts_on);
        }
        self.leave(Status::Pending, Status::Approved);
    }

    fn take_approval_back(&mut self, event: &LoanApprovalReversed) {
        self.reversal = Some(event.reason.clone());
        if self.disbursed_on.is_none() {
            (self.approval, self.schedule) = (None, None);
        }
        self.leave(Status::Approved, Status::Pending);
    }

    /// From one status to the next; from any other, nowhere.
    fn leave(&mut self, from: Status, to: Status) {
        if self.status == from {
            self.status = to;
        }
    }

    fn begin_schedule(&mut self, start: Date) {
        // Decisions make sure that there is one.
        self.schedule = self.plan(start).and_then(|plan| plan.schedule().ok());
    }

    fn disburse(&mut self, on: Date) {
        self.disbursed_on = Some(on);
        self.begin_schedule(on);
        if self.status != Status::Closed {
            self.status = Status::Active;
        }
        self.take_what_came_early();
    }

    fn take_payment(&mut self, event: &LoanPaymentMade) {
        let payment = self.book.take(event);
        self.pay(&payment);
        if let Some(entry) = event.account_transaction {
            self.transactions.insert(entry.transaction_id, event.amount.minor());
        }
    }

    /// Puts an entry of the book on the schedule.
    pub(super) fn put(&mut self, entry: &Entry) {
        match entry {
            Entry::Charge { kind, charged_on, amount } => self.charge(*kind, *charged_on, *amount),
            Entry::Payment { recorded, anew } => self.pay(&standing(recorded, anew.as_ref())),
        }
    }

    /// The loan being repaid, as it was before the first entry of its book.
    pub(super) fn at_the_start_of_its_book(&self) -> Self {
        let mut loan = Self { status: Status::Active, closing: None, ..self.clone() };
        match loan.book.start.clone().as_deref() {
            Some(Start { schedule, charges, charges_paid_ahead, last_payment_on }) => {
                loan.schedule = Some(schedule.clone());
                (loan.charges, loan.charges_paid_ahead) = (charges.clone(), charges_paid_ahead.clone());
                loan.last_payment_on = *last_payment_on;
            }
            None => {
                loan.schedule = None;
                loan.disbursed_on.into_iter().for_each(|start| loan.begin_schedule(start));
                loan.charges.clear();
                loan.charges_paid_ahead.clear();
                loan.last_payment_on = None;
            }
        }
        loan
    }

    /// All is put on again without the payment. Where the loan had been repaid, it still is, or goes on.
    fn take_back(&mut self, event: &LoanPaymentReversed) {
        self.reversed.insert(event.payment_id);
        self.returned.extend(event.payment.account_transaction.map(|entry| entry.transaction_id));
        if let Some(place) = self.book.entries.iter().position(|entry| entry.is(&event.payment)) {
            self.book.entries.remove(place);
        }
        event.reallocated.iter().rev().for_each(|anew| self.book.reallocate(event.number, anew));
        let closing = self.closing.take();
        *self = self.at_the_start_of_its_book();
        let entries = std::mem::take(&mut self.book.entries);
        entries.iter().for_each(|entry| self.put(entry));
        self.book.entries = entries;
        match closing {
            Some(closing) if closing.reason == ClosedReason::WrittenOff => {
                (self.status, self.closing) = (Status::Closed, Some(closing))
            }
            Some(closing) if !event.reopened => self.close(closing),
            Some(_) => {}
            // Business time brings the end later than the reversal that undid it.
            None => self.ends_undone = self.ends_undone.saturating_add(u32::from(event.reopened)),
        }
    }

    fn pay(&mut self, event: &LoanPaymentMade) {
        let Allocation { penalties, fees, instalments, prepayment, unearned_interest, early } =
            &event.allocation;
        self.pay_charges(ChargeKind::Penalty, *penalties);
        self.pay_charges(ChargeKind::Fee, *fees);
        if let Some(schedule) = &mut self.schedule {
            if let Some(EarlyMoney { during, amount }) = early {
                let early = PaidEarly { on: event.paid_on, amount_minor: amount.minor() };
                schedule.pay_early(*during, early, event.effect);
            }
            for part in instalments {
                if let Some(instalment) = schedule.instalment_mut(part.number) {
                    instalment.paid_interest_minor =
                        instalment.paid_interest_minor.saturating_add(part.interest.minor());
                    instalment.paid_principal_minor =
                        instalment.paid_principal_minor.saturating_add(part.principal.minor());
                }
            }
            if let Some(unearned) = unearned_interest
                && let Some(number) = schedule.running(event.paid_on).map(|running| running.number)
                && let Some(running) = schedule.instalment_mut(number)
            {
                running.paid_interest_minor = running.paid_interest_minor.saturating_sub(unearned.minor());
            }
            if let Some(Prepayment { after, principal }) = prepayment {
                schedule.prepay(*after, principal.minor(), event.effect);
            }
        }
        self.last_payment_on = self.last_payment_on.max(Some(event.paid_on));
    }

    fn pay_charges(&mut self, kind: ChargeKind, amount: Money) {
        let mut left = amount.minor();
        for charge in self.charges.iter_mut().filter(|charge| charge.kind == kind) {
            let part = charge.unpaid_minor().min(left).max(0);
            charge.paid_minor = charge.paid_minor.saturating_add(part);
            left -= part;
        }
        if left > 0 {
            // Business time brings the charge later than its payment.
            let paid_ahead = self.charges_paid_ahead.entry(kind).or_default();
            *paid_ahead = paid_ahead.saturating_add(left);
        }
    }

    /// What is charged on one day for one kind of thing is one charge: so many days there are, so many are
    /// kept.
    fn charge(&mut self, kind: ChargeKind, charged_on: Date, amount: Money) {
        match self
            .charges
            .binary_search_by_key(&(charged_on, kind), |charge| (charge.charged_on, charge.kind))
        {
            Ok(known) => {
                let charge = &mut self.charges[known];
                charge.amount_minor = charge.amount_minor.saturating_add(amount.minor());
            }
            Err(place) => {
                let charge = Charge { kind, charged_on, amount_minor: amount.minor(), paid_minor: 0 };
                self.charges.insert(place, charge);
            }
        }
        if let Some(ahead) = self.charges_paid_ahead.remove(&kind) {
            self.pay_charges(kind, Money::from_minor(ahead, amount.currency()));
        }
    }

    fn restructure(&mut self, event: &LoanRestructured) {
        self.restructured_on = self.restructured_on.max(Some(event.from));
        (self.term_months, self.due_day) = (event.term_months, event.due_day);
        let Some(schedule) = &mut self.schedule else { return };
        let LoanRestructured { principal: balance, annual_rate, term_months, from: start, .. } = *event;
        let Schedule { day_count, arithmetic, .. } = *schedule;
        let dues = DueDates { first: event.first_due_date, day: event.due_day };
        let plan = Plan { balance, annual_rate, day_count, term_months, start, dues, arithmetic };
        // Decisions make sure that there is one.
        if let Ok(with) = plan.schedule_after(schedule.last_paid_number()) {
            schedule.replace_from(start, with);
        }
        self.book.start = Some(Arc::new(Start {
            schedule: schedule.clone(),
            charges: self.charges.clone(),
            charges_paid_ahead: self.charges_paid_ahead.clone(),
            last_payment_on: self.last_payment_on,
        }));
        self.book.entries.clear();
    }

    fn write_off(&mut self, event: &LoanWrittenOff) {
        let LoanWrittenOff { principal, interest, penalties, fees, reason, written_off_on } = event.clone();
        self.status = Status::Closed;
        self.closing = Some(Closing {
            reason: ClosedReason::WrittenOff,
            closed_on: written_off_on,
            unrecorded: Money::zero(principal.currency()),
            written_off: Some(WrittenOff { principal, interest, penalties, fees, reason }),
        });
    }

    fn recover(&mut self, event: &LoanRecovered) {
        self.recovered_minor = self.recovered_minor.saturating_add(event.amount.minor());
        if let Some(entry) = event.account_transaction {
            self.transactions.insert(entry.transaction_id, event.amount.minor());
        }
    }

    fn close_repaid(&mut self, event: &LoanFullyRepaid) {
        if self.ends_undone > 0 {
            self.ends_undone -= 1;
            return;
        }
        self.close(Closing {
            reason: ClosedReason::Repaid,
            closed_on: event.repaid_on,
            unrecorded: event.unrecorded,
            written_off: None,
        });
    }

    fn close(&mut self, closing: Closing) {
        self.status = Status::Closed;
        if let Some(schedule) = &mut self.schedule {
            schedule.settle(closing.closed_on);
        }
        self.closing = Some(closing);
        self.charges.iter_mut().for_each(|charge| charge.paid_minor = charge.amount_minor);
    }
}
