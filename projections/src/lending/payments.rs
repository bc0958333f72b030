//! `loan_payments`: each payment of a loan, where it went, and whether it was taken back.

use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, Value,
    cell::Json,
    projection::{event_of, stream_of},
    query::{Comparison, Direction},
    row,
};
use jiff::{Timestamp, civil::Date};
use khata_application::Recorded;
use khata_domain::{
    Currency, Money,
    ids::TypedId,
    lending::{
        Loan, LoanEvent,
        loan::{InstalmentPart, LoanPaymentMade, LoanPaymentReversed, Reallocated},
    },
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use uuid::Uuid;

row! {
    /// A payment of a loan.
    pub struct LoanPaymentRow in "loan_payments", partition loan_id, key [position],
        index [loan_id, paid_on, position] {
        /// Its place in the log.
        pub position: u64,
        /// `loan_…`
        pub loan_id: String,
        /// The id of its event.
        pub event_id: String,
        /// The loan's how many-th payment it is.
        pub number: u64,
        /// The day of the payment.
        pub paid_on: Date,
        /// The currency of all amounts.
        pub currency: Currency,
        pub amount_minor: i64,
        pub penalties_minor: i64,
        pub fees_minor: i64,
        pub interest_minor: i64,
        /// To principal in all.
        pub principal_minor: i64,
        /// Of that, ahead of the instalments.
        pub prepaid_minor: i64,
        /// Interest that had been paid for days that did not come, and pays principal now.
        pub unearned_interest_minor: i64,
        /// What of it nothing was owed for.
        pub surplus_minor: i64,
        /// `shorter_term` or `smaller_instalment`: what it makes of the instalments behind principal paid ahead.
        pub effect: String,
        /// The parts of single instalments.
        pub instalments: Json<Vec<InstalmentPart>>,
        /// The account that it came from, `acc_…`
        pub account_id: Option<String>,
        /// The entry of that account, `txn_…`
        pub transaction_id: Option<String>,
        /// The day on which it was taken back, if it was.
        pub reversed_on: Option<Date>,
        pub reversal_reason: Option<String>,
        /// Its business time.
        pub effective_at: Timestamp,
        /// When it was recorded.
        pub recorded_at: Timestamp,
    }
}

impl LoanPaymentRow {
    /// The payments of a loan by their days, the first first.
    pub fn of_loan(loan_id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit)
            .only("loan_id", Comparison::Equal, Value::Text(loan_id.to_owned()))
            .ordered(&["paid_on", "position"], Direction::Ascending)
    }

    /// An amount of this payment's loan.
    pub fn money(&self, minor: i64) -> Money {
        Money::from_minor(minor, self.currency)
    }
}

/// The projection behind [`LoanPaymentRow`].
#[derive(Debug, Clone, Copy)]
pub struct LoanPayments;

/// The payments that one loan has had.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct PaymentsSoFar {
    payments: u64,
    /// Those that can still be taken back, or go elsewhere when another is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    open: Vec<Known>,
}

/// A payment, and where its event stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Known {
    position: u64,
    event_id: Uuid,
    number: u64,
    effective_at: Timestamp,
    recorded_at: Timestamp,
    recorded: LoanPaymentMade,
    /// As it stands: where it goes may have changed since.
    standing: LoanPaymentMade,
}

