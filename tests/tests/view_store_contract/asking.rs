//! Questions: filters, order, sums, one snapshot.

use super::fixture::*;
use jiff::{Timestamp, civil::Date};
use khata_projections::{
    Query, TotalsQuery, Value, ViewStore, ViewStoreError,
    query::{Comparison, Direction, Filter},
    view_store::{Answer, Question},
};
use std::sync::Arc;

fn only(column: &'static str, comparison: Comparison, value: Value) -> Query {
    all_things().only(column, comparison, value)
}

/// Things 0 to 4, one day, one second and one unit apart, every second one open.
fn five() -> Vec<Vec<Value>> {
    let row = |number: i64| {
        let mut row = thing(["a", "b", "c", "d", "e"][number as usize], number, Some(number * 10 - 20));
        row[2] = text(["é", "z", "a", "B", "ab"][number as usize]);
        row[4] = Value::Boolean(number % 2 == 0);
        row[5] = Value::Timestamp(Timestamp::from_microsecond((number - 2) * 1_000_000).unwrap());
        row[6] = Value::Date(
            Date::new(1999, 12, 30).unwrap().checked_add(jiff::Span::new().days(number)).unwrap(),
        );
        row
    };
    (0..5).map(row).collect()
}

pub async fn filters_compare_as_their_types_do(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    holder.with_things(five()).await;
    let columns: [(&'static str, Value); 5] = [
        ("kind", text("c")),
        ("number", Value::Integer(2)),
        ("amount_minor", Value::Integer(0)),
        ("made_at", Value::Timestamp(Timestamp::UNIX_EPOCH)),
        ("due_on", Value::Date(Date::new(2000, 1, 1).unwrap())),
    ];
    for (column, third) in columns {
        for (comparison, expected) in [
            (Comparison::Equal, vec![2]),
            (Comparison::AtLeast, vec![2, 3, 4]),
            (Comparison::Above, vec![3, 4]),
            (Comparison::AtMost, vec![0, 1, 2]),
            (Comparison::Below, vec![0, 1]),
        ] {
            let found = holder.page(only(column, comparison, third.clone())).await;
            assert_eq!(numbers(&found), expected, "{column} {comparison:?}");
        }
    }
    assert_eq!(
        numbers(&holder.page(only("open", Comparison::Equal, Value::Boolean(true))).await),
        vec![0, 2, 4]
    );
    let both = only("open", Comparison::Equal, Value::Boolean(true)).only(
        "number",
        Comparison::Above,
        Value::Integer(0),
    );
    assert_eq!(numbers(&holder.page(both).await), vec![2, 4]);
}

pub async fn nothing_compares_with_an_empty_column(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    holder.with_things(vec![thing("a", 1, None), thing("b", 2, Some(0))]).await;
    let number = || Value::Integer(0);
    for (comparison, value, expected) in [
        (Comparison::Equal, Value::Null, vec![1]),
        (Comparison::Equal, number(), vec![2]),
        (Comparison::AtLeast, number(), vec![2]),
        (Comparison::AtMost, number(), vec![2]),
        (Comparison::Above, number(), vec![]),
        (Comparison::Below, number(), vec![]),
        (Comparison::AtLeast, Value::Null, vec![]),
        (Comparison::Below, Value::Null, vec![]),
    ] {
        let found = holder.page(only("amount_minor", comparison, value.clone())).await;
        assert_eq!(numbers(&found), expected, "{comparison:?} {value:?}");
    }
}

pub async fn any_of_takes_conjunctions(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    holder.with_things(five()).await;
    let is = |column, value| Filter::Is(column, Comparison::Equal, value);
    let ask = async |alternatives: Vec<Vec<Filter>>| {
        let mut query = all_things();
        query.filters =
            vec![Filter::AnyOf(alternatives), Filter::Is("number", Comparison::Below, Value::Integer(4))];
        numbers(&holder.page(query).await)
    };
    let first_or_open_third =
        vec![vec![is("kind", text("a"))], vec![is("open", Value::Boolean(true)), is("kind", text("c"))]];
    assert_eq!(ask(first_or_open_third).await, vec![0, 2]);
    assert_eq!(
        ask(vec![vec![is("open", Value::Boolean(false)), is("kind", text("c"))]]).await,
        Vec::<i64>::new()
    );
    assert_eq!(ask(vec![]).await, Vec::<i64>::new(), "none of no alternatives holds");
    assert_eq!(ask(vec![vec![]]).await, vec![0, 1, 2, 3], "an alternative without conditions holds");
    let nested = vec![vec![Filter::AnyOf(vec![
        vec![is("number", Value::Integer(1))],
        vec![is("number", Value::Integer(3))],
    ])]];
    assert_eq!(ask(nested).await, vec![1, 3]);
}

pub async fn one_of_takes_values(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    holder.with_things(five()).await;
    let ask = async |column: &'static str, values: Vec<Value>| {
        let mut query = all_things();
        query.filters =
            vec![Filter::OneOf(column, values), Filter::Is("number", Comparison::Below, Value::Integer(4))];
        numbers(&holder.page(query).await)
    };
    let some = [3, 0, 7, 3].map(Value::Integer).to_vec();
    assert_eq!(ask("number", some).await, vec![0, 3]);
    assert_eq!(ask("kind", vec![text("a")]).await, vec![0]);
    assert_eq!(ask("number", vec![]).await, Vec::<i64>::new(), "nothing is one of no values");
    let many = (0..5_000).map(Value::Integer).collect();
    assert_eq!(ask("number", many).await, vec![0, 1, 2, 3]);
    // More than a database takes as values of one statement.
    let others: Vec<Value> = (0..70_000).map(|n| text(&format!("{n} \"é\""))).collect();
    assert_eq!(ask("kind", others.clone()).await, Vec::<i64>::new());
    assert_eq!(ask("kind", [others, vec![text("c"), text("a")]].concat()).await, vec![0, 2]);
}

