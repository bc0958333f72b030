//! Tests that see all layers, and what they share: a client, the real server as a process. Each suite is one
//! binary under `tests/`.

pub mod badges;
mod between;
pub mod binary;
pub mod bureau;
pub mod client;
pub mod collector;
pub mod contract;
pub mod described;
pub mod events;
pub mod home;
pub mod kyc;
pub mod ledger;
pub mod nats;
pub mod postgres;
pub mod random;
pub mod server;
pub mod test_app;
pub mod velocitypay;
mod watched;
mod wire;

pub use badges::Badges;
pub use between::{Between, Through};
pub use client::{Client, Request, Response};
pub use home::Home;
pub use nats::NatsServer;
pub use random::Random;
pub use server::Server;
pub use test_app::TestApp;
pub use watched::WatchedStore;
