//! What a customer can be asked to do. Which rule decides on which stands in `decisions`.

use super::identity::{CustomerType, IdentityPart};
use crate::{
    Text,
    customers::{Address, Document, Email, Phone, ProductId},
    ids::CustomerId,
};
use jiff::civil::Date;
use std::collections::BTreeSet;

/// How many documents of different kinds a customer shows at least, unless configured otherwise.
pub const REQUIRED_DOCUMENTS: u32 = 2;

/// Make a customer, still to be verified.
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
    /// Which parts an import had to make up because its data lacks them. Live customers have none.
    pub synthetic: BTreeSet<IdentityPart>,
}

/// Take a verdict on the identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyKyc {
    /// What it came to.
    pub verdict: KycVerdict,
    /// Fact: who came to it.
    pub judge: KycJudge,
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

/// Who came to a verdict on an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KycJudge {
    /// Somebody of the bank.
    Person,
    /// The provider of identity checks: its verdict is one on customers about whom nobody has decided yet.
    Provider,
}

/// Change the name, or how to reach the customer; what is `None` stays.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct UpdateContact {
    pub name: Option<Text<200>>,
    pub email: Option<Email>,
    pub phone: Option<Phone>,
    /// New postal address, as a whole.
    pub address: Option<Address>,
}

/// Keep the customer from new products and changes until reactivated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suspend {
    pub reason: Text<500>,
}

/// End a suspension; the status before it is back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reactivate;

/// Put the customer into the hands of a relationship manager, out of another's if need be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignManager {
    /// By the name that the manager's token has as its subject.
    pub manager: Text<200>,
}

/// Take the customer out of the relationship manager's hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnassignManager;

/// Note that a product was opened for the customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachProduct {
    pub product: ProductId,
}

/// Note that a product was closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetachProduct {
    pub product: ProductId,
}

/// End the relation. Only without products.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Close;
