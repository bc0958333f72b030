//! Onboarding: a new customer and the reservation of the e-mail address, in one append.

use super::Customers;
use crate::{
    clock::fresh,
    command::{Answer, CommandContext, CommandError},
    executor::Unit,
};
use jiff::civil::Date;
use khata_domain::{
    Text,
    customers::{
        Address, Customer, CustomerEmail, CustomerType, Document, Email, Phone,
        customer::{AssignManager, Onboard},
        customer_email::Reserve,
    },
    ids::CustomerId,
};
use std::collections::BTreeSet;

/// Who a new customer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCustomer {
    /// The id, where the client gives one.
    pub customer_id: Option<CustomerId>,
    /// The person's or firm's name.
    pub name: Text<200>,
    pub email: Email,
    pub phone: Phone,
    pub customer_type: CustomerType,
    pub documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    pub tax_id: Option<Text<40>>,
    pub address: Option<Address>,
}

impl Customers {
    /// Onboards a customer. One whom a relationship manager brings is assigned to that manager.
    ///
    /// # Errors
    /// Refused as `email_already_used` where another customer has the address, or by the customer's own
    /// rules; those of [`crate::Executor::create`].
    pub async fn onboard(
        &self,
        context: &CommandContext,
        new: NewCustomer,
    ) -> Result<Answer<Customer>, CommandError> {
        let customer_id = new.customer_id.unwrap_or_else(|| fresh(&*self.ids));
        let reservation = self.email_key.hash(&new.email);
        let onboard = Onboard {
            customer_id,
            name: new.name,
            email: new.email,
            phone: new.phone,
            customer_type: new.customer_type,
            documents: new.documents,
            birth_date: new.birth_date,
            tax_id: new.tax_id,
            address: new.address,
            required_documents: context.settings.rules().customers.required_documents,
            synthetic: BTreeSet::new(),
        };
        // Whoever reaches their own customers only reaches those whom they bring.
        let manager =
            context.reach.is_of_assigned().then(|| AssignManager { manager: Text::fitted(context.actor()) });
        let body = |unit: &mut Unit<'_>| {
            unit.decide::<Customer>(customer_id, onboard.clone())?;
            unit.decide::<CustomerEmail>(reservation, Reserve { customer_id })?;
            match &manager {
                Some(manager) => unit.decide::<Customer>(customer_id, manager.clone()).map(drop),
                None => Ok(()),
            }
        };
        let others = [super::contact::address(reservation)];
        self.executor.create::<Customer>(context, customer_id, &others, body).await
    }
}
