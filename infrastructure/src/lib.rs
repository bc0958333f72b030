//! The adapters of Khata: stores, clock, identifiers, codec.

pub mod memory;
