//! The row of a customer, and the questions asked of it.

use crate::{Query, Value, cell::Json, query::Comparison, row};
use jiff::{Timestamp, civil::Date};
use khata_domain::customers::{
    Address, Document, Email, Phone, ProductId,
    customer::{IdentityPart, Profile},
};
use std::collections::BTreeSet;

row! {
    /// A customer as it stands.
    pub struct CustomerRow in "customers", partition customer_id, owner customer_id, key [customer_id],
        index [email_normalized, customer_id],
        index [phone_digits, customer_id],
        index [manager, customer_id] {
        /// `cus_…`
        pub customer_id: String,
        /// The person's or firm's name.
        pub name: String,
        /// E-mail address as written.
        pub email: String,
        /// E-mail address in the one spelling that is searched for.
        pub email_normalized: String,
        /// Phone number as written.
        pub phone: String,
        /// The digits of the phone number, which are searched for.
        pub phone_digits: String,
        /// `individual` or `business`.
        pub customer_type: String,
        /// `pending`, `verified`, `rejected`, `suspended` or `closed`.
        pub status: String,
        pub documents: Json<Vec<Document>>,
        /// Birth date of a person, or a firm's date of foundation.
        pub birth_date: Option<Date>,
        /// Number at the tax office.
        pub tax_id: Option<String>,
        pub address: Option<Json<Address>>,
        /// Reasons of the latest verdict on the identity.
        pub kyc_reasons: Json<Vec<String>>,
        /// Why the customer is suspended, while that lasts.
        pub suspension_reason: Option<String>,
        /// Open products, `acc_…`.
        pub products: Json<BTreeSet<ProductId>>,
        /// Which parts of the identity an import has made up.
        pub synthetic: Json<BTreeSet<IdentityPart>>,
        /// The relationship manager who looks after the customer.
        pub manager: Option<String>,
        /// How many events the customer has.
        pub version: u64,
        /// Business time of the onboarding.
        pub onboarded_at: Timestamp,
    }
}

impl CustomerRow {
    pub(super) fn of(profile: &Profile, version: u64, onboarded_at: Timestamp) -> Self {
        Self {
            customer_id: profile.customer_id.to_string(),
            name: profile.name.to_string(),
            email: profile.email.to_string(),
            email_normalized: profile.email.normalized(),
            phone: profile.phone.to_string(),
            phone_digits: profile.phone.digits(),
            customer_type: profile.customer_type.name().to_owned(),
            status: profile.status.name().to_owned(),
            documents: Json(profile.documents.clone()),
            birth_date: profile.birth_date,
            tax_id: profile.tax_id.as_ref().map(ToString::to_string),
            address: profile.address.clone().map(Json),
            kyc_reasons: Json(profile.kyc_reasons.iter().map(ToString::to_string).collect()),
            suspension_reason: profile.suspension.as_ref().map(|suspension| suspension.reason.to_string()),
            products: Json(profile.products.clone()),
            synthetic: Json(profile.synthetic.clone()),
            manager: profile.manager.as_ref().map(ToString::to_string),
            version,
            onboarded_at,
        }
    }
}

/// Which customers are wanted; what is `None` does not matter.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CustomerSearch {
    /// With this e-mail address, however it is written.
    pub email: Option<Email>,
    /// With this phone number, however it is written.
    pub phone: Option<Phone>,
}

impl CustomerSearch {
    /// The question to the view, in the order of customer ids.
    pub fn query(&self, limit: usize) -> Query {
        let email = self.email.as_ref().map(|email| ("email_normalized", email.normalized()));
        let phone = self.phone.as_ref().map(|phone| ("phone_digits", phone.digits()));
        let wanted = email.into_iter().chain(phone);
        wanted.fold(Query::of::<CustomerRow>(limit), |query, (column, text)| {
            query.only(column, Comparison::Equal, Value::Text(text))
        })
    }
}
