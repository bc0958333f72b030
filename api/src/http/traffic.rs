//! Traffic signals over HTTP.

use super::{
    Context,
    list::{self, Filters, Shown},
    request::{
        body::Nothing,
        fields::{IdField, TextField},
    },
    resource::{Now, Picture, Resource, ResourceType, Routes, creation, post},
    words::Word,
};
use jiff::{Timestamp, civil::Date};
use khata_domain::{
    ids::SignalId,
    traffic::{
        Direction, Emergency, Hours, Light, SignalError, SignalStatus, Timing, TrafficSignal,
        signal::{
            ActivateOverride, AdjustTiming, ChangePhase, EndOverride, Install, RepairFault, ReportFault,
        },
    },
};
use khata_projections::{Query, traffic::SignalRow};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

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

/// A traffic signal: the lights of both directions of a junction.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = TrafficSignal)]
pub(crate) struct SignalBody {
    /// `sig_…`
    signal_id: String,
    /// Where it stands.
    #[schema(required)]
    junction: Option<String>,
    /// What it does.
    #[schema(value_type = StatusSchema)]
    status: String,
    /// What traffic from north and south sees; null while the signal is dark.
    #[schema(value_type = Option<LightSchema>, required)]
    north_south: Option<String>,
    /// What traffic from east and west sees; null while the signal is dark.
    #[schema(value_type = Option<LightSchema>, required)]
    east_west: Option<String>,
    /// Since when its lights are as they are.
    #[serde(serialize_with = "khata_application::instants::write")]
    since: Timestamp,
    /// The hours that it goes by.
    #[schema(value_type = HoursSchema)]
    hours: String,
    /// How long green lasts in these hours, in seconds.
    green_s: u32,
    /// How long yellow lasts, in seconds.
    yellow_s: u32,
    /// How long both directions are closed before the other one opens, in seconds.
    red_s: u32,
    /// The vehicle that is let through.
    #[schema(value_type = Option<EmergencySchema>, required)]
    emergency: Option<String>,
    /// Who asked for that.
    #[schema(required)]
    asked_by: Option<String>,
    /// What is broken.
    #[schema(required)]
    fault: Option<String>,
    /// True if this lacks events, because one of them waits for an operator or a newer Khata; not there otherwise.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    #[schema(required = false)]
    parked: bool,
    /// How many events the signal has.
    version: u64,
}

/// A new signal.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewTrafficSignal, examples(json!({
    "junction": "Haji Ali", "green_s": 30, "yellow_s": 4, "red_s": 2, "peak_green_s": 60,
})))]
struct InstallBody {
    /// An id of the client's own making, `sig_<uuid>`.
    #[schema(value_type = Option<String>)]
    id: Option<IdField<SignalId>>,
    /// Where it stands.
    #[schema(value_type = String, max_length = 100)]
    junction: TextField<100>,
    /// How long green lasts, in seconds.
    #[schema(minimum = 5, maximum = 300)]
    green_s: u16,
    /// How long yellow lasts, in seconds.
    #[schema(minimum = 3, maximum = 10)]
    yellow_s: u16,
    /// How long both directions are closed before the other one opens, in seconds.
    #[schema(maximum = 60)]
    red_s: u16,
    /// How long green lasts in peak hours, in seconds; not shorter than otherwise.
    #[schema(minimum = 5, maximum = 300)]
    peak_green_s: u16,
}

/// The hours that a signal goes by.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TrafficTiming, examples(json!({"hours": "peak"})))]
struct TimingBody {
    /// Which.
    #[schema(value_type = HoursSchema)]
    hours: Hours,
}

/// A vehicle in a hurry.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = EmergencyOverride, examples(json!({"direction": "north_south", "emergency": "ambulance"})))]
struct OverrideBody {
    /// The direction that it comes by.
    #[schema(value_type = DirectionSchema)]
    direction: Direction,
    /// What it is.
    #[schema(value_type = EmergencySchema)]
    emergency: Emergency,
}

/// A fault.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TrafficFault, examples(json!({"description": "The lamp to the east is out."})))]
struct FaultBody {
    /// What is broken.
    #[schema(value_type = String, max_length = 500)]
    description: TextField<500>,
}

/// Which signals.
#[derive(Debug, Serialize, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct SignalFilters {
    /// In this status.
    #[param(value_type = Option<StatusSchema>, inline)]
    status: Option<SignalStatus>,
}

impl Filters for SignalFilters {
    fn query(&self, limit: usize, _today: Date) -> Query {
        let status = self.status.map(|status| status.name().to_owned());
        list::having(Query::of::<SignalRow>(limit), [("status", status)])
    }
}

impl From<SignalRow> for SignalBody {
    fn from(row: SignalRow) -> Self {
        Self {
            signal_id: row.signal_id,
            junction: row.junction,
            status: row.status,
            north_south: row.north_south,
            east_west: row.east_west,
            since: row.since,
            hours: row.hours,
            green_s: row.green_s,
            yellow_s: row.yellow_s,
            red_s: row.red_s,
            emergency: row.emergency,
            asked_by: row.asked_by,
            fault: row.fault,
            parked: false,
            version: row.version,
        }
    }
}

impl Shown for SignalBody {
    fn mark_parked(&mut self) {
        self.parked = true;
    }

    fn version(&self) -> u64 {
        self.version
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
            creation("create_signal").about("Install the signal of a junction.").done("It shows red to all."),
            |InstallBody { id, junction, green_s, yellow_s, red_s, peak_green_s }| {
                let timing = Timing { green_s, yellow_s, red_s };
                (id.map(|IdField(id)| id), Install { junction: junction.0, timing, peak_green_s })
            },
        )
        .command(
            post("phase", "change_signal_phase")
                .about("Go on to the next light of the cycle, once the present one has lasted long enough.")
                .done("The light is another one."),
            |Nothing {}| ChangePhase {},
        )
        .command(
            post("timing", "set_signal_timing")
                .about("Go by the timing of peak or off-peak hours.")
                .done("Lights last as long as these hours want."),
            |TimingBody { hours }| AdjustTiming { hours },
        )
        .command(
            post("override", "activate_signal_override")
                .about("Let a vehicle through: its direction gets green, the crossing one red. Who asked is recorded.")
                .done("The vehicle has green."),
            |OverrideBody { direction, emergency }| ActivateOverride { direction, emergency },
        )
        .command(
            post("end-override", "cancel_signal_override")
                .about("Go back to the cycle, with green for the direction that was let through.")
                .done("The cycle goes on."),
            |Nothing {}| EndOverride {},
        )
        .command(
            post("fault", "record_signal_fault").about("Report a fault: the signal goes dark.").done("It is dark."),
            |FaultBody { description }| ReportFault { description: description.0 },
        )
        .command(
            post("repair", "resolve_signal_fault").about("Note that all faults are repaired.").done("It shows red to all."),
            |Nothing {}| RepairFault {},
        )
}
