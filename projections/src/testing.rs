//! The kit for tests of projections: a log made of events, and the rows that a projection makes of it.
#![allow(clippy::panic, reason = "assertions of tests")]

use crate::{Projection, Row, RowChanges, Table, Value, projection::RowChange};
use jiff::{SignedDuration, Timestamp};
use khata_application::{Metadata, NewEvent, Recorded, StreamName, codec::NO_UPCASTING, event::Decoded};
use khata_domain::{Aggregate, ids::CustomerId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The events of a log, as a store would give them. The n-th is recorded n seconds after the start of 2026,
/// its id is n.
#[derive(Debug, Clone, Default)]
pub struct Log {
    events: Vec<Recorded>,
    owner: Option<String>,
}

impl Log {
    /// When the event at a position is recorded.
    pub fn instant(position: u64) -> Timestamp {
        let start = Timestamp::from_second(1_767_225_600).unwrap_or_default();
        start
            .saturating_add(SignedDuration::from_secs(i64::try_from(position).unwrap_or(i64::MAX)))
            .unwrap_or(Timestamp::MAX)
    }

    /// The customer whose data the events added from now on are.
    #[must_use]
    pub fn owned_by(mut self, owner: CustomerId) -> Self {
        self.owner = Some(owner.to_string());
        self
    }

    /// Adds an event that is effective when it is recorded.
    #[must_use]
    pub fn with<A: Aggregate>(self, id: A::Id, event: A::Event) -> Self {
        let effective_at = Self::instant(self.events.len() as u64 + 1);
        self.with_effective::<A>(id, event, effective_at)
    }

    /// Adds an event of another business time.
    #[must_use]
    #[track_caller]
    pub fn with_effective<A: Aggregate>(
        mut self,
        id: A::Id,
        event: A::Event,
        effective_at: Timestamp,
    ) -> Self {
        let (position, stream) = (self.events.len() as u64 + 1, StreamName::of::<A>(id));
        let version = self.events.iter().filter(|earlier| earlier.stream == stream).count() as u64 + 1;
        let metadata = Metadata {
            correlation_id: "test".into(),
            actor: "test".into(),
            owner: self.owner.clone(),
            ..Metadata::default()
        };
        let metadata = serde_json::to_string(&metadata);
        let Some(new) = NewEvent::of::<A>(
            Uuid::from_u128(position.into()),
            event,
            metadata.unwrap_or_default().into(),
            effective_at,
        ) else {
            panic!("an event of {stream} is not in its SCHEMA");
        };
        self.events.push(Recorded {
            position,
            stream,
            version,
            event_id: new.event_id,
            event_type: new.event_type,
            schema_version: new.schema_version,
            data: new.data,
            metadata: new.metadata,
            recorded_at: Self::instant(position),
            effective_at,
            hash: [0; 32],
            codec: &NO_UPCASTING,
            decoded: Decoded::default(),
        });
        self
    }

    /// The events, to change what cannot be built.
    pub fn events_mut(&mut self) -> &mut Vec<Recorded> {
        &mut self.events
    }

    /// The rows of one table after a projection has folded the log, in the order of their keys.
    ///
    /// The log is folded twice, with summaries after each event and with summaries at the end: how batches
    /// are cut must not show.
    #[track_caller]
    pub fn rows<P: Projection, R: Row>(&self, projection: &P) -> Vec<R> {
        let rows = self.fold(projection, true);
        assert_eq!(rows, self.fold(projection, false), "the rows depend on how batches are cut");
        let of_table = rows.into_iter().filter(|((table, _), _)| *table == R::TABLE.name);
        of_table
            .map(|(_, values)| {
                R::from_values(values)
                    .unwrap_or_else(|| panic!("a row of {} does not read back", R::TABLE.name))
            })
            .collect()
    }

    #[track_caller]
    fn fold<P: Projection>(
        &self,
        projection: &P,
        summarize_always: bool,
    ) -> BTreeMap<(&'static str, Vec<Value>), Vec<Value>> {
        let (mut states, mut rows, mut changes) =
            (BTreeMap::<String, P::State>::new(), BTreeMap::new(), RowChanges::default());
        for event in &self.events {
            let Some(partition) = projection.partition(event) else { continue };
            let state = states.entry(partition.to_string()).or_default();
            if let Err(error) = projection.fold(state, event, &mut changes) {
                panic!("position {}: {error}", event.position);
            }
            if summarize_always {
                projection.summarize(&partition, state, &mut changes);
            }
        }
        if !summarize_always {
            states.iter().for_each(|(partition, state)| projection.summarize(partition, state, &mut changes));
        }
        for change in changes.drain() {
            match change {
                RowChange::Upsert { table, values } => {
                    drop(rows.insert((table.name, key_of(table, &values)), values))
                }
                RowChange::Delete { table, key } => drop(rows.remove(&(table.name, key))),
            }
        }
        rows
    }
}

fn key_of(table: &Table, values: &[Value]) -> Vec<Value> {
    table.key_places().into_iter().filter_map(|place| values.get(place).cloned()).collect()
}
