//! Puts a prepared fact to its aggregates.

use super::prepare::{Decision, Prepared};
use crate::{
    command::CommandError,
    executor::{HistoricalFact, Unit},
};
use khata_domain::{
    accounts::{AccountCommand, BankAccount, CustomerType},
    customers::{
        self, Customer, CustomerCommand, CustomerEmail,
        customer::{AttachProduct, VerifyKyc},
        customer_email::CustomerEmailCommand,
    },
    ids::CustomerId,
};

/// Decides a fact on the states of the unit. Answers how many events came of it.
pub(super) fn apply(unit: &mut Unit<'_>, fact: &Prepared) -> Result<usize, CommandError> {
    let first = fact.event;
    match &fact.decision {
        Decision::Onboard { customer, email, onboard, kyc } => {
            let mut events = unit.decide_history::<Customer>(*customer, CustomerCommand::Onboard((**onboard).clone()), first)?;
            let reserve = CustomerEmailCommand::Reserve { customer_id: *customer };
            events += unit.decide_history::<CustomerEmail>(*email, reserve, beside(first, 1))?;
            if let Some(verdict) = *kyc {
                let verify = CustomerCommand::VerifyKyc(VerifyKyc { verdict, reasons: Vec::new() });
                events += unit.decide_history::<Customer>(*customer, verify, beside(first, 2))?;
            }
            Ok(events)
        }
        Decision::Open { account, customer, open } => {
            let customer_type = customer_type(unit, *customer)?;
            let attach = CustomerCommand::AttachProduct(AttachProduct { product: customers::ProductId::of(*account) });
            let events = unit.decide_history::<Customer>(*customer, attach, beside(first, 1))?;
            let mut open = open.clone();
            open.customer_type = customer_type;
            Ok(events + unit.decide_history::<BankAccount>(*account, AccountCommand::Open(open), first)?)
        }
        Decision::AddSignatory { account, command } => {
            unit.existing::<Customer>(command.signatory)?;
            unit.existing::<BankAccount>(*account)?;
            unit.decide_history::<BankAccount>(*account, AccountCommand::AddSignatory(command.clone()), first)
        }
        Decision::Book { account, command } => {
            unit.existing::<BankAccount>(*account)?;
            unit.decide_history::<BankAccount>(*account, command.clone(), first)
        }
    }
}

/// What kind of customer it is, in the words of accounts.
fn customer_type(unit: &Unit<'_>, customer: CustomerId) -> Result<CustomerType, CommandError> {
    let profile = unit.existing::<Customer>(customer)?.profile();
    match profile.map(|profile| profile.customer_type) {
        Some(customers::CustomerType::Individual) => Ok(CustomerType::Individual),
        Some(customers::CustomerType::Business) => Ok(CustomerType::Business),
        None => Err(CommandError::NotFound(customer.to_string())),
    }
}

/// The same fact as it shows in another of its aggregates: its events there have ids of their own.
fn beside(fact: HistoricalFact, n: usize) -> HistoricalFact {
    HistoricalFact { event_id: fact.nth_event_id(1_000 * n), ..fact }
}
