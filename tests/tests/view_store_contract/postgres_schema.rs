//! What only the PostgreSQL schema has: it outlives the process, analysts query it while Khata works, several
//! processes share it, newer and foreign ones are refused.

use super::fixture::*;
use khata_application::Namespace;
use khata_infrastructure::postgres::{self, PostgresViewStore};
use khata_projections::{
    Column, ColumnType, Table, Value, ViewStore, ViewStoreError, view_store::NewGeneration,
};
use khata_tests::postgres::Database;
use sqlx::{Connection, Executor, PgConnection, Row, postgres::PgListener};
use std::sync::Arc;

async fn open(database: &Database) -> Arc<dyn ViewStore> {
    Arc::new(in_postgres(database, "main").await)
}

async fn sum(analyst: &mut PgConnection) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT sum(amount_minor)::bigint FROM khata_main.things WHERE kind = 'a'")
        .fetch_one(analyst)
        .await
}

/// The tables of generations that are there.
async fn tables(database: &Database) -> Vec<String> {
    let sql = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'khata_main' AND tablename LIKE '%!_!_%' ESCAPE '!' ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(&mut database.connect().await).await.unwrap()
}

#[tokio::test]
async fn everything_is_there_again_after_a_restart() {
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    let id = holder.with_things(vec![thing("a", 1, Some(7))]).await;
    holder.write(vec![part(id, 1, 2).stating(&[("a", "{}")])]).await.unwrap();
    let before = holder.store.generations().await.unwrap();
    holder.store.close().await;

    let again = Holder::of(open(&database).await).await;

    assert!(again.epoch > holder.epoch);
    assert_eq!(again.store.generations().await.unwrap(), before);
    assert_eq!(again.all_things().await.rows, vec![thing("a", 1, Some(7))]);
    assert_eq!(again.store.states(id, vec!["a".into()]).await.unwrap(), vec![stored(2, "{}")]);
}

#[tokio::test]
async fn processes_share_charges_rows_and_tidings() {
    let database = Database::fresh();
    let (here, there) = (open(&database).await, open(&database).await);
    let mut heard = there.signals();
    let holder = Holder::of(here).await;
    let id = holder.with_things(vec![thing("a", 1, None)]).await;
    heard.wait_for(|told| told.served.get("things") == Some(&1)).await.unwrap();
    assert_eq!(page(&there, all_things()).await.unwrap().rows, vec![thing("a", 1, None)]);
    assert_eq!(there.acquire(request("there", &["things"])).await.unwrap().names, Vec::<String>::new());
    holder.store.release(holder.epoch).await.unwrap();
    heard.wait_for(|told| told.releases > 0).await.unwrap();
    let next = there.acquire(request("there", &["things"])).await.unwrap();
    assert_eq!(next.names, ["things"]);
    assert_eq!(
        holder.write(vec![part(id, 1, 2)]).await,
        Err(ViewStoreError::Superseded { projection: "things".into() })
    );
    let next = Holder { store: there, epoch: next.epoch };
    next.write(vec![part(id, 1, 2)]).await.unwrap();
}

#[tokio::test]
async fn a_lost_notification_is_made_up_for() {
    let database = Database::fresh();
    let store = open(&database).await;
    let mut heard = store.signals();
    let holder = Holder::of(store).await;
    let id = holder.with_things(vec![]).await;
    heard.wait_for(|told| told.served.get("things") == Some(&1)).await.unwrap();
    let (releases, requests) = (heard.borrow().releases, heard.borrow().requests);
    database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE '%views listener%'");
    database
        .execute(&format!("UPDATE khata_main.khata_generations SET position = 5 WHERE generation = {id}"));
    heard.wait_for(|told| told.served.get("things") == Some(&5)).await.unwrap();
    // A release or a request may have been among what was not heard.
    heard.wait_for(|told| told.releases > releases && told.requests > requests).await.unwrap();
}

