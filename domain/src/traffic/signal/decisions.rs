//! What a traffic signal can be asked to do, and the rules: lights follow each other in order and last as long as they
//! should, unless a vehicle has to pass.

use super::{TrafficSignal, error::SignalError, event::*, words::*};
use crate::{DecisionContext, Rules, Text, declared::commands};
use jiff::SignedDuration;

type Decision = Result<Vec<SignalEvent>, SignalError>;

commands! {
    /// What a traffic signal can be asked to do.
    pub enum SignalCommand for TrafficSignal {
        /// Install the signal of a junction.
        Install {
            junction: Text<100>,
            timing: Timing,
            /// How long green lasts in peak hours, in seconds; not shorter than otherwise.
            peak_green_s: u16,
        } => install,
        /// Go on to the next light of the cycle, once the present one has lasted long enough.
        ChangePhase {} => change_phase,
        /// Go by the timing of peak or off-peak hours.
        AdjustTiming { hours: Hours } => adjust_timing,
        /// Let a vehicle through: its direction gets green, the crossing one red. Who asked is recorded.
        ActivateOverride { direction: Direction, emergency: Emergency } => activate_override,
        /// Go back to the cycle, with green for the direction that was let through.
        EndOverride {} => end_override,
        /// Report a fault: the signal goes dark.
        ReportFault { description: Text<500> } => report_fault,
        /// Note that all faults are repaired.
        RepairFault {} => repair_fault,
    }
}

fn install(signal: &TrafficSignal, install: Install, at: DecisionContext<'_>, _: Rules) -> Decision {
    if signal.installed.is_some() {
        return Err(SignalError::SignalAlreadyInstalled);
    }
    let Install { junction, timing, peak_green_s } = install;
    within("green_s", timing.green_s, 5, 300)?;
    within("yellow_s", timing.yellow_s, 3, 10)?;
    within("red_s", timing.red_s, 0, 60)?;
    within("peak_green_s", peak_green_s, timing.green_s, 300)?;
    Ok(vec![SignalInstalled { junction, timing, peak_green_s, installed_at: at.now }.into()])
}

/// Green, yellow, red for both, then green for the crossing direction.
fn change_phase(signal: &TrafficSignal, _: ChangePhase, at: DecisionContext<'_>, rules: Rules) -> Decision {
    operating(signal)?;
    let (lasts_s, direction, to) = match signal.light {
        Light::Green => (signal.timing.green_s, signal.direction, Light::Yellow),
        Light::Yellow => (signal.timing.yellow_s, signal.direction, Light::Red),
        Light::Red => (signal.timing.red_s, crossing(signal.direction), Light::Green),
    };
    let until = signal.since + SignedDuration::from_secs(lasts_s.into());
    if rules.all() && at.now < until {
        return Err(SignalError::PhaseTooShort { light: signal.light, until });
    }
    Ok(vec![PhaseChanged { direction, from: signal.light, to, changed_at: at.now }.into()])
}

fn adjust_timing(signal: &TrafficSignal, adjust: AdjustTiming, _: DecisionContext<'_>, _: Rules) -> Decision {
    let (hours, installed) = (adjust.hours, installed(signal)?);
    let green_s = match hours {
        Hours::OffPeak => installed.timing.green_s,
        Hours::Peak => installed.peak_green_s,
    };
    let timing = Timing { green_s, ..installed.timing };
    Ok(if hours == signal.hours { Vec::new() } else { vec![TimingAdjusted { hours, timing }.into()] })
}

/// Whoever comes first passes first: two vehicles on crossing roads cannot both have green.
fn activate_override(
    signal: &TrafficSignal,
    activate: ActivateOverride,
    at: DecisionContext<'_>,
    _: Rules,
) -> Decision {
    let ActivateOverride { direction, emergency } = activate;
    match &signal.overridden {
        Some(active) if (active.direction, active.emergency) == (direction, emergency) => {
            return Ok(Vec::new());
        }
        Some(active) => return Err(SignalError::OverrideActive { direction: active.direction }),
        None => operating(signal)?,
    }
    let (asked_by, activated_at) = (at.actor.to_owned(), at.now);
    Ok(vec![EmergencyOverrideActivated { direction, emergency, asked_by, activated_at }.into()])
}

fn end_override(signal: &TrafficSignal, _: EndOverride, at: DecisionContext<'_>, _: Rules) -> Decision {
    installed(signal)?;
    let ended = signal.overridden.as_ref().map(|_| EmergencyOverrideEnded { ended_at: at.now }.into());
    Ok(ended.into_iter().collect())
}

fn report_fault(signal: &TrafficSignal, report: ReportFault, at: DecisionContext<'_>, _: Rules) -> Decision {
    installed(signal)?;
    let description = report.description;
    if signal.fault.as_ref().is_some_and(|fault| fault.description == description) {
        return Ok(Vec::new());
    }
    Ok(vec![FaultReported { description, reported_by: at.actor.to_owned(), reported_at: at.now }.into()])
}

fn repair_fault(signal: &TrafficSignal, _: RepairFault, at: DecisionContext<'_>, _: Rules) -> Decision {
    installed(signal)?;
    let repaired = signal.fault.as_ref().map(|_| FaultRepaired { repaired_at: at.now }.into());
    Ok(repaired.into_iter().collect())
}

fn installed(signal: &TrafficSignal) -> Result<&SignalInstalled, SignalError> {
    signal.installed.as_ref().ok_or(SignalError::SignalNotInstalled)
}

fn operating(signal: &TrafficSignal) -> Result<(), SignalError> {
    installed(signal)?;
    match signal.status() {
        SignalStatus::Operating => Ok(()),
        status => Err(SignalError::SignalNotOperating { status }),
    }
}

const fn crossing(direction: Direction) -> Direction {
    match direction {
        Direction::NorthSouth => Direction::EastWest,
        Direction::EastWest => Direction::NorthSouth,
    }
}

fn within(member: &'static str, seconds: u16, least: u16, most: u16) -> Result<(), SignalError> {
    let fits = (least..=most).contains(&seconds);
    fits.then_some(()).ok_or(SignalError::TimingOutOfRange { member, seconds, least, most })
}
