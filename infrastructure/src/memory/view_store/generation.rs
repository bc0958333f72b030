//! One generation in memory: its rows, states and parked partitions, and the comparison of two of them.

use crate::keys;
use khata_projections::{
    Value,
    view_store::{
        Checkpoint, Difference, Generation, GenerationId, GenerationWrite, NewGeneration, Parked,
        ParkedCause, ParkedChange, ParkedHere, ParkedKey, RowOp, Skipped, StoredState, TableRows, TableShape,
        ViewStoreError,
    },
};
use std::collections::{BTreeMap, BTreeSet};

/// Rows by key; each is the values of all columns in the order of the stored shape.
pub(super) type Rows = BTreeMap<Vec<Value>, Vec<Value>>;

#[derive(Debug)]
pub(super) struct StoredGeneration {
    pub(super) generation: Generation,
    pub(super) tables: BTreeMap<String, Rows>,
    pub(super) states: BTreeMap<String, StoredState>,
    pub(super) parked: BTreeMap<String, Parked>,
    pub(super) waiting: BTreeMap<String, BTreeSet<u64>>,
    pub(super) skipped: BTreeMap<u64, Skipped>,
}

impl StoredGeneration {
    pub(super) fn new(id: GenerationId, new: &NewGeneration) -> Self {
        let generation = Generation {
            id,
            projection: new.projection.to_owned(),
            version: new.version,
            active: false,
            compare: new.compare,
            checkpoint: Checkpoint::START,
            states_at: Checkpoint::START,
            tables: new.tables.iter().map(|table| TableShape::of(table)).collect(),
            parked: 0,
            parked_newer_schema: 0,
            skipped: 0,
            comparison: None,
        };
        let tables = new.tables.iter().map(|table| (table.name.to_owned(), Rows::new())).collect();
        let skipped = new.skipped.iter().map(|skipped| (skipped.position, skipped.clone())).collect();
        Self {
            generation,
            tables,
            states: BTreeMap::new(),
            parked: BTreeMap::new(),
            waiting: BTreeMap::new(),
            skipped,
        }
    }

    pub(super) fn described(&self) -> Generation {
        let newer = self.parked.values().filter(|parked| parked.cause == ParkedCause::NewerSchema).count();
        let (parked, skipped) = (self.parked.len() as u64, self.skipped.len() as u64);
        Generation { parked, parked_newer_schema: newer as u64, skipped, ..self.generation.clone() }
    }

    pub(super) fn parked_partitions(&self) -> Vec<Parked> {
        let waiting =
            |parked: &Parked| self.waiting.get(&parked.partition).map_or(0, |waiting| waiting.len() as u64);
        self.parked.values().map(|parked| Parked { waiting: waiting(parked), ..parked.clone() }).collect()
    }

    /// What is parked, as an answer tells it.
    pub(super) fn parked_here(&self, view: &'static str, partitions: BTreeSet<&str>) -> ParkedHere {
        let parked = partitions.into_iter().filter_map(|partition| self.parked.get(partition));
        let key = |parked: &Parked| ParkedKey {
            view,
            partition: parked.partition.clone(),
            position: parked.position,
            cause: parked.cause,
        };
        ParkedHere {
            partitions: (self.parked.len() as u64).min(ParkedHere::COUNTED),
            concerned: parked.map(key).collect(),
        }
    }

    pub(super) fn write(&mut self, part: &GenerationWrite) {
        self.generation.checkpoint = part.to;
        self.generation.states_at = part.states_at.unwrap_or(self.generation.states_at);
        let stored = |state: &String| StoredState { position: part.to.position, state: state.clone() };
        self.states.extend(part.states.iter().map(|(partition, state)| (partition.clone(), stored(state))));
        for rows in &part.tables {
            self.write_rows(rows);
        }
        for change in &part.parked {
            self.change_parked(change);
        }
    }

