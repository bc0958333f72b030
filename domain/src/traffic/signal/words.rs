//! The words of traffic signals, and how long lights last.

use crate::names::names;
use serde::{Deserialize, Serialize};

names! {
    /// One of the two roads of a junction.
    pub enum Direction as "TrafficDirection", default NorthSouth {
        /// The road from north to south.
        NorthSouth = "north_south",
        /// The road from east to west.
        EastWest = "east_west",
    }
}

names! {
    /// What a direction sees.
    pub enum Light, default Red {
        /// Stop.
        Red = "red",
        /// Drive.
        Green = "green",
        /// Stop if you can.
        Yellow = "yellow",
    }
}

names! {
    /// By which timing a signal goes.
    pub enum Hours as "TrafficHours", default OffPeak {
        /// Normal traffic.
        OffPeak = "off_peak",
        /// Heavy traffic: green lasts longer.
        Peak = "peak",
    }
}

names! {
    /// Which vehicle is let through.
    pub enum Emergency {
        /// An ambulance.
        Ambulance = "ambulance",
        /// A fire engine.
        FireEngine = "fire_engine",
        /// The police.
        Police = "police",
    }
}

names! {
    /// What a signal does.
    pub enum SignalStatus {
        /// It goes through its cycle.
        Operating = "operating",
        /// It keeps one direction open for a vehicle.
        Overridden = "overridden",
        /// It is dark until it is repaired.
        Faulty = "faulty",
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
