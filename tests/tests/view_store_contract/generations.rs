//! Generations: made, served, replaced, discarded.

use super::fixture::*;
use khata_projections::{
    Column, ColumnType, Table, Value, ViewStore, ViewStoreError,
    query::Comparison,
    view_store::{self, Checkpoint, GenerationId, NewGeneration, TableShape, WriteBatch},
};
use std::sync::Arc;

pub async fn a_new_store_has_no_generation(store: Arc<dyn ViewStore>) {
    assert_eq!(store.generations().await.unwrap(), vec![]);
    assert_eq!(page(&store, all_things()).await, Err(ViewStoreError::NotServed { table: "things" }));
}

pub async fn a_new_generation_stands_at_the_start_and_is_not_served(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let made = holder
        .store
        .create(holder.epoch, NewGeneration { version: 7, compare: true, ..things() })
        .await
        .unwrap();
    assert_eq!(
        (made.projection.as_str(), made.version, made.active, made.compare),
        ("things", 7, false, true)
    );
    assert_eq!((made.checkpoint, made.parked), (Checkpoint::START, 0));
    assert_eq!(holder.store.generations().await.unwrap(), vec![made]);
    assert_eq!(page(&holder.store, all_things()).await, Err(ViewStoreError::NotServed { table: "things" }));
}

pub async fn an_active_generation_is_served_and_the_one_before_is_gone(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let old = holder.with_things(vec![thing("old", 1, None)]).await;
    let new = holder.store.create(holder.epoch, things()).await.unwrap().id;
    holder.write(vec![part(new, 0, 2).upserting(vec![thing("new", 2, None)])]).await.unwrap();
    assert_eq!(holder.all_things().await.rows, vec![thing("old", 1, None)]);

    holder.store.activate(holder.epoch, new).await.unwrap();

    let served = holder.all_things().await;
    assert_eq!((served.rows, served.position), (vec![thing("new", 2, None)], 2));
    let left: Vec<_> = holder
        .store
        .generations()
        .await
        .unwrap()
        .into_iter()
        .map(|generation| (generation.id, generation.active))
        .collect();
    assert_eq!(left, vec![(new, true)]);
    assert_eq!(holder.write(vec![part(old, 1, 2)]).await, Err(ViewStoreError::UnknownGeneration(old)));
}

pub async fn what_a_comparison_found_stays_with_the_newer_generation(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let old = holder.with_things(vec![thing("a", 1, None), thing("b", 1, None)]).await;
    let new =
        holder.store.create(holder.epoch, NewGeneration { compare: true, ..things() }).await.unwrap().id;
    holder.write(vec![part(new, 0, 1).upserting(vec![thing("a", 2, None)])]).await.unwrap();
    let tables = holder.store.compare(old, new).await.unwrap();
    let found = view_store::Comparison { position: 1, tables };
    assert_eq!((found.tables[0].only_old, found.tables[0].only_new), (2, 1));
    holder.store.note_comparison(holder.epoch, new, found.clone()).await.unwrap();
    holder.store.activate(holder.epoch, new).await.unwrap();
    let left: Vec<_> = holder
        .store
        .generations()
        .await
        .unwrap()
        .into_iter()
        .map(|generation| (generation.id, generation.comparison))
        .collect();
    assert_eq!(left, vec![(new, Some(found.clone()))]);
    assert!(
        holder.store.note_comparison(holder.epoch - 1, new, found).await.is_err(),
        "whoever is no longer in holder notes nothing"
    );
}

pub async fn activation_touches_no_other_projection(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let orders = holder.active(orders()).await;
    holder.with_things(vec![thing("a", 1, None)]).await;
    holder.active(things()).await;
    assert!(holder.generation(orders).await.active);
    assert_eq!(holder.page(all(&ORDER)).await.rows, Vec::<Vec<_>>::new());
}

pub async fn a_discarded_generation_is_gone_and_discarding_it_again_is_no_error(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.with_things(vec![thing("a", 1, None)]).await;
    holder.store.discard(holder.epoch, id).await.unwrap();
    holder.store.discard(holder.epoch, id).await.unwrap();
    assert_eq!(holder.store.generations().await.unwrap(), vec![]);
    assert_eq!(page(&holder.store, all_things()).await, Err(ViewStoreError::NotServed { table: "things" }));
    assert_eq!(holder.store.states(id, vec!["a".into()]).await, Err(ViewStoreError::UnknownGeneration(id)));
    let next = holder.active(things()).await;
    assert!(next > id, "numbers are not used twice");
    assert_eq!(holder.all_things().await.rows, Vec::<Vec<_>>::new());
}

