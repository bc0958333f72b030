//! Payments: from one account to another of the bank, or out to another bank.
//!
//! `payment` is the aggregate with all its rules; the files beside it are the words it speaks in. Accounts and
//! customers are of other contexts: a payment knows their ids alone.

pub mod external;
pub mod payment;
pub mod terms;

pub use external::{ExternalPayee, ExternalPayeeError, Network};
pub use payment::{Payment, PaymentCommand, PaymentError, PaymentEvent, PaymentKind, PaymentStatus};
pub use terms::{GatewayNumbers, PaymentNumbers};
