//! The one codec of this build: which stored shapes of events are lifted to their present shape, and how.
//!
//! When the payload of an event changes its shape: raise its number in `DomainEvent::SCHEMA`, add a golden file of the new
//! shape (the old one stays as it is), and add one line here, `("customer.customer_onboarded", 1, onboarded_1_to_2)`, with the
//! function that turns the old JSON into the new one in a file of its own under `codec/`. Stored events are never rewritten.

use khata_application::codec::Codec;

/// The codec that every store of this build hands to the events it reads.
pub static CODEC: Codec = Codec { upcasters: &[] };
