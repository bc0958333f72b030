//! Reversal: the entry to undo is looked up by its event, and told to the account as a fact.

use super::Accounts;
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    executor::Unit,
};
use khata_domain::{
    accounts::{
        BankAccount,
        account::{OriginalEntry, ReverseTransaction},
    },
    ids::{AccountId, TransactionId, TypedId},
};

impl Accounts {
    /// Undoes an entry by a new one the other way.
    ///
    /// # Errors
    /// `NotFound` if the account has no such entry; refused as `transaction_already_reversed`, or by the
    /// account's other rules; those of [`crate::Executor::transact`].
    pub async fn reverse(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        transaction_id: TransactionId,
        reason: String,
    ) -> Result<Answer<BankAccount>, CommandError> {
        context.check_business_time()?;
        let original = self.entry(account_id, transaction_id).await?;
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<BankAccount>(account_id)?;
            let original = original.ok_or_else(|| CommandError::NotFound(transaction_id.to_string()))?;
            let reason = reason.clone();
            let reverse = ReverseTransaction { transaction_id, original, reason, value_date: None };
            unit.decide::<BankAccount>(account_id, reverse).map(drop)
        };
        self.executor.transact::<BankAccount>(context, account_id, &[], body).await
    }

    /// An entry of an account, found by the event that booked it.
    async fn entry(
        &self,
        account_id: AccountId,
        transaction_id: TransactionId,
    ) -> Result<Option<OriginalEntry>, CommandError> {
        let stream = StreamName::of::<BankAccount>(account_id);
        let found = self.store.find(&[transaction_id.uuid()]).await?;
        let Some(recorded) = found.iter().find(|recorded| recorded.stream == stream) else { return Ok(None) };
        let event = match recorded.event::<BankAccount>() {
            Some(Ok(event)) => event,
            Some(Err(error)) => return Err(CommandError::Internal(error.to_string())),
            None => return Ok(None),
        };
        Ok(event.entry().map(|entry| OriginalEntry::of(&entry)))
    }
}
