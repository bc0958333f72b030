//! What the list of customers can be narrowed by.

use crate::http::list::Filters;
use jiff::civil::Date;
use khata_domain::customers::{Email, Phone};
use khata_projections::{Query, customers::CustomerSearch};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

/// Which customers.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct CustomerFilters {
    /// With this e-mail address, in any spelling.
    #[param(value_type = Option<String>)]
    email: Option<Email>,
    /// With this phone number, in any spelling.
    #[param(value_type = Option<String>)]
    phone: Option<Phone>,
}

impl Filters for CustomerFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        CustomerSearch { email: self.email.clone(), phone: self.phone.clone() }.query(limit)
    }
}
