//! A payment that comes from an account of the bank: the account is debited and the loan paid in one append.

use super::{Loans, Unfit};
use crate::{
    StreamName,
    accounts::moving,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
};
use jiff::civil::Date;
use khata_domain::{
    Money,
    accounts::BankAccount,
    customers::Customer,
    ids::{AccountId, LoanId},
    lending::{
        Loan, PrepaymentEffect,
        loan::{AccountTransaction, RecordPayment, RecordRecovery},
    },
};

/// What is paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLoanPayment {
    pub amount: Money,
    /// On this day; today, if none is told.
    pub date: Option<Date>,
    /// Where it comes from: this account is debited with it,
    pub from_account: Option<AccountId>,
    /// or has been already, by this entry.
    pub account_transaction: Option<AccountTransaction>,
    /// What becomes of the later instalments if it pays principal ahead of them.
    pub effect: PrepaymentEffect,
}

/// What comes in of a loan that was written off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRecovery {
    pub amount: Money,
    /// On this day; today, if none is told.
    pub date: Option<Date>,
    /// Where it comes from: this account is debited with it,
    pub from_account: Option<AccountId>,
    /// or has been already, by this entry.
    pub account_transaction: Option<AccountTransaction>,
    /// From whom or what it came.
    pub reason: Option<String>,
}

/// Where money for a loan comes from.
#[derive(Debug, Clone, Copy)]
struct Source {
    amount: Money,
    from_account: Option<AccountId>,
    known: Option<AccountTransaction>,
}

impl Loans {
    /// Pays a loan: with a debit of an account in the same append, or with what came in otherwise. A loan that is repaid
    /// by it leaves its customer, in the same append too. Only whoever reaches everybody's loans is believed that
    /// something came in.
    ///
    /// # Errors
    /// Refused as `payment_source_unclear` or `paying_account_needed`, by the loan's rules, or by those of the account;
    /// `OutOfReach` for somebody else's account; those of [`crate::Executor::transact`].
    pub async fn pay(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        payment: NewLoanPayment,
    ) -> Result<Answer<Loan>, CommandError> {
        let NewLoanPayment { amount, date, from_account, account_transaction: known, effect } = payment;
        let (date, dated) = context.on(date);
        let source = Source { amount, from_account, known };
        let pay = |account_transaction| RecordPayment { amount, date, account_transaction, effect };
        self.take_in(&dated, loan_id, source, pay).await
    }

    /// Notes what comes in of a loan that was written off: with a debit of an account in the same append, or otherwise.
    ///
    /// # Errors
    /// Those of [`Loans::pay`].
    pub async fn recover(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        recovery: NewRecovery,
    ) -> Result<Answer<Loan>, CommandError> {
        let NewRecovery { amount, date, from_account, account_transaction: known, reason } = recovery;
        let (date, dated) = context.on(date);
        let source = Source { amount, from_account, known };
        let recover = |account_transaction| RecordRecovery {
            amount,
            date,
            account_transaction,
            reason: reason.clone(),
        };
        self.take_in(&dated, loan_id, source, recover).await
    }

    async fn take_in<C: Into<khata_domain::lending::LoanCommand>>(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        source: Source,
        command: impl Fn(Option<AccountTransaction>) -> C + Send + Sync,
    ) -> Result<Answer<Loan>, CommandError> {
        match source {
            Source { from_account: Some(_), known: Some(_), .. } => {
                return Err(CommandError::refused(&Unfit::PaymentSourceUnclear));
            }
            Source { from_account: None, .. } if !context.reach.is_all() => {
                return Err(CommandError::refused(&Unfit::PayingAccountNeeded));
            }
            Source { .. } => {}
        }
        let stream = StreamName::of::<Loan>(loan_id);
        let stored = fold::<Loan>(&*self.store, &stream, Until::default()).await?.known()?;
        let owner = stored.state.application().map(|application| application.customer_id);
        let account = source.from_account.map(Participant::of::<BankAccount>);
        let customer = owner.map(Participant::of::<Customer>);
        let others: Vec<Participant> = customer.into_iter().chain(account).collect();
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<Loan>(loan_id)?;
            let entry = match source.from_account {
                Some(account_id) => {
                    // What the loan refuses is said before the account is asked.
                    unit.would::<Loan>(loan_id, [command(None).into()])?;
                    Some(moving::debit(unit, account_id, source.amount, loan_id.to_string())?)
                }
                None => source.known,
            };
            unit.decide::<Loan>(loan_id, command(entry).into())?;
            // Applied for since it was looked up: whoever asks again finds it.
            let owner = owner.ok_or(CommandError::Contended)?;
            super::leave_if_ended(unit, loan_id, owner)
        };
        self.executor.transact::<Loan>(context, loan_id, &others, body).await
    }
}
