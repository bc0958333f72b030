//! A customer as answers show it.

use jiff::{Timestamp, civil::Date};
use khata_application::Render;
use khata_domain::{
    Text,
    customers::{
        Address, Customer, CustomerStatus, CustomerType, Document, Email, Phone, ProductId,
        customer::{IdentityPart, Profile},
    },
    ids::CustomerId,
};
use serde::Serialize;
use utoipa::ToSchema;

/// A customer.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Customer)]
pub(crate) struct CustomerBody {
    /// `cus_…`
    #[schema(value_type = String, example = "cus_01890a5d-ac96-774b-bcce-b302099a8057")]
    pub(super) customer_id: CustomerId,
    /// The person's or firm's name.
    #[schema(value_type = String)]
    pub(super) name: Option<Text<200>>,
    /// E-mail address.
    #[schema(value_type = String)]
    pub(super) email: Option<Email>,
    /// Phone number.
    #[schema(value_type = String)]
    pub(super) phone: Option<Phone>,
    /// Person or firm.
    #[serde(rename = "type")]
    #[schema(value_type = super::onboarding::TypeSchema)]
    pub(super) customer_type: Option<CustomerType>,
    /// Where the relation stands.
    #[schema(value_type = StatusSchema)]
    pub(super) status: Option<CustomerStatus>,
    /// Identity documents shown.
    #[schema(value_type = Vec<super::onboarding::DocumentBody>)]
    pub(super) documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    #[schema(required)]
    pub(super) birth_date: Option<Date>,
    /// Number at the tax office.
    #[schema(value_type = Option<String>, required)]
    pub(super) tax_id: Option<Text<40>>,
    /// Postal address.
    #[schema(value_type = Option<super::onboarding::AddressBody>, required)]
    pub(super) address: Option<Address>,
    /// Reasons of the latest verdict on the identity.
    #[schema(value_type = Vec<String>)]
    pub(super) kyc_reasons: Vec<Text<500>>,
    /// Why the customer is suspended, while that lasts.
    #[schema(value_type = Option<String>, required)]
    pub(super) suspension_reason: Option<Text<500>>,
    /// Open products: `acc_…`
    #[schema(value_type = Vec<String>)]
    pub(super) products: Vec<ProductId>,
    /// Parts of the identity that an import had to make up.
    #[schema(value_type = Vec<String>)]
    pub(super) synthetic: Vec<IdentityPart>,
    /// How many events the customer has.
    pub(super) version: u64,
}

/// Where the relation stands.
#[derive(ToSchema)]
#[schema(as = CustomerStatus, rename_all = "snake_case")]
#[allow(dead_code, reason = "describes what is written")]
pub(super) enum StatusSchema {
    /// The identity is still to be verified.
    Pending,
    /// Products may be opened.
    Verified,
    /// The identity was not confirmed.
    Rejected,
    /// Nothing changes for now.
    Suspended,
    /// The relation has ended.
    Closed,
}

impl Render<Customer> for CustomerBody {
    fn render(id: CustomerId, state: &Customer, version: u64, _at: Timestamp) -> Self {
        let profile: Option<&Profile> = state.profile();
        Self {
            customer_id: id,
            name: profile.map(|profile| profile.name.clone()),
            email: profile.map(|profile| profile.email.clone()),
            phone: profile.map(|profile| profile.phone.clone()),
            customer_type: profile.map(|profile| profile.customer_type),
            status: profile.map(|profile| profile.status),
            documents: profile.map(|profile| profile.documents.clone()).unwrap_or_default(),
            birth_date: profile.and_then(|profile| profile.birth_date),
            tax_id: profile.and_then(|profile| profile.tax_id.clone()),
            address: profile.and_then(|profile| profile.address.clone()),
            kyc_reasons: profile.map(|profile| profile.kyc_reasons.clone()).unwrap_or_default(),
            suspension_reason: profile.and_then(|profile| profile.suspension.as_ref()).map(|suspension| suspension.reason.clone()),
            products: profile.map(|profile| profile.products.iter().cloned().collect()).unwrap_or_default(),
            synthetic: profile.map(|profile| profile.synthetic.iter().copied().collect()).unwrap_or_default(),
            version,
        }
    }
}
