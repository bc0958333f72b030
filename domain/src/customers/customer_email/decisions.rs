//! What a reservation can be asked, and its rule: one address, one holder. That is structure, not policy, so history keeps
//! to it too.

use super::{
    error::CustomerEmailError,
    event::{CustomerEmailEvent, Released, Reserved},
    state::CustomerEmail,
};
use crate::{DecisionContext, Rules, declared::commands, ids::CustomerId};

type Decision = Result<Vec<CustomerEmailEvent>, CustomerEmailError>;

commands! {
    /// What the reservation of one address can be asked to do.
    pub enum CustomerEmailCommand for CustomerEmail {
        /// Take the address for a customer.
        Reserve { customer_id: CustomerId } => reserve,
        /// Give the address back.
        Release { customer_id: CustomerId } => release,
    }
}

fn reserve(address: &CustomerEmail, command: Reserve, _: DecisionContext<'_>, _: Rules) -> Decision {
    let customer_id = command.customer_id;
    match address.holder() {
        None => Ok(vec![Reserved { customer_id }.into()]),
        Some(holder) if holder == customer_id => Ok(vec![]),
        Some(_) => Err(CustomerEmailError::EmailAlreadyUsed),
    }
}

/// Where it is not this customer's, there is nothing to give back.
fn release(address: &CustomerEmail, command: Release, _: DecisionContext<'_>, _: Rules) -> Decision {
    let customer_id = command.customer_id;
    if address.holder() != Some(customer_id) {
        return Ok(vec![]);
    }
    Ok(vec![Released { customer_id }.into()])
}
