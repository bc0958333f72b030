//! Traffic control: the worked example of `docs/adding-an-aggregate.md`, as real as the bank beside it.

pub mod signal;

pub use signal::{
    Direction, Emergency, Hours, Light, SignalCommand, SignalError, SignalEvent, SignalStatus, Timing,
    TrafficSignal,
};
