//! Traffic control stands alone: its signals need nothing from other contexts.

use crate::context::{AggregateType, Context};
use khata_domain::traffic::TrafficSignal;

/// The context of traffic signals.
pub const CONTEXT: Context = Context::alone("traffic", &[AggregateType::of::<TrafficSignal>()]);
