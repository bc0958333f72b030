//! Payments: from one account to another of the bank, or out to another bank.
//!
//! `payment` is the aggregate with all its rules; the files beside it are the words it speaks in. Accounts and
//! customers are of other contexts: a payment knows their ids alone.

pub mod business_days;
pub mod external;
pub mod incoming;
pub mod payment;
pub mod reconciliation;
pub mod standing_order;
pub mod terms;

pub use business_days::{BusinessDays, HolidayRule};
pub use external::{ExternalPayee, ExternalPayeeError, Network};
pub use incoming::{IncomingPayment, IncomingPaymentCommand, IncomingPaymentEvent};
pub use payment::{Payee, Payment, PaymentCommand, PaymentError, PaymentEvent, PaymentKind, PaymentStatus};
pub use reconciliation::{Reconciliation, ReconciliationCommand, ReconciliationEvent, ReconciliationId};
pub use standing_order::{StandingOrder, StandingOrderCommand, StandingOrderError, StandingOrderEvent};
pub(crate) use terms::MOST_FEE;
pub use terms::{GatewayNumbers, PaymentNumbers};