impl Projection for LoanPayments {
    const NAME: &'static str = "loan_payments";
    const VERSION: u32 = 4;
    const TABLES: &'static [&'static Table] = &[LoanPaymentRow::TABLE];
    type State = PaymentsSoFar;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<Loan>(event)
    }

    fn fold(
        &self,
        state: &mut PaymentsSoFar,
        event: &Recorded,
        rows: &mut RowChanges,
    ) -> Result<(), FoldError> {
        match event_of::<Loan>(event)? {
            LoanEvent::LoanPaymentMade(payment) => {
                let known = state.add(event, payment);
                rows.upsert(known.row(event.stream.id()));
            }
            LoanEvent::LoanPaymentReversed(reversed) => state.take_back(event.stream.id(), reversed, rows),
            // What came before is settled.
            LoanEvent::LoanRestructured(_) | LoanEvent::LoanWrittenOff(_) => state.open.clear(),
            LoanEvent::LoanApplied(_)
            | LoanEvent::LoanAssessed(_)
            | LoanEvent::LoanApproved(_)
            | LoanEvent::LoanRejected(_)
            | LoanEvent::LoanApprovalReversed(_)
            | LoanEvent::LoanDisbursed(_)
            | LoanEvent::LoanPenaltyCharged(_)
            | LoanEvent::LoanBecameDelinquent(_)
            | LoanEvent::LoanFullyRepaid(_)
            | LoanEvent::LoanRecovered(_)
            | LoanEvent::StandingDebitSet(_)
            | LoanEvent::StandingDebitCancelled(_)
            | LoanEvent::StandingDebitFailed(_) => {}
        }
        Ok(())
    }
}

impl PaymentsSoFar {
    fn add(&mut self, event: &Recorded, payment: &LoanPaymentMade) -> &Known {
        self.payments += 1;
        let Recorded { position, event_id, effective_at, recorded_at, .. } = *event;
        let (recorded, standing) = (payment.clone(), payment.clone());
        self.open.push(Known {
            position,
            event_id,
            number: self.payments,
            effective_at,
            recorded_at,
            recorded,
            standing,
        });
        &self.open[self.open.len() - 1]
    }

    /// The row of the payment stays, and says that it was taken back; those of later ones say where they go
    /// now.
    fn take_back(&mut self, loan_id: &str, reversed: &LoanPaymentReversed, rows: &mut RowChanges) {
        if let Some(place) = self.open.iter().position(|known| known.event_id == reversed.payment_id.uuid()) {
            let row = self.open.remove(place).row(loan_id);
            rows.upsert(LoanPaymentRow {
                reversed_on: Some(reversed.reversed_on),
                reversal_reason: Some(reversed.reason.clone()),
                ..row
            });
        }
        let mut told = Vec::new();
        for Reallocated { payment, allocation, surplus } in reversed.reallocated.iter().rev() {
            // Of payments that are alike each has its own.
            if let Some(known) = self
                .open
                .iter_mut()
                .rev()
                .find(|known| known.recorded == *payment && !told.contains(&known.position))
            {
                told.push(known.position);
                (known.standing.allocation, known.standing.surplus) = (allocation.clone(), *surplus);
                rows.upsert(known.row(loan_id));
            }
        }
    }
}

impl Known {
    fn row(&self, loan_id: &str) -> LoanPaymentRow {
        let payment = &self.standing;
        let allocation = &payment.allocation;
        LoanPaymentRow {
            position: self.position,
            loan_id: loan_id.to_owned(),
            event_id: self.event_id.to_string(),
            number: self.number,
            paid_on: payment.paid_on,
            currency: payment.amount.currency(),
            amount_minor: payment.amount.minor(),
            penalties_minor: allocation.penalties.minor(),
            fees_minor: allocation.fees.minor(),
            interest_minor: allocation.interest().minor(),
            principal_minor: payment.principal().minor(),
            prepaid_minor: allocation.prepaid().minor(),
            unearned_interest_minor: allocation.unearned_interest.map_or(0, Money::minor),
            surplus_minor: payment.surplus.map_or(0, Money::minor),
            effect: payment.effect.name().to_owned(),
            instalments: Json(allocation.instalments.clone()),
            account_id: payment.account_transaction.map(|entry| entry.account_id.to_string()),
            transaction_id: payment.account_transaction.map(|entry| entry.transaction_id.to_string()),
            reversed_on: None,
            reversal_reason: None,
            effective_at: self.effective_at,
            recorded_at: self.recorded_at,
        }
    }
}
