//! Contact data and the end of the relation: what moves the reservation of the e-mail address.

use super::Customers;
use crate::{
    StreamName,
    command::{Answer, CommandContext, CommandError},
    executor::{Participant, Unit},
    fold::{Until, fold},
};
use khata_domain::{
    customers::{
        Customer, CustomerCommand, CustomerEmail, CustomerStatus, EmailHash,
        customer::{Close, UpdateContact},
        customer_email::{Release, Reserve},
    },
    ids::CustomerId,
};
use std::time::{Duration, Instant};

/// How long the address is looked up anew while other processes change it between looking it up and deciding.
const PATIENCE: Duration = Duration::from_secs(10);

impl Customers {
    /// Changes how to reach a customer. With a new e-mail address, the old one is free for others in the same
    /// instant.
    ///
    /// # Errors
    /// Refused as `email_already_used` where another customer has the new address, or by the customer's own
    /// rules; those of [`crate::Executor::transact`].
    pub async fn update_contact(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
        update: UpdateContact,
    ) -> Result<Answer<Customer>, CommandError> {
        let wanted = update.email.as_ref().map(|email| self.email_key.hash(email));
        let command = update.into();
        match wanted {
            Some(wanted) => self.with_reservations(context, customer_id, Some(wanted), command).await,
            None => self.executor.execute::<Customer>(context, customer_id, command).await,
        }
    }

    /// Closes a customer and frees the e-mail address.
    ///
    /// # Errors
    /// Refused as `customer_has_products` while products are open; those of [`crate::Executor::transact`].
    pub async fn close(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
    ) -> Result<Answer<Customer>, CommandError> {
        self.with_reservations(context, customer_id, None, Close.into()).await
    }

    /// Decides on a command while the reservations of the customer's present and wanted address are held, and
    /// moves them after it.
    async fn with_reservations(
        &self,
        context: &CommandContext,
        customer_id: CustomerId,
        wanted: Option<EmailHash>,
        command: CustomerCommand,
    ) -> Result<Answer<Customer>, CommandError> {
        // In this process one after another: what is looked up is then what the decision meets.
        let _turn = self.moving.turn(customer_id).await;
        let began = Instant::now();
        loop {
            let seen = self.reservation_of(customer_id).await?;
            let others: Vec<Participant> = seen.into_iter().chain(wanted).map(address).collect();
            let body = |unit: &mut Unit<'_>| {
                let before = self.held(unit.existing::<Customer>(customer_id)?);
                if before != seen {
                    // The address has changed since it was looked up, so the wrong reservations are held.
                    return Err(CommandError::Contended);
                }
                unit.decide::<Customer>(customer_id, command.clone())?;
                let after = self.held(unit.state::<Customer>(customer_id)?);
                move_reservation(unit, customer_id, before, after)
            };
            match self.executor.transact::<Customer>(context, customer_id, &others, body).await {
                Err(CommandError::Contended) if began.elapsed() < PATIENCE => {}
                outcome => return outcome,
            }
        }
    }

    /// The reservation that a customer holds, by what is durable now.
    async fn reservation_of(&self, customer_id: CustomerId) -> Result<Option<EmailHash>, CommandError> {
        let stored =
            fold::<Customer>(&*self.store, &StreamName::of::<Customer>(customer_id), Until::default())
                .await?
                .known()?;
        Ok(self.held(&stored.state))
    }

    /// The reservation that a customer in this state holds.
    fn held(&self, customer: &Customer) -> Option<EmailHash> {
        let open = customer.profile().filter(|profile| profile.status != CustomerStatus::Closed);
        open.map(|profile| self.email_key.hash(&profile.email))
    }
}

/// The reservation of an address takes part, whoever has it: that it is taken is told.
pub(super) fn address(hash: EmailHash) -> Participant {
    Participant::of::<CustomerEmail>(hash).of_anyone()
}

fn move_reservation(
    unit: &mut Unit<'_>,
    customer_id: CustomerId,
    before: Option<EmailHash>,
    after: Option<EmailHash>,
) -> Result<(), CommandError> {
    if before == after {
        return Ok(());
    }
    if let Some(taken) = after {
        unit.decide::<CustomerEmail>(taken, Reserve { customer_id })?;
    }
    if let Some(left) = before {
        unit.decide::<CustomerEmail>(left, Release { customer_id })?;
    }
    Ok(())
}
