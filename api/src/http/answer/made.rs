//! What a command made inside of what it was put to: how answers name it, and where it can be read alone.

use khata_application::command::AnsweredEvent;
use khata_domain::{
    Made,
    ids::{TransactionId, TypedId},
};
use serde_json::{Value, json};
use uuid::Uuid;

/// A thing that a command made, as answers name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Named {
    /// The member of the answer, `hold_id`.
    pub(super) member: &'static str,
    /// Its name.
    pub(super) name: Value,
    /// Where such things lie in what they belong to, `holds`.
    folder: &'static str,
}

impl Named {
    /// What the events of an answer made first; what comes after it follows from it.
    pub(super) fn first_of(events: &[AnsweredEvent]) -> Option<Self> {
        events.iter().find_map(|event| Some(Self::of(event.made?, event.id)))
    }

    /// What an event made.
    pub(super) fn of(made: Made, event_id: Uuid) -> Self {
        let (member, folder, name) = match made {
            Made::Entry => ("transaction_id", "transactions", json!(TransactionId::from_uuid(event_id))),
            Made::Hold(id) => ("hold_id", "holds", json!(id)),
            Made::Authorization(id) => ("authorization_id", "authorizations", json!(id)),
            Made::Dispute(id) => ("dispute_id", "disputes", json!(id)),
            Made::Statement(date) => ("closing_date", "statements", json!(date)),
            Made::Line(line) => ("line", "items", json!(line)),
        };
        Self { member, name, folder }
    }

    /// Where it can be read, within what lies at a path.
    pub(super) fn path_in(&self, place: &str) -> String {
        let name = self.name.as_str().map_or_else(|| self.name.to_string(), str::to_owned);
        format!("{place}/{}/{name}", self.folder)
    }
}
