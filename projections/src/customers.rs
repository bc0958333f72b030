//! Views of customers.

pub mod customer_profiles;

pub use customer_profiles::{CustomerProfiles, CustomerRow, CustomerSearch};
