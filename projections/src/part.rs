//! Views of what is inside an aggregate, such as the holds of an account: a row for each, which stays when it
//! has ended.

use crate::{
    FoldError, Projection, Query, Row, RowChanges, Table, Value,
    projection::{event_of, stream_of},
    query::{Comparison, Direction, Filter},
};
use jiff::Timestamp;
use khata_application::Recorded;
use khata_domain::Aggregate;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned, ser::SerializeMap};
use std::{borrow::Cow, collections::BTreeMap, fmt, marker::PhantomData};

/// What a status is called from the instant on at which something runs out, whether or not an event tells it
/// yet.
pub const EXPIRED: &str = "expired";

/// The row of something inside an aggregate that begins, may stand for a while, and ends. Its projection is
/// [`Parts`].
pub trait Part: Row + Clone + Serialize + DeserializeOwned + Sync {
    /// What it is inside of. The aggregate's id is in the column [`Table::partition`].
    type Of: Aggregate;
    /// The view's name: [`Projection::NAME`].
    const VIEW: &'static str;
    /// [`Projection::VERSION`]
    const VIEW_VERSION: u32;
    /// How the types of events about it begin: aggregates without any cost nothing.
    const EVENTS: &'static str;
    /// The column of the name that it has inside the aggregate.
    const NAME: &'static str;
    /// The status of those that may change still; their rows are kept under this name in the stored state,
    /// too.
    const OPEN: &'static str;
    /// Whether it can run out without an event.
    const EXPIRY: Expiry;

    /// What an event does.
    fn change<'e>(event: &'e Recorded, happened: &'e <Self::Of as Aggregate>::Event) -> Change<'e, Self>;

    /// The row once something was decided about it that is no end.
    fn altered(self, _event: &Recorded, _happened: &<Self::Of as Aggregate>::Event) -> Self {
        self
    }

    /// Drops rows that are kept no longer, before another one is.
    fn make_room(_rows: &mut Vec<Self>, _for_row: &Self) {}

    /// The row once it has ended.
    fn ended(self, end: &End<'_>, event: &Recorded) -> Self;

    /// The name that it has inside the aggregate.
    fn name(&self) -> &str;

    /// Its status as the events tell it.
    fn status(&self) -> &str;

    /// From this instant on it does not count.
    fn expires_at(&self) -> Option<Timestamp> {
        None
    }

    /// All of an aggregate, in the order in which they began.
    fn all_of(id: &str, limit: usize) -> Query {
        Query::of::<Self>(limit).only(Self::TABLE.partition, Comparison::Equal, Value::Text(id.to_owned()))
    }

    /// The last one of a name: names are the clients' own, and may come again after long.
    fn named(id: &str, name: impl fmt::Display) -> Query {
        let named = Self::all_of(id, 1).only(Self::NAME, Comparison::Equal, Value::Text(name.to_string()));
        named.ordered(Self::TABLE.key, Direction::Descending)
    }

    /// What became of it up to an instant: an open one that has run out by then has expired, recorded or not.
    fn status_at(&self, at: Timestamp) -> &str {
        let has_run_out =
            self.status() == Self::OPEN && self.expires_at().is_some_and(|expires_at| expires_at <= at);
        if has_run_out { EXPIRED } else { self.status() }
    }

    /// Those in a status at an instant.
    fn in_status(status: &str, at: Timestamp) -> Filter {
        let is = |status: &str| Filter::Is("status", Comparison::Equal, Value::Text(status.to_owned()));
        let expiry = |comparison, value| Filter::Is("expires_at", comparison, value);
        let open_and = |expiry| vec![is(Self::OPEN), expiry];
        let later = || open_and(expiry(Comparison::Above, Value::Timestamp(at)));
        match (Self::EXPIRY, status) {
            (Expiry::Always, status) if status == Self::OPEN => Filter::AnyOf(vec![later()]),
            (Expiry::Sometimes, status) if status == Self::OPEN => {
                Filter::AnyOf(vec![open_and(expiry(Comparison::Equal, Value::Null)), later()])
            }
            (Expiry::Always | Expiry::Sometimes, EXPIRED) => Filter::AnyOf(vec![
                vec![is(EXPIRED)],
                open_and(expiry(Comparison::AtMost, Value::Timestamp(at))),
            ]),
            (_, status) => is(status),
        }
    }
}

/// Whether something can run out without an event. If it can, its row has a column `expires_at`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiry {
    /// It cannot.
    Never,
    /// It can, where an instant is told.
    Sometimes,
    /// It can: of what is open an instant is always told.
    Always,
}

