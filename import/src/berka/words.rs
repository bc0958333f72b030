//! What every fact of the bank is told with: the name of its row, its currency, and why one cannot be told.

use khata_application::import::SourceRef;
use khata_domain::Currency;
use std::fmt::Display;

pub(super) fn source(table: &str, id: u32) -> Result<SourceRef, String> {
    SourceRef::parse(&format!("berka:{table}:{id}")).map_err(told)
}

pub(super) fn czk() -> Result<Currency, String> {
    "CZK".parse().map_err(told)
}

pub(super) fn told(error: impl Display) -> String {
    error.to_string()
}