pub async fn rows_come_in_order_and_backwards(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    holder
        .with_things(vec![
            thing("b", 1, None),
            thing("a", 2, None),
            thing("b", -3, None),
            thing("a", 1, None),
        ])
        .await;
    let ordered = |order: &[&'static str], direction| all_things().ordered(order, direction);
    let by_kind = holder.page(ordered(&["kind", "number"], Direction::Ascending)).await;
    assert_eq!(numbers(&by_kind), vec![1, 2, -3, 1]);
    let backwards = holder.page(ordered(&["kind", "number"], Direction::Descending)).await;
    assert_eq!(numbers(&backwards), vec![1, -3, 2, 1]);
    let by_number = holder.page(ordered(&["number", "kind"], Direction::Ascending)).await;
    assert_eq!(numbers(&by_number), vec![-3, 1, 1, 2]);
}

pub async fn texts_sort_by_their_bytes(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let mut kinds = vec!["a", "B", "é", "ab", "", "Z", "z", "\u{FF41}", "\u{1F600}", "a b"];
    holder.with_things(kinds.iter().map(|kind| thing(kind, 0, None)).collect()).await;
    kinds.sort_unstable();
    let found: Vec<Value> = holder.all_things().await.rows.into_iter().map(|mut row| row.remove(0)).collect();
    assert_eq!(found, kinds.into_iter().map(text).collect::<Vec<_>>());
}

async fn totals(
    store: &Arc<dyn ViewStore>,
    query: TotalsQuery,
) -> Result<(u64, Vec<i128>, u64), ViewStoreError> {
    match store.ask(vec![Question::Totals(query)]).await?.remove(0) {
        Answer::Totals(totals) => Ok((totals.count, totals.sums, totals.position)),
        Answer::Page(page) => panic!("{page:?} are no totals"),
    }
}

fn sum_up(columns: &[&'static str]) -> TotalsQuery {
    TotalsQuery { table: &THINGS, filters: Vec::new(), columns: columns.to_vec() }
}

pub async fn sums_are_exact_also_where_partial_sums_are_not(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let amounts = [Some(i64::MAX), Some(i64::MAX), None, Some(i64::MIN), Some(i64::MIN), Some(-1), Some(44)];
    holder
        .with_things(amounts.iter().zip(1..).map(|(amount, number)| thing("a", number, *amount)).collect())
        .await;
    assert_eq!(totals(&holder.store, sum_up(&["amount_minor", "number"])).await, Ok((7, vec![41, 28], 1)));
    let none = sum_up(&["amount_minor"]).only("number", Comparison::Above, Value::Integer(100));
    assert_eq!(totals(&holder.store, none).await, Ok((0, vec![0], 1)));
    let some = sum_up(&["amount_minor"]).only("number", Comparison::AtLeast, Value::Integer(6));
    assert_eq!(totals(&holder.store, some).await, Ok((2, vec![43], 1)));
    assert_eq!(totals(&holder.store, sum_up(&[])).await, Ok((7, vec![], 1)));
}

pub async fn a_sum_beyond_64_bits_is_exact(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    let wide = |number: i64, sum: i128| {
        let mut row = thing("a", number, Some(i64::MAX));
        row[7] = Value::Wide(sum);
        row
    };
    holder
        .with_things(vec![
            wide(1, 1 << 100),
            wide(2, i128::from(i64::MAX)),
            wide(3, -(1 << 101)),
            thing("a", 4, None),
        ])
        .await;
    let sums = vec![3 * i128::from(i64::MAX), i128::from(i64::MAX) - (1 << 100)];
    assert_eq!(totals(&holder.store, sum_up(&["amount_minor", "sum_minor"])).await, Ok((4, sums, 1)));
    let some = sum_up(&["sum_minor"]).only("number", Comparison::AtLeast, Value::Integer(3));
    assert_eq!(totals(&holder.store, some).await, Ok((2, vec![-(1 << 101)], 1)));
}

pub async fn several_questions_share_one_snapshot(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store.clone()).await;
    let (id, other) = (holder.active(things()).await, holder.active(orders()).await);
    let writer = tokio::spawn(async move {
        for n in 0..200 {
            let parts = vec![
                part(id, n, n + 1).upserting(vec![thing("a", n as i64, Some(1))]),
                part(other, n, n + 1),
            ];
            holder.write(parts).await.unwrap();
        }
    });
    while !writer.is_finished() {
        let questions = vec![
            Question::Page(all_things()),
            Question::Totals(sum_up(&["amount_minor"])),
            Question::Page(all(&ORDER)),
        ];
        let answers = store.ask(questions).await.unwrap();
        let [Answer::Page(page), Answer::Totals(totals), Answer::Page(orders)] = &answers[..] else {
            panic!("{answers:?}")
        };
        assert_eq!((page.position, page.rows.len() as u64), (totals.position, totals.count));
        assert_eq!((page.position, page.rows.len() as u64), (orders.position, orders.position));
        tokio::task::yield_now().await;
    }
    writer.await.unwrap();
}

pub async fn questions_that_do_not_fit_the_table_are_refused(store: Arc<dyn ViewStore>) {
    let holder = Holder::of(store).await;
    holder.with_things(vec![thing("a", 1, None)]).await;
    let mut unordered = all_things();
    unordered.order = Vec::new();
    for (misfit, query) in [
        ("an unknown column", only("nothing", Comparison::Equal, Value::Null)),
        ("a value of another type", only("number", Comparison::Equal, text("1"))),
        ("within alternatives", {
            let mut query = all_things();
            query.filters =
                vec![Filter::AnyOf(vec![vec![Filter::Is("open", Comparison::Equal, Value::Integer(1))]])];
            query
        }),
        ("one of values of another type", {
            let mut query = all_things();
            query.filters = vec![Filter::OneOf("number", vec![Value::Integer(1), text("1")])];
            query
        }),
        ("one of sums", {
            let mut query = all_things();
            query.filters = vec![Filter::OneOf("sum_minor", vec![Value::Wide(1)])];
            query
        }),
        ("a comparison with a sum", only("sum_minor", Comparison::AtLeast, Value::Wide(1))),
        ("an order by sums", all_things().ordered(&["sum_minor"], Direction::Ascending)),
        ("no order", unordered),
        ("an order by what may be empty", all_things().ordered(&["amount_minor"], Direction::Ascending)),
        ("a cursor of another order", all_things().behind(Some(vec![text("a")]))),
        ("a cursor of other types", all_things().behind(Some(vec![Value::Integer(1), text("a")]))),
    ] {
        let refused = page(&holder.store, query).await;
        assert!(
            matches!(refused, Err(ViewStoreError::Malformed { table: "things", .. })),
            "{misfit}: {refused:?}"
        );
    }
    let refused = totals(&holder.store, sum_up(&["note"])).await;
    assert!(matches!(refused, Err(ViewStoreError::Malformed { .. })), "{refused:?}");
}
