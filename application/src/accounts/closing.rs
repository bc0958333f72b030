//! Closing: the account and the note on its customer, in one append.

use super::Accounts;
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
};
use khata_domain::{
    accounts::{BankAccount, account::Close},
    customers::{Customer, ProductId, customer::DetachProduct},
    ids::AccountId,
};

impl Accounts {
    /// Closes an account; afterwards its customer may be closed too.
    ///
    /// # Errors
    /// Refused as `balance_not_zero` or `holds_open`; those of [`crate::Executor::transact`].
    pub async fn close(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        reason: Option<String>,
    ) -> Result<Answer<BankAccount>, CommandError> {
        // An account never changes hands, so whoever has it by what is durable now, has it still when this is
        // decided.
        let stored =
            fold::<BankAccount>(&*self.store, &StreamName::of::<BankAccount>(account_id), Until::default())
                .await?
                .known()?;
        let owner = stored.state.opening().map(|opening| opening.customer_id);
        let others: Vec<Participant> = owner.into_iter().map(Participant::of::<Customer>).collect();
        let close = Close { reason };
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<BankAccount>(account_id)?;
            unit.decide::<BankAccount>(account_id, close.clone())?;
            let Some(owner) = owner else {
                // Opened since it was looked up: whoever asks again finds it.
                return Err(CommandError::Contended);
            };
            if holds_product(unit.state::<Customer>(owner)?, account_id) {
                unit.decide::<Customer>(owner, DetachProduct { product: ProductId::of(account_id) })?;
            }
            Ok(())
        };
        self.executor.transact::<BankAccount>(context, account_id, &others, body).await
    }
}

fn holds_product(customer: &Customer, account_id: AccountId) -> bool {
    customer.profile().is_some_and(|profile| profile.products.contains(&ProductId::of(account_id)))
}