#[tokio::test]
async fn an_analyst_finds_the_active_rows_under_the_plain_name_and_keeps_what_was_granted() {
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    holder.with_things(vec![thing("a", 1, Some(7))]).await;
    database
        .execute("GRANT USAGE ON SCHEMA khata_main TO PUBLIC; GRANT SELECT ON khata_main.things TO PUBLIC");
    let mut analyst = database.connect().await;
    analyst.execute("SET ROLE pg_monitor").await.unwrap();
    assert_eq!(sum(&mut analyst).await.unwrap(), 7);
    let new = holder.store.create(holder.epoch, things()).await.unwrap().id;
    holder.write(vec![part(new, 0, 1).upserting(vec![thing("a", 1, Some(8))])]).await.unwrap();
    assert_eq!(sum(&mut analyst).await.unwrap(), 7, "a generation in the making does not show");
    holder.store.activate(holder.epoch, new).await.unwrap();
    assert_eq!(sum(&mut analyst).await.unwrap(), 8);
    holder.store.discard(holder.epoch, new).await.unwrap();
    let gone = sum(&mut analyst).await.unwrap_err();
    assert!(gone.to_string().contains("does not exist"), "{gone}");
}

#[tokio::test]
async fn columns_are_typed() {
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    holder.with_things(vec![]).await;
    let sql = "SELECT string_agg(column_name || ' ' || data_type, ', ' ORDER BY ordinal_position) FROM information_schema.columns
               WHERE table_schema = 'khata_main' AND table_name = 'things'";
    let columns: String = sqlx::query_scalar(sql).fetch_one(&mut database.connect().await).await.unwrap();
    let expected = "kind text, number bigint, note text, amount_minor bigint, open boolean, made_at timestamp with time zone, due_on date, sum_minor numeric, details jsonb";
    assert_eq!(columns, expected);
}

#[tokio::test]
async fn the_planner_knows_what_is_in_a_table_that_was_filled_before_it_serves() {
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    let id = holder.store.create(holder.epoch, things()).await.unwrap().id;
    holder
        .write(vec![
            part(id, 0, 1).upserting((0..5_000).map(|number| thing("a", number, Some(number))).collect()),
        ])
        .await
        .unwrap();
    holder.store.index(holder.epoch, id).await.unwrap();
    let sql = format!("SELECT reltuples::bigint FROM pg_class WHERE relname = 'things__{id}'");
    let known: i64 = sqlx::query_scalar(&sql).fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!(known, 5_000);
    let sql = "EXPLAIN SELECT * FROM khata_main.things WHERE (amount_minor, kind, number) > (4990, 'a', 4990) ORDER BY amount_minor, kind, number LIMIT 5";
    holder.store.activate(holder.epoch, id).await.unwrap();
    let plan: Vec<String> = sqlx::query_scalar(sql).fetch_all(&mut database.connect().await).await.unwrap();
    assert!(plan.iter().any(|line| line.contains(&format!("Index Scan using things__{id}__0"))), "{plan:?}");
}

#[tokio::test]
async fn a_view_with_other_columns_takes_the_place_of_the_old_one() {
    static RENAMED: Table = Table {
        name: "things",
        partition: "kind",
        owner: None,
        columns: &[Column::new("number", ColumnType::Integer), Column::new("colour", ColumnType::Text)],
        key: &["number"],
        indexes: &[],
        reread: |_| None,
    };
    const TABLES: &[&Table] = &[&RENAMED];
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    holder.with_things(vec![thing("a", 1, Some(7))]).await;
    holder.active(NewGeneration { version: 2, tables: TABLES, ..things() }).await;
    let row =
        database.connect().await.fetch_one("SELECT count(colour) FROM khata_main.things").await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 0);
}

