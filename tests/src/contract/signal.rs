//! Traffic signals in the stories.

use super::{Asked, Contract, Sample, Step, full, text};
use jiff::civil::date;
use khata_domain::{
    ids::{SignalId, TypedId},
    testing::noon_of,
    traffic::{Direction, Emergency, Hours, Light, SignalCommand, Timing, TrafficSignal, signal::*},
};
use uuid::Uuid;

const TIMING: Timing = Timing { green_s: 30, yellow_s: 4, red_s: 2 };

impl Contract for TrafficSignal {
    const SUBJECTS: u128 = 3;

    fn nth(number: u128) -> SignalId {
        SignalId::from_uuid(Uuid::from_u128(number))
    }

    fn samples() -> Vec<Sample<SignalEvent>> {
        let (noon, by, direction) = (noon_of(date(2026, 1, 5)), "local".to_owned(), Direction::EastWest);
        let (junction, description, timing) = (text("Haji Ali"), text("lamp"), TIMING);
        let emergency = Emergency::Ambulance;
        let (from, to) = (Light::Red, Light::Green);
        vec![
            full(SignalInstalled { junction, timing, peak_green_s: 60, installed_at: noon }.into()),
            full(PhaseChanged { direction, from, to, changed_at: noon }.into()),
            full(TimingAdjusted { hours: Hours::Peak, timing }.into()),
            full(FaultReported { description, reported_by: by.clone(), reported_at: noon }.into()),
            full(
                EmergencyOverrideActivated { direction, emergency, asked_by: by, activated_at: noon }.into(),
            ),
            full(EmergencyOverrideEnded { ended_at: noon }.into()),
            full(FaultRepaired { repaired_at: noon }.into()),
        ]
    }

    fn past() -> Vec<SignalEvent> {
        Self::samples().into_iter().take(5).map(|sample| sample.event).collect()
    }

    fn asked(&self, step: &Step) -> Asked<SignalCommand> {
        let direction = if step.minor % 2 == 0 { Direction::NorthSouth } else { Direction::EastWest };
        let command = match step.deed {
            _ if self.installed.is_none() => {
                Install { junction: text("Haji Ali"), timing: TIMING, peak_green_s: 60 }.into()
            }
            0..=1 => {
                AdjustTiming { hours: if step.number == 0 { Hours::Peak } else { Hours::OffPeak } }.into()
            }
            2 => ActivateOverride { direction, emergency: Emergency::FireEngine }.into(),
            3..=4 => EndOverride {}.into(),
            5 => ReportFault { description: text("lamp") }.into(),
            6..=7 => RepairFault {}.into(),
            _ => ChangePhase {}.into(),
        };
        (step.at(), command)
    }
}
