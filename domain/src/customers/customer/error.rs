//! Why a customer's command is refused.

use super::state::CustomerStatus;
use crate::{customers::ProductId, refusals};
use jiff::civil::Date;
use std::collections::BTreeSet;

refusals! {
    /// A refusal, with the facts it rests on.
    pub enum CustomerError {
        /// Too few documents of different kinds were shown (`given`, `required`).
        #[error("{given} different documents were shown, {required} are required")]
        TooFewDocuments {
            /// How many kinds are required.
            required: u32,
            /// How many kinds were shown.
            given: u32,
        },
        /// The birth date lies after today (`birth_date`, `business_date`).
        #[error("the birth date {birth_date} lies after today, {business_date}")]
        BirthDateInFuture {
            /// The birth date given.
            birth_date: Date,
            /// Today.
            business_date: Date,
        },
        /// A rejection needs at least one reason.
        #[error("a rejection needs at least one reason")]
        KycReasonsMissing,
        /// A verified identity is not rejected afterwards; suspend the customer instead.
        #[error("the customer is verified already")]
        CustomerAlreadyVerified,
        /// Somebody has decided on the identity already; a provider's verdict does not change that
        /// (`actual_status`).
        #[error("the identity was decided on already: the customer is {}", status.name())]
        KycDecided {
            /// What the customer is.
            status: CustomerStatus,
        },
        /// Only verified customers get products (`actual_status`).
        #[error("the customer is not verified")]
        CustomerNotVerified {
            /// What the customer is instead.
            status: CustomerStatus,
        },
        /// Nothing changes while the customer is suspended.
        #[error("the customer is suspended")]
        CustomerSuspended,
        /// The relationship with the customer has ended.
        #[error("the customer is closed")]
        CustomerClosed,
        /// The customer still has open accounts, loans or cards (`products`).
        #[error("the customer still has {} open products", products.len())]
        CustomerHasProducts { products: BTreeSet<ProductId> },
        /// The customer was onboarded already.
        #[error("the customer exists already")]
        CustomerExists,
        /// Nothing can be done with a customer who was not onboarded.
        #[error("the customer is not onboarded")]
        CustomerNotOnboarded,
        /// Only imported history may hold a made-up identity.
        #[error("only imported history may hold a synthetic identity")]
        SyntheticIdentity,
    }
}
