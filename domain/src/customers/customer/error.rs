//! Why a customer's command is refused.

use super::state::CustomerStatus;
use crate::customers::ProductId;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::BTreeSet;

/// A refusal, with the facts it rests on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum CustomerError {
    /// Onboarded twice.
    #[error("the customer exists already")]
    CustomerExists,
    /// Not onboarded yet.
    #[error("the customer is not onboarded")]
    CustomerNotOnboarded,
    /// Not enough documents of different kinds.
    #[error("{given} different documents were shown, {required} are required")]
    TooFewDocuments {
        /// How many kinds are required.
        required: u32,
        /// How many kinds were shown.
        given: u32,
    },
    /// Born tomorrow.
    #[error("the birth date {birth_date} lies after today, {business_date}")]
    BirthDateInFuture {
        /// The birth date given.
        birth_date: Date,
        /// Today.
        business_date: Date,
    },
    /// A live customer has no made-up identity.
    #[error("only imported history may hold a synthetic identity")]
    SyntheticIdentity,
    /// A rejection says why.
    #[error("a rejection needs at least one reason")]
    KycReasonsMissing,
    /// A verified identity is not rejected afterwards; suspend the customer instead.
    #[error("the customer is verified already")]
    CustomerAlreadyVerified,
    /// Only verified customers get products.
    #[error("the customer is not verified")]
    CustomerNotVerified {
        /// What the customer is instead.
        status: CustomerStatus,
    },
    /// Nothing changes during a suspension.
    #[error("the customer is suspended")]
    CustomerSuspended,
    /// The relation has ended.
    #[error("the customer is closed")]
    CustomerClosed,
    /// Products must be closed first.
    #[error("the customer still has {} open products", products.len())]
    CustomerHasProducts { products: BTreeSet<ProductId> },
}
