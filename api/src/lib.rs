//! The HTTP surface and the command line of Khata.

pub mod app;
pub mod bench;
pub mod cli;
mod client;
pub mod config;
pub mod http;
pub mod import;
pub mod serve;
