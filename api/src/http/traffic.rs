//! Traffic signals over HTTP.

use super::{
    Context,
    declared::{answer, bodies, filters},
    request::{
        body::Nothing,
        fields::{IdField, TextField},
    },
    resource::{Now, Picture, Resource, ResourceType, Routes, creation, post},
    words::Word,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::traffic::*;
use khata_projections::traffic::SignalRow;

/// This context's part of the surface.
pub(super) const CONTEXT: Context = Context {
    declared: &khata_application::traffic::CONTEXT,
    resource: ResourceType::of::<TrafficSignal>(),
    routes: || Routes::of(&[routes]),
    refusals: &[SignalError::REFUSALS],
    reads: &[],
};

type DirectionSchema = Word<Direction>;
type EmergencySchema = Word<Emergency>;
type HoursSchema = Word<Hours>;
type LightSchema = Word<Light>;
type StatusSchema = Word<SignalStatus>;

answer! {
    /// A traffic signal: the lights of both directions of a junction.
    pub(crate) struct SignalBody as TrafficSignal of SignalRow {
        /// `sig_…`
        signal_id: String,
        /// Where it stands.
        junction: Option<String>,
        /// What it does.
        status: String as StatusSchema,
        /// What traffic from north and south sees; null while the signal is dark.
        north_south: Option<String> as Option<LightSchema>,
        /// What traffic from east and west sees; null while the signal is dark.
        east_west: Option<String> as Option<LightSchema>,
        /// Since when its lights are as they are.
        #[serde(serialize_with = "khata_application::instants::write")]
        since: Timestamp,
        /// The hours that it goes by.
        hours: String as HoursSchema,
        /// How long green lasts in these hours, in seconds.
        green_s: u32,
        /// How long yellow lasts, in seconds.
        yellow_s: u32,
        /// How long both directions are closed before the other one opens, in seconds.
        red_s: u32,
        /// The vehicle that is let through.
        emergency: Option<String> as Option<EmergencySchema>,
        /// Who asked for that.
        asked_by: Option<String>,
        /// What is broken.
        fault: Option<String>,
        /// How many events the signal has.
        version: u64,
    }
}

bodies! {
    /// A new signal.
    struct InstallBody as NewTrafficSignal,
    such as { "junction": "Haji Ali", "green_s": 30, "yellow_s": 4, "red_s": 2, "peak_green_s": 60 } {
        /// An id of the client's own making, `sig_<uuid>`.
        id: Option<IdField<SignalId>> as Option<String>,
        /// Where it stands.
        junction: TextField<100> as String [max_length = 100],
        /// How long green lasts, in seconds.
        green_s: u16 [minimum = 5, maximum = 300],
        /// How long yellow lasts, in seconds.
        yellow_s: u16 [minimum = 3, maximum = 10],
        /// How long both directions are closed before the other one opens, in seconds.
        red_s: u16 [maximum = 60],
        /// How long green lasts in peak hours, in seconds; not shorter than otherwise.
        peak_green_s: u16 [minimum = 5, maximum = 300],
    }

    /// The hours that a signal goes by.
    struct TimingBody as TrafficTiming, such as { "hours": "peak" } {
        /// Which.
        hours: Hours as HoursSchema,
    }

    /// A vehicle in a hurry.
    struct OverrideBody as EmergencyOverride, such as { "direction": "north_south", "emergency": "ambulance" } {
        /// The direction that it comes by.
        direction: Direction as DirectionSchema,
        /// What it is.
        emergency: Emergency as EmergencySchema,
    }

    /// A fault.
    struct FaultBody as TrafficFault, such as { "description": "The lamp to the east is out." } {
        /// What is broken.
        description: TextField<500> as String [max_length = 500],
    }
}

filters! {
    /// Which signals.
    pub(crate) struct SignalFilters of SignalRow {
        /// In this status.
        status: SignalStatus as StatusSchema,
    }
}

impl Resource for TrafficSignal {
    const ONE: &'static str = "a traffic signal";
    const COLLECTION: &'static str = "signals";
    const ABOUT: &'static str = "Traffic signals: phases, timing, emergencies, faults.";
    type Row = SignalRow;
    type Body = SignalBody;
    type Filters = SignalFilters;

    fn show_state(picture: Picture<Self>, _day: Date) -> SignalBody {
        SignalRow::of(picture.id.to_string(), &picture.state, picture.version).into()
    }

    fn show_row(row: SignalRow, _now: Now) -> SignalBody {
        row.into()
    }
}

fn routes(routes: Routes<TrafficSignal>) -> Routes<TrafficSignal> {
    routes
        .make(
            creation("create_signal").about(Install::ABOUT).done("It shows red to all."),
            |InstallBody { id, junction, green_s, yellow_s, red_s, peak_green_s }| {
                let timing = Timing { green_s, yellow_s, red_s };
                (id.map(|IdField(id)| id), Install { junction: junction.0, timing, peak_green_s })
            },
        )
        .command(
            post("phase", "change_signal_phase").about(ChangePhase::ABOUT).done("The light is another one."),
            |Nothing {}| ChangePhase {},
        )
        .command(
            post("timing", "set_signal_timing")
                .about(AdjustTiming::ABOUT)
                .done("Lights last as long as these hours want."),
            |TimingBody { hours }| AdjustTiming { hours },
        )
        .command(
            post("override", "activate_signal_override")
                .about(ActivateOverride::ABOUT)
                .done("The vehicle has green."),
            |OverrideBody { direction, emergency }| ActivateOverride { direction, emergency },
        )
        .command(
            post("end-override", "cancel_signal_override")
                .about(EndOverride::ABOUT)
                .done("The cycle goes on."),
            |Nothing {}| EndOverride {},
        )
        .command(
            post("fault", "record_signal_fault").about(ReportFault::ABOUT).done("It is dark."),
            |FaultBody { description }| ReportFault { description: description.0 },
        )
        .command(
            post("repair", "resolve_signal_fault").about(RepairFault::ABOUT).done("It shows red to all."),
            |Nothing {}| RepairFault {},
        )
}
