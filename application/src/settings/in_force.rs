//! The settings that a decision rests on, and how an append names them.

use crate::{
    StreamName,
    calendar::{BusinessCalendar, UnknownTimeZone},
    event_store::{Expected, StreamAppend},
};
use jiff::Timestamp;
use khata_domain::settings::{Basis, Rules, Settings, SettingsId};
use std::sync::LazyLock;
use uuid::Uuid;

pub(super) static STREAM: LazyLock<StreamName> = LazyLock::new(|| StreamName::of::<Settings>(SettingsId));

/// Settings at a version.
#[derive(Debug, Clone)]
pub struct InForce {
    pub(super) version: u64,
    pub(super) last_event_id: Option<Uuid>,
    pub(super) since: Option<Timestamp>,
    pub(super) calendar: BusinessCalendar,
    pub(super) basis: Basis,
}

impl InForce {
    /// Settings that no event tells: those of a namespace before its first decision.
    ///
    /// # Errors
    /// Nobody knows the time zone.
    pub fn unrecorded(basis: Basis) -> Result<Self, UnknownTimeZone> {
        let calendar = BusinessCalendar::parse(basis.time_zone())?;
        Ok(Self { version: 0, last_event_id: None, since: None, calendar, basis })
    }

    /// How often they were recorded; 0 if they never were.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// When the last change was recorded.
    pub fn since(&self) -> Option<Timestamp> {
        self.since
    }

    /// Which day an instant belongs to.
    pub fn calendar(&self) -> &BusinessCalendar {
        &self.calendar
    }

    /// All of them.
    pub fn basis(&self) -> &Basis {
        &self.basis
    }

    /// The numbers of the rules.
    pub fn rules(&self) -> &Rules {
        self.basis.rules()
    }

    /// What an append names them by.
    pub(crate) fn check(&self) -> StreamAppend {
        let expected = Expected::Exact { version: self.version, last_event_id: self.last_event_id };
        StreamAppend { stream: STREAM.clone(), expected, events: Vec::new() }
    }
}

/// UTC and the default rules, recorded nowhere.
impl Default for InForce {
    fn default() -> Self {
        Self {
            version: 0,
            last_event_id: None,
            since: None,
            calendar: BusinessCalendar::default(),
            basis: Basis::default(),
        }
    }
}

/// Whether a stream is the settings'.
pub(crate) fn is_settings(stream: &StreamName) -> bool {
    *stream == *STREAM
}
