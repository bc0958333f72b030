//! The one codec of this build: which stored shapes of events are lifted to their present shape, and how.
//!
//! When the payload of an event changes its shape: raise its number in `DomainEvent::SCHEMA`, add a golden file of the new
//! shape (the old one stays as it is), and add one line here with the function that turns the old JSON into the new one, which stands
//! in the file of its context under `codec/`. Stored events are never rewritten.

mod customers;

use khata_application::codec::Codec;

/// The codec that every store of this build hands to the events it reads.
pub static CODEC: Codec = Codec { upcasters: &[("customer.contact_updated", 1, customers::contact_updated_1_to_2)] };
