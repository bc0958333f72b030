//! What a customer can be asked to do.

use super::state::{CustomerType, IdentityPart};
use crate::{
    Text,
    customers::{Address, Document, Email, Phone, ProductId},
    ids::CustomerId,
};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// How many documents of different kinds a customer shows at least, unless configured otherwise.
pub const REQUIRED_DOCUMENTS: u32 = 2;

/// A command to a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CustomerCommand {
    /// Makes a customer, still to be verified.
    Onboard(Onboard),
    /// Takes the identity provider's verdict.
    VerifyKyc(VerifyKyc),
    /// Changes the name, or how to reach the customer.
    UpdateContact(UpdateContact),
    /// Keeps the customer from new products and changes until reactivated.
    Suspend(Suspend),
    /// Ends a suspension; the status before it is back.
    Reactivate,
    /// Notes that a product was opened for the customer.
    AttachProduct(AttachProduct),
    /// Notes that a product was closed.
    DetachProduct(DetachProduct),
    /// Ends the relation. Only without products.
    Close,
}

/// Who the new customer is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Onboard {
    pub customer_id: CustomerId,
    /// The person's or firm's name.
    pub name: Text<200>,
    pub email: Email,
    pub phone: Phone,
    pub customer_type: CustomerType,
    pub documents: Vec<Document>,
    /// Birth date of a person, or a firm's date of foundation.
    pub birth_date: Option<Date>,
    /// Number at the tax office.
    pub tax_id: Option<Text<40>>,
    pub address: Option<Address>,
    /// Fact: how many documents of different kinds are required today; see [`REQUIRED_DOCUMENTS`].
    pub required_documents: u32,
    /// Fact: today, in the namespace's time zone.
    pub business_date: Date,
    /// Which parts an import had to make up because its data lacks them. Live customers have none.
    pub synthetic: BTreeSet<IdentityPart>,
}

/// An identity provider's verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyKyc {
    /// What it came to.
    pub verdict: KycVerdict,
    /// Why; a rejection has at least one reason.
    pub reasons: Vec<Text<500>>,
}

/// What a verification came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KycVerdict {
    /// The customer is who they say.
    Verified,
    /// That could not be shown.
    Rejected,
}

/// New contact data; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateContact {
    pub name: Option<Text<200>>,
    pub email: Option<Email>,
    pub phone: Option<Phone>,
    /// New postal address, as a whole.
    pub address: Option<Address>,
}

/// A suspension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspend {
    pub reason: Text<500>,
}

/// A product was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachProduct {
    pub product: ProductId,
}

/// A product was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachProduct {
    pub product: ProductId,
}