/// What an event does to one of them.
#[derive(Debug)]
pub enum Change<'e, R> {
    /// One begins.
    Begins(R),
    /// One is over as it begins.
    IsOver(R),
    /// Something is decided about the one of this name that is kept, and it stays.
    Alters(Cow<'e, str>),
    /// An open one ends.
    Ends(End<'e>),
    /// None changes.
    Nothing,
}

/// How one ends.
#[derive(Debug)]
pub struct End<'e> {
    /// The name of the one that ends.
    pub name: Cow<'e, str>,
    /// What became of it.
    pub status: &'static str,
    /// What was booked for it.
    pub minor: i64,
}

/// The projection of what is inside an aggregate, by the row of it.
#[derive(Debug)]
pub struct Parts<R>(PhantomData<fn() -> R>);

impl<R> Default for Parts<R> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<R: Part> Projection for Parts<R> {
    const NAME: &'static str = R::VIEW;
    const VERSION: u32 = R::VIEW_VERSION;
    const TABLES: &'static [&'static Table] = &[R::TABLE];
    type State = Open<R>;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<R::Of>(event).filter(|_| event.event_type.starts_with(R::EVENTS))
    }

    fn fold(&self, state: &mut Open<R>, event: &Recorded, rows: &mut RowChanges) -> Result<(), FoldError> {
        let happened = event_of::<R::Of>(event)?;
        match R::change(event, happened) {
            Change::Begins(row) => {
                R::make_room(&mut state.0, &row);
                rows.upsert(row.clone());
                state.0.push(row);
            }
            Change::IsOver(row) => rows.upsert(row),
            Change::Alters(name) => {
                if let Some(row) = state.0.iter_mut().rev().find(|row| row.name() == name) {
                    *row = row.clone().altered(event, happened);
                    rows.upsert(row.clone());
                }
            }
            Change::Ends(end) => {
                if let Some(place) = state.0.iter().position(|row| row.name() == end.name) {
                    rows.upsert(state.0.remove(place).ended(&end, event));
                }
            }
            Change::Nothing => {}
        }
        Ok(())
    }
}

/// The rows of one aggregate that may change still. They are stored as one object, under the name of their
/// status.
#[derive(Debug, Clone, PartialEq)]
pub struct Open<R>(Vec<R>);

impl<R> Default for Open<R> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<R: Part> Serialize for Open<R> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(1))?;
        members.serialize_entry(R::OPEN, &self.0)?;
        members.end()
    }
}

impl<'de, R: Part> Deserialize<'de> for Open<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = BTreeMap::<Cow<'de, str>, Vec<R>>::deserialize(deserializer)?;
        members.remove(R::OPEN).map(Self).ok_or_else(|| serde::de::Error::missing_field(R::OPEN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        accounts::HoldRow,
        cards::{AuthorizationRow, DisputeRow},
    };

    #[test]
    fn open_rows_are_stored_under_the_name_of_their_status() {
        assert_eq!(serde_json::to_string(&Open::<HoldRow>::default()).unwrap(), r#"{"active":[]}"#);
        assert_eq!(serde_json::to_string(&Open::<AuthorizationRow>::default()).unwrap(), r#"{"open":[]}"#);
        let hold = r#"{"active":[{"position":7,"account_id":"acc_1","hold_id":"h","status":"active","amount_minor":1,"captured_minor":0,"currency":"INR",
            "expires_at":null,"transaction_id":null,"business_date":"2026-03-10","effective_at":"2026-03-10T12:00:00Z",
            "recorded_at":"2026-03-10T12:00:00Z","ended_at":null}]}"#;
        let read: Open<HoldRow> = serde_json::from_str(hold).unwrap();
        assert_eq!(read.0.iter().map(|row| (row.position, row.name())).collect::<Vec<_>>(), [(7, "h")]);
        assert!(serde_json::from_str::<Open<DisputeRow>>(hold).is_err());
    }

    #[test]
    fn what_cannot_run_out_is_found_by_its_status_alone() {
        let is = |status: &str| Filter::Is("status", Comparison::Equal, Value::Text(status.into()));
        let at = Timestamp::UNIX_EPOCH;
        assert_eq!(DisputeRow::in_status("open", at), is("open"));
        assert_eq!(AuthorizationRow::in_status("voided", at), is("voided"));
        let Filter::AnyOf(active) = HoldRow::in_status("active", at) else {
            panic!("two kinds of holds are active")
        };
        assert_eq!(
            active,
            [
                vec![is("active"), Filter::Is("expires_at", Comparison::Equal, Value::Null)],
                vec![is("active"), Filter::Is("expires_at", Comparison::Above, Value::Timestamp(at))],
            ]
        );
    }
}
