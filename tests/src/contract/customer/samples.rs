//! One of each event of customers and of reservations.

use crate::contract::{Sample, bare, full};
use khata_domain::{
    Text,
    customers::{
        Address, CityTier, CustomerEvent, CustomerType, Document, DocumentKind, Email, Phone, ProductId,
        customer::{
            ContactUpdated, CustomerClosed, CustomerOnboarded, CustomerReactivated, CustomerSuspended,
            IdentityPart, KycRejected, KycVerified, ManagerAssigned, ManagerUnassigned, ProductAttached,
            ProductDetached,
        },
        customer_email::{CustomerEmailEvent, Released, Reserved},
    },
    ids::{AccountId, CustomerId, TypedId},
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The customer of all samples.
pub fn customer_id() -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8057))
}

fn product() -> ProductId {
    ProductId::of(AccountId::from_uuid(Uuid::from_u128(0x0189_0a5d_ac96_774b_bcce_b302_099a_8058)))
}

fn manager() -> ManagerAssigned {
    ManagerAssigned { manager: text("r.iyer") }
}

fn text<const MAX: usize>(text: &str) -> Text<MAX> {
    Text::parse(text).unwrap()
}

fn document(kind: &str, number: Option<&str>) -> Document {
    Document { kind: DocumentKind::parse(kind).unwrap(), number: number.map(text) }
}

fn address() -> Address {
    Address {
        line1: Some(text("12 MG Road")),
        line2: Some(text("Flat 3")),
        city: text("पुणे"),
        city_tier: Some(CityTier::Tier1),
        region: Some(text("Maharashtra")),
        postal_code: Some(text("411001")),
        country: Some(text("IN")),
    }
}

fn bare_address() -> Address {
    Address {
        line1: None,
        line2: None,
        city: text("Praha"),
        city_tier: None,
        region: None,
        postal_code: None,
        country: None,
    }
}

fn onboarded() -> CustomerOnboarded {
    CustomerOnboarded {
        customer_id: customer_id(),
        name: text("Maria \"Mia\" Santos"),
        email: Email::parse("Maria@MariasDesigns.com").unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: vec![document("passport", Some("P1234567")), document("utility_bill", None)],
        birth_date: Some("1990-02-03".parse().unwrap()),
        tax_id: Some(text("ABCDE1234F")),
        address: Some(address()),
        required_documents: 2,
        business_date: "2026-01-02".parse().unwrap(),
        synthetic: [
            IdentityPart::Name,
            IdentityPart::Email,
            IdentityPart::Phone,
            IdentityPart::Type,
            IdentityPart::Address,
        ]
        .into(),
    }
}

fn bare_onboarded() -> CustomerOnboarded {
    CustomerOnboarded {
        customer_type: CustomerType::Business,
        documents: vec![],
        birth_date: None,
        tax_id: None,
        address: None,
        required_documents: 0,
        synthetic: BTreeSet::new(),
        ..onboarded()
    }
}

pub(super) fn samples() -> Vec<Sample<CustomerEvent>> {
    let contact = ContactUpdated {
        name: Some(text("Maria Santos Rao")),
        email: Some(Email::parse("m.santos@example.org").unwrap()),
        phone: Some(Phone::parse("(5) 555-4729").unwrap()),
        address: Some(bare_address()),
    };
    let unchanged = ContactUpdated { name: None, email: None, phone: None, address: None };
    vec![
        full(CustomerEvent::CustomerOnboarded(onboarded())),
        bare(CustomerEvent::CustomerOnboarded(bare_onboarded())),
        full(CustomerEvent::KycVerified(KycVerified { reasons: vec![text("checked in person")] })),
        full(CustomerEvent::KycRejected(KycRejected {
            reasons: vec![text("photo differs"), text("document expired")],
        })),
        Sample {
            version: 1,
            label: "",
            event: CustomerEvent::ContactUpdated(ContactUpdated { name: None, ..contact.clone() }),
        },
        Sample { version: 1, label: ".bare", event: CustomerEvent::ContactUpdated(unchanged.clone()) },
        Sample { version: 2, label: "", event: CustomerEvent::ContactUpdated(contact) },
        Sample { version: 2, label: ".bare", event: CustomerEvent::ContactUpdated(unchanged) },
        full(CustomerEvent::CustomerSuspended(CustomerSuspended { reason: text("court order 7/2026") })),
        full(CustomerEvent::CustomerReactivated(CustomerReactivated {})),
        full(CustomerEvent::ProductAttached(ProductAttached { product: product() })),
        full(CustomerEvent::ProductDetached(ProductDetached { product: product() })),
        full(CustomerEvent::CustomerClosed(CustomerClosed {})),
        full(CustomerEvent::ManagerAssigned(manager())),
        full(CustomerEvent::ManagerUnassigned(ManagerUnassigned {})),
    ]
}

pub(super) fn email_samples() -> Vec<Sample<CustomerEmailEvent>> {
    vec![
        full(CustomerEmailEvent::Reserved(Reserved { customer_id: customer_id() })),
        full(CustomerEmailEvent::Released(Released { customer_id: customer_id() })),
    ]
}

/// The past of a customer whose state fills every field.
pub(super) fn past() -> Vec<CustomerEvent> {
    vec![
        CustomerEvent::CustomerOnboarded(onboarded()),
        CustomerEvent::KycVerified(KycVerified { reasons: vec![text("checked in person")] }),
        CustomerEvent::ProductAttached(ProductAttached { product: product() }),
        CustomerEvent::ManagerAssigned(manager()),
        CustomerEvent::CustomerSuspended(CustomerSuspended { reason: text("court order 7/2026") }),
    ]
}

/// The past of a reservation whose state fills every field.
pub(super) fn email_past() -> Vec<CustomerEmailEvent> {
    vec![CustomerEmailEvent::Reserved(Reserved { customer_id: customer_id() })]
}
