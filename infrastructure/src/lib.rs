//! The adapters of Khata: stores, clock, identifiers, codec.
