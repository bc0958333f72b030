//! What can have happened to a traffic signal. The JSON of these is stored for ever: golden files guard it.

use super::words::{Direction, Emergency, Hours, Light, Timing};
use crate::{DomainEvent, Text, declared::events};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

events! {
    /// What can have happened to a traffic signal.
    pub enum SignalEvent {
        SignalInstalled = "signal_installed" v 1,
        PhaseChanged = "phase_changed" v 1,
        TimingAdjusted = "timing_adjusted" v 1,
        EmergencyOverrideActivated = "emergency_override_activated" v 1,
        EmergencyOverrideEnded = "emergency_override_ended" v 1,
        FaultReported = "fault_reported" v 1,
        FaultRepaired = "fault_repaired" v 1,
    }
}

impl DomainEvent for SignalEvent {
    const SCHEMA: &'static [(&'static str, u32)] = Self::SCHEMA;
}

/// It works at a junction from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalInstalled {
    pub junction: Text<100>,
    /// Off-peak.
    pub timing: Timing,
    /// How long green lasts in peak hours, in seconds.
    pub peak_green_s: u16,
    pub installed_at: Timestamp,
}

/// A direction got another light.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PhaseChanged {
    pub direction: Direction,
    pub from: Light,
    pub to: Light,
    pub changed_at: Timestamp,
}

/// Its lights last as long as these hours want from now on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimingAdjusted {
    pub hours: Hours,
    pub timing: Timing,
}

/// A direction is kept open for a vehicle, the crossing one closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyOverrideActivated {
    pub direction: Direction,
    pub emergency: Emergency,
    /// Who asked for it.
    pub asked_by: String,
    pub activated_at: Timestamp,
}

/// The cycle goes on, with green for the direction that was kept open.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmergencyOverrideEnded {
    pub ended_at: Timestamp,
}

/// Something is broken: its lights are off.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultReported {
    pub description: Text<500>,
    pub reported_by: String,
    pub reported_at: Timestamp,
}

/// It works again, all red.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FaultRepaired {
    pub repaired_at: Timestamp,
}
