//! Settings: no view shows them, so no story tells of them.

mod samples;

use super::{Contract, Sample};
use khata_domain::settings::{Settings, SettingsEvent};

impl Contract for Settings {
    fn samples() -> Vec<Sample<SettingsEvent>> {
        samples::samples()
    }

    fn past() -> Vec<SettingsEvent> {
        samples::past()
    }
}
