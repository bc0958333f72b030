//! Ordering a payment: made at once, unless it is for a later day.

use super::{Payments, Unfit, execution::of_account, parties::Parties};
use crate::{
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::Unit,
};
use jiff::civil::Date;
use khata_domain::{
    Currency, Money, Text,
    accounts::{
        AmlVerdict, BankAccount,
        account::{AccountError, Status},
    },
    ids::{AccountId, PaymentId},
    payments::{
        ExternalPayee, Network, Payment, PaymentError,
        payment::{Payee, Request},
    },
};

/// What payment is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPayment {
    /// The id, where the client gives one.
    pub payment_id: Option<PaymentId>,
    /// Where the money comes from.
    pub from_account: AccountId,
    /// Where it goes: to this account of the bank,
    pub to_account: Option<AccountId>,
    /// or to another bank.
    pub external: Option<NewExternal>,
    /// How much arrives.
    pub amount: Money,
    pub reference: Option<Text<140>>,
    /// The day on which it shall be made; at once, if none is told.
    pub scheduled_for: Option<Date>,
    /// What the check against money laundering said, if it was asked.
    pub aml_verdict: Option<AmlVerdict>,
}

/// A payee at another bank, as somebody wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewExternal {
    pub network: Network,
    pub iban: Option<Text<50>>,
    pub account_number: Option<Text<34>>,
    pub name: Text<140>,
    pub bic: Option<Text<11>>,
}

/// Where money goes, if that is clear.
pub(super) fn payee(
    to_account: Option<AccountId>,
    external: Option<&NewExternal>,
) -> Result<Payee, CommandError> {
    match (to_account, external) {
        (Some(account_id), None) => Ok(Payee::Account(account_id)),
        (None, Some(external)) => {
            let NewExternal { network, iban, account_number, name, bic } = external.clone();
            let named = (iban.as_ref().map(Text::as_str), account_number);
            ExternalPayee::parse(network, named, name, bic.as_ref().map(Text::as_str))
                .map(Payee::External)
                .map_err(|error| CommandError::refused(&Unfit::PayeeInvalid { reason: error.to_string() }))
        }
        (Some(_), Some(_)) | (None, None) => Err(CommandError::refused(&Unfit::PayeeUnclear)),
    }
}

impl Payments {
    /// What a payment to a payee costs.
    ///
    /// # Errors
    /// Refused as `no_gateway` where nobody reaches the payee.
    pub(super) fn fee(
        &self,
        context: &CommandContext,
        payee: &Payee,
        currency: Currency,
    ) -> Result<Money, CommandError> {
        let numbers = &context.settings.rules().payments;
        let fee = match payee {
            Payee::Account(_) => numbers.internal_fee(currency),
            Payee::External(payee) if self.networks.contains(&payee.network) => {
                numbers.external_fee(currency)
            }
            Payee::External(payee) => {
                return Err(CommandError::refused(&Unfit::NoGateway { network: payee.network }));
            }
        };
        fee.map_err(|error| CommandError::Internal(error.to_string()))
    }

    /// Orders a payment. It is made in the same append, with debit, credit and fee; or it waits for its day, or for
    /// somebody to look at it, or is rejected as fraud, and no account is touched. To another bank the money is set
    /// aside.
    ///
    /// # Errors
    /// `OutOfReach` before anything else where whoever asks does not reach the account that pays, or there is none;
    /// `NotFound` for an unknown account; refused as `no_gateway`, by the payment's rules or by those of an account,
    /// which then stands in the facts as `account_id`; those of [`crate::Executor::create`].
    pub async fn request(
        &self,
        context: &CommandContext,
        new: NewPayment,
    ) -> Result<Answer<Payment>, CommandError> {
        let from_account = new.from_account;
        self.require_reach(context, from_account).await?;
        let payee = payee(new.to_account, new.external.as_ref())?;
        let payment_id = new.payment_id.unwrap_or_else(|| fresh(&*self.ids));
        let owner = self.owner(from_account).await?;
        let from_customer = owner.ok_or_else(|| CommandError::NotFound(from_account.to_string()))?;
        // Nobody is believed about their own money, whatever other role they have.
        if new.aml_verdict.is_some() && context.principal.customer == Some(from_customer) {
            return Err(CommandError::refused(&PaymentError::OwnPayment));
        }
        let to_account = payee.account_id();
        let fee = self.fee(context, &payee, new.amount.currency())?;
        let request = Request {
            from_account,
            from_customer,
            payee,
            amount: new.amount,
            fee,
            reference: new.reference,
            scheduled_for: new.scheduled_for,
            days_ahead: context.settings.rules().payments.days_ahead,
            aml_approved: new.aml_verdict.map(|verdict| verdict == AmlVerdict::Approved),
            standing_order: None,
        };
        let parties = Parties { from_account, from_customer, to_account };
        let body = |unit: &mut Unit<'_>| {
            unit.decide::<Payment>(payment_id, request.clone())?;
            let waits =
                unit.state::<Payment>(payment_id)?.request().is_some_and(|it| it.scheduled_for.is_some());
            if waits {
                return fits(unit, [Some(from_account), to_account], request.amount);
            }
            self.make(unit, context, payment_id)
        };
        self.executor.create::<Payment>(context, payment_id, &parties.participants(), body).await
    }
}

/// The accounts of a payment for a later day are there, open, and in its currency. Whether the money suffices shows on
/// that day.
pub(super) fn fits(
    unit: &Unit<'_>,
    accounts: [Option<AccountId>; 2],
    amount: Money,
) -> Result<(), CommandError> {
    for account_id in accounts.into_iter().flatten() {
        let account = unit.existing::<BankAccount>(account_id)?;
        let Some(opening) = account.opening() else {
            return Err(CommandError::NotFound(account_id.to_string()));
        };
        let refusal = match opening.currency {
            _ if account.status() == Status::Closed => AccountError::AccountClosed,
            expected if amount.currency() != expected => AccountError::CurrencyMismatch { amount, expected },
            _ => continue,
        };
        return Err(of_account(CommandError::refused(&refusal), account_id));
    }
    Ok(())
}
