//! Onboarding a customer: the largest of the requests.

use super::{
    CustomerRoutes,
    words::{CityTierSchema, TypeSchema},
};
use crate::http::{
    request::fields::{DateField, IdField, List, Object, TextField},
    resource::creation,
};
use khata_application::customers::NewCustomer;
use khata_domain::{
    customers::{Address, CityTier, CustomerType, Document, DocumentKind, Email, Phone},
    ids::CustomerId,
};
use serde::{
    Deserialize, Deserializer,
    de::{self, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::fmt;
use utoipa::ToSchema;

/// The most documents that a customer shows at once.
const MAX_DOCUMENTS: usize = 20;

/// A new customer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCustomer, examples(json!({
    "name": "Asha Rao", "email": "asha@example.com", "phone": "+91 98000 00000", "type": "individual",
    "documents": [{"type": "passport", "number": "K1234567"}, {"type": "utility_bill"}],
})))]
pub(super) struct OnboardBody {
    /// An id chosen by the client, `cus_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<CustomerId>>,
    /// The person's or firm's name.
    #[schema(value_type = String, max_length = 200)]
    name: TextField<200>,
    /// E-mail address; no two customers share one.
    #[schema(value_type = String, max_length = 254, example = "maria.anders@example.com")]
    email: Email,
    /// Phone number of 5 to 15 digits.
    #[schema(value_type = String, max_length = 40, example = "+91 98765 43210")]
    phone: Phone,
    /// Person or firm.
    #[serde(rename = "type")]
    #[schema(value_type = TypeSchema)]
    customer_type: CustomerType,
    /// Identity documents; at least two of different types.
    #[schema(value_type = Vec<DocumentSchema>, max_items = 20)]
    documents: List<DocumentField, MAX_DOCUMENTS>,
    /// Birth date of a person, or a firm's date of foundation.
    #[schema(value_type = Option<Date>)]
    birth_date: Option<DateField>,
    /// Number at the tax office.
    #[schema(value_type = Option<String>, max_length = 40)]
    tax_id: Option<TextField<40>>,
    /// Postal address.
    #[schema(value_type = Option<AddressBody>)]
    address: Option<Object<AddressBody>>,
}

/// An identity document.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Document)]
pub(super) struct DocumentBody {
    /// What it is: `passport`, `utility_bill`, `aadhaar`, … May also be called `kind`.
    #[serde(rename = "type", alias = "kind")]
    #[schema(value_type = String, max_length = 40, example = "passport")]
    kind: DocumentKind,
    /// Its number, where it has one.
    #[schema(value_type = Option<String>, max_length = 64)]
    number: Option<TextField<64>>,
}

/// A document as it may be written: with all that is known of it, or by its type alone.
#[derive(ToSchema)]
#[schema(as = DocumentOrType)]
#[serde(untagged)]
#[allow(dead_code, reason = "describes what is read")]
enum DocumentSchema {
    /// `"passport"`
    Type(String),
    /// `{"type": "passport", "number": "P123"}`
    Document(DocumentBody),
}

/// Reads either spelling of a document.
#[derive(Debug)]
struct DocumentField(DocumentBody);

impl<'de> Deserialize<'de> for DocumentField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = DocumentBody;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a document or its type")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<DocumentBody, E> {
                DocumentKind::parse(text).map(|kind| DocumentBody { kind, number: None }).map_err(E::custom)
            }
            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<DocumentBody, A::Error> {
                DocumentBody::deserialize(MapAccessDeserializer::new(members))
            }
        }
        deserializer.deserialize_any(Either).map(Self)
    }
}

/// A postal address.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Address)]
pub(super) struct AddressBody {
    /// Street and house.
    #[schema(value_type = Option<String>, max_length = 200)]
    line1: Option<TextField<200>>,
    /// Flat, floor, care of.
    #[schema(value_type = Option<String>, max_length = 200)]
    line2: Option<TextField<200>>,
    /// City, town or village.
    #[schema(value_type = String, max_length = 100)]
    city: TextField<100>,
    /// How large the city is.
    #[schema(value_type = Option<CityTierSchema>)]
    city_tier: Option<CityTier>,
    /// State, province or district.
    #[schema(value_type = Option<String>, max_length = 100)]
    region: Option<TextField<100>>,
    /// Postal code.
    #[schema(value_type = Option<String>, max_length = 20)]
    postal_code: Option<TextField<20>>,
    /// Country, by name or code.
    #[schema(value_type = Option<String>, max_length = 60)]
    country: Option<TextField<60>>,
}

impl From<OnboardBody> for NewCustomer {
    fn from(body: OnboardBody) -> Self {
        Self {
            customer_id: body.id.map(|IdField(id)| id),
            name: body.name.0,
            email: body.email,
            phone: body.phone,
            customer_type: body.customer_type,
            documents: body.documents.0.into_iter().map(|DocumentField(document)| document.into()).collect(),
            birth_date: body.birth_date.map(|DateField(date)| date),
            tax_id: body.tax_id.map(|TextField(text)| text),
            address: body.address.map(|Object(address)| address.into()),
        }
    }
}

impl From<DocumentBody> for Document {
    fn from(body: DocumentBody) -> Self {
        Self { kind: body.kind, number: body.number.map(|TextField(text)| text) }
    }
}

impl From<AddressBody> for Address {
    fn from(body: AddressBody) -> Self {
        Self {
            line1: body.line1.map(|TextField(text)| text),
            line2: body.line2.map(|TextField(text)| text),
            city: body.city.0,
            city_tier: body.city_tier,
            region: body.region.map(|TextField(text)| text),
            postal_code: body.postal_code.map(|TextField(text)| text),
            country: body.country.map(|TextField(text)| text),
        }
    }
}

pub(super) fn routes(routes: CustomerRoutes) -> CustomerRoutes {
    routes.create(
        creation("onboard_customer")
            .about("Onboard a customer. The identity is still to be verified.")
            .done("The customer is onboarded."),
        async |app, context, new: OnboardBody| app.customers.onboard(&context, new.into()).await,
    )
}
