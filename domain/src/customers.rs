//! Customers: who the bank serves. The rules of a customer lie in `customer/decisions.rs`; `customer_email`
//! keeps one e-mail from serving two customers. The other files are their vocabulary.

pub mod address;
pub mod customer;
pub mod customer_email;
pub mod document;
pub mod email;
pub mod phone;
pub mod product;

pub use address::{Address, CityTier};
pub use customer::{Customer, CustomerCommand, CustomerError, CustomerEvent, CustomerStatus, CustomerType};
pub use customer_email::{CustomerEmail, EmailHash};
pub use document::{Document, DocumentKind};
pub use email::Email;
pub use phone::Phone;
pub use product::ProductId;
