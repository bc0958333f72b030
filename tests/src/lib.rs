//! Tests that see all layers, and what they share: a client, the real server as a process. Each suite is one binary under `tests/`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "what a test cannot do, fails the test")]

pub mod client;
pub mod server;

pub use client::{Client, Request, Response};
pub use server::Server;
