//! The end of each day: phases over the whole bank, in their order, noted as they end.
//!
//! What is done with an account or a card is decided by that; here stands which phases a night has, what each waits for,
//! and what came of it.

mod night;
mod phase;

pub use night::*;
pub use phase::NightPhase;
