//! Orders: what customers buy, from the draft to the delivery, and back if it comes to that.
//!
//! `order` is the aggregate with all its rules; the files beside it are the words it speaks in. Products and
//! sellers are of other contexts: an order knows their ids alone, as texts.

pub mod address;
pub mod line;
pub mod order;
pub mod terms;
pub mod totals;

pub use address::ShippingAddress;
pub use line::{DiscountRate, DiscountRateError, OrderLine};
pub use order::{Order, OrderCommand, OrderError, OrderEvent, OrderStatus};
pub use terms::{CustomerTier, PaymentMethod};
pub use totals::{CustomerShare, Totals};
