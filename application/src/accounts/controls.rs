//! What governs an account without moving money: freezing, limits, signatories.

use super::Accounts;
use crate::{
    Render,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Money,
    accounts::{
        AccountCommand, BankAccount,
        account::{AddSignatory, Freeze, RemoveSignatory, SetDailyLimit, SetOverdraftLimit, Unfreeze},
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
    /// Refuses debits from now on.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn freeze<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        reason: String,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(
            context,
            account_id,
            AccountCommand::Freeze(Freeze { reason, moment: self.moment(context) }),
        )
        .await
    }

    /// Takes debits again.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn unfreeze<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
    ) -> Result<Answer<R>, CommandError> {
        self.execute(context, account_id, AccountCommand::Unfreeze(Unfreeze { moment: self.moment(context) }))
            .await
    }

    /// Changes both limits, or one of them; if one is refused, neither changes.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::transact`].
    pub async fn set_limits<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        limits: NewLimits,
    ) -> Result<Answer<R>, CommandError> {
        let moment = self.moment(context);
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<BankAccount>(account_id)?;
            if let Some(limit) = limits.daily_limit {
                unit.decide::<BankAccount>(
                    account_id,
                    AccountCommand::SetDailyLimit(SetDailyLimit { limit, moment }),
                )?;
            }
            if let Some(limit) = limits.overdraft_limit {
                unit.decide::<BankAccount>(
                    account_id,
                    AccountCommand::SetOverdraftLimit(SetOverdraftLimit { limit, moment }),
                )?;
            }
            Ok(())
        };
        self.executor.transact::<BankAccount, R>(context, account_id, &[], body).await
    }

    /// Lets another customer sign.
    ///
    /// # Errors
    /// `NotFound` for an unknown customer; the account's refusal; those of [`crate::Executor::transact`].
    pub async fn add_signatory<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        signatory: CustomerId,
    ) -> Result<Answer<R>, CommandError> {
        let moment = self.moment(context);
        let body = |unit: &mut Unit<'_>| {
            unit.existing::<BankAccount>(account_id)?;
            unit.existing::<Customer>(signatory)?;
            unit.decide::<BankAccount>(
                account_id,
                AccountCommand::AddSignatory(AddSignatory { signatory, moment }),
            )
            .map(drop)
        };
        self.executor
            .transact::<BankAccount, R>(context, account_id, &[Participant::of::<Customer>(signatory)], body)
            .await
    }

    /// Lets a customer sign no more.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn remove_signatory<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        signatory: CustomerId,
    ) -> Result<Answer<R>, CommandError> {
        let remove = RemoveSignatory { signatory, moment: self.moment(context) };
        self.execute(context, account_id, AccountCommand::RemoveSignatory(remove)).await
    }
}
