//! The words of traffic signals, and how long lights last.

use crate::names::names;
use serde::{Deserialize, Serialize};

names! {
    /// One of the two roads of a junction.
    pub enum Direction as "TrafficDirection", default NorthSouth {
        NorthSouth = "north_south": "The road from north to south.",
        EastWest = "east_west": "The road from east to west.",
    }
    /// What a direction sees.
    pub enum Light, default Red {
        Red = "red": "Stop.",
        Green = "green": "Drive.",
        Yellow = "yellow": "Stop if you can.",
    }
    /// By which timing a signal goes.
    pub enum Hours as "TrafficHours", default OffPeak {
        OffPeak = "off_peak": "Normal traffic.",
        Peak = "peak": "Heavy traffic: green lasts longer.",
    }
    /// Which vehicle is let through.
    pub enum Emergency {
        Ambulance = "ambulance": "An ambulance.",
        FireEngine = "fire_engine": "A fire engine.",
        Police = "police": "The police.",
    }
    /// What a signal does.
    pub enum SignalStatus {
        Operating = "operating": "It goes through its cycle.",
        Overridden = "overridden": "It keeps one direction open for a vehicle.",
        Faulty = "faulty": "It is dark until it is repaired.",
    }
}

/// How long each light lasts, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Timing {
    /// 5 to 300.
    pub green_s: u16,
    /// 3 to 10.
    pub yellow_s: u16,
    /// How long both directions are closed before the other one opens: 0 to 60.
    pub red_s: u16,
}