#[tokio::test]
async fn a_view_of_an_analyst_holds_up_no_swap_and_the_plain_name_follows_when_it_is_dropped() {
    static WITHOUT_KIND: Table = Table {
        name: "things",
        partition: "number",
        owner: None,
        columns: &[Column::new("number", ColumnType::Integer)],
        key: &["number"],
        indexes: &[],
        reread: |_| None,
    };
    const TABLES: &[&Table] = &[&WITHOUT_KIND];
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    holder.with_things(vec![thing("a", 1, Some(7))]).await;
    database.execute("CREATE VIEW report AS SELECT kind, amount_minor FROM khata_main.things");
    let second = holder.active(NewGeneration { version: 2, tables: TABLES, ..things() }).await;
    let active: Vec<_> = holder
        .store
        .generations()
        .await
        .unwrap()
        .into_iter()
        .filter(|generation| generation.active)
        .collect();
    assert_eq!(
        active.iter().map(|generation| generation.id).collect::<Vec<_>>(),
        [second],
        "queries see the new rows"
    );
    let mut analyst = database.connect().await;
    assert_eq!(
        analyst.fetch_one("SELECT count(kind) FROM report").await.unwrap().get::<i64, _>(0),
        1,
        "what rests on the old ones stays"
    );
    database.execute("DROP VIEW report");
    while tables(&database).await != [format!("khata_states__{second}"), format!("things__{second}")] {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        analyst.fetch_one("SELECT count(number) FROM khata_main.things").await.unwrap().get::<i64, _>(0),
        0
    );
}

#[tokio::test]
async fn an_analyst_who_reads_for_long_holds_nobody_up_and_is_shown_the_new_rows_afterwards() {
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    holder.with_things(vec![thing("a", 1, Some(7))]).await;
    let mut analyst = database.connect().await;
    let mut reading = analyst.begin().await.unwrap();
    assert_eq!(sum(&mut reading).await.unwrap(), 7);
    let second = holder.active(things()).await;
    assert_eq!(holder.all_things().await.rows.len(), 0, "queries see the new rows at once");
    assert_eq!(sum(&mut reading).await.unwrap(), 7, "what is being read stays");
    assert_eq!(tables(&database).await.len(), 4);
    reading.commit().await.unwrap();
    while tables(&database).await != [format!("khata_states__{second}"), format!("things__{second}")] {
        tokio::task::yield_now().await;
    }
    let row = analyst.fetch_one("SELECT count(*) FROM khata_main.things").await.unwrap();
    assert_eq!(row.get::<i64, _>(0), 0);
}

#[tokio::test]
async fn readers_who_come_across_a_swap_get_an_answer() {
    let database = Database::fresh();
    let store = open(&database).await;
    let holder = Holder::of(store.clone()).await;
    holder.with_things(vec![thing("a", 1, None)]).await;
    let swaps = tokio::spawn(async move {
        for _ in 0..15 {
            let id = holder.store.create(holder.epoch, things()).await.unwrap().id;
            holder.write(vec![part(id, 0, 1).upserting(vec![thing("a", 1, None)])]).await.unwrap();
            holder.store.activate(holder.epoch, id).await.unwrap();
        }
    });
    while !swaps.is_finished() {
        assert_eq!(page(&store, all_things()).await.unwrap().rows, vec![thing("a", 1, None)]);
    }
    swaps.await.unwrap();
}

#[tokio::test]
async fn a_paused_process_in_the_middle_of_a_write_does_not_keep_its_successor_waiting() {
    let database = Database::fresh();
    let holder = Holder::of(open(&database).await).await;
    let id = holder.with_things(vec![]).await;
    // As its batch would stand: the lease has been checked, the rest does not come.
    let mut paused = database.connect().await;
    paused.execute("SET idle_in_transaction_session_timeout = '300ms'").await.unwrap();
    paused.execute("BEGIN; SELECT FROM khata_main.khata_view_leases FOR KEY SHARE").await.unwrap();
    assert_eq!(holder.store.renew(holder.epoch).await.unwrap().len(), 2, "renewals do not wait for writes");
    let next = holder.store.acquire(request("test", &["things"])).await.unwrap();
    let next = Holder { store: holder.store.clone(), epoch: next.epoch };
    next.write(vec![part(id, 1, 2)]).await.unwrap();
    assert!(paused.execute("COMMIT").await.is_err(), "the database has ended it");
}

