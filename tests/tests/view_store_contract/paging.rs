//! Keyset pages: a row that is there all the time is on exactly one of them.

use super::fixture::*;
use khata_projections::{Value, ViewStore, query::Direction, view_store::RowOp};
use std::{collections::BTreeSet, sync::Arc};

/// Pages through all things of even number while odd ones come and go between the pages.
async fn page_through(holder: &Holder, direction: Direction, limit: usize) -> Vec<i64> {
    let id = holder.active(things()).await;
    let even = (0..60).map(|half| thing(["a", "b", "c"][half as usize % 3], half * 2, None)).collect();
    holder.write(vec![part(id, 0, 1).upserting(even)]).await.unwrap();
    let (mut seen, mut after, mut position) = (Vec::new(), None, 1);
    loop {
        let query = all_things().ordered(&["number", "kind"], direction).behind(after.take());
        let page = holder.page(khata_projections::Query { limit, ..query }).await;
        assert!(page.rows.len() <= limit);
        seen.extend(numbers(&page));
        if !page.more {
            return seen;
        }
        after = page.rows.last().map(|row| vec![row[1].clone(), row[0].clone()]);
        let odd = (0..60).map(|half| half * 2 + 1).map(|number| {
            let row = thing("a", number, None);
            if (number as u64 + position).is_multiple_of(3) {
                RowOp::Upsert(row)
            } else {
                RowOp::Delete(row[..2].to_vec())
            }
        });
        holder.write(vec![part(id, position, position + 1).changing(&THINGS, odd.collect())]).await.unwrap();
        position += 1;
    }
}

pub async fn pages_never_skip_or_repeat_a_row_while_rows_come_and_go(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    for direction in [Direction::Ascending, Direction::Descending] {
        for limit in [1, 2, 7, 59, 60, 200] {
            let seen = page_through(&holder, direction, limit).await;
            let distinct: BTreeSet<i64> = seen.iter().copied().collect();
            assert_eq!(distinct.len(), seen.len(), "a row twice, {direction:?} by {limit}: {seen:?}");
            let even: Vec<i64> = distinct.into_iter().filter(|number| number % 2 == 0).collect();
            assert_eq!(even, (0..60).map(|half| half * 2).collect::<Vec<i64>>(), "{direction:?} by {limit}");
            let sorted = match direction {
                Direction::Ascending => seen.is_sorted(),
                Direction::Descending => seen.iter().rev().is_sorted(),
            };
            assert!(sorted, "{direction:?} by {limit}: {seen:?}");
        }
    }
}

pub async fn the_last_page_tells_that_nothing_follows(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    holder.with_things((0..4).map(|number| thing("a", number, None)).collect()).await;
    let mut exactly = all_things();
    exactly.limit = 4;
    assert!(!holder.page(exactly.clone()).await.more);
    exactly.limit = 3;
    assert!(holder.page(exactly.clone()).await.more);
    let behind_the_last = exactly.behind(Some(vec![text("a"), Value::Integer(3)]));
    let empty = holder.page(behind_the_last).await;
    assert_eq!((empty.rows.len(), empty.more), (0, false));
}
