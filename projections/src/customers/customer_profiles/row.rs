//! The row of a customer, and the questions asked of it.

use crate::{
    Column, ColumnType, Index, Query, Row, Table, Value,
    cell::{Cell, Json, next},
    query::Comparison,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::customers::{
    Address, Document, Email, Phone, ProductId,
    customer::{IdentityPart, Profile},
};
use std::collections::BTreeSet;

/// A customer as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
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
    /// Identity documents shown.
    pub documents: Json<Vec<Document>>,
    /// Birth date of a person, or a firm's date of foundation.
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    pub tax_id: Option<String>,
    /// Postal address.
    pub address: Option<Json<Address>>,
    /// Reasons of the latest verdict on the identity.
    pub kyc_reasons: Json<Vec<String>>,
    /// Why the customer is suspended, while that lasts.
    pub suspension_reason: Option<String>,
    /// Open products, `acc_…`.
    pub products: Json<BTreeSet<ProductId>>,
    /// Which parts of the identity an import has made up.
    pub synthetic: Json<BTreeSet<IdentityPart>>,
    /// How many events the customer has.
    pub version: u64,
    /// Business time of the onboarding.
    pub onboarded_at: Timestamp,
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
            version,
            onboarded_at,
        }
    }
}

static TABLE: Table = Table {
    name: "customers",
    partition: "customer_id",
    columns: &[
        Column::new("customer_id", ColumnType::Text),
        Column::new("name", ColumnType::Text),
        Column::new("email", ColumnType::Text),
        Column::new("email_normalized", ColumnType::Text),
        Column::new("phone", ColumnType::Text),
        Column::new("phone_digits", ColumnType::Text),
        Column::new("customer_type", ColumnType::Text),
        Column::new("status", ColumnType::Text),
        Column::new("documents", ColumnType::Json),
        Column::nullable("birth_date", ColumnType::Date),
        Column::nullable("tax_id", ColumnType::Text),
        Column::nullable("address", ColumnType::Json),
        Column::new("kyc_reasons", ColumnType::Json),
        Column::nullable("suspension_reason", ColumnType::Text),
        Column::new("products", ColumnType::Json),
        Column::new("synthetic", ColumnType::Json),
        Column::new("version", ColumnType::Integer),
        Column::new("onboarded_at", ColumnType::Timestamp),
    ],
    key: &["customer_id"],
    indexes: &[Index { columns: &["email_normalized", "customer_id"] }, Index { columns: &["phone_digits", "customer_id"] }],
};

impl Row for CustomerRow {
    const TABLE: &'static Table = &TABLE;

    fn into_values(self) -> Vec<Value> {
        vec![
            self.customer_id.into_value(),
            self.name.into_value(),
            self.email.into_value(),
            self.email_normalized.into_value(),
            self.phone.into_value(),
            self.phone_digits.into_value(),
            self.customer_type.into_value(),
            self.status.into_value(),
            self.documents.into_value(),
            self.birth_date.into_value(),
            self.tax_id.into_value(),
            self.address.into_value(),
            self.kyc_reasons.into_value(),
            self.suspension_reason.into_value(),
            self.products.into_value(),
            self.synthetic.into_value(),
            self.version.into_value(),
            self.onboarded_at.into_value(),
        ]
    }

    fn from_values(values: Vec<Value>) -> Option<Self> {
        let values = &mut values.into_iter();
        Some(Self {
            customer_id: next(values)?,
            name: next(values)?,
            email: next(values)?,
            email_normalized: next(values)?,
            phone: next(values)?,
            phone_digits: next(values)?,
            customer_type: next(values)?,
            status: next(values)?,
            documents: next(values)?,
            birth_date: next(values)?,
            tax_id: next(values)?,
            address: next(values)?,
            kyc_reasons: next(values)?,
            suspension_reason: next(values)?,
            products: next(values)?,
            synthetic: next(values)?,
            version: next(values)?,
            onboarded_at: next(values)?,
        })
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
        wanted.fold(Query::of::<CustomerRow>(limit), |query, (column, text)| query.only(column, Comparison::Equal, Value::Text(text)))
    }
}
