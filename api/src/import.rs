//! Data sets of other systems and statements of single accounts, told as historical facts, and what an import
//! of them came to. Deciding and appending facts belongs to `khata_application::import`.

mod answer;
pub mod berka;
pub mod camt;
pub mod csv_file;
mod letters;
pub mod looks;
pub mod mt940;
pub mod northwind;
mod numbers;
pub mod ofx;
pub mod statement;
mod table;

pub use answer::{CurrencySums, ImportAnswer, LoanSums, OrderSums};
pub use table::DataSetError;
