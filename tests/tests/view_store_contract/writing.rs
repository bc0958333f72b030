//! Batches: all or nothing, by compare-and-set, values as they were.

use super::fixture::*;
use jiff::{Timestamp, civil::Date};
use khata_projections::{
    Value, ViewStore, ViewStoreError,
    view_store::{Checkpoint, GenerationId, RowOp, WriteBatch},
};
use std::sync::Arc;

pub async fn states_rows_and_checkpoint_are_written_together(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    holder
        .write(vec![part(id, 0, 5).upserting(vec![thing("a", 1, None)]).stating(&[("a", "{\"sum\":1}")])])
        .await
        .unwrap();
    let served = holder.all_things().await;
    assert_eq!((served.rows, served.position, served.more), (vec![thing("a", 1, None)], 5, false));
    assert_eq!(holder.store.states(id, vec!["a".into()]).await.unwrap(), vec![stored(5, "{\"sum\":1}")]);
    assert_eq!(holder.generation(id).await.checkpoint, at(5));
}

pub async fn a_batch_on_another_checkpoint_changes_nothing(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.with_things(vec![thing("a", 1, None)]).await;
    let stale = part(id, 0, 2).upserting(vec![thing("b", 2, None)]).stating(&[("b", "{}")]);
    assert_eq!(
        holder.write(vec![stale]).await,
        Err(ViewStoreError::CheckpointMoved { generation: id, actual: 1 })
    );
    assert_eq!(numbers(&holder.all_things().await), vec![1]);
    assert_eq!(holder.store.states(id, vec!["b".into()]).await.unwrap(), vec![None]);
    assert_eq!(holder.generation(id).await.checkpoint, at(1));
}

pub async fn a_batch_fails_as_a_whole_if_one_of_its_generations_moved(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let (id, other) = (holder.active(things()).await, holder.active(orders()).await);
    let good = part(id, 0, 1).upserting(vec![thing("a", 1, None)]).stating(&[("a", "{}")]);
    let stale = part(other, 3, 4).changing(&ORDER, vec![RowOp::Upsert(vec![text("x")])]);
    assert_eq!(
        holder.write(vec![good, stale]).await,
        Err(ViewStoreError::CheckpointMoved { generation: other, actual: 0 })
    );
    assert_eq!(holder.all_things().await.rows.len(), 0);
    assert_eq!(holder.store.states(id, vec!["a".into()]).await.unwrap(), vec![None]);
    assert_eq!(
        (holder.generation(id).await.checkpoint, holder.generation(other).await.checkpoint),
        (at(0), at(0))
    );
}

pub async fn a_batch_to_an_unknown_generation_changes_nothing(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    let unknown = GenerationId(id.0 + 100);
    let outcome =
        holder.write(vec![part(id, 0, 1).upserting(vec![thing("a", 1, None)]), part(unknown, 0, 1)]).await;
    assert_eq!(outcome, Err(ViewStoreError::UnknownGeneration(unknown)));
    assert_eq!(holder.all_things().await.rows.len(), 0);
}

pub async fn the_hash_counts_as_much_as_the_position(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.with_things(vec![]).await;
    let mut other_log = part(id, 1, 2);
    other_log.from = Checkpoint { position: 1, hash: [9; 32] };
    assert_eq!(
        holder.write(vec![other_log]).await,
        Err(ViewStoreError::CheckpointMoved { generation: id, actual: 1 })
    );
    holder
        .write(vec![part(id, 1, 1).upserting(vec![thing("a", 1, None)])])
        .await
        .expect("a checkpoint may stay where it is");
    assert_eq!(numbers(&holder.all_things().await), vec![1]);
}

pub async fn rows_are_replaced_and_deleted_by_key(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder
        .with_things(vec![thing("a", 1, Some(1)), thing("a", 2, Some(2)), thing("b", 1, Some(3))])
        .await;
    let key = |kind: &str, number| vec![text(kind), Value::Integer(number)];
    let ops = vec![
        RowOp::Upsert(thing("a", 1, None)),
        RowOp::Delete(key("a", 2)),
        RowOp::Delete(key("nobody", 9)),
        RowOp::Upsert(thing("c", 4, Some(4))),
    ];
    holder.write(vec![part(id, 1, 2).changing(&THINGS, ops)]).await.unwrap();
    let left = holder.all_things().await.rows;
    assert_eq!(left, vec![thing("a", 1, None), thing("b", 1, Some(3)), thing("c", 4, Some(4))]);
}

