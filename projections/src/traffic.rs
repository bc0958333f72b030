//! What traffic signals look like from outside: how each stands.

use crate::{
    Current,
    current::{Stand, Viewed},
    read_models::{ReadModels, register},
    row,
};
use jiff::Timestamp;
use khata_domain::traffic::{Direction, Light, TrafficSignal};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::traffic::CONTEXT,
    subscribes_to: &[],
    projections: || vec![register(Current::<TrafficSignal>::default())],
};

row! {
    /// How a traffic signal stands.
    pub struct SignalRow in "signals", partition signal_id, key [signal_id], index [status, signal_id] {
        /// `sig_…`
        pub signal_id: String,
        pub junction: Option<String>,
        pub status: String,
        /// `None` while it is dark.
        pub north_south: Option<String>,
        pub east_west: Option<String>,
        /// Since when its lights are as they are.
        pub since: Timestamp,
        pub hours: String,
        pub green_s: u32,
        pub yellow_s: u32,
        pub red_s: u32,
        pub emergency: Option<String>,
        pub asked_by: Option<String>,
        pub fault: Option<String>,
        pub version: u64,
    }
}

impl SignalRow {
    /// The row of a signal.
    pub fn of(signal_id: String, signal: &TrafficSignal, version: u64) -> Self {
        let light = |direction| signal.light(direction).map(Light::name).map(str::to_owned);
        Self {
            signal_id,
            junction: signal.installed.as_ref().map(|installed| installed.junction.as_str().to_owned()),
            status: signal.status().name().to_owned(),
            north_south: light(Direction::NorthSouth),
            east_west: light(Direction::EastWest),
            since: signal.since,
            hours: signal.hours.name().to_owned(),
            green_s: signal.timing.green_s.into(),
            yellow_s: signal.timing.yellow_s.into(),
            red_s: signal.timing.red_s.into(),
            emergency: signal.overridden.as_ref().map(|active| active.emergency.name().to_owned()),
            asked_by: signal.overridden.as_ref().map(|active| active.asked_by.clone()),
            fault: signal.fault.as_ref().map(|fault| fault.description.as_str().to_owned()),
            version,
        }
    }
}

impl Viewed for TrafficSignal {
    const VIEW: &'static str = "signals";
    const VIEW_VERSION: u32 = 1;
    type Row = SignalRow;
    type Notes = ();

    fn row(&self, id: &str, stand: &Stand<()>) -> Option<SignalRow> {
        self.installed.as_ref().map(|_| SignalRow::of(id.to_owned(), self, stand.version))
    }
}