#[tokio::test]
async fn a_clock_that_was_set_back_does_not_make_a_dead_holders_lease_last() {
    let database = Database::fresh();
    let store = open(&database).await;
    Holder::of(store.clone()).await;
    // As it looks after the clock went back by an hour.
    database.execute("UPDATE khata_main.khata_view_leases SET renewed_at = renewed_at + interval '1 hour', expires_at = expires_at + interval '1 hour'");
    assert_eq!(store.leases().await.unwrap(), vec![]);
    assert_eq!(store.acquire(request("next", &["things"])).await.unwrap().names, ["things"]);
}

#[tokio::test]
async fn namespaces_do_not_see_each_other() {
    let database = Database::fresh();
    let (one, other): (Arc<dyn ViewStore>, Arc<dyn ViewStore>) =
        (Arc::new(in_postgres(&database, "one").await), Arc::new(in_postgres(&database, "other").await));
    let holder = Holder::of(one).await;
    holder.with_things(vec![thing("a", 1, None)]).await;
    assert_eq!(other.generations().await.unwrap(), vec![]);
    assert_eq!(other.leases().await.unwrap(), vec![]);
    let theirs = Holder::of(other).await;
    theirs.with_things(vec![thing("b", 2, None)]).await;
    assert_eq!(holder.all_things().await.rows, vec![thing("a", 1, None)]);
    assert_eq!(theirs.all_things().await.rows, vec![thing("b", 2, None)]);
}

#[tokio::test]
async fn what_is_told_in_a_namespace_is_not_told_in_one_with_a_longer_name() {
    let database = Database::fresh();
    let mut listener = PgListener::connect(database.url()).await.unwrap();
    // Here the log of the namespace `one_views` is told of.
    listener.listen("khata_one_views").await.unwrap();
    let holder = Holder::of(Arc::new(in_postgres(&database, "one").await)).await;
    holder.with_things(vec![]).await;
    database.execute("SELECT pg_notify('khata_one_views', 'the first')");
    assert_eq!(listener.recv().await.unwrap().payload(), "the first");
}

async fn refused(database: &Database) -> Option<ViewStoreError> {
    let namespace = Namespace::parse("main").unwrap();
    PostgresViewStore::open(postgres::Database::new(database.url().parse().unwrap(), namespace)).await.err()
}

#[tokio::test]
async fn a_schema_of_a_newer_khata_is_refused() {
    let database = Database::fresh();
    open(&database).await.close().await;
    database.execute(
        "INSERT INTO khata_main.khata_schema (track, version, usable_from) VALUES ('views', 4711, 1)",
    );
    assert_eq!(refused(&database).await, None, "it says that this build can go on");
    database.execute("UPDATE khata_main.khata_schema SET usable_from = 4711 WHERE version = 4711");
    let refused = refused(&database).await;
    assert!(matches!(refused, Some(ViewStoreError::NewerSchema { found: 4711, .. })), "{refused:?}");
}

#[tokio::test]
async fn a_schema_that_is_not_khatas_is_named_so() {
    let database = Database::fresh();
    database.execute("CREATE SCHEMA khata_main; CREATE TABLE khata_main.things (name text)");
    let refused = refused(&database).await;
    assert!(matches!(refused, Some(ViewStoreError::Corrupt(_))), "{refused:?}");
}

#[tokio::test]
async fn more_questions_than_connections_are_all_answered() {
    let database = Database::fresh();
    let store = open(&database).await;
    let holder = Holder::of(store.clone()).await;
    holder.with_things((0..100).map(|number| thing("a", number, None)).collect()).await;
    let ask = |store: Arc<dyn ViewStore>| {
        tokio::spawn(async move { page(&store, all_things()).await.unwrap().rows.len() })
    };
    let asked: Vec<_> = (0..100).map(|_| ask(store.clone())).collect();
    for answer in asked {
        assert_eq!(answer.await.unwrap(), 100);
    }
    let refused = page(
        &store,
        all_things().only("number", khata_projections::query::Comparison::Equal, Value::Boolean(true)),
    )
    .await;
    assert!(matches!(refused, Err(ViewStoreError::Malformed { .. })), "{refused:?}");
}
