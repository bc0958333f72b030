//! The signal's rules, as given/when/then, and what no sequence of commands may bring about.

use super::*;
use crate::{
    Text,
    testing::{Given, given, noon_of},
};
use jiff::{SignedDuration, Timestamp, civil::date};
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

fn installed() -> SignalEvent {
    let junction = Text::parse("Haji Ali").unwrap();
    SignalInstalled { junction, timing: timing(30), peak_green_s: 60, installed_at: after(0) }.into()
}

fn changed(direction: Direction, from: Light, to: Light, seconds: i64) -> SignalEvent {
    PhaseChanged { direction, from, to, changed_at: after(seconds) }.into()
}

fn overridden(direction: Direction) -> SignalEvent {
    let (emergency, asked_by) = (Emergency::Ambulance, "control room".into());
    EmergencyOverrideActivated { direction, emergency, asked_by, activated_at: after(9) }.into()
}

fn broken() -> SignalEvent {
    let (description, reported_by) = (Text::parse("lamp").unwrap(), "control room".into());
    FaultReported { description, reported_by, reported_at: after(9) }.into()
}

fn signal(past: impl IntoIterator<Item = SignalEvent>) -> Given<TrafficSignal> {
    given(std::iter::once(installed()).chain(past)).at(at(9))
}

const AMBULANCE: ActivateOverride =
    ActivateOverride { direction: Direction::NorthSouth, emergency: Emergency::Ambulance };

#[test]
fn lights_follow_each_other_in_order_and_last_as_long_as_they_should() {
    use Direction::{EastWest, NorthSouth};
    let mut past = vec![];
    for (direction, from, to, seconds) in [
        (EastWest, Light::Red, Light::Green, 2),
        (EastWest, Light::Green, Light::Yellow, 32),
        (EastWest, Light::Yellow, Light::Red, 36),
        (NorthSouth, Light::Red, Light::Green, 38),
    ] {
        let too_short = SignalError::PhaseTooShort { light: from, until: after(seconds) };
        signal(past.clone()).at(at(seconds - 1)).when(ChangePhase {}).then_refused(too_short);
        past.push(changed(direction, from, to, seconds));
        let [earlier @ .., last] = &past[..] else { unreachable!() };
        signal(earlier.to_vec()).at(at(seconds)).when(ChangePhase {}).then([last.clone()]);
    }
}

#[test]
fn green_lasts_longer_in_peak_hours() {
    let peak = TimingAdjusted { hours: Hours::Peak, timing: timing(60) };
    let adjust = AdjustTiming { hours: Hours::Peak };
    signal([]).when(adjust).then([peak.clone().into()]);
    signal([peak.clone().into()]).when(adjust).then_nothing();
    let off_peak = TimingAdjusted { hours: Hours::OffPeak, timing: timing(30) };
    signal([peak.into()]).when(AdjustTiming { hours: Hours::OffPeak }).then([off_peak.into()]);
}

#[test]
fn a_vehicle_gets_green_and_the_crossing_direction_red() {
    let state = signal([]).when(AMBULANCE).then([overridden(Direction::NorthSouth)]);
    let lights = [Direction::NorthSouth, Direction::EastWest].map(|direction| state.light(direction));
    assert_eq!(lights, [Some(Light::Green), Some(Light::Red)]);
    signal([overridden(Direction::NorthSouth)]).when(AMBULANCE).then_nothing();
    let active = SignalError::OverrideActive { direction: Direction::EastWest };
    signal([overridden(Direction::EastWest)]).when(AMBULANCE).then_refused(active);
    let status = SignalStatus::Overridden;
    signal([overridden(Direction::EastWest)])
        .when(ChangePhase {})
        .then_refused(SignalError::SignalNotOperating { status });
    let ended = EmergencyOverrideEnded { ended_at: after(9) };
    signal([overridden(Direction::EastWest)]).when(EndOverride {}).then([ended.into()]);
    signal([]).when(EndOverride {}).then_nothing();
}

#[test]
fn a_broken_signal_is_dark_until_it_is_repaired() {
    let state = signal([]).when(ReportFault { description: Text::parse("lamp").unwrap() }).then([broken()]);
    assert_eq!((state.light(Direction::NorthSouth), state.status()), (None, SignalStatus::Faulty));
    let refused = SignalError::SignalNotOperating { status: SignalStatus::Faulty };
    signal([broken()]).when(AMBULANCE).then_refused(refused);
    let state =
        signal([broken()]).when(RepairFault {}).then([FaultRepaired { repaired_at: after(9) }.into()]);
    assert_eq!(state.light(Direction::NorthSouth), Some(Light::Red));
}

#[test]
fn nobody_controls_what_is_not_there_or_installs_it_twice() {
    given::<TrafficSignal>([]).when(ChangePhase {}).then_refused(SignalError::SignalNotInstalled);
    let install = |green_s| Install {
        junction: Text::parse("Haji Ali").unwrap(),
        timing: timing(green_s),
        peak_green_s: 60,
    };
    signal([]).when(install(30)).then_refused(SignalError::SignalAlreadyInstalled);
    let short = SignalError::TimingOutOfRange { member: "green_s", seconds: 4, least: 5, most: 300 };
    given::<TrafficSignal>([]).when(install(4)).then_refused(short);
}

proptest! {
    #[test]
    fn never_are_both_directions_open(steps in prop::collection::vec((0..6_u8, 0..40_i64), 0..60)) {
        let (mut signal, mut now) = (TrafficSignal::default(), 0);
        signal.evolve(&installed());
        for (step, seconds) in steps {
            now += seconds;
            let command: SignalCommand = match step {
                0 => AMBULANCE.into(),
                1 => EndOverride {}.into(),
                2 => ReportFault { description: Text::parse("lamp").unwrap() }.into(),
                3 => RepairFault {}.into(),
                4 => AdjustTiming { hours: Hours::Peak }.into(),
                _ => ChangePhase {}.into(),
            };
            signal.decide(command, at(now), Rules::All).unwrap_or_default().iter().for_each(|event| signal.evolve(event));
            let open = |direction| signal.light(direction).is_some_and(|light| light != Light::Red);
            prop_assert!(!(open(Direction::NorthSouth) && open(Direction::EastWest)));
        }
    }
}
