//! What the list of cards can be narrowed by.

use super::words::CardStatusSchema;
use crate::http::declared::filters;
use khata_domain::{cards::card::CardStatus, ids::CustomerId};
use khata_projections::cards::CardRow;

filters! {
    /// Which cards.
    pub(crate) struct CardFilters of CardRow {
        /// Of this customer.
        customer_id: CustomerId as String,
        /// In this status.
        status: CardStatus as CardStatusSchema,
    }
}
