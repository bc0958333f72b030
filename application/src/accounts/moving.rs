//! An account debited or credited beside something else, in the append of that: by the account's own rules, and with the
//! entry's name for whatever it pays.

use crate::{command::CommandError, executor::Unit};
use khata_domain::{
    Made, Money,
    accounts::{
        AccountCommand, AmlVerdict, BankAccount, Channel,
        account::{Deposit, Withdraw},
        entry::EntryDetails,
    },
    ids::{AccountId, AccountTransaction, TransactionId, TypedId},
};

/// Debits an account with what pays for something of the bank, which is told as the counterparty. The money stays within
/// the bank, so nobody has to look at how much it is.
pub(crate) fn debit(
    unit: &mut Unit<'_>,
    account_id: AccountId,
    amount: Money,
    counterparty: String,
) -> Result<AccountTransaction, CommandError> {
    let aml_verdict = Some(AmlVerdict::Approved);
    move_money(unit, account_id, Withdraw { amount, details: details(counterparty), aml_verdict })
}

/// Credits an account with what something of the bank pays.
pub(crate) fn credit(
    unit: &mut Unit<'_>,
    account_id: AccountId,
    amount: Money,
    counterparty: String,
) -> Result<AccountTransaction, CommandError> {
    move_money(unit, account_id, Deposit { amount, details: details(counterparty) })
}

fn details(counterparty: String) -> EntryDetails {
    EntryDetails { channel: Channel::Transfer, counterparty: Some(counterparty), ..EntryDetails::default() }
}

fn move_money(
    unit: &mut Unit<'_>,
    account_id: AccountId,
    command: impl Into<AccountCommand>,
) -> Result<AccountTransaction, CommandError> {
    unit.existing::<BankAccount>(account_id)?;
    unit.decide::<BankAccount>(account_id, command)?;
    // A fee that it causes comes behind it.
    let entry = unit.made::<BankAccount>(account_id)?.find(|(_, made)| *made == Made::Entry);
    let (event_id, _) = entry.ok_or_else(|| CommandError::Internal("money moved without an entry".into()))?;
    Ok(AccountTransaction { account_id, transaction_id: TransactionId::from_uuid(event_id) })
}
