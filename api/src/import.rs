//! Data sets of other systems, told as historical facts, and what an import of them came to. Deciding and appending facts belongs to
//! `khata_application::import`.

mod answer;
pub mod berka;
pub mod northwind;
mod table;

pub use answer::{CurrencySums, ImportAnswer, LoanSums, OrderSums};
pub use table::DataSetError;
