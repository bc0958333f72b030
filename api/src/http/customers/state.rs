//! A customer as answers show it.

use super::{
    onboarding::{AddressBody, DocumentBody},
    words::{StatusSchema, TypeSchema},
};
use crate::http::{declared::shown, resource::Picture};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    customers::{
        Address, Customer, CustomerStatus, CustomerType, Document, ProductId,
        customer::{IdentityPart, Profile},
    },
    ids::CustomerId,
};
use khata_projections::customers::CustomerRow;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// A customer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Customer)]
pub(crate) struct CustomerBody {
    /// `cus_…`
    #[schema(example = "cus_01890a5d-ac96-774b-bcce-b302099a8057")]
    customer_id: String,
    /// The person's or firm's name.
    name: String,
    /// E-mail address.
    email: String,
    /// Phone number.
    phone: String,
    /// Person or firm.
    #[serde(rename = "type")]
    #[schema(value_type = TypeSchema)]
    customer_type: String,
    /// The status of the relationship.
    #[schema(value_type = StatusSchema)]
    status: String,
    /// Identity documents shown.
    #[schema(value_type = Vec<DocumentBody>)]
    documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    #[schema(required)]
    birth_date: Option<Date>,
    /// Number at the tax office.
    #[schema(required)]
    tax_id: Option<String>,
    /// Postal address.
    #[schema(value_type = Option<AddressBody>, required)]
    address: Option<Address>,
    /// Reasons of the latest verdict on the identity.
    kyc_reasons: Vec<String>,
    /// Why the customer is suspended, while that lasts.
    #[schema(required)]
    suspension_reason: Option<String>,
    /// Open products: `acc_…`
    #[schema(value_type = Vec<String>)]
    products: BTreeSet<ProductId>,
    /// Parts of the identity that an import had to make up.
    #[schema(value_type = Vec<String>)]
    synthetic: BTreeSet<IdentityPart>,
    /// The relationship manager who looks after the customer.
    #[schema(required)]
    manager: Option<String>,
    /// True if this is missing events: one of them could not be processed, or is known only to a newer Khata,
    /// and later ones wait; absent otherwise. Only in queries to the view.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the customer has.
    version: u64,
    /// Business time of the onboarding; in queries only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[serde(serialize_with = "khata_application::instants::write_optional")]
    onboarded_at: Option<Timestamp>,
}

shown!(CustomerBody);

impl CustomerBody {
    /// Shows the state of a customer.
    pub(super) fn of_state(Picture { id, state, version, .. }: Picture<Customer>) -> Self {
        match state.profile() {
            Some(profile) => Self::of(id, profile, version),
            None => Self::unknown(id, version),
        }
    }

    fn of(id: CustomerId, profile: &Profile, version: u64) -> Self {
        Self {
            customer_id: id.to_string(),
            name: profile.name.to_string(),
            email: profile.email.to_string(),
            phone: profile.phone.to_string(),
            customer_type: profile.customer_type.name().to_owned(),
            status: profile.status.name().to_owned(),
            documents: profile.documents.clone(),
            birth_date: profile.birth_date,
            tax_id: profile.tax_id.as_ref().map(ToString::to_string),
            address: profile.address.clone(),
            kyc_reasons: profile.kyc_reasons.iter().map(ToString::to_string).collect(),
            suspension_reason: profile.suspension.as_ref().map(|suspension| suspension.reason.to_string()),
            products: profile.products.clone(),
            synthetic: profile.synthetic.clone(),
            manager: profile.manager.as_ref().map(ToString::to_string),
            parked: false,
            version,
            onboarded_at: None,
        }
    }

    /// By business time, events before the onboarding's: nothing is known yet.
    fn unknown(id: CustomerId, version: u64) -> Self {
        Self {
            customer_id: id.to_string(),
            name: String::new(),
            email: String::new(),
            phone: String::new(),
            customer_type: CustomerType::Individual.name().to_owned(),
            status: CustomerStatus::Pending.name().to_owned(),
            documents: Vec::new(),
            birth_date: None,
            tax_id: None,
            address: None,
            kyc_reasons: Vec::new(),
            suspension_reason: None,
            products: BTreeSet::new(),
            synthetic: BTreeSet::new(),
            manager: None,
            parked: false,
            version,
            onboarded_at: None,
        }
    }
}

impl From<CustomerRow> for CustomerBody {
    fn from(row: CustomerRow) -> Self {
        Self {
            customer_id: row.customer_id,
            name: row.name,
            email: row.email,
            phone: row.phone,
            customer_type: row.customer_type,
            status: row.status,
            documents: row.documents.0,
            birth_date: row.birth_date,
            tax_id: row.tax_id,
            address: row.address.map(|address| address.0),
            kyc_reasons: row.kyc_reasons.0,
            suspension_reason: row.suspension_reason,
            products: row.products.0,
            synthetic: row.synthetic.0,
            manager: row.manager,
            parked: false,
            version: row.version,
            onboarded_at: Some(row.onboarded_at),
        }
    }
}
