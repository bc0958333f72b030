//! What can have happened to a customer. Stored as JSON and frozen by golden files: a changed shape is a new
//! schema version.

use super::identity::{CustomerType, IdentityPart};
use crate::{
    DomainEvent, Text,
    customers::{Address, Document, Email, Phone, ProductId},
    declared::events,
    ids::CustomerId,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

events! {
    /// What can have happened to a customer.
    pub enum CustomerEvent {
        CustomerOnboarded = "customer_onboarded" v 1,
        KycVerified = "kyc_verified" v 1,
        KycRejected = "kyc_rejected" v 1,
        ContactUpdated = "contact_updated" v 2,
        CustomerSuspended = "customer_suspended" v 1,
        CustomerReactivated = "customer_reactivated" v 1,
        ProductAttached = "product_attached" v 1,
        ProductDetached = "product_detached" v 1,
        CustomerClosed = "customer_closed" v 1,
        ManagerAssigned = "manager_assigned" v 1,
        ManagerUnassigned = "manager_unassigned" v 1,
    }
}

impl DomainEvent for CustomerEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;

    fn business_date(&self) -> Option<Date> {
        match self {
            Self::CustomerOnboarded(event) => Some(event.business_date),
            Self::KycVerified(_)
            | Self::KycRejected(_)
            | Self::ContactUpdated(_)
            | Self::CustomerSuspended(_)
            | Self::CustomerReactivated(_)
            | Self::ProductAttached(_)
            | Self::ProductDetached(_)
            | Self::CustomerClosed(_)
            | Self::ManagerAssigned(_)
            | Self::ManagerUnassigned(_) => None,
        }
    }
}

/// A customer came, still to be verified.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerOnboarded {
    pub customer_id: CustomerId,
    /// The person's or firm's name.
    pub name: Text<200>,
    pub email: Email,
    pub phone: Phone,
    #[serde(rename = "type")]
    pub customer_type: CustomerType,
    /// Identity documents shown, each once.
    pub documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_id: Option<Text<40>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// How many documents of different kinds were required that day; 0 for history taken over from another
    /// system.
    pub required_documents: u32,
    /// The day of the decision, in the namespace's time zone.
    pub business_date: Date,
    /// Which parts an import had to make up because its data lacks them.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub synthetic: BTreeSet<IdentityPart>,
}

/// The identity was confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KycVerified {
    /// What the provider remarked.
    pub reasons: Vec<Text<500>>,
}

/// The identity was not confirmed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KycRejected {
    pub reasons: Vec<Text<500>>,
}

/// Name, e-mail, phone or address changed; what is absent stayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContactUpdated {
    /// The new name, by marriage or as a firm. Since schema version 2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<Text<200>>,
    /// The new e-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// The new phone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// The new postal address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
}

/// The customer was suspended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerSuspended {
    pub reason: Text<500>,
}

/// The suspension ended; the status before it is back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerReactivated {}

/// A product was opened for the customer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductAttached {
    /// Which, e.g. `acc_…`.
    pub product: ProductId,
}

/// A product was closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductDetached {
    /// Which, e.g. `acc_…`.
    pub product: ProductId,
}

/// The relation ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerClosed {}

/// A relationship manager looks after the customer from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerAssigned {
    /// By the name that the manager's token has as its subject.
    pub manager: Text<200>,
}

/// No relationship manager looks after the customer any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManagerUnassigned {}
