//! Traffic control: the worked example of `docs/adding-an-aggregate.md`, as real as the bank beside it.

mod signal;

pub use signal::*;
