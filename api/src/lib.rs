//! The HTTP surface and the command line of Khata.

pub mod app;
pub mod bench;
pub mod http;
pub mod import;
