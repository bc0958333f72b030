//! Who asks, and what they may do.

mod authentication;
mod facts;
mod fields;
mod owners;
mod principal;
mod reach;
mod roles;
mod table;

pub use authentication::{Authenticator, Unauthenticated};
pub use facts::{FACTS, Fact, Told};
pub use fields::{FIELDS, Field, Mask, Masks, Part};
pub use khata_domain::access::Role;
pub use owners::Owners;
pub use principal::Principal;
pub use reach::{Grant, Reach};
pub use roles::Roles;
pub use table::{Rule, TABLE};
