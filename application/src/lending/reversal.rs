//! A payment taken back, on both sides: what the loan was paid with goes back to the account that it came
//! from.

use super::Loans;
use crate::{
    Recorded, StreamName,
    command::{Answer, CommandContext, CommandError},
    executor::{HistoricalFact, Participant, Unit},
};
use khata_domain::{
    accounts::{
        BankAccount, Direction,
        account::{OriginalEntry, ReverseTransaction},
    },
    customers::{Customer, ProductId, customer::AttachProduct},
    ids::{CustomerId, LoanId, TransactionId, TypedId},
    lending::{
        Loan, LoanEvent,
        loan::{AccountTransaction, LoanPaymentMade, MarkDelinquent, ReversePayment, Status},
    },
};

/// What is to be taken back.
struct Bounced {
    reverse: ReversePayment,
    /// What it came from, where that is known and of the same amount.
    paid_by: Option<(AccountTransaction, OriginalEntry)>,
    /// Whose loan it is.
    owner: CustomerId,
}

impl Loans {
    /// Takes a payment back: the loan stands as if it had never been made, by business time from the day of
    /// the payment on; later payments go where they would have gone without it, and a loan that it had repaid
    /// is being repaid again. The account's entry that it came from is reversed in the same append, today, if
    /// it is a debit of the same amount and not reversed yet.
    ///
    /// # Errors
    /// `NotFound` if the loan has no such payment; refused as `payment_already_reversed` or
    /// `payment_not_reversible`, or by the account's rules; those of [`crate::Executor::transact`].
    pub async fn reverse_payment(
        &self,
        context: &CommandContext,
        loan_id: LoanId,
        payment_id: TransactionId,
        reason: String,
    ) -> Result<Answer<Loan>, CommandError> {
        let (recorded, payment) = self.payment(loan_id, payment_id).await?;
        let paid_by = match payment.account_transaction {
            Some(paid_by) => self.debit(paid_by, &payment).await?.map(|original| (paid_by, original)),
            None => None,
        };
        let owner = recorded
            .owner()
            .and_then(|owner| owner.parse().ok())
            .ok_or_else(|| CommandError::NotFound(loan_id.to_string()))?;
        let bounced = Bounced { reverse: ReversePayment { payment_id, payment, reason }, paid_by, owner };
        let account = paid_by.map(|(paid_by, _)| Participant::of::<BankAccount>(paid_by.account_id));
        let others: Vec<Participant> =
            [Participant::of::<Customer>(owner)].into_iter().chain(account).collect();
        let dated = context.at_end_of(bounced.reverse.payment.paid_on);
        // Not before the payment itself, which may be of today and told by another process's clock.
        let effective_at = dated.effective_at.unwrap_or(context.now).max(recorded.effective_at);
        let dated = CommandContext { effective_at: Some(effective_at), ..dated };
        let today = HistoricalFact {
            effective_at: context.now,
            business_date: context.today(),
            event_id: self.ids.uuid(),
        };
        let body = |unit: &mut Unit<'_>| take_back(unit, loan_id, &bounced, today);
        self.executor.transact::<Loan>(&dated, loan_id, &others, body).await
    }

    /// A payment of a loan, found by its event.
    async fn payment(
        &self,
        loan_id: LoanId,
        payment_id: TransactionId,
    ) -> Result<(Recorded, LoanPaymentMade), CommandError> {
        let stream = StreamName::of::<Loan>(loan_id);
        let found = self
            .store
            .find(&[payment_id.uuid()])
            .await?
            .into_iter()
            .find(|recorded| recorded.stream == stream);
        let event = found.as_ref().and_then(|recorded| recorded.event::<Loan>()).transpose();
        match (event.map_err(|error| CommandError::Internal(error.to_string()))?.cloned(), found) {
            (Some(LoanEvent::LoanPaymentMade(payment)), Some(recorded)) => Ok((recorded, payment)),
            _ => Err(CommandError::NotFound(payment_id.to_string())),
        }
    }

    /// The account's entry that a payment came from, if it is a debit of that amount. One of another amount
    /// was more than this payment.
    async fn debit(
        &self,
        paid_by: AccountTransaction,
        payment: &LoanPaymentMade,
    ) -> Result<Option<OriginalEntry>, CommandError> {
        let stream = StreamName::of::<BankAccount>(paid_by.account_id);
        let found = self.store.find(&[paid_by.transaction_id.uuid()]).await?;
        let event = found
            .iter()
            .find(|recorded| recorded.stream == stream)
            .and_then(|recorded| recorded.event::<BankAccount>())
            .transpose();
        let entry =
            event.map_err(|error| CommandError::Internal(error.to_string()))?.and_then(|event| event.entry());
        let debit =
            entry.filter(|entry| entry.direction == Direction::Debit && entry.amount == payment.amount);
        Ok(debit.map(|entry| OriginalEntry::of(&entry)))
    }
}

/// Takes the payment back, and what it came from and led to with it.
fn take_back(
    unit: &mut Unit<'_>,
    loan_id: LoanId,
    bounced: &Bounced,
    today: HistoricalFact,
) -> Result<(), CommandError> {
    let Bounced { reverse, paid_by, owner } = bounced;
    unit.existing::<Loan>(loan_id)?;
    unit.decide::<Loan>(loan_id, reverse.clone())?;
    if let Some((paid_by, original)) = paid_by {
        let (account_id, transaction_id) = (paid_by.account_id, paid_by.transaction_id);
        if !unit.existing::<BankAccount>(account_id)?.is_reversed(transaction_id) {
            let (original, reason) = (*original, reverse.reason.clone());
            let back = ReverseTransaction { transaction_id, original, reason, value_date: None };
            unit.note::<BankAccount>(account_id, back)?;
        }
    }
    let loan = unit.state::<Loan>(loan_id)?;
    let (is_active, is_watched) = (loan.status() == Status::Active, loan.bucket().1.is_some());
    if is_active && is_watched {
        unit.note::<Loan>(loan_id, MarkDelinquent { date: today.business_date, bucket: None })?;
    }
    if is_active && !super::holds_product(unit.state::<Customer>(*owner)?, loan_id) {
        // It is the customer's loan again, verified or suspended by now.
        let attach = AttachProduct { product: ProductId::of(loan_id) };
        unit.decide_history::<Customer>(*owner, attach, today)?;
    }
    Ok(())
}
