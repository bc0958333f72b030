//! Data sets of other systems and statements of single accounts, told as historical facts. Deciding and appending facts belongs to `khata_application::import`.

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

pub use table::DataSetError;
