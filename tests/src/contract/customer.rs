//! Customers in the stories, and the reservations of their addresses, which no story tells of.

mod samples;

pub use samples::customer_id;

use super::{Asked, Contract, Sample, Step, customer, nth, text};
use jiff::civil::date;
use khata_domain::{
    customers::{
        Customer, CustomerCommand, CustomerEmail, CustomerEvent, CustomerType, Document, DocumentKind, Email,
        Phone, ProductId,
        customer::{
            AssignManager, AttachProduct, Close, DetachProduct, KycJudge, KycVerdict, Onboard,
            REQUIRED_DOCUMENTS, Reactivate, Suspend, UnassignManager, UpdateContact, VerifyKyc,
        },
        customer_email::CustomerEmailEvent,
    },
    ids::{AccountId, CustomerId},
};
use std::collections::BTreeSet;

impl Contract for Customer {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> CustomerId = customer;

    fn samples() -> Vec<Sample<CustomerEvent>> {
        samples::samples()
    }

    fn past() -> Vec<CustomerEvent> {
        samples::past()
    }

    fn asked(&self, step: &Step) -> Asked<CustomerCommand> {
        (step.at(), if self.profile().is_none() { onboard(step) } else { command(step) })
    }
}

impl Contract for CustomerEmail {
    fn samples() -> Vec<Sample<CustomerEmailEvent>> {
        samples::email_samples()
    }

    fn past() -> Vec<CustomerEmailEvent> {
        samples::email_past()
    }
}

fn onboard(step: &Step) -> CustomerCommand {
    let document = |kind: &str| Document { kind: DocumentKind::parse(kind).unwrap(), number: None };
    let onboard = Onboard {
        customer_id: customer(step.subject),
        name: text(&format!("Customer {}", step.subject)),
        email: Email::parse(&format!("c{}@example.com", step.subject)).unwrap(),
        phone: Phone::parse("+1-555-0123").unwrap(),
        customer_type: CustomerType::Individual,
        documents: vec![document("passport"), document("utility_bill")],
        birth_date: Some(date(1990, 2, 3)),
        tax_id: None,
        address: None,
        required_documents: REQUIRED_DOCUMENTS,
        synthetic: BTreeSet::new(),
    };
    onboard.into()
}

fn command(step: &Step) -> CustomerCommand {
    let product = ProductId::of(nth::<AccountId>(step.number));
    match step.deed {
        0..=4 => VerifyKyc { verdict: KycVerdict::Verified, judge: KycJudge::Person, reasons: vec![] }.into(),
        5..=7 => AttachProduct { product }.into(),
        8..=9 => DetachProduct { product }.into(),
        10 => Suspend { reason: text("story") }.into(),
        11..=12 => Reactivate.into(),
        13 if step.number == 0 => Close.into(),
        14 if step.number.is_multiple_of(2) => AssignManager { manager: text("story") }.into(),
        14 => UnassignManager.into(),
        _ => {
            let email = Email::parse(&format!("c{}-{}@example.com", step.subject, step.number)).unwrap();
            UpdateContact { email: Some(email), ..UpdateContact::default() }.into()
        }
    }
}
