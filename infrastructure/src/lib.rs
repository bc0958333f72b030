//! The adapters of Khata: stores, clock, identifiers, codec.

pub mod clock;
pub mod codec;
pub mod data_directory;
pub mod ids;
mod key_filter;
mod keys;
mod kinds;
pub mod kyc;
mod leases;
mod measures;
pub mod memory;
pub mod nats;
mod notices;
pub mod postgres;
pub mod private_file;
mod random;
mod recently_used;
mod repairing;
mod requests;
pub mod seal;
mod sequencer;
mod signals;
pub mod sqlite;
mod tail;
pub mod tls;
pub mod tokens;
pub mod velocitypay;
mod view_sql;
pub mod webhooks;

pub use clock::{ManualClock, SystemClock};
pub use codec::CODEC;
pub use ids::{SequentialIds, V7Ids};
pub use notices::LoggedNotices;
pub use random::{SeededRandom, SystemRandom};
pub use repairing::Repaired;
pub use seal::SealKey;
