//! The customer's state and all its rules.

use super::{
    command::{CustomerCommand, KycVerdict, Onboard, UpdateContact, VerifyKyc},
    error::CustomerError,
    event::{
        ContactUpdated, CustomerClosed, CustomerEvent, CustomerOnboarded, CustomerReactivated, CustomerSuspended, KycRejected, KycVerified,
        ProductAttached, ProductDetached,
    },
};
use crate::{
    Aggregate, Text,
    customers::{Address, Document, DocumentKind, Email, Phone, ProductId},
    ids::CustomerId,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// A customer: nobody yet, or somebody with a profile.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Customer {
    profile: Option<Profile>,
}

/// What is known of a customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The customer's id.
    pub customer_id: CustomerId,
    /// The person's or firm's name.
    pub name: Text<200>,
    /// E-mail address.
    pub email: Email,
    /// Phone number.
    pub phone: Phone,
    /// Person or firm.
    pub customer_type: CustomerType,
    /// Where the relation stands.
    pub status: CustomerStatus,
    /// Identity documents shown.
    pub documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    pub tax_id: Option<Text<40>>,
    /// Postal address.
    pub address: Option<Address>,
    /// Reasons of the latest verdict on the identity.
    pub kyc_reasons: Vec<Text<500>>,
    /// The present suspension.
    pub suspension: Option<Suspension>,
    /// Open products.
    pub products: BTreeSet<ProductId>,
    /// Which parts of the identity are made up.
    pub synthetic: BTreeSet<IdentityPart>,
}

/// Person or firm.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerType {
    /// A person.
    Individual,
    /// A firm.
    Business,
}

/// Where the relation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CustomerStatus {
    /// The identity is still to be verified.
    Pending,
    /// The identity is confirmed: products may be opened.
    Verified,
    /// The identity was not confirmed.
    Rejected,
    /// Nothing changes for now.
    Suspended,
    /// The relation has ended.
    Closed,
}

/// A suspension and what it interrupts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suspension {
    /// Why.
    pub reason: Text<500>,
    /// The status that comes back afterwards.
    pub interrupted: CustomerStatus,
}

/// A part of an identity that an import may have to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum IdentityPart {
    /// The name.
    Name,
    /// The e-mail address.
    Email,
    /// The phone number.
    Phone,
    /// Whether it is a person or a firm.
    Type,
    /// The address.
    Address,
}

impl Customer {
    /// What is known of the customer; `None` before onboarding.
    pub fn profile(&self) -> Option<&Profile> {
        self.profile.as_ref()
    }

    fn onboard(&self, onboard: Onboard, required_documents: u32) -> Result<Vec<CustomerEvent>, CustomerError> {
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

    /// The profile that a command other than Onboard finds; a closed customer takes none but a repeated Close.
    fn open_for(&self, command: &CustomerCommand) -> Result<&Profile, CustomerError> {
        let profile = self.profile.as_ref().ok_or(CustomerError::CustomerNotOnboarded)?;
        if profile.status == CustomerStatus::Closed && *command != CustomerCommand::Close {
            return Err(CustomerError::CustomerClosed);
        }
        Ok(profile)
    }
}

impl Aggregate for Customer {
    const CATEGORY: &'static str = "customer";
    const STATE_SCHEMA: u32 = 1;
    type Id = CustomerId;
    type Command = CustomerCommand;
    type Event = CustomerEvent;
    type Error = CustomerError;

