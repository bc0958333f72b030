//! What the event store in PostgreSQL adds to the contract: several processes on one log, faults of the
//! server, its schema.

#[path = "postgres_event_store/alterations.rs"]
mod alterations;
#[path = "postgres_event_store/faults.rs"]
mod faults;
#[path = "postgres_event_store/in_doubt.rs"]
mod in_doubt;
#[path = "postgres_event_store/keys.rs"]
mod keys;
#[path = "postgres_event_store/places.rs"]
mod places;
#[path = "postgres_event_store/processes.rs"]
mod processes;
#[path = "postgres_event_store/proxy.rs"]
mod proxy;
#[path = "postgres_event_store/store.rs"]
mod store;
#[path = "postgres_event_store/storm.rs"]
mod storm;
