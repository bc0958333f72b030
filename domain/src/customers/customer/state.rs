//! What is remembered of a customer, and how events change it.

use super::{
    event::{
        ContactUpdated, CustomerClosed, CustomerEvent, CustomerOnboarded, CustomerReactivated,
        ManagerUnassigned,
    },
    identity::{CustomerType, IdentityPart},
};
use crate::{
    Text,
    customers::{Address, Document, Email, Phone, ProductId},
    ids::CustomerId,
    names::names,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A customer: nobody yet, or somebody with a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Customer {
    pub(super) profile: Option<Profile>,
}

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub customer_id: CustomerId,
    /// The person's or firm's name.
    pub name: Text<200>,
    pub email: Email,
    pub phone: Phone,
    pub customer_type: CustomerType,
    /// Where the relation stands.
    pub status: CustomerStatus,
    pub documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    pub tax_id: Option<Text<40>>,
    pub address: Option<Address>,
    /// Reasons of the latest verdict on the identity.
    pub kyc_reasons: Vec<Text<500>>,
    pub suspension: Option<Suspension>,
    pub products: BTreeSet<ProductId>,
    /// Which parts of the identity are made up.
    pub synthetic: BTreeSet<IdentityPart>,
    /// The relationship manager who looks after the customer, by the name that events know them by.
    pub manager: Option<Text<200>>,
}

names! {
    /// Where the relation stands.
    pub enum CustomerStatus {
        /// The identity is still to be verified.
        Pending = "pending",
        /// The identity is confirmed: products may be opened.
        Verified = "verified",
        /// The identity was not confirmed.
        Rejected = "rejected",
        /// Nothing changes for now.
        Suspended = "suspended",
        /// The relation has ended.
        Closed = "closed",
    }
}

/// A suspension and what it interrupts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    pub reason: Text<500>,
    /// The status that comes back afterwards.
    pub interrupted: CustomerStatus,
}

impl Customer {
    /// What is known of the customer; `None` before onboarding.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    pub(super) fn apply(&mut self, event: &CustomerEvent) {
        // A later event of nobody changes nothing: history is never refused.
        match &mut self.profile {
            Some(profile) => profile.apply(event),
            None => self.profile = Profile::begun_by(event),
        }
    }
}

impl Profile {
    fn apply(&mut self, event: &CustomerEvent) {
        match event {
            CustomerEvent::CustomerOnboarded(onboarded) => *self = Self::from(onboarded),
            CustomerEvent::KycVerified(verified) => {
                self.take_verdict(CustomerStatus::Verified, &verified.reasons)
            }
            CustomerEvent::KycRejected(rejected) => {
                self.take_verdict(CustomerStatus::Rejected, &rejected.reasons)
            }
            CustomerEvent::ContactUpdated(updated) => {
                updated.name.iter().for_each(|name| self.name.clone_from(name));
                updated.email.iter().for_each(|email| self.email.clone_from(email));
                updated.phone.iter().for_each(|phone| self.phone.clone_from(phone));
                updated.address.iter().for_each(|address| self.address = Some(address.clone()));
                self.synthetic.retain(|part| !updated.tells(*part));
            }
            CustomerEvent::CustomerSuspended(suspended) => {
                self.suspension =
                    Some(Suspension { reason: suspended.reason.clone(), interrupted: self.status });
                self.status = CustomerStatus::Suspended;
            }
            CustomerEvent::CustomerReactivated(CustomerReactivated {}) => {
                self.status = self.suspension.take().map_or(self.status, |suspension| suspension.interrupted);
            }
            CustomerEvent::ProductAttached(attached) => {
                self.products.insert(attached.product.clone());
            }
            CustomerEvent::ProductDetached(detached) => {
                self.products.remove(&detached.product);
            }
            CustomerEvent::CustomerClosed(CustomerClosed {}) => {
                self.status = CustomerStatus::Closed;
                self.suspension = None;
            }
            CustomerEvent::ManagerAssigned(assigned) => self.manager = Some(assigned.manager.clone()),
            CustomerEvent::ManagerUnassigned(ManagerUnassigned {}) => self.manager = None,
        }
    }
}

impl ContactUpdated {
    /// Whether it tells a part of the identity: what was made up until then is so no more.
    fn tells(&self, part: IdentityPart) -> bool {
        match part {
            IdentityPart::Name => self.name.is_some(),
            IdentityPart::Email => self.email.is_some(),
            IdentityPart::Phone => self.phone.is_some(),
            IdentityPart::Address => self.address.is_some(),
            IdentityPart::Type => false,
        }
    }
}

impl Profile {
    fn begun_by(event: &CustomerEvent) -> Option<Self> {
        if let CustomerEvent::CustomerOnboarded(onboarded) = event {
            Some(Self::from(onboarded))
        } else {
            None
        }
    }

    /// A verdict in imported history may fall into a suspension: then it is what comes back afterwards.
    fn take_verdict(&mut self, status: CustomerStatus, reasons: &[Text<500>]) {
        match &mut self.suspension {
            Some(suspension) => suspension.interrupted = status,
            None => self.status = status,
        }
        self.kyc_reasons = reasons.to_vec();
    }
}

impl From<&CustomerOnboarded> for Profile {
    fn from(onboarded: &CustomerOnboarded) -> Self {
        Self {
            customer_id: onboarded.customer_id,
            name: onboarded.name.clone(),
            email: onboarded.email.clone(),
            phone: onboarded.phone.clone(),
            customer_type: onboarded.customer_type,
            status: CustomerStatus::Pending,
            documents: onboarded.documents.clone(),
            birth_date: onboarded.birth_date,
            tax_id: onboarded.tax_id.clone(),
            address: onboarded.address.clone(),
            kyc_reasons: Vec::new(),
            suspension: None,
            products: BTreeSet::new(),
            synthetic: onboarded.synthetic.clone(),
            manager: None,
        }
    }
}
