//! From the disbursement to the end: payments, charges, lateness, restructuring, writing off. What is dated
//! has the end of its day as business time, but never the future.

use super::Loans;
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    fold::{Until, fold},
};
use jiff::civil::Date;
use khata_domain::{
    Money, Percent,
    ids::LoanId,
    lending::{
        Loan,
        loan::{
            AccountTransaction, ChargeKind, ChargePenalty, MarkDelinquent, Payoff, RecordPayment,
            Restructure, WriteOff,
        },
    },
};

/// A payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    pub amount: Money,
    /// On which day; by default today.
    pub date: Option<Date>,
    /// The entry of the customer's account, where it is known.
    pub account_transaction: Option<AccountTransaction>,
}

/// A penalty or a fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCharge {
    pub kind: ChargeKind,
    pub amount: Money,
    pub reason: String,
    /// On which day; by default today.
    pub date: Option<Date>,
}

/// Another rate and term for what is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTerms {
    /// Percent per year; as before if nothing is said.
    pub annual_rate: Option<Percent>,
    /// How many monthly instalments from then on.
    pub term_months: u32,
    /// From which day on; by default today.
    pub from: Option<Date>,
    /// Why, if somebody said so.
    pub reason: Option<String>,
}

impl Loans {
    /// Records a payment. What pays the loan off closes it, and it leaves its customer.
    ///
    /// # Errors
    /// Refused as `payoff_exceeded`, or by the loan's other rules; those of [`crate::Executor::transact`].
    pub async fn pay(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        payment: NewPayment,
    ) -> Result<Answer<Loan>, CommandError> {
        let (date, dated) = self.on(payment.date, context);
        let NewPayment { amount, account_transaction, .. } = payment;
        let record = RecordPayment { amount, date, account_transaction };
        self.execute_to_the_end(&dated, loan_id, record.into()).await
    }

    /// Quotes what pays a loan off on a day, which may be still to come. Rests on all that is durable.
    ///
    /// # Errors
    /// `NotFound` for an unknown loan; refused if it is not active, or the day lies before its last entry;
    /// those of the store.
    pub async fn payoff(&self, loan_id: LoanId, date: Date) -> Result<Payoff, CommandError> {
        let stored =
            fold::<Loan>(&*self.store, &StreamName::of::<Loan>(loan_id), Until::default()).await?.known()?;
        if stored.version == 0 {
            return Err(CommandError::NotFound(loan_id.to_string()));
        }
        stored.state.quote(date).map_err(|error| CommandError::refused(&error))
    }

    /// Charges a penalty or a fee.
    ///
    /// # Errors
    /// The loan's refusal; those of [`crate::Executor::execute`].
    pub async fn charge(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        charge: NewCharge,
    ) -> Result<Answer<Loan>, CommandError> {
        let (date, dated) = self.on(charge.date, context);
        let NewCharge { kind, amount, reason, .. } = charge;
        self.execute(&dated, loan_id, ChargePenalty { kind, amount, reason, date }.into()).await
    }

    /// Notes how late the loan is at the end of a day, today if none is given.
    ///
    /// # Errors
    /// The loan's refusal; those of [`crate::Executor::execute`].
    pub async fn mark_delinquent(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        date: Option<Date>,
    ) -> Result<Answer<Loan>, CommandError> {
        let (date, dated) = self.on(date, context);
        self.execute(&dated, loan_id, MarkDelinquent { date, bucket: None }.into()).await
    }

    /// Agrees on another rate and term for what is owed.
    ///
    /// # Errors
    /// The loan's refusal; those of [`crate::Executor::execute`].
    pub async fn restructure(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        terms: NewTerms,
    ) -> Result<Answer<Loan>, CommandError> {
        let (from, dated) = self.on(terms.from, context);
        let NewTerms { annual_rate, term_months, reason, .. } = terms;
        self.execute(&dated, loan_id, Restructure { annual_rate, term_months, from, reason }.into()).await
    }

    /// Gives up what is owed; the loan leaves its customer.
    ///
    /// # Errors
    /// The loan's refusal; those of [`crate::Executor::transact`].
    pub async fn write_off(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        reason: String,
        date: Option<Date>,
    ) -> Result<Answer<Loan>, CommandError> {
        let (date, dated) = self.on(date, context);
        self.execute_to_the_end(&dated, loan_id, WriteOff { reason, date }.into()).await
    }
}
