//! Views that show an aggregate as it stands: the fold is the aggregate's own, the row is drawn from its
//! state.

use crate::{
    FoldError, Projection, Row, RowChanges, Table,
    projection::{event_of, stream_of},
};
use jiff::Timestamp;
use khata_application::Recorded;
use khata_domain::Aggregate;
use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, Visitor},
    ser::SerializeMap,
};
use std::{borrow::Cow, fmt, marker::PhantomData};

/// An aggregate that a view shows as it stands. Its projection is [`Current`].
pub trait Viewed: Aggregate {
    /// The view's name: [`Projection::NAME`].
    const VIEW: &'static str;
    /// Raise it when the rows, or what is noted, change. A new shape of the aggregate's state counts by
    /// itself.
    const VIEW_VERSION: u32;
    /// The tables: the row's, and those of rows for what is in the aggregate.
    const TABLES: &'static [&'static Table] = &[<Self::Row as Row>::TABLE];
    /// The row of the whole.
    type Row: Row;
    /// What rows tell that the state does not keep, such as since when it is what; `()` where there is
    /// nothing.
    type Notes: Default + Clone + Serialize + DeserializeOwned + Send + Sync + 'static;
    /// The name that the notes are stored under.
    const NOTES: &'static str = "notes";

    /// The row; `None` while there is nothing to show.
    fn row(&self, id: &str, stand: &Stand<Self::Notes>) -> Option<Self::Row>;

    /// Notes what the state will not keep.
    fn note(_notes: &mut Self::Notes, _happened: &Self::Event, _at: Timestamp) {}

    /// Evolves, and changes the rows of what is in it: only those that the event changes are written.
    ///
    /// # Errors
    /// As of [`Projection::fold`].
    fn happen(&mut self, happened: &Self::Event, _id: &str, _rows: &mut RowChanges) -> Result<(), FoldError> {
        self.evolve(happened);
        Ok(())
    }
}

/// Where an aggregate's stream stands, and what was noted on the way.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Stand<N> {
    /// The version of its last event.
    pub version: u64,
    /// When that was recorded.
    pub updated_at: Timestamp,
    /// What rows tell that the state does not keep.
    pub notes: N,
}

/// The projection of an aggregate that a view shows as it stands.
#[derive(Debug)]
pub struct Current<A>(PhantomData<fn() -> A>);

impl<A> Default for Current<A> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<A: Viewed> Projection for Current<A> {
    const NAME: &'static str = A::VIEW;
    /// The state holds the aggregate's own, so a new shape of that is a new version of this.
    const VERSION: u32 = 100 * A::STATE_SCHEMA + A::VIEW_VERSION;
    const TABLES: &'static [&'static Table] = A::TABLES;
    type State = Standing<A>;

    fn partition<'e>(&self, event: &'e Recorded) -> Option<Cow<'e, str>> {
        stream_of::<A>(event)
    }

    fn fold(
        &self,
        state: &mut Standing<A>,
        event: &Recorded,
        rows: &mut RowChanges,
    ) -> Result<(), FoldError> {
        let happened = event_of::<A>(event)?;
        state.aggregate.happen(happened, event.stream.id(), rows)?;
        A::note(&mut state.stand.notes, happened, event.effective_at);
        state.stand.version = event.version;
        state.stand.updated_at = event.recorded_at;
        Ok(())
    }

    fn summarize(&self, partition: &str, state: &Standing<A>, rows: &mut RowChanges) {
        if let Some(row) = state.aggregate.row(partition, &state.stand) {
            rows.upsert(row);
        }
    }
}

/// An aggregate, and where its stream stands. It is stored as one object: the aggregate under its category,
/// beside it the stand.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Standing<A: Viewed> {
    aggregate: A,
    stand: Stand<A::Notes>,
}

