//! Comparing two generations of a projection.

use super::fixture::*;
use khata_projections::{
    Column, ColumnType, Table, Value, ViewStore, ViewStoreError,
    view_store::{Difference, GenerationId, NewGeneration},
};
use std::sync::Arc;

/// An active generation and one in the making with these rows, both at position 1.
async fn two(holder: &Holder, old: Vec<Vec<Value>>, new: Vec<Vec<Value>>) -> (GenerationId, GenerationId) {
    let old = holder.with_things(old).await;
    let id = holder.store.create(holder.epoch, things()).await.unwrap().id;
    holder.write(vec![part(id, 0, 1).upserting(new)]).await.unwrap();
    (old, id)
}

pub async fn equal_generations_have_no_difference(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let rows = vec![thing("a", 1, None), thing("a", 2, Some(5))];
    let (old, new) = two(&holder, rows.clone(), rows).await;
    let found = holder.store.compare(old, new).await.unwrap();
    assert_eq!(found.len(), 1);
    assert!(found[0].is_none(), "{found:?}");
    assert_eq!((found[0].table.as_str(), found[0].columns.len()), ("things", THINGS.columns.len()));
}

pub async fn differences_are_counted_and_named(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let old = vec![thing("a", 1, Some(1)), thing("a", 2, None), thing("a", 3, Some(3)), thing("b", 1, None)];
    let new = vec![
        thing("a", 1, Some(1)),
        thing("a", 2, Some(0)),
        thing("a", 3, Some(4)),
        thing("c", 1, None),
        thing("c", 2, None),
    ];
    let (old, new) = two(&holder, old, new).await;
    let Difference { only_old, only_new, changed, examples, .. } =
        holder.store.compare(old, new).await.unwrap().remove(0);
    assert_eq!((only_old, only_new, changed), (1, 2, 2));
    assert_eq!(examples, vec!["[\"a\",2]", "[\"a\",3]", "[\"b\",1]", "[\"c\",1]", "[\"c\",2]"]);

    let many: Vec<_> = (0..50).map(|number| thing("a", number, None)).collect();
    let (old, new) = two(&holder, many, vec![]).await;
    let found = holder.store.compare(old, new).await.unwrap().remove(0);
    assert_eq!((found.only_old, found.examples.len()), (50, Difference::EXAMPLES));
}

pub async fn generations_at_different_positions_are_not_compared(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let (old, new) = two(&holder, vec![], vec![]).await;
    holder.write(vec![part(new, 1, 4)]).await.unwrap();
    assert_eq!(holder.store.compare(old, new).await, Err(ViewStoreError::Apart { old: 1, new: 4 }));
}

pub async fn only_shared_columns_are_compared(store: Arc<dyn ViewStore>) {
    static OTHER: Table = Table {
        name: "things",
        partition: "kind",
        owner: None,
        columns: &[
            Column::new("colour", ColumnType::Text),
            Column::new("kind", ColumnType::Text),
            Column::new("number", ColumnType::Integer),
            Column::nullable("amount_minor", ColumnType::Integer),
            Column::nullable("note", ColumnType::Integer),
        ],
        key: &["kind", "number"],
        indexes: &[],
        reread: |_| None,
    };
    const TABLES: &[&Table] = &[&OTHER];
    let holder = Holder::of(store).await;
    let old = holder.with_things(vec![thing("a", 1, Some(1)), thing("a", 2, Some(2))]).await;
    let new = holder
        .store
        .create(holder.epoch, NewGeneration { version: 2, tables: TABLES, ..things() })
        .await
        .unwrap()
        .id;
    let row = |number, amount| {
        khata_projections::view_store::RowOp::Upsert(vec![
            text("red"),
            text("a"),
            Value::Integer(number),
            Value::Integer(amount),
            Value::Integer(9),
        ])
    };
    holder.write(vec![part(new, 0, 1).changing(&OTHER, vec![row(1, 1), row(2, 3)])]).await.unwrap();
    let found = holder.store.compare(old, new).await.unwrap().remove(0);
    assert_eq!((found.only_old, found.only_new, found.changed), (0, 0, 1));
    let mut shared = found.columns.clone();
    shared.sort();
    assert_eq!(shared, vec!["amount_minor", "kind", "number"], "a column of another type is another column");
}
