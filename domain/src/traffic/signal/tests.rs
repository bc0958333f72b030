//! The signal's rules, as given/when/then, and what no sequence of commands may bring about.

use super::{
    Direction::{EastWest, NorthSouth},
    Hours::{OffPeak, Peak},
    Light::{Green, Red, Yellow},
    SignalError::*,
    *,
};
use crate::{
    DecisionContext, Rules, Text,
    testing::{Given, given, noon_of},
};
use jiff::{SignedDuration, civil::date};
use proptest::prelude::*;

/// So many seconds after it was installed.
fn after(seconds: i64) -> Timestamp {
    noon_of(date(2026, 1, 5)) + SignedDuration::from_secs(seconds)
}

fn at(seconds: i64) -> DecisionContext<'static> {
    let today = date(2026, 1, 5);
    DecisionContext { now: after(seconds), today, business_date: today, actor: "control room" }
}

fn timing(green_s: u16) -> Timing {
    Timing { green_s, yellow_s: 4, red_s: 2 }
}

fn install(green_s: u16) -> Install {
    Install { junction: Text::parse("Haji Ali").unwrap(), timing: timing(green_s), peak_green_s: 60 }
}

/// An installed one, with what happened since; decisions fall 9 s after its installation.
fn signal(past: impl IntoIterator<Item = SignalEvent>) -> Given<TrafficSignal> {
    let Install { junction, timing, peak_green_s } = install(30);
    let installed = SignalInstalled { junction, timing, peak_green_s, installed_at: after(0) };
    given(std::iter::once(installed.into()).chain(past)).at(at(9))
}

fn overridden(direction: Direction) -> SignalEvent {
    let (emergency, asked_by) = (Emergency::Ambulance, "control room".into());
    EmergencyOverrideActivated { direction, emergency, asked_by, activated_at: after(9) }.into()
}

fn broken() -> SignalEvent {
    let ReportFault { description } = report();
    FaultReported { description, reported_by: "control room".into(), reported_at: after(9) }.into()
}

const AMBULANCE: ActivateOverride =
    ActivateOverride { direction: NorthSouth, emergency: Emergency::Ambulance };

fn report() -> ReportFault {
    ReportFault { description: Text::parse("lamp").unwrap() }
}

#[test]
fn lights_follow_each_other_in_order_and_last_as_long_as_they_should() {
    let mut past: Vec<SignalEvent> = vec![];
    for (direction, from, to, seconds) in [
        (EastWest, Red, Green, 2),
        (EastWest, Green, Yellow, 32),
        (EastWest, Yellow, Red, 36),
        (NorthSouth, Red, Green, 38),
    ] {
        let too_short = PhaseTooShort { light: from, until: after(seconds) };
        signal(past.clone()).at(at(seconds - 1)).when(ChangePhase {}).then_refused(too_short);
        let changed: SignalEvent = PhaseChanged { direction, from, to, changed_at: after(seconds) }.into();
        signal(past.clone()).at(at(seconds)).when(ChangePhase {}).then([changed.clone()]);
        past.push(changed);
    }
}

#[test]
fn green_lasts_longer_in_peak_hours() {
    let peak = || TimingAdjusted { hours: Peak, timing: timing(60) }.into();
    signal([]).when(AdjustTiming { hours: Peak }).then([peak()]);
    signal([peak()]).when(AdjustTiming { hours: Peak }).then_nothing();
    let off_peak = TimingAdjusted { hours: OffPeak, timing: timing(30) };
    signal([peak()]).when(AdjustTiming { hours: OffPeak }).then([off_peak.into()]);
}

#[test]
fn a_vehicle_gets_green_and_the_crossing_direction_red() {
    let state = signal([]).when(AMBULANCE).then([overridden(NorthSouth)]);
    assert_eq!([NorthSouth, EastWest].map(|direction| state.light(direction)), [Some(Green), Some(Red)]);
    signal([overridden(NorthSouth)]).when(AMBULANCE).then_nothing();
    let crossing = || signal([overridden(EastWest)]);
    crossing().when(AMBULANCE).then_refused(OverrideActive { direction: EastWest });
    let status = SignalStatus::Overridden;
    crossing().when(ChangePhase {}).then_refused(SignalNotOperating { status });
    crossing().when(EndOverride {}).then([EmergencyOverrideEnded { ended_at: after(9) }.into()]);
    signal([]).when(EndOverride {}).then_nothing();
}

#[test]
fn a_broken_signal_is_dark_until_it_is_repaired() {
    let state = signal([]).when(report()).then([broken()]);
    assert_eq!((state.light(NorthSouth), state.status()), (None, SignalStatus::Faulty));
    let status = SignalStatus::Faulty;
    signal([broken()]).when(AMBULANCE).then_refused(SignalNotOperating { status });
    let repaired = FaultRepaired { repaired_at: after(9) };
    let state = signal([broken()]).when(RepairFault {}).then([repaired.into()]);
    assert_eq!(state.light(NorthSouth), Some(Red));
}

#[test]
fn nobody_controls_what_is_not_there_or_installs_it_twice() {
    given::<TrafficSignal>([]).when(ChangePhase {}).then_refused(SignalNotInstalled);
    signal([]).when(install(30)).then_refused(SignalAlreadyInstalled);
    let short = TimingOutOfRange { member: "green_s", seconds: 4, least: 5, most: 300 };
    given::<TrafficSignal>([]).when(install(4)).then_refused(short);
}

proptest! {
    #[test]
    fn never_are_both_directions_open(steps in prop::collection::vec((0..6_usize, 0..40_i64), 0..60)) {
        let (mut signal, mut now) = (signal([]).state(), 0);
        let adjust = AdjustTiming { hours: Peak }.into();
        let (end, repair, change) = (EndOverride {}.into(), RepairFault {}.into(), ChangePhase {}.into());
        let commands: [SignalCommand; 6] = [AMBULANCE.into(), end, report().into(), repair, adjust, change];
        for (command, seconds) in steps {
            now += seconds;
            let events = signal.decide(commands[command].clone(), at(now), Rules::All).unwrap_or_default();
            events.iter().for_each(|event| signal.evolve(event));
            let open = |direction| signal.light(direction).is_some_and(|light| light != Red);
            prop_assert!(!(open(NorthSouth) && open(EastWest)));
        }
    }
}