impl<A: Viewed> Serialize for Standing<A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = serializer.serialize_map(Some(4))?;
        members.serialize_entry(A::CATEGORY, &self.aggregate)?;
        members.serialize_entry(A::NOTES, &self.stand.notes)?;
        members.serialize_entry("version", &self.stand.version)?;
        members.serialize_entry("updated_at", &self.stand.updated_at)?;
        members.end()
    }
}

impl<'de, A: Viewed> Deserialize<'de> for Standing<A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

struct Members<A>(PhantomData<A>);

impl<'de, A: Viewed> Visitor<'de> for Members<A> {
    type Value = Standing<A>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the state of {}", A::VIEW)
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<Standing<A>, M::Error> {
        let (mut aggregate, mut stand) = (None, Stand::default());
        while let Some(name) = members.next_key::<Cow<'de, str>>()? {
            match &*name {
                "version" => stand.version = members.next_value()?,
                "updated_at" => stand.updated_at = members.next_value()?,
                name if name == A::CATEGORY => aggregate = Some(members.next_value()?),
                name if name == A::NOTES => stand.notes = members.next_value()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        let aggregate = aggregate.ok_or_else(|| M::Error::missing_field(A::CATEGORY))?;
        Ok(Standing { aggregate, stand })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orders::StatusTimes;
    use khata_domain::{customers::Customer, lending::Loan, orders::Order};
    use serde_json::Value;

    /// The states as other builds write and read them, each a struct of its own.
    #[derive(Default, Debug, PartialEq, Serialize, Deserialize)]
    struct OfCustomer {
        customer: Customer,
        version: u64,
        onboarded_at: Option<Timestamp>,
    }

    #[derive(Default, Debug, PartialEq, Serialize, Deserialize)]
    struct OfLoan {
        loan: Loan,
        version: u64,
        updated_at: Timestamp,
    }

    #[derive(Default, Debug, PartialEq, Serialize, Deserialize)]
    struct OfOrder {
        order: Order,
        times: StatusTimes,
        version: u64,
        updated_at: Timestamp,
    }

    #[track_caller]
    fn goes_both_ways<A: Viewed, Old: Serialize + DeserializeOwned + PartialEq + fmt::Debug>(
        old: Old,
    ) -> Standing<A> {
        let standing: Standing<A> = serde_json::from_value(serde_json::to_value(&old).unwrap()).unwrap();
        let stored = serde_json::to_string(&standing).unwrap();
        assert_eq!(serde_json::from_str::<Old>(&stored).unwrap(), old, "{stored}");
        assert_eq!(
            serde_json::to_value(serde_json::from_str::<Standing<A>>(&stored).unwrap()).unwrap(),
            serde_json::from_str::<Value>(&stored).unwrap()
        );
        standing
    }

    #[test]
    fn states_that_are_stored_are_read_by_builds_before_and_after() {
        let at = Timestamp::from_second(1_767_225_600).unwrap();
        let customer = goes_both_ways::<Customer, _>(OfCustomer {
            version: 7,
            onboarded_at: Some(at),
            ..OfCustomer::default()
        });
        assert_eq!((customer.stand.version, customer.stand.notes), (7, Some(at)));
        let loan = goes_both_ways::<Loan, _>(OfLoan { version: 8, updated_at: at, ..OfLoan::default() });
        assert_eq!(loan.stand, Stand { version: 8, updated_at: at, notes: () });
        let times = StatusTimes { placed_at: Some(at), ..StatusTimes::default() };
        let order = goes_both_ways::<Order, _>(OfOrder {
            version: 9,
            updated_at: at,
            times: times.clone(),
            ..OfOrder::default()
        });
        assert_eq!(order.stand, Stand { version: 9, updated_at: at, notes: times });
    }

    #[test]
    fn a_state_without_its_aggregate_is_no_state() {
        assert!(
            serde_json::from_str::<Standing<Loan>>(r#"{"version":1,"updated_at":"2026-01-01T00:00:00Z"}"#)
                .is_err()
        );
    }
}