pub async fn a_generation_that_is_set_aside_is_out_of_the_books_and_its_number_is_not_used_again(
    store: Arc<dyn ViewStore>,
) {
    let holder = Holder::of(store).await;
    let id = holder.with_things(vec![thing("a", 1, None)]).await;
    holder.store.set_aside(vec![id]).await.unwrap();
    holder.store.set_aside(vec![id]).await.unwrap();
    assert_eq!(holder.store.generations().await.unwrap(), vec![]);
    assert_eq!(page(&holder.store, all_things()).await, Err(ViewStoreError::NotServed { table: "things" }));
    let next = holder.active(things()).await;
    assert!(next > id, "numbers are not used twice");
    assert_eq!(holder.all_things().await.rows, Vec::<Vec<_>>::new());
}

pub async fn a_generation_that_lacks_a_column_is_not_served(store: Arc<dyn ViewStore>) {
    static NARROW: Table = Table {
        name: "things",
        partition: "kind",
        owner: None,
        columns: &[Column::new("kind", ColumnType::Text), Column::new("number", ColumnType::Integer)],
        key: &["kind", "number"],
        indexes: &[],
        reread: |_| None,
    };
    const TABLES: &[&Table] = &[&NARROW];
    let holder = Holder::of(store).await;
    holder.active(NewGeneration { tables: TABLES, ..things() }).await;
    assert_eq!(holder.page(all(&NARROW)).await.rows.len(), 0);
    assert_eq!(page(&holder.store, all_things()).await, Err(ViewStoreError::NotServed { table: "things" }));
}

pub async fn a_generation_that_has_more_columns_is_served(store: Arc<dyn ViewStore>) {
    static FEWER: Table = Table {
        name: "things",
        partition: "kind",
        owner: None,
        columns: &[
            Column::nullable("amount_minor", ColumnType::Integer),
            Column::new("number", ColumnType::Integer),
        ],
        key: &["number"],
        indexes: &[],
        reread: |_| None,
    };
    let holder = Holder::of(store).await;
    holder.with_things(vec![thing("a", 1, Some(5))]).await;
    let served = holder.page(all(&FEWER)).await;
    assert_eq!(served.rows, vec![vec![Value::Integer(5), Value::Integer(1)]]);
}

pub async fn indexing_twice_is_no_error_and_changes_no_answer(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.with_things(vec![thing("a", 1, Some(3)), thing("b", 2, Some(1))]).await;
    let before = holder.all_things().await;
    holder.store.index(holder.epoch, id).await.unwrap();
    holder.store.index(holder.epoch, id).await.unwrap();
    assert_eq!(holder.all_things().await, before);
}

pub async fn an_indexed_column_is_found_by_its_new_value_only(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder
        .with_things(vec![thing("a", 1, Some(3)), thing("a", 2, Some(3)), thing("a", 3, Some(3))])
        .await;
    holder.store.index(holder.epoch, id).await.unwrap();
    let noted = |number, amount, note: &str| {
        let mut row = thing("a", number, amount);
        row[2] = text(note);
        row
    };
    let changed = vec![
        noted(1, Some(3), "same amount"),
        noted(2, Some(4), "other amount"),
        noted(3, None, "no amount"),
        noted(4, Some(3), "new"),
    ];
    holder.write(vec![part(id, 1, 2).upserting(changed.clone())]).await.unwrap();
    for (amount, expected) in [(Some(3), vec![1, 4]), (Some(4), vec![2]), (None, vec![3])] {
        let amount = amount.map_or(Value::Null, Value::Integer);
        let found = holder.page(all_things().only("amount_minor", Comparison::Equal, amount)).await;
        assert_eq!(numbers(&found), expected);
    }
    assert_eq!(holder.all_things().await.rows, changed);
}

pub async fn the_shape_of_the_tables_is_kept(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    assert_eq!(holder.generation(id).await.tables, vec![TableShape::of(&THINGS)]);
}

pub async fn a_closed_store_refuses(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    let unheard = holder.store.submit(Arc::new(WriteBatch {
        epoch: holder.epoch,
        background: true,
        parts: vec![part(id, 0, 1)],
    }));
    holder.store.close().await;
    unheard.outcome().await.expect("what was queued before is finished");
    assert!(matches!(holder.write(vec![part(id, 1, 2)]).await, Err(ViewStoreError::Unavailable(_))));
    assert!(matches!(page(&holder.store, all_things()).await, Err(ViewStoreError::Unavailable(_))));
    assert!(matches!(
        holder.store.acquire(request("test", &["things"])).await,
        Err(khata_application::subscription::LeaseError::Unavailable(_))
    ));
    assert!(matches!(
        holder.store.states(GenerationId(1), vec![]).await,
        Err(ViewStoreError::Unavailable(_))
    ));
}
