//! What traffic signals look like from outside: how each stands.

use crate::{
    Current,
    current::{Stand, Viewed},
    read_models::{ReadModels, register},
    row,
};
use jiff::Timestamp;
use khata_domain::traffic::{Direction, TrafficSignal};

/// This context's read models.
pub const READ_MODELS: ReadModels = ReadModels {
    context: &khata_application::traffic::CONTEXT,
    subscribes_to: &[],
    projections: || vec![register(Current::<TrafficSignal>::default())],
};

row! {
    /// How a traffic signal stands.
    pub struct SignalRow in "signals", partition signal_id, key [signal_id], index [status, signal_id],
    of (signal_id: String, signal: &TrafficSignal, version: u64) {
        /// `sig_…`
        pub signal_id: String = signal_id,
        pub junction: Option<String> = signal.installed.as_ref().map(|installed| installed.junction.to_string()),
        pub status: String = signal.status().to_string(),
        /// `None` while it is dark.
        pub north_south: Option<String> = signal.light(Direction::NorthSouth).map(|light| light.to_string()),
        pub east_west: Option<String> = signal.light(Direction::EastWest).map(|light| light.to_string()),
        /// Since when its lights are as they are.
        pub since: Timestamp = signal.since,
        pub hours: String = signal.hours.to_string(),
        pub green_s: u32 = signal.timing.green_s.into(),
        pub yellow_s: u32 = signal.timing.yellow_s.into(),
        pub red_s: u32 = signal.timing.red_s.into(),
        pub emergency: Option<String> = signal.overridden.as_ref().map(|active| active.emergency.to_string()),
        pub asked_by: Option<String> = signal.overridden.as_ref().map(|active| active.asked_by.clone()),
        pub fault: Option<String> = signal.fault.as_ref().map(|fault| fault.description.to_string()),
        pub version: u64 = version,
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
