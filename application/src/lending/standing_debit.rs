//! Standing debits: an account of the customer's pays what is due of a loan, day by day.

use super::{Loans, application::fit_for_payout};
use crate::{
    StreamName,
    accounts::moving,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
};
use jiff::civil::Date;
use khata_domain::{
    Text,
    accounts::BankAccount,
    customers::Customer,
    ids::{AccountId, LoanId},
    lending::{
        Loan, PrepaymentEffect,
        loan::{NoteDebitFailed, RecordPayment, SetStandingDebit},
    },
};

impl Loans {
    /// Names the account that pays what is due of a loan: an open one of its customer, in its currency.
    ///
    /// # Errors
    /// `NotFound` for an unknown loan or account; refused by what an account for payout is refused by, or by the loan;
    /// those of [`crate::Executor::transact`].
    pub async fn set_standing_debit(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        account_id: AccountId,
    ) -> Result<Answer<Loan>, CommandError> {
        let body = |unit: &mut Unit<'_>| {
            let loan = unit.existing::<Loan>(loan_id)?;
            let application =
                loan.application().ok_or_else(|| CommandError::NotFound(loan_id.to_string()))?;
            let of_loan = (application.customer_id, application.principal.currency());
            fit_for_payout(unit.existing::<BankAccount>(account_id)?, account_id, of_loan)?;
            unit.decide::<Loan>(loan_id, SetStandingDebit { account_id }).map(drop)
        };
        let others = [Participant::of::<BankAccount>(account_id)];
        self.executor.transact::<Loan>(context, loan_id, &others, body).await
    }

    /// Debits what is due of a loan on a day from the account that it names, and pays it in the same append. What the
    /// account refuses is noted, and tried again on a later day. Done again on a day, or where nothing is due, nothing
    /// comes of it.
    ///
    /// # Errors
    /// The loan's refusal; those of [`crate::Executor::transact`].
    pub async fn debit_due(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        date: Option<Date>,
    ) -> Result<Answer<Loan>, CommandError> {
        let (date, dated) = context.on(date);
        let terms = &context.settings.rules().lending;
        let attempts = terms.debit_attempts;
        let stream = StreamName::of::<Loan>(loan_id);
        let stored = fold::<Loan>(&*self.store, &stream, Until::default()).await?.known()?.state;
        let application = stored.application().ok_or_else(|| CommandError::NotFound(loan_id.to_string()))?;
        let (owner, currency) = (application.customer_id, application.principal.currency());
        let account = stored.debit_due(date, attempts).map(|due| due.account_id);
        let others: Vec<Participant> = [Participant::of::<Customer>(owner)]
            .into_iter()
            .chain(account.map(Participant::of::<BankAccount>))
            .collect();
        let body = |unit: &mut Unit<'_>| {
            let Some(due) = unit.existing::<Loan>(loan_id)?.debit_due(date, attempts) else { return Ok(()) };
            if account != Some(due.account_id) {
                // Named since it was looked up: whoever asks again finds it.
                return Err(CommandError::Contended);
            }
            let entry = moving::debit(unit, due.account_id, due.amount, loan_id.to_string())?;
            let (account_transaction, effect) = (Some(entry), PrepaymentEffect::default());
            let payment = RecordPayment { amount: due.amount, date, account_transaction, effect };
            unit.decide::<Loan>(loan_id, payment)?;
            super::leave_if_ended(unit, loan_id, owner)
        };
        match self.executor.transact::<Loan>(&dated, loan_id, &others, body).await {
            Err(CommandError::Refused { code, .. }) => {
                let fee = terms.failed_debit_fee(currency);
                let fee = Some(fee.map_err(|error| CommandError::Internal(error.to_string()))?);
                let note = NoteDebitFailed { date, attempts, code: Text::fitted(&code), fee };
                self.executor.execute::<Loan>(&dated, loan_id, note.into()).await
            }
            done => done,
        }
    }
}
