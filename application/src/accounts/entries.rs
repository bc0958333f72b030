//! Deposits, withdrawals and fees: one entry each.

use super::Accounts;
use crate::command::{Answer, CommandContext, CommandError};
use khata_domain::{
    Money,
    accounts::{
        AmlVerdict, BankAccount, Channel, FeeKind, Month,
        account::{ChargeFee, ChargeMaintenanceFee, Deposit, Withdraw},
        entry::EntryDetails,
    },
    ids::AccountId,
};

/// What a client says about an entry.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EntryNote {
    /// The way the money takes.
    pub channel: Channel,
    /// Who is on the other side.
    pub counterparty: Option<String>,
    /// The customer's or the counterparty's own reference.
    pub reference: Option<String>,
    pub description: Option<String>,
}

impl EntryNote {
    pub(super) fn details(self) -> EntryDetails {
        let Self { channel, counterparty, reference, description } = self;
        EntryDetails { channel, counterparty, reference, description, value_date: None }
    }
}

impl Accounts {
    /// Brings money in.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn deposit(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        amount: Money,
        note: EntryNote,
    ) -> Result<Answer<BankAccount>, CommandError> {
        self.execute(context, account_id, Deposit { amount, details: note.details() }.into()).await
    }

    /// Takes money out.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn withdraw(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        amount: Money,
        note: EntryNote,
        aml_verdict: Option<AmlVerdict>,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let withdraw = Withdraw { amount, details: note.details(), aml_verdict };
        self.execute(context, account_id, withdraw.into()).await
    }

    /// Charges a fee.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_fee(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        amount: Money,
        kind: FeeKind,
        reason: String,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let fee = ChargeFee { amount, kind, reason, value_date: None };
        self.execute(context, account_id, fee.into()).await
    }

    /// Charges the product's monthly fee, once for each month.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_maintenance_fee(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        month: Month,
    ) -> Result<Answer<BankAccount>, CommandError> {
        self.execute(context, account_id, ChargeMaintenanceFee { month }.into()).await
    }
}
