//! What a traffic signal can be asked to do.

use super::words::{Direction, Emergency, Hours, Timing};
use crate::Text;

/// Begin to work at a junction, all red.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Install {
    pub junction: Text<100>,
    pub timing: Timing,
    /// How long green lasts in peak hours, in seconds; not shorter than otherwise.
    pub peak_green_s: u16,
}

/// Go on to the next light of the cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangePhase {}

/// Go by the timing of other hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AdjustTiming {
    pub hours: Hours,
}

/// Let a vehicle through at once: its direction gets green, the crossing one red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActivateOverride {
    pub direction: Direction,
    pub emergency: Emergency,
}

/// Go back to the cycle, which goes on with the direction that was let through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndOverride {}

/// Go dark: something is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFault {
    pub description: Text<500>,
}

/// Work again, beginning with all red.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RepairFault {}
