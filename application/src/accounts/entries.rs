//! Deposits, withdrawals and fees: one entry each.

use super::Accounts;
use crate::{
    Render,
    command::{Answer, CommandContext, CommandError},
};
use jiff::civil::Date;
use khata_domain::{
    Money,
    accounts::{
        AccountCommand, AmlVerdict, BankAccount, Channel, FeeKind, Month,
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
    pub(super) fn on(self, business_date: Date) -> EntryDetails {
        let Self { channel, counterparty, reference, description } = self;
        EntryDetails { business_date, channel, counterparty, reference, description, value_date: None }
    }
}

impl Accounts {
    /// Brings money in.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn deposit<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        amount: Money,
        note: EntryNote,
    ) -> Result<Answer<R>, CommandError> {
        let deposit =
            Deposit { amount, details: note.on(self.business_date(context)?), moment: self.moment(context) };
        self.execute(context, account_id, AccountCommand::Deposit(deposit)).await
    }

    /// Takes money out.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn withdraw<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        amount: Money,
        note: EntryNote,
        aml_verdict: Option<AmlVerdict>,
    ) -> Result<Answer<R>, CommandError> {
        let withdraw = Withdraw {
            amount,
            details: note.on(self.business_date(context)?),
            aml_verdict,
            moment: self.moment(context),
        };
        self.execute(context, account_id, AccountCommand::Withdraw(withdraw)).await
    }

    /// Charges a fee.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_fee<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        amount: Money,
        kind: FeeKind,
        reason: String,
    ) -> Result<Answer<R>, CommandError> {
        let fee = ChargeFee {
            amount,
            kind,
            reason,
            business_date: self.business_date(context)?,
            moment: self.moment(context),
            value_date: None,
        };
        self.execute(context, account_id, AccountCommand::ChargeFee(fee)).await
    }

    /// Charges the product's monthly fee, once for each month.
    ///
    /// # Errors
    /// The account's refusal; those of [`crate::Executor::execute`].
    pub async fn charge_maintenance_fee<R: Render<BankAccount>>(
        &self,
        context: &CommandContext,
        account_id: AccountId,
        month: Month,
    ) -> Result<Answer<R>, CommandError> {
        let fee = ChargeMaintenanceFee {
            month,
            business_date: self.business_date(context)?,
            moment: self.moment(context),
        };
        self.execute(context, account_id, AccountCommand::ChargeMaintenanceFee(fee)).await
    }
}
