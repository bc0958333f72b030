//! The closed lists of words that bodies about customers use.

use crate::http::words::Word;
use khata_domain::customers::{CityTier, CustomerStatus, CustomerType};

pub(super) type CityTierSchema = Word<CityTier>;
pub(super) type StatusSchema = Word<CustomerStatus>;
pub(super) type TypeSchema = Word<CustomerType>;
