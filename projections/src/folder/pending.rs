//! Row changes on their way to the store: of all changes of one key the last remains.

use crate::{
    projection::RowChange,
    row::{Table, Value},
    view_store::{RowOp, TableRows},
};
use hashbrown::HashTable;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

#[derive(Default)]
pub(super) struct PendingRows {
    tables: Vec<PendingTable>,
}

struct PendingTable {
    table: &'static Table,
    key_places: Vec<usize>,
    ops: Vec<RowOp>,
    /// Places in `ops`, found by the key that lies there: no key is kept twice.
    by_key: HashTable<u32>,
}

impl PendingRows {
    pub(super) fn len(&self) -> usize {
        self.tables.iter().map(|table| table.ops.len()).sum()
    }

    pub(super) fn absorb(&mut self, change: RowChange) {
        match change {
            RowChange::Upsert { table, values } => self.table(table).put(RowOp::Upsert(values)),
            RowChange::Delete { table, key } => self.table(table).put(RowOp::Delete(key)),
        }
    }

    pub(super) fn take(&mut self) -> Vec<TableRows> {
        let filled = self.tables.iter_mut().filter(|table| !table.ops.is_empty());
        filled
            .map(|table| {
                table.by_key.clear();
                TableRows { table: table.table, ops: std::mem::take(&mut table.ops) }
            })
            .collect()
    }

    fn table(&mut self, table: &'static Table) -> &mut PendingTable {
        // A projection writes one table or a few: looking along them is quicker than hashing.
        let place = self
            .tables
            .iter()
            .position(|known| std::ptr::eq(known.table, table) || known.table.name == table.name);
        let place = place.unwrap_or_else(|| {
            let key_places = table.key_places();
            self.tables.push(PendingTable { table, key_places, ops: Vec::new(), by_key: HashTable::new() });
            self.tables.len() - 1
        });
        &mut self.tables[place]
    }
}

impl PendingTable {
    fn put(&mut self, op: RowOp) {
        let Self { key_places, ops, by_key, .. } = self;
        let hash = hash_of(key_places, &op);
        let same = |place: &u32| key_of(key_places, &ops[*place as usize]).eq(key_of(key_places, &op));
        match by_key.find(hash, same) {
            Some(place) => ops[*place as usize] = op,
            None => {
                // A batch of four billion rows would not fit into memory.
                by_key.insert_unique(hash, ops.len() as u32, |place| {
                    hash_of(key_places, &ops[*place as usize])
                });
                ops.push(op);
            }
        }
    }
}

fn key_of<'o>(key_places: &'o [usize], op: &'o RowOp) -> impl Iterator<Item = &'o Value> {
    key_places.iter().enumerate().map(move |(nth, place)| match op {
        RowOp::Upsert(values) => &values[*place],
        RowOp::Delete(key) => &key[nth],
    })
}

fn hash_of(key_places: &[usize], op: &RowOp) -> u64 {
    let mut hasher = FxHasher::default();
    key_of(key_places, op).for_each(|value| value.hash(&mut hasher));
    hasher.finish()
}
