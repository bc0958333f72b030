//! What the list of cards can be narrowed by.

use super::words::CardStatusSchema;
use crate::http::list::{self, Filters};
use jiff::civil::Date;
use khata_domain::{cards::card::CardStatus, ids::CustomerId};
use khata_projections::{Query, cards::CardRow};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which cards.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CardFilters {
    /// Of this customer.
    #[param(value_type = Option<String>)]
    customer_id: Option<CustomerId>,
    /// In this status.
    #[param(value_type = Option<CardStatusSchema>, inline)]
    status: Option<CardStatus>,
}

impl Filters for CardFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        list::having(
            Query::of::<CardRow>(limit),
            [
                ("customer_id", self.customer_id.map(|id| id.to_string())),
                ("status", self.status.map(|status| status.name().to_owned())),
            ],
        )
    }
}
