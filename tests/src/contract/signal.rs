//! Traffic signals in the stories.

use super::{Asked, Contract, Sample, Step, full, nth, text};
use jiff::civil::date;
use khata_domain::{testing::noon_of, traffic::*};

const TIMING: Timing = Timing { green_s: 30, yellow_s: 4, red_s: 2 };

impl Contract for TrafficSignal {
    const SUBJECTS: u128 = 3;
    const NTH: fn(u128) -> SignalId = nth;

    fn samples() -> Vec<Sample<SignalEvent>> {
        let (noon, by, direction) = (noon_of(date(2026, 1, 5)), "local".to_owned(), Direction::EastWest);
        let (junction, description, timing) = (text("Haji Ali"), text("lamp"), TIMING);
        let (from, to, emergency) = (Light::Red, Light::Green, Emergency::Ambulance);
        let events: [SignalEvent; 7] = [
            SignalInstalled { junction, timing, peak_green_s: 60, installed_at: noon }.into(),
            PhaseChanged { direction, from, to, changed_at: noon }.into(),
            TimingAdjusted { hours: Hours::Peak, timing }.into(),
            FaultReported { description, reported_by: by.clone(), reported_at: noon }.into(),
            EmergencyOverrideActivated { direction, emergency, asked_by: by, activated_at: noon }.into(),
            EmergencyOverrideEnded { ended_at: noon }.into(),
            FaultRepaired { repaired_at: noon }.into(),
        ];
        events.map(full).into()
    }

    fn past() -> Vec<SignalEvent> {
        Self::samples().into_iter().take(5).map(|sample| sample.event).collect()
    }

    fn asked(&self, step: &Step) -> Asked<SignalCommand> {
        let direction = if step.minor % 2 == 0 { Direction::NorthSouth } else { Direction::EastWest };
        let hours = if step.number == 0 { Hours::Peak } else { Hours::OffPeak };
        let install = || Install { junction: text("Haji Ali"), timing: TIMING, peak_green_s: 60 };
        let command = match step.deed {
            _ if self.installed.is_none() => install().into(),
            0..=1 => AdjustTiming { hours }.into(),
            2 => ActivateOverride { direction, emergency: Emergency::FireEngine }.into(),
            3..=4 => EndOverride {}.into(),
            5 => ReportFault { description: text("lamp") }.into(),
            6..=7 => RepairFault {}.into(),
            _ => ChangePhase {}.into(),
        };
        (step.at(), command)
    }
}
