//! Views of customers.

pub mod customer_overview;
pub mod customer_profiles;

pub use customer_overview::{CustomerOverview, CustomerTotalsRow};
pub use customer_profiles::{CustomerProfiles, CustomerRow, CustomerSearch};
