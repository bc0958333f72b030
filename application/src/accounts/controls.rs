//! Limits that change together, and signatories, who have to be customers.

use super::Accounts;
use crate::{
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Money,
    accounts::{
        BankAccount,
        account::{AddSignatory, SetDailyLimit, SetOverdraftLimit},
    },
    customers::Customer,
    ids::{AccountId, CustomerId},
};

/// New limits; what is `None` stays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct NewLimits {
    /// What may be debited per business date.
    pub daily_limit: Option<Money>,
    /// How far below zero the account may go.
    pub overdraft_limit: Option<Money>,
}

impl Accounts {
    /// Changes both limits, or one of them; if one is refused, neither changes.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::transact`].
    pub async fn set_limits(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        limits: NewLimits,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<BankAccount>(account_id)?;
            if let Some(limit) = limits.daily_limit {
                unit.decide::<BankAccount>(account_id, SetDailyLimit { limit })?;
            }
            if let Some(limit) = limits.overdraft_limit {
                unit.decide::<BankAccount>(account_id, SetOverdraftLimit { limit })?;
            }
            Ok(())
        };
        self.executor.transact::<BankAccount>(context, account_id, &[], body).await
    }

    /// Lets another customer sign.
    ///
    /// # Errors
    /// `NotFound` for an unknown customer; the account's refusal; those of [`crate::Executor::transact`].
    pub async fn add_signatory(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        signatory: CustomerId,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<BankAccount>(account_id)?;
            unit.existing::<Customer>(signatory)?;
            unit.decide::<BankAccount>(account_id, AddSignatory { signatory }).map(drop)
        };
        self.executor
            .transact::<BankAccount>(context, account_id, &[Participant::of::<Customer>(signatory)], body)
            .await
    }
}
