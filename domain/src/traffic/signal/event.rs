//! What can have happened to a traffic signal. The JSON of these is stored for ever: golden files guard it.

use super::words::{Direction, Emergency, Hours, Light, Timing};
use crate::{DomainEvent, Text, declared::events};
use jiff::Timestamp;

events! {
    /// What can have happened to a traffic signal.
    pub enum SignalEvent: DomainEvent {
        /// It works at a junction from now on.
        SignalInstalled = "signal_installed" v 1 {
            junction: Text<100>,
            /// Off-peak.
            timing: Timing,
            /// How long green lasts in peak hours, in seconds.
            peak_green_s: u16,
            installed_at: Timestamp,
        },
        /// A direction got another light.
        PhaseChanged = "phase_changed" v 1 { direction: Direction, from: Light, to: Light, changed_at: Timestamp },
        /// Its lights last as long as these hours want from now on.
        TimingAdjusted = "timing_adjusted" v 1 { hours: Hours, timing: Timing },
        /// A direction is kept open for a vehicle, the crossing one closed.
        EmergencyOverrideActivated = "emergency_override_activated" v 1 {
            direction: Direction,
            emergency: Emergency,
            /// Who asked for it.
            asked_by: String,
            activated_at: Timestamp,
        },
        /// The cycle goes on, with green for the direction that was kept open.
        EmergencyOverrideEnded = "emergency_override_ended" v 1 { ended_at: Timestamp },
        /// Something is broken: its lights are off.
        FaultReported = "fault_reported" v 1 { description: Text<500>, reported_by: String, reported_at: Timestamp },
        /// It works again, all red.
        FaultRepaired = "fault_repaired" v 1 { repaired_at: Timestamp },
    }
}
