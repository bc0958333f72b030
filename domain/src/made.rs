//! What an event brings into being inside its aggregate: a thing that clients name, and can ask for alone.

use crate::ids::{AuthorizationId, DisputeId, HoldId};
use jiff::civil::Date;

/// A thing inside an aggregate, made by an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// An entry of an account or card. It is its event, seen from outside, and bears its UUID.
    Entry,
    /// Money set aside.
    Hold(HoldId),
    /// An answer to a merchant, whichever it was.
    Authorization(AuthorizationId),
    /// A cardholder's objection.
    Dispute(DisputeId),
    /// The statement of a card's period, named by the period's last day.
    Statement(Date),
    /// A line of an order.
    Line(u32),
}
