//! What the event store in PostgreSQL adds to the contract: several processes on one log, faults of the server, its schema.

#[path = "postgres_event_store/places.rs"]
mod places;
