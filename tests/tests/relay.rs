//! The relay against a real NATS server: what arrives, in which order, and what happens when either of them
//! fails.

#[path = "relay/broker.rs"]
mod broker;
#[path = "relay/faults.rs"]
mod faults;
#[path = "relay/relaying.rs"]
mod relaying;
#[path = "relay/serving.rs"]
mod serving;
#[path = "relay/world.rs"]
mod world;
