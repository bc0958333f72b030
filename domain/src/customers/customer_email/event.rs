//! What can have happened to a reservation. Frozen by golden files. The address itself never stands here.

use crate::{DomainEvent, declared::events, ids::CustomerId};

events! {
    /// What can have happened to the reservation of one address.
    pub enum CustomerEmailEvent: DomainEvent {
        /// The address was taken.
        Reserved = "reserved" v 1 { customer_id: CustomerId },
        /// The address became free.
        Released = "released" v 1 { customer_id: CustomerId },
    }
}