    fn decide(&self, command: CustomerCommand) -> Result<Vec<CustomerEvent>, CustomerError> {
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

    fn decide_history(&self, command: CustomerCommand) -> Result<Vec<CustomerEvent>, CustomerError> {
        if let CustomerCommand::Onboard(onboard) = command {
            return self.onboard(onboard, 0);
        }
        Ok(self.open_for(&command)?.consequences(&command))
    }

    fn evolve(&mut self, event: &CustomerEvent) {
        // A later event of nobody changes nothing: history is never refused.
        match &mut self.profile {
            Some(profile) => profile.evolve(event),
            None => self.profile = Profile::begun_by(event),
        }
    }

    fn owner(&self) -> Option<CustomerId> {
        self.profile.as_ref().map(|profile| profile.customer_id)
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
            CustomerCommand::Suspend(suspend) => (self.status != CustomerStatus::Suspended)
                .then(|| CustomerEvent::CustomerSuspended(CustomerSuspended { reason: suspend.reason.clone() })),
            CustomerCommand::Reactivate => {
                (self.status == CustomerStatus::Suspended).then_some(CustomerEvent::CustomerReactivated(CustomerReactivated {}))
            }
            CustomerCommand::AttachProduct(attach) => (!self.products.contains(&attach.product))
                .then(|| CustomerEvent::ProductAttached(ProductAttached { product: attach.product.clone() })),
            CustomerCommand::DetachProduct(detach) => {
                self.products.contains(&detach.product).then(|| CustomerEvent::ProductDetached(ProductDetached { product: detach.product.clone() }))
            }
            CustomerCommand::Close => (self.status != CustomerStatus::Closed).then_some(CustomerEvent::CustomerClosed(CustomerClosed {})),
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
        let email = update.email.clone().filter(|email| *email != self.email);
        let phone = update.phone.clone().filter(|phone| *phone != self.phone);
        let address = update.address.clone().filter(|address| Some(address) != self.address.as_ref());
        let changes = email.is_some() || phone.is_some() || address.is_some();
        changes.then_some(CustomerEvent::ContactUpdated(ContactUpdated { email, phone, address }))
    }

    /// The rules that a live change must keep.
    fn check_rules(&self, command: &CustomerCommand) -> Result<(), CustomerError> {
        let suspended = self.status == CustomerStatus::Suspended;
        match command {
            CustomerCommand::VerifyKyc(_) | CustomerCommand::UpdateContact(_) if suspended => Err(CustomerError::CustomerSuspended),
            CustomerCommand::VerifyKyc(verify) if verify.verdict == KycVerdict::Rejected && verify.reasons.is_empty() => {
                Err(CustomerError::KycReasonsMissing)
            }
            CustomerCommand::VerifyKyc(_) if self.status == CustomerStatus::Verified => Err(CustomerError::CustomerAlreadyVerified),
            CustomerCommand::AttachProduct(_) if self.status != CustomerStatus::Verified => {
                Err(CustomerError::CustomerNotVerified { status: self.status })
            }
            CustomerCommand::Close if !self.products.is_empty() => Err(CustomerError::CustomerHasProducts { products: self.products.clone() }),
            _ => Ok(()),
        }
    }

    fn evolve(&mut self, event: &CustomerEvent) {
        match event {
            CustomerEvent::CustomerOnboarded(onboarded) => *self = Self::from(onboarded),
            CustomerEvent::KycVerified(verified) => self.take_verdict(CustomerStatus::Verified, &verified.reasons),
            CustomerEvent::KycRejected(rejected) => self.take_verdict(CustomerStatus::Rejected, &rejected.reasons),
            CustomerEvent::ContactUpdated(updated) => {
                updated.email.iter().for_each(|email| self.email.clone_from(email));
                updated.phone.iter().for_each(|phone| self.phone.clone_from(phone));
                updated.address.iter().for_each(|address| self.address = Some(address.clone()));
            }
            CustomerEvent::CustomerSuspended(suspended) => {
                self.suspension = Some(Suspension { reason: suspended.reason.clone(), interrupted: self.status });
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
        }
    }
}

impl Profile {
    fn begun_by(event: &CustomerEvent) -> Option<Self> {
        if let CustomerEvent::CustomerOnboarded(onboarded) = event { Some(Self::from(onboarded)) } else { None }
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
        }
    }
}
