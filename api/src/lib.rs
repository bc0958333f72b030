//! The HTTP surface and the command line of Khata.

pub mod app;
pub mod cli;
mod client;
pub mod config;
pub mod failure;
pub mod http;
pub mod options;
mod output;
pub mod part;
pub mod serve;
mod shown;
pub mod store_url;
pub mod telemetry;

/// A seventh of a command's processor time went into the system's allocator; this one takes half of that.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
