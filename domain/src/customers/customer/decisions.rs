//! The rules of a customer: who becomes one, and what may happen to one.

use super::{
    command::{CustomerCommand, KycVerdict, Onboard, UpdateContact, VerifyKyc},
    error::CustomerError,
    event::{
        ContactUpdated, CustomerClosed, CustomerEvent, CustomerOnboarded, CustomerReactivated,
        CustomerSuspended, KycRejected, KycVerified, ProductAttached, ProductDetached,
    },
    state::{Customer, CustomerStatus, Profile},
};
use crate::customers::DocumentKind;
use std::collections::BTreeSet;

impl Customer {
    /// Decides on a command.
    pub(super) fn live(&self, command: CustomerCommand) -> Result<Vec<CustomerEvent>, CustomerError> {
        if let CustomerCommand::Onboard(onboard) = command {
            check_identity(&onboard)?;
            let required_documents = onboard.required_documents;
            return self.onboard(onboard, required_documents);
        }
        let profile = self.open_for(&command)?;
        let events = profile.consequences(&command);
        if !events.is_empty() {
            profile.check_rules(&command)?;
        }
        Ok(events)
    }

    /// Decides on an imported historical fact: only order and existence count.
    pub(super) fn history(&self, command: CustomerCommand) -> Result<Vec<CustomerEvent>, CustomerError> {
        if let CustomerCommand::Onboard(onboard) = command {
            return self.onboard(onboard, 0);
        }
        Ok(self.open_for(&command)?.consequences(&command))
    }

    fn onboard(
        &self,
        onboard: Onboard,
        required_documents: u32,
    ) -> Result<Vec<CustomerEvent>, CustomerError> {
        if self.profile.is_some() {
            return Err(CustomerError::CustomerExists);
        }
        let mut documents = Vec::with_capacity(onboard.documents.len());
        for document in onboard.documents {
            if !documents.contains(&document) {
                documents.push(document);
            }
        }
        Ok(vec![CustomerEvent::CustomerOnboarded(CustomerOnboarded {
            customer_id: onboard.customer_id,
            name: onboard.name,
            email: onboard.email,
            phone: onboard.phone,
            customer_type: onboard.customer_type,
            documents,
            birth_date: onboard.birth_date,
            tax_id: onboard.tax_id,
            address: onboard.address,
            required_documents,
            business_date: onboard.business_date,
            synthetic: onboard.synthetic,
        })])
    }

    /// The profile that a command other than Onboard finds; a closed customer takes none but a repeated
    /// Close.
    fn open_for(&self, command: &CustomerCommand) -> Result<&Profile, CustomerError> {
        let profile = self.profile.as_ref().ok_or(CustomerError::CustomerNotOnboarded)?;
        if profile.status == CustomerStatus::Closed && *command != CustomerCommand::Close {
            return Err(CustomerError::CustomerClosed);
        }
        Ok(profile)
    }
}

/// The rules of onboarding that live customers must keep and history need not.
fn check_identity(onboard: &Onboard) -> Result<(), CustomerError> {
    if !onboard.synthetic.is_empty() {
        return Err(CustomerError::SyntheticIdentity);
    }
    let kinds: BTreeSet<&DocumentKind> = onboard.documents.iter().map(|document| &document.kind).collect();
    let (given, required) = (u32::try_from(kinds.len()).unwrap_or(u32::MAX), onboard.required_documents);
    if given < required {
        return Err(CustomerError::TooFewDocuments { required, given });
    }
    match onboard.birth_date {
        Some(birth_date) if birth_date > onboard.business_date => {
            Err(CustomerError::BirthDateInFuture { birth_date, business_date: onboard.business_date })
        }
        _ => Ok(()),
    }
}

impl Profile {
    /// What a command changes, rules aside; nothing if it is already so.
    fn consequences(&self, command: &CustomerCommand) -> Vec<CustomerEvent> {
        let event = match command {
            CustomerCommand::Onboard(_) => None,
            CustomerCommand::VerifyKyc(verify) => self.verdict(verify),
            CustomerCommand::UpdateContact(update) => self.changed_contact(update),
            CustomerCommand::Suspend(suspend) => (self.status != CustomerStatus::Suspended).then(|| {
                CustomerEvent::CustomerSuspended(CustomerSuspended { reason: suspend.reason.clone() })
            }),
            CustomerCommand::Reactivate => (self.status == CustomerStatus::Suspended)
                .then_some(CustomerEvent::CustomerReactivated(CustomerReactivated {})),
            CustomerCommand::AttachProduct(attach) => (!self.products.contains(&attach.product))
                .then(|| CustomerEvent::ProductAttached(ProductAttached { product: attach.product.clone() })),
            CustomerCommand::DetachProduct(detach) => self
                .products
                .contains(&detach.product)
                .then(|| CustomerEvent::ProductDetached(ProductDetached { product: detach.product.clone() })),
            CustomerCommand::Close => (self.status != CustomerStatus::Closed)
                .then_some(CustomerEvent::CustomerClosed(CustomerClosed {})),
        };
        event.into_iter().collect()
    }

    fn verdict(&self, verify: &VerifyKyc) -> Option<CustomerEvent> {
        let reasons = verify.reasons.clone();
        let rejected_so = self.status == CustomerStatus::Rejected && self.kyc_reasons == reasons;
        match verify.verdict {
            KycVerdict::Verified if self.status == CustomerStatus::Verified => None,
            KycVerdict::Verified => Some(CustomerEvent::KycVerified(KycVerified { reasons })),
            KycVerdict::Rejected if rejected_so => None,
            KycVerdict::Rejected => Some(CustomerEvent::KycRejected(KycRejected { reasons })),
        }
    }

    fn changed_contact(&self, update: &UpdateContact) -> Option<CustomerEvent> {
        let name = update.name.clone().filter(|name| *name != self.name);
        let email = update.email.clone().filter(|email| *email != self.email);
        let phone = update.phone.clone().filter(|phone| *phone != self.phone);
        let address = update.address.clone().filter(|address| Some(address) != self.address.as_ref());
        let changes = name.is_some() || email.is_some() || phone.is_some() || address.is_some();
        changes.then_some(CustomerEvent::ContactUpdated(ContactUpdated { name, email, phone, address }))
    }

    /// The rules that a live change must keep.
    fn check_rules(&self, command: &CustomerCommand) -> Result<(), CustomerError> {
        let suspended = self.status == CustomerStatus::Suspended;
        match command {
            CustomerCommand::VerifyKyc(_) | CustomerCommand::UpdateContact(_) if suspended => {
                Err(CustomerError::CustomerSuspended)
            }
            CustomerCommand::VerifyKyc(verify)
                if verify.verdict == KycVerdict::Rejected && verify.reasons.is_empty() =>
            {
                Err(CustomerError::KycReasonsMissing)
            }
            CustomerCommand::VerifyKyc(_) if self.status == CustomerStatus::Verified => {
                Err(CustomerError::CustomerAlreadyVerified)
            }
            CustomerCommand::AttachProduct(_) if self.status != CustomerStatus::Verified => {
                Err(CustomerError::CustomerNotVerified { status: self.status })
            }
            CustomerCommand::Close if !self.products.is_empty() => {
                Err(CustomerError::CustomerHasProducts { products: self.products.clone() })
            }
            _ => Ok(()),
        }
    }
}
