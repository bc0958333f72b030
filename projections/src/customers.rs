//! Views of customers.

pub mod customer_overview;
pub mod customer_profiles;

pub use customer_overview::{CustomerOverview, CustomerTotalsRow};
pub use customer_profiles::{CustomerProfiles, CustomerRow, CustomerSearch};

use crate::read_models::{ReadModels, register};
use khata_application::context::AggregateType;
use khata_domain::{accounts::BankAccount, cards::CreditCard, lending::Loan, orders::Order};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::customers::CONTEXT,
    subscribes_to: &[
        AggregateType::of::<BankAccount>(),
        AggregateType::of::<CreditCard>(),
        AggregateType::of::<Loan>(),
        AggregateType::of::<Order>(),
    ],
    projections: || vec![register(CustomerProfiles::default()), register(CustomerOverview)],
};
