//! Who asks, and what they may do.

mod authentication;
mod principal;
mod roles;

pub use authentication::{Authenticator, Unauthenticated};
pub use khata_domain::access::Role;
pub use principal::Principal;
pub use roles::Roles;
