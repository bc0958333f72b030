//! Opening: the account and the note on its customer, in one append.

use super::Accounts;
use crate::{
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
};
use khata_domain::{
    Currency, Money,
    accounts::{AccountType, BankAccount, CustomerType, account::Open},
    customers::{self, Customer, ProductId, customer::AttachProduct},
    ids::{AccountId, CustomerId},
};

/// What account is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAccount {
    /// The id, where the client gives one.
    pub account_id: Option<AccountId>,
    /// Whose it will be.
    pub customer_id: CustomerId,
    pub account_type: AccountType,
    /// The currency of all its amounts.
    pub currency: Currency,
    /// Paid in at once, if more than nothing.
    pub initial_deposit: Option<Money>,
}

impl Accounts {
    /// Opens an account for a verified customer, who is also its first signatory.
    ///
    /// # Errors
    /// `NotFound` for an unknown customer; refused as `customer_not_verified` or by the account's own rules;
    /// those of [`crate::Executor::create`].
    pub async fn open(
        &self,
        context: &CommandContext,
        new: NewAccount,
    ) -> Result<Answer<BankAccount>, CommandError> {
        let account_id = new.account_id.unwrap_or_else(|| fresh(&*self.ids));
        let body = |unit: &mut Unit<'_>| open(unit, context, account_id, &new);
        let others = [Participant::of::<Customer>(new.customer_id)];
        self.executor.create::<BankAccount>(context, account_id, &others, body).await
    }
}

/// Opens an account within a command that takes part in it and in its customer.
pub(super) fn open(
    unit: &mut Unit<'_>,
    context: &CommandContext,
    account_id: AccountId,
    new: &NewAccount,
) -> Result<(), CommandError> {
    let NewAccount { customer_id, account_type, currency, initial_deposit, .. } = *new;
    let terms = context
        .settings
        .rules()
        .accounts
        .terms(account_type, currency)
        .map_err(|error| CommandError::Internal(error.to_string()))?;
    let customer_type = account_side(unit.existing::<Customer>(customer_id)?)?;
    unit.decide::<Customer>(customer_id, AttachProduct { product: ProductId::of(account_id) })?;
    let open = Open {
        customer_id,
        customer_type,
        opener: customer_id,
        account_type,
        currency,
        terms,
        initial_deposit,
    };
    unit.decide::<BankAccount>(account_id, open).map(drop)
}

/// The customer's type in the words of accounts.
fn account_side(customer: &Customer) -> Result<CustomerType, CommandError> {
    let profile = customer
        .profile()
        .ok_or_else(|| CommandError::Internal("a customer's stream without an onboarding".into()))?;
    Ok(match profile.customer_type {
        customers::CustomerType::Individual => CustomerType::Individual,
        customers::CustomerType::Business => CustomerType::Business,
    })
}
