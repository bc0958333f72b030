//! Why an address is not given.

use crate::refusals;

refusals! {
    /// A refusal. Who holds the address is not told.
    pub enum CustomerEmailError {
        /// The e-mail address belongs to another customer.
        #[error("the e-mail address belongs to another customer")]
        EmailAlreadyUsed,
    }
}