    fn write_rows(&mut self, rows: &TableRows) {
        let stored = self.tables.entry(rows.table.name.to_owned()).or_default();
        let key_places = rows.table.key_places();
        for op in &rows.ops {
            match op {
                RowOp::Upsert(values) => {
                    let key = key_places.iter().map(|place| values[*place].clone()).collect();
                    stored.insert(key, values.clone());
                }
                RowOp::Delete(key) => {
                    stored.remove(key);
                }
            }
        }
    }

    fn change_parked(&mut self, change: &ParkedChange) {
        match change {
            ParkedChange::Park { partition, position, error, cause, at } => {
                let before = self.parked.get(partition).filter(|before| before.position == *position);
                let parked = Parked {
                    generation: self.generation.id,
                    partition: partition.clone(),
                    position: *position,
                    error: error.clone(),
                    cause: *cause,
                    attempts: before.map_or(0, |before| before.attempts) + 1,
                    parked_at: *at,
                    waiting: 0,
                };
                self.parked.insert(partition.clone(), parked);
            }
            ParkedChange::Wait { partition, position } => {
                self.waiting.entry(partition.clone()).or_default().insert(*position);
            }
            ParkedChange::Caught { partition, up_to } => {
                if let Some(waiting) = self.waiting.get_mut(partition) {
                    waiting.retain(|position| position > up_to);
                }
            }
            ParkedChange::Release { partition } => {
                self.parked.remove(partition);
                self.waiting.remove(partition);
            }
            ParkedChange::Skip { partition, position, error, at } => {
                let skipped = Skipped {
                    partition: partition.clone(),
                    position: *position,
                    error: error.clone(),
                    at: *at,
                };
                self.skipped.insert(*position, skipped);
            }
        }
    }
}

/// Compares the columns that two generations share.
pub(super) fn compare(
    old: &StoredGeneration,
    new: &StoredGeneration,
) -> Result<Vec<Difference>, ViewStoreError> {
    let (old_position, new_position) =
        (old.generation.checkpoint.position, new.generation.checkpoint.position);
    if old_position != new_position {
        return Err(ViewStoreError::Apart { old: old_position, new: new_position });
    }
    let mut differences = Vec::new();
    for new_shape in &new.generation.tables {
        let Some(old_shape) = old
            .generation
            .tables
            .iter()
            .find(|shape| shape.name == new_shape.name && shape.key == new_shape.key)
        else {
            continue;
        };
        let (Some(old_rows), Some(new_rows)) =
            (old.tables.get(&old_shape.name), new.tables.get(&new_shape.name))
        else {
            continue;
        };
        differences.push(compare_table((old_shape, old_rows), (new_shape, new_rows)));
    }
    Ok(differences)
}

fn compare_table(
    (old_shape, old_rows): (&TableShape, &Rows),
    (new_shape, new_rows): (&TableShape, &Rows),
) -> Difference {
    let columns = old_shape.shared_columns(new_shape);
    let place =
        |shape: &TableShape, name: &String| shape.columns.iter().position(|column| column.name == *name);
    let places: Vec<_> =
        columns.iter().filter_map(|name| Some((place(old_shape, name)?, place(new_shape, name)?))).collect();
    let mut difference = Difference {
        table: new_shape.name.clone(),
        columns,
        only_old: 0,
        only_new: 0,
        changed: 0,
        examples: Vec::new(),
    };
    let keys: BTreeSet<_> = old_rows.keys().chain(new_rows.keys()).collect();
    for key in keys {
        match (old_rows.get(key), new_rows.get(key)) {
            (Some(_), None) => difference.only_old += 1,
            (None, Some(_)) => difference.only_new += 1,
            (Some(old), Some(new)) if places.iter().any(|(in_old, in_new)| old[*in_old] != new[*in_new]) => {
                difference.changed += 1
            }
            _ => continue,
        }
        if difference.examples.len() < Difference::EXAMPLES {
            difference.examples.push(keys::spelled(key));
        }
    }
    difference
}
