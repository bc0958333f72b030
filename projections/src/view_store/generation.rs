//! Generations of a projection's tables, and the partitions parked in them.

use super::{Checkpoint, Comparison};
use crate::row::{ColumnType, Table};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The number of a generation, unique in its store and growing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct GenerationId(pub u64);

impl fmt::Display for GenerationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a generation is made of.
#[derive(Debug, Clone)]
pub struct NewGeneration {
    /// `Projection::NAME`.
    pub projection: &'static str,
    /// `Projection::VERSION`.
    pub version: u32,
    /// `Projection::TABLES`.
    pub tables: &'static [&'static Table],
    /// Whether it is to be compared with the active one before it takes its place.
    pub compare: bool,
    /// Events that are left out of it from the beginning, by an operator's choice for an earlier generation.
    pub skipped: Vec<Skipped>,
}

/// A generation as the store knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Generation {
    pub id: GenerationId,
    /// `Projection::NAME`.
    pub projection: String,
    /// `Projection::VERSION` when it was made.
    pub version: u32,
    /// Whether queries see it.
    pub active: bool,
    /// Whether it is to be compared with the active one before it takes its place.
    pub compare: bool,
    /// How far it has come: its rows show all events up to here.
    pub checkpoint: Checkpoint,
    /// How far all of its stored states have come, at most as far as the rows. Beyond it a stored state may
    /// be behind.
    pub states_at: Checkpoint,
    /// The tables as they were made.
    pub tables: Vec<TableShape>,
    /// How many of its partitions are parked.
    pub parked: u64,
    /// How many of these are parked at an event of a newer Khata.
    pub parked_newer_schema: u64,
    /// How many events are left out of it.
    pub skipped: u64,
    /// What it differed in from the one before, if that was compared.
    pub comparison: Option<Comparison>,
}

/// A partition's state as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredState {
    /// Where its generation stood when it was written: no event of the partition up to here has still to go
    /// into it.
    pub position: u64,
    /// The state as JSON.
    pub state: String,
}

/// Why a partition is parked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParkedCause {
    /// The event cannot be folded: its data cannot be read, or it contradicts what is known.
    Failed,
    /// Only a newer Khata knows the event. The first runner that does goes on by itself.
    NewerSchema,
    /// The events before it have been retried, and it is next.
    Retrying,
}

impl ParkedCause {
    /// Its name, as stores keep it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::NewerSchema => "newer_schema",
            Self::Retrying => "retrying",
        }
    }

    /// The cause of a name. One that this build does not know is a failure like any other.
    pub fn of_name(name: &str) -> Self {
        let known =
            [Self::Failed, Self::NewerSchema, Self::Retrying].into_iter().find(|cause| cause.name() == name);
        known.unwrap_or(Self::Failed)
    }
}

/// An event that an operator chose to leave out of a generation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// What was parked at it; empty where that is not known, of choices that an earlier Khata kept.
    pub partition: String,
    pub position: u64,
    /// Why it could not be folded.
    pub error: String,
    /// When that was chosen.
    pub at: Timestamp,
}

/// A parked partition that an answer is concerned with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParkedKey {
    /// The table that lacks what waits.
    pub view: &'static str,
    /// The partition, such as an account.
    pub partition: String,
    /// The event that it is parked at.
    pub position: u64,
    pub cause: ParkedCause,
}

/// What is parked of the view that an answer was read from, in the snapshot of the answer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ParkedHere {
    /// How many partitions of the view are parked: rows of theirs are old, or are missing. At most
    /// [`ParkedHere::COUNTED`] are counted.
    pub partitions: u64,
    /// Those among them that the question is about, or that rows of the answer belong to, in the order of
    /// their names.
    pub concerned: Vec<ParkedKey>,
}

impl ParkedHere {
    /// Further parked partitions are not counted.
    pub const COUNTED: u64 = 1_000;

    /// The parked partition of this name, if the answer is concerned with it.
    pub fn key(&self, partition: &str) -> Option<&ParkedKey> {
        self.concerned.iter().find(|key| key.partition == partition)
    }
}

/// A parked partition: its first unfolded event failed, later ones wait.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    pub generation: GenerationId,
    pub partition: String,
    /// The event that failed.
    pub position: u64,
    pub error: String,
    pub cause: ParkedCause,
    /// How often it was tried.
    pub attempts: u32,
    /// When it was last tried.
    pub parked_at: Timestamp,
    /// How many later events wait.
    pub waiting: u64,
}

/// A table as it was made, maybe by another build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableShape {
    pub name: String,
    pub columns: Vec<ColumnShape>,
    /// The names of the columns that identify a row.
    pub key: Vec<String>,
    /// The columns of each further index.
    pub indexes: Vec<Vec<String>>,
}

/// A column as it was made, maybe by another build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnShape {
    pub name: String,
    pub kind: ColumnType,
    /// Whether it may hold nothing.
    pub nullable: bool,
}

impl TableShape {
    /// The shape that a table of this build is made with.
    pub fn of(table: &Table) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        Self {
            name: table.name.to_owned(),
            columns: table
                .columns
                .iter()
                .map(|column| ColumnShape {
                    name: column.name.to_owned(),
                    kind: column.kind,
                    nullable: column.nullable,
                })
                .collect(),
            key: owned(table.key),
            indexes: table.indexes.iter().map(|index| owned(index.columns)).collect(),
        }
    }

    /// The columns that another shape of the table has too, with the same type.
    pub fn shared_columns(&self, other: &Self) -> Vec<String> {
        let shared = self.columns.iter().filter(|column| {
            other.columns.iter().any(|known| known.name == column.name && known.kind == column.kind)
        });
        shared.map(|column| column.name.clone()).collect()
    }

    /// Whether rows of `table`, as this build knows it, can be read from here.
    pub fn suffices(&self, table: &Table) -> bool {
        table.columns.iter().all(|wanted| {
            self.columns.iter().any(|column| {
                column.name == wanted.name
                    && column.kind == wanted.kind
                    && (wanted.nullable || !column.nullable)
            })
        })
    }
}