pub async fn every_kind_of_value_comes_back_as_it_went_in(store: Arc<dyn ViewStore>) {
    let instant = |micros| Value::Timestamp(Timestamp::from_microsecond(micros).unwrap());
    let date = |year, month, day| Value::Date(Date::new(year, month, day).unwrap());
    let columns: [Vec<Value>; 7] = [
        ["", "नमस्ते 🙏", "a'b\"c\\d", "line\nbreak", "NULL", "0012"].map(text).to_vec(),
        [0, -1, i64::MAX, i64::MIN, 1 << 53, (1 << 53) + 1].map(Value::Integer).to_vec(),
        [true, false, true, false, true, false].map(Value::Boolean).to_vec(),
        [0, -1, 1, -62_135_596_800_000_000, 253_402_207_200_000_000, 1_700_000_000_123_456]
            .map(instant)
            .to_vec(),
        vec![
            date(1970, 1, 1),
            date(1969, 12, 31),
            date(1, 1, 1),
            date(9999, 12, 31),
            date(2024, 2, 29),
            date(1993, 7, 5),
        ],
        [0, -1, i128::MAX, i128::MIN, 1 << 100, i128::from(i64::MAX) + 1].map(Value::Wide).to_vec(),
        ["{}", "[1,2.50,\"é\"]", "null", "\"text\"", "{\"a\":{\"b\":[]}}", "0"]
            .map(|json| Value::Json(json.to_owned()))
            .to_vec(),
    ];
    let mut rows: Vec<Vec<Value>> = (0..6)
        .map(|nth| {
            let mut row = vec![text("k"), Value::Integer(nth as i64)];
            row.extend(columns.iter().map(|column| column[nth].clone()));
            row
        })
        .collect();
    rows.push([vec![text("k"), Value::Integer(6)], vec![Value::Null; 7]].concat());
    rows.push([vec![text("ключ\u{1F5DD}"), Value::Integer(i64::MIN)], vec![Value::Null; 7]].concat());
    let holder = Holder::of(store).await;
    holder.with_things(rows.clone()).await;
    // JSON keeps its value, not its spelling.
    let parsed = |rows: Vec<Vec<Value>>| -> Vec<(Vec<Value>, serde_json::Value)> {
        let split = |mut row: Vec<Value>| match row.pop() {
            Some(Value::Json(text)) => (row, serde_json::from_str(&text).unwrap()),
            other => (row, serde_json::Value::String(format!("{other:?}"))),
        };
        rows.into_iter().map(split).collect()
    };
    assert_eq!(parsed(holder.all_things().await.rows), parsed(rows));
}

pub async fn batches_are_written_in_the_order_of_submission(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    for background in [false, true] {
        let begin = holder.generation(id).await.checkpoint.position;
        let submit = |nth: u64| {
            let part =
                part(id, begin + nth, begin + nth + 1).upserting(vec![thing("last", 0, Some(nth as i64))]);
            holder.store.submit(Arc::new(WriteBatch { epoch: holder.epoch, background, parts: vec![part] }))
        };
        let tickets: Vec<_> = (0..50).map(submit).collect();
        for ticket in tickets {
            ticket.outcome().await.unwrap();
        }
        assert_eq!(holder.all_things().await.rows, vec![thing("last", 0, Some(49))]);
        assert_eq!(holder.all_things().await.position, begin + 50);
    }
}

pub async fn states_come_back_in_the_order_asked_for(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let id = holder.active(things()).await;
    holder.write(vec![part(id, 0, 1).stating(&[("a", "1"), ("b", "2"), ("ж", "\"é\"")])]).await.unwrap();
    holder.write(vec![part(id, 1, 2).stating(&[("b", "3")])]).await.unwrap();
    let asked = ["ж", "none", "b", "a", "b"].map(str::to_owned).to_vec();
    let states = holder.store.states(id, asked).await.unwrap();
    let expected = [stored(1, "\"é\""), None, stored(2, "3"), stored(1, "1"), stored(2, "3")];
    assert_eq!(states, expected);
}

pub async fn states_tell_where_they_were_written_and_from_where_on_they_may_be_behind(
    store: Arc<dyn ViewStore>,
) {
    let holder = Holder::of(store).await;
    let (id, other) = (holder.active(things()).await, holder.active(orders()).await);
    let stands = async |id| {
        let generation = holder.generation(id).await;
        (generation.checkpoint, generation.states_at)
    };
    assert_eq!(stands(id).await, (at(0), at(0)));
    holder.write(vec![part(id, 0, 5).stating(&[("a", "1"), ("b", "1")])]).await.unwrap();
    assert_eq!(stands(id).await, (at(5), at(0)), "states written do not tell that there are no others");
    holder
        .write(vec![
            part(id, 5, 8).with_states_at(5).stating(&[("b", "2")]),
            part(other, 0, 8).with_states_at(8),
        ])
        .await
        .unwrap();
    assert_eq!((stands(id).await, stands(other).await), ((at(8), at(5)), (at(8), at(8))));
    holder.write(vec![part(id, 8, 9)]).await.unwrap();
    assert_eq!(stands(id).await, (at(9), at(5)));
    let stale = part(id, 8, 9).with_states_at(9).stating(&[("a", "lost")]);
    assert_eq!(
        holder.write(vec![stale]).await,
        Err(ViewStoreError::CheckpointMoved { generation: id, actual: 9 })
    );
    assert_eq!(stands(id).await, (at(9), at(5)));
    holder.write(vec![part(id, 9, 9).with_states_at(9)]).await.expect("states may catch up while rows stay");
    assert_eq!(stands(id).await, (at(9), at(9)));
    let states = holder.store.states(id, vec!["a".into(), "b".into()]).await.unwrap();
    assert_eq!(states, vec![stored(5, "1"), stored(8, "2")]);
}

pub async fn thousands_of_rows_fit_into_one_batch(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let rows: Vec<_> =
        (0..5_000).map(|number| thing(&format!("kind {}", number % 7), number, Some(number))).collect();
    let id = holder.with_things(rows).await;
    assert_eq!(holder.all_things().await.rows.len(), 5_000);
    let names: Vec<String> = (0..5_000).map(|number| format!("partition {number}")).collect();
    let states: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "{}")).collect();
    holder.write(vec![part(id, 1, 2).stating(&states)]).await.unwrap();
    let loaded = holder.store.states(id, names).await.unwrap();
    assert!(loaded.iter().all(|state| *state == stored(2, "{}")));
}
