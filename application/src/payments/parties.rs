//! Who takes part in a payment: whose money it is, and which accounts are booked.

use super::Payments;
use crate::{
    StreamName,
    command::{CommandContext, CommandError},
    executor::Participant,
    fold::{Until, fold},
};
use khata_domain::{
    accounts::BankAccount,
    customers::Customer,
    ids::{AccountId, CustomerId, PaymentId},
    payments::{Payment, payment::Payee},
};

/// Who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Parties {
    pub(super) from_account: AccountId,
    pub(super) from_customer: CustomerId,
    /// The other account, if it is one of the bank.
    pub(super) to_account: Option<AccountId>,
}

impl Parties {
    /// The aggregates that a command about the payment is decided on beside it.
    pub(super) fn participants(&self) -> Vec<Participant> {
        let payer = [
            Participant::of::<BankAccount>(self.from_account),
            Participant::of::<Customer>(self.from_customer),
        ];
        // Whoever pays need not be the one who is paid.
        let payee = self.to_account.map(|account_id| Participant::of::<BankAccount>(account_id).of_anyone());
        payer.into_iter().chain(payee).collect()
    }
}

impl Payments {
    /// Makes sure that whoever asks reaches the account that pays. They are told the same where there is none.
    pub(super) async fn require_reach(
        &self,
        context: &CommandContext,
        account_id: AccountId,
    ) -> Result<(), CommandError> {
        let stream = StreamName::of::<BankAccount>(account_id);
        let owners = self.executor.owners();
        match owners.reaches(&context.principal, context.reach, &stream).await? {
            true => Ok(()),
            false => Err(CommandError::OutOfReach(account_id.to_string())),
        }
    }

    /// Whose an account is; nothing where there is no such account.
    pub(super) async fn owner(&self, account_id: AccountId) -> Result<Option<CustomerId>, CommandError> {
        let stream = StreamName::of::<BankAccount>(account_id);
        // One event tells it, however many there are.
        if let Some(owner) = self.executor.owners().owner(&stream).await? {
            return Ok(Some(owner));
        }
        let stored = fold::<BankAccount>(&*self.store, &stream, Until::default()).await?.known()?;
        Ok(stored.state.opening().map(|opening| opening.customer_id))
    }

    /// Who takes part in a payment that was ordered: that never changes, so whoever does by what is durable now does
    /// still when the command is decided.
    pub(super) async fn parties(&self, payment_id: PaymentId) -> Result<Option<Parties>, CommandError> {
        let stream = StreamName::of::<Payment>(payment_id);
        let stored = fold::<Payment>(&*self.store, &stream, Until::default()).await?.known()?;
        Ok(stored.state.request().map(|request| Parties {
            from_account: request.from_account,
            from_customer: request.from_customer,
            to_account: match &request.payee {
                Payee::Account(account_id) => Some(*account_id),
                Payee::External(_) => None,
            },
        }))
    }
}
